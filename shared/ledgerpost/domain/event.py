"""An approval event: a transaction that was approved in a business system."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from ledgerpost.domain.entity import Entity
from ledgerpost.domain.version import SourceVersion

TenantId = NewType("TenantId", str)
EventId = NewType("EventId", str)


class StreamType(StrEnum):
    """The business flow that a route takes. Source: seed 000, step 3."""

    SALES = "Sales"
    PURCHASING = "Purchasing"


class EventKind(StrEnum):
    """The kind of transaction; its name is the name of the route's rule, where it has one. Source: seed 000, step 4."""

    SALE_DOCUMENT = "SaleDocument"
    SALE_PAYMENT = "SalePayment"
    PURCHASE_DOCUMENT = "PurchaseDocument"
    SUPPLIER_PAYMENT = "SupplierPayment"
    SALES_ORDER = "SalesOrder"
    COMMERCE_ORDER = "CommerceOrder"
    COMMERCE_TRANSACTION = "CommerceTransaction"
    COMMERCE_DOCUMENT = "CommerceDocument"
    """What the closing of a day made of a shop's records."""

    @property
    def stream(self) -> StreamType:
        """The stream this kind belongs to."""
        return _STREAMS[self]

    @property
    def amount_property(self) -> str:
        """The property that holds the amount: documents and orders `Total`, payments `Payment`, a shop's records
        `totalAmount`. Source: design, section 4; seeds 003 and 004.
        """
        return _AMOUNT_PROPERTIES[self]


_STREAMS = {
    EventKind.SALE_DOCUMENT: StreamType.SALES,
    EventKind.SALE_PAYMENT: StreamType.SALES,
    EventKind.PURCHASE_DOCUMENT: StreamType.PURCHASING,
    EventKind.SUPPLIER_PAYMENT: StreamType.PURCHASING,
    EventKind.SALES_ORDER: StreamType.SALES,
    EventKind.COMMERCE_ORDER: StreamType.SALES,
    EventKind.COMMERCE_TRANSACTION: StreamType.SALES,
    EventKind.COMMERCE_DOCUMENT: StreamType.SALES,
}

_AMOUNT_PROPERTIES = {
    EventKind.SALE_DOCUMENT: "Total",
    EventKind.SALE_PAYMENT: "Payment",
    EventKind.PURCHASE_DOCUMENT: "Total",
    EventKind.SUPPLIER_PAYMENT: "Payment",
    EventKind.SALES_ORDER: "Total",
    EventKind.COMMERCE_ORDER: "totalAmount",
    EventKind.COMMERCE_TRANSACTION: "totalAmount",
    EventKind.COMMERCE_DOCUMENT: "Total",
}

RULE_KINDS = (
    EventKind.SALE_DOCUMENT,
    EventKind.SALE_PAYMENT,
    EventKind.PURCHASE_DOCUMENT,
    EventKind.SUPPLIER_PAYMENT,
)
"""The kinds that a route has rules for. Source: seed 000, step 4."""

COMMERCE_KINDS = (EventKind.COMMERCE_ORDER, EventKind.COMMERCE_TRANSACTION)
"""A shop's records: kept until their day is closed, never delivered themselves."""

BACKFILL = "ledgerpost:backfill"
"""Stands among the `resources` of an approval that `ledgerpost backfill` published."""

KIND_BY_DETAIL_TYPE = {
    f"{kind.value}Approved": kind
    for kind in (*RULE_KINDS, EventKind.SALES_ORDER, *COMMERCE_KINDS, EventKind.COMMERCE_DOCUMENT)
}
"""`SaleDocumentApproved` → SaleDocument and so on. Source: design, section 3.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEvent:
    """What was approved, as the bus brought it; `text` is the whole event as JSON, kept to be stored and sent on.

    `in_bulk`: it came with many of the past, by a backfill or a replay, and lets what is approved now go first.
    """

    event_id: EventId
    source: str
    kind: EventKind
    tenant: TenantId
    version: SourceVersion
    currency: str
    entity: Entity
    text: str
    in_bulk: bool = False

    @property
    def approved_at(self) -> datetime:
        """The instant of the approval, aware, in UTC."""
        return self.version.approved_at
