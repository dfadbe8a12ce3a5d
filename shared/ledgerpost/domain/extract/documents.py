"""Invoices and credit notes: their lines, amounts excluding tax and taxes, in both currencies.

Source: seed 001, "Invoices & Lines" and "Credit notes"; fincome sheet, section 2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from ledgerpost.domain.extract.fields import (
    FieldError,
    SourceRow,
    amount_at,
    at,
    currency_at,
    day_at,
    day_text_at,
    needed_text_at,
    rows_at,
    text_at,
)
from ledgerpost.domain.extract.rates import Rate, RateOf
from ledgerpost.domain.extract.results import Held, LeftOut, Mapped, MapResult, Note
from ledgerpost.domain.extract.rows import CreditNoteRow, InvoiceRow, Line, RowId, Sums
from ledgerpost.domain.money import quantise

NOT_SENT: Final = "not sent"
"""In a status map: invoices of this status stay in the source."""

TARGET_STATUSES: Final = ("open", "paid", "unpaid")

DEFAULT_STATUSES: Final[Mapping[str, str]] = {
    "paid": "paid",
    "late": "unpaid",
    "upcoming": "open",
    "partially_paid": "open",
    "partially_cancelled": "open",
    "incomplete": NOT_SENT,
    "cancelled": NOT_SENT,
    "archived": NOT_SENT,
}
"""The status of Pennylane → that of Fincome. Ours: the seed says only that there is one. Source: fincome sheet, 2."""

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractRules:
    """What a tenant decides of the mapping."""

    base_currency: str = "EUR"
    statuses: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_STATUSES))


def map_invoice(row: SourceRow, rules: ExtractRules, rate_of: RateOf) -> MapResult:
    """Give the invoice as a row, or why there is none. Never raises."""
    if _is_draft(row):
        return LeftOut("extract_draft")
    try:
        status = rules.statuses.get(needed_text_at(row, "status"))
        if status is None:
            return Held("extract_status_unmapped", "The status map has no entry for the invoice's status.")
        if status == NOT_SENT:
            return LeftOut("extract_status_not_sent")
        customer = _customer_of(row)
        lines, sums, notes = _content_of(row, rules, rate_of)
        subscription = text_at(row, "subscription_id")
        invoice = InvoiceRow(
            original_id=RowId(needed_text_at(row, "id")),
            customer_id=customer,
            subscription_id=RowId(subscription) if subscription else None,
            date=day_at(row, "date"),
            invoice_number=text_at(row, "invoice_number") or "",
            status=status,
            sums=sums,
            lines=lines,
        )
    except FieldError as error:
        return Held(error.code, str(error))
    return Mapped((invoice,), notes)


def map_credit_note(note: SourceRow, enclosing: SourceRow | None, rules: ExtractRules, rate_of: RateOf) -> MapResult:
    """Give the credit note as a row. `enclosing` is the invoice whose `credit_notes` it stands in; where it is None,
    the note's own `credited_invoice_id` counts. Never raises.

    Every amount is reversed: what the note takes off is negative, whatever sign the source gives it. The sign is judged
    by the whole note, not by the line, so that a line that goes the other way (a fee that is kept) still does.
    """
    if _is_draft(note):
        return LeftOut("extract_draft")
    try:
        customer = _customer_of(note if at(note, "customer") is not None else enclosing or note)
        lines, sums, notes = _content_of(note, rules, rate_of)
        lines, sums = _reversed(lines, sums)
        invoice = text_at(enclosing, "id") if enclosing is not None else text_at(note, "credited_invoice_id")
        row = CreditNoteRow(
            original_id=RowId(needed_text_at(note, "id")),
            invoice_id=RowId(invoice) if invoice else None,
            customer_id=customer,
            date=day_at(note, "date"),
            invoice_number=text_at(note, "invoice_number") or "",
            sums=sums,
            lines=lines,
        )
    except FieldError as error:
        return Held(error.code, str(error))
    if row.invoice_id is None:
        notes = (*notes, Note("extract_credit_note_unattached", "It credits no invoice and is sent without one."))
    return Mapped((row,), notes)


def _is_draft(row: SourceRow) -> bool:
    """Source: seed 001, "Draft invoices (is_draft): not synchronized"."""
    return row.get("is_draft") is True or row.get("status") == "draft"


def _customer_of(row: SourceRow) -> RowId:
    if at(row, "customer") is None:
        raise FieldError("customer", "It has none.", "extract_customer_missing")
    source_id = text_at(row, "customer.source_id")
    if source_id is None:
        raise FieldError("customer", "It was not extracted.", "extract_customer_unknown")
    return RowId(source_id)


def _content_of(
    row: SourceRow, rules: ExtractRules, rate_of: RateOf
) -> tuple[tuple[Line, ...], Sums, tuple[Note, ...]]:
    currency = currency_at(row, "currency")
    day = day_at(row, "date")
    rate = rate_of(currency, rules.base_currency, day)
    if rate is None:
        message = f"There is no rate from {currency} to {rules.base_currency} for {day.isoformat()} yet."
        raise FieldError("currency", message, "extract_rate_missing")
    items = list(rows_at(row, "line_items"))
    lines = tuple(_line_of(item, currency, rules.base_currency, rate) for item in items)
    sums = _sums_of(lines, currency, rules.base_currency, rate)
    return lines, sums, tuple(_notes_on(items, row, sums))


def _line_of(item: SourceRow, currency: str, base: str, rate: Rate) -> Line:
    amount = quantise(amount_at(item, "currency_price_before_tax"), currency)[0].amount
    tax_amount = quantise(amount_at(item, "currency_tax"), currency)[0].amount
    price = text_at(item, "product_id")
    return Line(
        original_id=RowId(needed_text_at(item, "id")),
        price_id=RowId(price) if price else None,
        amount=amount,
        tax_amount=tax_amount,
        base_amount=rate.convert(amount, base),
        base_tax_amount=rate.convert(tax_amount, base),
        description=text_at(item, "label") or "",
        quantity=amount_at(item, "quantity"),
        currency_code=currency,
        period_start=day_text_at(item, "period_start"),
        period_end=day_text_at(item, "period_end"),
        discount_amount=quantise(Decimal(0), currency)[0].amount,
    )


def _sums_of(lines: Sequence[Line], currency: str, base: str, rate: Rate) -> Sums:
    """Give the sums of the lines: each line is rounded once, so that the sum is what a reader of the lines adds up."""
    return Sums(
        currency_code=currency,
        amount=sum((line.amount for line in lines), Decimal(0)),
        tax_amount=sum((line.tax_amount for line in lines), Decimal(0)),
        base_currency=base,
        base_amount=sum((line.base_amount for line in lines), Decimal(0)),
        base_tax_amount=sum((line.base_tax_amount for line in lines), Decimal(0)),
        rate=rate.shown(),
        rate_day=rate.day,
    )


def _notes_on(items: Sequence[SourceRow], row: SourceRow, sums: Sums) -> list[Note]:
    notes = []
    without = sum(text_at(item, "product_id") is None for item in items)
    unknown = sum(text_at(item, "unknown_product_id") is not None for item in items)
    if without > unknown:
        notes.append(Note("extract_line_without_product", f"{without - unknown} lines name no product."))
    if unknown:
        notes.append(Note("extract_product_unknown", f"{unknown} lines name a product that was not extracted."))
    for path, total in (("currency_amount_before_tax", sums.amount), ("currency_tax", sums.tax_amount)):
        # Source: pennylane sheet, section 10: a cent a line is rounding, more is looked at.
        if at(row, path) is not None and abs(amount_at(row, path) - total) > CENT * max(1, len(items)):
            notes.append(Note("extract_sum_differs", f"The lines do not add up to the document's {path}."))
    return notes


def _reversed(lines: tuple[Line, ...], sums: Sums) -> tuple[tuple[Line, ...], Sums]:
    """Give the absolute value, negated: seed 001 reverses the amounts, and the source may have reversed them already.

    Quantities follow, so that amount and quantity give the same unit price as on the invoice.
    """
    measures = (sums.amount, sums.tax_amount, *(line.amount for line in lines), Decimal(0))
    leading = next((measure for measure in measures if measure), Decimal(0))
    if leading <= 0:
        return lines, sums
    turned = tuple(
        replace(
            line,
            amount=-line.amount,
            tax_amount=-line.tax_amount,
            base_amount=-line.base_amount,
            base_tax_amount=-line.base_tax_amount,
            quantity=-line.quantity,
        )
        for line in lines
    )
    turned_sums = replace(
        sums,
        amount=-sums.amount,
        tax_amount=-sums.tax_amount,
        base_amount=-sums.base_amount,
        base_tax_amount=-sums.base_tax_amount,
    )
    return turned, turned_sums
