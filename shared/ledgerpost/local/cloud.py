"""The deterministic core of the local cloud: bus, queues, event source mappings and schedules after the template.

It has no thread and no clock: whoever drives it says what time it is, takes invocations, runs them and says how they
ended. It does what the template says, also where that loses or repeats messages, and counts it.
Source: AWS Lambda, "Using Lambda with Amazon SQS"; "partial batch responses".
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ledgerpost.errors import StoreError
from ledgerpost.local.bus import LocalBus, PutAnswer
from ledgerpost.local.clock import instant
from ledgerpost.local.counts import Counts
from ledgerpost.local.intrinsics import ACCOUNT, REGION
from ledgerpost.local.queue import LocalQueue, Received
from ledgerpost.local.sqs_batch import failed_ids, sqs_record
from ledgerpost.local.wiring import FunctionSpec, MappingSpec, ScheduleSpec, Wiring
from ledgerpost.ports import OutgoingMessage


class FailureReason(StrEnum):
    """Why an invocation gave no answer."""

    RAISED = "raised"
    TIMED_OUT = "timed_out"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Returned:
    """The handler's answer, as JSON values."""

    response: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """There was no answer: nothing of the batch is deleted. `error` is the exception's type, never its text."""

    reason: FailureReason
    error: str = ""


Ending = Returned | Failed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Invocation:
    """One call of a function, from when it was taken to `finish`. `event` is what the handler gets."""

    id: str
    function: FunctionSpec
    event: Mapping[str, Any]
    started_ms: int
    mapping: str | None = None
    messages: tuple[Received, ...] = ()

    @property
    def deadline_ms(self) -> int:
        """The instant at which Lambda cuts it off."""
        return self.started_ms + self.function.timeout_ms


@dataclass(slots=True)
class _Poller:
    """A mapping at work: what it has received for its next batch, and how many batches run."""

    spec: MappingSpec
    queue: LocalQueue
    function: FunctionSpec
    buffer: list[Received] = field(default_factory=list)
    buffered_ms: int = 0
    running: int = 0

    def may_start(self) -> bool:
        limits = (self.spec.concurrency_max, self.function.concurrency_max)
        return self.spec.enabled and all(limit is None or self.running < limit for limit in limits)

    def batch_is_due(self, now_ms: int) -> bool:
        full = len(self.buffer) >= self.spec.batch_size
        return bool(self.buffer) and (full or now_ms >= self.buffered_ms + self.spec.window_ms)


class LocalCloud:
    """The cloud of one template. The same calls at the same times with the same seed give the same run."""

    def __init__(self, wiring: Wiring, *, seed: int = 0, started_ms: int = 0) -> None:
        self.wiring = wiring
        self.counts = Counts()
        # Two runs over one folder of records must not share ids, so the start counts beside the seed.
        self._ids = random.Random(f"{seed}/{started_ms}")  # noqa: S311 - ids that come again with the seed, no secrets
        self._queues = {name: LocalQueue(spec, self.counts, self._new_id) for name, spec in wiring.queues.items()}
        for queue in self._queues.values():
            if queue.spec.redrive is not None:
                queue.dead_letter_queue = self._queues[queue.spec.redrive.dead_letter_queue]
        self._by_url = {queue.spec.url: queue for queue in self._queues.values()}
        rules = [(rule, tuple(self._queues[name] for name in rule.queues)) for rule in wiring.rules]
        self._bus = LocalBus(wiring.buses, rules, self.counts, self._new_id)
        self._pollers = {
            name: _Poller(spec, self._queues[spec.queue], wiring.functions[spec.function])
            for name, spec in wiring.mappings.items()
        }
        self._fires_at = {name: started_ms + spec.every_ms for name, spec in wiring.schedules.items() if spec.enabled}
        self._held: dict[str, int] = {}
        self._finished: set[str] = set()
        self._running = 0

    def put_events(self, entries: Sequence[Mapping[str, Any]], now_ms: int) -> list[PutAnswer]:
        """Publish entries (`Source`, `DetailType`, `Detail`, `EventBusName`, `Time`); one answer each, in order."""
        return self._bus.put_events(entries, now_ms)

    def put_again(self, event_id: str, entry: Mapping[str, Any], now_ms: int) -> None:
        """Publish an entry that an earlier process took, under the id that it had there."""
        self._bus.put(entry, now_ms, event_id)

    def send(self, queue_url: str, messages: Sequence[OutgoingMessage], now_ms: int) -> None:
        """Send messages to the queue at `queue_url`; raises StoreError where there is none or it refuses one."""
        queue = self._by_url.get(queue_url)
        if queue is None:
            raise StoreError("store_unavailable", f"There is no queue at {queue_url}.")
        for message in messages:
            queue.send(message.body, now_ms, group=message.group, delay_ms=message.delay_s * 1000)

    def queue(self, name: str) -> LocalQueue:
        """Give the queue of that name, for inspection; raises KeyError."""
        return self._queues[name]

    def ready(self, now_ms: int) -> list[str]:
        """Give the mappings that can start a batch now, in the order of the template."""
        return [name for name, poller in self._pollers.items() if self._is_ready(poller, now_ms)]

    def take(self, mapping: str, now_ms: int, *, hurry: bool = False) -> Invocation | None:
        """Start the mapping's next batch; None where there is none yet.

        The visibility clock of each message starts when it is received here, before the batching window. `hurry`
        starts a batch that would still wait for its window: a laptop pays nothing for a small batch.
        """
        poller = self._pollers[mapping]
        if not poller.may_start():
            return None
        self._fill(poller, now_ms)
        if not poller.batch_is_due(now_ms) and not (hurry and poller.buffer):
            return None
        messages, poller.buffer = tuple(poller.buffer), []
        poller.running += 1
        self._hold(messages)
        records = [sqs_record(message, poller.queue.spec.arn) for message in messages]
        return self._start(poller.function, {"Records": records}, now_ms, mapping=mapping, messages=messages)

    def due_schedules(self, now_ms: int) -> list[str]:
        """Give the schedules that are to fire now."""
        return [name for name, at_ms in self._fires_at.items() if at_ms <= now_ms]

    def fire(self, schedule: str, now_ms: int) -> Invocation:
        """Call the schedule's function, due or not; its next turn is one interval from now.

        A call that fails is not repeated before that: each of our schedules sweeps up what the last one left.
        """
        spec = self.wiring.schedules[schedule]
        self._fires_at[schedule] = now_ms + spec.every_ms
        event = json.loads(spec.payload) if spec.payload is not None else self._scheduled_event(spec, now_ms)
        return self._start(self.wiring.functions[spec.function], event, now_ms)

    def finish(self, invocation: Invocation, ending: Ending, now_ms: int) -> None:
        """Say how an invocation ended: delete what it handled, leave what it did not.

        An answer after the deadline is none: Lambda has cut the function off.
        """
        self._running -= 1
        if now_ms > invocation.deadline_ms:
            ending = Failed(FailureReason.TIMED_OUT)
        if isinstance(ending, Failed):
            self.counts.invocations_failed += 1
            self.counts.invocations_timed_out += ending.reason is FailureReason.TIMED_OUT
        if invocation.mapping is None:
            return
        poller = self._pollers[invocation.mapping]
        poller.running -= 1
        self._release(invocation.messages)
        if isinstance(ending, Returned):
            self._delete_handled(poller, invocation.messages, ending.response)

    def next_event_at(self) -> int | None:
        """Give the next instant at which something happens by itself; None where nothing will."""
        instants = [*self._fires_at.values()]
        for poller in self._pollers.values():
            if not poller.may_start():
                continue
            if poller.buffer:
                instants.append(poller.buffered_ms + poller.spec.window_ms)
            visible_at = poller.queue.next_visible_at()
            if visible_at is not None:
                instants.append(visible_at)
        return min(instants, default=None)

    def backlog(self) -> int:
        """Give the messages that a mapping still has to handle: visible, delayed, in flight. No dead letters."""
        queues = {poller.spec.queue: poller.queue for poller in self._pollers.values() if poller.spec.enabled}
        return sum(queue.size() for queue in queues.values())

    @property
    def running(self) -> int:
        """Invocations that have started and not finished."""
        return self._running

    def _is_ready(self, poller: _Poller, now_ms: int) -> bool:
        if not poller.may_start():
            return False
        self._fill(poller, now_ms)
        return poller.batch_is_due(now_ms)

    def _fill(self, poller: _Poller, now_ms: int) -> None:
        free = poller.spec.batch_size - len(poller.buffer)
        if free <= 0 or not poller.queue.has_visible(now_ms):
            return
        received = poller.queue.receive(free, now_ms)
        if received and not poller.buffer:
            poller.buffered_ms = now_ms
        poller.buffer.extend(received)

    def _hold(self, messages: Sequence[Received]) -> None:
        for message in messages:
            holders = self._held.get(message.id, 0)
            self._held[message.id] = holders + 1
            if holders or message.id in self._finished:
                self.counts.repeated += 1
            elif message.receive_count > 1:
                self.counts.retried += 1

    def _release(self, messages: Sequence[Received]) -> None:
        for message in messages:
            self._held[message.id] -= 1
            if not self._held[message.id]:
                del self._held[message.id]

    def _delete_handled(self, poller: _Poller, messages: Sequence[Received], response: Any) -> None:
        failed = failed_ids(response, {message.id for message in messages})
        if not poller.spec.reports_failures:
            self.counts.lost_unreported += sum(message.id in failed for message in messages)
            failed = frozenset()
        for message in messages:
            if message.id in failed:
                continue
            if poller.queue.delete(message.receipt):
                self._finished.discard(message.id)
            else:
                # It was received again meanwhile: what is handled will be handled once more.
                self._finished.add(message.id)

    def _start(
        self,
        function: FunctionSpec,
        event: Mapping[str, Any],
        now_ms: int,
        *,
        mapping: str | None = None,
        messages: tuple[Received, ...] = (),
    ) -> Invocation:
        self._running += 1
        self.counts.invocations += 1
        return Invocation(
            id=self._new_id(), function=function, event=event, started_ms=now_ms, mapping=mapping, messages=messages
        )

    def _scheduled_event(self, spec: ScheduleSpec, now_ms: int) -> dict[str, Any]:
        return {
            "version": "0",
            "id": self._new_id(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": f"{instant(now_ms):%Y-%m-%dT%H:%M:%SZ}",
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{spec.name}"],
            "detail": {},
        }

    def _new_id(self) -> str:
        """Give an id in the form of a random UUID."""
        digits = f"{self._ids.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
