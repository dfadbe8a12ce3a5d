"""Reconciliation of a day: what was approved, what our records say, and what the ledger holds, entry by entry."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ledgerpost.app.browse import of_day
from ledgerpost.app.reconcile import (
    Reconciliation,
    Window,
    reconcile_with_ledger,
    records_book,
    source_book,
)
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Route
from ledgerpost.errors import UsageError
from ledgerpost.wire.message import read_accepted_event

READ_BACK_SIDE_BY_SIDE = 4
READ_BACK_MAX = 300
"""References that one page looks up in the ledger, each a call; the command line reads any number."""

DAYS_OFFERED = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The page. `reconciliation` is None until the ledger was read back."""

    routes: tuple[Route, ...]
    days: Mapping[str, int]
    route: str
    day: date | None
    reconciliation: Reconciliation | None = None


def books(tenant: TenantId, route: str, day_text: str, ports: ConsolePorts) -> Books:
    """Give the form, and how many deliveries the chosen day, else today and the days before it, have."""
    configuration, _ = applied_or_empty(ports, tenant)
    chosen = _day_of(day_text)
    first = chosen or ports.clock.now().date()
    days = [first - timedelta(days=back) for back in range(1 if chosen else DAYS_OFFERED)]
    counted = {day: _count(tenant, route, day, ports) for day in days}
    return Books(
        routes=tuple(sorted(configuration.routes.values(), key=lambda each: each.id)),
        days={day.isoformat(): count for day, count in counted.items() if count},
        route=route,
        day=chosen,
    )


def _count(tenant: TenantId, route: str, day: date, ports: ConsolePorts) -> int:
    return sum(each.deliveries for each in ports.browse.listing.counts(tenant, day) if route in ("", each.route))


def reconcile_day(tenant: TenantId, route: str, day_text: str, ports: ConsolePorts) -> Books:
    """Read the ledger back for one business day and compare.

    The source's side are the approvals as they were received. Raises UsageError for a day that is none, and for one
    with more entries than a page reads back.
    """
    page = books(tenant, route, day_text, ports)
    if page.day is None:
        raise UsageError("request_unreadable", "Choose a business day, such as 2026-01-31.")
    configuration, _ = applied_or_empty(ports, tenant)
    records = list(records_of_day(tenant, [each for each in page.routes if route in ("", each.id)], page.day, ports))
    book = source_book((read_accepted_event(each.source) for each in records), configuration, ports.formulas)
    theirs = records_book(records, book, configuration, Window(page.day, page.day))
    targets = ports.targets(ports.secrets)
    try:
        with ThreadPoolExecutor(READ_BACK_SIDE_BY_SIDE) as executor:
            found = reconcile_with_ledger(book, configuration, targets, executor=executor, records=theirs)
    finally:
        close = getattr(targets, "close", None)
        if close is not None:
            close()
    return replace(page, reconciliation=found)


def records_of_day(
    tenant: TenantId, routes: Sequence[Route], day: date, ports: ConsolePorts
) -> Iterator[DeliveryRecord]:
    """Give the deliveries of the routes' day. Raises UsageError(not_here) for more than a page reads back."""
    count = sum(_count(tenant, route.id, day, ports) for route in routes)
    if count > READ_BACK_MAX:
        message = f"The day has {count:,} entries; a page reads back {READ_BACK_MAX:,}."
        raise UsageError("not_here", f"{message} Choose a route, or use `ledgerpost reconcile`.")
    for route in routes:
        after = ""
        while True:
            read = of_day(tenant, route.id, day, ports.browse, after=after)
            yield from (record for record in read.records if not record.key.collision)
            after = read.after
            if not after:
                break


def _day_of(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text) if text else None
    return None
