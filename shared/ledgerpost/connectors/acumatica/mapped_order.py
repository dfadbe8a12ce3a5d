"""A mapped sales order as the connector takes it, checked before anything is sent.

Source: docs/mapping-collections.md (the document tree); seed 004, "System Caveats" and "Error Handling".
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerpost.connectors.acumatica.fields import OrderRefusedError
from ledgerpost.domain.document import DocumentForm, LedgerDocument
from ledgerpost.domain.money import MoneyError, parse_amount
from ledgerpost.domain.orders.matching import same_sku

SALES_ORDER = DocumentForm("acumatica.SalesOrder")
REFERENCE_LENGTH_MAX = 40
"""What ExternalRef and CustomerOrder hold. Ours, after the product's own columns; the sheet names no limit."""

DIGEST_LENGTH = 12

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedOrder:
    """The parts of the document. `reference` is as the ledger holds it; `source_id` is blank where there is none."""

    reference: str
    source_id: str
    day: date
    header: Fields
    lines: tuple[Fields, ...]
    addresses: tuple[Fields, ...]
    payments: tuple[Fields, ...]
    taxes: tuple[Fields, ...]
    tracking: tuple[Fields, ...]
    customer: Fields | None
    skipped: bool = False
    """Whether lines were left out: the ledger's total is then below the source's, as reconciliation shows."""

    @property
    def asserts_taxes(self) -> bool:
        """Say whether the order's taxes stand as sent; else Acumatica computes its own. Source: seed 004."""
        return self.header.get("IsTaxValid") in (True, "true")

    def for_customer(self, customer_id: str) -> "MappedOrder":
        """Give the order with the customer that was transferred for it."""
        tracking = tuple({"CustomerID": customer_id, **number} for number in self.tracking)
        return replace(self, header={**self.header, "CustomerId": customer_id}, tracking=tracking, customer=None)

    def link_of(self, line: Fields) -> str:
        """Give the link of a line, `TransactionId|TransactionLineId`; blank where the source has no ids."""
        line_id = line.get("SourceId")
        return short_reference(f"{self.source_id}|{line_id}") if self.source_id and line_id else ""

    def personal_values(self) -> tuple[str, ...]:
        """Give the values that an answer of the ledger is not to show: names, addresses, e-mail."""
        places = [*self.addresses, *([self.customer] if self.customer else [])]
        hidden = ("FirstName", "LastName", "Email", "Address1", "Address2", "Phone")
        values = [str(place[name]) for place in places for name in hidden if place.get(name)]
        return tuple(value for value in [*values, str(self.header.get("Description") or "")] if len(value) >= 4)


_LISTS = ("Lines", "Addresses", "Payments", "Taxes", "TrackingNumbers", "Prerequisites", "SkippedLines")


def mapped_order(document: LedgerDocument) -> MappedOrder:
    """Read and check the document, before anything is sent. Raises OrderRefusedError for what Acumatica cannot take."""
    content = document.content()
    if not isinstance(content, dict):
        raise OrderRefusedError("mapped_value_type", "The document is no object.")
    if content.get("ActionType", "Order") != "Order":
        raise OrderRefusedError("document_unsupported", "Only a transaction of the type Order becomes a sales order.")
    lists = {name: _objects(content, name) for name in _LISTS}
    _check_lines(lists["Lines"])
    header = {name: value for name, value in content.items() if name not in (*_LISTS, "SourceId", "ActionType")}
    return MappedOrder(
        reference=short_reference(document.reference),
        source_id=_text(content.get("SourceId")),
        day=document.day,
        header={"CurrencyID": document.money.currency, **header},
        lines=lists["Lines"],
        addresses=lists["Addresses"],
        payments=lists["Payments"],
        taxes=lists["Taxes"],
        tracking=lists["TrackingNumbers"],
        customer=_customer_of(lists["Prerequisites"]),
        skipped=bool(lists["SkippedLines"]),
    )


def short_reference(reference: str) -> str:
    """Give a reference as the ledger's fields hold it: one of more than 40 characters ends in a digest of the whole."""
    if len(reference) <= REFERENCE_LENGTH_MAX:
        return reference
    digest = hashlib.sha256(reference.encode("utf-8", "replace")).hexdigest()[:DIGEST_LENGTH]
    return f"{reference[: REFERENCE_LENGTH_MAX - DIGEST_LENGTH - 1]}~{digest}"


def _check_lines(lines: tuple[Fields, ...]) -> None:
    """The mapping has looked at this as well; what is posted by another way is no less an order."""
    if not lines:
        raise OrderRefusedError("order_without_lines", "The order has no line of a stock item.")
    twice = [sku for sku, number in Counter(same_sku(line.get("InventoryID")) for line in lines).items() if number > 1]
    if twice:
        raise OrderRefusedError("duplicate_skus", f"The SKU {twice[0]} is on more than one line.")
    for line in lines:
        if quantity_of(line) <= 0:
            sentence = f"The quantity of the line {line.get('InventoryID')} is not greater than zero."
            raise OrderRefusedError("quantity_not_positive", sentence)


def quantity_of(line: Fields) -> Decimal:
    """Give a line's quantity; zero for what is none."""
    try:
        return parse_amount(line.get("OrderQty"))
    except MoneyError:
        return Decimal(0)


def _customer_of(prerequisites: tuple[Fields, ...]) -> Fields | None:
    unknown = [_text(each.get("Kind")) for each in prerequisites if each.get("Kind") != "Customer"]
    if unknown or len(prerequisites) > 1:
        raise OrderRefusedError("document_unsupported", "An order may wait for one customer and for nothing else.")
    return prerequisites[0] if prerequisites else None


def _objects(content: Fields, name: str) -> tuple[Fields, ...]:
    items = content.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise OrderRefusedError("mapped_value_type", f"{name} is no list of objects.")
    return tuple(items)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
