"""What surrounds a function in the local cloud (`bootstrap.Services`): its queues, tables, clock, log and ledgers."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from ledgerpost.adapters.memory import (
    MemoryDeliveryStore,
    MemoryPauseStore,
    MemoryQueue,
    MemoryRejectionStore,
    MemoryRouteStore,
)
from ledgerpost.adapters.memory_journal import MemoryJournal
from ledgerpost.adapters.memory_listing import MemoryListing, listing_changes
from ledgerpost.adapters.sqlite_commerce import COMMERCE_FILE, SqliteDatabase, commerce_stores
from ledgerpost.adapters.synced_file import Sync, sync_to_disk
from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.observability import Log
from ledgerpost.ports import Clock, DeliveryJournal, DeliveryLine, LedgerTargets, OutgoingMessage
from ledgerpost.ports_commerce import CommerceStores
from ledgerpost.settings import ActionsSettings
from ledgerpost.wire.company import read_stored_company
from ledgerpost.wire.company_text import company_text
from ledgerpost.wire.message import read_accepted_event

if TYPE_CHECKING:
    from ledgerpost.connectors.pennylane.actions.connections import ActionConnections

SendTo = Callable[[str, Sequence[OutgoingMessage]], None]
"""Sends messages to the queue at an address."""


class LocalTables:
    """The tables of the template by name, shared by all functions; each is there from its first mention.

    `configurations` are applied in every table of routes. Where `state_dir` is given, records and rejections are kept
    there, one journal per table, and a later run goes on from them; `sync` has the disk hold a journal. `is_listed`
    keeps a listing of the deliveries, as people look for them; a run that nobody looks at does without.
    """

    def __init__(
        self,
        configurations: Iterable[TenantConfiguration] = (),
        state_dir: Path | None = None,
        *,
        is_listed: bool = False,
        sync: Sync = sync_to_disk,
    ) -> None:
        self._configurations = tuple(configurations)
        self._sync_file = sync
        self._is_listed = is_listed
        self._listings: dict[str, MemoryListing] = {}
        self._state_dir = state_dir
        self._routes: dict[str, MemoryRouteStore] = {}
        self._deliveries: dict[str, MemoryDeliveryStore] = {}
        self._rejections: dict[str, MemoryRejectionStore] = {}
        self._pauses: dict[str, MemoryPauseStore] = {}
        self._journals: dict[str, MemoryJournal] = {}
        self._commerce: dict[str, CommerceStores] = {}
        self._databases: list[SqliteDatabase] = []
        self._opening = threading.Lock()

    def routes(self, table: str) -> MemoryRouteStore:
        """Give the store of routes in `table`."""
        with self._opening:
            return self._routes.setdefault(table, MemoryRouteStore(self._configurations))

    def deliveries(self, table: str) -> MemoryDeliveryStore:
        """Give the store of delivery records in `table`."""
        self._open(table)
        return self._deliveries[table]

    def listing(self, table: str) -> MemoryListing:
        """Give the listing of the deliveries in `table`; empty unless the tables are listed."""
        self._open(table)
        return self._listings[table]

    def rejections(self, table: str) -> MemoryRejectionStore:
        """Give the store of rejections in `table`."""
        self._open(table)
        return self._rejections[table]

    def pauses(self, table: str) -> MemoryPauseStore:
        """Give the store of pauses in `table`."""
        self._open(table)
        return self._pauses[table]

    def commerce(self, table: str) -> CommerceStores:
        """Give the stores of grouping in `table`: where `state_dir` is given, those that `ledgerpost company` fills."""
        with self._opening:
            if table not in self._commerce:
                database = SqliteDatabase(self._state_dir / COMMERCE_FILE if self._state_dir else ":memory:")
                self._commerce[table] = commerce_stores(database, to_text=company_text, from_text=read_stored_company)
                self._databases.append(database)
            return self._commerce[table]

    def apply(self, configuration: TenantConfiguration) -> None:
        """Make `configuration` the tenant's in every table of routes, also while functions run."""
        with self._opening:
            kept = (each for each in self._configurations if each.tenant != configuration.tenant)
            self._configurations = (*kept, configuration)
            for store in self._routes.values():
                store.apply(configuration)

    def open_count(self) -> int:
        """Give how many deliveries of all tables Ledgerpost itself will still move on."""
        return sum(store.open_count() for store in self._deliveries.values())

    def sync(self) -> None:
        """Return when the disk holds all that was written to the tables before this call."""
        with self._opening:
            journals, databases = list(self._journals.values()), list(self._databases)
        for journal in journals:
            journal.sync()
        for database in databases:
            database.sync()

    def close(self) -> None:
        """Close the journals."""
        with ExitStack() as closing:
            for journal in self._journals.values():
                closing.callback(journal.close)
            for database in self._databases:
                closing.callback(database.close)

    def _open(self, table: str) -> None:
        with self._opening:
            if table not in self._deliveries:
                self._create(table)

    def _create(self, table: str) -> None:
        listing = self._listings[table] = MemoryListing()
        on_change = listing_changes(listing, read_accepted_event) if self._is_listed else _unheard
        if self._state_dir is None:
            self._rejections[table] = MemoryRejectionStore()
            self._pauses[table] = MemoryPauseStore()
            self._deliveries[table] = MemoryDeliveryStore(on_change=on_change)
            return
        journal = self._journals[table] = MemoryJournal(self._state_dir / f"{table}.jsonl", self._sync_file)
        for record in journal.records.values():
            on_change(None, record)
        self._rejections[table] = MemoryRejectionStore(journal.rejections.values(), journal)
        self._pauses[table] = MemoryPauseStore(journal.pauses, journal)
        self._deliveries[table] = MemoryDeliveryStore(journal.records.values(), journal, on_change)


def _unheard(before: DeliveryRecord | None, after: DeliveryRecord) -> None:
    """Tell nobody of a write."""


class LocalServices:
    """The services of one local cloud. `targets` builds the ledgers for a given `allow_loopback`, once for each.

    `listeners` hear of every message beside the log.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        tables: LocalTables,
        send_to: SendTo,
        targets: Callable[[bool], LedgerTargets],
        log_stream: TextIO,
        listeners: Sequence[DeliveryJournal] = (),
    ) -> None:
        self._clock = clock
        self._tables = tables
        self._send_to = send_to
        self._targets = cache(targets)
        self._log_stream = _SharedStream(log_stream)
        self._listeners = tuple(listeners)

    def clock(self) -> Clock:
        """Give the clock of the run, real or virtual."""
        return self._clock

    def log(self, service: str, level: str) -> Log:
        """Give the log of `service`, as JSON lines on the run's stream."""
        return Log(service, level, cast("TextIO", self._log_stream))

    def journal(self, log: Log) -> DeliveryJournal:
        """Give the journal: the log, then the listeners."""
        return _Journals((log, *self._listeners))

    def queue(self, url: str) -> MemoryQueue:
        """Give the queue at `url`."""
        return MemoryQueue(lambda messages: self._send_to(url, messages))

    def routes(self, table: str) -> MemoryRouteStore:
        """Give the store of routes."""
        return self._tables.routes(table)

    def deliveries(self, table: str) -> MemoryDeliveryStore:
        """Give the store of delivery records."""
        return self._tables.deliveries(table)

    def backlog(self, table: str) -> MemoryDeliveryStore:
        """Give the count of the delivery records."""
        return self.deliveries(table)

    def rejections(self, table: str) -> MemoryRejectionStore:
        """Give the store of rejections."""
        return self._tables.rejections(table)

    def pauses(self, table: str) -> MemoryPauseStore:
        """Give the store of pauses."""
        return self._tables.pauses(table)

    def commerce(self, table: str) -> CommerceStores:
        """Give the stores of companies, their records, days and runs."""
        return self._tables.commerce(table)

    def targets(self, *, allow_loopback: bool, table: str = "") -> LedgerTargets:  # noqa: ARG002 - one process
        """Give the ledgers behind the connections."""
        return self._targets(allow_loopback)

    def actions(self, settings: ActionsSettings) -> "ActionConnections":
        """Give the Pennylane actions of every connection; extracts go to the folder of the bucket's name."""
        from ledgerpost.adapters.extract_folder import FolderExtractFiles  # noqa: PLC0415 - the actions alone need them
        from ledgerpost.connectors.pennylane.actions.connections import ActionConnections  # noqa: PLC0415
        from ledgerpost.connectors.pennylane.calls import FOR_A_FUNCTION  # noqa: PLC0415
        from ledgerpost.connectors.registry import ConnectorTargets  # noqa: PLC0415

        connectors = self._targets(settings.allow_loopback)
        assert isinstance(connectors, ConnectorTargets), "the actions run on the connectors that the product has"
        files = FolderExtractFiles(Path(settings.extracts_bucket), self._clock)
        return ActionConnections(
            self.routes(settings.routes_table),
            connectors,
            files,
            default_tenant=settings.tenant,
            patience=FOR_A_FUNCTION,
        )


class _SharedStream:
    """The log's stream as all functions of a run write to it, from several threads.

    One write at a time: every function's logger locks only its own handler, and a `TextIOWrapper` that two threads
    write to mixes foreign memory into the file (CPython before 3.13). It is flushed by whoever opened it: a flush per
    line costs more than the line.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        with self._lock:
            return self._stream.write(text)

    def flush(self) -> None:
        return


class _Journals:
    def __init__(self, journals: Sequence[DeliveryJournal]) -> None:
        self._journals = journals

    def attempted(self, line: DeliveryLine) -> None:
        for journal in self._journals:
            journal.attempted(line)
