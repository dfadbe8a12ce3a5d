"""Extracts as files of a folder (port ExtractFiles): the local place."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock


class FolderExtractFiles:
    """One file an extract, readable by its owner alone; it appears under its name only once it is whole."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()

    def write(self, name: str, lines: Iterable[str]) -> str:
        """Write one line each under a name of its own that ends in `name`; give the file's path."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, unfinished = tempfile.mkstemp(suffix=".part", dir=self._folder)
        except OSError as error:
            raise StoreError("store_unavailable", f"The folder for extracts cannot be written: {error}.") from None
        part = Path(unfinished)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
            place = self._folder / f"{self._clock.now():%Y%m%dT%H%M%S}-{part.stem}-{name}"
            part.replace(place)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StoreError("store_unavailable", f"The extract was not written: {error}.") from None
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return str(place)
