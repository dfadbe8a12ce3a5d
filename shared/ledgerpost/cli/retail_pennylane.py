"""Real invoices as Pennylane would hold them: bodies for its simulator's `load`, and what they come to.

Each row of the data set is an invoice of one line; a cancellation (a negative total) is a credit note over the latest
invoice of the same customer, where there is one. The shop's totals count as net, with 20 % tax on top, since the data
set says nothing of tax.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledgerpost.domain.money import parse_amount, quantise

CURRENCY = "GBP"
NOBODY = "walk-in"
"""The customer of invoices that name none."""

BODIES_PER_LOAD = 2000
DAYS_TO_PAY = 30

Load = Callable[[Mapping[str, Sequence[Any]]], dict[str, list[int]]]
"""The simulator's `load`."""


@dataclass(frozen=True, slots=True)
class RetailInvoice:
    """One row of the data set; `net` is in pounds and negative for a cancellation."""

    number: str
    day: date
    customer: str
    is_domestic: bool
    net: Decimal


def retail_invoices(path: Path, until: date = date.max) -> list[RetailInvoice]:
    """Give the rows of the data set up to a day, in the order of days: the file has cancellations at its end.

    Totals are rounded to pence: some carry binary-float noise.
    """
    with path.open(encoding="utf-8", newline="") as file:
        invoices = [_invoice_of(row) for row in csv.DictReader(file)]
    return sorted((each for each in invoices if each.day <= until), key=lambda each: (each.day, each.number))


def _invoice_of(row: Mapping[str, str]) -> RetailInvoice:
    return RetailInvoice(
        number=row["invoice_id"],
        day=datetime.strptime(row["invoice_date"], "%m/%d/%y %H:%M").date(),  # noqa: DTZ007 - a local day
        customer=row["customer_id"].removesuffix(".0") or NOBODY,
        is_domestic=row["domestic_sale"] == "True",
        net=quantise(parse_amount(row["total_price"]), CURRENCY)[0].amount,
    )


def load_retail(invoices: Sequence[RetailInvoice], load: Load) -> int:
    """Load customers, one product, invoices and credit notes, and link the latter; give how many were linked."""
    product = load({"products": [{"label": "Online sale", "price_before_tax": "1.00", "vat_rate": "FR_200"}]})
    (product_id,) = product["products"]
    customers = _customers(invoices, load)
    documents: dict[str, int] = {}
    for start in range(0, len(invoices), BODIES_PER_LOAD):
        part = invoices[start : start + BODIES_PER_LOAD]
        made = load({"customer_invoices": [_body(each, customers, product_id) for each in part]})
        documents |= zip((each.number for each in part), made["customer_invoices"], strict=True)
    links = list(_links(invoices, documents))
    for start in range(0, len(links), BODIES_PER_LOAD):
        by_path: dict[str, list[Any]] = {}
        for invoice_id, note_id in links[start : start + BODIES_PER_LOAD]:
            path = f"customer_invoices/{invoice_id}/link_credit_note"
            by_path.setdefault(path, []).append({"credit_note_id": note_id})
        load(by_path)
    return len(links)


def _customers(invoices: Sequence[RetailInvoice], load: Load) -> dict[str, int]:
    first = {each.customer: each for each in reversed(invoices)}
    names = sorted(first)
    bodies = [
        {
            "name": f"Customer {name}",
            "external_reference": f"retail-{name}",
            # ZZ stands for an unknown country: the data set says only whether a sale was domestic.
            "billing_address": {
                "address": "-",
                "postal_code": "-",
                "city": "-",
                "country_alpha2": "GB" if first[name].is_domestic else "ZZ",
            },
        }
        for name in names
    ]
    return dict(zip(names, load({"company_customers": bodies})["company_customers"], strict=True))


def _body(invoice: RetailInvoice, customers: Mapping[str, int], product_id: int) -> dict[str, Any]:
    return {
        "date": invoice.day.isoformat(),
        "deadline": (invoice.day + timedelta(days=DAYS_TO_PAY)).isoformat(),
        "customer_id": customers[invoice.customer],
        "currency": CURRENCY,
        "invoice_lines": [
            {
                "product_id": product_id,
                "label": invoice.number,
                "quantity": -1 if invoice.net < 0 else 1,
                "unit": "piece",
                "raw_currency_unit_price": f"{abs(invoice.net):f}",
                "vat_rate": "FR_200",
            }
        ],
    }


def _links(invoices: Sequence[RetailInvoice], documents: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Give invoice and credit note by their ids, for each cancellation that follows an invoice of its customer."""
    latest: dict[str, int] = {}
    for each in invoices:
        if each.net >= 0:
            latest[each.customer] = documents[each.number]
        elif each.customer in latest and each.customer != NOBODY:
            yield latest[each.customer], documents[each.number]
