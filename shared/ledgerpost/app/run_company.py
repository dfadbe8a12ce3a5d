"""Runs: a company's due days are closed one after the other, and the company is moved on.

Source: codat sheet, section 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledgerpost.app.close_day import ClosePorts, DayResult, close_day
from ledgerpost.domain.closing import (
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
from ledgerpost.domain.grouping.business_day import days_from
from ledgerpost.errors import LedgerpostError, UsageError
from ledgerpost.ports_commerce import KeptCompany, LateDay


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
