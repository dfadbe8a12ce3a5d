"""Lists and single resources of API v1, for readers and fixtures of that shape. Source: pennylane sheet, section 8.

Read only: v1 is deprecated, and Ledgerpost writes v2. A page past the end is an empty list, not an error.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from ledgerpost.simulators.pennylane.books import Books, Row
from ledgerpost.simulators.pennylane.exchange import bad_request, json_answer
from ledgerpost.simulators.pennylane.listing import filtered
from ledgerpost.simulators.serving.exchange import Answer

API_PATH: Final = "/api/external/v1"
PER_PAGE_DEFAULT: Final = 20

COLLECTIONS: Final = {
    "customer_invoices": ("customer_invoices", "invoices", "invoice"),
    "customers": ("customers", "customers", "customer"),
    "products": ("products", "products", "product"),
    "suppliers": ("suppliers", "suppliers", "supplier"),
    "categories": ("categories", "categories", "category"),
    "category_groups": ("category_groups", "category_groups", "category_group"),
    "billing_subscriptions": ("billing_subscriptions", "billing_subscriptions", "billing_subscription"),
    "customer_estimates": ("quotes", "estimates", "estimate"),
}
"""Path → collection of the books, root key of a list, root key of one."""


def listed(books: Books, path_name: str, query: Mapping[str, str]) -> Answer:
    """One page of a list, with its totals."""
    collection, root, _ = COLLECTIONS[path_name]
    page, per_page = _number(query, "page", 1), _number(query, "per_page", PER_PAGE_DEFAULT)
    rows = sorted(filtered(books.rows(collection), query.get("filter"), collection), key=lambda row: -row["id"])
    if collection == "customer_invoices":
        rows = [row for row in rows if row["credited_invoice"] is None]
    taken = rows[(page - 1) * per_page : page * per_page]
    return json_answer(
        {
            "total_pages": math.ceil(len(rows) / per_page),
            "current_page": page,
            f"total_{root}": len(rows),
            root: [_with_credit_notes(books, collection, row) for row in taken],
        }
    )


def single(books: Books, path_name: str, source_id: str) -> Answer:
    """One resource under its root key; 404 `{"error": "Not found"}`."""
    collection, _, root = COLLECTIONS[path_name]
    for row in books.rows(collection):
        if source_id in (row_source_id(row), str(row["id"])):
            return json_answer({root: SHAPES[collection](books, row)})
    return json_answer({"error": "Not found"}, 404)


def row_source_id(row: Row) -> str:
    """What v1 calls source_id."""
    return str(row.get("external_reference") or row["id"])


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise bad_request(f"{name} has to be a positive number")
    return int(text)


def _with_credit_notes(books: Books, collection: str, row: Row) -> Row:
    """A list's row; an invoice has its credit notes there, and there alone."""
    shape = SHAPES[collection](books, row)
    if collection == "customer_invoices":
        notes = [
            each for each in books.rows(collection)
            if each["credited_invoice"] is not None and each["credited_invoice"]["id"] == row["id"]
        ]  # fmt: skip
        shape["credit_notes"] = [_invoice(books, each) for each in notes]
    return shape


def _customer(_: Books, row: Row) -> Row:
    return {
        "source_id": row_source_id(row), "customer_type": row["customer_type"], "name": row["name"],
        "first_name": row.get("first_name"), "last_name": row.get("last_name"), "reference": row["reference"],
        "emails": row["emails"], "phone": row["phone"], "notes": row["notes"], "vat_number": row["vat_number"],
        "reg_no": row["reg_no"], "payment_conditions": row["payment_conditions"], "recipient": row["recipient"],
        "billing_iban": row["billing_iban"], "billing_address": row["billing_address"],
        "delivery_address": row["delivery_address"],
        "plan_item": {
            "number": row["ledger_account"]["number"], "label": row["name"], "enabled": True, "vat_rate": None,
            "country_alpha2": None, "description": "",
        },
        "mandates": [], "updated_at": row["updated_at"],
    }  # fmt: skip


def _product(_: Books, row: Row) -> Row:
    keys = ("label", "description", "unit", "price_before_tax", "price", "vat_rate", "currency", "reference")
    return {"source_id": row_source_id(row)} | {key: row[key] for key in (*keys, "created_at", "updated_at")}


def _supplier(_: Books, row: Row) -> Row:
    return {
        "source_id": row_source_id(row), "name": row["name"], "reg_no": row["reg_no"], "emails": row["emails"],
        "iban": row["iban"], "vat_number": row["vat_number"], "address": row["postal_address"],
        "plan_item": {"number": row["ledger_account"]["number"]}, "updated_at": row["updated_at"],
    }  # fmt: skip


def _category(_: Books, row: Row) -> Row:
    return {
        "id": row["id"], "source_id": row_source_id(row), "label": row["label"], "direction": row["direction"],
        "group_source_id": str(row["category_group"]["id"]), "group_label": row["category_group"]["label"],
        "is_editable": True, "created_at": row["created_at"], "updated_at": row["updated_at"],
    }  # fmt: skip


def _group(_: Books, row: Row) -> Row:
    return {"source_id": str(row["id"]), "label": row["label"]}


def _header(books: Books, collection: str, row: Row) -> Row:
    customer = books.tables["customers"].get(row["customer"]["id"])
    return {
        "id": str(row["id"]), "external_id": row["external_reference"], "label": row["label"],
        "status": row["status"], "date": row["date"], "deadline": row["deadline"], "currency": row["currency"],
        "amount": row["amount"], "currency_amount": row["currency_amount"],
        "currency_amount_before_tax": row["currency_amount_before_tax"], "currency_tax": row["currency_tax"],
        "exchange_rate": Decimal(row["exchange_rate"]), "discount": row["discount"]["value"],
        "discount_type": row["discount"]["type"], "language": row["language"],
        "special_mention": row["special_mention"], "filename": row["filename"], "file_url": row["public_file_url"],
        "imputation_dates": None, "customer": _customer(books, customer) if customer else None,
        "line_items": [
            _line(books, line) for line in books.children(collection, row["id"], "invoice_lines")
        ],
        "updated_at": row["updated_at"],
    }  # fmt: skip


def _invoice(books: Books, row: Row) -> Row:
    return _header(books, "customer_invoices", row) | {
        "invoice_number": row["invoice_number"] or "", "is_draft": row["draft"], "paid": row["paid"],
        "fully_paid_at": row["updated_at"] if row["paid"] else None,
        "remaining_amount": row["remaining_amount_with_tax"], "quote_group_uuid": f"group-{row['id']}",
        "source": "api", "public_url": row["public_file_url"],
        "payments": books.children("customer_invoices", row["id"], "payments"), "matched_transactions": [],
        "transactions_reference": row["transaction_reference"],
        "categories": books.children("customer_invoices", row["id"], "categories"),
    }  # fmt: skip


def _estimate(books: Books, row: Row) -> Row:
    return _header(books, "quotes", row) | {"estimate_number": row["quote_number"]}


def _line(books: Books, line: Row) -> Row:
    product = books.tables["products"].get(line["product"]["id"]) if line["product"] else None
    dates = line["imputation_dates"]
    return {
        "id": line["id"], "label": line["label"], "unit": line["unit"], "quantity": line["quantity"],
        "amount": line["amount"], "currency_amount": line["currency_amount"], "description": line["description"],
        "vat_rate": line["vat_rate"], "currency_price_before_tax": line["currency_amount_before_tax"],
        "currency_tax": line["currency_tax"], "raw_currency_unit_price": line["raw_currency_unit_price"],
        "discount_type": line["discount"]["type"], "discount": line["discount"]["value"],
        "section_rank": line["section_rank"], "product_id": row_source_id(product) if product else None,
        "period_start": dates["start_date"] if dates else None, "period_end": dates["end_date"] if dates else None,
    }  # fmt: skip


def _subscription(books: Books, row: Row) -> Row:
    customer = books.tables["customers"].get(row["customer"]["id"])
    data = row["customer_invoice_data"]
    keys = (
        "start", "finish", "activated_at", "stopped_at", "next_occurrence", "prev_occurrence", "status",
        "payment_method", "email_settings", "recurring_rule",
    )  # fmt: skip
    lines = books.children("billing_subscriptions", row["id"], "invoice_lines")
    return {key: row[key] for key in keys} | {
        "id": str(row["id"]), "mode": row["mode"]["type"], "customer": _customer(books, customer) if customer else None,
        "invoice_template": data | {
            "line_items": [_line(books, line) | {"subscription_set_id": str(row["id"])} for line in lines]
        },
    }  # fmt: skip


SHAPES: Final[Mapping[str, Callable[[Books, Row], Row]]] = {
    "customer_invoices": _invoice,
    "customers": _customer,
    "products": _product,
    "suppliers": _supplier,
    "categories": _category,
    "category_groups": _group,
    "billing_subscriptions": _subscription,
    "quotes": _estimate,
}
