"""Keeps what the local bus took until all is settled: the queues of the local cloud end with the process.

A file of JSON Lines beside the delivery records, one event a line with its id, or one message that was sent past the
bus. It is on the disk before whoever published it hears that it was taken; when nothing is left to do, and the disk
holds what came of it, the file is emptied. What a lost process or machine left is published once more under the same
ids: what it had handled already is a duplicate by its record.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ledgerpost.adapters.synced_file import Sync, SyncedFile, sync_to_disk
from ledgerpost.local.bus import PutAnswer
from ledgerpost.ports import OutgoingMessage

ACCEPTED_FILE = "accepted.jsonl"
"""Beside the journals of the tables."""

Entry = Mapping[str, Any]


class AcceptedEvent(NamedTuple):
    """An entry of the bus under the id that it was taken under."""

    id: str
    entry: Entry


class AcceptedMessage(NamedTuple):
    """A message that was sent to a queue which the bus feeds; it is sent without delay when it is sent again."""

    queue_url: str
    body: str
    group: str


class Accepted(Protocol):
    """Where what was taken is kept until all is settled. The disk holds it when a later `sync` returns."""

    def keep(self, entries: Sequence[Entry], answers: Sequence[PutAnswer]) -> None:
        """Keep those entries whose answer has an id."""
        ...

    def keep_messages(self, queue_url: str, messages: Sequence[OutgoingMessage]) -> None:
        """Keep messages to the queue at `queue_url`."""
        ...

    def sync(self) -> None:
        """Return when the disk holds all that was kept before this call."""
        ...

    def settled(self) -> None:
        """Forget all of it: nothing is left to do."""
        ...


class NothingKept:
    """A run without a state folder."""

    def keep(self, entries: Sequence[Entry], answers: Sequence[PutAnswer]) -> None:
        """Keep nothing."""

    def keep_messages(self, queue_url: str, messages: Sequence[OutgoingMessage]) -> None:
        """Keep nothing."""

    def sync(self) -> None:
        """Wait for nothing."""

    def settled(self) -> None:
        """Forget nothing."""


class AcceptedFile:
    """One file. `left` is what an earlier process took and did not settle.

    `sync_outcomes` returns when the disk holds what came of all that was taken: before that nothing is forgotten, for
    an outcome that a power cut takes has to be found out again. A torn line was never answered for and is cut off.
    Raises StoreError for a damaged file, and for one that cannot be written.
    """

    def __init__(self, path: Path, sync_outcomes: Callable[[], None] = lambda: None, sync: Sync = sync_to_disk) -> None:
        left: list[AcceptedEvent | AcceptedMessage] = []
        self._sync_outcomes = sync_outcomes
        self._file = SyncedFile(path, lambda line: left.append(_read(line)), sync)
        self.left = tuple(left)

    def keep(self, entries: Sequence[Entry], answers: Sequence[PutAnswer]) -> None:
        """Keep those entries whose answer has an id."""
        taken = ((answer.event_id, entry) for answer, entry in zip(answers, entries, strict=True) if answer.event_id)
        self._append([event_id, dict(entry)] for event_id, entry in taken)

    def keep_messages(self, queue_url: str, messages: Sequence[OutgoingMessage]) -> None:
        """Keep messages to the queue at `queue_url`."""
        self._append({"queue_url": queue_url, "body": each.body, "group": each.group} for each in messages)

    def sync(self) -> None:
        """Return when the disk holds all that was kept before this call; calls at the same time share a sync."""
        self._file.sync()

    def settled(self) -> None:
        """Forget all of it, once the disk holds what came of it."""
        self._sync_outcomes()
        self._file.empty()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, lines: Iterable[Any]) -> None:
        self._file.append(b"".join(_encode(line).encode() + b"\n" for line in lines))


def _read(line: bytes) -> AcceptedEvent | AcceptedMessage:
    kept = json.loads(line)
    return AcceptedMessage(**kept) if isinstance(kept, dict) else AcceptedEvent(*kept)


_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
