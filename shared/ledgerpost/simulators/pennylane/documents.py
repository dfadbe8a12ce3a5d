"""Invoices, credit notes, quotes and ledger entries. Source: pennylane sheet, sections 5.1 to 5.10."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ledgerpost.simulators.pennylane.amounts import document_amounts, money
from ledgerpost.simulators.pennylane.books import Books, Row
from ledgerpost.simulators.pennylane.exchange import schema_refused, unprocessable
from ledgerpost.simulators.pennylane.lines import amounts_of, changed_lines, check_sections, made_line

INVOICES: Final = "customer_invoices"

_HEADER_DEFAULTS: Final[dict[str, Any]] = {
    "currency": "EUR", "language": "fr_FR", "special_mention": None, "pdf_description": None,
    "pdf_invoice_free_text": "", "pdf_invoice_subject": "", "discount": {"type": "absolute", "value": "0"},
    "archived_at": None, "customer_invoice_template": None,
}  # fmt: skip


def create_invoice(books: Books, sent: Mapping[str, Any]) -> Row:
    """An invoice, a draft or final at once. Raises 422 for a reference that is taken."""
    row = _created_header(books, INVOICES, sent) | {
        "draft": sent.get("draft", False), "paid": False, "invoice_number": "", "ledger_entry": None,
        "billing_subscription": None, "credited_invoice": None, "quote": None,
        "transaction_reference": sent.get("transaction_reference"),
    }  # fmt: skip
    if row["draft"] and row["transaction_reference"]:
        raise unprocessable("a draft has no transaction_reference")
    _price(books, INVOICES, row)
    if not row["draft"]:
        _make_final(books, row)
    _set_status(books, row)
    return books.add(INVOICES, row, sent)


def update_invoice(books: Books, row_id: str, sent: Mapping[str, Any]) -> Row:
    """Change a draft. A finalized invoice is immutable, but for the transaction it is to be matched with (OURS)."""
    row = books.row(INVOICES, row_id)
    if not row["draft"] and set(sent) - {"transaction_reference"}:
        raise unprocessable("A finalized invoice cannot be edited")
    if row["draft"] and "transaction_reference" in sent:
        raise unprocessable("a draft has no transaction_reference")
    changes = dict(sent)
    lines = changes.pop("invoice_lines", None)
    if "customer_id" in changes:
        changes["customer"] = {"id": books.known("customers", changes.pop("customer_id"))["id"]}
    if lines is not None:
        kept = books.children(INVOICES, row["id"], "invoice_lines")
        kept[:] = changed_lines(books, kept, lines, exchange_rate_of(books, row["currency"]))
    row |= changes
    _price(books, INVOICES, row)
    _set_status(books, row)
    return books.touch(INVOICES, row)


def finalize_invoice(books: Books, row_id: str) -> Row:
    """Make a draft final. Raises 422 for one that is final."""
    row = books.row(INVOICES, row_id)
    if not row["draft"]:
        raise unprocessable("The invoice is finalized already")
    row["draft"] = False
    _make_final(books, row)
    _set_status(books, row)
    return books.touch(INVOICES, row)


def delete_invoice(books: Books, row_id: str) -> None:
    """Delete a draft."""
    row = books.row(INVOICES, row_id)
    if not row["draft"]:
        raise unprocessable("A finalized invoice cannot be deleted")
    books.delete(INVOICES, row)


def mark_as_paid(books: Books, row_id: str) -> None:
    """Mark a final invoice as paid."""
    row = books.row(INVOICES, row_id)
    if row["draft"]:
        raise unprocessable("Une facture brouillon ne peut pas être marquée comme payée")
    payment = {
        "id": books.new_id(), "label": "Paiement", "currency": row["currency"],
        "currency_amount": row["currency_amount"], "status": "found", "created_at": books.stamp(),
    }  # fmt: skip
    books.children(INVOICES, row["id"], "payments").append(payment)
    row |= {"paid": True, "remaining_amount_with_tax": "0.00", "remaining_amount_without_tax": "0.00"}
    _set_status(books, row)
    books.touch(INVOICES, row)


def link_credit_note(books: Books, row_id: str, note_id: int) -> Row:
    """Link a credit note with its invoice. Source: section 5.3."""
    row, note = books.row(INVOICES, row_id), books.known(INVOICES, note_id)
    if row["draft"] or note["draft"] or Decimal(note["currency_amount"]) >= 0:
        raise unprocessable("only a finalized credit note can be linked with a finalized invoice")
    if note["credited_invoice"] is not None:
        raise unprocessable("The credit note is linked already")
    note["credited_invoice"] = {"id": row["id"]}
    books.touch(INVOICES, note)
    return books.touch(INVOICES, row)


def set_categories(books: Books, row_id: str, sent: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Weigh an invoice's categories anew; the weights add up to 1 in each group. Raises 422, also for a draft."""
    row = books.row(INVOICES, row_id)
    if row["draft"]:
        raise unprocessable("Categories cannot be set on a draft")
    weights: dict[int, Decimal] = {}
    tags: list[Row] = []
    for each in sent:
        category = books.known("categories", each["id"])
        weight = Decimal(each["weight"])
        if weight != weight.quantize(Decimal("0.0001")):
            raise unprocessable("a weight has at most four decimals")
        group = category["category_group"]["id"]
        weights[group] = weights.get(group, Decimal(0)) + weight
        tags.append({"id": category["id"], "weight": each["weight"]})
    if any(total != 1 for total in weights.values()):
        raise unprocessable("The weights of each category group have to add up to 1")
    books.nested[INVOICES, row["id"], "categories"] = tags
    books.touch(INVOICES, row)
    return tags


def create_quote(books: Books, sent: Mapping[str, Any]) -> Row:
    """A quote. A full line is asked for, a product does not fill it (section 5.8)."""
    for index, line in enumerate(sent["invoice_lines"]):
        if any(key not in line for key in ("label", "unit", "raw_currency_unit_price", "vat_rate")):
            raise schema_refused(f"invoice_lines[{index}] isn't any of the forms of a line", "NotAnyOf")
    row = _created_header(books, "quotes", sent)
    row |= {"status": "pending", "quote_number": f"D-{sent['date'][:4]}-{row['id']}"}
    _price(books, "quotes", row)
    return books.add("quotes", row, sent)


def update_quote_status(books: Books, row_id: str, status: str) -> Row:
    """Accept or deny a quote. Raises 422 for one that was invoiced."""
    row = books.row("quotes", row_id)
    if row["status"] == "invoiced":
        raise unprocessable("The quote was invoiced already")
    row["status"] = status
    return books.touch("quotes", row)


def create_ledger_entry(books: Books, sent: Mapping[str, Any]) -> Row:
    """A ledger entry; it has no key that would keep it from being made twice. Source: section 5.10."""
    books.known("journals", sent["journal_id"])
    lines = sent["ledger_entry_lines"]
    debit = sum((Decimal(line["debit"]) for line in lines), Decimal(0))
    credit = sum((Decimal(line["credit"]) for line in lines), Decimal(0))
    if debit != credit or len(lines) < 2:
        raise unprocessable("The ledger entry is not balanced")
    made = []
    for line in lines:
        account = books.known("ledger_accounts", line["ledger_account_id"])
        made.append(
            {
                "id": books.new_id(),
                "ledger_account": {"id": account["id"], "number": account["number"]},
                "debit": money(Decimal(line["debit"])),
                "credit": money(Decimal(line["credit"])),
                "label": line.get("label", ""),
            }
        )
    row = {
        "id": books.new_id(), "date": sent["date"], "label": sent["label"], "journal": {"id": sent["journal_id"]},
        "currency": sent.get("currency", "EUR"), "piece_number": sent.get("piece_number"),
        "due_date": sent.get("due_date"),
    }  # fmt: skip
    books.nested["ledger_entries", row["id"], "ledger_entry_lines"] = made
    return books.add("ledger_entries", row, sent)


def _created_header(books: Books, collection: str, sent: Mapping[str, Any]) -> Row:
    check_sections(sent)
    customer = books.known("customers", sent["customer_id"])
    reference = sent.get("external_reference")
    if reference is not None and books.with_reference(collection, reference) is not None:
        raise unprocessable("external_reference has already been taken")
    taken = {key: sent[key] for key in (*_HEADER_DEFAULTS, "date", "deadline") if key in sent}
    row = {"id": books.new_id()} | _HEADER_DEFAULTS | taken
    row |= {"customer": {"id": customer["id"]}, "external_reference": reference or str(uuid.uuid4())}
    rate = exchange_rate_of(books, row["currency"])
    lines = [made_line(books, line, rate, index) for index, line in enumerate(sent["invoice_lines"])]
    if not lines:
        raise unprocessable("a document has at least one line")
    books.nested[collection, row["id"], "invoice_lines"] = lines
    books.nested[collection, row["id"], "invoice_line_sections"] = [
        {"id": books.new_id(), "title": "", "description": ""} | dict(section)
        for section in sent.get("invoice_line_sections", ())
    ]
    return row


def _price(books: Books, collection: str, row: Row) -> None:
    rate = exchange_rate_of(books, row["currency"])
    lines = books.children(collection, row["id"], "invoice_lines")
    amounts = document_amounts(map(amounts_of, lines), row["discount"])
    row |= {
        "currency_amount": money(amounts.gross), "currency_amount_before_tax": money(amounts.net),
        "currency_tax": money(amounts.tax), "amount": money(amounts.gross / rate), "tax": money(amounts.tax / rate),
        "exchange_rate": str(rate),
    }  # fmt: skip
    if not row.get("paid"):
        row["remaining_amount_with_tax"], row["remaining_amount_without_tax"] = money(amounts.gross), money(amounts.net)
    row.setdefault("label", f"Facture {row['id']}")
    row.setdefault("filename", None)
    row.setdefault("public_file_url", None)


def _make_final(books: Books, row: Row) -> None:
    number = books.new_number(row["date"])
    row |= {
        "invoice_number": number, "label": f"Facture {number}", "filename": f"{number}.pdf",
        "public_file_url": f"https://files.example/{uuid.uuid4()}", "ledger_entry": {"id": books.new_id()},
    }  # fmt: skip


def _set_status(books: Books, row: Row) -> None:
    if row["draft"]:
        row["status"] = "draft"
    elif Decimal(row["currency_amount"]) < 0:
        row["status"] = "credit_note"
    elif row["paid"]:
        row["status"] = "paid"
    else:
        row["status"] = "late" if date.fromisoformat(row["deadline"]) < books.today() else "upcoming"


def exchange_rate_of(books: Books, currency: str) -> Decimal:
    """Give what a euro is in `currency`. Raises 422 for one that the company has no rate of."""
    rate = books.settings.rates.get(currency)
    if rate is None:
        raise unprocessable(f"currency {currency} is not supported")
    return Decimal(rate)
