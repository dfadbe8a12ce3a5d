"""The listing: deliveries as they are found by day and by receipt number, beside the records and never in their way.

A record is kept under its reference alone, since that is what delivering asks for. A page asks otherwise, so every
change of a record is also told to the listing, many at a time and a little later. The listing only points: what a page
shows is the record itself, read at that moment (ADR 20).
"""

from dataclasses import dataclass
from datetime import date

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.route import RouteId

RECEIPT_LENGTH_MAX = 200
"""Characters of a receipt number that is listed; what is longer is none that a person would type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Where a delivery is found. `day` is its business day, or the day of its last change (UTC) where it has none;
    `receipt` its receipt number, blank where the transaction has none; `fence` tells which state of the record it is.
    """

    key: DeliveryKey
    route: RouteId
    day: date
    status: Status
    fence: int
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One change of one record: where it was found before and where after; None where it was, or is, not listed."""

    before: Listed | None
    after: Listed | None

    @property
    def is_one(self) -> bool:
        """Whether anything is to be told to the listing."""
        return self.before != self.after


def listed(record: DeliveryRecord, receipt: str) -> Listed | None:
    """Give where `record` is found; None for a claim in flight, which is something else within a minute."""
    if record.status is Status.IN_FLIGHT:
        return None
    return Listed(
        key=record.key,
        route=record.route,
        day=day_of(record),
        status=record.status,
        fence=record.fence,
        receipt=receipt if len(receipt) <= RECEIPT_LENGTH_MAX else "",
    )


def day_of(record: DeliveryRecord) -> date:
    """Give the day that a record is listed under."""
    return date.fromisoformat(record.day) if record.day else record.updated_at.date()
