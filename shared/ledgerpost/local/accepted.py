"""Keeps what the local bus took until all is settled: the queues of the local cloud end with the process.

A file of JSON Lines beside the delivery records, one event a line with its id. An event is in it before whoever
published it hears that it was taken; when nothing is left to do the file is emptied. What a lost process left is
published once more under the same ids: what it had handled already is a duplicate by its record.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ledgerpost.errors import StoreError
from ledgerpost.local.bus import PutAnswer

ACCEPTED_FILE = "accepted.jsonl"
"""Beside the journals of the tables."""

Entry = Mapping[str, Any]


class AcceptedEvent(NamedTuple):
    """An entry of the bus under the id that it was taken under."""

    id: str
    entry: Entry


class Accepted(Protocol):
    """Where the events that the bus took are kept until all is settled."""

    def keep(self, entries: Sequence[Entry], answers: Sequence[PutAnswer]) -> None:
        """Keep those entries whose answer has an id."""
        ...

    def settled(self) -> None:
        """Forget all of them: nothing is left to do."""
        ...


class NothingKept:
    """A run without a state folder."""

    def keep(self, entries: Sequence[Entry], answers: Sequence[PutAnswer]) -> None:
        """Keep nothing."""

    def settled(self) -> None:
        """Forget nothing."""


class AcceptedFile:
    """One file. `left` is what an earlier process took and did not settle.

    What is kept is with the operating system when the call returns: it survives the end of the process, not that of the
    machine. A line that a killed process left torn was never answered and is cut off. Raises StoreError for a damaged
    file. Its caller sees to it that one thread writes at a time.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        try:
            self.left = self._read(path)
        except BaseException:
            self._file.close()
            raise

    def keep(self, entries: Sequence[Entry], answers: Sequence[PutAnswer]) -> None:
        """Keep those entries whose answer has an id."""
        taken = ((answer.event_id, entry) for answer, entry in zip(answers, entries, strict=True) if answer.event_id)
        self._file.write(b"".join(_encode([event_id, dict(entry)]).encode() + b"\n" for event_id, entry in taken))
        self._file.flush()

    def settled(self) -> None:
        """Forget all of them."""
        self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self, path: Path) -> tuple[AcceptedEvent, ...]:
        self._file.seek(0)
        content = self._file.read()
        whole, _, torn = content.rpartition(b"\n")
        if torn:
            self._file.truncate(len(content) - len(torn))
        try:
            return tuple(AcceptedEvent(*json.loads(line)) for line in whole.splitlines())
        except (ValueError, TypeError):
            raise StoreError("store_unavailable", f"{path.name} is damaged.") from None


_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
