"""When a company's days are closed, what became of each run, and when it is switched off. Pure.

A run covers every day that is over and not covered yet, so that a failed day is covered by the next success. Source:
seed 003, schedule; codat sheet, sections 5 and 6.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ledgerpost.domain.commerce import CompanyId
from ledgerpost.domain.company import Company
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.business_day import days_from, period_of

FAILING_DAYS_MAX = 31
"""Days in a row that may fail before the company is switched off. Source: codat sheet, section 5."""

SLOW_AFTER = timedelta(minutes=10)
OVERLAP_TEXT = "Date overlaps with a previous sync date range"
_MONTHLY = "monthly"


class CompanyKey(NamedTuple):
    """What everything of a company is kept under."""

    tenant: TenantId
    company: CompanyId


class SyncStatus(IntEnum):
    """What became of a run. Source: codat sheet, section 6."""

    IN_PROGRESS = 1000
    IN_PROGRESS_SLOW = 1010
    SUCCESS = 2000
    NOTHING_TO_WRITE = 2040
    CONFIGURATION_ERROR = 4000
    COMPANY_DELETED = 4040
    DEAUTHORISED = 4220
    SUBSCRIPTION_EXPIRED = 4260
    GENERIC_ERROR = 5000
    DUPLICATION_STOPPED = 5080
    PROCESSING_ERROR = 5120
    WRITE_ERROR = 5130

    @property
    def is_success(self) -> bool:
        """Whether the days of the run are covered."""
        return self in (SyncStatus.SUCCESS, SyncStatus.NOTHING_TO_WRITE)

    @property
    def text(self) -> str:
        """The status in words."""
        return _TEXTS[self]


_TEXTS = {
    SyncStatus.IN_PROGRESS: "In progress",
    SyncStatus.IN_PROGRESS_SLOW: "In progress for more than 10 minutes",
    SyncStatus.SUCCESS: "Success, data written",
    SyncStatus.NOTHING_TO_WRITE: "Success, nothing to write",
    SyncStatus.CONFIGURATION_ERROR: "Configuration error",
    SyncStatus.COMPANY_DELETED: "Company deleted",
    SyncStatus.DEAUTHORISED: "Company deauthorised",
    SyncStatus.SUBSCRIPTION_EXPIRED: "Accounting subscription expired",
    SyncStatus.GENERIC_ERROR: "Generic error",
    SyncStatus.DUPLICATION_STOPPED: "Stopped by duplication protection",
    SyncStatus.PROCESSING_ERROR: "Data processing error",
    SyncStatus.WRITE_ERROR: "Write error",
}


@dataclass(frozen=True, slots=True, order=True)
class DayRange:
    """Business days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def overlaps(self, other: "DayRange") -> bool:
        """Say whether a day is in both."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """One run: the days that it was to cover and what became of it. `ended_at` is None while it runs."""

    id: str
    company: CompanyId
    days: DayRange
    status: SyncStatus
    started_at: datetime
    ended_at: datetime | None = None
    code: str = ""
    message: str = ""
    data_pushed: bool = False

    def status_at(self, now: datetime) -> SyncStatus:
        """Give the status, of a run that goes on with the time that it takes."""
        if self.status is SyncStatus.IN_PROGRESS and now - self.started_at > SLOW_AFTER:
            return SyncStatus.IN_PROGRESS_SLOW
        return self.status

    def summary(self, zone: ZoneInfo, now: datetime, connections: Iterable[str] = ()) -> dict[str, Any]:
        """Give the run as the sync status of the API. Source: codat sheet, section 6."""
        status = self.status_at(now)
        period = period_of(self.days.first, zone).start, period_of(self.days.last, zone).end
        return {
            "companyId": self.company,
            "commerceSyncId": self.id,
            "syncDateRangeUtc": {"start": _utc_text(period[0]), "finish": _utc_text(period[1])},
            "syncStatusCode": status.value,
            "syncStatus": status.text,
            "errorMessage": self.message or None,
            "syncExceptionMessage": self.code or None,
            "syncUtc": _utc_text(self.started_at),
            "dataConnections": list(connections),
            "dataPushed": self.data_pushed,
        }


def _utc_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a company is: the ranges of days that are covered, sorted and apart, and the failures since.

    `failing_since` counts by run date: several runs of one day are one failing day.
    """

    covered: tuple[DayRange, ...] = ()
    failing_days: int = 0
    failed_on: date | None = None

    def covers(self, day: date) -> bool:
        """Say whether a successful run covered the day."""
        return any(day in days for days in self.covered)

    def with_covered(self, days: DayRange) -> "Progress":
        """Give the progress after a success; the failures before it are forgotten."""
        joined: list[DayRange] = []
        for each in sorted((*self.covered, days)):
            if joined and each.first <= joined[-1].last + timedelta(days=1):
                joined[-1] = DayRange(joined[-1].first, max(joined[-1].last, each.last))
            else:
                joined.append(each)
        return Progress(covered=tuple(joined))

    def with_failure(self, run_date: date) -> "Progress":
        """Give the progress after a failure on the day of the run."""
        if self.failed_on == run_date:
            return self
        return replace(self, failing_days=self.failing_days + 1, failed_on=run_date)

    @property
    def is_to_be_disabled(self) -> bool:
        """Whether so many days failed in a row that a person has to look."""
        return self.failing_days >= FAILING_DAYS_MAX


@dataclass(frozen=True, slots=True)
class RunRefused:
    """A run that may not begin. `status` is the HTTP status of the API for it."""

    code: str
    status: int
    message: str


def due_days(company: Company, progress: Progress, now: datetime) -> tuple[date, ...]:
    """Give the days that the run at `now` has to close, the oldest first; empty before the first run is due.

    A day is due once it is over and the run hour has struck after it; what failed before is due again.
    """
    run = latest_run(company, now)
    if not company.enabled or run is None:
        return ()
    zone = company.extras.time_zone
    last = run.astimezone(zone).date() - timedelta(days=1)
    while last >= company.schedule.first_day and period_of(last, zone).end > run:
        last -= timedelta(days=1)
    return tuple(day for day in days_from(company.schedule.first_day, last) if not progress.covers(day))


def latest_run(company: Company, now: datetime) -> datetime | None:
    """Give the last instant up to `now` at which the run hour struck; None where that was before the start."""
    start = start_instant(company)
    local = now.astimezone(company.schedule.run_zone)
    for back in range(62):
        run = _run_on(company, local.date() - timedelta(days=back))
        if run is not None and run <= now:
            return run if run >= start else None
    return None


def next_run(company: Company, now: datetime) -> datetime:
    """Give the first instant after `now` at which the company is to run, not before its start."""
    after = max(now, start_instant(company) - timedelta(microseconds=1))
    local = after.astimezone(company.schedule.run_zone)
    runs = (_run_on(company, local.date() + timedelta(days=ahead)) for ahead in range(63))
    return next(run for run in runs if run is not None and run > after)


def start_instant(company: Company) -> datetime:
    """Give the start of a company's schedule as a UTC instant."""
    return company.schedule.start.replace(tzinfo=company.extras.time_zone).astimezone(UTC)


def _run_on(company: Company, day: date) -> datetime | None:
    """Give when the run of a date begins; None where none does, as on most days of a monthly schedule."""
    schedule = company.schedule
    if schedule.frequency.selected.casefold() == _MONTHLY and day.day != 1:
        return None
    return datetime.combine(day, time(schedule.run_hour), tzinfo=schedule.run_zone).astimezone(UTC)


def refusal_of_run(company: Company, now: datetime) -> RunRefused | None:
    """Say why a run that is asked for at `now` may not begin; None where it may. Source: seed 003, startDate."""
    start = start_instant(company)
    if now < start:
        message = (
            f"A run cannot be queued before the start date, {_utc_text(start)}; the start date cannot be backdated. "
            f"The first run is due at {_utc_text(next_run(company, now))}."
        )
        return RunRefused("close_before_start", 500, message)
    if not company.enabled:
        return RunRefused("close_company_disabled", 400, "The company's synchronisation is switched off.")
    return None


def refusal_of_range(company: Company, progress: Progress, days: DayRange, now: datetime) -> RunRefused | None:
    """Say why a historic range may not be run; None where it may. Source: codat sheet, section 5."""
    refused = refusal_of_run(company, now)
    if refused is not None:
        return refused
    if days.first > days.last:
        return RunRefused("usage", 400, "The range ends before it begins.")
    if days.first < company.schedule.first_day:
        message = f"The range begins before the start date, {company.schedule.first_day.isoformat()}."
        return RunRefused("close_before_start", 500, message)
    if any(days.overlaps(each) for each in progress.covered):
        return RunRefused("close_range_overlaps", 400, OVERLAP_TEXT)
    if period_of(days.last, company.extras.time_zone).end > now:
        return RunRefused("close_day_not_over", 400, "The range's last day is not over yet in the merchant's zone.")
    return None
