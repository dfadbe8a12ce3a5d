"""The local state of grouping: one folder with a SQLite file, and the events of closed days to be posted."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.sqlite_commerce import COMMERCE_FILE, SqliteDatabase, commerce_stores
from ledgerpost.adapters.synced_file import SyncedFile, make_folder
from ledgerpost.app.close_day import ClosePorts
from ledgerpost.app.commerce import CommercePorts
from ledgerpost.app.companies import company_called
from ledgerpost.domain.event import TenantId
from ledgerpost.ports import Clock
from ledgerpost.ports_commerce import DocumentEvent, KeptCompany
from ledgerpost.wire.commerce_document import event_for
from ledgerpost.wire.company import read_stored_company
from ledgerpost.wire.company_text import company_text

OUTBOX = "documents.jsonl"

State = Annotated[Path, typer.Option(help="The folder of companies, records and closed days.")]
Tenant = Annotated[str, typer.Option(help="The tenant that the company belongs to.")]
DEFAULT_STATE = Path(".ledgerpost")


class OutboxFile:
    """Adds events to a file that `ledgerpost local --events` posts (port DocumentAnnouncer)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: SyncedFile | None = None

    def announce(self, events: Sequence[DocumentEvent]) -> None:
        """Add every event as one bus entry a line; an event that stands there twice is delivered once.

        They are on the disk when this returns: the day counts as closed next. Raises StoreError where they are not.
        """
        if self._file is None:
            self._file = SyncedFile(self._path)
        self._file.append("".join(map(_entry_line, events)).encode())
        self._file.sync()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _entry_line(event: DocumentEvent) -> str:
    envelope = json.loads(event.body)
    entry = {
        "Source": envelope["source"],
        "DetailType": envelope["detail-type"],
        "Time": envelope["time"],
        "Detail": envelope["detail"],
    }
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"


@dataclass(frozen=True, slots=True)
class OpenState:
    """The stores of one folder, and the ports of the use cases over them."""

    take: CommercePorts
    close: ClosePorts
    outbox: Path

    def company(self, tenant: str, company: str) -> KeptCompany:
        """Give a company that was applied; raises UsageError(company_unknown)."""
        return company_called(TenantId(tenant), company, self.close.companies)


@contextmanager
def opened(state: Path, clock: Clock | None = None) -> Iterator[OpenState]:
    """Open the state in a folder, which is made where it is missing."""
    make_folder(state)
    database, outbox = SqliteDatabase(state / COMMERCE_FILE), OutboxFile(state / OUTBOX)
    try:
        stores = commerce_stores(database, to_text=company_text, from_text=read_stored_company)
        now = clock or SystemClock()
        take = CommercePorts.over(stores, now)
        close = ClosePorts.over(stores, announcer=outbox, event_for=event_for, clock=now)
        yield OpenState(take, close, state / OUTBOX)
    finally:
        database.close()
        outbox.close()
