"""The data types that can be pushed, and what their bodies must look like.

Source: codat sheet, section 1 (the list); Codat's accounting data model for the names of the properties. What breaks
the shape is refused at once (400); what the accounting software would refuse is found when the push is processed
(`accounting_rules.py`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ledgerpost.simulators.codat.numbers import number_of
from ledgerpost.simulators.codat.problems import Violation

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+)?)?", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
TEXT_CHARACTERS_MAX: Final = 2000

Body = Mapping[str, Any]
Check = Callable[[object], str | None]
"""Says what is wrong with a value; None where it is right."""


def _text(value: object) -> str | None:
    good = isinstance(value, str) and 0 < len(value) <= TEXT_CHARACTERS_MAX
    return None if good else f"must be text of 1 to {TEXT_CHARACTERS_MAX} characters"


def _number(value: object) -> str | None:
    return None if number_of(value) is not None else "must be a number"


def _date(value: object) -> str | None:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return "must be a date such as 2026-03-01"
    try:
        date.fromisoformat(value[:10])
        if len(value) > 10:
            datetime.fromisoformat(value)
    except ValueError:
        return "must be a date of the calendar"
    return None


def _currency(value: object) -> str | None:
    good = isinstance(value, str) and _CURRENCY.fullmatch(value)
    return None if good else "must be a currency code of ISO 4217"


def _reference_object(value: object) -> str | None:
    good = isinstance(value, dict) and isinstance(value.get("id"), str) and value["id"]
    return None if good else "must be an object with an id"


def _lines(value: object) -> str | None:
    good = isinstance(value, list) and value and all(isinstance(line, dict) for line in value)
    return None if good else "must be a list of at least one object"


@dataclass(frozen=True, slots=True)
class DataType:
    """One data type: the property that holds the caller's own reference, and the checks of its properties and lines.

    `lines` names the property with the lines. Only what is in `required` must be there.
    """

    name: str
    reference: str
    checks: Mapping[str, Check]
    required: frozenset[str]
    lines: str | None = None
    line_checks: Mapping[str, Check] | None = None
    line_required: frozenset[str] = frozenset()

    def reference_of(self, body: object) -> str | None:
        """The caller's own reference, if it is there."""
        value = body.get(self.reference) if isinstance(body, dict) else None
        return value if isinstance(value, str) else None

    def violations(self, body: object) -> list[Violation]:
        """Everything that is wrong with the shape of a body."""
        if not isinstance(body, dict):
            return [Violation(self.name, "the body must be an object")]
        found = _violations(body, self.checks, self.required, "")
        if self.lines is not None and self.line_checks is not None and _lines(body.get(self.lines)) is None:
            for index, line in enumerate(body[self.lines]):
                found += _violations(line, self.line_checks, self.line_required, f"{self.lines}[{index}].")
        return found


def _violations(body: Body, checks: Mapping[str, Check], required: frozenset[str], prefix: str) -> list[Violation]:
    found = [Violation(prefix + name, "is required") for name in sorted(required) if body.get(name) is None]
    for name, check in checks.items():
        message = None if body.get(name) is None else check(body[name])
        if message is not None:
            found.append(Violation(prefix + name, message))
    return found


_LINE: Final[Mapping[str, Check]] = {
    "description": _text,
    "unitAmount": _number,
    "quantity": _number,
    "subTotal": _number,
    "taxAmount": _number,
    "totalAmount": _number,
    "accountRef": _reference_object,
    "taxRateRef": _reference_object,
}
_LINE_REQUIRED: Final = frozenset({"unitAmount", "quantity"})


def _itemised(name: str, reference: str, party: str) -> DataType:
    checks: dict[str, Check] = {
        reference: _text,
        party: _reference_object,
        "issueDate": _date,
        "dueDate": _date,
        "currency": _currency,
        "status": _text,
        "note": _text,
        "subTotal": _number,
        "totalTaxAmount": _number,
        "taxAmount": _number,
        "totalAmount": _number,
        "amountDue": _number,
        "lineItems": _lines,
    }
    required = frozenset({party, "issueDate", "lineItems"})
    return DataType(name, reference, checks, required, "lineItems", _LINE, _LINE_REQUIRED)


def _payments() -> DataType:
    checks: dict[str, Check] = {
        "reference": _text,
        "customerRef": _reference_object,
        "accountRef": _reference_object,
        "totalAmount": _number,
        "currency": _currency,
        "date": _date,
        "note": _text,
        "lines": _lines,
    }
    required = frozenset({"date", "totalAmount", "accountRef", "lines"})
    return DataType("payments", "reference", checks, required, "lines", {"amount": _number}, frozenset({"amount"}))


def _journal_entries() -> DataType:
    checks: dict[str, Check] = {"description": _text, "postedOn": _date, "createdOn": _date, "journalLines": _lines}
    line: dict[str, Check] = {
        "netAmount": _number,
        "currency": _currency,
        "description": _text,
        "accountRef": _reference_object,
    }
    required = frozenset({"postedOn", "journalLines"})
    line_required = frozenset({"netAmount", "accountRef"})
    return DataType("journalEntries", "description", checks, required, "journalLines", line, line_required)


DATA_TYPES: Final[Mapping[str, DataType]] = {
    data_type.name: data_type
    for data_type in (
        _itemised("invoices", "invoiceNumber", "customerRef"),
        _itemised("creditNotes", "creditNoteNumber", "customerRef"),
        _itemised("bills", "reference", "supplierRef"),
        _itemised("billCreditNotes", "billCreditNoteNumber", "supplierRef"),
        _itemised("directIncomes", "reference", "contactRef"),
        _payments(),
        _journal_entries(),
        DataType("customers", "customerName", {"customerName": _text}, frozenset({"customerName"})),
        DataType("accounts", "nominalCode", {"name": _text, "nominalCode": _text}, frozenset({"name"})),
    )
}
