"""A company's business days: what is due, what is closed, each day's documents and its history.

Every read is one of a company's own items, so that a page costs the same however many records a day has; only a
preview and a close read the records of their day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledgerpost.app import acts
from ledgerpost.app.browse import by_reference
from ledgerpost.app.close_day import DayResult, preview_day
from ledgerpost.console.caller import Caller
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.views.companies import companies, company_of
from ledgerpost.domain.closing import due_days
from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.assemble import Stopped
from ledgerpost.domain.grouping.close import DayClose
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.errors import Problem, UsageError
from ledgerpost.ports_commerce import KeptCompany

DAYS_SHOWN = 31
RUNS_SHOWN = 20
DOCUMENTS_SHOWN = 40
"""References of a day whose deliveries are looked up: each costs one read for each account of the tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyDays:
    """A company with its latest days and runs. `due` are days to close, `due_count` how many there are in all."""

    kept: KeptCompany
    days: Sequence[DayClose]
    runs: Sequence[Mapping[str, Any]]
    due: Sequence[date]
    due_count: int
    late: Sequence[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    """One day. `state` is None where it was never closed; `deliveries` are those of its documents, `unseen` references
    that no delivery is there for; `documents` and `problems` are a preview's, None where none was asked for.
    """

    kept: KeptCompany
    day: date
    state: DayClose | None
    is_due: bool
    is_late: bool
    deliveries: Sequence[DeliveryRecord]
    unseen: Sequence[str]
    documents: Sequence[CommerceDocument] | None = None
    problems: Sequence[Problem] = ()

    @property
    def adjustments(self) -> int:
        """How often a later close had something to add."""
        return max(0, len(self.state.layers) - 1) if self.state is not None else 0


def all_days(tenant: TenantId, ports: ConsolePorts) -> list[CompanyDays]:
    """Give every company with its last week and its last run."""
    return [_days_of(kept, ports, days=7, runs=1) for kept in companies(tenant, ports).companies]


def days_of(tenant: TenantId, company: str, ports: ConsolePorts) -> CompanyDays:
    """Give one company's days and runs. Raises UsageError(company_unknown, not_here)."""
    return _days_of(company_of(tenant, company, ports), ports, days=DAYS_SHOWN, runs=RUNS_SHOWN)


def _days_of(kept: KeptCompany, ports: ConsolePorts, *, days: int, runs: int) -> CompanyDays:
    now, zone = ports.clock.now(), kept.company.extras.time_zone
    due = due_days(kept.company, kept.progress, now)
    connections = kept.company.data_connections or ()
    return CompanyDays(
        kept=kept,
        days=ports.close.days.days(kept.key, days),
        runs=[each.summary(zone, now, connections) for each in ports.close.runs.runs(kept.key, runs)],
        due=due[:DAYS_SHOWN],
        due_count=len(due),
        late=[each.day for each in ports.close.records.late_days(kept.key)],
    )


def day_page(tenant: TenantId, company: str, day_text: str, ports: ConsolePorts) -> DayPage:
    """Give one day. Raises UsageError."""
    kept, day = company_of(tenant, company, ports), _day_of(day_text)
    state = ports.close.days.day(kept.key, day)
    references = state.references[:DOCUMENTS_SHOWN] if state is not None else ()
    configuration, _ = applied_or_empty(ports, tenant)
    found = {each: by_reference(tenant, each, configuration, ports.browse) for each in references}
    return DayPage(
        kept=kept,
        day=day,
        state=state,
        is_due=day in due_days(kept.company, kept.progress, ports.clock.now()),
        is_late=any(each.day == day for each in ports.close.records.late_days(kept.key)),
        deliveries=[record for records in found.values() for record in records],
        unseen=[reference for reference, records in found.items() if not records],
    )


def previewed_day(tenant: TenantId, company: str, day_text: str, ports: ConsolePorts) -> DayPage:
    """Give one day with what a close would send now, or what would stop it. Nothing is written."""
    page = day_page(tenant, company, day_text, ports)
    answer = preview_day(page.kept.company, page.kept.key, page.day, ports.close)
    return DayPage(
        kept=page.kept,
        day=page.day,
        state=page.state,
        is_due=page.is_due,
        is_late=page.is_late,
        deliveries=page.deliveries,
        unseen=page.unseen,
        documents=() if isinstance(answer, Stopped) else answer.documents,
        problems=answer.problems if isinstance(answer, Stopped) else (),
    )


def close_one(company: str, day_text: str, reason: str, caller: Caller, ports: ConsolePorts) -> DayResult:
    """Close the day. Raises UsageError where it cannot be closed, StoreError."""
    kept = company_of(caller.tenant, company, ports)
    return acts.close_day(kept, _day_of(day_text), ports.close, ports.doing(caller, reason))


def reopen_one(company: str, day_text: str, reason: str, caller: Caller, ports: ConsolePorts) -> DayClose:
    """Reopen the day, with a reason. Raises UsageError, StoreError."""
    kept = company_of(caller.tenant, company, ports)
    if not reason.strip():
        raise UsageError("request_unreadable", "Reopening a day needs a reason; it is kept with the day.")
    return acts.reopen_day(kept.key, _day_of(day_text), ports.close, ports.doing(caller, reason))


def _day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("request_unreadable", "A business day is written as 2026-01-31.") from None
