"""Backfill: approvals of the past from a file, beside live traffic.

Read from the top: `plan_backfill` counts and sums what the file would bring, by route, currency and month, before
anything is sent; `run_backfill` publishes it on the bus in small batches, waits while the queues are busy, and keeps
how far it is under the digest of the file, so that it goes on from there. What is published twice is a duplicate.
Each is marked as of the past, so that what is approved meanwhile is delivered before it (`fair_group.py`).
Source: issue 8, "Ways in".
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from ledgerpost.app.map_event import map_transaction
from ledgerpost.app.webhook import BusEntry, EventBus
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import BACKFILL, ApprovalEvent, TenantId
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.mapping import Refusal, Skip
from ledgerpost.domain.route import Route, RouteId, TenantConfiguration
from ledgerpost.errors import EventError, UsageError
from ledgerpost.ports import Clock

BATCH = 20
"""Approvals between two looks at the queues and two checkpoints."""

BAD_SHOWN_MAX = 20
"""Lines that are no approval and are shown; all are counted."""

POLL_S = 2.0
PATIENCE_S = 1800.0
"""How long a run waits for the queues to empty before it stops; it can be gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRow:
    """What the file brings to one route in one currency and month (`2026-03`): entries, and their signed sum as
    approved.
    """

    route: RouteId
    currency: str
    month: str
    entries: int
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlan:
    """What publishing the file would come to. `left_out` counts, by code, what makes no entry on a route that takes it
    or is taken by no route; `bad` are the first lines that are no approval, of `bad_count`.

    Several versions of one transaction count each: the latest is what stays.
    """

    approvals: int
    rows: Sequence[BackfillRow]
    left_out: Mapping[str, int]
    bad: Sequence[EventError]
    bad_count: int


@dataclass(slots=True)
class _Tally:
    approvals: int = 0
    entries: Counter[tuple[RouteId, str, str]] = field(default_factory=Counter)
    totals: dict[tuple[RouteId, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    left_out: Counter[str] = field(default_factory=Counter)
    bad: list[EventError] = field(default_factory=list)
    bad_count: int = 0


ReadEntry = Callable[[BusEntry], ApprovalEvent]


def plan_backfill(
    items: Iterable[BusEntry | EventError],
    configuration: TenantConfiguration,
    read_entry: ReadEntry,
    formulas: Formulas,
) -> BackfillPlan:
    """Count and sum what the approvals of a file would bring. Nothing is sent.

    Raises UsageError(backfill_foreign_tenant) where one is of another tenant than the configuration's.
    """
    tally = _Tally()
    for item in items:
        if isinstance(item, EventError):
            tally.bad_count += 1
            tally.bad += [item] if len(tally.bad) < BAD_SHOWN_MAX else []
            continue
        if item.tenant != configuration.tenant:
            message = f"An approval of the file is not of the tenant {configuration.tenant}; nothing was sent."
            raise UsageError("backfill_foreign_tenant", message)
        _count(read_entry(item), configuration, formulas, tally)
    rows = [
        BackfillRow(
            route=route, currency=currency, month=month, entries=count, total=tally.totals[route, currency, month]
        )
        for (route, currency, month), count in sorted(tally.entries.items())
    ]
    return BackfillPlan(
        approvals=tally.approvals,
        rows=rows,
        left_out=dict(sorted(tally.left_out.items())),
        bad=tally.bad,
        bad_count=tally.bad_count,
    )


def _count(event: ApprovalEvent, configuration: TenantConfiguration, formulas: Formulas, tally: _Tally) -> None:
    tally.approvals += 1
    routes = configuration.routes_for(event)
    if not routes:
        tally.left_out[configuration.why_not_taken(event)] += 1
    for route in routes:
        _count_on(event, route, formulas, tally)


def _count_on(event: ApprovalEvent, route: Route, formulas: Formulas, tally: _Tally) -> None:
    match map_transaction(event, route, formulas):
        case LedgerEntry() | LedgerDocument() as entry:
            key = (route.id, entry.money.currency, f"{entry.day:%Y-%m}")
            tally.entries[key] += 1
            tally.totals[key] += entry.source_amount
        case Skip() | Refusal() as none:
            tally.left_out[none.code] += 1


class Checkpoints(Protocol):
    """How far each file is. Raises StoreError."""

    def position(self, tenant: TenantId, digest: str) -> int:
        """Give how many approvals of the file were published; 0 for one that is not known."""
        ...

    def keep(self, tenant: TenantId, digest: str, position: int) -> None:
        """Keep that so many were published; a lower number than the kept one changes nothing."""
        ...


class QueueDepth(Protocol):
    """How busy the pipeline is. Raises StoreError."""

    def waiting(self) -> int:
        """Give about how many messages wait to be handled, of all queues of the pipeline."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a run may be. `waiting_max` are the messages that may wait in the queues before it goes on: what is
    approved now waits behind no more than these. `per_second` bounds the rate; None leaves it to the queues.
    """

    waiting_max: int = 200
    per_second: float | None = 50.0
    seconds_max: float | None = None
    """How long a run may take before it stops, to be gone on with; for a host that has to answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPorts:
    """What a run needs; `pause` lets so many seconds pass."""

    bus: EventBus
    checkpoints: Checkpoints
    depth: QueueDepth
    clock: Clock
    pause: Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRun:
    """What a run did: from which position to which, of how many."""

    started_at: int
    reached: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Whether the whole file is published."""
        return self.reached == self.total


def run_backfill(
    entries: Sequence[BusEntry],
    digest: str,
    pace: Pace,
    ports: BackfillPorts,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> BackfillRun:
    """Publish the approvals of a file in their order, from where an earlier run of it ended.

    Ends early where the queues stay busy for half an hour, or the run's own time is over. `progress` is told how many
    of how many are published.
    Raises StoreError where the bus or a store does not answer: the run can be made again, and at most one batch comes
    twice. All entries are of one tenant.
    """
    tenant = entries[0].tenant if entries else TenantId("")
    start = min(ports.checkpoints.position(tenant, digest), len(entries)) if entries else 0
    reached = start
    ends = None if pace.seconds_max is None else ports.clock.now() + timedelta(seconds=pace.seconds_max)
    while reached < len(entries):
        if not _has_room(pace, ports, ends) or (ends is not None and ports.clock.now() >= ends):
            break
        batch = entries[reached : reached + BATCH]
        began = ports.clock.now()
        ports.bus.put([replace(each, resources=(BACKFILL,)) for each in batch])
        reached += len(batch)
        ports.checkpoints.keep(tenant, digest, reached)
        progress(reached, len(entries))
        if pace.per_second is not None and reached < len(entries):
            took_s = (ports.clock.now() - began).total_seconds()
            ports.pause(max(0.0, len(batch) / pace.per_second - took_s))
    return BackfillRun(started_at=start, reached=reached, total=len(entries))


def _has_room(pace: Pace, ports: BackfillPorts, ends: datetime | None) -> bool:
    """Wait until the queues have room; say whether they came to have it in time."""
    patience = ports.clock.now() + timedelta(seconds=PATIENCE_S)
    until = patience if ends is None else min(patience, ends)
    while ports.depth.waiting() > pace.waiting_max:
        if ports.clock.now() >= until:
            return False
        ports.pause(POLL_S)
    return True
