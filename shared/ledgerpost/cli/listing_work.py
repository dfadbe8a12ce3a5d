"""What a rebuild of the listing has read so far, in a file of SQLite: a stage may have more deliveries than memory."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from ledgerpost.adapters.dynamodb.record import key_of, key_text
from ledgerpost.app.rebuild_listing import Counts, RouteDay
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed
from ledgerpost.domain.route import RouteId

TABLES = """
create table if not exists facts (name text primary key, value text not null);
create table if not exists rows (
    key text primary key, tenant text not null, route text not null, day text not null, status text not null,
    fence integer not null, receipt text not null, changed real not null, streamed integer not null
) without rowid;
create index if not exists by_day on rows (tenant, route, day);
create table if not exists done (tenant text, route text, day text, primary key (tenant, route, day));
"""

KEEP = """
insert into rows values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (key) do update set
    route = excluded.route, day = excluded.day, status = excluded.status, fence = excluded.fence,
    receipt = excluded.receipt, changed = excluded.changed, streamed = excluded.streamed
where excluded.fence >= rows.fence
"""

_OF_DAY = "tenant = ? and route = ? and day = ?"


class SqliteWork:
    """The work file of one stage's rebuild (port Work)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path)
        self._database.executescript(TABLES)

    def close(self) -> None:
        """Close the file; it stays."""
        self._database.close()

    @property
    def batch(self) -> str | None:
        """The batch of `begin`; None before."""
        return self._fact("batch")

    @property
    def cursor(self) -> str | None:
        """Where reading goes on; None where all is read."""
        return None if self._fact("is_read") else (self._fact("cursor") or "")

    def begin(self, batch: str) -> None:
        """Keep the batch, once."""
        with self._database as database:
            database.execute("insert into facts values ('batch', ?)", (batch,))

    def keep(self, rows: Iterable[tuple[Listed, datetime]], cursor: str) -> None:
        """Keep a page, each row with when its record changed, and where the next page begins, both or neither; a row
        replaces an older one of its delivery.
        """
        fact = ("cursor", cursor) if cursor else ("is_read", "yes")
        with self._database as database:
            database.executemany(KEEP, [(*_plain(row), changed.timestamp(), 0) for row, changed in rows])
            database.execute("insert or replace into facts values (?, ?)", fact)

    def take_over(self, rows: Iterable[Listed]) -> None:
        """Keep what the stream has listed since, in place of older rows; the listing has their rows already."""
        with self._database as database:
            database.executemany(KEEP, [(*_plain(row), 0.0, 1) for row in rows])

    def tenants(self) -> Sequence[TenantId]:
        """Give whose deliveries were read."""
        found = self._database.execute("select distinct tenant from rows order by tenant")
        return tuple(TenantId(tenant) for (tenant,) in found)

    def days(self, tenant: TenantId) -> Sequence[RouteDay]:
        """Give the days of the tenant's deliveries."""
        found = self._database.execute(
            "select distinct route, day from rows where tenant = ? order by route, day", (tenant,)
        )
        return tuple(RouteDay(tenant, RouteId(route), date.fromisoformat(day)) for route, day in found)

    def is_done(self, day: RouteDay) -> bool:
        """Say whether the day was set right already."""
        found = self._database.execute(f"select 1 from done where {_OF_DAY}", _names(day))  # noqa: S608 - a constant
        return found.fetchone() is not None

    def done(self, day: RouteDay) -> None:
        """Keep that the day was set right."""
        with self._database as database:
            database.execute("insert or replace into done values (?, ?, ?)", _names(day))

    def unlisted(self, day: RouteDay) -> Sequence[Listed]:
        """Give the rows of a day that the stream did not bring."""
        return self._unlisted(day, 0.0)

    def changed_since(self, day: RouteDay, instant: datetime) -> Sequence[Listed]:
        """Give the rows of a day that the stream did not bring, and that changed after `instant`."""
        return self._unlisted(day, instant.timestamp())

    def _unlisted(self, day: RouteDay, since: float) -> Sequence[Listed]:
        found = self._database.execute(
            f"select key, status, fence, receipt from rows where {_OF_DAY} and streamed = 0 and changed > ?",  # noqa: S608
            (*_names(day), since),
        )
        return [
            Listed(key=key_of(key), route=day.route, day=day.day, status=Status(status), fence=fence, receipt=receipt)
            for key, status, fence, receipt in found
        ]

    def counts(self, day: RouteDay) -> Counts:
        """Give how many deliveries of the day are in each status."""
        found = self._database.execute(
            f"select status, count(*) from rows where {_OF_DAY} group by status",  # noqa: S608 - a constant
            _names(day),
        )
        return {Status(status): number for status, number in found}

    def _fact(self, name: str) -> str | None:
        found = self._database.execute("select value from facts where name = ?", (name,)).fetchone()
        return str(found[0]) if found else None


def _plain(row: Listed) -> tuple[object, ...]:
    key = row.key
    return (key_text(*key), key.tenant, row.route, row.day.isoformat(), row.status.value, row.fence, row.receipt)


def _names(day: RouteDay) -> tuple[str, str, str]:
    return day.tenant, day.route, day.day.isoformat()
