"""A disk for tests: it holds what was synced, and tells what a power cut would leave."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """What a disk and the operating system held at one moment: of each file what was synced, and what was written."""

    synced: Mapping[str, bytes]
    written: Mapping[str, bytes]

    def after_a_power_cut(self, folder: Path, kept: Callable[[str], float] = lambda _: 0.0) -> Path:
        """Give `folder` with what is left. `kept` is the share of what was not synced that is on the disk all the same,
        since the system writes when it likes.
        """
        for name in {*self.synced, *self.written}:
            if name in self.synced or kept(name) == 1.0:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self._left_of(name, kept(name)))
        return folder

    def _left_of(self, name: str, share: float) -> bytes:
        synced, written = self.synced.get(name, b""), self.written.get(name, b"")
        if share == 1.0 and name in self.written:
            return written
        late = written[len(synced) :] if written.startswith(synced) else b""
        return synced + late[: int(share * len(late))]


@dataclass
class Disk:
    """`sync` is what a file is given in place of the real one. Once it `is_off` nothing reaches it any more."""

    root: Path
    is_off: bool = False
    syncs: int = 0
    _contents: dict[int, bytes] = field(default_factory=dict)
    _names: dict[Path, dict[str, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sync(self, descriptor: int) -> None:
        """Hold a file's content, or the names in a folder, as they are now. Raises OSError once the disk is off."""
        found = os.fstat(descriptor)
        with self._lock:
            if self.is_off:
                raise OSError(5, "The power is off")
            self.syncs += 1
            places = (self.root, self.root.parent, *self.root.rglob("*"))
            place = next(each for each in places if each.stat().st_ino == found.st_ino)
            if place.is_dir():
                self._names[place] = {each.name: each.stat().st_ino for each in place.iterdir()}
            else:
                self._contents[found.st_ino] = place.read_bytes()

    def image(self) -> Image:
        """Give what a power cut at this moment would leave, and what it would take."""
        with self._lock:
            files = [each for each in self.root.rglob("*") if each.is_file()]
            written = {str(each.relative_to(self.root)): each.read_bytes() for each in files}
            return Image(dict(self._held(self.root)), written)

    def _held(self, folder: Path) -> list[tuple[str, bytes]]:
        held: list[tuple[str, bytes]] = []
        for name, number in self._names.get(folder, {}).items():
            if (folder / name).is_dir():
                held += self._held(folder / name)
            else:
                held.append((str((folder / name).relative_to(self.root)), self._contents.get(number, b"")))
        return held
