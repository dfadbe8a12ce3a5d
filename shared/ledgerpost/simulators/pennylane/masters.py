"""Customers, products, suppliers and categories. Source: pennylane sheet, sections 5.4 to 5.7."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerpost.simulators.pennylane.amounts import HUNDRED, money, rate_of
from ledgerpost.simulators.pennylane.books import Books, Row
from ledgerpost.simulators.pennylane.exchange import conflict, unprocessable

_EMPTY_ADDRESS = {"address": "", "postal_code": "", "city": "", "country_alpha2": "FR"}
_CUSTOMER_DEFAULTS: dict[str, Any] = {
    "vat_number": None, "reg_no": None, "emails": [], "phone": None, "reference": None, "notes": None,
    "payment_conditions": "30_days", "recipient": "", "billing_iban": None, "billing_language": "fr_FR",
    "delivery_address": _EMPTY_ADDRESS,
}  # fmt: skip


def create_customer(books: Books, sent: Mapping[str, Any], *, kind: str) -> Row:
    """A company or an individual. Raises 409 for a reference that is taken."""
    reference = _free_reference(books, "customers", sent)
    row = {"id": books.new_id(), "customer_type": kind} | _CUSTOMER_DEFAULTS | dict(sent)
    row["external_reference"] = reference
    _complete_customer(row)
    row["ledger_account"] = {"number": sent.get("ledger_account", {}).get("number") or f"411C{row['id']}"}
    return books.add("customers", row, sent)


def update_customer(books: Books, row_id: str, sent: Mapping[str, Any], *, kind: str) -> Row:
    """Change what is sent. Raises 404 for a customer of the other kind."""
    row = books.row("customers", row_id)
    if row["customer_type"] != kind:
        row = books.row("customers", f"{row_id} of kind {kind}")
    _free_reference(books, "customers", sent, own=row)
    row |= dict(sent)
    _complete_customer(row)
    return books.touch("customers", row)


def _complete_customer(row: Row) -> None:
    if row["customer_type"] == "individual":
        row["name"] = f"{row['first_name']} {row['last_name']}"


def create_product(books: Books, sent: Mapping[str, Any]) -> Row:
    """A product. Raises 422 for a reference that is taken."""
    reference = _free_reference(books, "products", sent, status=422)
    row = {
        "id": books.new_id(), "label": "", "reference": None, "description": "", "unit": "piece", "currency": "EUR",
        "archived_at": None, "ledger_account": None,
    } | dict(sent)  # fmt: skip
    row["external_reference"] = reference
    _complete_product(books, row)
    return books.add("products", row, sent)


def update_product(books: Books, row_id: str, sent: Mapping[str, Any]) -> Row:
    """Change what is sent."""
    row = books.row("products", row_id)
    _free_reference(books, "products", sent, own=row, status=422)
    row |= dict(sent)
    _complete_product(books, row)
    return books.touch("products", row)


def _complete_product(books: Books, row: Row) -> None:
    account_id = row.pop("ledger_account_id", None)
    if account_id is not None:
        row["ledger_account"] = {"id": books.known("ledger_accounts", account_id)["id"]}
    net = Decimal(row["price_before_tax"])
    row["price"] = money(net * (1 + rate_of(row["vat_rate"]) / HUNDRED))


def create_supplier(books: Books, sent: Mapping[str, Any]) -> Row:
    """A supplier. Raises 409 for a reference that is taken, 422 for a registration number of a wrong length."""
    reference = _free_reference(books, "suppliers", sent)
    _check_supplier(sent)
    row = {
        "id": books.new_id(), "establishment_no": None, "reg_no": None, "postal_address": _EMPTY_ADDRESS,
        "vat_number": None, "emails": [], "iban": None, "supplier_payment_method": None,
        "supplier_due_date_delay": None, "supplier_due_date_rule": "days",
    } | dict(sent)  # fmt: skip
    row["external_reference"] = reference
    row["ledger_account"] = {"number": sent.get("ledger_account", {}).get("number") or f"401S{row['id']}"}
    return books.add("suppliers", row, sent)


def update_supplier(books: Books, row_id: str, sent: Mapping[str, Any]) -> Row:
    """Change what is sent."""
    row = books.row("suppliers", row_id)
    _free_reference(books, "suppliers", sent, own=row)
    _check_supplier(sent)
    row |= dict(sent)
    return books.touch("suppliers", row)


def _check_supplier(sent: Mapping[str, Any]) -> None:
    for key, length in (("reg_no", 9), ("establishment_no", 14)):
        if sent.get(key) and not (sent[key].isdecimal() and len(sent[key]) == length):
            raise unprocessable(f"{key} has to have {length} digits")


def create_category(books: Books, sent: Mapping[str, Any]) -> Row:
    """A category. Raises 422 for an unknown group, or a label that the group has already."""
    row = {"id": books.new_id(), "direction": None, "analytical_code": None}
    _set_category(books, row, sent)
    return books.add("categories", row, sent)


def update_category(books: Books, row_id: str, sent: Mapping[str, Any]) -> Row:
    """Change what is sent."""
    row = books.row("categories", row_id)
    _set_category(books, row, sent)
    return books.touch("categories", row)


def _set_category(books: Books, row: Row, sent: Mapping[str, Any]) -> None:
    group_id = sent.get("category_group_id", row.get("category_group", {}).get("id"))
    label = sent.get("label", row.get("label"))
    group = books.known("category_groups", group_id)
    for other in books.rows("categories"):
        if other is not row and (other["category_group"]["id"], other["label"]) == (group_id, label):
            raise unprocessable("Label has already been taken in this group")
    row |= {key: value for key, value in sent.items() if key != "category_group_id"}
    row["category_group"] = {"id": group["id"], "label": group["label"]}


def _free_reference(
    books: Books, collection: str, sent: Mapping[str, Any], *, own: Row | None = None, status: int = 409
) -> str:
    """The reference that was sent, or a new one. Raises 409 or 422 where another row has it."""
    reference = sent.get("external_reference")
    if reference is None:
        return str(uuid.uuid4())
    other = books.with_reference(collection, reference)
    if other is not None and other is not own:
        if status == 409:
            raise conflict(f"A document with ID {other['id']} already exists with this external_reference")
        raise unprocessable("external_reference has already been taken")
    return str(reference)
