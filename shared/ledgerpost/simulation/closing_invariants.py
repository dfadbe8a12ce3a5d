"""Invariants of closes: with every effect on the ledger (I2, I4), and when the world has come to rest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ledgerpost.domain.closing import CompanyKey, due_days
from ledgerpost.domain.commerce import CommerceRecord
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.grouping.close import DayStatus
from ledgerpost.domain.route import EntryType
from ledgerpost.local.clock import instant
from ledgerpost.ports_commerce import CommerceStores
from ledgerpost.simulation import rest_invariants
from ledgerpost.simulation.books import Held
from ledgerpost.simulation.shop import FIRST_DAY, ZONE, Sale, key_of
from ledgerpost.simulation.source import TENANTS, Expectation
from ledgerpost.simulation.world import Violation, World

_DAYS_MAX = 100
Sums = dict[tuple[date, str], Decimal]
"""By day and currency."""


def applied(world: World, held: Held, before: Expectation | None) -> None:
    """The ledger changed: one object of a reference (I2), and what it says never changes (I4).

    A close's documents are of layers that are never written over: a day that changed makes further documents, and a
    reopened one the same ones anew. Source: docs/grouping.md, "After the close".
    """
    name = f"{held.tenant} {held.account} {held.reference}"
    if len(world.books.of(held.tenant, held.account, held.reference)) > 1:
        raise Violation("I2", f"{name} is in the ledger twice")
    if before is not None:
        raise Violation("I4", f"{name} said {before} and says {held.content}")


def at_rest(world: World, stores: CommerceStores, sales: Sequence[Sale]) -> None:
    """When all faults are over and every day is closed: the ledger holds what was sold, once, to the cent."""
    rest_invariants.after_weather(world)
    _all_is_delivered(world)
    for tenant in TENANTS:
        key = key_of(tenant)
        _nothing_is_open(world, stores, key)
        latest = _latest_of(sale for sale in sales if sale.step.tenant == tenant)
        days = _days_of_records(world, stores, key)
        _every_record_is_in_one_day(tenant, latest, days)
        _totals_tie(world, tenant, latest, {name: day for name, (day, _) in days.items()})


def _all_is_delivered(world: World) -> None:
    """I16: in the calm nothing stops a document; one of zero is no entry."""
    for record in world.records():
        is_zero = record.status is Status.SKIPPED and record.code == "zero_amount"
        if record.status is not Status.DELIVERED and not is_zero:
            raise Violation("I16", f"{record.key.tenant} {record.key.reference} is {record.status}: {record.code}")


def _nothing_is_open(world: World, stores: CommerceStores, key: CompanyKey) -> None:
    """I16: every day that is over is covered, none is half closed, and nothing waits for an adjustment."""
    kept = stores.companies.company(key)
    assert kept is not None, "the company was put at the start"
    if due_days(kept.company, kept.progress, instant(world.now_ms)):
        raise Violation("I16", f"{key.tenant} has days that are over and not covered: {kept.progress.covered}")
    late = stores.records.late_days(key)
    if late:
        raise Violation("I16", f"{key.tenant}: {late[0].day} waits for an adjustment")
    for state in stores.days.days(key, _DAYS_MAX):
        if state.status is not DayStatus.CLOSED:
            raise Violation("I16", f"{key.tenant}: {state.day} is {state.status}")


def _latest_of(sales: Iterable[Sale]) -> Mapping[str, list[Sale]]:
    """Give all versions of each record, the latest last."""
    versions: dict[str, list[Sale]] = defaultdict(list)
    for sale in sorted(sales, key=lambda each: each.modified):
        versions[sale.record].append(sale)
    return versions


def _days_of_records(
    world: World, stores: CommerceStores, key: CompanyKey
) -> Mapping[str, tuple[date, CommerceRecord]]:
    """Give the day and latest version of each kept record; raises Violation(I4) for one that is in two days."""
    found: dict[str, tuple[date, CommerceRecord]] = {}
    day, last = date.fromisoformat(FIRST_DAY) - timedelta(days=2), instant(world.now_ms).date()
    while day <= last:
        for record in stores.records.records(key, day):
            known = found.setdefault(record.id, (day, record))
            if known[0] != day:
                raise Violation("I4", f"{key.tenant} {record.id} counts in {known[0]} and in {day}")
            found[record.id] = day, record
        day += timedelta(days=1)
    return found


def _every_record_is_in_one_day(
    tenant: str, latest: Mapping[str, list[Sale]], days: Mapping[str, tuple[date, CommerceRecord]]
) -> None:
    """I1, I3, I4: whatever was sold is kept in its latest version, in a day that one of its versions was created in."""
    for name, versions in latest.items():
        if name not in days:
            raise Violation("I1", f"{tenant} {name} was sold and is not kept")
        day, record = days[name]
        if record.version.approved_at.isoformat() != versions[-1].modified.isoformat():
            raise Violation("I3", f"{tenant} {name} is kept as of {record.version}, not as of {versions[-1].modified}")
        created = {sale.created.astimezone(ZoneInfo(ZONE)).date() for sale in versions}
        if day not in created:
            raise Violation("I4", f"{tenant} {name} counts in {day}, and was created on {sorted(created)}")


def _totals_tie(world: World, tenant: str, latest: Mapping[str, list[Sale]], days: Mapping[str, date]) -> None:
    """I4: by day and currency, what the ledger holds is what the latest versions come to."""
    sold: Sums = defaultdict(Decimal)
    for name, versions in latest.items():
        sold[days[name], versions[-1].currency] += versions[-1].worth
    booked: Sums = defaultdict(Decimal)
    for held in world.books.held:
        if held.tenant == tenant:
            side = 1 if held.entry.type is EntryType.CREDIT else -1
            booked[held.entry.day, held.entry.money.currency] += side * held.entry.money.amount
    for place in sorted({*sold, *booked}):
        if sold[place] != booked[place]:
            raise Violation("I4", f"{tenant} {place[0]} {place[1]}: sold {sold[place]}, in the ledger {booked[place]}")
