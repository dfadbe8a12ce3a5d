"""Lines of invoices, quotes and subscriptions: made from a product or in full, changed on drafts.

Source: pennylane sheet, sections 5.1, 5.2 and 5.9.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ledgerpost.simulators.pennylane.amounts import Amounts, line_amounts, money
from ledgerpost.simulators.pennylane.books import Books, Row
from ledgerpost.simulators.pennylane.exchange import not_found, schema_refused, unprocessable

FULL_LINE: Final = ("label", "quantity", "unit", "raw_currency_unit_price", "vat_rate")


def made_line(books: Books, sent: Mapping[str, Any], rate: Decimal, index: int) -> Row:
    """The row of a new line. Raises 400 where it is neither of the two forms, 422 for an unknown product."""
    filled = dict(sent)
    product_id = sent.get("product_id")
    if product_id is not None:
        product = books.known("products", product_id)
        filled = {
            "label": product["label"], "unit": product["unit"] or "piece", "vat_rate": product["vat_rate"],
            "raw_currency_unit_price": product["price_before_tax"], "description": product["description"],
        } | filled  # fmt: skip
    elif any(key not in sent for key in FULL_LINE):
        raise schema_refused(f"invoice_lines[{index}] isn't any of the forms of a line", "NotAnyOf")
    if sent.get("ledger_account_id") is not None:
        books.known("ledger_accounts", sent["ledger_account_id"])
    return _row_of(books.new_id(), filled, rate) | {"created_at": books.stamp(), "updated_at": books.stamp()}


def changed_lines(books: Books, kept: Sequence[Row], changes: Mapping[str, Any], rate: Decimal) -> list[Row]:
    """The lines after `create`, `update` and `delete`. Raises 404 for the id of no line."""
    by_id = {row["id"]: row for row in kept}
    for gone in changes.get("delete", ()):
        if by_id.pop(gone["id"], None) is None:
            raise not_found("InvoiceLine", gone["id"])
    for change in changes.get("update", ()):
        if change["id"] not in by_id:
            raise not_found("InvoiceLine", change["id"])
        before = by_id[change["id"]]
        sent = _as_sent(before) | {key: value for key, value in change.items() if key != "id"}
        if "product_id" in change:
            product = books.known("products", change["product_id"])
            sent |= {"raw_currency_unit_price": product["price_before_tax"], "vat_rate": product["vat_rate"]} | change
        by_id[change["id"]] = _row_of(change["id"], sent, rate) | {
            "created_at": before["created_at"], "updated_at": books.stamp(),
        }  # fmt: skip
    made = [made_line(books, sent, rate, index) for index, sent in enumerate(changes.get("create", ()))]
    lines = [*by_id.values(), *made]
    if not lines:
        raise unprocessable("a document has at least one line")
    return lines


def amounts_of(row: Row) -> Amounts:
    """What a line comes to."""
    return Amounts(Decimal(row["currency_amount_before_tax"]), Decimal(row["currency_tax"]))


def check_sections(sent: Mapping[str, Any]) -> None:
    """Raise 422 for ranks that do not count up from 1, or a line in a section that is not there."""
    ranks = [section["rank"] for section in sent.get("invoice_line_sections", ())]
    if sorted(ranks) != list(range(1, len(ranks) + 1)):
        raise unprocessable("the ranks of the sections have to count up from 1")
    for line in sent.get("invoice_lines", ()):
        if line.get("section_rank") is not None and line["section_rank"] not in ranks:
            raise unprocessable(f"there is no section of rank {line['section_rank']}")


def _row_of(line_id: int, line: Mapping[str, Any], rate: Decimal) -> Row:
    amounts = line_amounts(line)
    product_id, account_id = line.get("product_id"), line.get("ledger_account_id")
    return {
        "id": line_id,
        "label": line["label"],
        "unit": line["unit"],
        "quantity": _quantity(line["quantity"]),
        "amount": money(amounts.gross / rate),
        "currency_amount": money(amounts.gross),
        "description": line.get("description") or "",
        "product": None if product_id is None else {"id": product_id},
        "vat_rate": line["vat_rate"],
        "currency_amount_before_tax": money(amounts.net),
        "currency_tax": money(amounts.tax),
        "tax": money(amounts.tax / rate),
        "raw_currency_unit_price": format(Decimal(line["raw_currency_unit_price"]).quantize(Decimal("0.000001")), "f"),
        "discount": dict(line.get("discount") or {"type": "absolute", "value": "0"}),
        "section_rank": line.get("section_rank"),
        "ledger_account": None if account_id is None else {"id": account_id},
        "imputation_dates": line.get("imputation_dates"),
    }


def _as_sent(row: Row) -> dict[str, Any]:
    """The body that a kept line could have been made of."""
    sent = {key: row[key] for key in ("label", "unit", "vat_rate", "raw_currency_unit_price", "description")}
    product, account = row["product"], row["ledger_account"]
    return sent | {
        "quantity": row["quantity"], "discount": row["discount"], "section_rank": row["section_rank"],
        "imputation_dates": row["imputation_dates"], "product_id": product["id"] if product else None,
        "ledger_account_id": account["id"] if account else None,
    }  # fmt: skip


def _quantity(value: object) -> str:
    """A quantity as the API gives it: with a decimal at least, `2.0`."""
    text = format(Decimal(str(value)), "f")
    return text if "." in text else f"{text}.0"
