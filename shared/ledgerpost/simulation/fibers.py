"""Workers that can be stopped between any two effects: threads that pass one baton, so that one alone runs at a time.

Who runs next is never the operating system's choice. A fiber runs until it pauses or ends; a killed one unwinds.
"""

import threading
from _thread import LockType, allocate_lock
from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """The fiber's worker was killed here. No handler catches it, as none would run."""


class Fiber:
    """One line of execution. `worker` groups those that live and die together."""

    def __init__(self, name: str, worker: object, body: Callable[[], Any]) -> None:
        self.name = name
        self.worker = worker
        self.body = body
        self.is_done = False
        self.is_killed = False
        self.error: BaseException | None = None
        self.carrier: _Carrier | None = None
        self.on_end: Callable[[], None] = lambda: None


class _Carrier:
    """A thread that carries one fiber after another."""

    def __init__(self, back: LockType, idle: "list[_Carrier]") -> None:
        self.go = _held_lock()
        self.fiber: Fiber | None = None
        self._back = back
        self._idle = idle
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self) -> None:
        while True:
            self.go.acquire()
            fiber = self.fiber
            if fiber is None:
                return
            try:
                fiber.body()
            except Killed:
                pass
            except BaseException as error:  # noqa: BLE001 - carried over to the thread that drives
                fiber.error = error
            fiber.is_done = True
            fiber.carrier = None
            self._idle.append(self)
            self._back.release()


class Fibers:
    """The fibers of one run. `resume` is called by the driving thread, `pause` by the fiber that runs."""

    def __init__(self) -> None:
        self.current: Fiber | None = None
        self._back = _held_lock()
        self._idle: list[_Carrier] = []

    def resume(self, fiber: Fiber) -> None:
        """Let `fiber` run until it pauses or ends; raise what it ended with."""
        assert self.current is None, "one fiber runs at a time"
        assert not fiber.is_done, "an ended fiber is not resumed"
        if fiber.carrier is None:
            fiber.carrier = self._idle.pop() if self._idle else _Carrier(self._back, self._idle)
            fiber.carrier.fiber = fiber
        self.current = fiber
        fiber.carrier.go.release()
        self._back.acquire()
        self.current = None
        self._after(fiber)

    @staticmethod
    def _after(fiber: Fiber) -> None:
        if fiber.is_done:
            fiber.on_end()
            if fiber.error is not None:
                raise fiber.error

    def pause(self) -> None:
        """Give the baton back and wait to be resumed; raises Killed where the worker was killed meanwhile."""
        fiber = self.running()
        carrier = fiber.carrier
        assert carrier is not None, "a running fiber has its thread"
        self._back.release()
        carrier.go.acquire()
        if fiber.is_killed:
            raise Killed

    def running(self) -> Fiber:
        """Give the fiber that runs now."""
        assert self.current is not None, "an effect happens inside a fiber"
        return self.current

    def close(self) -> None:
        """End the threads; no fiber may be under way."""
        for carrier in self._idle:
            carrier.fiber = None
            carrier.go.release()
            carrier.thread.join()
        self._idle.clear()


def _held_lock() -> LockType:
    lock = allocate_lock()
    lock.acquire()
    return lock
