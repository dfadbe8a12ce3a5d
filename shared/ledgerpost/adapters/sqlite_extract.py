"""How far extracts have come, in a file of SQLite (port ExtractStore): what the command line keeps between runs.

The standard library's database, since half a million marks are read a hundred at a time and a crash between two writes
must leave a whole file.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ledgerpost.adapters.checkpoint_text import checkpoint_of, checkpoint_text
from ledgerpost.domain.extract.progress import Checkpoint, ExtractId, RowMark
from ledgerpost.domain.extract.rows import Entity, RowFingerprint, RowId
from ledgerpost.errors import StoreError

_TABLES = """
CREATE TABLE IF NOT EXISTS checkpoint (extract TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (
    extract TEXT, entity TEXT, id TEXT, header TEXT NOT NULL, content TEXT NOT NULL, target_id TEXT NOT NULL,
    PRIMARY KEY (extract, entity, id)
) WITHOUT ROWID;
"""


class SqliteExtractStore:
    """Checkpoints and marks in one file. Safe to share between threads; every fault is a StoreError."""

    def __init__(self, path: Path) -> None:
        """Open the file, or begin it. Raises StoreError for what is no such file."""
        self._lock = threading.Lock()
        with _store_errors(path):
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            # NORMAL: a power cut may take the last commits, never a part of one. The rows of a lost mark are read and
            # sent once more, and the target, which is asked by their ids, has them already.
            self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _TABLES)
        self._path = path

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def checkpoint(self, extract: ExtractId) -> Checkpoint | None:
        """Give the latest checkpoint; None before the first night."""
        with self._lock, _store_errors(self._path):
            row = self._database.execute("SELECT text FROM checkpoint WHERE extract = ?", (extract,)).fetchone()
        return None if row is None else checkpoint_of(row[0])

    def keep_checkpoint(self, extract: ExtractId, checkpoint: Checkpoint) -> None:
        """Put the checkpoint in place of the one before."""
        with self._lock, _store_errors(self._path):
            self._database.execute(
                "INSERT OR REPLACE INTO checkpoint VALUES (?, ?)", (extract, checkpoint_text(checkpoint))
            )

    def marks(self, extract: ExtractId, entity: Entity, ids: Collection[str]) -> Mapping[str, RowMark]:
        """Give the marks of those rows that have one."""
        with self._lock, _store_errors(self._path):
            rows = self._database.execute(
                "SELECT id, header, content, target_id FROM mark"
                " WHERE extract = ? AND entity = ? AND id IN (SELECT value FROM json_each(?))",
                (extract, entity.value, json.dumps(list(ids))),
            ).fetchall()
        return {
            row_id: RowMark(RowFingerprint(header), RowFingerprint(content), RowId(target_id))
            for row_id, header, content, target_id in rows
        }

    def keep_marks(self, extract: ExtractId, entity: Entity, marks: Mapping[str, RowMark]) -> None:
        """Keep each mark in place of the one of its id, all of them or none."""
        rows = [
            (extract, entity.value, row_id, mark.header, mark.content, mark.target_id) for row_id, mark in marks.items()
        ]
        with self._lock, _store_errors(self._path):
            self._database.execute("BEGIN")
            try:
                self._database.executemany("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?, ?)", rows)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


@contextmanager
def _store_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError("store_unavailable", f"{path} cannot be used as the state of extracts: {error}.") from error
