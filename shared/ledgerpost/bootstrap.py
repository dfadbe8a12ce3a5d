"""The composition root: which adapters stand behind the ports of each function.

Nothing is built at import. A handler asks for its function at each call; it is built once per container, on first use.
The local cloud installs a container of its own around a call, and the same handlers run in it.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Protocol, cast

from ledgerpost.adapters.first_use import MadeOnFirstUse
from ledgerpost.app.breakers import Breakers
from ledgerpost.app.delivery_work import DeliverPorts
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.observability import Log
from ledgerpost.ports import (
    Clock,
    DeliveryBacklog,
    DeliveryJournal,
    DeliveryStore,
    LedgerTargets,
    PauseStore,
    Queue,
    RejectionStore,
    RouteStore,
)
from ledgerpost.settings import (
    ActionsSettings,
    CloseDaySettings,
    DeliverSettings,
    GroupingSettings,
    IntakeSettings,
    SettleSettings,
)
from ledgerpost.wire.message import message_for, read_accepted_event, wake_up_for

if TYPE_CHECKING:
    # What one function works with is loaded where that function is built: each start pays for its own alone.
    from ledgerpost.app.close_due import CloseDuePorts
    from ledgerpost.app.commerce import Taken
    from ledgerpost.app.intake import IntakePorts
    from ledgerpost.app.settle import SettlePorts
    from ledgerpost.connectors.pennylane.actions.connections import ActionConnections
    from ledgerpost.domain.formula import Formulas
    from ledgerpost.ports_commerce import CommerceStores


class Services(Protocol):
    """What surrounds a function: AWS on a stage, the local cloud on a laptop. The names come from the settings."""

    def clock(self) -> Clock: ...
    def log(self, service: str, level: str) -> Log: ...
    def journal(self, log: Log) -> DeliveryJournal: ...
    def queue(self, url: str) -> Queue: ...
    def routes(self, table: str) -> RouteStore: ...
    def deliveries(self, table: str) -> DeliveryStore: ...
    def backlog(self, table: str) -> DeliveryBacklog: ...
    def rejections(self, table: str) -> RejectionStore: ...
    def pauses(self, table: str) -> PauseStore: ...
    def targets(self, *, allow_loopback: bool, table: str = "") -> LedgerTargets: ...
    def actions(self, settings: ActionsSettings) -> "ActionConnections": ...
    def commerce(self, table: str) -> "CommerceStores": ...


@dataclass(frozen=True, slots=True)
class IntakeFunction:
    """All that `functions/intake` works with."""

    log: Log
    ports: "IntakePorts"


@dataclass(frozen=True, slots=True)
class DeliverFunction:
    """All that `functions/deliver` works with; `executor` runs the posts of a batch side by side, None one by one."""

    log: Log
    ports: DeliverPorts
    executor: Executor | None
    post_budget_s: float


@dataclass(frozen=True, slots=True)
class CloseDayFunction:
    """All that `functions/close_day` works with; `executor` runs companies side by side, None one by one."""

    log: Log
    ports: "CloseDuePorts"
    executor: Executor | None
    company_budget_s: float


@dataclass(frozen=True, slots=True)
class SettleFunction:
    """All that `functions/settle` works with."""

    log: Log
    ports: "SettlePorts"
    backlog: DeliveryBacklog


@dataclass(frozen=True, slots=True)
class ActionsFunction:
    """All that `functions/actions` works with."""

    log: Log
    connections: "ActionConnections"


class Container:
    """One execution environment: its variables, its services, and the functions built from them on first use."""

    def __init__(self, environment: Mapping[str, str], services: Services) -> None:
        self._environment = environment
        self._services = services

    @cached_property
    def intake(self) -> IntakeFunction:
        """The intake function; its event model brings pydantic, which no other function needs."""
        from ledgerpost.app.intake import IntakePorts  # noqa: PLC0415 - loaded where it is used, for the cold start
        from ledgerpost.wire.approval import read_event  # noqa: PLC0415

        settings = IntakeSettings.from_environment(self._environment)
        log = self._services.log("intake", settings.log_level)
        ports = IntakePorts(
            read_event=read_event,
            message_for=message_for,
            routes=self._services.routes(settings.routes_table),
            deliveries=self._services.queue(settings.delivery_queue_url),
            rejections=self._services.rejections(settings.deliveries_table),
            journal=self._services.journal(log),
            clock=self._services.clock(),
            take_commerce=self._commerce_taker(),
        )
        return IntakeFunction(log, ports)

    def _commerce_taker(self) -> "Callable[[ApprovalEvent], Taken] | None":
        table = GroupingSettings.from_environment(self._environment).commerce_table
        if not table:
            return None
        from ledgerpost.app.commerce import CommercePorts, take_record  # noqa: PLC0415 - where a stage groups
        from ledgerpost.domain.closing import CompanyKey  # noqa: PLC0415
        from ledgerpost.wire.commerce import read_commerce_record  # noqa: PLC0415

        stores = self._services.commerce(table)
        ports = CommercePorts.over(stores, self._services.clock())

        def take(event: ApprovalEvent) -> "Taken":
            read = read_commerce_record(event)
            return take_record(CompanyKey(event.tenant, read.company), read.record, ports)

        return take

    @cached_property
    def close_day(self) -> CloseDayFunction:
        """The function that closes days."""
        from ledgerpost.adapters.announcer import QueueAnnouncer  # noqa: PLC0415 - no other function closes days
        from ledgerpost.app.close_day import ClosePorts  # noqa: PLC0415
        from ledgerpost.app.close_due import CloseDuePorts  # noqa: PLC0415
        from ledgerpost.wire.commerce_document import event_for  # noqa: PLC0415

        settings = CloseDaySettings.from_environment(self._environment)
        log = self._services.log("close_day", settings.log_level)
        stores = self._services.commerce(settings.commerce_table)
        close = ClosePorts.over(
            stores,
            announcer=QueueAnnouncer(self._services.queue(settings.intake_queue_url)),
            event_for=event_for,
            clock=self._services.clock(),
        )
        executor = _executor(settings.companies_side_by_side, "company")
        return CloseDayFunction(log, CloseDuePorts(close=close, notices=log), executor, settings.company_budget_s)

    @cached_property
    def deliver(self) -> DeliverFunction:
        """The delivery function."""
        settings = DeliverSettings.from_environment(self._environment)
        log = self._services.log("deliver", settings.log_level)
        ports = DeliverPorts(
            read_event=read_accepted_event,
            wake_up_for=wake_up_for,
            routes=self._services.routes(settings.routes_table),
            records=self._services.deliveries(settings.deliveries_table),
            rejections=self._services.rejections(settings.deliveries_table),
            pauses=self._services.pauses(settings.deliveries_table),
            targets=self._services.targets(allow_loopback=settings.allow_loopback, table=settings.deliveries_table),
            deliveries=self._services.queue(settings.delivery_queue_url),
            journal=self._services.journal(log),
            notices=log,
            clock=self._services.clock(),
            policy=settings.retry_policy,
            breakers=Breakers(settings.breaker_policy),
            formulas=cast("Formulas", MadeOnFirstUse(_formulas)),
        )
        return DeliverFunction(log, ports, _executor(settings.posts_side_by_side, "post"), settings.post_budget_s)

    @cached_property
    def settle(self) -> SettleFunction:
        """The settling function."""
        from ledgerpost.app.settle import SettlePorts  # noqa: PLC0415 - as above

        settings = SettleSettings.from_environment(self._environment)
        ports = SettlePorts(
            wake_up_for=wake_up_for,
            records=self._services.deliveries(settings.deliveries_table),
            deliveries=self._services.queue(settings.delivery_queue_url),
            clock=self._services.clock(),
            grace=timedelta(seconds=settings.grace_s),
        )
        backlog = self._services.backlog(settings.deliveries_table)
        return SettleFunction(self._services.log("settle", settings.log_level), ports, backlog)

    @cached_property
    def actions(self) -> ActionsFunction:
        """The function of the Pennylane actions."""
        settings = ActionsSettings.from_environment(self._environment)
        return ActionsFunction(self._services.log("actions", settings.log_level), self._services.actions(settings))


def _formulas() -> "Formulas":
    from ledgerpost.adapters.formulas import RuleEngineFormulas  # noqa: PLC0415 - with the first route that has one

    return RuleEngineFormulas()


def _executor(side_by_side: int, name: str) -> Executor | None:
    """Give what runs so many at once; None where it is one."""
    return ThreadPoolExecutor(side_by_side, thread_name_prefix=name) if side_by_side > 1 else None


_installed: ContextVar[Container | None] = ContextVar("container", default=None)


def container() -> Container:
    """Give the container that was installed around this call, else the one of this Lambda environment."""
    return _installed.get() or _lambda_container()


@contextmanager
def installed(installing: Container) -> Iterator[None]:
    """Let the handlers called inside run in `installing`."""
    token = _installed.set(installing)
    try:
        yield
    finally:
        _installed.reset(token)


@cache
def _lambda_container() -> Container:
    from ledgerpost.aws_services import AwsServices  # noqa: PLC0415 - the local cloud never loads boto3

    return Container(os.environ, AwsServices())
