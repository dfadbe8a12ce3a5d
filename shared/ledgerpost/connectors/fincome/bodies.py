"""A row as Fincome's JSON. Source: seed 001, "Technical mapping"; fincome sheet, section 1 for customers and invoices.

The one place where Fincome's field names stand: `original_id` of the seed is `id` on the wire, and so is
`custom_axis_field.reference` the `reference` among the custom properties. Names that no public page shows are those of
the seed. A field without a value is null, not left out, so that what is gone in the source goes in Fincome too.
"""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerpost.domain.extract.rows import (
    CreditNoteRow,
    CustomerRow,
    InvoiceRow,
    Line,
    PriceRow,
    ProductRow,
    SubscriptionRow,
    Sums,
    TargetRow,
)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def body_of(row: TargetRow) -> bytes:
    """Give the body of create-or-update, as UTF-8; amounts are decimal text, so that no reader makes floats of them."""
    return _encode(document_of(row)).encode("utf-8", errors="replace")


def path_of(row: TargetRow) -> str:
    """Give the name of the path, among the options' `paths`, that rows of this kind are written to."""
    match row:
        case CustomerRow():
            return "customers"
        case ProductRow():
            return "products"
        case PriceRow():
            return "prices"
        case SubscriptionRow():
            return "subscriptions"
        case InvoiceRow():
            return "invoices"
        case CreditNoteRow():
            return "creditNotes"


def document_of(row: TargetRow) -> dict[str, Any]:
    """Give the body as plain values."""
    match row:
        case CustomerRow():
            return {
                "id": row.original_id,
                "name": row.name,
                "email": row.email,
                "country": row.country,
                "zip_code": row.zip_code,
                "custom_properties": {"reference": row.reference},
            }
        case ProductRow():
            return {"id": row.original_id, "name": row.name}
        case PriceRow():
            return {
                "id": row.original_id,
                "product_id": row.product_id,
                "name": row.name,
                "amount": _text(row.amount),
                "currency_code": row.currency_code,
            }
        case SubscriptionRow():
            return _subscription(row)
        case InvoiceRow():
            return _invoice(row)
        case CreditNoteRow():
            return _credit_note(row)


def _subscription(row: SubscriptionRow) -> dict[str, Any]:
    return {
        "id": row.original_id,
        "customer_id": row.customer_id,
        "price_id": row.price_id,
        "subscription_set_id": row.subscription_set_id,
        "currency_code": row.currency_code,
        "status": row.status,
        "subscription_start_date": row.subscription_start_date,
        "canceled_at": row.canceled_at,
        "effective_cancellation_date": row.effective_cancellation_date,
        "deal_closed_date": row.deal_closed_date,
        "monthly_amount": _text(row.monthly_amount),
    }


def _invoice(row: InvoiceRow) -> dict[str, Any]:
    return {
        "id": row.original_id,
        "customer_id": row.customer_id,
        "subscription_id": row.subscription_id,
        "date": row.date.isoformat(),
        "invoice_number": row.invoice_number,
        "status": row.status,
        **_sums(row.sums, "amount_excluding_tax"),
        "lines": [_line(line, "amount_excluding_tax_after_discount") for line in row.lines],
    }


def _credit_note(row: CreditNoteRow) -> dict[str, Any]:
    return {
        "id": row.original_id,
        "credit_note_id": row.original_id,
        "invoice_id": row.invoice_id,
        "customer_id": row.customer_id,
        "date": row.date.isoformat(),
        "invoice_number": row.invoice_number,
        **_sums(row.sums, "amount"),
        "discount_amount": "0",
        "lines": [_line(line, "amount") for line in row.lines],
    }


def _sums(sums: Sums, amount_key: str) -> dict[str, Any]:
    return {
        "currency_code": sums.currency_code,
        amount_key: _text(sums.amount),
        "tax_amount": _text(sums.tax_amount),
        "base_currency_code": sums.base_currency,
        f"base_{amount_key}": _text(sums.base_amount),
        "base_tax_amount": _text(sums.base_tax_amount),
        "exchange_rate": _text(sums.rate),
        "exchange_rate_date": _day(sums.rate_day),
    }


def _line(line: Line, amount_key: str) -> dict[str, Any]:
    return {
        "id": line.original_id,
        "price_id": line.price_id,
        "description": line.description,
        "quantity": _text(line.quantity),
        "currency_code": line.currency_code,
        amount_key: _text(line.amount),
        "discount_amount": _text(line.discount_amount),
        "tax_amount": _text(line.tax_amount),
        f"base_{amount_key}": _text(line.base_amount),
        "base_tax_amount": _text(line.base_tax_amount),
        "period_start": line.period_start,
        "period_end": line.period_end,
    }


def _text(number: Decimal) -> str:
    return f"{number:f}"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
