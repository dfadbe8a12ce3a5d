"""Whether an approval left its trace on a route: a delivery record, or a rejection, of its version or a later one."""

from dataclasses import dataclass
from enum import StrEnum

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Work
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.route import RouteId


class GapReason(StrEnum):
    """Why an approval counts as never arrived."""

    NO_RECORD = "no_record"
    """There is no delivery record of its reference."""
    OLDER_VERSION = "older_version"
    """The delivery record is of an earlier version of the transaction."""
    NO_REJECTION = "no_rejection"
    """It has no reference to keep a record under, and it was not set aside either."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An approval that has left no trace on one of the routes that take it. `reference` is blank where it has none."""

    event: ApprovalEvent
    route: RouteId
    reference: str
    reason: GapReason


Trace = tuple[RouteId, str, str, str]
"""What tells one rejected approval from another, whatever the id of its event."""


def trace_of(event: ApprovalEvent, route: RouteId) -> Trace:
    """Give what an approval and its rejection have in common: kind, version and content, on a route."""
    return route, event.kind.value, str(event.version), repr(event.entity)


def gap_in_records(work: Work, record: DeliveryRecord | None, beside: DeliveryRecord | None) -> GapReason | None:
    """Give why `work` counts as never arrived; None where it did.

    `record` is what is kept under its key. `beside` is what is kept under `collision_key`, where another transaction
    owns the reference.
    """
    owner = record if record is None or record.kind is work.kind else beside
    if owner is None:
        return GapReason.NO_RECORD
    # The route's revision is left out: a route that was edited meanwhile makes no new approval.
    is_older = owner.version.source.compare(work.version.source) < 0
    return GapReason.OLDER_VERSION if is_older else None


def collision_key(work: Work) -> DeliveryKey:
    """Give the key under which `work` is parked where its reference belongs to another transaction."""
    return work.key._replace(collision=work.kind.value)
