"""A standard SQS queue: visibility, receive count, redrive, delay, retention, fair groups.

No threads; the time is always given.

Source: Amazon SQS Developer Guide, "Visibility timeout", "Dead-letter queues", "Delay queues", "Fair queues".
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import NamedTuple

from ledgerpost.errors import StoreError
from ledgerpost.local.counts import Counts
from ledgerpost.local.fair_line import FairLine
from ledgerpost.local.wiring import QueueSpec

BODY_BYTES_MAX = 1_048_576
"""Source: Amazon SQS, quotas: a message has at most 1 MiB."""

DELAY_MS_MAX = 900_000
"""Source: Amazon SQS, DelaySeconds."""


class _State(Enum):
    VISIBLE = 0
    DELAYED = 1
    IN_FLIGHT = 2
    GONE = 3


@dataclass(slots=True, eq=False)
class _Message:
    id: str
    body: str
    group: str
    sent_ms: int
    state: _State = _State.VISIBLE
    visible_ms: int = 0
    receive_count: int = 0
    first_received_ms: int = 0
    receipt: str = ""


class Received(NamedTuple):
    """A message as one receipt gave it. `receipt` deletes it as long as it was not received again since."""

    id: str
    receipt: str
    body: str
    group: str
    sent_ms: int
    first_received_ms: int
    receive_count: int


class LocalQueue:
    """One queue. Messages come at least once, those of one group in the order in which they became visible."""

    def __init__(self, spec: QueueSpec, counts: Counts, new_id: Callable[[], str]) -> None:
        self.spec = spec
        self.dead_letter_queue: LocalQueue | None = None
        self._counts = counts
        self._new_id = new_id
        self._visible: FairLine[_Message] = FairLine()
        self._waiting: list[tuple[int, int, _Message]] = []
        self._by_receipt: dict[str, _Message] = {}
        self._sizes = dict.fromkeys(_State, 0)
        self._ticket = count()

    def send(self, body: str, now_ms: int, *, group: str = "", delay_ms: int = 0) -> str:
        """Take a message and give its id; without `delay_ms` the queue's own delay counts.

        Raises StoreError for a body or a delay beyond what SQS takes.
        """
        delay_ms = delay_ms or self.spec.delay_ms
        if len(body) * 4 > BODY_BYTES_MAX and len(body.encode("utf-8", "surrogatepass")) > BODY_BYTES_MAX:
            raise StoreError("store_unavailable", f"Queue {self.spec.name}: a message is larger than 1 MiB.")
        if not 0 <= delay_ms <= DELAY_MS_MAX:
            raise StoreError("store_unavailable", f"Queue {self.spec.name}: a delay is at most 900 seconds.")
        message = _Message(self._new_id(), body, group, now_ms)
        self._counts.messages_sent += 1
        self._sizes[_State.VISIBLE] += 1
        if delay_ms:
            self._wait(message, _State.DELAYED, now_ms + delay_ms)
        else:
            self._visible.add(message)
        return message.id

    def receive(self, limit: int, now_ms: int) -> list[Received]:
        """Hand out up to `limit` visible messages; each stays invisible for the queue's visibility time-out from now.

        What was received too often goes to the dead-letter queue instead; what is older than the retention is dropped.
        """
        self._release(now_ms)
        received: list[Received] = []
        while self._visible and len(received) < limit:
            message = self._visible.take()
            if message.state is not _State.VISIBLE or self._expired(message, now_ms) or self._redriven(message):
                continue
            received.append(self._hand_out(message, now_ms))
        return received

    def delete(self, receipt: str) -> bool:
        """Delete the message of `receipt`; a receipt that is not the message's latest deletes nothing."""
        message = self._by_receipt.pop(receipt, None)
        if message is None:
            self._counts.deletes_refused += 1
            return False
        self._set(message, _State.GONE)
        return True

    def change_visibility(self, receipt: str, visibility_ms: int, now_ms: int) -> bool:
        """Let the message of `receipt` become visible `visibility_ms` from now; gives whether it was in flight."""
        message = self._by_receipt.get(receipt)
        if message is None or message.state is not _State.IN_FLIGHT or message.visible_ms <= now_ms:
            return False
        self._wait(message, _State.IN_FLIGHT, now_ms + visibility_ms)
        return True

    def has_visible(self, now_ms: int) -> bool:
        """Say whether a receive may give something now."""
        self._release(now_ms)
        return self._sizes[_State.VISIBLE] > 0

    def next_visible_at(self) -> int | None:
        """Give the instant at which the next waiting message becomes visible; None where none waits."""
        while self._waiting and not _still_waits(self._waiting[0]):
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def size(self) -> int:
        """Give the number of messages held: visible, delayed and in flight."""
        return sum(size for state, size in self._sizes.items() if state is not _State.GONE)

    def bodies(self) -> list[str]:
        """Give the bodies of the visible messages without receiving them, those of one group in their order."""
        return [message.body for message in self._visible.waiting() if message.state is _State.VISIBLE]

    def _hand_out(self, message: _Message, now_ms: int) -> Received:
        self._by_receipt.pop(message.receipt, None)
        message.receive_count += 1
        message.receipt = f"{message.id}.{message.receive_count}"
        message.first_received_ms = message.first_received_ms or now_ms
        self._by_receipt[message.receipt] = message
        self._wait(message, _State.IN_FLIGHT, now_ms + self.spec.visibility_ms)
        return Received(
            message.id,
            message.receipt,
            message.body,
            message.group,
            message.sent_ms,
            message.first_received_ms,
            message.receive_count,
        )

    def _release(self, now_ms: int) -> None:
        while self._waiting and self._waiting[0][0] <= now_ms:
            entry = heapq.heappop(self._waiting)
            if _still_waits(entry):
                self._set(entry[2], _State.VISIBLE)
                self._visible.add(entry[2])

    def _wait(self, message: _Message, state: _State, until_ms: int) -> None:
        self._set(message, state)
        message.visible_ms = until_ms
        heapq.heappush(self._waiting, (until_ms, next(self._ticket), message))

    def _set(self, message: _Message, state: _State) -> None:
        self._sizes[message.state] -= 1
        self._sizes[state] += 1
        if message.state is _State.IN_FLIGHT:
            self._visible.ended(message)
        if state is _State.IN_FLIGHT:
            self._visible.began(message)
        message.state = state

    def _expired(self, message: _Message, now_ms: int) -> bool:
        if now_ms < message.sent_ms + self.spec.retention_ms:
            return False
        self._drop(message)
        self._counts.lost_expired += 1
        return True

    def _redriven(self, message: _Message) -> bool:
        redrive = self.spec.redrive
        if redrive is None or message.receive_count < redrive.receive_count_max:
            return False
        assert self.dead_letter_queue is not None, "a redrive policy names a queue of the template"
        self._drop(message)
        self._counts.dead_lettered += 1
        self.dead_letter_queue._adopt(message)
        return True

    def _drop(self, message: _Message) -> None:
        self._by_receipt.pop(message.receipt, None)
        self._set(message, _State.GONE)

    def _adopt(self, dead: _Message) -> None:
        """Take over a dead letter. Its age goes on counting from the first send. Source: Amazon SQS, dead letters."""
        self._sizes[_State.VISIBLE] += 1
        self._visible.add(_Message(dead.id, dead.body, dead.group, dead.sent_ms))


def _still_waits(entry: tuple[int, int, _Message]) -> bool:
    at_ms, _, message = entry
    return message.state in (_State.DELAYED, _State.IN_FLIGHT) and message.visible_ms == at_ms
