"""Records kept between runs."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from ledgerpost.adapters.memory import MemoryDeliveryStore, MemoryPauseStore, MemoryRejectionStore
from ledgerpost.adapters.memory_journal import MemoryJournal, record_from_json, record_to_json
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import StoreError
from tests.local.records import NOW, any_record, record

PAUSE = Pause(connection=ConnectionId("main"), account=AccountId("a"), code="account_forbidden", by="x", at=NOW)
REJECTION = Rejection(
    id="m1", tenant="", route="", code="malformed_event", message="no", parked=True, at=NOW, source="é\ud800{"
)


@given(any_record)
def test_a_record_comes_back_from_its_line_exactly_as_it_was(original: DeliveryRecord) -> None:
    back = record_from_json(json.loads(json.dumps(record_to_json(original))))
    assert back == original
    assert str(back.amount) == str(original.amount), "also the zeros at the end of an amount"


def test_a_later_run_finds_the_last_state_of_every_record_and_the_rejections_that_are_left(tmp_path: Path) -> None:
    path = tmp_path / "state" / "deliveries.jsonl"
    first = record(amount=Decimal("139.10"))
    with MemoryJournal(path) as journal:
        deliveries, rejections = MemoryDeliveryStore(journal=journal), MemoryRejectionStore(journal=journal)
        deliveries.create(first)
        deliveries.create(record("other"))
        deliveries.replace(first.moved(Status.DELIVERED, NOW), first.expected)
        rejections.put(REJECTION)
        rejections.put(replace(REJECTION, id="m2"))
        rejections.remove("m2")
    with MemoryJournal(path) as journal:
        assert journal.records[first.key] == first.moved(Status.DELIVERED, NOW)
        assert len(journal.records) == 2
        assert journal.rejections == {"m1": REJECTION}


def test_a_write_that_was_refused_leaves_no_line(tmp_path: Path) -> None:
    path = tmp_path / "deliveries.jsonl"
    with MemoryJournal(path) as journal:
        store = MemoryDeliveryStore(journal=journal)
        store.create(record())
        store.create(record(detail="too late"))
        store.replace(record(detail="too late"), record(fence=7).expected)
    assert len(path.read_bytes().splitlines()) == 1


def test_a_line_that_a_killed_process_left_torn_is_cut_off_and_the_next_write_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deliveries.jsonl"
    with MemoryJournal(path) as journal:
        journal.record_written(record("whole"))
        journal.record_written(record("torn"))
    path.write_bytes(path.read_bytes()[:-20])
    with MemoryJournal(path) as journal:
        assert [key.reference for key in journal.records] == ["whole"]
        journal.record_written(record("next"))
    with MemoryJournal(path) as journal:
        assert [key.reference for key in journal.records] == ["whole", "next"]


def test_a_damaged_file_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "deliveries.jsonl"
    path.write_text('{"record": 1}\n')
    with pytest.raises(StoreError, match="line 1"):
        MemoryJournal(path)


def test_a_later_run_finds_what_is_still_paused(tmp_path: Path) -> None:
    path, acme = tmp_path / "deliveries.jsonl", TenantId("acme")
    with MemoryJournal(path) as journal:
        pauses = MemoryPauseStore(journal=journal)
        pauses.pause(acme, PAUSE)
        pauses.pause(acme, replace(PAUSE, account=None, reason="close"))
        pauses.resume(acme, PAUSE.connection, None)
    with MemoryJournal(path) as journal:
        assert tuple(MemoryPauseStore(journal.pauses).pauses(acme)) == (PAUSE,)


def test_a_record_written_before_operations_were_kept_is_still_read() -> None:
    line = record_to_json(record())
    del line["operations"]
    assert record_from_json(line) == record()
