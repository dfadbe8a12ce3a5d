"""Drives the local cloud in real time with a few worker threads, until all is settled.

All of the cloud is under one lock; handlers run outside of it, and whoever waits for the disk does.
"""

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from ledgerpost.local.accepted import Accepted, AcceptedEvent, AcceptedMessage, NothingKept
from ledgerpost.local.bus import PutAnswer
from ledgerpost.local.clock import milliseconds
from ledgerpost.local.cloud import Ending, Invocation, LocalCloud
from ledgerpost.local.turns import Turns
from ledgerpost.ports import Clock, OutgoingMessage

PUBLISHED_AT_ONCE = 100
BACKLOG_MAX = 1_000
"""Messages under way before publishing waits: a file of any length runs in little memory."""

SWEEP_INTERVAL_MS_MAX = 300_000
"""A schedule of at most this interval sweeps up what is overdue; a rarer one has a time of its own and keeps it."""

EARLY_SCHEDULE_S = 1.0
"""Seconds between two early turns of the schedules, while nothing but open records is left."""

POLL_S = 0.02
"""Seconds between two looks of the caller at the backlog; well below the time that the backlog lasts."""

WAIT_S_MAX = 0.5

SWITCH_S = 0.0005
"""How long a thread may compute while another waits for its turn. CPython's own 5 ms let a worker that comes back from
one of its short calls to the ledger wait ten times as long as the call took.
"""

GC_OBJECTS = 50_000
"""New objects between two looks for cycles. At CPython's own 700 a quarter of a run's time went into looking, in vain,
through records that stay.
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """`settled` deliveries of this run, of `total` as far as that is known yet."""

    settled: int
    total: int


@dataclass(slots=True, kw_only=True)
class RunSummary:
    """How a run went. `refused` are the entries that the bus did not take: position in the input, and the answer.

    `is_settled` says that nothing is left to do; else the run was interrupted.
    """

    events: int = 0
    refused: list[tuple[int, PutAnswer]] = field(default_factory=list)
    seconds: float = 0.0
    is_settled: bool = False


Run = Callable[[Invocation], Ending]


@contextmanager
def _busy_interpreter() -> Iterator[None]:
    """Set the interpreter up for many short tasks while the block runs."""
    switch_s, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(min(switch_s, SWITCH_S))
    gc.set_threshold(max(thresholds[0], GC_OBJECTS), *thresholds[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(switch_s)
        gc.set_threshold(*thresholds)


class RealTimeRun:
    """One cloud, driven by the clock. `open_records` gives how many deliveries are still to be moved on; `accepted`
    keeps what the bus took until all is settled.
    """

    def __init__(
        self,
        cloud: LocalCloud,
        clock: Clock,
        open_records: Callable[[], int],
        *,
        workers: int = 2,
        early_schedule_s: float = EARLY_SCHEDULE_S,
        accepted: Accepted | None = None,
    ) -> None:
        assert workers >= 1, "a run needs a worker"
        self._cloud = cloud
        self._clock = clock
        self._open_records = open_records
        self._workers = workers
        self._accepted = accepted or NothingKept()
        # One lock, two waits: workers for something to do, the caller for the end of it.
        self._lock = threading.RLock()
        self._work_came = threading.Condition(self._lock)
        self._ended = threading.Condition(self._lock)
        self._publishing = False
        self._stopping = False
        self._settled = False
        self._early_schedule_s = early_schedule_s
        self._early_at = 0.0
        self._turns = Turns(cloud)
        self._sweeps = _sweeps(cloud)

    def send(self, queue_url: str, messages: Sequence[OutgoingMessage]) -> None:
        """Send messages to the queue at `queue_url`, from any thread.

        For a queue that the bus feeds they are kept like events: a close or a person's redrive begins there. What goes
        to any other queue follows from what is kept.
        """
        is_kept = queue_url in self._turns.entrances
        with self._lock:
            self._cloud.send(queue_url, messages, self._now_ms())
            if is_kept:
                self._accepted.keep_messages(queue_url, messages)
            self._work_came.notify()
        if is_kept:
            self._accepted.sync()

    def publish(self, entries: Sequence[Mapping[str, Any]]) -> list[PutAnswer]:
        """Put entries on the bus, from any thread, while a run goes on or between two; one answer each, in order.

        They are kept when it returns. A worker may begin with them before: whatever it posts, it has claimed on disk.
        """
        with self._lock:
            answers = self._cloud.put_events(entries, self._now_ms())
            self._accepted.keep(entries, answers)
            self._work_came.notify_all()
        self._accepted.sync()
        return answers

    def publish_again(self, left: Iterable[AcceptedEvent | AcceptedMessage]) -> None:
        """Put on the bus, or send, what an earlier process took and did not settle; it is kept already."""
        with self._lock:
            for each in left:
                match each:
                    case AcceptedEvent():
                        self._cloud.put_again(each.id, each.entry, self._now_ms())
                    case AcceptedMessage():
                        message = OutgoingMessage(each.body, each.group)
                        self._cloud.send(each.queue_url, [message], self._now_ms())
            self._work_came.notify_all()

    def wait_for_work(self, is_there: Callable[[], bool], seconds: float) -> None:
        """Wait between two runs until there is work, or so many seconds."""
        with self._lock:
            self._work_came.wait_for(is_there, seconds)

    def interrupt(self) -> None:
        """Let the present run end as by Ctrl-C, from any thread: running invocations finish, nothing new is started."""
        self._stop()

    def run(
        self,
        entries: Iterable[Mapping[str, Any]],
        run: Run,
        *,
        settled: Callable[[], int] = lambda: 0,
        progress: Callable[[Progress], None] | None = None,
    ) -> RunSummary:
        """Publish `entries`, run what follows from them and return when all is settled.

        Settled: no message is left but dead letters, no invocation runs, no delivery record is open. Ctrl-C lets the
        running invocations finish and returns too. Raises what reading `entries` raises, after the same.
        """
        summary = RunSummary()
        self._publishing, self._stopping, self._settled = True, False, False
        before, started = settled(), time.perf_counter()

        def tick() -> None:
            if progress is not None:
                done = settled() - before
                progress(Progress(done, done + self._cloud.backlog()))

        with _busy_interpreter(), ThreadPoolExecutor(self._workers, thread_name_prefix="local") as pool:
            workers = [pool.submit(self._work, run) for _ in range(self._workers)]
            try:
                self._publish_all(entries, summary, workers, tick)
                self._wait_for(lambda: self._settled or self._stopping, workers, tick)
            except KeyboardInterrupt:
                pass  # The running invocations finish; the summary says that the run was not settled.
            finally:
                self._stop()
        for worker in workers:
            worker.result()
        tick()
        summary.is_settled = self._settled
        summary.seconds = time.perf_counter() - started
        return summary

    def _publish_all(
        self,
        entries: Iterable[Mapping[str, Any]],
        summary: RunSummary,
        workers: Sequence[Future[None]],
        tick: Callable[[], None],
    ) -> None:
        remaining, position = iter(entries), 0
        while chunk := list(islice(remaining, PUBLISHED_AT_ONCE)):
            self._wait_for(lambda: self._cloud.backlog() < BACKLOG_MAX, workers, tick)
            answers = self.publish(chunk)
            summary.refused += [(position + i, each) for i, each in enumerate(answers) if each.event_id is None]
            summary.events += len(chunk)
            position += len(chunk)
        with self._lock:
            self._publishing = False
            self._work_came.notify_all()

    def _wait_for(self, is_so: Callable[[], bool], workers: Sequence[Future[None]], tick: Callable[[], None]) -> None:
        while True:
            with self._lock:
                if is_so() or self._ended.wait(POLL_S) or is_so():
                    return
            tick()
            for worker in workers:
                if worker.done():
                    worker.result()  # Raises: a worker ends before the run does only by a defect.

    def _stop(self) -> None:
        with self._lock:
            self._stopping = True
            self._work_came.notify_all()

    def _work(self, run: Run) -> None:
        while (invocation := self._next()) is not None:
            ending = run(invocation)
            with self._lock:
                self._cloud.finish(invocation, ending, self._now_ms())
                self._work_came.notify()

    def _next(self) -> Invocation | None:
        """Wait for the next invocation; None when the run is over."""
        with self._lock:
            while not self._stopping:
                now_ms = self._now_ms()
                invocation = self._take(now_ms) or (self._take_early(now_ms) if self._is_idle() else None)
                if invocation is not None:
                    return invocation
                if self._is_settled():
                    self._accepted.settled()
                    self._settled = self._stopping = True
                    self._work_came.notify_all()
                    self._ended.notify()
                    break
                self._work_came.wait(self._wait_s(now_ms))
            return None

    def _take(self, now_ms: int) -> Invocation | None:
        for schedule in self._cloud.due_schedules(now_ms):
            return self._cloud.fire(schedule, now_ms)
        for mapping in self._turns.now():
            invocation = self._cloud.take(mapping, now_ms)
            if invocation is not None:
                return invocation
        return None

    def _take_early(self, now_ms: int) -> Invocation | None:
        """Nothing else is to be done: do not wait for a batching window, nor for a schedule's minute."""
        for mapping in self._turns.nearest_first():
            invocation = self._cloud.take(mapping, now_ms, hurry=True)
            if invocation is not None:
                return invocation
        if self._sweeps is None or self._cloud.backlog() or not self._open_records():
            return None
        if time.monotonic() < self._early_at:
            return None
        self._early_at = time.monotonic() + self._early_schedule_s
        return self._cloud.fire(next(self._sweeps), now_ms)

    def _is_idle(self) -> bool:
        return self._cloud.running == 0 and not self._publishing

    def _is_settled(self) -> bool:
        return self._is_idle() and not self._cloud.backlog() and not self._open_records()

    def _wait_s(self, now_ms: int) -> float:
        at_ms = self._cloud.next_event_at()
        return WAIT_S_MAX if at_ms is None else min(WAIT_S_MAX, max(0.001, (at_ms - now_ms) / 1000))

    def _now_ms(self) -> int:
        return milliseconds(self._clock.now())


def _sweeps(cloud: LocalCloud) -> Iterator[str] | None:
    schedules = cloud.wiring.schedules.values()
    names = [each.name for each in schedules if each.enabled and each.every_ms <= SWEEP_INTERVAL_MS_MAX]
    return cycle(names) if names else None
