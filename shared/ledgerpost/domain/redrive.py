"""What a person may do with a delivery: take it up again, or skip it. The record keeps who did, when and why."""

from datetime import datetime

from ledgerpost.domain.delivery import OPERATIONS_LENGTH_MAX, DeliveryRecord, Operation, Status
from ledgerpost.errors import UsageError

REDROVE = "redrove"
SKIPPED = "skipped"


def redriven(record: DeliveryRecord, now: datetime, *, by: str = "", reason: str = "") -> DeliveryRecord:
    """Give the record as pending work with a fresh budget of attempts.

    Takes parked and skipped deliveries; raises UsageError(transition_refused) for the others. What is in doubt stays
    in doubt: the next claim finds out before it posts.
    """
    if record.status not in (Status.PARKED, Status.SKIPPED) or record.key.collision:
        raise UsageError("transition_refused", f"A delivery that is {_state(record)} cannot be redriven.")
    operations = _operations(record, Operation(now, REDROVE, by, reason))
    return record.moved(Status.PENDING, now, attempts=0, due_at=now, operations=operations)


def skipped_by_operator(record: DeliveryRecord, now: datetime, reason: str, *, by: str = "") -> DeliveryRecord:
    """Give the record as skipped for good: the same version is never posted, however often it is delivered again.

    Takes anything but a claim in flight; raises UsageError(transition_refused) for that one and for a delivered entry.
    """
    if record.status in (Status.IN_FLIGHT, Status.DELIVERED):
        raise UsageError("transition_refused", f"A delivery that is {_state(record)} cannot be skipped.")
    # What is in doubt stays so: a later version must still find out what the ledger holds.
    return record.moved(
        Status.SKIPPED,
        now,
        code="skipped_by_operator",
        detail=reason,
        unsettled=record.in_doubt,
        operations=_operations(record, Operation(now, SKIPPED, by, reason)),
    )


def _operations(record: DeliveryRecord, operation: Operation) -> tuple[Operation, ...]:
    return (*record.operations, operation)[-OPERATIONS_LENGTH_MAX:]


def _state(record: DeliveryRecord) -> str:
    return "a collision" if record.key.collision else record.status.value
