"""What a person does with deliveries: redrive what is parked, skip what is not to be posted.

Each act is kept in the delivery's record and told as one log line: who, when and why.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ledgerpost.app.fair_group import group_of_record
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord
from ledgerpost.domain.redrive import redriven, skipped_by_operator
from ledgerpost.domain.rejection import Rejection
from ledgerpost.errors import UsageError
from ledgerpost.ports import Clock, DeliveryStore, Notices, OutgoingMessage, Queue, RejectionStore

BATCH = 100
"""Deliveries of one round of a bulk operation: what a crash in between leaves to be called again by `settle`."""

Change = Callable[[DeliveryRecord, datetime], DeliveryRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatePorts:
    """What operating needs; `approvals` is the intake queue."""

    wake_up_for: Callable[[DeliveryKey, bool], str]
    records: DeliveryStore
    rejections: RejectionStore
    approvals: Queue
    deliveries: Queue
    clock: Clock
    notices: Notices


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a bulk operation did: how many deliveries it changed, and how many had moved on meanwhile."""

    done: int
    moved_on: int

    def __add__(self, other: "Bulk") -> "Bulk":
        return Bulk(self.done + other.done, self.moved_on + other.moved_on)


def redrive(key: DeliveryKey, ports: OperatePorts, *, by: str = "", reason: str = "") -> DeliveryRecord:
    """Take a parked or skipped delivery up again, with a fresh budget; give its record.

    Raises UsageError(delivery_not_found) where there is none, and UsageError(transition_refused) where it is in another
    state or changes meanwhile.
    """
    record = _change(_found(key, ports), lambda record, now: redriven(record, now, by=by, reason=reason), ports)
    _tell("operator.redrove", record, ports)
    ports.deliveries.send([_wake_up(record, ports)])
    return record


def redrive_all(records: Iterable[DeliveryRecord], ports: OperatePorts, *, by: str, reason: str = "") -> Bulk:
    """Take all of `records` up again, a bounded batch at a time; one that moved on meanwhile is left as it is."""
    return _in_batches(
        records,
        lambda record, now: redriven(record, now, by=by, reason=reason),
        lambda done: ports.deliveries.send([_wake_up(record, ports) for record in done]),
        event="operator.redrove",
        ports=ports,
    )


def redrive_rejection(rejection: Rejection, ports: OperatePorts, *, by: str = "", reason: str = "") -> None:
    """Send an event that was set aside through intake again."""
    ports.approvals.send([OutgoingMessage(rejection.source)])
    ports.rejections.remove(rejection.id)
    ports.notices.info(
        "operator.redrove",
        tenant=rejection.tenant,
        event_id=rejection.id,
        route=rejection.route,
        code=rejection.code,
        by=by,
        reason=reason,
    )


def skip(key: DeliveryKey, reason: str, ports: OperatePorts, *, by: str = "") -> DeliveryRecord:
    """Skip a delivery for good, with the reason kept; raises as `redrive` does."""
    record = _change(_found(key, ports), lambda record, now: skipped_by_operator(record, now, reason, by=by), ports)
    _tell("operator.skipped", record, ports)
    return record


def skip_all(records: Iterable[DeliveryRecord], reason: str, ports: OperatePorts, *, by: str) -> Bulk:
    """Skip all of `records` for good, a bounded batch at a time; one that moved on meanwhile is left as it is."""
    return _in_batches(
        records,
        lambda record, now: skipped_by_operator(record, now, reason, by=by),
        lambda _: None,
        event="operator.skipped",
        ports=ports,
    )


def _in_batches(
    records: Iterable[DeliveryRecord],
    change: Change,
    follow_up: Callable[[list[DeliveryRecord]], None],
    *,
    event: str,
    ports: OperatePorts,
) -> Bulk:
    waiting, total = iter(records), Bulk(0, 0)
    while batch := list(islice(waiting, BATCH)):
        done: list[DeliveryRecord] = []
        for record in batch:
            try:
                done.append(_change(record, change, ports))
            except UsageError:
                continue
            _tell(event, done[-1], ports)
        follow_up(done)
        total += Bulk(len(done), len(batch) - len(done))
    return total


def _found(key: DeliveryKey, ports: OperatePorts) -> DeliveryRecord:
    record = ports.records.get(key)
    if record is None:
        raise UsageError("delivery_not_found", f"There is no delivery of reference {key.reference!r}.")
    return record


def _change(record: DeliveryRecord, change: Change, ports: OperatePorts) -> DeliveryRecord:
    changed = change(record, ports.clock.now())
    if ports.records.replace(changed, record.expected) is not None:
        raise UsageError("transition_refused", "The delivery changed meanwhile; look at it again.")
    return changed


def _wake_up(record: DeliveryRecord, ports: OperatePorts) -> OutgoingMessage:
    return OutgoingMessage(ports.wake_up_for(record.key, False), group=group_of_record(record.key))


def _tell(event: str, record: DeliveryRecord, ports: OperatePorts) -> None:
    operation = record.operations[-1]
    ports.notices.info(
        event,
        tenant=record.key.tenant,
        connection=record.key.connection,
        account=record.key.account,
        reference=record.key.reference,
        route=record.route,
        version=str(record.version),
        fence=record.fence,
        by=operation.by,
        reason=operation.reason,
    )
