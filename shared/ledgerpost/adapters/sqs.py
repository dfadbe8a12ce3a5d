"""Amazon SQS as a queue to send to."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.errors import StoreError
from ledgerpost.ports import OutgoingMessage

BATCH_ENTRIES_MAX = 10
BATCH_BYTES_MAX = 1024 * 1024
"""Of all bodies of a SendMessageBatch together. Source: Amazon SQS quotas."""

ROUNDS_MAX = 4
"""Sends of one entry before the rest counts as not taken."""

_GROUP = re.compile(r"""[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}""")
"""What a MessageGroupId may be. Source: Amazon SQS API, SendMessageBatchRequestEntry."""

Entry = dict[str, Any]


class SqsQueue:
    """A standard queue (port Queue). `group` makes it fair: one noisy group does not hold up the others.

    Source: Amazon SQS developer guide, "fair queues".
    """

    def __init__(self, client: Any, url: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._url = url
        self._sleep = sleep

    def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Send every message, ten at a time and under 1 MiB.

        SendMessageBatch answers 200 with per-entry failures: those alone are sent again, up to 4 times in all. Raises
        StoreError where one may not have been taken. A message whose answer was lost may be there twice.
        """
        for batch in _batches(messages):
            self._send_batch(batch)

    def _send_batch(self, entries: list[Entry]) -> None:
        for round_ in range(ROUNDS_MAX):
            if round_:
                self._sleep(0.05 * 2**round_)
            with store_errors("SendMessageBatch"):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            failures = answer.get("Failed", [])
            if not failures:
                return
            if any(failure["SenderFault"] for failure in failures):
                # Ours to mend: the same entry would be refused again.
                break
            failed = {failure["Id"] for failure in failures}
            entries = [entry for entry in entries if entry["Id"] in failed]
        codes = ", ".join(sorted({failure["Code"] for failure in failures}))
        raise StoreError("store_unavailable", f"SendMessageBatch left {len(failures)} messages unsent: {codes}.")


def _batches(messages: Sequence[OutgoingMessage]) -> Iterator[list[Entry]]:
    """Cut the messages into batches that SQS takes; one that is too large by itself goes alone, to be refused."""
    batch: list[Entry] = []
    bytes_so_far = 0
    for message in messages:
        size = len(message.body.encode("utf-8", "surrogatepass"))
        if batch and (len(batch) == BATCH_ENTRIES_MAX or bytes_so_far + size > BATCH_BYTES_MAX):
            yield batch
            batch, bytes_so_far = [], 0
        batch.append(_entry(str(len(batch)), message))
        bytes_so_far += size
    if batch:
        yield batch


def _entry(entry_id: str, message: OutgoingMessage) -> Entry:
    entry: Entry = {"Id": entry_id, "MessageBody": message.body}
    if message.delay_s:
        entry["DelaySeconds"] = message.delay_s
    if message.group:
        entry["MessageGroupId"] = _group_id(message.group)
    return entry


def _group_id(group: str) -> str:
    """Give the group as SQS takes it: itself, or its hash where it is too long or holds other signs."""
    return group if _GROUP.fullmatch(group) else hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()
