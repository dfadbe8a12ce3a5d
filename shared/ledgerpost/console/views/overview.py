"""The overview: is money stuck, what came of today, and what needs a person."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from ledgerpost.app import browse
from ledgerpost.app.browse import Page
from ledgerpost.app.listing import Count
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import HELD_CODES, Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import Connection, TenantConfiguration
from ledgerpost.errors import describe

LONG_WAIT = timedelta(minutes=15)
"""From here on an entry that waits is worth telling: what the ledger asked to wait for is over by then."""

CREDENTIALS_WARNING_DAYS = 30
CHART_WIDTH = 600
WAITING = (Status.PENDING, Status.RETRYING, Status.UNCONFIRMED)


class Tone(StrEnum):
    """How good or bad a finding is; a page shows it by a word and a sign, never by colour alone."""

    GOOD = "good"
    WAITS = "waits"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a person has to look at: what, what to do, and where."""

    tone: Tone
    title: str
    fix: str
    link: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in the units of the chart."""

    name: str
    count: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """What came of one route's deliveries."""

    route: str
    total: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The page. `today` is the business day's, `standing` all days'."""

    tone: Tone
    verdict: str
    needs: tuple[Need, ...]
    today: tuple[Bar, ...]
    standing: tuple[Bar, ...]
    is_empty: bool


def overview(tenant: TenantId, ports: ConsolePorts) -> Overview:
    """Give the overview of a tenant, in a number of reads that does not grow with its deliveries."""
    configuration, _ = applied_or_empty(ports, tenant)
    now = ports.clock.now()
    facts = browse.overview(tenant, _today(configuration, now), ports.overview)
    rejections = ports.set_aside(tenant)
    needs = (
        *_paused(facts.pauses),
        *_parked(facts.parked),
        *_set_aside(rejections),
        *_slow(facts.oldest, now),
        *_ending(configuration.connections.values(), now),
    )
    standing = _by_status(facts.standing)
    waiting = sum(standing[status] for status in WAITING)
    tone, verdict = _verdict(standing[Status.PARKED] + len(rejections), waiting, bool(needs))
    return Overview(
        tone=tone,
        verdict=verdict,
        needs=needs,
        today=_bars(facts.today, configuration),
        standing=_bars(facts.standing, configuration),
        is_empty=not configuration.routes,
    )


def _today(configuration: TenantConfiguration, now: datetime) -> date:
    """Give today where the tenant's routes are: in the zone of most of them, else in UTC."""
    zones = Counter(route.time_zone for route in configuration.routes.values() if route.enabled)
    zone = zones.most_common(1)[0][0] if zones else UTC
    return now.astimezone(zone).date()


def _by_status(counts: Iterable[Count]) -> Counter[Status]:
    summed: Counter[Status] = Counter()
    for each in counts:
        summed[each.status] += each.deliveries
    return summed


def _verdict(stuck: int, waiting: int, needs_somebody: bool) -> tuple[Tone, str]:
    if stuck:
        many = f"{stuck:,} approvals are stuck" if stuck > 1 else "1 approval is stuck"
        return Tone.BAD, f"Yes: {many} until somebody acts."
    if waiting:
        many = f"{waiting:,} entries are" if waiting > 1 else "1 entry is"
        tone = Tone.BAD if needs_somebody else Tone.WAITS
        return tone, f"Not for now: {many} on the way and will be taken up again without you."
    if needs_somebody:
        return Tone.BAD, "Nothing is stuck yet, but something below needs a person."
    return Tone.GOOD, "No. Every approval that was received is in its ledger, or was skipped by a rule."


def _paused(pauses: Sequence[Pause]) -> list[Need]:
    fix = "Mend the cause, then resume: what waits is taken up again."
    return [Need(Tone.BAD, each.sentence, fix, f"/connections/{each.connection}") for each in pauses]


def _parked(page: Page) -> list[Need]:
    """Give one need for each cause of the first page; what is held by a pause is told by the pause."""
    counts = Counter(record.code or "defect" for record in page.records if record.code not in HELD_CODES)
    at_least = "at least " if page.after else ""
    return [
        Need(Tone.BAD, f"{at_least}{count:,} × {describe(code).cause}", describe(code).fix, f"/parked?code={code}")
        for code, count in counts.most_common()
    ]


def _set_aside(rejections: Sequence[Rejection]) -> list[Need]:
    counts = Counter(each.code for each in rejections)
    return [
        Need(Tone.BAD, f"{count:,} × {describe(code).cause}", describe(code).fix, "/parked#events")
        for code, count in counts.most_common()
    ]


def _slow(oldest: Sequence[DeliveryRecord], now: datetime) -> list[Need]:
    """Tell of what waits long without a person: one delivery of each status, the one that waits longest."""
    slow = [each for each in oldest if each.status is not Status.PARKED and now - each.waiting_since > LONG_WAIT]
    return [
        Need(
            Tone.WAITS,
            f"{each.key.reference} is {each.status} since {each.waiting_since:%Y-%m-%d %H:%M} UTC"
            + (f": {describe(each.code).cause}" if each.code else ""),
            describe(each.code).fix if each.code else "It is taken up again by itself.",
            f"/deliveries?status={each.status}",
        )
        for each in slow
    ]


def _ending(connections: Iterable[Connection], now: datetime) -> list[Need]:
    needs: list[Need] = []
    for connection in connections:
        left = connection.credentials_days_left(now.date())
        if left is not None and left <= CREDENTIALS_WARNING_DAYS:
            ended = f"ended {-left} days ago" if left < 0 else f"end in {left} days"
            tone = Tone.BAD if left < 0 else Tone.WAITS
            title = f"The credentials of {connection.label} {ended}."
            needs.append(
                Need(tone, title, "Replace the secret on the page of the connection.", f"/connections/{connection.id}")
            )
    return needs


def _bars(counts: Sequence[Count], configuration: TenantConfiguration) -> tuple[Bar, ...]:
    """Give a bar for each enabled route, and for each other one that has deliveries."""
    groups: dict[str, Counter[str]] = {route.id: Counter() for route in configuration.routes.values() if route.enabled}
    for each in counts:
        groups.setdefault(each.route, Counter())[_GROUPS.get(each.status, "waiting")] += each.deliveries
    longest = max((group.total() for group in groups.values()), default=0)
    return tuple(_bar(route, group, longest) for route, group in sorted(groups.items()))


_GROUPS = {Status.DELIVERED: "delivered", Status.SKIPPED: "skipped", Status.PARKED: "parked"}


def _bar(route: str, counts: Counter[str], longest: int) -> Bar:
    segments: list[Segment] = []
    x = 0
    for name in ("delivered", "skipped", "waiting", "parked"):
        count = counts[name]
        if count:
            # A few among very many still have to be seen.
            width = max(4, round(CHART_WIDTH * count / longest)) if longest else 0
            segments.append(Segment(name, count, x, width))
            x += width
    return Bar(route, counts.total(), tuple(segments))
