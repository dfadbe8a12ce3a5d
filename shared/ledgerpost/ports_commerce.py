"""What grouping needs of the world: companies, their records, their days and their runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from ledgerpost.domain.closing import CompanyKey, Progress, SyncRun
from ledgerpost.domain.commerce import CommerceRecord
from ledgerpost.domain.company import Company
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.close import DayClose
from ledgerpost.domain.version import SourceVersion


class Kept(StrEnum):
    """What became of a record that was to be kept."""

    NEW = "new"
    LATER = "later"
    """A later version of a record that was there."""
    DUPLICATE = "duplicate"
    OLDER = "older"
    """An older version than the one that is there; left aside."""
    CONFLICT = "conflict"
    """The version that is there, with other content; left aside."""


@dataclass(frozen=True, slots=True)
class RecordHead:
    """What is known of a record without reading it: its latest version, and the one day that it counts in."""

    version: SourceVersion
    day: date


@dataclass(frozen=True, slots=True)
class LateDay:
    """A day that something was kept for after it was over. `token` changes with every such record."""

    day: date
    token: str


class CommerceStore(Protocol):
    """The records of companies, by business day. A record counts in the day of its first version, whatever comes."""

    def head(self, key: CompanyKey, record: str) -> RecordHead | None:
        """Give what is known of a record by its `record_key`, strongly consistent; None where there is none."""
        ...

    def keep(self, key: CompanyKey, day: date, record: CommerceRecord) -> Kept:
        """Keep a version of a record, once; `day` counts for the first version alone. Raises StoreError."""
        ...

    def records(self, key: CompanyKey, day: date) -> Iterator[CommerceRecord]:
        """Give every kept version of the day, those of one record next to each other and in the order of versions.

        Streams: memory does not grow with the day. Strongly consistent.
        """
        ...

    def mark_late(self, key: CompanyKey, day: date) -> None:
        """Note, after a record was kept, that its day was over already."""
        ...

    def late_days(self, key: CompanyKey) -> Sequence[LateDay]:
        """Give the days that are marked as late, sorted."""
        ...

    def unmark_late(self, key: CompanyKey, late: LateDay) -> None:
        """Forget the mark where nothing came since it was read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCompany:
    """A company as it is kept: its configuration, how far it is, when it runs next; `fence` grows with every write."""

    company: Company
    progress: Progress
    next_run: datetime
    fence: int = 1

    @property
    def key(self) -> CompanyKey:
        """What the company is kept under."""
        return CompanyKey(self.company.extras.tenant, self.company.id)


class CompanyStore(Protocol):
    """Companies: their configuration and their progress, moved by conditional writes."""

    def company(self, key: CompanyKey) -> KeptCompany | None:
        """Give the company, strongly consistent; None where there is none."""
        ...

    def put(self, kept: KeptCompany) -> bool:
        """Write the company where the stored one has the fence just before (1: where there is none); say whether."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[CompanyKey]:
        """Give up to `limit` companies whose next run is not after `now`, the longest due first. A second old."""
        ...

    def companies(self, tenant: TenantId, limit: int) -> Sequence[KeptCompany]:
        """Give up to `limit` companies of a tenant, in the order of their ids."""
        ...


class DayStore(Protocol):
    """The states of days, moved by conditional writes alone."""

    def day(self, key: CompanyKey, day: date) -> DayClose | None:
        """Give the state of a day, strongly consistent; None where it was never closed."""
        ...

    def put_day(self, state: DayClose) -> bool:
        """Write the state where the stored one has the fence just before (1: where there is none); say whether."""
        ...

    def days(self, key: CompanyKey, limit: int) -> Sequence[DayClose]:
        """Give up to `limit` days that were closed, the latest day first."""
        ...


class RunStore(Protocol):
    """The history of runs."""

    def put_run(self, key: CompanyKey, run: SyncRun) -> None:
        """Keep the run, in place of an earlier state of it."""
        ...

    def runs(self, key: CompanyKey, limit: int) -> Sequence[SyncRun]:
        """Give up to `limit` runs, the latest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceStores:
    """The stores of one table, or of one file."""

    records: CommerceStore
    companies: CompanyStore
    days: DayStore
    runs: RunStore


class DocumentAnnouncer(Protocol):
    """Where the documents of a close go, to be delivered like every approval."""

    def announce(self, events: Sequence["DocumentEvent"]) -> None:
        """Send every event; raises StoreError where one may not have been taken. Sending twice does no harm."""
        ...


@dataclass(frozen=True, slots=True)
class DocumentEvent:
    """An approval event of kind CommerceDocument, with an id that is the same whenever it is sent again."""

    id: str
    body: str
