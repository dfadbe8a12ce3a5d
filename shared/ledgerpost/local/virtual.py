"""Drives the local cloud in virtual time, in one thread: hours pass in milliseconds, the same way for the same seed.

A handler runs to its end at the instant it starts, and its invocation ends `duration_ms` later; in between, messages
become visible again, schedules fire and other invocations start.
"""

import heapq
import random
from collections.abc import Callable
from itertools import count

from ledgerpost.local.clock import VirtualClock
from ledgerpost.local.cloud import Ending, Failed, FailureReason, Invocation, LocalCloud

STEPS_MAX = 1_000_000

Run = Callable[[Invocation], Ending]
Duration = Callable[[Invocation, random.Random], int]


def _at_once(invocation: Invocation, draw: random.Random) -> int:  # noqa: ARG001 - the form of a Duration
    return 0


class VirtualRun:
    """One cloud in virtual time. Of all that may start at one instant, the seed picks the next.

    An invocation whose `duration_ms` is above its time-out is cut off then, with all that its handler did.
    """

    def __init__(
        self, cloud: LocalCloud, clock: VirtualClock, run: Run, *, seed: int = 0, duration_ms: Duration = _at_once
    ) -> None:
        self._cloud = cloud
        self._clock = clock
        self._run = run
        self._duration_ms = duration_ms
        self._draw = random.Random(seed)  # noqa: S311 - a choice that comes again with the seed
        self._ending: list[tuple[int, int, Invocation, Ending]] = []
        self._ticket = count()

    def run_for(self, duration_ms: int) -> None:
        """Let so much virtual time pass; whatever is due in it happens."""
        until_ms = self._clock.now_ms + duration_ms
        for _ in range(STEPS_MAX):
            if self._step():
                continue
            next_ms = self._next_ms()
            if next_ms is None or next_ms > until_ms:
                self._clock.move_to(until_ms)
                return
            self._clock.move_to(max(next_ms, self._clock.now_ms))
        raise RuntimeError(f"The run did not come to rest within {STEPS_MAX} steps.")

    def run_until_settled(self, open_records: Callable[[], int], limit_ms: int) -> bool:
        """Let time pass until nothing is left to do, at most `limit_ms`; give whether that was reached."""
        until_ms = self._clock.now_ms + limit_ms
        for _ in range(STEPS_MAX):
            if self._step():
                continue
            if not self._ending and not self._cloud.backlog() and not open_records():
                return True
            next_ms = self._next_ms()
            if next_ms is None or next_ms > until_ms:
                return False
            self._clock.move_to(max(next_ms, self._clock.now_ms))
        raise RuntimeError(f"The run did not come to rest within {STEPS_MAX} steps.")

    def _step(self) -> bool:
        """Let one thing happen that is due now; give whether there was one."""
        now_ms = self._clock.now_ms
        if self._ending and self._ending[0][0] <= now_ms:
            _, _, invocation, ending = heapq.heappop(self._ending)
            self._cloud.finish(invocation, ending, now_ms)
            return True
        schedules, mappings = self._cloud.due_schedules(now_ms), self._cloud.ready(now_ms)
        if not schedules and not mappings:
            return False
        choice = self._draw.randrange(len(schedules) + len(mappings))
        if choice < len(schedules):
            self._start(self._cloud.fire(schedules[choice], now_ms))
            return True
        invocation_taken = self._cloud.take(mappings[choice - len(schedules)], now_ms)
        assert invocation_taken is not None, "a mapping that is ready has a batch"
        self._start(invocation_taken)
        return True

    def _start(self, invocation: Invocation) -> None:
        duration_ms = self._duration_ms(invocation, self._draw)
        ending = self._run(invocation)
        if duration_ms > invocation.function.timeout_ms:
            duration_ms, ending = invocation.function.timeout_ms, Failed(FailureReason.TIMED_OUT)
        at_ms = invocation.started_ms + duration_ms
        heapq.heappush(self._ending, (at_ms, next(self._ticket), invocation, ending))

    def _next_ms(self) -> int | None:
        instants = [at_ms for at_ms in (self._cloud.next_event_at(),) if at_ms is not None]
        if self._ending:
            instants.append(self._ending[0][0])
        return min(instants, default=None)
