"""Real invoice lines as approved sales orders: one per invoice, and what the file itself says must become of each.

The data set has neither tax nor addresses. Prices are taken as they stand; the tax of an order is put on top here, by
the source, at the standard rate of its country, and the site of the demo computes it again by its own tax zones.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from pathlib import Path

from ledgerpost.cli.retail_orders import CURRENCY, TAX_RATES, local_time, rows_of
from ledgerpost.wire.event_file import EventEntry

EXPORT = "EXPORT"
"""The zone of a country without a rate."""

_PENNY = Decimal("0.01")
_ARRIVES = ""


@dataclass(frozen=True, slots=True)
class RetailSalesOrder:
    """An invoice as an order. `end` is the code that it must be stopped with; blank where it must reach the ledger."""

    entry: EventEntry
    invoice: str
    customer: str
    lines: int
    skus: frozenset[str]
    total: Decimal
    end: str


@dataclass(slots=True)
class RetailWeek:
    """The file's orders, and what of it is no order. Source: seed 004, "Test Scenarios", quantity of zero or less."""

    orders: list[RetailSalesOrder] = field(default_factory=list)
    cancelled: int = 0
    lines_without_quantity: int = 0
    without_lines: int = 0

    @property
    def arriving(self) -> list[RetailSalesOrder]:
        """The orders that must reach the ledger."""
        return [order for order in self.orders if order.end == _ARRIVES]

    def stopped(self) -> dict[str, int]:
        """How many orders must be stopped, by code."""
        return dict(sorted(Counter(order.end for order in self.orders if order.end != _ARRIVES).items()))

    def left_out(self) -> dict[str, int]:
        """What was left out of the file, counted."""
        return {
            "cancelledInvoices": self.cancelled,
            "linesWithoutQuantity": self.lines_without_quantity,
            "invoicesWithoutLines": self.without_lines,
        }


def zone_of(country: str) -> str:
    """Give the tax zone of a country; an Acumatica tax zone has at most ten characters."""
    return country.upper()[:10] if country in TAX_RATES else EXPORT


def retail_week(path: Path, tenant: str, count: int | None = None) -> RetailWeek:
    """Give the file's first `count` orders, in its order. Raises UsageError for another file.

    Cancellations (C…) are left out, and lines whose quantity is zero or less.
    """
    week = RetailWeek()
    for number, (invoice, rows) in enumerate(groupby(rows_of(path), key=lambda row: row["InvoiceNo"]), 1):
        if count is not None and len(week.orders) >= count:
            break
        if invoice.upper().startswith("C"):
            week.cancelled += 1
            continue
        all_rows = list(rows)
        sold = [row for row in all_rows if Decimal(row["Quantity"]) > 0]
        week.lines_without_quantity += len(all_rows) - len(sold)
        if sold:
            week.orders.append(_order_of(invoice, sold, tenant, number))
        else:
            week.without_lines += 1
    return week


def _order_of(invoice: str, rows: Sequence[dict[str, str]], tenant: str, number: int) -> RetailSalesOrder:
    net = sum((_extended(row) for row in rows), Decimal(0))
    rate = TAX_RATES.get(rows[0]["Country"], Decimal(0))
    tax = (net * rate / 100).quantize(_PENNY, rounding=ROUND_HALF_UP)
    total, customer = net + tax, rows[0]["CustomerID"]
    skus = frozenset(row["StockCode"] for row in rows)
    return RetailSalesOrder(
        entry=_entry_of(invoice, rows, total, tax, tenant=tenant, number=number),
        invoice=invoice,
        customer=customer,
        lines=len(rows),
        skus=skus,
        total=total,
        end=_end_of(rows, total),
    )


def _end_of(rows: Sequence[dict[str, str]], total: Decimal) -> str:
    """Say what must stop the order, from the file alone. Source: seed 004, "System Caveats"."""
    if len({row["StockCode"].casefold() for row in rows}) < len(rows):
        return "duplicate_skus"
    if not rows[0]["CustomerID"]:
        return "customer_unresolved"
    return _ARRIVES if total else "zero_amount"


def _entry_of(
    invoice: str, rows: Sequence[dict[str, str]], total: Decimal, tax: Decimal, *, tenant: str, number: int
) -> EventEntry:
    local, customer, country = local_time(rows[0]), rows[0]["CustomerID"], rows[0]["Country"]
    approved_at = local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    zone = zone_of(country)
    taxes = [{"TaxCode": zone, "Amount": f"{tax:f}", "TaxPercent": f"{TAX_RATES[country]:f}"}] if tax else []
    entity = {
        "Id": invoice,
        "Type": "Order",
        "TransactionNumber": invoice,
        "Date": local.date().isoformat(),
        "CustomerId": customer or None,
        "EmailAddress": f"customer-{customer}@shop.example" if customer else None,
        "Total": f"{total:f}",
        "ShippingAmount": None,
        "TaxZone": zone,
        "CustomFields": [],
        "Lines": list(_lines(invoice, rows)),
        "Addresses": [],
        "Payments": [],
        "Taxes": taxes,
        "TrackingNumbers": [],
    }
    detail = {
        "schemaVersion": "1",
        "tenantId": tenant,
        "revision": 1,
        "approvedAt": approved_at,
        "currency": CURRENCY,
        "entity": entity,
    }
    return EventEntry(
        line=number, source="ipaas", detail_type="SalesOrderApproved", time=approved_at, detail=json.dumps(detail)
    )


def _lines(invoice: str, rows: Sequence[dict[str, str]]) -> Iterator[dict[str, str]]:
    for position, row in enumerate(rows, 1):
        yield {
            "Id": f"{invoice}-{position}",
            "Sku": row["StockCode"],
            "Qty": row["Quantity"],
            "UnitPrice": row["UnitPrice"],
            "ExtendedPrice": f"{_extended(row):f}",
        }


def _extended(row: dict[str, str]) -> Decimal:
    return Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
