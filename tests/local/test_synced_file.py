"""Files that outlive a power cut."""

import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.adapters.memory import MemoryDeliveryStore
from ledgerpost.adapters.synced_file import SyncedFile, replace_file, sync_to_disk
from ledgerpost.domain.delivery import Status
from ledgerpost.errors import StoreError
from ledgerpost.local.accepted import AcceptedFile
from ledgerpost.local.bus import PutAnswer
from tests.local.disk import Disk
from tests.local.records import NOW, record

WAIT_S = 30


def lines_of(path: Path) -> list[bytes]:
    """Open the file and give the lines that it has."""
    found: list[bytes] = []
    SyncedFile(path, found.append, lambda _: None).close()
    return found


_steps = st.lists(
    st.sampled_from(["append", "append", "sync", "reopen"]) | st.tuples(st.just("cut"), st.floats(0, 1)), max_size=30
)


@given(_steps)
def test_a_power_cut_takes_nothing_that_was_synced_and_leaves_a_whole_beginning(
    steps: list[str | tuple[str, float]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written: list[bytes] = []
        synced = number = 0
        disk, path = Disk(Path(folder) / "0"), Path(folder) / "0" / "lines"
        disk.root.mkdir()
        file = SyncedFile(path, sync=disk.sync)
        for step in steps:
            match step:
                case "append":
                    written.append(b"line %d\n" % len(written))
                    file.append(written[-1])
                case "sync":
                    file.sync()
                    synced = len(written)
                case "reopen":
                    file.close()
                    file = SyncedFile(path, sync=disk.sync)
                    synced = len(written)
                case (_, share):
                    number += 1
                    root = Path(folder) / str(number)
                    root.mkdir()
                    disk.image().after_a_power_cut(root, lambda _, share=share: share)
                    file.close()
                    disk, path, found = Disk(root), root / "lines", list[bytes]()
                    file = SyncedFile(path, found.append, disk.sync)
                    assert found == written[: len(found)]
                    assert len(found) >= synced
                    written, synced = found, len(found)
        file.close()
        assert lines_of(path) == written


class HeldSync:
    """From when it `is_counting`, syncs are counted, and the first one ends when it is let go."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.is_counting, self.count = False, 0

    def __call__(self, descriptor: int) -> None:
        self.count += self.is_counting
        if self.count == 1:
            self.begun.set()
            assert self.go_on.wait(WAIT_S)


def test_writers_whose_lines_come_while_a_sync_is_under_way_share_the_next_one(tmp_path: Path) -> None:
    held = HeldSync()
    file = SyncedFile(tmp_path / "lines", sync=held)
    held.is_counting = True
    appended, returned = threading.Barrier(9), list[int]()

    def write(number: int) -> None:
        file.append(b"%d\n" % number)
        appended.wait(WAIT_S)
        file.sync()
        returned.append(number)

    with ThreadPoolExecutor(9) as pool:
        file.append(b"first\n")
        first = pool.submit(file.sync)
        assert held.begun.wait(WAIT_S)
        others = [pool.submit(write, number) for number in range(8)]
        appended.wait(WAIT_S)
        assert not returned, "the sync under way began before their lines came"
        held.go_on.set()
        for each in (first, *others):
            each.result(WAIT_S)
    assert held.count == 2
    file.close()
    assert held.count == 2, "nothing is left to be synced"


def test_whoever_waits_for_a_sync_that_fails_is_told_and_nothing_is_written_behind_the_gap(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    file = SyncedFile(tmp_path / "lines", sync=disk.sync)
    file.append(b"kept\n")
    file.sync()
    file.append(b"lost\n")
    disk.is_off = True
    for call in (file.sync, file.sync, lambda: file.append(b"behind\n")):
        with pytest.raises(StoreError, match="lines cannot be written: The power is off") as failed:
            call()
        assert failed.value.code == "state_unwritable"
    disk.is_off = False
    with pytest.raises(StoreError):
        # A disk that forgot a write after an error says yes to the next sync all the same.
        file.sync()
    file.close()
    assert lines_of(disk.image().after_a_power_cut(tmp_path / "again") / "lines") == [b"kept\n"]


def test_a_sync_that_was_interrupted_does_not_count_and_the_next_one_does(tmp_path: Path) -> None:
    ends: list[BaseException | None] = []

    def sync(descriptor: int) -> None:
        if ends and (end := ends.pop()) is not None:
            raise end

    file = SyncedFile(tmp_path / "lines", sync=sync)
    file.append(b"1\n")
    ends += [None, KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        file.sync()
    assert len(ends) == 1
    file.sync()
    assert not ends
    file.close()


@pytest.mark.parametrize("tail", [b"torn", b"\0\0\0\0", b"li\0\0ne\n", b"\0\0\0\0ne\nwhole, but behind the hole\n"])
def test_what_was_never_synced_is_cut_off_where_it_is_torn_or_has_a_hole(tail: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"1\n2\n" + tail)
    assert lines_of(path) == [b"1\n", b"2\n"]
    with SyncedFile(path) as file:
        file.append(b"3\n")
    assert path.read_bytes() == b"1\n2\n3\n"


def test_a_new_file_and_the_folders_made_for_it_keep_their_names_through_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    with SyncedFile(tmp_path / "a" / "b" / "lines", sync=disk.sync) as file:
        file.append(b"1\n")
        file.sync()
        left = disk.image().after_a_power_cut(tmp_path / "left")
    assert (left / "a" / "b" / "lines").read_bytes() == b"1\n"


def test_what_a_killed_process_left_unsynced_is_synced_before_the_next_one_acts_upon_it(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"1\n")
    disk = Disk(tmp_path)
    with SyncedFile(tmp_path / "lines", sync=disk.sync):
        assert disk.image().synced == {"lines": b"1\n"}


def test_a_file_that_is_replaced_is_the_old_one_or_the_new_one_at_every_sync(tmp_path: Path) -> None:
    disk, path = Disk(tmp_path), tmp_path / "kept.json"
    replace_file(path, "old", sync=disk.sync)
    left: list[bytes] = []

    def sync(descriptor: int) -> None:
        left.append(disk.image().synced["kept.json"])
        disk.sync(descriptor)
        left.append(disk.image().synced["kept.json"])

    replace_file(path, "new", mode=0o600, sync=sync)
    assert left == [b"old", b"old", b"old", b"new"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_a_folder_and_a_pipe_can_be_synced(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        sync_to_disk(file.fileno())
    folder = os.open(tmp_path, os.O_RDONLY)
    reading, writing = os.pipe()
    for descriptor in (folder, writing):
        sync_to_disk(descriptor)
    for descriptor in (folder, reading, writing):
        os.close(descriptor)


class WrittenDown:
    """A journal that writes down what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: self.calls.append(name)


def test_a_claim_waits_for_the_disk_and_its_outcome_for_nothing() -> None:
    journal = WrittenDown()
    store = MemoryDeliveryStore(journal=journal)
    claimed = record()
    store.create(claimed)
    assert journal.calls == ["record_written", "sync"]
    delivered = claimed.moved(Status.DELIVERED, NOW)
    store.replace(delivered, claimed.expected)
    assert journal.calls == ["record_written", "sync", "record_written"]
    store.replace(delivered.moved(Status.IN_FLIGHT, NOW), delivered.expected)
    assert journal.calls[-2:] == ["record_written", "sync"]


def test_nothing_that_was_accepted_is_forgotten_where_its_outcome_cannot_be_synced(tmp_path: Path) -> None:
    def fail() -> None:
        raise StoreError("state_unwritable", "full")

    kept = AcceptedFile(tmp_path / "accepted.jsonl", fail)
    kept.keep([{"Source": "a"}], [PutAnswer("id-1")])
    with pytest.raises(StoreError, match="full"):
        kept.settled()
    kept.close()
    again = AcceptedFile(tmp_path / "accepted.jsonl")
    again.close()
    assert [event.id for event in again.left] == ["id-1"]
