"""The rows that the target is to hold, in the words of seed 001, and the fingerprint of what would be written."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NewType

RowId = NewType("RowId", str)
RowFingerprint = NewType("RowFingerprint", str)


class Entity(StrEnum):
    """What is read from the source, in the order that the target needs: nothing refers to a later one."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"
    SUBSCRIPTIONS = "subscriptions"
    INVOICES = "invoices"
    CREDIT_NOTES = "credit_notes"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer. `country` is ISO 3166 alpha-2; `reference` is the custom axis of that name."""

    original_id: RowId
    name: str
    email: str | None
    country: str | None
    zip_code: str | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product."""

    original_id: RowId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The price of a product, under the product's own id. `amount` excludes tax and is exact, not rounded."""

    original_id: RowId
    product_id: RowId
    name: str
    amount: Decimal
    currency_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """One line of a billing template. `monthly_amount` excludes tax, in minor units of its currency; the days are ISO
    8601 as the source wrote them.
    """

    original_id: RowId
    customer_id: RowId
    price_id: RowId | None
    subscription_set_id: str
    currency_code: str
    status: str
    subscription_start_date: str
    canceled_at: str | None
    effective_cancellation_date: str | None
    deal_closed_date: str | None
    monthly_amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an invoice or of a credit note, in minor units of its currency and of the base currency.

    `amount` excludes tax and is after discount; on a credit note it is negative, as is `tax_amount`.
    """

    original_id: RowId
    price_id: RowId | None
    amount: Decimal
    tax_amount: Decimal
    base_amount: Decimal
    base_tax_amount: Decimal
    description: str
    quantity: Decimal
    currency_code: str
    period_start: str | None
    period_end: str | None
    discount_amount: Decimal = Decimal(0)
    """Always 0: discounts are not imported. Source: seed 001, "Discounted amount"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The sums of the lines of a document, and how they came into the base currency.

    `rate` multiplies an amount into the base currency, shown with eight decimals; the amounts were converted with the
    exact one. `rate_day` is the day that it was published for, None where both currencies are one.
    """

    currency_code: str
    amount: Decimal
    tax_amount: Decimal
    base_currency: str
    base_amount: Decimal
    base_tax_amount: Decimal
    rate: Decimal
    rate_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """An invoice with its lines. `status` is the target's: open, paid or unpaid."""

    original_id: RowId
    customer_id: RowId
    subscription_id: RowId | None
    date: date
    invoice_number: str
    status: str
    sums: Sums
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteRow:
    """A credit note with its lines, every amount reversed. `invoice_id` is None for one that credits no invoice."""

    original_id: RowId
    invoice_id: RowId | None
    customer_id: RowId
    date: date
    invoice_number: str
    sums: Sums
    lines: tuple[Line, ...]


TargetRow = CustomerRow | ProductRow | PriceRow | SubscriptionRow | InvoiceRow | CreditNoteRow

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)


def fingerprint_of(rows: Sequence[TargetRow]) -> RowFingerprint:
    """Give the SHA-256 of what would be written: the same rows, the same fingerprint."""
    content = [[type(row).__name__, asdict(row)] for row in rows]
    return RowFingerprint(hashlib.sha256(_COMPACT.encode(content).encode("utf-8", "surrogatepass")).hexdigest())


def mark_of(*parts: object) -> RowFingerprint:
    """Give the SHA-256 of values of JSON, Decimals among them."""
    return RowFingerprint(hashlib.sha256(_COMPACT.encode(parts).encode("utf-8", "surrogatepass")).hexdigest())
