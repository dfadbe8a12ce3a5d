"""Publishing to a bus: Amazon EventBridge, and a bus in memory for tests and local runs."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.app.webhook import BusEntry
from ledgerpost.errors import StoreError

BATCH_ENTRIES_MAX = 10
BATCH_BYTES_MAX = 262_144
"""Of all entries of a PutEvents request together. Source: Amazon EventBridge, PutEvents entry size."""

ROUNDS_MAX = 5
"""Sends of one entry before it counts as not taken."""

TIME_BYTES = 14
"""What a time counts. Source: Amazon EventBridge, "Calculating PutEvents event entry size"."""

PERMANENT = frozenset({"MalformedDetail", "InvalidArgument", "ValidationException", "NotAuthorizedForSource"})
"""Refusals that the same entry would meet again."""

Entry = dict[str, Any]


class EventBridgeBus:
    """One bus (port EventBus). Every fault is a StoreError."""

    def __init__(self, client: Any, bus: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._bus = bus
        self._sleep = sleep

    def put(self, entries: Sequence[BusEntry]) -> None:
        """Publish every entry, ten at a time and under 256 KB.

        PutEvents answers 200 with an answer for each entry: those that failed, and they alone, are sent again, up to 5
        times in all. Raises StoreError where one may not have been taken; others of it may have been.
        """
        for batch in _batches(entries, self._bus):
            self._put_batch(batch)

    def _put_batch(self, entries: list[Entry]) -> None:
        for round_ in range(ROUNDS_MAX):
            if round_:
                self._sleep(0.05 * 2**round_)
            with store_errors("PutEvents"):
                answers = self._client.put_events(Entries=entries)["Entries"]
            failed = [
                (entry, answer["ErrorCode"])
                for entry, answer in zip(entries, answers, strict=True)
                if "EventId" not in answer
            ]
            codes = {code for _, code in failed}
            if not failed:
                return
            if codes & PERMANENT:
                break
            entries = [entry for entry, _ in failed]
        told = ", ".join(sorted(codes))
        raise StoreError("store_unavailable", f"PutEvents left {len(failed)} entries unpublished: {told}.")


def _batches(entries: Sequence[BusEntry], bus: str) -> Iterator[list[Entry]]:
    """Cut the entries into batches that the bus takes; one that is too large by itself goes alone, to be refused."""
    batch: list[Entry] = []
    bytes_so_far = 0
    for entry in entries:
        size = _size_of(entry)
        if batch and (len(batch) == BATCH_ENTRIES_MAX or bytes_so_far + size > BATCH_BYTES_MAX):
            yield batch
            batch, bytes_so_far = [], 0
        batch.append(_plain(entry, bus))
        bytes_so_far += size
    if batch:
        yield batch


def _size_of(entry: BusEntry) -> int:
    texts = (entry.source, entry.detail_type, entry.detail, *entry.resources)
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) + (TIME_BYTES if entry.time else 0)


def published_form(entry: BusEntry) -> Entry:
    """Give an approval as PutEvents takes it, but for its bus; its time as text, as in a file of events."""
    form: Entry = {"Source": entry.source, "DetailType": entry.detail_type, "Detail": entry.detail}
    if entry.time is not None:
        form["Time"] = entry.time
    if entry.resources:
        form["Resources"] = list(entry.resources)
    return form


def _plain(entry: BusEntry, bus: str) -> Entry:
    plain = published_form(entry) | {"EventBusName": bus}
    if entry.time is not None:
        plain["Time"] = datetime.fromisoformat(entry.time)
    return plain


class MemoryEventBus:
    """A bus that hands every entry to `take` (port EventBus), which raises StoreError for what it refuses."""

    def __init__(self, take: Callable[[BusEntry], None]) -> None:
        self._take = take

    def put(self, entries: Sequence[BusEntry]) -> None:
        """Publish every entry, any number of them."""
        for entry in entries:
            self._take(entry)
