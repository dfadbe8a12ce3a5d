"""Making the listing anew from the delivery records: after it was switched on for a stage with deliveries, or after a
loss. It changes no record, runs beside live traffic, and may be broken off and begun again at any time.

Read from the top: `rebuild` notes which change the listing has taken last, reads every record into a work file, and
then sets each route's day right: its rows, in place of all rows up to that change, and its counts. What changed since
is in rows of later changes, which the stream brings; they are left as they are, and counted as they stand.

What was read must not be ahead of the stream, which would count the same change again. So a day is set right only once
the stream has brought every change of it that was read less than `LAG` after it happened.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from ledgerpost.app.listing import ReadEvent, receipt_of
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed, listed
from ledgerpost.domain.route import RouteId
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock

Counts = Mapping[Status, int]

TRIES_MAX = 100
"""Attempts to set a day's counts while the stream counts on; each takes some milliseconds."""

WAIT_S = 2.0

LAG = timedelta(minutes=5)
"""How far the stream may be behind: its window is a minute, and the listing function runs for two at most. A change
that it has not brought by then is none of its own: it happened before there was a stream. Rows that are not counted by
then are of a batch that failed and was cut in two; they are right.
"""


@dataclass(frozen=True, slots=True)
class RouteDay:
    """One partition of the listing."""

    tenant: TenantId
    route: RouteId
    day: date


class RecordScan(Protocol):
    """Every delivery record of a stage. Raises StoreError."""

    def pages(self, after: str) -> Iterator[tuple[Sequence[DeliveryRecord], str]]:
        """Give the records page by page, each with where the next begins; blank for the last."""
        ...


class ListingRebuild(Protocol):
    """The listing as a rebuild writes it. Every method raises StoreError."""

    def newest_batch(self) -> str:
        """Give the batch that was counted last; one before every other where none was."""
        ...

    def counts_of(self, day: RouteDay) -> Counts:
        """Give the counts of a route's day as they are at this moment."""
        ...

    def rows_since(self, day: RouteDay, batch: str) -> tuple[Sequence[Listed], bool]:
        """Give the rows of batches later than `batch`, in their order, and whether every one of them is counted. A
        blank batch is earlier than all.
        """
        ...

    def replace_rows(self, day: RouteDay, rows: Iterable[Listed], batch: str) -> None:
        """Write `rows`, and take away what was listed up to `batch`. The same again changes nothing."""
        ...

    def set_counts(self, day: RouteDay, counts: Counts, instead_of: Counts) -> bool:
        """Set the counts where they are still `instead_of`; say whether they were."""
        ...

    def counted_days(self, tenant: TenantId) -> Iterable[RouteDay]:
        """Give the days that have counts."""
        ...

    def level(self, tenant: TenantId) -> None:
        """Set the counts of all days to the sum of the days."""
        ...


class Work(Protocol):
    """What was read so far, kept where a broken-off run finds it."""

    @property
    def batch(self) -> str | None:
        """The batch of `begin`; None before."""
        ...

    @property
    def cursor(self) -> str | None:
        """Where reading goes on; None where all is read."""
        ...

    def begin(self, batch: str) -> None:
        """Keep the batch, once."""
        ...

    def keep(self, rows: Iterable[tuple[Listed, datetime]], cursor: str) -> None:
        """Keep a page, each row with when its record changed, and where the next page begins, both or neither; a row
        replaces an older one of its delivery.
        """
        ...

    def take_over(self, rows: Iterable[Listed]) -> None:
        """Keep what the stream has listed since, in place of older rows; the listing has their rows already."""
        ...

    def tenants(self) -> Sequence[TenantId]:
        """Give whose deliveries were read."""
        ...

    def days(self, tenant: TenantId) -> Sequence[RouteDay]:
        """Give the days of the tenant's deliveries."""
        ...

    def is_done(self, day: RouteDay) -> bool:
        """Say whether the day was set right already."""
        ...

    def done(self, day: RouteDay) -> None:
        """Keep that the day was set right."""
        ...

    def changed_since(self, day: RouteDay, instant: datetime) -> Sequence[Listed]:
        """Give the rows of a day that the stream did not bring, and that changed after `instant`."""
        ...

    def unlisted(self, day: RouteDay) -> Sequence[Listed]:
        """Give the rows of a day that the stream did not bring."""
        ...

    def counts(self, day: RouteDay) -> Counts:
        """Give how many deliveries of the day are in each status."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildPorts:
    """What a rebuild needs; `told` is called with what was done: the step, how many, of how many (0: unknown)."""

    records: RecordScan
    listing: ListingRebuild
    work: Work
    read_event: ReadEvent
    clock: Clock
    sleep: Callable[[float], None]
    told: Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a run did: records read by it, and days set right by it."""

    records: int
    days: int


def rebuild(ports: RebuildPorts) -> Rebuilt:
    """Make the listing anew, from where an earlier run ended. Raises StoreError where a store gave no answer."""
    work = ports.work
    if work.batch is None:
        work.begin(ports.listing.newest_batch())
    read = _read_records(ports)
    days = [day for tenant in work.tenants() for day in _days_of(tenant, ports)]
    mended = 0
    for number, day in enumerate(days, start=1):
        if not work.is_done(day):
            _set_right(day, ports)
            work.done(day)
            mended += 1
        ports.told("days", number, len(days))
    for tenant in work.tenants():
        ports.listing.level(tenant)
    return Rebuilt(read, mended)


def _read_records(ports: RebuildPorts) -> int:
    cursor, read = ports.work.cursor, 0
    if cursor is None:
        return 0
    for records, after in ports.records.pages(cursor):
        rows = ((listed(each, receipt_of(each, ports.read_event)), each.updated_at) for each in records)
        ports.work.keep(((row, changed) for row, changed in rows if row is not None), after)
        read += len(records)
        ports.told("records", read, 0)
    return read


def _days_of(tenant: TenantId, ports: RebuildPorts) -> Sequence[RouteDay]:
    """Give the days to set right: those of deliveries, and those that had counts, which may have none any more."""
    return tuple(dict.fromkeys((*ports.work.days(tenant), *ports.listing.counted_days(tenant))))


def _set_right(day: RouteDay, ports: RebuildPorts) -> None:
    """Set one day's rows and counts. The counts are read before the rows that they are held against: where the stream
    counts in between, they are not the same any more, and the day is looked at again.
    """
    batch = ports.work.batch or ""
    _wait_for_the_stream(day, batch, ports)
    for attempt in range(TRIES_MAX):
        before = ports.listing.counts_of(day)
        rows, _ = ports.listing.rows_since(day, batch)
        ports.work.take_over(rows)
        if attempt == 0:
            ports.listing.replace_rows(day, ports.work.unlisted(day), batch)
        wanted = ports.work.counts(day)
        if wanted == before or ports.listing.set_counts(day, wanted, before):
            return
    raise StoreError("store_unavailable", f"The counts of {day.route} on {day.day} never stood still; run it again.")


def _wait_for_the_stream(day: RouteDay, batch: str, ports: RebuildPorts) -> None:
    """Wait until every later row of the day is counted, and every young change of it that was read is listed."""
    until = ports.clock.now() + LAG
    while True:
        young = ports.work.changed_since(day, ports.clock.now() - LAG)
        rows, are_counted = ports.listing.rows_since(day, "" if young else batch)
        fences = {row.key: row.fence for row in rows}
        is_behind = any(fences.get(row.key, -1) < row.fence for row in young)
        if (are_counted or ports.clock.now() >= until) and not is_behind:
            return
        ports.sleep(WAIT_S)
