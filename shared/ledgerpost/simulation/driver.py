"""Drives a history: starts workers, picks who goes on, lets time pass, until nothing is left to happen."""

import importlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from functools import cache, partial
from typing import Any

from ledgerpost.bootstrap import Container, installed
from ledgerpost.local.cloud import Ending, Failed, FailureReason, Invocation, Returned
from ledgerpost.local.functions import InvocationContext
from ledgerpost.local.wiring import FunctionSpec
from ledgerpost.simulation.fibers import Fiber
from ledgerpost.simulation.services import SimulatedServices
from ledgerpost.simulation.world import SkewedClock, Violation, Worker, World

TURNS_MAX = 5_000
"""Turns of one history; one that needs more is not coming to rest."""

SWEEP_GRACE_MS = 60_000
"""A record is overdue this long after its due time; a sweep that would find nothing is passed over."""


class SideBySide(Executor):
    """Runs the records of a batch as fibers of their invocation."""

    def __init__(self, driver: "Driver", container: Container) -> None:
        self._driver = driver
        self._container = container

    def map(self, fn: Callable[..., Any], *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        """Start one fiber for each, wait for all and give their results in order."""
        fibers = self._driver.world.fibers
        parent = fibers.running()
        calls = list(zip(*iterables, strict=True))
        results: list[Any] = [None] * len(calls)
        left = len(calls)

        def body(index: int) -> None:
            with installed(self._container):
                results[index] = fn(*calls[index])

        def ended() -> None:
            nonlocal left
            left -= 1
            if not left and not parent.is_done:
                self._driver.world.runnable.append(parent)

        for index in range(len(calls)):
            child = self._driver.spawn(f"{parent.name}.{index + 1}", parent.worker, partial(body, index))
            child.on_end = ended
        fibers.pause()
        return iter(results)


class Driver:
    """One history under way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._warm: dict[str, list[tuple[Worker, Container]]] = {}
        self._started = 0
        self._alive: dict[Worker, list[Fiber]] = {}
        self._mappings = list(world.cloud.wiring.mappings)
        self._queues = [world.cloud.queue(mapping.queue) for mapping in world.cloud.wiring.mappings.values()]
        self._schedule = next(iter(world.cloud.wiring.schedules))
        self._swept_ms = 0

    def spawn(self, name: str, worker: object, body: Callable[[], Any]) -> Fiber:
        """Make a fiber that is ready to run."""
        fiber = Fiber(name, worker, body)
        assert isinstance(worker, Worker), "every fiber has its worker"
        self._alive.setdefault(worker, []).append(fiber)
        self.world.runnable.append(fiber)
        return fiber

    def person(self, name: str, act: Callable[[], None]) -> None:
        """Let a person act: as a worker that nothing cuts off, and that may fail."""
        worker = Worker(name, 0)
        self.spawn(name, worker, act)

    def fire(self, schedule: str) -> None:
        """Call the function of a schedule now, beside whatever runs."""
        self._start(self.world.cloud.fire(schedule, self.world.now_ms))

    def run_until_rest(self, limit_ms: int) -> bool:
        """Let everything happen until nothing is left, at most `limit_ms` of virtual time; give whether that is."""
        until_ms = self.world.now_ms + limit_ms
        for _ in range(TURNS_MAX):
            if self._turn():
                continue
            next_ms = self._next_ms()
            if next_ms is None:
                return True
            if next_ms > until_ms:
                return False
            self.world.now_ms = max(next_ms, self.world.now_ms)
        return False

    def close(self) -> None:
        """Unwind what still runs, so that its threads can be used again."""
        for worker in list(self._alive):
            self._kill(worker)

    def _turn(self) -> bool:
        """Let one thing happen that can happen now; give whether there was one."""
        world = self.world
        happened = False
        for happen in world.due():
            happened = True
            happen()
        started = self._start_what_is_ready()
        if world.runnable:
            index = world.choose.randrange(len(world.runnable)) if len(world.runnable) > 1 else 0
            self._resume(world.runnable.pop(index))
            return True
        if world.yielded and not started:
            self._resume(world.yielded.pop(0))
            return True
        return happened or started

    def _resume(self, fiber: Fiber) -> None:
        if fiber.is_done:
            return
        worker = fiber.worker
        assert isinstance(worker, Worker), "every fiber has its worker"
        if worker.is_killed:
            fiber.is_killed = True
            if fiber.carrier is None:
                fiber.is_done = True  # it never began
                return
        self.world.fibers.resume(fiber)
        if worker.is_killed:
            self._kill(worker)

    def _kill(self, worker: Worker) -> None:
        worker.is_killed = True
        for fiber in self._alive.pop(worker, []):
            fiber.is_killed = True
            if fiber.carrier is not None and not fiber.is_done:
                self._unwind(fiber)
            fiber.is_done = True
        self._end(worker, Failed(FailureReason.KILLED))

    def _unwind(self, fiber: Fiber) -> None:
        fiber.on_end = lambda: None
        try:
            self.world.fibers.resume(fiber)
        except Violation:
            raise
        except BaseException as error:  # noqa: BLE001 - it is dead; what it says on its way out is heard by nobody
            self.world.note(f"died with {type(error).__name__}")

    def _end(self, worker: Worker, ending: Ending) -> None:
        """Tell the cloud how an invocation ended, once."""
        if worker.is_over or worker.invocation is None:
            return
        worker.is_over = True
        self.world.cloud.finish(worker.invocation, ending, min(self.world.now_ms, worker.invocation.deadline_ms))

    def _start_what_is_ready(self) -> bool:
        cloud, now_ms = self.world.cloud, self.world.now_ms
        started = False
        for mapping in cloud.ready(now_ms):
            invocation = cloud.take(mapping, now_ms)
            if invocation is not None:
                self._start(invocation)
                started = True
        if self._next_sweep_ms() == now_ms:
            self._swept_ms = now_ms
            self._start(cloud.fire(self._schedule, now_ms))
            started = True
        return started

    def _start(self, invocation: Invocation) -> None:
        worker, container = self._environment(invocation.function)
        worker.invocation, worker.is_over = invocation, False
        self.world.note(f"{worker.name} starts with {len(invocation.messages)} messages")
        self.spawn(worker.name, worker, lambda: self._work(worker, container, invocation))
        self.world.at(invocation.deadline_ms, lambda: self._deadline(worker, invocation))

    def _work(self, worker: Worker, container: Container, invocation: Invocation) -> None:
        function = invocation.function
        context = InvocationContext(
            aws_request_id=invocation.id,
            function_name=function.name,
            memory_limit_in_mb=function.memory_mb,
            invoked_function_arn=function.arn,
            deadline_ms=invocation.deadline_ms,
            clock=SkewedClock(self.world),
        )
        try:
            with installed(container):
                ending: Ending = Returned(_handler(function.handler)(dict(invocation.event), context))
        except Exception as error:  # noqa: BLE001 - Lambda's own place: what a handler raises ends its invocation
            ending = Failed(FailureReason.RAISED, type(error).__name__)
        self._alive.pop(worker, None)
        self._end(worker, ending)
        self._warm[function.name].append((worker, container))

    def _deadline(self, worker: Worker, invocation: Invocation) -> None:
        if worker.is_over or worker.invocation is not invocation:
            return
        self.world.note(f"{worker.name} is out of time")
        if self.world.plan.is_suspended and not worker.is_killed:
            self._end(worker, Failed(FailureReason.TIMED_OUT))  # and it goes on when it thaws
        else:
            self._kill(worker)

    def _environment(self, function: FunctionSpec) -> tuple[Worker, Container]:
        warm = self._warm.setdefault(function.name, [])
        if warm:
            return warm.pop()
        plan = self.world.plan
        skew_s = plan.skews_s[self._started % len(plan.skews_s)]
        self._started += 1
        worker = Worker(f"{function.name.removesuffix('Function')}-{self._started}", round(skew_s * 1000))
        environment = {**function.environment, "POSTS_SIDE_BY_SIDE": "1", "COMPANIES_SIDE_BY_SIDE": "1"}
        container = Container(environment, SimulatedServices(self.world, worker))
        if plan.side_by_side and "deliver" in function.handler:
            side_by_side = SideBySide(self, container)
            vars(container)["deliver"] = replace(container.deliver, executor=side_by_side)
        if plan.side_by_side and "close_day" in function.handler:
            vars(container)["close_day"] = replace(container.close_day, executor=SideBySide(self, container))
        return worker, container

    def _next_sweep_ms(self) -> int | None:
        """Give when the next sweep that finds something is due: sweeps run on the minute."""
        every_ms = self.world.cloud.wiring.schedules[self._schedule].every_ms
        store = self.world.tables.deliveries(self.world.table)
        due = [record.due_at or record.updated_at for record in store.open_records() if record.status != "in_flight"]
        if not due:
            return None
        overdue_ms = round(min(due).timestamp() * 1000) + SWEEP_GRACE_MS
        on_the_minute = -(-max(overdue_ms, self._swept_ms + 1, self.world.now_ms) // every_ms) * every_ms
        return int(on_the_minute)

    def _next_ms(self) -> int | None:
        """Give the next instant at which something may happen. What is visible already waits for a free worker."""
        visible = (queue.next_visible_at() for queue in self._queues)
        instants = [at_ms for at_ms in visible if at_ms is not None and at_ms > self.world.now_ms]
        instants += [each for each in (self.world.next_at(), self._next_sweep_ms()) if each is not None]
        return min(instants, default=None)


@cache
def _handler(name: str) -> Callable[[dict[str, Any], Any], Any]:
    module, _, function = name.rpartition(".")
    handler: Callable[[dict[str, Any], Any], Any] = getattr(importlib.import_module(module), function)
    return handler
