"""What surrounds a worker of a history (`bootstrap.Services`): the local cloud's stores and queues, behind faults."""

import io
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from ledgerpost.adapters.memory import (
    MemoryDeliveryStore,
    MemoryPauseStore,
    MemoryQueue,
    MemoryRejectionStore,
    MemoryRouteStore,
)
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Expected
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, ConnectionId, TenantConfiguration
from ledgerpost.errors import StoreError
from ledgerpost.local.services import LocalServices
from ledgerpost.observability import Log, Metrics
from ledgerpost.ports import Clock, LedgerTargets, OutgoingMessage
from ledgerpost.ports_commerce import CommerceStores
from ledgerpost.simulation.faulty_commerce import faulty_commerce
from ledgerpost.simulation.orders_site import OrdersWorld, OrderTargets
from ledgerpost.simulation.plan import What
from ledgerpost.simulation.targets import SimulatedTargets
from ledgerpost.simulation.wire import WireTargets
from ledgerpost.simulation.world import Journal, SkewedClock, Worker, World

_NOWHERE = -1
"""The delay of a message that is not to be sent."""

LOG_STREAM = io.StringIO()
"""One for the process: Powertools keeps one logger per service, and building it costs more than a history."""


class SimulatedLog(Log):
    """The product's log, which also tells of defects: faults that are none of the ones that are simulated.

    Writing JSON costs more than all the rest of a history, so that most histories keep the lines as they are
    given: what must not be in a line must not be given to it either.
    """

    world: World | None = None

    def info(self, event: str, **fields: object) -> None:
        """Keep the line, and write it where this history writes."""
        self._keep(fields)
        if self.world is not None and self.world.is_logged:
            super().info(event, **fields)

    def warning(self, event: str, **fields: object) -> None:
        """Keep the line, and write it where this history writes."""
        self._keep(fields)
        if self.world is not None and self.world.is_logged:
            super().warning(event, **fields)

    def failure(self, event: str, error: BaseException, **fields: object) -> None:
        """Write the line; keep what no fault of the plan explains."""
        super().failure(event, error, **fields)
        is_explained = isinstance(error, StoreError | ValueError) or getattr(error, "code", "") == "close_overtaken"
        if self.world is not None and not is_explained:
            self.world.defects.append(f"{type(error).__name__}: {error}")

    def _keep(self, fields: dict[str, object]) -> None:
        if self.world is not None:
            self.world.logged.append(fields)


class _SilentMetrics(Metrics):
    def flush(self) -> None:
        """Write nothing: the numbers are not what a history looks at."""
        self._values.clear()


@cache
def _log_of(service: str) -> SimulatedLog:
    log = SimulatedLog(service, "INFO", LOG_STREAM)
    log.metrics = _SilentMetrics(service, LOG_STREAM)
    return log


class FaultyDeliveries:
    """Delivery records behind faults (ports DeliveryStore, DeliveryList, DeliveryBacklog)."""

    def __init__(self, store: MemoryDeliveryStore, world: World) -> None:
        self._store = store
        self._world = world

    def create(self, record: DeliveryRecord) -> DeliveryRecord | None:
        """Write the first record of its key."""
        return self._world.effect("record create", lambda: self._created(record))

    def _created(self, record: DeliveryRecord) -> DeliveryRecord | None:
        winner = self._store.create(record)
        if winner is None:
            self._wrote(record, None)
        return winner

    def get(self, key: DeliveryKey) -> DeliveryRecord | None:
        """Give the record."""
        return self._world.effect("record get", lambda: self._store.get(key))

    def replace(self, record: DeliveryRecord, expected: Expected) -> DeliveryRecord | None:
        """Write the record where the stored one is as expected."""
        return self._world.effect("record replace", lambda: self._replaced(record, expected))

    def _replaced(self, record: DeliveryRecord, expected: Expected) -> DeliveryRecord | None:
        before = self._store.get(record.key)
        winner = self._store.replace(record, expected)
        if winner is None:
            self._wrote(record, before)
        return winner

    def _wrote(self, record: DeliveryRecord, before: DeliveryRecord | None) -> None:
        if self._world.trace is not None:
            self._world.note(f"  record {record.key.reference} {record.status} {record.version} fence {record.fence}")
        self._world.observer.wrote(record, before, self._world.fibers.running())

    def due(self, before: datetime, limit: int) -> Sequence[DeliveryKey]:
        """Give the overdue keys."""
        return self._world.effect("record due", lambda: self._store.due(before, limit))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class FaultyRoutes:
    """The routes behind faults (port RouteStore)."""

    def __init__(self, store: MemoryRouteStore, world: World) -> None:
        self._store = store
        self._world = world

    def tenant(self, tenant: TenantId) -> TenantConfiguration | None:
        """Give the tenant's configuration."""
        return self._world.effect("routes read", lambda: self._store.tenant(tenant))


class FaultyRejections:
    """The rejections behind faults (port RejectionStore)."""

    def __init__(self, store: MemoryRejectionStore, world: World) -> None:
        self._store = store
        self._world = world

    def put(self, rejection: Rejection) -> None:
        """Keep the rejection."""
        self._world.effect("rejection put", lambda: self._store.put(rejection))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class FaultyPauses:
    """The pauses behind faults (port PauseStore)."""

    def __init__(self, store: MemoryPauseStore, world: World) -> None:
        self._store = store
        self._world = world

    def pauses(self, tenant: TenantId, *, fresh: bool = False) -> Sequence[Pause]:
        """Give the tenant's pauses."""
        return self._world.effect("pauses read", lambda: self._store.pauses(tenant, fresh=fresh))

    def pause(self, tenant: TenantId, pause: Pause) -> bool:
        """Keep the pause."""
        return self._world.effect("pause write", lambda: self._store.pause(tenant, pause))

    def resume(self, tenant: TenantId, connection: ConnectionId, account: AccountId | None) -> Pause | None:
        """Forget the pause."""
        return self._world.effect("pause write", lambda: self._store.resume(tenant, connection, account))


class FaultyQueue:
    """A queue behind faults (port Queue): a batch may be taken in part, a message come twice, late or never."""

    def __init__(self, url: str, world: World) -> None:
        self._url = url
        self._world = world

    def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Send every message."""
        if messages:
            self._world.effect("queue send", lambda: self._sent(messages))

    def _sent(self, messages: Sequence[OutgoingMessage]) -> None:
        world = self._world
        for each in messages:
            message = each
            for fault in world.faults_at("message"):
                message = self._struck(message, fault.what, fault.amount_s)
                world.strike(fault)
                if fault.what is What.FAIL:
                    raise StoreError("store_unavailable", "The simulated queue took a part of the batch.")
            if world.plan.is_closing and "Intake" in self._url:
                world.announced.append(message.body)
            if message.delay_s != _NOWHERE:
                world.cloud.send(self._url, [message], world.now_ms)

    def _struck(self, message: OutgoingMessage, what: What, amount_s: float) -> OutgoingMessage:
        world = self._world
        match what:
            case What.DUPLICATE:
                again = OutgoingMessage(message.body, message.group)
                world.at(world.now_ms + round(amount_s * 1000), lambda: self._send_again(again))
            case What.DELAY:
                return OutgoingMessage(message.body, message.group, min(900, message.delay_s + round(amount_s)))
            case What.DEAD_LETTER:
                dead_letters = dead_letter_queue_of(world, self._url)
                world.cloud.queue(dead_letters).send(message.body, world.now_ms, group=message.group)
                return OutgoingMessage(message.body, message.group, _NOWHERE)
            case _:
                pass
        return message

    def _send_again(self, message: OutgoingMessage) -> None:
        self._world.cloud.send(self._url, [message], self._world.now_ms)


def dead_letter_queue_of(world: World, url: str) -> str:
    """Give the name of the dead-letter queue behind the queue at `url`."""
    spec = next(spec for spec in world.cloud.wiring.queues.values() if spec.url == url)
    assert spec.redrive is not None, "every queue that a function feeds has its dead letters"
    return spec.redrive.dead_letter_queue


def _targets_of(world: World, clock: Clock) -> LedgerTargets:
    if isinstance(world, OrdersWorld):
        return OrderTargets(world, clock)
    return WireTargets(world, clock) if world.plan.is_wire else SimulatedTargets(world)


class SimulatedServices(LocalServices):
    """The services of one worker, with a clock of its own."""

    def __init__(self, world: World, worker: Worker) -> None:
        clock = SkewedClock(world, worker.skew_ms)
        super().__init__(
            clock=clock,
            tables=world.tables,
            send_to=lambda url, messages: world.cloud.send(url, messages, world.now_ms),
            targets=lambda _: _targets_of(world, clock),
            log_stream=LOG_STREAM,
            listeners=[Journal(world)],
        )
        self._world = world

    def log(self, service: str, level: str) -> Log:  # noqa: ARG002 - the level of a history is fixed
        """Give the process's log of the service, turned to this world."""
        log = _log_of(service)
        log.world = self._world
        return log

    def queue(self, url: str) -> MemoryQueue:
        """Give the queue at `url`, behind faults."""
        return FaultyQueue(url, self._world)  # type: ignore[return-value]

    def routes(self, table: str) -> MemoryRouteStore:
        """Give the routes, behind faults."""
        return FaultyRoutes(super().routes(table), self._world)  # type: ignore[return-value]

    def deliveries(self, table: str) -> MemoryDeliveryStore:
        """Give the delivery records, behind faults."""
        return FaultyDeliveries(super().deliveries(table), self._world)  # type: ignore[return-value]

    def commerce(self, table: str) -> CommerceStores:
        """Give the stores of grouping, behind faults."""
        return faulty_commerce(super().commerce(table), self._world)

    def backlog(self, table: str) -> MemoryDeliveryStore:
        """Give the count of the records."""
        return super().deliveries(table)

    def rejections(self, table: str) -> MemoryRejectionStore:
        """Give the rejections, behind faults."""
        return FaultyRejections(super().rejections(table), self._world)  # type: ignore[return-value]

    def pauses(self, table: str) -> MemoryPauseStore:
        """Give the pauses, behind faults."""
        return FaultyPauses(super().pauses(table), self._world)  # type: ignore[return-value]
