"""Rotating token pairs in a file of SQLite (port TokenPairs): what local commands keep in their state folder.

The standard library's database, since two commands at once must not both refresh, and a pair is on disk before it is
used: its refresh token is the only one that is left. The file and its folder are the owner's alone.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledgerpost.adapters.token_pair_text import token_pair_of, token_pair_text
from ledgerpost.domain.token_pair import StoredPair, TokenPair
from ledgerpost.errors import StoreError

TOKENS_FILE = "tokens.sqlite"

_TABLE = "CREATE TABLE IF NOT EXISTS pair (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, text TEXT NOT NULL)"
_BUSY_S = 10.0


class SqliteTokenPairs:
    """Pairs in `tokens.sqlite` of a folder, which is made with the first pair. Safe to share between threads and
    between processes; every fault is a StoreError.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / TOKENS_FILE

    def read(self, key: str) -> StoredPair | None:
        """Give what is stored at this moment; None where there is nothing."""
        if not self._path.exists():
            return None
        with self._opened() as database:
            row = database.execute("SELECT text, revision FROM pair WHERE key = ?", (key,)).fetchone()
        return None if row is None else StoredPair(token_pair_of(row[0]), row[1])

    def write(self, key: str, pair: TokenPair, revision: int) -> bool:
        """Write where the stored pair is of `revision` (0 for none) and say whether it was written, and is on disk."""
        with self._opened() as database:
            if revision:
                statement = "UPDATE pair SET text = ?, revision = revision + 1 WHERE key = ? AND revision = ?"
                written = database.execute(statement, (token_pair_text(pair), key, revision))
            else:
                statement = "INSERT OR IGNORE INTO pair VALUES (?, 1, ?)"
                written = database.execute(statement, (key, token_pair_text(pair)))
            return written.rowcount == 1

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._make_private()
            # Without isolation level each statement is a transaction of its own, synced to the disk at its end.
            with closing(sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)) as database:
                database.execute("PRAGMA synchronous = FULL")
                database.execute(_TABLE)
                yield database
        except (OSError, sqlite3.Error) as error:
            raise StoreError("store_unavailable", f"{self._path} cannot keep tokens: {error}.") from error

    def _make_private(self) -> None:
        """Have the file there with mode 0600 before anything is in it; SQLite gives its journal the same mode."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600))
        self._path.chmod(0o600)
