"""From a document of a close to what a ledger is to hold: the whole document, or one entry for a ledger of entries.

The company's configuration says where its documents go, so no rule maps them: the route of that connection and account
takes them as they are. Source: design, section 6 ("close"); the body stands in `docs/grouping.md`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledgerpost.domain.document import DocumentForm, LedgerDocument, Postable, canonical_json
from ledgerpost.domain.entity import Entity
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.mapping import Refusal, Skip
from ledgerpost.domain.money import Money, MoneyError, parse_amount, quantise
from ledgerpost.domain.route import EntryType, Route, is_addressed

ENTRY_FORM = "entry"
"""The form of a document that a ledger of credits and debits takes as one entry."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What a document says of itself beside its body."""

    reference: Reference
    form: str
    day: date
    money: Money
    rounding: Decimal


def map_commerce_document(event: ApprovalEvent, route: Route) -> Postable | Skip | Refusal:
    """Give what the route's ledger is to hold, or why there is nothing. Never raises; the same input, the same answer.

    A document whose total is zero is posted all the same, since its lines may move amounts between tax rates; an entry
    of zero is skipped, as every entry is.
    """
    text = event.entity.get("Id")
    reference = Reference(text) if isinstance(text, str) and text else None
    if reference is None:
        return Skip("no_reference", None)
    if not is_addressed(event, route):
        return Skip("no_matching_route", reference)
    head = _head_of(event.entity, event.currency, reference)
    if isinstance(head, Refusal):
        return head
    if head.form != ENTRY_FORM:
        return _document_of(head, event.entity)
    return _entry_of(head, event.entity) if head.money.amount else Skip("zero_amount", reference)


def _head_of(entity: Entity, currency: str, reference: Reference) -> _Head | Refusal:
    form, day, document = entity.get("Form"), entity.get("Date"), entity.get("Document")
    if not isinstance(form, str) or not isinstance(day, str) or not isinstance(document, dict):
        message = "Form, Date and Document are expected: only Ledgerpost's own closes make documents."
        return Refusal("commerce_malformed", message, reference)
    try:
        money, rounding = quantise(parse_amount(entity.get("Total")), currency)
        return _Head(reference, form, date.fromisoformat(day), money, rounding)
    except MoneyError as error:
        return Refusal(error.code, f"Total: {error}", reference)
    except ValueError:
        return Refusal("entity_date_invalid", "Date is not an ISO 8601 date.", reference)


def _document_of(head: _Head, entity: Entity) -> LedgerDocument:
    return LedgerDocument(
        reference=head.reference,
        form=DocumentForm(head.form),
        money=Money(abs(head.money.amount), head.money.currency),
        day=head.day,
        source_amount=head.money.amount,
        rounding=head.rounding,
        body=canonical_json(entity["Document"]),
    )


def _entry_of(head: _Head, entity: Entity) -> LedgerEntry:
    """What comes in is a credit, as a sale is; what goes out, a refund or a fee, a debit."""
    description = entity["Document"].get("description")
    return LedgerEntry(
        reference=head.reference,
        type=EntryType.CREDIT if head.money.amount > 0 else EntryType.DEBIT,
        money=Money(abs(head.money.amount), head.money.currency),
        day=head.day,
        source_amount=head.money.amount,
        rounding=head.rounding,
        note=description if isinstance(description, str) else None,
    )
