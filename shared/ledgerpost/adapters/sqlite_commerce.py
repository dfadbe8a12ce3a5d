"""Companies, records, days and runs in one SQLite file: a folder on a laptop, or `:memory:` for the local cloud.

One connection behind one lock; every answer is read at once or page by page, so memory does not grow with a day.
"""

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from ledgerpost.adapters.commerce_texts import (
    day_from,
    day_text,
    digest_of,
    instant_text,
    progress_from,
    progress_text,
    run_from,
    run_text,
    version_from,
    version_key,
)
from ledgerpost.domain.closing import CompanyKey, SyncRun
from ledgerpost.domain.commerce import CommerceRecord, CompanyId, record_key
from ledgerpost.domain.commerce_text import record_from, record_text
from ledgerpost.domain.company import Company
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.close import DayClose
from ledgerpost.errors import StoreError
from ledgerpost.ports_commerce import CommerceStores, Kept, KeptCompany, LateDay, RecordHead

COMMERCE_FILE = "commerce.sqlite"
"""The file's name in a state folder."""

PAGE = 2000

_TABLES = """
CREATE TABLE IF NOT EXISTS heads (tenant TEXT, company TEXT, record TEXT, version TEXT, digest TEXT, day TEXT,
  PRIMARY KEY (tenant, company, record)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (tenant TEXT, company TEXT, day TEXT, record TEXT, version TEXT, body TEXT,
  PRIMARY KEY (tenant, company, day, record, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS late (tenant TEXT, company TEXT, day TEXT, token TEXT,
  PRIMARY KEY (tenant, company, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS companies (tenant TEXT, company TEXT, body TEXT, progress TEXT, due TEXT, next_run TEXT,
  fence INTEGER, PRIMARY KEY (tenant, company)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due ON companies (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS days (tenant TEXT, company TEXT, day TEXT, body TEXT, fence INTEGER,
  PRIMARY KEY (tenant, company, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (tenant TEXT, company TEXT, id TEXT, started TEXT, body TEXT,
  PRIMARY KEY (tenant, company, id)) WITHOUT ROWID;
"""


class SqliteDatabase:
    """One SQLite file with the tables of grouping; `:memory:` for one that lives as long as the process."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.RLock()
        # Autocommit, so that `transaction` alone says where one begins; the lock keeps threads apart.
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def sync(self) -> None:
        """Return when the disk holds all that was committed. Raises StoreError where it does not."""
        if self.rows("PRAGMA wal_checkpoint(FULL)", ())[0][0]:
            raise StoreError("store_unavailable", "SQLite could not sync: another process is writing.")

    @contextmanager
    def transaction(self, *, is_synced: bool = True) -> Iterator[sqlite3.Connection]:
        """Run statements as one: all of them, or none where one raises. Every fault of SQLite is a StoreError.

        The disk holds them when the block ends, and all that was committed before; where `is_synced` is False, once
        `sync`, `close` or a later block has.
        """
        with self._lock:
            try:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if is_synced else 'NORMAL'}")
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreError("store_unavailable", f"SQLite failed: {type(error).__name__}.") from error

    def rows(self, statement: str, values: Sequence[object]) -> list[tuple[str, ...]]:
        """Give what a SELECT finds."""
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise StoreError("store_unavailable", f"SQLite failed: {type(error).__name__}.") from error


def commerce_stores(
    database: SqliteDatabase, *, to_text: Callable[[Company], str], from_text: Callable[[str], Company]
) -> CommerceStores:
    """Give the stores of one file; how a configuration is written down is given."""
    days = SqliteDayStore(database)
    companies = SqliteCompanyStore(database, to_text=to_text, from_text=from_text)
    return CommerceStores(records=SqliteCommerceStore(database), companies=companies, days=days, runs=days)


class SqliteCommerceStore:
    """The records of companies (port CommerceStore)."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def head(self, key: CompanyKey, record: str) -> RecordHead | None:
        """Give what is known of a record; None where there is none."""
        statement = "SELECT version, day FROM heads WHERE tenant = ? AND company = ? AND record = ?"
        rows = self._database.rows(statement, (*key, record))
        return RecordHead(version_from(rows[0][0]), date.fromisoformat(rows[0][1])) if rows else None

    def keep(self, key: CompanyKey, day: date, record: CommerceRecord) -> Kept:
        """Keep a version of a record, once, in the day of its first version.

        Not synced by itself, at a tenth of the rate: its approval is kept until `sync`, and a file is read in again.
        """
        with self._database.transaction(is_synced=False) as connection:
            return _keep(connection, key, day, record)

    def keep_all(self, key: CompanyKey, records: Sequence[tuple[date, CommerceRecord]]) -> None:
        """Keep many records as one transaction, for a file that is read in."""
        with self._database.transaction() as connection:
            for day, record in records:
                _keep(connection, key, day, record)

    def records(self, key: CompanyKey, day: date) -> Iterator[CommerceRecord]:
        """Give every kept version of the day, in the order of records and versions; a page of them at a time."""
        statement = (
            "SELECT record, version, body FROM records WHERE tenant = ? AND company = ? AND day = ? "
            "AND (record, version) > (?, ?) ORDER BY record, version LIMIT ?"
        )
        place = ("", "")
        while rows := self._database.rows(statement, (*key, day.isoformat(), *place, PAGE)):
            yield from (record_from(body) for _, _, body in rows)
            place = rows[-1][0], rows[-1][1]

    def mark_late(self, key: CompanyKey, day: date) -> None:
        """Note that something was kept for a day that was over."""
        with self._database.transaction() as connection:
            token = secrets.token_hex(8)
            connection.execute("INSERT OR REPLACE INTO late VALUES (?, ?, ?, ?)", (*key, day.isoformat(), token))

    def late_days(self, key: CompanyKey) -> Sequence[LateDay]:
        """Give the days that are marked as late, sorted."""
        statement = "SELECT day, token FROM late WHERE tenant = ? AND company = ? ORDER BY day"
        return [LateDay(date.fromisoformat(day), token) for day, token in self._database.rows(statement, key)]

    def unmark_late(self, key: CompanyKey, late: LateDay) -> None:
        """Forget the mark where nothing came since it was read."""
        with self._database.transaction() as connection:
            statement = "DELETE FROM late WHERE tenant = ? AND company = ? AND day = ? AND token = ?"
            connection.execute(statement, (*key, late.day.isoformat(), late.token))


def _keep(connection: sqlite3.Connection, key: CompanyKey, day: date, record: CommerceRecord) -> Kept:
    name, version, body = record_key(record), version_key(record.version), record_text(record)
    digest = digest_of(body)
    statement = "SELECT version, digest, day FROM heads WHERE tenant = ? AND company = ? AND record = ?"
    head = connection.execute(statement, (*key, name)).fetchone()
    if head is not None and version <= head[0]:
        if version < head[0]:
            return Kept.OLDER
        return Kept.DUPLICATE if digest == head[1] else Kept.CONFLICT
    counted = head[2] if head is not None else day.isoformat()
    connection.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?, ?, ?)", (*key, name, version, digest, counted))
    connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)", (*key, counted, name, version, body))
    return Kept.NEW if head is None else Kept.LATER


class SqliteCompanyStore:
    """Companies (port CompanyStore); how a configuration is written down is given."""

    def __init__(
        self, database: SqliteDatabase, *, to_text: Callable[[Company], str], from_text: Callable[[str], Company]
    ) -> None:
        self._database = database
        self._to_text = to_text
        # A configuration is read with every record and hardly ever changes; the same text gives the same company.
        self._from_text = lru_cache(maxsize=64)(from_text)

    def company(self, key: CompanyKey) -> KeptCompany | None:
        """Give the company; None where there is none."""
        statement = "SELECT body, progress, next_run, fence FROM companies WHERE tenant = ? AND company = ?"
        rows = self._database.rows(statement, key)
        return self._kept(rows[0]) if rows else None

    def companies(self, tenant: TenantId, limit: int) -> Sequence[KeptCompany]:
        """Give up to `limit` companies of a tenant, in the order of their ids."""
        statement = "SELECT body, progress, next_run, fence FROM companies WHERE tenant = ? ORDER BY company LIMIT ?"
        return [self._kept(row) for row in self._database.rows(statement, (tenant, limit))]

    def _kept(self, row: Sequence[str]) -> KeptCompany:
        body, progress, next_run, fence = row
        return KeptCompany(
            company=self._from_text(body),
            progress=progress_from(progress),
            next_run=datetime.fromisoformat(next_run),
            fence=int(fence),
        )

    def put(self, kept: KeptCompany) -> bool:
        """Write the company where the stored one has the fence just before; say whether."""
        next_run = instant_text(kept.next_run)
        due = next_run if kept.company.enabled else None
        values = (self._to_text(kept.company), progress_text(kept.progress), due, next_run, kept.fence)
        return _put_fenced(self._database, "companies", ("body", "progress", "due", "next_run"), kept.key, values)

    def due(self, now: datetime, limit: int) -> Sequence[CompanyKey]:
        """Give up to `limit` companies whose next run is not after `now`, the longest due first."""
        statement = "SELECT tenant, company FROM companies WHERE due <= ? ORDER BY due, tenant, company LIMIT ?"
        rows = self._database.rows(statement, (instant_text(now), limit))
        return [CompanyKey(TenantId(tenant), CompanyId(company)) for tenant, company in rows]


class SqliteDayStore:
    """The states of days, and the runs (ports DayStore and RunStore)."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def day(self, key: CompanyKey, day: date) -> DayClose | None:
        """Give the state of a day; None where it was never closed."""
        statement = "SELECT body FROM days WHERE tenant = ? AND company = ? AND day = ?"
        rows = self._database.rows(statement, (*key, day.isoformat()))
        return day_from(key, day, rows[0][0]) if rows else None

    def put_day(self, state: DayClose) -> bool:
        """Write the state where the stored one has the fence just before; say whether."""
        return _put_fenced(
            self._database, "days", ("body",), (*state.key, state.day.isoformat()), (day_text(state), state.fence)
        )

    def days(self, key: CompanyKey, limit: int) -> Sequence[DayClose]:
        """Give up to `limit` days that were closed, the latest day first."""
        statement = "SELECT day, body FROM days WHERE tenant = ? AND company = ? ORDER BY day DESC LIMIT ?"
        rows = self._database.rows(statement, (*key, limit))
        return [day_from(key, date.fromisoformat(day), body) for day, body in rows]

    def put_run(self, key: CompanyKey, run: SyncRun) -> None:
        """Keep the run, in place of an earlier state of it."""
        with self._database.transaction() as connection:
            values = (*key, run.id, instant_text(run.started_at), run_text(run))
            connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)", values)

    def runs(self, key: CompanyKey, limit: int) -> Sequence[SyncRun]:
        """Give up to `limit` runs, the latest first."""
        statement = "SELECT body FROM runs WHERE tenant = ? AND company = ? ORDER BY started DESC, id DESC LIMIT ?"
        return [run_from(body) for (body,) in self._database.rows(statement, (*key, limit))]


_KEYS = {"companies": ("tenant", "company"), "days": ("tenant", "company", "day")}


def _put_fenced(
    database: SqliteDatabase, table: str, columns: Sequence[str], key: Sequence[str], values: Sequence[object]
) -> bool:
    """Write a row where the stored one has the fence just before, or where there is none and the fence is 1.

    `table` and `columns` are of this module; `values` end with the fence.
    """
    fence = values[-1]
    where = " AND ".join(f"{name} = ?" for name in _KEYS[table])
    with database.transaction() as connection:
        if fence == 1:
            marks = ", ".join("?" * (len(key) + len(values)))
            statement = (
                f"INSERT OR IGNORE INTO {table} ({', '.join((*_KEYS[table], *columns, 'fence'))}) VALUES ({marks})"  # noqa: S608 - names of this module
            )
            return connection.execute(statement, (*key, *values)).rowcount == 1
        sets = ", ".join(f"{name} = ?" for name in (*columns, "fence"))
        statement = f"UPDATE {table} SET {sets} WHERE {where} AND fence = ? - 1"  # noqa: S608 - names of this module
        return connection.execute(statement, (*values, *key, fence)).rowcount == 1
