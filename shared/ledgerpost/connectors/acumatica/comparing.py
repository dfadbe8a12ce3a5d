"""What an order holds against what was asked for. Source: acumatica.md, sections 5, 7 and 11.

Acumatica drops unknown fields without a word and computes its own totals, so an order is read back and compared: every
sent field, the number of lines, and the total net of taxes; with asserted taxes (IsTaxValid) the taxes as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledgerpost.connectors.acumatica.wire import Record, number_of, rows_of, text_of, value_of
from ledgerpost.domain.money import MoneyError, parse_amount

_KEYS = frozenset(
    {"CustomerID", "CurrencyID", "InventoryID", "Terms", "CustomerTaxZone", "TaxID", "PaymentMethod", "WarehouseID",
     "UOM", "OrderType", "LocationID", "Branch", "CashAccount"}
)  # fmt: skip
"""Ids, which some sites give back in capitals. Source: acumatica.md, section 7."""

_DATES = frozenset({"Date", "RequestedOn", "ApplicationDate", "ShipmentDate"})
_COMPUTED = frozenset({"OrderTotal", "OrderNbr", "Amount"})
"""Acumatica's own, whatever was sent."""

_COMPUTED_TAX = frozenset({"TaxAmount", "TaxRate", "TaxableAmount"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How an order is compared.

    `asserts_taxes`: its taxes are the source's. `total`: no line was left out, so the total has to be the source's as
    well. `hold`: right after a write, but not later, when a person may have set it.
    """

    asserts_taxes: bool
    total: bool
    hold: bool


def differences(body: Mapping[str, Any], record: Record, comparison: Comparison) -> tuple[str, ...]:
    """Give the fields in which `record` is not what `body`, a new order's, asks for; empty where it agrees.

    Raises ValueError for a record that cannot be read.
    """
    asserted = comparison.asserts_taxes
    parts = {name: part for name, part in body.items() if name not in ("Details", "Payments", "TaxDetails")}
    if not comparison.hold:
        parts.pop("Hold", None)
    found = list(_different(parts, record, ""))
    found += _different_lines(body.get("Details", []), rows_of(record, "Details"))
    found += _different_payments(body.get("Payments", []), rows_of(record, "Payments"))
    found += _different_taxes(body.get("TaxDetails", []), rows_of(record, "TaxDetails"), asserted=asserted)
    found += _different_total(body, record, asserted=asserted) if comparison.total else ()
    return tuple(dict.fromkeys(found))


def matched_payments(payments: Sequence[Mapping[str, Any]], rows: Sequence[Record]) -> list[Record | None]:
    """Give the row of each payment, by its reference; one without a reference by method and amount. Each row once."""
    left = list(rows)
    found: list[Record | None] = []
    for payment in payments:
        row = next((row for row in left if _is_payment(payment, row)), None)
        if row is not None:
            left.remove(row)
        found.append(row)
    return found


def _is_payment(payment: Mapping[str, Any], row: Record) -> bool:
    reference = text_of(payment, "PaymentRef")
    if reference or text_of(row, "PaymentRef"):
        return reference == text_of(row, "PaymentRef")
    identity = {name: payment[name] for name in ("PaymentMethod", "PaymentAmount") if name in payment}
    return agrees(identity, row)


def agrees(body: Mapping[str, Any], record: Record) -> bool:
    """Say whether a row is what `body` asks for."""
    return not any(_different(body, record, ""))


def _different(body: Mapping[str, Any], record: Record, place: str) -> Iterator[str]:
    for name, sent in body.items():
        path = f"{place}.{name}" if place else name
        if name in _COMPUTED:
            continue
        if not isinstance(sent, dict) or "value" not in sent:
            there = record.get(name)
            yield from _different(sent, there if isinstance(there, dict) else {}, path)
        elif not _same(name, sent["value"], value_of(record, name)):
            yield path


def _same(name: str, sent: object, there: object) -> bool:
    if isinstance(sent, bool) or isinstance(there, bool):
        return bool(sent) == bool(there)
    if isinstance(sent, Decimal):
        return _amount(there) == sent
    left, right = str(sent or "").strip(), str(there or "").strip()
    if name in _DATES:
        return left[:10] == right[:10]
    return left.casefold() == right.casefold() if name in _KEYS else left == right


def _amount(value: object) -> Decimal | None:
    try:
        return parse_amount(value) if value is not None else Decimal(0)
    except MoneyError:
        return None


def _different_lines(lines: list[dict[str, Any]], rows: list[Record]) -> Iterator[str]:
    if len(rows) != len(lines):
        yield "the number of lines"
    by_sku = {text_of(row, "InventoryID").casefold(): row for row in rows}
    for line in lines:
        sku = text_of(line, "InventoryID")
        row = by_sku.get(sku.casefold())
        yield from [f"the line {sku}"] if row is None else _different(line, row, f"Details[{sku}]")


def _different_payments(payments: list[dict[str, Any]], rows: list[Record]) -> Iterator[str]:
    for number, (payment, row) in enumerate(zip(payments, matched_payments(payments, rows), strict=True), 1):
        yield from [f"payment {number}"] if row is None else _different(payment, row, f"Payments[{number}]")


def _different_taxes(taxes: list[dict[str, Any]], rows: list[Record], *, asserted: bool) -> Iterator[str]:
    for number, tax in enumerate(taxes, 1):
        compared = {name: sent for name, sent in tax.items() if asserted or name not in _COMPUTED_TAX}
        if number > len(rows):
            yield f"tax {number}"
        else:
            yield from _different(compared, rows[number - 1], f"TaxDetails[{number}]")


def _different_total(body: Mapping[str, Any], record: Record, *, asserted: bool) -> Iterator[str]:
    """Net of taxes the totals have to agree to the cent: taxes may be Acumatica's own."""
    if value_of(body, "OrderTotal") is None:
        return
    sent, there = number_of(body, "OrderTotal"), number_of(record, "OrderTotal")
    if not asserted:
        sent -= sum((number_of(tax, "TaxAmount") for tax in body.get("TaxDetails", [])), Decimal(0))
        there -= number_of(record, "TaxTotal")
    if sent != there:
        yield "OrderTotal"
