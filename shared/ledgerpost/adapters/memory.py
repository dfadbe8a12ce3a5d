"""The stores and the queue in memory: exact, safe for threads, gone with the process.

They also run the local cloud, and pass the contract suites of their ports. Where a journal is given, each write is also
kept on disk (`memory_journal.py`), and a call returns when the disk holds what it answers for. No store is locked while
one waits for the disk.
"""

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ledgerpost.app.browse import Page
from ledgerpost.domain.delivery import OPEN, DeliveryKey, DeliveryRecord, Expected, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, ConnectionId, TenantConfiguration
from ledgerpost.errors import StoreError
from ledgerpost.ports import Backlog, OutgoingMessage

DUE_STATUSES = frozenset({Status.RETRYING, Status.UNCONFIRMED, Status.PENDING})
"""Open records that wait for a time; a claim in flight waits for its message."""


class Journal(Protocol):
    """Where the writes of a store are kept beyond its process; the disk holds them when a later `sync` returns."""

    def record_written(self, record: DeliveryRecord) -> None: ...
    def rejection_put(self, rejection: Rejection) -> None: ...
    def rejection_removed(self, rejection_id: str) -> None: ...
    def pauses_written(self, tenant: TenantId, pauses: Sequence[Pause]) -> None: ...
    def sync(self) -> None: ...


class NotKept:
    """A store that is gone with its process."""

    def record_written(self, record: DeliveryRecord) -> None:
        """Keep nothing."""

    def rejection_put(self, rejection: Rejection) -> None:
        """Keep nothing."""

    def rejection_removed(self, rejection_id: str) -> None:
        """Keep nothing."""

    def pauses_written(self, tenant: TenantId, pauses: Sequence[Pause]) -> None:
        """Keep nothing."""

    def sync(self) -> None:
        """Wait for nothing."""


NOT_KEPT = NotKept()


OnChange = Callable[[DeliveryRecord | None, DeliveryRecord], None]
"""Hears of each write of a record: as it was, None before the first, and as it is."""


class MemoryRouteStore:
    """The applied configuration of every tenant (port RouteStore)."""

    def __init__(self, configurations: Iterable[TenantConfiguration] = ()) -> None:
        self._configurations = {each.tenant: each for each in configurations}

    def tenant(self, tenant: TenantId) -> TenantConfiguration | None:
        """Give the tenant's configuration; None for an unknown tenant."""
        return self._configurations.get(tenant)

    def apply(self, configuration: TenantConfiguration) -> None:
        """Make `configuration` the tenant's."""
        self._configurations[configuration.tenant] = configuration


class MemoryDeliveryStore:
    """Delivery records (ports DeliveryStore, DeliveryList, DeliveryBacklog, DeliveryLookup).

    `records` are those to start with; `on_change` hears of each write. A claim is on the disk of the journal when its
    call returns, and so is every other write but the outcome of a claim: where a power cut takes that, the claim still
    stands, and whoever takes it over finds out what became of it, as after any lost worker.
    """

    def __init__(
        self,
        records: Iterable[DeliveryRecord] = (),
        journal: Journal = NOT_KEPT,
        on_change: OnChange = lambda *_: None,
    ) -> None:
        self._records = {record.key: record for record in records}
        self._on_change = on_change
        self._open = {record.key for record in self._records.values() if record.status in OPEN}
        self._parked = {record.key for record in self._records.values() if record.status is Status.PARKED}
        self._journal = journal
        self._lock = threading.Lock()

    def create(self, record: DeliveryRecord) -> DeliveryRecord | None:
        """Write the first record of its key and give None; where there is one already, write nothing and give it."""
        with self._lock:
            stored = self._records.get(record.key)
            if stored is None:
                self._write(record)
        if stored is None:
            self._journal.sync()
        return stored

    def get(self, key: DeliveryKey) -> DeliveryRecord | None:
        """Give the record; None where there is none."""
        return self._records.get(key)

    def replace(self, record: DeliveryRecord, expected: Expected) -> DeliveryRecord | None:
        """Write `record` where the stored one still has the expected status, version and fence, and give None;
        where it has not, write nothing and give the stored one. Raises StoreError where there is none at all.
        """
        with self._lock:
            stored = self._records.get(record.key)
            if stored is None:
                raise StoreError("store_unavailable", "The record to replace is not there.")
            if stored.expected != expected:
                return stored
            self._write(record)
        if not _is_outcome(stored, record):
            self._journal.sync()
        return None

    def due(self, before: datetime, limit: int) -> Sequence[DeliveryKey]:
        """Give up to `limit` keys of open deliveries whose due time is not after `before`, the longest due first."""
        waiting = (record for record in self.open_records() if record.status in DUE_STATUSES)
        due = ((record.due_at or record.updated_at, record.key) for record in waiting)
        return [key for _, key in heapq.nsmallest(limit, (each for each in due if each[0] <= before))]

    def backlog(self, limit: int) -> Backlog:
        """Count the open and parked deliveries, up to `limit` of each status."""
        waiting = self.open_records()
        unconfirmed = [record.waiting_since for record in waiting if record.status is Status.UNCONFIRMED][:limit]
        retrying = [record.waiting_since for record in waiting if record.status in (Status.RETRYING, Status.PENDING)][
            :limit
        ]
        return Backlog(
            retrying=len(retrying),
            unconfirmed=len(unconfirmed),
            parked=min(limit, len(self._parked)),
            retrying_since=min(retrying, default=None),
            unconfirmed_since=min(unconfirmed, default=None),
        )

    def records(self, tenant: TenantId, status: Status | None = None) -> Iterator[DeliveryRecord]:
        """Give the tenant's records, all or those of one status, as they are at this moment."""
        with self._lock:
            records = list(self._records.values())
        return (each for each in records if each.key.tenant == tenant and (status is None or each.status is status))

    def get_all(self, keys: Sequence[DeliveryKey]) -> Sequence[DeliveryRecord]:
        """Give the records under `keys`, in no stated order; what is not there is left out."""
        return [self._records[key] for key in dict.fromkeys(keys) if key in self._records]

    def waiting(self, tenant: TenantId, status: Status, limit: int, after: str = "") -> Page:
        """Give up to `limit` of the tenant's records in an open or parked `status`, the longest waiting first."""
        if status is Status.IN_FLIGHT:
            return Page(())
        with self._lock:
            held = [self._records[key] for key in self._open | self._parked]
        marks = sorted(
            (f"{(each.due_at or each.updated_at).isoformat(timespec='microseconds')} {each.key}", each)
            for each in held
            if each.key.tenant == tenant and each.status is status
        )
        rest = [(mark, each) for mark, each in marks if mark > after]
        return Page([each for _, each in rest[:limit]], rest[limit - 1][0] if len(rest) > limit else "")

    def open_records(self) -> list[DeliveryRecord]:
        """Give the records that Ledgerpost itself will still move on."""
        with self._lock:
            return [self._records[key] for key in self._open]

    def open_count(self) -> int:
        """Give how many deliveries Ledgerpost itself will still move on."""
        return len(self._open)

    def _write(self, record: DeliveryRecord) -> None:
        self._journal.record_written(record)
        before = self._records.get(record.key)
        self._records[record.key] = record
        self._on_change(before, record)
        _keep(self._open, record.key, belongs=record.status in OPEN)
        _keep(self._parked, record.key, belongs=record.status is Status.PARKED)


def _is_outcome(before: DeliveryRecord, after: DeliveryRecord) -> bool:
    return before.status is Status.IN_FLIGHT and after.status is not Status.IN_FLIGHT


def _keep(keys: set[DeliveryKey], key: DeliveryKey, *, belongs: bool) -> None:
    if belongs:
        keys.add(key)
    else:
        keys.discard(key)


class MemoryRejectionStore:
    """Events that have no delivery record (port RejectionStore). `rejections` are those to start with."""

    def __init__(self, rejections: Iterable[Rejection] = (), journal: Journal = NOT_KEPT) -> None:
        self._rejections = {rejection.id: rejection for rejection in rejections}
        self._journal = journal
        self._lock = threading.Lock()

    def put(self, rejection: Rejection) -> None:
        """Keep the rejection; the same id again changes nothing."""
        with self._lock:
            if rejection.id not in self._rejections:
                self._journal.rejection_put(rejection)
                self._rejections[rejection.id] = rejection
        self._journal.sync()

    def rejections(self) -> Iterator[Rejection]:
        """Give all that are kept at this moment."""
        with self._lock:
            return iter(list(self._rejections.values()))

    def remove(self, rejection_id: str) -> None:
        """Forget the rejection, after it was redriven."""
        with self._lock:
            if self._rejections.pop(rejection_id, None) is not None:
                self._journal.rejection_removed(rejection_id)
        self._journal.sync()


class MemoryPauseStore:
    """What is paused (port PauseStore). `pauses` are those to start with, by tenant."""

    def __init__(self, pauses: Mapping[TenantId, Sequence[Pause]] | None = None, journal: Journal = NOT_KEPT) -> None:
        self._pauses = {tenant: tuple(each) for tenant, each in (pauses or {}).items()}
        self._journal = journal
        self._lock = threading.Lock()

    def pauses(self, tenant: TenantId, *, fresh: bool = False) -> Sequence[Pause]:  # noqa: ARG002 - always fresh
        """Give the tenant's pauses."""
        return self._pauses.get(tenant, ())

    def pause(self, tenant: TenantId, pause: Pause) -> bool:
        """Keep the pause; give False, and keep the earlier one, where the same is paused already."""
        with self._lock:
            if self._find(tenant, pause.connection, pause.account) is not None:
                return False
            self._write(tenant, (*self.pauses(tenant), pause))
        self._journal.sync()
        return True

    def resume(self, tenant: TenantId, connection: ConnectionId, account: AccountId | None) -> Pause | None:
        """Forget the pause of the connection, or of one account of it, and give it; None where there was none."""
        with self._lock:
            found = self._find(tenant, connection, account)
            if found is not None:
                self._write(tenant, tuple(each for each in self.pauses(tenant) if each is not found))
        self._journal.sync()
        return found

    def _find(self, tenant: TenantId, connection: ConnectionId, account: AccountId | None) -> Pause | None:
        places = (each for each in self.pauses(tenant) if (each.connection, each.account) == (connection, account))
        return next(places, None)

    def _write(self, tenant: TenantId, pauses: tuple[Pause, ...]) -> None:
        self._journal.pauses_written(tenant, pauses)
        self._pauses[tenant] = pauses


class MemoryQueue:
    """A queue to send to (port Queue): hands every message to `take`, which raises StoreError for what it refuses."""

    def __init__(self, take: Callable[[Sequence[OutgoingMessage]], None]) -> None:
        self._take = take

    def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Send every message, any number of them."""
        if messages:
            self._take(messages)
