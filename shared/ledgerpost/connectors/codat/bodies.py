"""A neutral document as Codat's JSON. It is only translated: nothing is added up here.

Source: docs/grouping.md (the neutral document); codat sheet, section 4; Codat's accounting data model.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ledgerpost.connectors.codat.forms import BY_FORM
from ledgerpost.domain.document import LedgerDocument

Content = Mapping[str, Any]
Ids = Mapping[tuple[str, str], str]
"""(form, reference) of a document that a payment settles → its id at Codat."""

_encode = json.JSONEncoder(ensure_ascii=False).encode


class IncompleteError(ValueError):
    """The document lacks what its body needs; the message names it."""


def body_of(document: LedgerDocument, ids: Ids) -> dict[str, Any]:
    """Give the body of a push; its amounts are Decimal. Raises IncompleteError."""
    try:
        return _BUILDERS[document.form](document.content(), ids)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        if isinstance(error, IncompleteError):
            raise
        raise IncompleteError(f"The document's body cannot be read: {type(error).__name__}.") from None


def wire_json(value: object) -> str:
    """Give JSON in which a Decimal is a number with all its digits: Codat's amounts are numbers, never text."""
    match value:
        case Decimal():
            return f"{value:f}"
        case dict():
            return "{" + ",".join(f"{_encode(key)}:{wire_json(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(wire_json, value)) + "]"
        case _:
            return _encode(value)


def settled_by(document: LedgerDocument) -> tuple[tuple[str, str], ...]:
    """Give (form, reference) of each document that a payment settles; empty for every other form."""
    allocations = document.content().get("allocations")
    return tuple((str(each["form"]), str(each["reference"])) for each in allocations or ())


def _invoice(content: Content, _: Ids) -> dict[str, Any]:
    return {
        "invoiceNumber": content["reference"],
        "customerRef": _reference(content, "customer"),
        "issueDate": _date(content),
        "dueDate": _date(content),
        **_amounts(content, "totalTaxAmount"),
        "amountDue": Decimal(content["total"]),
        "status": content["status"] or "Submitted",
    }


def _credit_note(content: Content, _: Ids) -> dict[str, Any]:
    return {
        "creditNoteNumber": content["reference"],
        "customerRef": _reference(content, "customer"),
        "issueDate": _date(content),
        **_amounts(content, "totalTaxAmount"),
        "remainingCredit": Decimal(content["total"]),
        "status": "Submitted",
    }


def _bill(content: Content, _: Ids) -> dict[str, Any]:
    return {
        "reference": content["reference"],
        "supplierRef": _reference(content, "supplier"),
        "issueDate": _date(content),
        "dueDate": _date(content),
        **_amounts(content, "taxAmount"),
        "amountDue": Decimal(content["total"]),
        "status": "Open",
    }


def _bill_credit_note(content: Content, _: Ids) -> dict[str, Any]:
    return {
        "billCreditNoteNumber": content["reference"],
        "supplierRef": _reference(content, "supplier"),
        "issueDate": _date(content),
        **_amounts(content, "totalTaxAmount"),
        "remainingCredit": Decimal(content["total"]),
        "status": "Submitted",
    }


def _amounts(content: Content, tax_property: str) -> dict[str, Any]:
    return {
        "currency": content["currency"],
        "subTotal": Decimal(content["net"]),
        tax_property: Decimal(content["tax"]),
        "totalAmount": Decimal(content["total"]),
        "lineItems": [_line(line) for line in content["lines"]],
        "note": content["description"],
    }


def _line(line: Content) -> dict[str, Any]:
    """One line: a quantity of one at the net amount. The tax is what the source charged, never computed."""
    net = Decimal(line["net"])
    body: dict[str, Any] = {
        "description": line["description"],
        "quantity": Decimal(1),
        "unitAmount": net,
        "subTotal": net,
        "taxAmount": Decimal(line["tax"]),
        "totalAmount": Decimal(line["total"]),
        "accountRef": _account(line["account"]),
    }
    rate = line.get("taxRate")
    if rate is not None and rate.get("id"):
        body["taxRateRef"] = {"id": rate["id"]}
    return body


def _payment(content: Content, ids: Ids) -> dict[str, Any]:
    """A payment; money out has negative amounts. Each link has the other sign than its line.

    Source: Codat's payment model; what settles nothing is a payment on the customer's account.
    """
    sign = -1 if content["direction"] == "out" else 1
    total = Decimal(content["total"])
    customer = _reference(content, "customer")
    lines = []
    rest = total
    for each in content["allocations"]:
        amount = Decimal(each["amount"])
        rest -= amount
        link = BY_FORM[each["form"]].link
        lines.append(_payment_line(sign * amount, link, ids[(each["form"], each["reference"])], content))
    if rest:
        lines.append(_payment_line(sign * rest, "PaymentOnAccount", customer["id"], content))
    return {
        "reference": content["reference"],
        "customerRef": customer,
        "accountRef": _account(content["account"] or {"type": "the payment"}),
        "totalAmount": sign * total,
        "currency": content["currency"],
        "date": _date(content),
        "note": content["description"],
        "lines": lines,
    }


def _payment_line(amount: Decimal, link: str, linked_id: str, content: Content) -> dict[str, Any]:
    return {
        "amount": amount,
        "allocatedOnDate": _date(content),
        "links": [{"type": link, "id": linked_id, "amount": -amount}],
    }


def _journal_entry(content: Content, _: Ids) -> dict[str, Any]:
    """A journal entry: debits are positive, credits negative. Source: Codat's journal line model."""
    return {
        "description": content["reference"],
        "postedOn": _date(content),
        "journalLines": [
            {
                "description": line["description"],
                "netAmount": Decimal(line["amount"]) * _SIDES[line["side"]],
                "currency": content["currency"],
                "accountRef": _account(line["account"]),
            }
            for line in content["lines"]
        ],
    }


def _reference(content: Content, name: str) -> dict[str, str]:
    return {"id": _id(content.get(name), f"The document names no {name}.")}


def _account(account: Content) -> dict[str, str]:
    return {"id": _id(account.get("id"), f"No account is chosen for {account.get('type')}.")}


def _id(value: object, lacking: str) -> str:
    if not isinstance(value, str) or not value:
        raise IncompleteError(lacking)
    return value


def _date(content: Content) -> str:
    """Give the business day as Codat writes days: midnight without a zone."""
    return f"{content['day']}T00:00:00"


_SIDES = {"debit": 1, "credit": -1}

_BUILDERS: Mapping[str, Callable[[Content, Ids], dict[str, Any]]] = {
    "codat.invoice": _invoice,
    "codat.creditNote": _credit_note,
    "codat.payment": _payment,
    "codat.bill": _bill,
    "codat.billCreditNote": _bill_credit_note,
    "codat.journalEntry": _journal_entry,
}
