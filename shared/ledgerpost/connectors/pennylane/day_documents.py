"""The sales and refunds of a closed day as Pennylane's: an invoice, or a credit note, which is one of negative amount.

Pennylane computes each line's tax from its VAT code; the shop charged what it charged, order by order, so the two may
be cents apart. A line whose tax is not what its net gives is therefore written as two: the net that gives exactly this
tax, and the rest of the net without tax. Net, tax and total so stay what was charged, to the cent.

Source: docs/grouping.md (the neutral document); pennylane sheet, sections 5.1, 5.3, 5.11 and 10.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from ledgerpost.connectors.pennylane.entries import FormError
from ledgerpost.domain.company_pennylane import is_pennylane_number
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.money import exponent_of
from ledgerpost.domain.vat_codes import VAT_FREE, vat_rate_of

DAY_INVOICE_FORMS: Final = frozenset({"codat.invoice", "codat.creditNote"})
DAY_FORMS_WITHOUT_PLACE: Final = frozenset({"codat.payment", "codat.bill", "codat.billCreditNote"})
"""Payments come from the bank alone, and bills only with a PDF. Source: pennylane sheet, section 5."""

OFF_RATE_MIN: Final = Decimal("1.00")
OFF_RATE_SHARE: Final = Decimal("0.01")
"""How far a tax may lie off its rate: 1.00 at least, one percent of itself on big days. More is no rounding. Ours."""

_CENT: Final = Decimal("0.01")
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """One line of an invoice, its account by number; `net` is signed, a credit note's is negative."""

    label: str
    account: str
    vat_code: str
    net: Decimal

    def as_json(self, account_ids: Mapping[str, int]) -> dict[str, Any]:
        """Give the line of the wire: the price is positive, the sign is the quantity's."""
        return {
            "label": self.label,
            "quantity": Decimal(-1 if self.net < 0 else 1),
            "unit": "no_unit",
            "raw_currency_unit_price": f"{abs(self.net):f}",
            "vat_rate": self.vat_code,
            "ledger_account_id": account_ids[self.account],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInvoice:
    """An invoice or a credit note of a day, as Pennylane is to hold it."""

    reference: str
    day: str
    customer: int
    currency: str
    draft: bool
    subject: str
    lines: tuple[DayLine, ...]

    def account_numbers(self) -> tuple[str, ...]:
        """Give each account once."""
        return tuple(dict.fromkeys(line.account for line in self.lines))

    def body(self, account_ids: Mapping[str, int]) -> dict[str, Any]:
        """Give the body of `POST /customer_invoices`: due on its day, since a shop's sales are paid at once."""
        return {
            "date": self.day,
            "deadline": self.day,
            "draft": self.draft,
            "customer_id": self.customer,
            "currency": self.currency,
            "pdf_invoice_subject": self.subject,
            "external_reference": self.reference,
            "invoice_lines": [line.as_json(account_ids) for line in self.lines],
        }


def day_invoice(document: LedgerDocument) -> DayInvoice:
    """Translate an invoice or a credit note of a day. Raises FormError."""
    content = _content(document)
    try:
        customer, currency = str(content["customer"]), str(content["currency"])
        if not is_pennylane_number(customer):
            raise FormError("entry_malformed", "The sales customer is not chosen by Pennylane's number of it.")
        if exponent_of(currency) > 2:
            raise FormError("document_unsupported", f"Pennylane writes two decimals, {currency} has more.")
        sign = -1 if document.form == "codat.creditNote" else 1
        return DayInvoice(
            reference=document.reference,
            day=document.day.isoformat(),
            customer=int(customer),
            currency=currency,
            draft=str(content["status"] or "").casefold() == "draft",
            subject=str(content["description"]),
            lines=tuple(written for line in content["lines"] for written in _lines_of(line, sign)),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise _unreadable(document) from error


def is_day_invoice(document: LedgerDocument, held: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether an invoice that Pennylane holds is the document's: day, customer, currency, total, and each line's
    VAT code and net. The total may differ by a cent a line, since how Pennylane rounds is not written down.

    Source: pennylane sheet, section 10. Texts are not compared: a person may reword them.
    """
    try:
        wanted = day_invoice(document)
    except FormError:
        return False
    nets = sorted((line.vat_code, line.net) for line in wanted.lines)
    return (
        held["date"] == wanted.day
        and (held.get("customer") or {}).get("id") == wanted.customer
        and held.get("currency") == wanted.currency
        and abs(Decimal(held["currency_amount"]) - document.source_amount) <= _CENT * len(wanted.lines)
        and nets == sorted((line["vat_rate"], Decimal(line["currency_amount_before_tax"])) for line in lines)
    )


def refuse_without_place(form: str) -> None:
    """Raise FormError for a document of a day that Pennylane's API has no place for."""
    if form in DAY_FORMS_WITHOUT_PLACE:
        kind = "payment" if form == "codat.payment" else "bill"
        raise FormError("pennylane_document_unsupported", f"Pennylane's API makes no {kind} of a day.")


def _lines_of(line: Mapping[str, Any], sign: int) -> Iterator[DayLine]:
    net, tax = sign * Decimal(line["net"]), sign * Decimal(line["tax"])
    label, account = str(line["description"]), str(line["account"]["id"])
    code = str(line["taxRate"]["id"]) if line["taxRate"] else VAT_FREE
    taxed = _net_taxed(net, tax, code)
    if taxed:
        yield DayLine(label=label, account=account, vat_code=code, net=taxed)
    if net != taxed:
        yield DayLine(label=f"{label}, rounding", account=account, vat_code=VAT_FREE, net=net - taxed)


def _net_taxed(net: Decimal, tax: Decimal, code: str) -> Decimal:
    """Give the net in cents that the code's rate gives exactly `tax` on: `net` itself wherever it does.

    At rates up to 100 % a cent of net moves the tax by at most a cent, so there always is one; of several it is the
    nearest to `net`. Raises FormError for a code that is none, or a tax that is not of this rate.
    """
    rate = vat_rate_of(code)
    if rate is None or rate > _HUNDRED:
        raise FormError("entry_malformed", f"{code[:20]} is no VAT code of Pennylane.")
    expected = _tax_on(net, rate)
    if expected == tax:
        return net
    if not rate or abs(tax - expected) > max(OFF_RATE_MIN, OFF_RATE_SHARE * abs(expected)):
        raise FormError("pennylane_tax_off_rate", f"{tax:f} was charged on {net:f}; {code} gives {expected:f}.")
    taxed = (tax * _HUNDRED / rate).quantize(_CENT, rounding=ROUND_HALF_UP)
    step = _CENT if net > taxed else -_CENT
    while _tax_on(taxed, rate) != tax:
        taxed += _CENT if _tax_on(taxed, rate) < tax else -_CENT
    while _tax_on(taxed + step, rate) == tax:
        taxed += step
    return taxed


def _tax_on(net: Decimal, rate: Decimal) -> Decimal:
    return (net * rate / _HUNDRED).quantize(_CENT, rounding=ROUND_HALF_UP)


def _content(document: LedgerDocument) -> Mapping[str, Any]:
    content = document.content()
    if not isinstance(content, dict):
        raise _unreadable(document)
    return content


def _unreadable(document: LedgerDocument) -> FormError:
    return FormError("entry_malformed", f"The document has not the form {document.form}.")
