"""Files that outlive a power cut: one that lines are added to, whose writers share their syncs, and one replaced whole.

Writing hands bytes to the operating system, where they outlive the process and not the machine. A sync has the disk
hold them; it is what costs, so whoever needs one while another is under way shares the next.
"""

import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from ledgerpost.errors import StoreError

Sync = Callable[[int], None]
"""Has the disk hold what the file or folder of that descriptor is now; raises OSError where it does not."""


def sync_to_disk(descriptor: int) -> None:
    """Return when the disk holds the file's content, or the folder's names; a pipe has no disk to wait for."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        os.fsync(descriptor)
    elif not stat.S_ISREG(mode):
        return
    elif sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - there alone

        # There fsync leaves the bytes in the drive's own memory. Source: macOS, fsync(2).
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        # Without the times of the file, which nobody reads; its length is synced. Source: Linux, fdatasync(2).
        getattr(os, "fdatasync", os.fsync)(descriptor)


def make_folder(folder: Path, sync: Sync = sync_to_disk) -> None:
    """Make the folder and those above it, as far as they are missing; each name is on the disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent, sync)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent, sync)


def sync_folder(folder: Path, sync: Sync = sync_to_disk) -> None:
    """Have the disk hold the names in a folder: a file whose name is lost is lost, however often it was synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, text: str, *, mode: int = 0o666, sync: Sync = sync_to_disk) -> None:
    """Put `text` in the place of the file, whole or not at all, and on the disk when this returns. `mode` is that of a
    new file, less what the process masks.
    """
    make_folder(path.parent, sync)
    written = path.with_suffix(".new")
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        # Before it is renamed: else the name may reach the disk before the content, and leave an empty file.
        sync(file.fileno())
    written.replace(path)
    sync_folder(path.parent, sync)


class SyncedFile:
    """A file that whole lines are added to. Safe to share between threads.

    When it is opened each line that it has goes to `take`, in order. A line that a lost process left torn, and all from
    the hole on that a power cut left, was never synced and so never answered for: it is cut off. Raises StoreError for
    a line that `take` refuses (ValueError, KeyError, TypeError), and from any call once a write or a sync has failed:
    what the operating system dropped then would be missing in the middle. Opened again, it goes on from what is there.
    """

    def __init__(self, path: Path, take: Callable[[bytes], None] = lambda _: None, sync: Sync = sync_to_disk) -> None:
        self._name = path.name
        self._sync_now = sync
        self._changed = threading.Condition()
        self._written, self._synced = 0, 0  # Bytes since it was opened.
        self._is_syncing = False
        self._failure: OSError | None = None
        make_folder(path.parent, sync)
        self._file = path.open("a+b", buffering=0)
        try:
            self._take_up(path, take)
            # What a killed process wrote may not be on the disk yet, and is acted upon from here on.
            sync(self._file.fileno())
            sync_folder(path.parent, sync)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, lines: bytes) -> None:
        """Write whole lines at the end: they outlive the process now, and a power cut from the next `sync` on."""
        with self._changed:
            self._refuse_after_a_failure()
            try:
                self._write(lines)
            except OSError as error:
                raise self._failed(error) from error
            self._written += len(lines)

    def sync(self) -> None:
        """Return when all that was appended before this call is on the disk."""
        with self._changed:
            wanted = self._written
            # A sync that is under way may have begun before our bytes came: the next one counts, made by one for all.
            self._changed.wait_for(lambda: self._synced >= wanted or not self._is_syncing)
            if self._synced >= wanted:
                return
            self._refuse_after_a_failure()
            self._is_syncing, reached = True, self._written
        self._sync_for_all(reached)

    def empty(self) -> None:
        """Drop every line. A power cut before the next `sync` may bring them back."""
        with self._changed:
            self._file.truncate(0)
            self._synced = self._written

    def close(self) -> None:
        """Sync and close the file; nothing may be written to it any more."""
        try:
            if self._failure is None:
                self.sync()
        finally:
            self._file.close()

    def _sync_for_all(self, reached: int) -> None:
        """Sync outside of the lock, so that others append meanwhile."""
        is_on_disk = False
        try:
            self._sync_now(self._file.fileno())
            is_on_disk = True
        except OSError as error:
            raise self._failed(error) from error
        finally:
            with self._changed:
                self._is_syncing = False
                if is_on_disk:
                    self._synced = max(self._synced, reached)
                self._changed.notify_all()

    def _write(self, lines: bytes) -> None:
        left = memoryview(lines)
        while left:
            left = left[self._file.write(left) :]

    def _failed(self, error: OSError) -> StoreError:
        self._failure = error
        return StoreError(
            "state_unwritable",
            f"{self._name} cannot be written: {error.strerror or error}. Nothing more is written to it, and what was "
            "not answered for is not counted as done.",
        )

    def _refuse_after_a_failure(self) -> None:
        if self._failure is not None:
            raise self._failed(self._failure)

    def _take_up(self, path: Path, take: Callable[[bytes], None]) -> None:
        whole = 0
        with path.open("rb") as lines:
            for number, line in enumerate(_whole_lines(lines), start=1):
                try:
                    take(line)
                except (ValueError, KeyError, TypeError):
                    raise StoreError("store_unavailable", f"{path.name}, line {number}, is damaged.") from None
                whole += len(line)
        if path.stat().st_size != whole:
            self._file.truncate(whole)


def _whole_lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Give the lines up to the first one that is torn, or that has a hole: a block that a power cut kept from the disk
    reads as zeros, which stand in no line of ours. A sync that ended holds all before it, so none ended since.
    """
    for line in lines:
        if not line.endswith(b"\n") or b"\0" in line:
            return
        yield line
