"""Keeping commerce records: each version once, in one business day, told apart from what nobody can book any more.

Source: codat sheet, section 5: the same record at the same modification time is dropped; a changed one is an
adjustment; a change of a record that was never there is for a person.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from ledgerpost.domain.closing import CompanyKey, start_instant
from ledgerpost.domain.commerce import CommerceRecord, record_key
from ledgerpost.domain.company import Company
from ledgerpost.domain.grouping.business_day import day_of, period_of
from ledgerpost.errors import EventError
from ledgerpost.ports import Clock
from ledgerpost.ports_commerce import CommerceStore, CommerceStores, CompanyStore, DayStore, Kept

AT_ONCE = timedelta(hours=24)
"""A record that says it was changed this long after its day was over, and that was never there, is an update of
something that an earlier system booked, not a late sale. Ours: the sheet does not say how the two are told apart."""


class Intake(StrEnum):
    """What became of a record."""

    KEPT = "kept"
    """It counts with the next close of its day: the first one, or an adjustment."""
    DROPPED = "dropped"
    """It, or a later version, is there already."""
    BEFORE_START = "before_start"
    """It is of a day before the start date, and as old: whoever kept the books then has it."""
    RECONCILE_MANUALLY = "reconcile_manually"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Taken:
    """A record after it was taken in: what became of it, its day, and whether the day was over already."""

    intake: Intake
    day: date
    is_late: bool
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommercePorts:
    """What taking records in works with."""

    companies: CompanyStore
    records: CommerceStore
    days: DayStore
    clock: Clock

    @classmethod
    def over(cls, stores: CommerceStores, clock: Clock) -> Self:
        """Give what works with the stores of one table or file."""
        return cls(companies=stores.companies, records=stores.records, days=stores.days, clock=clock)


def take_record(key: CompanyKey, record: CommerceRecord, ports: CommercePorts) -> Taken:
    """Keep a record of a company; taking it again changes nothing.

    Raises EventError(company_unknown) for a company that is not configured, StoreError where the store did not answer.
    """
    kept = ports.companies.company(key)
    if kept is None:
        raise EventError("company_unknown", "No company of this id is configured.", path="detail.entity.companyId")
    company = kept.company
    head = ports.records.head(key, record_key(record))
    day = head.day if head is not None else day_of(record.created_at, company.extras.time_zone)
    if day < company.schedule.first_day and record.version.approved_at < start_instant(company):
        return Taken(Intake.BEFORE_START, day, is_late=True)
    if head is None and _is_lost_update(company, key, day, record, ports):
        return Taken(Intake.RECONCILE_MANUALLY, day, is_late=True, code="commerce_reconcile_manually")
    outcome = ports.records.keep(key, day, record)
    # Looked at after the record was kept: a close that did not see it will find the mark.
    is_late = period_of(day, company.extras.time_zone).end <= ports.clock.now()
    if is_late:
        # Also for a duplicate: whoever kept the first may have died before this.
        ports.records.mark_late(key, day)
    return Taken(_INTAKES[outcome], day, is_late, "commerce_version_conflict" if outcome is Kept.CONFLICT else None)


_INTAKES = {
    Kept.NEW: Intake.KEPT,
    Kept.LATER: Intake.KEPT,
    Kept.DUPLICATE: Intake.DROPPED,
    Kept.OLDER: Intake.DROPPED,
    Kept.CONFLICT: Intake.CONFLICT,
}


def _is_lost_update(company: Company, key: CompanyKey, day: date, record: CommerceRecord, ports: CommercePorts) -> bool:
    """Say whether a record that was never there is a change of one that the books may hold from elsewhere."""
    if day < company.schedule.first_day:
        return True
    over = period_of(day, company.extras.time_zone).end
    if record.version.approved_at < over + AT_ONCE:
        return False
    # Only now, since hardly any record comes here: the day's state is read once.
    return ports.days.day(key, day) is not None
