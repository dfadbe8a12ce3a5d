"""An order as iPaaS.com sends it, with every field that the shipped collection reads, and a ledger to ask."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.domain.collection import DocumentMapping
from ledgerpost.domain.collection_document import complete_document, draft_document
from ledgerpost.domain.collection_mapping import CollectionMapper
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind, StreamType, TenantId
from ledgerpost.domain.look_up import Absent, Known, LookedUp, LookUp
from ledgerpost.domain.mapping import Refusal, Skip
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId
from ledgerpost.domain.version import SourceVersion
from ledgerpost.wire.collection import collection_from, shipped

FORMULAS = RuleEngineFormulas()
SHIPPED = shipped("acumatica-sales-order")

FULL_ORDER: dict[str, Any] = {
    "Id": 5001,
    "Type": "Order",
    "TransactionNumber": "WEB1001",
    "Date": "2026-03-01",
    "CustomerId": 42,
    "EmailAddress": "ann@example.com",
    "SpaceportSystemId": 7,
    "Total": Decimal("34.10"),
    "ShippingAmount": Decimal("12.5"),
    "TaxZone": "nystate",
    "CustomFields": [{"Name": "WarehouseId", "Value": "MAIN"}, {"Name": "Colour", "Value": "blue"}],
    "Lines": [
        {"Id": 9001, "Sku": "SKU1", "Qty": 2, "UnitPrice": 10, "ExtendedPrice": Decimal("20.00")},
        {"Id": 9002, "Sku": "GONE", "Qty": 1, "UnitPrice": 5, "ExtendedPrice": 5},
    ],
    "Addresses": [
        {
            "Id": 71,
            "FirstName": "Ann",
            "LastName": "Bell",
            "Address1": "1 A St",
            "Address2": " ",
            "City": "New York",
            "Region": "NY",
            "PostalCode": "10001",
            "IsPrimaryBilling": True,
            "IsPrimaryShipping": False,
        },
        {"Id": 72, "FirstName": "Ann", "City": "Toronto", "PostalCode": "M5V 2T6", "IsPrimaryShipping": True},
    ],
    "Payments": [{"Id": 77, "Amount": Decimal("34.10")}],
    "Taxes": [{"Amount": Decimal("1.6"), "TaxPercent": 8, "TaxCode": "NYSALES"}],
    "TrackingNumbers": [
        {
            "Id": 31,
            "TrackingNumber": "1Z9",
            "ShippingMethod": "UPS",
            "ShippingMethodDescription": "UPS Ground",
            "Cost": 20,
            "CustomFields": {"BoxId": "SMALL", "iPaaS_LineItemId": "5001|9001", "Picked": "yes"},
        }
    ],
}

ANSWERS: dict[str, Known] = {
    "externalId/Customer/42": LookedUp(("C000001",)),
    "stockItemExists/SKU1": LookedUp(("SKU1",)),
    "taxZone/": LookedUp(("AVALARA", "NYSTATE")),
    "taxId/": LookedUp(("EXEMPT", "NYSALES")),
}


class Ledger:
    """Answers look-ups from a table, Absent for the rest, and counts them."""

    def __init__(self, **changes: Known) -> None:
        self.answers = ANSWERS | changes
        self.asked: list[str] = []

    def ask(self, look_up: LookUp) -> Known:
        name = f"{look_up.name}/{look_up.argument}"
        self.asked.append(name)
        return self.answers.get(name, Absent())


def order(**changes: Any) -> dict[str, Any]:
    """Give the full order with other properties; `...` leaves one out."""
    made = copy.deepcopy(FULL_ORDER) | changes
    return {name: value for name, value in made.items() if value is not ...}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Give the full order with one value inside of it replaced: `Lines.0.Qty`."""
    made = copy.deepcopy(FULL_ORDER)
    *way, last = path.split(".")
    at: Any = made
    for part in way:
        at = at[int(part)] if part.isdigit() else at[part]
    if value is ...:
        at.pop(last, None)
    else:
        at[last] = value
    return made


def with_overrides(overrides: dict[str, Any]) -> DocumentMapping:
    """Give the shipped collection with overrides."""
    checked = collection_from({"use": "acumatica-sales-order", "overrides": overrides}, (), FORMULAS)
    assert checked.mapping is not None, checked.problems
    return checked.mapping


def event_of(entity: dict[str, Any], currency: str = "USD") -> ApprovalEvent:
    """Give the approval of an order."""
    return ApprovalEvent(
        event_id=EventId("e1"),
        source="ipaas",
        kind=EventKind.SALES_ORDER,
        tenant=TenantId("acme"),
        version=SourceVersion(datetime(2026, 3, 2, tzinfo=UTC), 1),
        currency=currency,
        entity=entity,
        text="{}",
    )


def route_with(mapping: DocumentMapping) -> Route:
    """Give a route that carries the collection."""
    return Route(
        id=RouteId("orders"),
        connection=ConnectionId("erp"),
        stream=StreamType.SALES,
        account=AccountId("MAIN"),
        enabled=True,
        time_zone=ZoneInfo("UTC"),
        rules={},
        collection=mapping,
    )


def draft(entity: dict[str, Any], mapping: DocumentMapping = SHIPPED) -> LedgerDocument | Skip | Refusal:
    """Give what comes of an order before the ledger is asked."""
    return draft_document(event_of(entity), route_with(mapping), mapping, FORMULAS)


def document(
    entity: dict[str, Any], mapping: DocumentMapping = SHIPPED, ask: Callable[[LookUp], Known] | None = None
) -> LedgerDocument | Refusal:
    """Give what comes of an order once the ledger has answered; a refusal of the draft as it is."""
    drafted = draft(entity, mapping)
    if not isinstance(drafted, LedgerDocument):
        assert isinstance(drafted, Refusal), drafted
        return drafted
    return complete_document(drafted, event_of(entity), mapping, CollectionMapper(FORMULAS, ask or Ledger().ask))


def tree(entity: dict[str, Any], mapping: DocumentMapping = SHIPPED, **answers: Known) -> dict[str, Any]:
    """Give the tree of an order that can be written."""
    made = document(entity, mapping, Ledger(**answers).ask)
    assert isinstance(made, LedgerDocument), made
    content = made.content()
    assert isinstance(content, dict)
    return content


def refusal(entity: dict[str, Any], mapping: DocumentMapping = SHIPPED, **answers: Known) -> Refusal:
    """Give why an order is refused."""
    made = document(entity, mapping, Ledger(**answers).ask)
    assert isinstance(made, Refusal), json.loads(made.body)
    return made
