"""The world of one history: virtual time, the cloud of the template, and every effect a place for a fault to strike."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import count
from typing import NoReturn, TypeVar

from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.errors import StoreError
from ledgerpost.local.clock import instant
from ledgerpost.local.cloud import Invocation, LocalCloud
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.services import LocalTables
from ledgerpost.local.template import read_template
from ledgerpost.local.wiring import FunctionSpec, ScheduleSpec, Wiring
from ledgerpost.ports import DeliveryLine
from ledgerpost.simulation.authority import Authority
from ledgerpost.simulation.books import Books, Held
from ledgerpost.simulation.fibers import Fiber, Fibers, Killed
from ledgerpost.simulation.plan import Fault, Plan, What
from ledgerpost.simulation.source import ROUTES as ROUTE_NAMES
from ledgerpost.simulation.source import TENANTS, Expectation, Truth, initial_route

START_MS = 1_700_000_000_000

Result = TypeVar("Result")


class Violation(BaseException):
    """An invariant does not hold. No handler may swallow it."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant
        self.what = what


@cache
def _fibers() -> Fibers:
    """Give the process's fibers: their threads serve one history after another."""
    return Fibers()


@cache
def _template() -> Wiring:
    return read_template(SNAPSHOT)


COMMERCE_TABLE = "CommerceTable"
CLOSE_DAY_SCHEDULE = "CloseDaySchedule"
_LAMBDA_S_MAX = 900


def with_grouping(wiring: Wiring) -> Wiring:
    """Give the wiring of a stage that also groups days, as `infra/constructs/grouping.py` has it."""
    intake = wiring.functions["IntakeFunction"]
    queue_url = wiring.queues["IntakeQueue"].url
    close_day = FunctionSpec(
        name="CloseDayFunction",
        handler="functions.close_day.handler.lambda_handler",
        timeout_ms=_LAMBDA_S_MAX * 1000,
        environment={"COMMERCE_TABLE": COMMERCE_TABLE, "INTAKE_QUEUE_URL": queue_url},
    )
    keeping = replace(intake, environment={**intake.environment, "COMMERCE_TABLE": COMMERCE_TABLE})
    schedule = ScheduleSpec(name=CLOSE_DAY_SCHEDULE, function=close_day.name, every_ms=3_600_000)
    return replace(
        wiring,
        functions={**wiring.functions, intake.name: keeping, close_day.name: close_day},
        schedules={**wiring.schedules, schedule.name: schedule},
    )


def wiring_for(plan: Plan) -> Wiring:
    """Give the template's wiring. The schedules are fired by the driver; batches are as large as the plan says."""
    wiring = with_grouping(_template()) if plan.is_closing else _template()
    return replace(
        wiring,
        mappings={
            name: replace(mapping, batch_size=min(mapping.batch_size, plan.batch_size))
            for name, mapping in wiring.mappings.items()
        },
        schedules={name: replace(schedule, enabled=False) for name, schedule in wiring.schedules.items()},
    )


@dataclass(eq=False, slots=True)
class Worker:
    """One execution environment at work: an invocation of a function, or a person at the command line."""

    name: str
    skew_ms: int
    invocation: Invocation | None = None
    is_over: bool = False
    is_killed: bool = False


def _unheard(*_: object) -> None:
    """Hear nothing."""


@dataclass(slots=True)
class Observer:
    """Who hears of what happens; the step invariants are one. Every call may raise Violation."""

    wrote: Callable[[DeliveryRecord, DeliveryRecord | None, Fiber], None] = _unheard
    applied: Callable[[Held, Expectation | None], None] = _unheard
    posting: Callable[[str, str, str, Fiber], None] = _unheard


class World:
    """Everything around the handlers. One fiber runs at a time; `effect` is where it may be stopped."""

    def __init__(self, plan: Plan, *, is_traced: bool = False) -> None:
        self.plan = plan
        self.now_ms = START_MS
        self.is_calm = False
        """Whether the faults are over."""
        self.fibers = _fibers()
        self.observer = Observer()
        self.cloud = LocalCloud(wiring_for(plan), seed=plan.seed, started_ms=START_MS)
        self.truth = Truth()
        self.tables = LocalTables([self.truth.configure(t, initial_route(r)) for t in TENANTS for r in ROUTE_NAMES])
        self.books = Books(plan.target_class, round(plan.lag_s * 1000), self._applied)
        self.choose = random.Random(plan.seed)  # noqa: S311 - a choice that comes again with the seed
        self.runnable: list[Fiber] = []
        self.yielded: list[Fiber] = []
        self.lines: list[tuple[int, DeliveryLine]] = []
        self.announced: list[str] = []
        """The documents of closes, as they were sent to intake."""
        self.defects: list[str] = []
        self.logged: list[dict[str, object]] = []
        self.is_logged = is_traced or plan.seed % 8 == 0
        self.struck: Counter[What] = Counter()
        self.trace: list[str] | None = [] if is_traced else None
        self.authority = Authority()
        self.is_unsure: set[tuple[str, str, str]] = set()
        """(tenant, account, reference) with an outcome that nobody knew at some time."""
        self.effects_count = 0
        self.calls_in_outage = 0
        self._faults = plan.faults_by_place()
        self._nth: Counter[str] = Counter()
        self._waiting: list[tuple[int, int, Callable[[], None]]] = []
        self._ticket = count()

    def _applied(self, held: Held, before: Expectation | None) -> None:
        self.observer.applied(held, before)

    def note(self, text: str) -> None:
        """Put a line on the timeline, where one is kept."""
        if self.trace is not None:
            who = self.fibers.current.name if self.fibers.current is not None else "world"
            self.trace.append(f"{(self.now_ms - START_MS) / 1000:>10.3f} s  {who:<14} {text}")

    def at(self, at_ms: int, happen: Callable[[], None]) -> None:
        """Have something happen at an instant."""
        heapq.heappush(self._waiting, (max(at_ms, self.now_ms), next(self._ticket), happen))

    def due(self) -> Iterator[Callable[[], None]]:
        """Give what is to happen by now, in order."""
        while self._waiting and self._waiting[0][0] <= self.now_ms:
            yield heapq.heappop(self._waiting)[2]

    def next_at(self) -> int | None:
        """Give when the next thing is to happen; None where nothing is."""
        return self._waiting[0][0] if self._waiting else None

    def faults_at(self, effect: str) -> tuple[Fault, ...]:
        """Count an effect of that name and give the faults that strike it."""
        if self.is_calm:
            return ()
        self._nth[effect] += 1
        return self._faults.get((effect, self._nth[effect]), ())

    def effect(self, name: str, do: Callable[[], Result], *, may_stop: bool = True) -> Result:
        """Do one effect of the fiber that runs, with the faults that strike it; `may_stop` says that others may run
        meanwhile. Raises StoreError for one that fails, Killed for a killed worker.
        """
        fiber = self.fibers.running()
        if fiber.is_killed:
            raise Killed
        self.effects_count += 1
        faults = self.faults_at(name)
        if not faults:
            result = do()
            if self.trace is not None:
                self.note(name)
            return result
        for fault in faults:
            self._strike_before(fault, fiber, may_stop=may_stop)
        result = do()
        self.note(name)
        for fault in faults:
            self._strike_after(fault, fiber, may_stop=may_stop)
        return result

    def _strike_before(self, fault: Fault, fiber: Fiber, *, may_stop: bool) -> None:
        match fault.what:
            case What.FAIL:
                self.strike(fault)
                raise StoreError("store_unavailable", "The simulated store failed before the effect.")
            case What.KILL:
                self._kill(fault, fiber)
            case What.PAUSE if may_stop:
                self._pause(fault, fiber)
            case What.FREEZE if may_stop:
                self.freeze(fault, fiber)
            case _:
                pass

    def _strike_after(self, fault: Fault, fiber: Fiber, *, may_stop: bool) -> None:
        match fault.what:
            case What.FAIL_AFTER:
                self.strike(fault)
                raise StoreError("store_unavailable", "The simulated store lost its answer.")
            case What.KILL_AFTER:
                self._kill(fault, fiber)
            case What.PAUSE_AFTER if may_stop:
                self._pause(fault, fiber)
            case What.FREEZE_AFTER if may_stop:
                self.freeze(fault, fiber)
            case _:
                pass

    def strike(self, fault: Fault) -> None:
        """Count a fault that took place."""
        self.struck[fault.what] += 1
        length = f" {fault.amount_s:g} s" if fault.amount_s else ""
        self.note(f"  ⚡ {fault.effect} #{fault.nth}: {fault.what}{length}")

    def _pause(self, fault: Fault, fiber: Fiber) -> None:
        self.strike(fault)
        self.yielded.append(fiber)
        self.fibers.pause()

    def freeze(self, fault: Fault, fiber: Fiber) -> None:
        """Stop the fiber for a while."""
        self.strike(fault)
        self.sleep(fiber, round(fault.amount_s * 1000))

    def sleep(self, fiber: Fiber, duration_ms: int) -> None:
        """Let the fiber wait while time passes."""
        self.at(self.now_ms + duration_ms, lambda: self._thaw(fiber))
        self.fibers.pause()

    def _thaw(self, fiber: Fiber) -> None:
        if not fiber.is_done and fiber not in self.runnable:
            self.runnable.append(fiber)

    def _kill(self, fault: Fault, fiber: Fiber) -> NoReturn:
        self.strike(fault)
        worker = fiber.worker
        assert isinstance(worker, Worker), "every fiber has its worker"
        worker.is_killed = True
        fiber.is_killed = True
        raise Killed

    def records(self) -> list[DeliveryRecord]:
        """Give every delivery record of every tenant."""
        store = self.tables.deliveries(self.table)
        return [record for tenant in TENANTS for record in store.records(tenant)]  # type: ignore[arg-type]

    @property
    def table(self) -> str:
        """The name of the deliveries table."""
        return "DeliveriesTable"


@dataclass(frozen=True, slots=True)
class SkewedClock:
    """A worker's own clock (port Clock)."""

    world: World
    skew_ms: int = 0

    def now(self) -> datetime:
        """Give the instant that the worker believes in."""
        return instant(self.world.now_ms + self.skew_ms)


@dataclass(slots=True)
class Journal:
    """Keeps every canonical line with its time (port DeliveryJournal)."""

    world: World
    kept: list[DeliveryLine] = field(default_factory=list)

    def attempted(self, line: DeliveryLine) -> None:
        """Keep the line."""
        self.world.lines.append((self.world.now_ms, line))
        if self.world.trace is not None:
            version = f" {line.version}" if line.version else ""
            code = f" ({line.code})" if line.code else ""
            self.world.note(f"  → {line.tenant} {line.route} {line.reference}{version}: {line.result}{code}")
