"""Port ExtractStore: one suite, four implementations."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb.extracts import DynamoExtractStore
from ledgerpost.adapters.memory_extract import MemoryExtractStore
from ledgerpost.adapters.sqlite_extract import SqliteExtractStore
from ledgerpost.app.extract.ports import ExtractStore
from ledgerpost.domain.extract.progress import (
    Checkpoint,
    Counts,
    ExtractId,
    Finding,
    RowFate,
    RowMark,
    SourceId,
    mark_of_left_out,
)
from ledgerpost.domain.extract.rows import Entity, RowId, mark_of
from ledgerpost.errors import StoreError
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, a_name

EXTRACT, ANOTHER = ExtractId("acme/fincome"), ExtractId("acme/fincome#2")
STARTED = datetime(2026, 3, 1, 22, tzinfo=UTC)


@pytest.fixture
def store(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any], tmp_path: Path) -> Iterator[ExtractStore]:
    if request.param == "memory":
        yield MemoryExtractStore()
    elif request.param == "sqlite":
        with closing(SqliteExtractStore(tmp_path / "extract.sqlite")) as opened:
            yield opened
    else:
        client = aws_clients(request.param)("dynamodb")
        table = a_name("deliveries")
        create_deliveries_table(client, table)
        yield DynamoExtractStore(client, table)


on_every_store = pytest.mark.parametrize("store", [pytest.param("sqlite"), *ALL], indirect=True)


def a_mark(number: int, **changes: Any) -> RowMark:
    return replace(RowMark(mark_of("header", number), mark_of("content", number), RowId(f"id-{number}")), **changes)


@on_every_store
def test_before_the_first_night_there_is_nothing(store: ExtractStore) -> None:
    assert store.checkpoint(EXTRACT) is None
    assert store.marks(EXTRACT, Entity.CUSTOMERS, ["1"]) == {}
    assert store.marks(EXTRACT, Entity.CUSTOMERS, []) == {}


@on_every_store
def test_a_checkpoint_is_given_back_exactly(store: ExtractStore) -> None:
    kept = Checkpoint(
        night="2026-03-01",
        started_at=STARTED,
        entity=Entity.INVOICES,
        after=SourceId(10**15),
        since=STARTED - timedelta(days=1),
        counts={Entity.INVOICES: Counts(read=3, pages=1, fates={RowFate.HELD: 3}, codes={"extract_draft": 1})},
        findings=(Finding(Entity.INVOICES, "7", "extract_rate_missing", "naïve ☕ \ud800"),),
    )
    store.keep_checkpoint(EXTRACT, kept)
    assert store.checkpoint(EXTRACT) == kept


@on_every_store
def test_a_later_checkpoint_takes_the_place_of_the_one_before(store: ExtractStore) -> None:
    store.keep_checkpoint(EXTRACT, Checkpoint(night="1", started_at=STARTED))
    finished = Checkpoint(night="1", started_at=STARTED, entity=None, finished_at=STARTED)
    store.keep_checkpoint(EXTRACT, finished)
    assert store.checkpoint(EXTRACT) == finished
    assert store.checkpoint(ANOTHER) is None


@on_every_store
def test_marks_are_given_back_by_extract_entity_and_id(store: ExtractStore) -> None:
    store.keep_marks(EXTRACT, Entity.CUSTOMERS, {"1": a_mark(1), "2": a_mark(2)})
    store.keep_marks(EXTRACT, Entity.PRODUCTS, {"1": a_mark(3)})
    store.keep_marks(ANOTHER, Entity.CUSTOMERS, {"1": a_mark(4)})
    assert store.marks(EXTRACT, Entity.CUSTOMERS, ["1", "2", "3"]) == {"1": a_mark(1), "2": a_mark(2)}
    assert store.marks(EXTRACT, Entity.PRODUCTS, ["1"]) == {"1": a_mark(3)}
    assert store.marks(ANOTHER, Entity.CUSTOMERS, ["1"]) == {"1": a_mark(4)}


@on_every_store
def test_a_later_mark_takes_the_place_of_the_one_before(store: ExtractStore) -> None:
    store.keep_marks(EXTRACT, Entity.CUSTOMERS, {"1": a_mark(1)})
    store.keep_marks(EXTRACT, Entity.CUSTOMERS, {"1": a_mark(1, content=mark_of("other"))})
    assert store.marks(EXTRACT, Entity.CUSTOMERS, ["1"]) == {"1": a_mark(1, content=mark_of("other"))}


@on_every_store
def test_the_mark_of_a_row_that_is_not_sent_is_given_back(store: ExtractStore) -> None:
    mark = mark_of_left_out(mark_of("header"))
    store.keep_marks(EXTRACT, Entity.INVOICES, {"1": mark})
    kept = store.marks(EXTRACT, Entity.INVOICES, ["1"])
    assert kept == {"1": mark}
    assert not kept["1"].is_sent


@on_every_store
def test_more_marks_than_one_call_takes_are_kept_and_given(store: ExtractStore) -> None:
    marks = {str(number): a_mark(number) for number in range(620)}
    store.keep_marks(EXTRACT, Entity.INVOICES, marks)
    assert store.marks(EXTRACT, Entity.INVOICES, list(marks)) == marks


def test_a_file_keeps_its_state_for_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "extract.sqlite"
    first = SqliteExtractStore(path)
    first.keep_checkpoint(EXTRACT, Checkpoint(night="1", started_at=STARTED))
    first.keep_marks(EXTRACT, Entity.CUSTOMERS, {"1": a_mark(1)})
    first.close()
    second = SqliteExtractStore(path)
    assert second.checkpoint(EXTRACT) == Checkpoint(night="1", started_at=STARTED)
    assert second.marks(EXTRACT, Entity.CUSTOMERS, ["1"]) == {"1": a_mark(1)}
    second.close()


def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    path = tmp_path / "extract.sqlite"
    path.write_text("no database at all, and long enough to be read as one")
    with pytest.raises(StoreError, match=r"extract\.sqlite") as error:
        SqliteExtractStore(path)
    assert isinstance(error.value.__cause__, sqlite3.DatabaseError)
