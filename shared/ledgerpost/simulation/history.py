"""One history from its first approval to the last check: what happens from outside, the calm after it, the replay."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ledgerpost.app import operate, pausing
from ledgerpost.app.operate import OperatePorts
from ledgerpost.app.pausing import PausingPorts, Scope
from ledgerpost.connectors.tokens import REFUSED_FOR
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError, UsageError
from ledgerpost.local.queue import LocalQueue
from ledgerpost.simulation import rest_invariants
from ledgerpost.simulation.driver import Driver
from ledgerpost.simulation.orders_site import OrdersWorld
from ledgerpost.simulation.plan import Plan, Step, Verb
from ledgerpost.simulation.services import LOG_STREAM, SimulatedServices
from ledgerpost.simulation.source import TENANTS, approval_of, edited, switched
from ledgerpost.simulation.step_invariants import StepInvariants
from ledgerpost.simulation.sweep_invariant import after_sweep
from ledgerpost.simulation.world import START_MS, SkewedClock, Violation, Worker, World
from ledgerpost.wire.message import wake_up_for

REST_LIMIT_MS = 6 * 86_400_000
"""Everything comes to rest within six days of the last fault: twice the retry schedule, and what a person redrives."""

GARBAGE = "this is no message of ours"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a history ended: the violation, if any, and the digest of all that was posted and recorded."""

    violation: Violation | None
    world: World
    digest: tuple[str, ...]
    faults_struck: int
    effects: int
    trace: tuple[str, ...] = ()


def run_history(plan: Plan, *, is_traced: bool = False) -> Ending:
    """Run a plan from the first approval to rest, with every invariant looked at."""
    world = OrdersWorld(plan, is_traced=is_traced) if plan.is_orders else World(plan, is_traced=is_traced)
    LOG_STREAM.seek(0)
    LOG_STREAM.truncate()
    history = _history_of(world)
    violation: Violation | None = None
    try:
        history.run()
    except Violation as found:
        violation = found
        world.note(f"VIOLATION {found}")
    finally:
        history.driver.close()
        world.tables.close()
    digest = (*world.books.posts, *history.books_digest(), *(repr(record) for record in world.records()))
    return Ending(violation, world, digest, sum(world.struck.values()), world.effects_count, tuple(world.trace or ()))


def _history_of(world: World) -> "History":
    if isinstance(world, OrdersWorld):
        from ledgerpost.simulation.orders_history import OrdersHistory  # noqa: PLC0415 - it is made of this module's

        return OrdersHistory(world)
    if not world.plan.is_closing:
        return History(world)
    from ledgerpost.simulation.closing import ClosingHistory  # noqa: PLC0415 - it is made of this module's

    return ClosingHistory(world)


class History:
    """A history of approvals."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.driver = Driver(world)
        self.published: list[str] = []
        StepInvariants(world).attach()

    def run(self) -> None:
        """Run all phases; raises Violation."""
        world = self.world
        for step in world.plan.steps:
            world.at(START_MS + round(step.at_s * 1000), partial(self._do, step))
        self._rest("the history")
        rest_invariants.after_weather(world)
        self._calm_down()
        self._rest("the calm after it")
        if world.truth.touched_routes or not world.plan.is_replayed:
            self._replay()
            self._rest("the replay after a change of routes")
        rest_invariants.at_rest(world)
        if world.plan.is_replayed:
            before = world.books.digest()
            self._replay()
            self._rest("the replay of everything")
            rest_invariants.after_replay(world, before)
            rest_invariants.at_rest(world)
        if not world.plan.is_closing:
            after_sweep(world, self.published)
        rest_invariants.in_the_log(world, LOG_STREAM.getvalue())

    def books_digest(self) -> tuple[str, ...]:
        """Give all that the ledger holds, as text."""
        return self.world.books.digest()

    def _rest(self, what: str) -> None:
        if not self.driver.run_until_rest(REST_LIMIT_MS):
            raise Violation("I16", f"{what} does not come to rest: {rest_invariants.what_is_open(self.world)}")

    def _calm_down(self) -> None:
        world = self.world
        world.is_calm = True
        if world.plan.is_wire or world.plan.is_orders:
            # A connector remembers a refused token or secret for so long, whoever asks.
            world.now_ms += round(REFUSED_FOR.total_seconds() * 1000)
        world.note("── calm: no more faults; a person puts back what waits for one")
        for tenant, routes in world.truth.routes.items():
            for route in list(routes.values()):
                if not route.enabled:
                    world.tables.apply(world.truth.configure(tenant, switched(route, enabled=True)))
        self._redrive_dead_letters()
        for tenant in TENANTS:
            for pause in world.tables.pauses(world.table).pauses(TenantId(tenant)):
                scope = Scope(TenantId(tenant), pause.connection, pause.account)
                self.driver.person("person", partial(self._resume, scope))
        for tenant, reference in dict.fromkeys((r.key.tenant, r.key.reference) for r in world.records()):
            self._redrive(tenant, reference, only=rest_invariants.MENDED_CODES)

    def _replay(self) -> None:
        self.world.note("── replay of every event")
        for body in list(self.published):
            self._intake_queue().send(body, self.world.now_ms)

    def _intake_queue(self) -> LocalQueue:
        return self.world.cloud.queue("IntakeQueue")

    def _do(self, step: Step) -> None:
        """Let a step happen."""
        world = self.world
        doing: dict[Verb, Callable[[], None]] = {
            Verb.APPROVE: lambda: self._approve(step),
            Verb.EDIT_ROUTE: lambda: self._change_route(step),
            Verb.DISABLE_ROUTE: lambda: self._change_route(step),
            Verb.ENABLE_ROUTE: lambda: self._change_route(step),
            Verb.REDRIVE: lambda: self._redrive(step.tenant, step.reference),
            Verb.SKIP: lambda: self._skip(step),
            Verb.REPLAY: self._replay,
            Verb.REDRIVE_DEAD_LETTERS: self._redrive_dead_letters,
            Verb.GARBAGE: self._garbage,
            Verb.ROTATE_SECRET: lambda: self.world.authority.rotate(step.tenant),
        }
        if step.verb is not Verb.APPROVE:
            world.note(f"{step.verb} {step.tenant} {step.route} {step.reference}".rstrip())
        doing[step.verb]()

    def _approve(self, step: Step) -> None:
        approval = approval_of(step)
        self.world.truth.approvals.append(approval)
        self._publish(step, approval.entry)

    def _publish(self, step: Step, entry: Mapping[str, Any]) -> None:
        """Put the step's entry on the bus, and keep what it sent for a replay."""
        world = self.world
        before = self._intake_queue().bodies()
        (answer,) = world.cloud.put_events([entry], world.now_ms)
        assert answer.event_id is not None, "a simulated approval fits the contract"
        world.note(f"approved {step.tenant} {step.reference} r{step.revision} {step.total} {step.approved_at}")
        bodies = self._intake_queue().bodies()
        self.published.extend(bodies[len(before) :])

    def _change_route(self, step: Step) -> None:
        world = self.world
        route = world.truth.routes[step.tenant][step.route]
        changed = (
            edited(route) if step.verb is Verb.EDIT_ROUTE else switched(route, enabled=step.verb is Verb.ENABLE_ROUTE)
        )
        world.truth.touched_routes.add((step.tenant, step.route))
        world.tables.apply(world.truth.configure(step.tenant, changed))

    def _garbage(self) -> None:
        self.world.cloud.queue("DeliveryQueue").send(GARBAGE, self.world.now_ms)

    def _redrive_dead_letters(self) -> None:
        cloud, now_ms = self.world.cloud, self.world.now_ms
        for spec in cloud.wiring.queues.values():
            if spec.redrive is None:
                continue
            dead_letters = cloud.queue(spec.redrive.dead_letter_queue)
            for received in dead_letters.receive(1000, now_ms):
                if received.body != GARBAGE:
                    cloud.queue(spec.name).send(received.body, now_ms, group=received.group)
                dead_letters.delete(received.receipt)

    def _redrive(self, tenant: str, reference: str, only: frozenset[str] | None = None) -> None:
        for record in self._records_of(tenant, reference):
            if record.status is Status.PARKED and (only is None or record.code in only):
                self.driver.person("person", partial(self._redrive_one, record.key))

    def _resume(self, scope: Scope) -> None:
        ports = PausingPorts(
            pauses=self._services().pauses(self.world.table),
            listing=self.world.tables.deliveries(self.world.table),
            operate=self._ports(),
        )
        pausing.take_up(scope, pausing.resume(scope, ports, by="person"), ports, by="person")

    def _redrive_one(self, key: DeliveryKey) -> None:
        world = self.world
        try:
            record = operate.redrive(key, self._ports())
        except (StoreError, UsageError) as error:
            world.note(f"redrive of {key.reference}: {error.code}")
            return
        world.truth.redriven[key] = record.fence
        world.truth.skipped.pop(key, None)

    def _skip(self, step: Step) -> None:
        for record in self._records_of(step.tenant, step.reference):
            if record.status is not Status.DELIVERED and not record.key.collision:
                self.driver.person("person", partial(self._skip_one, record.key))

    def _skip_one(self, key: DeliveryKey) -> None:
        try:
            record = operate.skip(key, "simulated", self._ports())
        except (StoreError, UsageError) as error:
            self.world.note(f"skip of {key.reference}: {error.code}")
            return
        self.world.truth.skipped[key] = record.version.source.revision or 0

    def _records_of(self, tenant: str, reference: str) -> list[DeliveryRecord]:
        return [r for r in self.world.records() if r.key.tenant == tenant and r.key.reference == reference]

    def _services(self) -> SimulatedServices:
        return SimulatedServices(self.world, Worker("person", 0))

    def _ports(self) -> OperatePorts:
        services = self._services()
        queues = self.world.cloud.wiring.queues
        return OperatePorts(
            wake_up_for=wake_up_for,
            records=services.deliveries(self.world.table),
            rejections=services.rejections(self.world.table),
            approvals=services.queue(queues["IntakeQueue"].url),
            deliveries=services.queue(queues["DeliveryQueue"].url),
            clock=SkewedClock(self.world),
            notices=services.log("operate", "INFO"),
        )
