"""Rows of Pennylane's API v2 in the vocabulary of v1, which the mapping of seed 001 is written in.

Source: pennylane sheet, section 9, "v2→v1-vocabulary adapter". v2 names a customer or product by its integer id; what
v1 called `source_id` is v2's `external_reference`, so the ids that a document refers to are translated by `SourceIds`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledgerpost.domain.extract.fields import SourceRow, at, rows_at, text_at

V1Row = dict[str, Any]

VOLATILE_KEYS = frozenset({"public_file_url", "file_url", "public_url", "url"})
"""Links that the source signs anew at each read; they say nothing of the row. Source: pennylane sheet, section 5.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIds:
    """v2 ids → the ids that the target has them under. `subscriptions` gives the leading row of a subscription;
    `invoices` a blank for one that is not sent by rule.
    """

    customers: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    invoices: Mapping[str, str] = field(default_factory=dict)


def source_id_of(row: SourceRow) -> str | None:
    """Give what v1 calls `source_id`: the external reference, else the id."""
    return text_at(row, "external_reference") or text_at(row, "source_id") or text_at(row, "id")


def referred_id(row: SourceRow, path: str) -> str | None:
    """Give the v2 id that a row refers to at `path`, such as `customer` with `{"id": 17, "url": …}`."""
    return text_at(row, f"{path}.id")


def stable_content(value: object) -> object:
    """Give a row without what changes from read to read though the row does not."""
    if isinstance(value, Mapping):
        return {key: stable_content(item) for key, item in value.items() if key not in VOLATILE_KEYS}
    if isinstance(value, list | tuple):
        return [stable_content(item) for item in value]
    return value


def v1_customer(row: SourceRow) -> V1Row:
    """Give a customer; of its addresses of electronic mail the first, as v1 and v2 have a list of them."""
    emails = row.get("emails")
    first = next((email for email in emails if email), None) if isinstance(emails, list | tuple) else None
    return {**row, "source_id": source_id_of(row), "email": row.get("email") or first, "name": _name_of(row)}


def _name_of(row: SourceRow) -> str | None:
    """Give the name; a private customer may have first and last name alone."""
    parts = (text_at(row, "first_name"), text_at(row, "last_name"))
    return text_at(row, "name") or " ".join(part for part in parts if part) or None


def v1_product(row: SourceRow) -> V1Row:
    """Give a product."""
    return {**row, "source_id": source_id_of(row)}


def v1_line(line: SourceRow, products: Mapping[str, str]) -> V1Row:
    """Give a line of a document or of a billing template. A product that is not known stands under its v2 id in
    `unknown_product_id`, and `product_id` is None.
    """
    product = referred_id(line, "product")
    price = line.get("currency_price_before_tax", line.get("currency_amount_before_tax"))
    return {
        **line,
        "currency_price_before_tax": price,
        "product_id": line.get("product_id") if product is None else products.get(product),
        "unknown_product_id": product if product is not None and product not in products else None,
        "period_start": at(line, "imputation_dates.start_date") or line.get("period_start"),
        "period_end": at(line, "imputation_dates.end_date") or line.get("period_end"),
    }


def v1_invoice(row: SourceRow, lines: Iterable[SourceRow], ids: SourceIds) -> V1Row:
    """Give an invoice, or a credit note, which in v2 is an invoice of that status."""
    subscription = referred_id(row, "billing_subscription")
    return {
        **row,
        "is_draft": bool(row.get("is_draft", row.get("draft", False))),
        "customer": _v1_customer_of(row, ids),
        "line_items": [v1_line(line, ids.products) for line in lines],
        "subscription_id": None if subscription is None else ids.subscriptions.get(subscription),
        "credited_invoice_id": referred_id(row, "credited_invoice"),
    }


def with_credit_notes(invoices: Iterable[SourceRow]) -> list[V1Row]:
    """Give the invoices with their `credit_notes`, as v1 lists them, from rows of `v1_invoice` of both kinds; a credit
    note that credits none of the invoices is left out.
    """
    rows = list(invoices)
    notes: dict[str, list[SourceRow]] = {}
    for row in rows:
        if is_credit_note(row) and row.get("credited_invoice_id"):
            notes.setdefault(row["credited_invoice_id"], []).append(row)
    return [
        {**row, "credit_notes": notes.get(str(row.get("id")), list(rows_at(row, "credit_notes")))}
        for row in rows
        if not is_credit_note(row)
    ]


def is_credit_note(row: SourceRow) -> bool:
    """Say whether a row of the invoices is a credit note. Source: pennylane sheet, section 5.3."""
    return row.get("status") == "credit_note" or referred_id(row, "credited_invoice") is not None


def v1_subscription(row: SourceRow, lines: Iterable[SourceRow], ids: SourceIds) -> V1Row:
    """Give a billing subscription; `customer_invoice_data` is what v1 calls `invoice_template`."""
    template = row.get("invoice_template") or row.get("customer_invoice_data") or {}
    subscription = text_at(row, "id")
    return {
        **row,
        "customer": _v1_customer_of(row, ids),
        "invoice_template": {
            **template,
            "line_items": [
                # v2 has no set: the lines of one subscription are one.
                {"subscription_set_id": subscription, **v1_line(line, ids.products)}
                for line in lines
            ],
        },
    }


def _v1_customer_of(row: SourceRow, ids: SourceIds) -> V1Row | None:
    """Give the customer that a row refers to, with `source_id` None where it is not known."""
    customer = row.get("customer")
    if not isinstance(customer, Mapping):
        return None
    if "source_id" in customer:
        return dict(customer)
    v2_id = text_at(customer, "id")
    return {**customer, "source_id": None if v2_id is None else ids.customers.get(v2_id)}
