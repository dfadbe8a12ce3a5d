"""What a mapping collection costs: one order of 50 lines, beside plain Python that does the same by hand.

    python benchmarks/mapping.py [--lines 50] [--rounds 40]

Prints the median of each and their ratio, and the share of a delivery: what the two passes of an order take.
"""

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.domain.collection import DocumentMapping
from ledgerpost.domain.collection_document import complete_document, draft_document
from ledgerpost.domain.collection_mapping import CollectionMapper
from ledgerpost.domain.document import LedgerDocument, canonical_json
from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind, StreamType, TenantId
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.look_up import LookedUp, LookUp
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId
from ledgerpost.domain.version import SourceVersion
from ledgerpost.wire.collection import shipped

DIGITS = re.compile(r"[0-9]+")
CENT = Decimal("0.01")
ID = "Id"


def order_of(lines: int) -> dict[str, Any]:
    """Give an order with an address, a payment and a tax beside its lines."""
    return {
        "Id": "5001",
        "Type": "Order",
        "TransactionNumber": "WEB1001",
        "CustomerId": "42",
        "EmailAddress": "ann@example.com",
        "Total": Decimal("500.00"),
        "ShippingAmount": Decimal("12.50"),
        "Lines": [
            {"Id": f"L{number}", "Sku": f"SKU{number}", "Qty": 2, "UnitPrice": Decimal("5.00"), "ExtendedPrice": 10}
            for number in range(lines)
        ],
        "Addresses": [
            {"FirstName": "Ann", "LastName": "Bell", "Address1": "1 A St", "City": "NY", "PostalCode": "10001"}
        ],
        "Payments": [{"Id": "77", "Amount": Decimal("500.00")}],
        "Taxes": [{"Amount": Decimal("40.00"), "TaxPercent": 8}],
    }


def answer(look_up: LookUp) -> LookedUp:
    """Answer every question at once: it is the mapping that is measured, not a ledger."""
    return LookedUp((look_up.argument or "FIRST",))


def amount(value: Any) -> Decimal:
    """Give an amount in cents."""
    return Decimal(value).quantize(CENT)


def by_hand(order: dict[str, Any]) -> str:
    """Map the order as a script written for this very collection would, by the same rules."""
    assert order["Type"] == "Order"
    customer = answer(LookUp("externalId", f"Customer/{order['CustomerId']}")).values[0]
    return canonical_json({
        "ActionType": "Order",
        "CustomerId": customer,
        "FinancialTerms": "30D",
        "OrderNbr": order["TransactionNumber"],
        "OrderTotal": amount(order["Total"]),
        "Hold": False,
        "CustomerTaxZone": "FIRST",
        "PremiumFreightValue": amount(order["ShippingAmount"]),
        "Description": f"{order['EmailAddress']} placed order",
        "Lines": lines_by_hand(order),
        "Addresses": addresses_by_hand(order),
        "Payments": [
            {"PaymentAmount": amount(each["Amount"]), "PaymentMethod": "ONLINE", "PaymentRef": f"iPaaS.com {each[ID]}"}
            for each in order["Payments"]
        ],
        "Taxes": [
            {"TaxID": "FIRST", "TaxAmount": amount(each["Amount"]), "TaxRate": Decimal(each["TaxPercent"])}
            for each in order["Taxes"]
        ],
    })  # fmt: skip


def lines_by_hand(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Map the lines; each item stands in one of them and is known to the ledger."""
    lines, seen = [], set()
    for line in order["Lines"]:
        sku = line["Sku"].strip()
        assert sku.casefold() not in seen
        seen.add(sku.casefold())
        assert line["Qty"] > 0
        answer(LookUp("stockItemExists", sku))
        price, extended = Decimal(line["UnitPrice"]), amount(line["ExtendedPrice"])
        lines.append(
            {
                "SourceId": line["Id"],
                "InventoryID": sku,
                "OrderQty": Decimal(line["Qty"]),
                "UnitPrice": price,
                "DiscountedUnitPrice": price,
                "ExtendedPrice": extended,
                "Amount": extended,
                "ManualPrice": True,
            }
        )
    return lines


def addresses_by_hand(order: dict[str, Any]) -> list[dict[str, Any]]:
    """Map the addresses, each for billing and shipping."""
    return [
        {name: address[name] for name in ("FirstName", "LastName", "Address1", "City")}
        | {"ZipCode": address["PostalCode"] if DIGITS.fullmatch(address["PostalCode"]) else None}
        | {"Email": order["EmailAddress"], "IsBillToAddress": True, "IsShipToAddress": True}
        for address in order["Addresses"]
    ]


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """Give the median time of one call, in milliseconds."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def event_of(order: dict[str, Any]) -> ApprovalEvent:
    """Give the approval of `order`."""
    return ApprovalEvent(
        event_id=EventId("e"),
        source="ipaas",
        kind=EventKind.SALES_ORDER,
        tenant=TenantId("acme"),
        version=SourceVersion(datetime(2026, 3, 2, tzinfo=UTC), 1),
        currency="USD",
        entity=order,
        text="",
    )


def route_of(mapping: DocumentMapping) -> Route:
    """Give a route that maps by the collection."""
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


class Delivery:
    """The two passes of an order: intake drafts the document, deliver completes it with what the ledger answers."""

    def __init__(self, event: ApprovalEvent, mapping: DocumentMapping, formulas: Formulas) -> None:
        self._event, self._mapping, self._formulas = event, mapping, formulas
        self._route = route_of(mapping)

    def draft(self) -> LedgerDocument:
        """Do the first pass."""
        drafted = draft_document(self._event, self._route, self._mapping, self._formulas)
        assert isinstance(drafted, LedgerDocument), drafted
        return drafted

    def complete(self, drafted: LedgerDocument) -> object:
        """Do the second pass."""
        mapper = CollectionMapper(self._formulas, answer, lambda asked: {each: answer(each) for each in asked})
        return complete_document(drafted, self._event, self._mapping, mapper)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    started = time.perf_counter()
    order = order_of(arguments.lines)
    delivery = Delivery(event_of(order), shipped("acumatica-sales-order"), RuleEngineFormulas())
    drafted = delivery.draft()
    first_ms = (time.perf_counter() - started) * 1000
    draft_ms = median_ms(delivery.draft, arguments.rounds)
    complete_ms = median_ms(lambda: delivery.complete(drafted), arguments.rounds)
    hand_ms = median_ms(lambda: by_hand(order), arguments.rounds)
    print(json.dumps({
        "lines": arguments.lines,
        "firstOrderMs": round(first_ms, 1),
        "draftMs": round(draft_ms, 2),
        "documentMs": round(complete_ms, 2),
        "byHandMs": round(hand_ms, 2),
        "ratioOfDocument": round(complete_ms / hand_ms, 1),
        "ratioOfBoth": round((draft_ms + complete_ms) / hand_ms, 1),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
