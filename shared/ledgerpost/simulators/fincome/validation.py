"""Reads a written row strictly: required fields, exact amounts, and references to rows that exist.

Source: fincome sheet, section 1 for invoices and customers; the other rules are ours, in the same spirit.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from ledgerpost.simulators.fincome.books import Books, Entity, Row
from ledgerpost.simulators.fincome.problems import Fault, Refusal, unprocessable

STATUSES: Final = ("open", "paid", "unpaid")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")

Path = tuple[str | int, ...]


class Findings:
    """The faults of one body."""

    def __init__(self, books: Books) -> None:
        self.faults: list[Fault] = []
        self._books = books

    def add(self, path: Path, message: str, kind: str = "value_error") -> None:
        """Note one fault."""
        self.faults.append(Fault(path, message, kind))

    def text(self, row: Row, key: str, at: Path = ()) -> None:
        """A field that has to be text that is not empty."""
        value = row.get(key)
        if key not in row:
            self.add((*at, key), "Field required", "missing")
        elif not isinstance(value, str) or not value:
            self.add((*at, key), "Input should be a text that is not empty", "string_type")

    def form(self, row: Row, key: str, form: re.Pattern[str], at: Path = (), *, optional: bool = False) -> None:
        """A field that has to be text of a form, or null where that is allowed."""
        value = row.get(key)
        if value is None and optional:
            return
        if not isinstance(value, str) or not form.fullmatch(value):
            self.add((*at, key), f"Input should match {form.pattern}", "string_pattern_mismatch")

    def amount(self, row: Row, key: str, at: Path = ()) -> None:
        """A field that has to be an exact number, as decimal text or as a JSON number."""
        value = row.get(key)
        text = format(value, "f") if isinstance(value, Decimal) else str(value) if type(value) is int else value
        if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
            self.add((*at, key), "Input should be a decimal number", "decimal_parsing")

    def day(self, row: Row, key: str, at: Path = (), *, optional: bool = False) -> None:
        """A field that has to be a day or an instant of ISO 8601."""
        value = row.get(key)
        if value is None and optional:
            return
        try:
            date.fromisoformat(value[:10] if isinstance(value, str) else "")
        except ValueError:
            self.add((*at, key), "Input should be a date of ISO 8601", "date_parsing")

    def one_of(self, row: Row, key: str, allowed: tuple[str, ...]) -> None:
        """A field that has to be one of some words."""
        if row.get(key) not in allowed:
            self.add((key,), f"Input should be {', '.join(allowed)}", "enum")

    def reference(self, row: Row, key: str, entity: Entity, at: Path = (), *, optional: bool = False) -> None:
        """A field that has to name a row that exists."""
        value = row.get(key)
        if value is None and optional:
            return
        if not isinstance(value, str) or not self._books.has(entity, value):
            self.add((*at, key), f"There is no such row among the {entity.value}", "unknown_reference")


def read_row(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, its fractions exact. Raises 400 for what is none."""
    try:
        document = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body is not JSON") from None
    if not isinstance(document, dict):
        raise unprocessable([Fault((), "Input should be an object", "dict_type")])
    return document


def check(entity: Entity, row: Row, books: Books) -> None:
    """Say nothing of a row that may be written. Raises 422 with every fault."""
    findings = Findings(books)
    findings.text(row, "id")
    _CHECKS[entity](row, findings)
    if findings.faults:
        raise unprocessable(findings.faults)


def _customer(row: Row, findings: Findings) -> None:
    findings.text(row, "name")
    findings.form(row, "country", _COUNTRY, optional=True)


def _product(row: Row, findings: Findings) -> None:
    findings.text(row, "name")


def _price(row: Row, findings: Findings) -> None:
    findings.text(row, "name")
    findings.amount(row, "amount")
    findings.form(row, "currency_code", _CURRENCY)
    findings.reference(row, "product_id", Entity.PRODUCTS)


def _subscription(row: Row, findings: Findings) -> None:
    findings.reference(row, "customer_id", Entity.CUSTOMERS)
    findings.reference(row, "price_id", Entity.PRICES, optional=True)
    findings.form(row, "currency_code", _CURRENCY)
    findings.day(row, "subscription_start_date")
    findings.amount(row, "monthly_amount")


def _invoice(row: Row, findings: Findings) -> None:
    findings.reference(row, "customer_id", Entity.CUSTOMERS)
    findings.reference(row, "subscription_id", Entity.SUBSCRIPTIONS, optional=True)
    findings.day(row, "date")
    findings.one_of(row, "status", STATUSES)
    findings.amount(row, "amount_excluding_tax")
    _lines(row, "amount_excluding_tax_after_discount", findings)


def _credit_note(row: Row, findings: Findings) -> None:
    findings.reference(row, "invoice_id", Entity.INVOICES, optional=True)
    findings.reference(row, "customer_id", Entity.CUSTOMERS)
    findings.day(row, "date")
    findings.amount(row, "amount")
    findings.amount(row, "discount_amount")
    _lines(row, "amount", findings)


def _lines(row: Row, amount_key: str, findings: Findings) -> None:
    lines = row.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, Mapping) for line in lines):
        findings.add(("lines",), "Input should be a list of objects", "list_type")
        return
    for index, line in enumerate(lines):
        at: Path = ("lines", index)
        findings.text(line, "id", at)
        findings.amount(line, amount_key, at)
        findings.amount(line, "tax_amount", at)
        findings.form(line, "currency_code", _CURRENCY, at)
        findings.reference(line, "price_id", Entity.PRICES, at, optional=True)
        for key in ("period_start", "period_end"):
            findings.day(line, key, at, optional=True)


_CHECKS: Final[Mapping[Entity, Callable[[Row, Findings], None]]] = {
    Entity.CUSTOMERS: _customer,
    Entity.PRODUCTS: _product,
    Entity.PRICES: _price,
    Entity.SUBSCRIPTIONS: _subscription,
    Entity.INVOICES: _invoice,
    Entity.CREDIT_NOTES: _credit_note,
}
