"""Entries and documents as Pennylane's bodies, and what Pennylane holds as facts.

Forms of documents, as a mapping writes them:

`pennylane.ledgerEntry`  `{"label", "lines": [{"account": "706000", "debit": "0", "credit": "12.00", "label"?}]}`
`pennylane.invoice`      a body of `POST /customer_invoices` without `date` and `external_reference`, which are the
                         document's day and reference; amounts and quantities as text

A day's journal (`codat.journalEntry`) is a ledger entry too, its accounts by number; the day's invoices stand in
`day_documents`.

Source: pennylane sheet, sections 5.1, 5.2 and 5.10; docs/grouping.md (the neutral document).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import DocumentFact, LedgerFact
from ledgerpost.domain.route import EntryType

LEDGER_ENTRY_FORM: Final = "pennylane.ledgerEntry"
INVOICE_FORM: Final = "pennylane.invoice"
DAY_JOURNAL_FORM: Final = "codat.journalEntry"
ENTRY_FORMS: Final = frozenset({LEDGER_ENTRY_FORM, DAY_JOURNAL_FORM})
"""Documents that are one ledger entry."""

INVOICE_KEYS: Final = frozenset(
    {"deadline", "draft", "customer_id", "currency", "language", "discount", "invoice_line_sections", "invoice_lines",
     "special_mention", "pdf_description", "pdf_invoice_free_text", "pdf_invoice_subject",
     "customer_invoice_template_id", "transaction_reference"}
)  # fmt: skip
"""What the closed schema of an invoice takes beside date and reference. Source: pennylane sheet, section 5.1."""


class FormError(Exception):
    """What was to be posted has no form here; nothing was sent. `code` is of the catalogue."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line of a ledger entry: exactly one of debit and credit is above zero."""

    account: str
    debit: Decimal
    credit: Decimal
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPlan:
    """A balanced ledger entry, its accounts still by number."""

    reference: str
    journal: int
    day: date
    label: str
    currency: str
    lines: tuple[PlannedLine, ...]

    def account_numbers(self) -> tuple[str, ...]:
        """Give each account once."""
        return tuple(dict.fromkeys(line.account for line in self.lines))


def entry_plan(entry: LedgerEntry, account: str, counter_account: str, journal: int) -> EntryPlan:
    """Plan an entry: its side on `account`, the other side on the counter account.

    Raises FormError for tags and custom fields, which a ledger entry of Pennylane has no place for.
    """
    if entry.tag_names or entry.custom_fields:
        raise FormError("pennylane_field_unsupported", "A ledger entry has no tags and no custom fields.")
    zero, amount = Decimal(0), entry.money.amount
    is_credit = entry.type is EntryType.CREDIT
    debit, credit = (zero, amount) if is_credit else (amount, zero)
    return EntryPlan(
        reference=entry.reference,
        journal=journal,
        day=entry.day,
        label=entry.note or entry.reference,
        currency=entry.money.currency,
        lines=(PlannedLine(account, debit, credit), PlannedLine(counter_account, credit, debit)),
    )


def document_plan(document: LedgerDocument, journal: int) -> EntryPlan:
    """Plan a document that is one entry, of `ENTRY_FORMS`. Raises FormError for lines that are none, or unbalanced."""
    content = document.content()
    is_journal = document.form == DAY_JOURNAL_FORM
    try:
        lines = tuple(map(_journal_line if is_journal else _entry_line, content["lines"]))
        label = str(content.get("description" if is_journal else "label") or document.reference)
    except (KeyError, TypeError, AttributeError, InvalidOperation):
        raise FormError("entry_malformed", f"The document has not the form {document.form}.") from None
    if sum((line.debit - line.credit for line in lines), Decimal(0)) or len(lines) < 2:
        raise FormError("entry_malformed", "Debit and credit of the lines do not balance.")
    return EntryPlan(
        reference=document.reference,
        journal=journal,
        day=document.day,
        label=label,
        currency=document.money.currency,
        lines=lines,
    )


def _entry_line(line: Mapping[str, Any]) -> PlannedLine:
    debit, credit = Decimal(line["debit"]), Decimal(line["credit"])
    return PlannedLine(str(line["account"]), debit, credit, str(line.get("label", "")))


def _journal_line(line: Mapping[str, Any]) -> PlannedLine:
    amount, zero = Decimal(line["amount"]), Decimal(0)
    debit, credit = {"debit": (amount, zero), "credit": (zero, amount)}[line["side"]]
    return PlannedLine(str(line["account"]["id"]), debit, credit, str(line["description"]))


def ledger_entry_body(plan: EntryPlan, account_ids: Mapping[str, int]) -> dict[str, Any]:
    """Give the body of `POST /ledger_entries`, amounts as text."""
    return {
        "date": plan.day.isoformat(),
        "label": plan.label,
        "journal_id": plan.journal,
        "currency": plan.currency,
        "piece_number": plan.reference,
        "ledger_entry_lines": [
            {
                "ledger_account_id": account_ids[line.account],
                "debit": f"{line.debit:f}",
                "credit": f"{line.credit:f}",
                "label": line.label or plan.label,
            }
            for line in plan.lines
        ],
    }


def invoice_body(document: LedgerDocument) -> dict[str, Any]:
    """Give the body of `POST /customer_invoices`. Raises FormError for a key that its schema does not know."""
    content = document.content()
    unknown = sorted(content.keys() - INVOICE_KEYS) if isinstance(content, dict) else ["the whole"]
    if unknown:
        raise FormError("entry_malformed", f"An invoice of Pennylane has no {', '.join(unknown)}.")
    return dict(content) | {
        "date": document.day.isoformat(),
        "external_reference": document.reference,
        "invoice_lines": [_with_numbers(line) for line in content.get("invoice_lines", ())],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFact(LedgerFact):
    """A ledger entry as Pennylane holds it, seen from the account that was asked about: `type` and `amount` are the net
    of its lines there. It agrees with an entry as any fact does, and with a document by all of its lines.
    """

    label: str
    lines: tuple[tuple[str, Decimal, Decimal], ...]

    def agrees_with(self, entry: Postable) -> bool:
        """Say whether this is what `entry` asks for."""
        if not isinstance(entry, LedgerDocument):
            return LedgerFact.agrees_with(self, entry)
        try:
            plan = document_plan(entry, 0)
        except FormError:
            return False
        wanted = sorted((line.account, line.debit, line.credit) for line in plan.lines)
        return (
            entry.form in ENTRY_FORMS
            and (self.day, self.label) == (plan.day, plan.label)
            and (wanted == sorted(self.lines))
        )


def entry_fact(
    entry: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], account: str, numbers: Mapping[int, str]
) -> EntryFact | None:
    """Read a ledger entry as a fact about `account`; None for one that cannot be read. `numbers` are its accounts'."""
    try:
        read = tuple(
            (numbers[line["ledger_account"]["id"]], Decimal(line["debit"]), Decimal(line["credit"])) for line in lines
        )
        net = sum((credit - debit for number, debit, credit in read if number == account), Decimal(0))
        label, reference = str(entry["label"]), str(entry["piece_number"])
        return EntryFact(
            ledger_id=str(entry["id"]),
            reference=reference,
            type=EntryType.CREDIT if net >= 0 else EntryType.DEBIT,
            amount=abs(net),
            day=date.fromisoformat(entry["date"]),
            note=None if label == reference else label,
            label=label,
            lines=read,
        )
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None


def account_ids_of(lines: Sequence[Mapping[str, Any]]) -> set[int]:
    """Give the ids of the accounts of an entry's lines; what is no line is left to the reader."""
    found = (line.get("ledger_account") for line in lines)
    return {each["id"] for each in found if isinstance(each, dict) and isinstance(each.get("id"), int)}


def invoice_fact(invoice: Mapping[str, Any], holds: Callable[[LedgerDocument], bool]) -> DocumentFact | None:
    """Read an invoice as a fact; None for one that cannot be read. A credit note's amount is negative.

    `holds` says whether it is what a document asks for.
    """
    try:
        return DocumentFact(
            ledger_id=str(invoice["id"]),
            reference=str(invoice["external_reference"]),
            amount=Decimal(invoice["currency_amount"]),
            day=date.fromisoformat(invoice["date"]),
            holds=holds,
        )
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None


def is_invoice_of(document: LedgerDocument, invoice: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether the invoice is the document's: day, customer, currency, total, and product and quantity of each line.

    The total may differ by a cent a line, since how Pennylane rounds is not written down. Source: pennylane sheet,
    section 10.
    """
    content = document.content()
    customer = invoice.get("customer") or {}
    wanted = [(line.get("product_id"), Decimal(str(line["quantity"]))) for line in content.get("invoice_lines", ())]
    held = [((line.get("product") or {}).get("id"), Decimal(line["quantity"])) for line in lines]
    tolerance = Decimal("0.01") * max(1, len(lines))
    return (
        document.form == INVOICE_FORM
        and invoice["date"] == document.day.isoformat()
        and customer.get("id") == content.get("customer_id")
        and invoice.get("currency") == content.get("currency", "EUR")
        and abs(Decimal(invoice["currency_amount"]) - document.source_amount) <= tolerance
        and _sorted(wanted) == _sorted(held)
    )


def _sorted(lines: Sequence[tuple[int | None, Decimal]]) -> list[tuple[int, Decimal]]:
    return sorted((product or 0, quantity) for product, quantity in lines)


def _with_numbers(line: Mapping[str, Any]) -> dict[str, Any]:
    """Give a line with its quantity as the number that the schema asks for; a document's body has it as text."""
    try:
        return dict(line) | {"quantity": Decimal(str(line["quantity"]))}
    except (KeyError, TypeError, ValueError, InvalidOperation):
        raise FormError("entry_malformed", "A line of the invoice has no quantity.") from None
