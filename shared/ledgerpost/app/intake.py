"""Taking approvals in: each event of the intake queue becomes one delivery message per matching route."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledgerpost.app.fair_group import group_of_approval
from ledgerpost.domain.event import COMMERCE_KINDS, ApprovalEvent
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import Route, TenantConfiguration
from ledgerpost.errors import EventError, describe
from ledgerpost.ports import Clock, DeliveryJournal, DeliveryLine, OutgoingMessage, Queue, RejectionStore, RouteStore

if TYPE_CHECKING:
    from ledgerpost.app.commerce import Taken  # loaded by the functions of a stage that groups


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePorts:
    """What taking in needs. `read_event` raises EventError; `message_for` gives the body of a delivery message."""

    read_event: Callable[[str], ApprovalEvent]
    message_for: Callable[[ApprovalEvent, Route], str]
    routes: RouteStore
    deliveries: Queue
    rejections: RejectionStore
    journal: DeliveryJournal
    clock: Clock
    take_commerce: "Callable[[ApprovalEvent], Taken] | None" = None
    """Keeps a commerce record until its day is closed; None where nothing is grouped."""


def take_in(body: str, message_id: str, ports: IntakePorts) -> list[OutgoingMessage]:
    """Give the delivery messages of one event, in the order of the routes' ids; none where no route takes it.

    An event that cannot be understood is set aside under its code and makes no message: the events around it go on.
    Raises StoreError where the routes cannot be read: the event then comes again.
    """
    try:
        event = ports.read_event(body)
        if event.kind in COMMERCE_KINDS and ports.take_commerce is not None:
            _assert_bookable(ports.take_commerce(event))
            return []
        configuration = _configuration_of(event, ports)
    except EventError as error:
        _set_aside(error, body, message_id, ports)
        return []
    routes = configuration.routes_for(event)
    if not routes:
        ports.journal.attempted(_skipped_line(event, configuration.why_not_taken(event)))
    return [OutgoingMessage(ports.message_for(event, route), group=group_of_approval(event, route)) for route in routes]


def _assert_bookable(taken: "Taken") -> None:
    """Raise EventError for a record that a person has to look at, so that it is set aside where people look."""
    if taken.code is not None:
        raise EventError(taken.code, describe(taken.code).cause, path="detail.entity.id")


def _configuration_of(event: ApprovalEvent, ports: IntakePorts) -> TenantConfiguration:
    configuration = ports.routes.tenant(event.tenant)
    if configuration is None:
        raise EventError("unknown_tenant", "No configuration was applied for this tenantId.", path="detail.tenantId")
    return configuration


def send_all(messages: Sequence[OutgoingMessage], ports: IntakePorts) -> None:
    """Send the delivery messages of a batch together; raises StoreError where one may not have been taken."""
    if messages:
        ports.deliveries.send(messages)


def _set_aside(error: EventError, body: str, message_id: str, ports: IntakePorts) -> None:
    rejection = Rejection(
        id=message_id,
        tenant="",
        route="",
        code=error.code,
        message=f"{error.path}: {error.message}" if error.path else error.message,
        parked=True,
        at=ports.clock.now(),
        source=body,
    )
    ports.rejections.put(rejection)
    line = DeliveryLine(result="parked", tenant="", route="", event_id=message_id, code=error.code)
    ports.journal.attempted(line)


def _skipped_line(event: ApprovalEvent, code: str) -> DeliveryLine:
    return DeliveryLine(
        result="skipped", tenant=event.tenant, route="", event_id=event.event_id, kind=event.kind, code=code
    )
