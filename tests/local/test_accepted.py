"""What the local bus took outlives its process until all is settled."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledgerpost.errors import StoreError
from ledgerpost.local.accepted import ACCEPTED_FILE, AcceptedFile
from ledgerpost.local.bus import PutAnswer
from ledgerpost.local.engine import EngineOptions, LocalEngine
from tests.local.approvals import CONFIGURATION, approval
from tests.local.fake_ledger import FakeLedger

TABLE = "DeliveriesTable"


@contextmanager
def engine_on(ledger: FakeLedger, folder: Path) -> Iterator[LocalEngine]:
    engine = LocalEngine(
        EngineOptions(
            configurations=[CONFIGURATION], targets=lambda _: ledger, log_stream=io.StringIO(), state_dir=folder
        )
    )
    try:
        yield engine
    finally:
        engine.close()


def test_what_a_lost_process_accepted_is_taken_up_by_the_next_one(tmp_path: Path) -> None:
    ledger = FakeLedger()
    with engine_on(ledger, tmp_path) as lost:
        lost.publish([approval(f"R{n}") for n in range(20)])
    assert ledger.posts == 0

    with engine_on(ledger, tmp_path) as engine:
        assert engine.has_work
        assert engine.run([]).is_settled
        assert not engine.has_work

    assert (len(ledger.entries), ledger.posts) == (20, 20)


def test_where_all_was_settled_the_next_process_has_nothing_to_take_up(tmp_path: Path) -> None:
    ledger = FakeLedger()
    with engine_on(ledger, tmp_path) as engine:
        engine.run([approval("R1")])
    assert (tmp_path / ACCEPTED_FILE).read_bytes() == b""

    with engine_on(ledger, tmp_path) as engine:
        assert not engine.has_work
        engine.run([])
    assert ledger.posts == 1


def test_what_was_handled_before_the_process_was_lost_is_a_duplicate_and_set_aside_once(tmp_path: Path) -> None:
    ledger = FakeLedger()
    with engine_on(ledger, tmp_path) as engine:
        engine.publish([approval("R1"), approval(" ")])
        shutil.copy(tmp_path / ACCEPTED_FILE, tmp_path / "before")
        engine.run([])
    shutil.copy(tmp_path / "before", tmp_path / ACCEPTED_FILE)

    with engine_on(ledger, tmp_path) as engine:
        summary = engine.run([])
        set_aside = list(engine.tables.rejections(TABLE).rejections())
        delivered = list(engine.deliveries.records(CONFIGURATION.tenant))

    assert engine.report(summary).deliveries["duplicate"] >= 1
    assert ledger.posts == 1
    assert (len(set_aside), len(delivered)) == (1, 1)


def test_what_the_bus_refuses_is_not_kept(tmp_path: Path) -> None:
    kept = AcceptedFile(tmp_path / ACCEPTED_FILE)
    kept.keep([{"Source": "a"}, {"Source": "b"}], [PutAnswer(error_code="MalformedDetail"), PutAnswer("id-2")])
    kept.close()

    again = AcceptedFile(tmp_path / ACCEPTED_FILE)
    again.close()
    assert [(event.id, event.entry) for event in again.left] == [("id-2", {"Source": "b"})]


def test_a_line_that_a_killed_process_left_torn_was_never_answered_and_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / ACCEPTED_FILE
    path.write_bytes(b'["id-1",{"Source":"a"}]\n["id-2",{"Sou')

    for _ in range(2):
        kept = AcceptedFile(path)
        kept.close()
        assert [event.id for event in kept.left] == ["id-1"]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ACCEPTED_FILE).write_bytes(b"{}}\n")
    with pytest.raises(StoreError, match="damaged"):
        AcceptedFile(tmp_path / ACCEPTED_FILE)
