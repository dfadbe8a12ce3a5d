"""Closing business days: the records become documents, and each document one approval for the delivery pipeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledgerpost.domain.closing import (
    CompanyKey,
    DayRange,
    Progress,
    RunRefused,
    SyncRun,
    SyncStatus,
    due_days,
    next_run,
    refusal_of_range,
    refusal_of_run,
)
from ledgerpost.domain.company import Company, Level
from ledgerpost.domain.grouping.assemble import Assembled, Stopped
from ledgerpost.domain.grouping.business_day import days_from, period_of
from ledgerpost.domain.grouping.close import Busy, Close, DayClose, DayStatus, Nothing, plan_close, reopened
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.domain.grouping.totals import Totals, latest_versions
from ledgerpost.errors import LedgerpostError, Problem, UsageError
from ledgerpost.ports import Clock
from ledgerpost.ports_commerce import (
    CommerceStore,
    CompanyStore,
    DayStore,
    DocumentAnnouncer,
    DocumentEvent,
    KeptCompany,
    LateDay,
    RunStore,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePorts:
    """What closing works with. `event_for` writes a document down as an approval event."""

    companies: CompanyStore
    records: CommerceStore
    days: DayStore
    runs: RunStore
    announcer: DocumentAnnouncer
    event_for: Callable[[Company, DayClose, CommerceDocument], DocumentEvent]
    clock: Clock


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRun:
    """A run of one company: its entry in the history, and what it did with each day."""

    run: SyncRun
    days: tuple[DayResult, ...]
    disabled: bool = False


def run_company(kept: KeptCompany, run_id: str, ports: ClosePorts) -> CompanyRun | None:
    """Close every day that is due, the oldest first, and every day that records came late for; None where nothing is.

    The first due day that fails ends the run, and the next run begins with it; a late day that fails stays late and
    holds nothing back. After 31 failing days in a row the company is switched off. The company is moved on by one
    conditional write: of two runs at once one is overtaken.
    """
    now = ports.clock.now()
    if not kept.company.enabled:
        return None
    late = [each for each in ports.records.late_days(kept.key) if kept.progress.covers(each.day)]
    due = due_days(kept.company, kept.progress, now)
    if not late and not due:
        _move_on(kept, kept.progress, now, ports)
        return None
    return _run(kept, run_id, due, late, ports)


def run_on_request(kept: KeptCompany, run_id: str, ports: ClosePorts) -> CompanyRun | RunRefused | None:
    """Run a company because somebody asks for it; refused before the start date, with status 500 (seed 003)."""
    return refusal_of_run(kept.company, ports.clock.now()) or run_company(kept, run_id, ports)


def run_range(kept: KeptCompany, run_id: str, days: DayRange, ports: ClosePorts) -> CompanyRun | RunRefused:
    """Run a range of days that no run has covered yet; refused where one has, or it is not over."""
    refused = refusal_of_range(kept.company, kept.progress, days, ports.clock.now())
    return refused or _run(kept, run_id, tuple(days_from(days.first, days.last)), [], ports)


def _run(kept: KeptCompany, run_id: str, due: Sequence[date], late: Sequence[LateDay], ports: ClosePorts) -> CompanyRun:
    now = ports.clock.now()
    days = sorted({*due, *(each.day for each in late)})
    run = SyncRun(
        id=run_id,
        company=kept.company.id,
        days=DayRange(days[0], days[-1]),
        status=SyncStatus.IN_PROGRESS,
        started_at=now,
    )
    ports.runs.put_run(kept.key, run)
    progress, results, failures = _close_due(kept, due, ports)
    for each in late:
        outcome = _tried(kept, each.day, ports)
        if isinstance(outcome, DayResult):
            results.append(outcome)
        if _is_failure(outcome):
            failures.append(outcome)
        else:
            ports.records.unmark_late(kept.key, each)
    if failures:
        progress = progress.with_failure(now.date())
    disabled = _move_on(kept, progress, now, ports)
    ended = _ended(run, results, failures[0] if failures else None, ports.clock.now())
    ports.runs.put_run(kept.key, ended)
    return CompanyRun(run=ended, days=tuple(results), disabled=disabled)


def _close_due(
    kept: KeptCompany, due: Sequence[date], ports: ClosePorts
) -> tuple[Progress, list[DayResult], list[LedgerpostError | DayResult]]:
    """Close the due days until one fails; give how far the company is, what was done, and what failed."""
    results: list[DayResult] = []
    progress = kept.progress
    for day in due:
        outcome = _tried(kept, day, ports)
        if isinstance(outcome, DayResult):
            results.append(outcome)
        if _is_failure(outcome):
            return progress, results, [outcome]
        progress = progress.with_covered(DayRange(day, day))
    return progress, results, []


def _tried(kept: KeptCompany, day: date, ports: ClosePorts) -> DayResult | LedgerpostError:
    try:
        return close_day(kept.company, kept.key, day, ports)
    except LedgerpostError as error:
        return error


def _is_failure(outcome: DayResult | LedgerpostError) -> bool:
    return isinstance(outcome, LedgerpostError) or bool(outcome.problems)


def _move_on(kept: KeptCompany, progress: Progress, now: datetime, ports: ClosePorts) -> bool:
    """Keep the progress and the next run; say whether the company was switched off."""
    disabled = progress.is_to_be_disabled and kept.company.enabled
    company = replace(kept.company, enabled=False) if disabled else kept.company
    moved = KeptCompany(company=company, progress=progress, next_run=next_run(company, now), fence=kept.fence + 1)
    if not ports.companies.put(moved):
        raise UsageError("close_overtaken", "The company was changed by somebody else during the run.")
    return disabled


def _ended(
    run: SyncRun, results: list[DayResult], failure: LedgerpostError | DayResult | None, now: datetime
) -> SyncRun:
    pushed = any(result.documents for result in results)
    match failure:
        case None:
            status = SyncStatus.SUCCESS if pushed else SyncStatus.NOTHING_TO_WRITE
            return replace(run, status=status, ended_at=now, data_pushed=pushed)
        case LedgerpostError():
            status, code, message = _status_of_error(failure), failure.code, failure.message
        case DayResult():
            status, code = failure.status, failure.problems[0].code
            message = "\n".join(str(problem) for problem in failure.problems)
    return replace(run, status=status, ended_at=now, code=code, message=message, data_pushed=pushed)


def _status_of_error(error: LedgerpostError) -> SyncStatus:
    if error.code == "close_overtaken":
        return SyncStatus.DUPLICATION_STOPPED
    return SyncStatus.WRITE_ERROR if error.code == "store_unavailable" else SyncStatus.GENERIC_ERROR
