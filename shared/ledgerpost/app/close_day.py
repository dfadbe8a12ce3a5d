"""Closing a business day: the records become documents, and each document one approval for the delivery pipeline."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from ledgerpost.domain.closing import (
    CompanyKey,
    SyncStatus,
)
from ledgerpost.domain.company import Company, Level
from ledgerpost.domain.grouping.assemble import Assembled, Stopped
from ledgerpost.domain.grouping.business_day import period_of
from ledgerpost.domain.grouping.close import Busy, Close, DayClose, DayStatus, Nothing, plan_close, reopened
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.domain.grouping.totals import Totals, latest_versions
from ledgerpost.errors import Problem, UsageError
from ledgerpost.ports import Clock
from ledgerpost.ports_commerce import (
    CommerceStore,
    CommerceStores,
    CompanyStore,
    DayStore,
    DocumentAnnouncer,
    DocumentEvent,
    RunStore,
)

EventFor = Callable[[Company, DayClose, CommerceDocument], DocumentEvent]
"""Writes a document down as an approval event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePorts:
    """What closing works with. `event_for` writes a document down as an approval event."""

    companies: CompanyStore
    records: CommerceStore
    days: DayStore
    runs: RunStore
    announcer: DocumentAnnouncer
    event_for: EventFor
    clock: Clock

    @classmethod
    def over(cls, stores: CommerceStores, *, announcer: DocumentAnnouncer, event_for: EventFor, clock: Clock) -> Self:
        """Give what works with all the stores of one table or file."""
        return cls(
            companies=stores.companies,
            records=stores.records,
            days=stores.days,
            runs=stores.runs,
            announcer=announcer,
            event_for=event_for,
            clock=clock,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResult:
    """What a close did with a day. `problems` say why nothing was made; `vanished` asks a person to void documents."""

    day: date
    status: SyncStatus
    documents: tuple[CommerceDocument, ...] = ()
    problems: tuple[Problem, ...] = ()
    vanished: tuple[str, ...] = ()
    totals: Totals


def totals_of(company: Company, key: CompanyKey, day: date, ports: ClosePorts) -> Totals:
    """Sum up the day's records as they are now, one after the other: memory does not grow with the day.

    A day that was closed is summed up as it was then, products kept apart or not, so that the difference is exact.
    """
    state = ports.days.day(key, day)
    by_product = Level.PRODUCT in company.sales.grouping.line_level.selected
    if state is not None:
        by_product = state.closed_totals().by_product
    return Totals(by_product=by_product).add_all(latest_versions(ports.records.records(key, day)))


def preview_day(company: Company, key: CompanyKey, day: date, ports: ClosePorts) -> Assembled | Stopped:
    """Give what a close would send at this moment, or what would stop it. Writes nothing; the day may still run."""
    totals = totals_of(company, key, day, ports)
    plan = plan_close(
        company, key, day, totals=totals, before=_not_closing(ports.days.day(key, day)), now=ports.clock.now()
    )
    match plan:
        case Close(documents=documents):
            return Assembled(documents)
        case Stopped():
            return plan
        case Nothing() | Busy():
            return Assembled(())


def _not_closing(state: DayClose | None) -> DayClose | None:
    """A preview looks past a close that is under way."""
    is_closing = state is not None and state.status is DayStatus.CLOSING
    return replace(state, status=DayStatus.CLOSED) if state is not None and is_closing else state


def close_day(company: Company, key: CompanyKey, day: date, ports: ClosePorts) -> DayResult:
    """Close a day: make its documents once, or those of what came since. Closing again without news changes nothing.

    Raises UsageError(close_before_start, close_day_not_over, close_overtaken), StoreError where a store did not answer:
    the close is then taken up again after its lease, and sends the same documents under the same references.
    """
    now = ports.clock.now()
    _assert_closable(company, day, now)
    before = ports.days.day(key, day)
    totals = totals_of(company, key, day, ports)
    plan = plan_close(company, key, day, totals=totals, before=before, now=now)
    match plan:
        case Nothing():
            return DayResult(day=day, status=SyncStatus.NOTHING_TO_WRITE, totals=totals)
        case Busy(until=until):
            raise UsageError("close_overtaken", f"Another run closes {day}; it counts as lost at {until.isoformat()}.")
        case Stopped(problems=problems):
            return DayResult(day=day, status=_status_of(problems), problems=problems, totals=totals)
        case Close():
            return _carry_out(company, plan, totals, ports)


def _assert_closable(company: Company, day: date, now: datetime) -> None:
    if day < company.schedule.first_day:
        first = company.schedule.first_day.isoformat()
        raise UsageError("close_before_start", f"{day} lies before the start date, {first}; it is never closed.")
    if now < period_of(day, company.extras.time_zone).end:
        zone = company.extras.time_zone.key
        raise UsageError("close_day_not_over", f"{day} is not over yet in {zone}.")


def _carry_out(company: Company, plan: Close, totals: Totals, ports: ClosePorts) -> DayResult:
    """Claim the day, send the documents, say that it is done; whoever dies in between is taken over."""
    if not ports.days.put_day(plan.state):
        raise UsageError("close_overtaken", f"Another run closed {plan.state.day} at the same moment.")
    ports.announcer.announce([ports.event_for(company, plan.state, document) for document in plan.documents])
    if not ports.days.put_day(plan.state.moved(DayStatus.CLOSED, ports.clock.now())):
        raise UsageError("close_overtaken", f"Another run took {plan.state.day} over; it sends the same documents.")
    status = SyncStatus.SUCCESS if plan.documents else SyncStatus.NOTHING_TO_WRITE
    return DayResult(day=plan.state.day, status=status, documents=plan.documents, vanished=plan.vanished, totals=totals)


def _status_of(problems: tuple[Problem, ...]) -> SyncStatus:
    """A record that does not add up is a fault of the data; everything else that stops a day, of the configuration."""
    is_data = all(problem.code == "commerce_does_not_add_up" for problem in problems)
    return SyncStatus.PROCESSING_ERROR if is_data else SyncStatus.CONFIGURATION_ERROR


def reopen_day(key: CompanyKey, day: date, ports: ClosePorts, *, by: str, reason: str) -> DayClose:
    """Reopen a closed day: its next close writes every document anew. Raises UsageError(close_not_closed)."""
    state = ports.days.day(key, day)
    if state is None:
        raise UsageError("close_not_closed", f"{day} was never closed.")
    moved = reopened(state, ports.clock.now(), by=by, reason=reason)
    if not ports.days.put_day(moved):
        raise UsageError("close_overtaken", f"Another run changed {day} at the same moment.")
    return moved
