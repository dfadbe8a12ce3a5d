"""Customers, products with their prices, and subscriptions. Source: seed 001, "Customers" to "Subscriptions"."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ledgerpost.domain.extract.fields import (
    FieldError,
    SourceRow,
    amount_at,
    at,
    currency_at,
    day_text_at,
    first_text_of,
    needed_text_at,
    rows_at,
    text_at,
)
from ledgerpost.domain.extract.results import Held, LeftOut, Mapped, MapResult, Note
from ledgerpost.domain.extract.rows import CustomerRow, PriceRow, ProductRow, RowId, SubscriptionRow
from ledgerpost.domain.money import quantise

COUNTRY_PATHS: Final = ("country_alpha2", "billing_address.country_alpha2", "delivery_address.country_alpha2")
ZIP_PATHS: Final = ("postal_code", "billing_address.postal_code", "delivery_address.postal_code")
"""The first that is filled counts. Source: seed 001, "Detection via multiple priority fields"."""

_COUNTRY = re.compile(r"[A-Z]{2}")

MONTHS_PER_YEAR = 12
WEEKS_PER_YEAR = 52


def map_customer(row: SourceRow) -> MapResult:
    """Give the customer as a row. Never raises."""
    try:
        country = (first_text_of(row, COUNTRY_PATHS) or "").upper()
        is_country = bool(_COUNTRY.fullmatch(country))
        customer = CustomerRow(
            original_id=RowId(needed_text_at(row, "source_id")),
            name=needed_text_at(row, "name"),
            email=text_at(row, "email"),
            country=country if is_country else None,
            zip_code=first_text_of(row, ZIP_PATHS),
            reference=text_at(row, "reference"),
        )
    except FieldError as error:
        return Held(error.code, str(error))
    if country and not is_country:
        return Mapped((customer,), (Note("extract_country_unreadable", "The country is no code of two letters."),))
    return Mapped((customer,))


def map_product(row: SourceRow) -> MapResult:
    """Give the product and its price, both under the product's id. Never raises."""
    try:
        source_id = RowId(needed_text_at(row, "source_id"))
        name = needed_text_at(row, "label")
        price = PriceRow(
            original_id=source_id,
            product_id=source_id,
            name=name,
            amount=amount_at(row, "price_before_tax"),
            currency_code=currency_at(row, "currency"),
        )
    except FieldError as error:
        return Held(error.code, str(error))
    return Mapped((ProductRow(original_id=source_id, name=name), price))


def map_subscription(row: SourceRow) -> MapResult:
    """Give one row for each line of the billing template. Never raises. A subscription without lines is left out."""
    if row.get("status") == "draft":
        return LeftOut("extract_draft")
    try:
        items = list(rows_at(row, "invoice_template.line_items"))
        rows = tuple(_subscription_line(row, item) for item in items)
    except FieldError as error:
        return Held(error.code, str(error))
    return Mapped(rows, _notes_on(items)) if rows else LeftOut("extract_template_empty")


def _subscription_line(row: SourceRow, item: SourceRow) -> SubscriptionRow:
    if at(row, "customer") is None:
        raise FieldError("customer", "It has none.", "extract_customer_missing")
    customer = text_at(row, "customer.source_id")
    if customer is None:
        raise FieldError("customer", "It was not extracted.", "extract_customer_unknown")
    subscription = needed_text_at(row, "id")
    price = text_at(item, "product_id")
    currency = currency_at(row, "invoice_template.currency")
    return SubscriptionRow(
        original_id=RowId(f"{subscription}-{needed_text_at(item, 'id')}"),
        customer_id=RowId(customer),
        price_id=RowId(price) if price else None,
        subscription_set_id=text_at(item, "subscription_set_id") or subscription,
        currency_code=currency,
        status=needed_text_at(row, "status"),
        subscription_start_date=day_text_at(row, "start") or _missing("start"),
        canceled_at=day_text_at(row, "stopped_at"),
        effective_cancellation_date=day_text_at(row, "finish"),
        deal_closed_date=day_text_at(row, "activated_at"),
        monthly_amount=monthly_amount(amount_at(item, "currency_price_before_tax"), row, currency),
    )


def monthly_amount(net: Decimal, row: SourceRow, currency: str) -> Decimal:
    """Give the amount of an average month: `net` over the months of the billing period, in minor units.

    Weekly counts 52 weeks a year, yearly twelve months; all divided by the rule's interval. The seed lists the field
    and gives it no source: ours. Raises FieldError(extract_rule_unknown) for a rule that is none of these.
    """
    kind = text_at(row, "recurring_rule.rule_type") or text_at(row, "recurring_rule.type")
    interval = (
        amount_at(row, "recurring_rule.interval") if at(row, "recurring_rule.interval") is not None else Decimal(1)
    )
    if interval < 1:
        raise FieldError("recurring_rule.interval", "It is less than 1.", "extract_rule_unknown")
    match kind:
        case "weekly":
            amount = net * WEEKS_PER_YEAR / (MONTHS_PER_YEAR * interval)
        case "monthly":
            amount = net / interval
        case "yearly":
            amount = net / (MONTHS_PER_YEAR * interval)
        case _:
            raise FieldError("recurring_rule", "It is neither weekly, monthly nor yearly.", "extract_rule_unknown")
    return quantise(amount, currency)[0].amount


def _notes_on(items: Sequence[SourceRow]) -> tuple[Note, ...]:
    without = sum(text_at(item, "product_id") is None for item in items)
    return (Note("extract_line_without_product", f"{without} lines name no known product."),) if without else ()


def _missing(path: str) -> str:
    raise FieldError(path, "It is missing.")
