"""The completeness sweep: what the source says it approved, against what ever arrived here.

An event that was never published, or that no rule of the bus took, leaves no trace that we could find by ourselves; the
source's own list does (invariant I18).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerpost.app.map_event import map_event
from ledgerpost.domain.completeness import Gap, GapReason, Trace, collision_key, gap_in_records, trace_of
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import Route, RouteId, TenantConfiguration
from ledgerpost.errors import EventError
from ledgerpost.ports import Notices, OutgoingMessage, Queue, RejectionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPorts:
    """What sweeping needs. `read_event` raises EventError; `approvals` is the intake queue."""

    read_event: Callable[[str], ApprovalEvent]
    find_record: Callable[[DeliveryKey], DeliveryRecord | None]
    rejections: RejectionStore
    approvals: Queue
    notices: Notices
    formulas: Formulas


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What was found. `checked` counts the pairs of an approval and a route that takes it; `not_taken` the approvals
    that no route takes, by the code that says why; `recent` those too young to be missed.
    """

    checked: int
    gaps: tuple[Gap, ...]
    not_taken: dict[str, int]
    recent: int

    @property
    def lost(self) -> tuple[ApprovalEvent, ...]:
        """The approvals to be sent, each once however many routes lack it."""
        return tuple({gap.event.event_id: gap.event for gap in self.gaps}.values())


def sweep(
    events: Iterable[ApprovalEvent],
    configuration: TenantConfiguration,
    ports: SweepPorts,
    *,
    now: datetime,
    grace: timedelta,
) -> Sweep:
    """Find every approval that left no trace on a route that takes it. One that is younger than `grace` may still be on
    its way and is only counted.
    """
    gaps: list[Gap] = []
    checked, recent = 0, 0
    not_taken: dict[str, int] = {}
    rejected = _Rejected(configuration, ports)
    for event in events:
        if event.approved_at > now - grace:
            recent += 1
            continue
        routes = configuration.routes_for(event) if event.tenant == configuration.tenant else ()
        if not routes:
            is_ours = event.tenant == configuration.tenant
            code = configuration.why_not_taken(event) if is_ours else "unknown_tenant"
            not_taken[code] = not_taken.get(code, 0) + 1
        for route in routes:
            checked += 1
            gaps += _gaps(event, route, rejected, ports)
    return Sweep(checked=checked, gaps=tuple(gaps), not_taken=not_taken, recent=recent)


def _gaps(event: ApprovalEvent, route: Route, rejected: "_Rejected", ports: SweepPorts) -> Iterator[Gap]:
    work = map_event(event, route, ports.formulas)
    if isinstance(work, Rejection):
        if not rejected.has(event, route):
            yield Gap(event, route.id, "", GapReason.NO_REJECTION)
        return
    record = ports.find_record(work.key)
    collides = record is not None and record.kind is not work.kind
    reason = gap_in_records(work, record, ports.find_record(collision_key(work)) if collides else None)
    if reason is not None:
        yield Gap(event, route.id, work.key.reference, reason)


class _Rejected:
    """The approvals that were set aside, read once, and only where one is asked for."""

    def __init__(self, configuration: TenantConfiguration, ports: SweepPorts) -> None:
        self._tenant = configuration.tenant
        self._ports = ports
        self._traces: frozenset[Trace] | None = None

    def has(self, event: ApprovalEvent, route: Route) -> bool:
        if self._traces is None:
            self._traces = frozenset(self._read())
        return trace_of(event, route.id) in self._traces

    def _read(self) -> Iterator[Trace]:
        for rejection in self._ports.rejections.rejections():
            if rejection.tenant != self._tenant:
                continue
            try:
                event = self._ports.read_event(rejection.source)
            except EventError:
                # Too large to be kept whole: it cannot be told from others, so it is sent again.
                continue
            yield trace_of(event, RouteId(rejection.route))


def queue_lost(found: Sweep, ports: SweepPorts, *, by: str) -> int:
    """Send every approval that is missing through intake; give how many. What had arrived on another route of the same
    approval is a duplicate there and makes no call.
    """
    lost = found.lost
    ports.approvals.send([OutgoingMessage(event.text) for event in lost])
    for event in lost:
        version = str(event.version)
        ports.notices.info(
            "sweep.queued", tenant=event.tenant, event_id=event.event_id, kind=event.kind, version=version, by=by
        )
    return len(lost)
