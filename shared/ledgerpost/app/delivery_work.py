"""What the steps of delivering share: the messages of the delivery queue, the ports, and a message's task."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ledgerpost.app.breakers import Breakers
from ledgerpost.domain.decision import RetryPolicy
from ledgerpost.domain.delivery import DeliveryKey, Work
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.route import Route, RouteId, TenantConfiguration
from ledgerpost.ports import (
    Clock,
    DeliveryJournal,
    DeliveryStore,
    LedgerTargets,
    Notices,
    PauseStore,
    Queue,
    RejectionStore,
    RouteStore,
)

if TYPE_CHECKING:
    from ledgerpost.domain.formula import Formulas  # few routes have one


@dataclass(frozen=True, slots=True)
class Approval:
    """A message: deliver `event` on `route`. `body` is the message as it came."""

    event: ApprovalEvent
    route: RouteId
    body: str


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A message: take up the record under `key`. `doubted` says that a worker posted to it after losing its claim."""

    key: DeliveryKey
    body: str
    doubted: bool = False


DeliveryMessage = Approval | WakeUp


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverPorts:
    """What delivering needs. `wake_up_for` gives the body of a wake-up message."""

    read_event: Callable[[str], ApprovalEvent]
    wake_up_for: Callable[[DeliveryKey, bool], str]
    routes: RouteStore
    records: DeliveryStore
    rejections: RejectionStore
    pauses: PauseStore
    targets: LedgerTargets
    deliveries: Queue
    journal: DeliveryJournal
    notices: Notices
    clock: Clock
    policy: RetryPolicy
    breakers: Breakers
    formulas: "Formulas"

    @property
    def lease(self) -> timedelta:
        """How long one attempt may hold its claim."""
        return timedelta(seconds=self.policy.lease_s)


@dataclass(frozen=True, slots=True)
class Task:
    """A message with what its route makes of it."""

    work: Work
    configuration: TenantConfiguration
    route: Route
    message: DeliveryMessage
