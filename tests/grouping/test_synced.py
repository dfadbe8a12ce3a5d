"""What the stores of grouping have on the disk, by the file that a lost log leaves behind."""

import shutil
from pathlib import Path

from ledgerpost.adapters.sqlite_commerce import SqliteDatabase


def level_of(database: SqliteDatabase) -> int:
    return int(database.rows("PRAGMA synchronous", ())[0][0])


def test_a_state_is_synced_with_its_commit_and_a_record_with_the_next_sync(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "commerce.sqlite")
    statement = "INSERT INTO late VALUES ('acme', 'shop', ?, 'token')"
    with database.transaction() as connection:
        connection.execute(statement, ("2026-01-01",))
    assert level_of(database) == 2, "FULL"
    with database.transaction(is_synced=False) as connection:
        connection.execute(statement, ("2026-01-02",))
    assert level_of(database) == 1, "NORMAL"

    database.sync()
    shutil.copy(tmp_path / "commerce.sqlite", tmp_path / "without-log.sqlite")
    database.close()
    left = SqliteDatabase(tmp_path / "without-log.sqlite")
    assert [day for (day,) in left.rows("SELECT day FROM late ORDER BY day", ())] == ["2026-01-01", "2026-01-02"]
    left.close()


def test_a_database_in_memory_has_nothing_to_sync() -> None:
    database = SqliteDatabase(":memory:")
    database.sync()
    database.close()
