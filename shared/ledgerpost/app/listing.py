"""Telling the listing what became of the delivery records, as the table's own stream of changes brings it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.entity import property_of, text_of
from ledgerpost.domain.event import ApprovalEvent, TenantId
from ledgerpost.domain.listing import Listed, Move, listed
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId

RECEIPT_PROPERTY = "ReceiptNumber"
"""The property that a person knows a transaction by. Source: seed 000, note templates."""


@dataclass(frozen=True, slots=True)
class ListedPage:
    """Some of what is listed, the latest change first. `after` leads to the next page, blank at the end."""

    rows: Sequence[Listed]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many deliveries of one route and business day are in one status."""

    route: RouteId
    status: Status
    deliveries: int


class Listing(Protocol):
    """The listing of all tenants. Every method raises StoreError."""

    def add(self, batch: str, moves: Sequence[Move]) -> None:
        """Take `moves` in, in their order. The same `batch` again changes nothing."""
        ...

    def of_day(self, tenant: TenantId, route: RouteId, day: date, after: str = "") -> ListedPage:
        """Give a page of what was listed for a route's day, the latest change first; some hundreds at most.

        A delivery that changed since may come again further back, in its earlier state.
        """
        ...

    def by_receipt(self, tenant: TenantId, receipt: str) -> Sequence[DeliveryKey]:
        """Give the deliveries that ever had this receipt number."""
        ...

    def counts(self, tenant: TenantId, day: date | None) -> Sequence[Count]:
        """Give how many deliveries of a business day, or of all days, each route has in each status, sorted; zeros are
        left out.
        """
        ...

    def latest_days(self, tenant: TenantId, limit: int) -> Sequence[tuple[date, RouteId]]:
        """Give up to `limit` business days that a route has had deliveries on, the latest day first."""
        ...

    def accounts(self, tenant: TenantId) -> Sequence[tuple[ConnectionId, AccountId]]:
        """Give every connection and account that the tenant has deliveries on, those of removed routes as well."""
        ...


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record before and after one change of it; None before the first."""

    before: DeliveryRecord | None
    after: DeliveryRecord


ReadEvent = Callable[[str], ApprovalEvent]


def list_changes(batch: str, changes: Iterable[RecordChange], listing: Listing, read_event: ReadEvent) -> int:
    """Tell the listing of `changes`, in their order; give how many of them moved anything.

    `batch` names them: told again under the same name they change nothing. Raises StoreError where they may not have
    been taken: the batch then comes again.
    """
    moves = [move for change in changes if (move := move_of(change, read_event)).is_one]
    if moves:
        listing.add(batch, moves)
    return len(moves)


def move_of(change: RecordChange, read_event: ReadEvent) -> Move:
    """Give what a change of a record is to the listing."""
    before = listed(change.before, receipt_of(change.before, read_event)) if change.before else None
    return Move(before, listed(change.after, receipt_of(change.after, read_event)))


def receipt_of(record: DeliveryRecord, read_event: ReadEvent) -> str:
    """Give the receipt number of a record's transaction; blank where it has none."""
    value = property_of(read_event(record.source).entity, RECEIPT_PROPERTY)
    return "" if value is None or isinstance(value, bool | list | dict) else text_of(value).strip()
