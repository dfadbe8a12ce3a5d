"""Filters of a list, and which fields each collection knows. Source: pennylane sheet, section 4."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ledgerpost.connectors.pennylane.problems import PennylaneError

OPERATORS = ("eq", "not_eq", "lt", "lteq", "gt", "gteq", "in", "not_in", "start_with")

FIELDS: dict[str, frozenset[str]] = {
    "customer_invoices": frozenset(
        {"id", "date", "customer_id", "billing_subscription_id", "quote_id", "invoice_number", "draft", "credit_note",
         "external_reference", "category_id"}
    ),
    "customers": frozenset(
        {"id", "customer_type", "ledger_account_id", "name", "external_reference", "reg_no", "emails"}
    ),
    "products": frozenset({"id", "label", "reference", "external_reference"}),
    "suppliers": frozenset({"id", "ledger_account_id", "name", "external_reference", "emails"}),
    "billing_subscriptions": frozenset({"id", "start", "customer_id", "status"}),
    "categories": frozenset({"id", "label", "category_group_id", "analytical_code"}),
    "quotes": frozenset({"id", "customer_id", "status"}),
    "ledger_entries": frozenset({"id", "date", "journal_id"}),
    "ledger_accounts": frozenset({"id", "number"}),
    "category_groups": frozenset({"id"}),
    "journals": frozenset({"id"}),
}  # fmt: skip
"""Collection → the fields it can be filtered by. The last four are not in the sheet's table and are ours."""

FilterValue = str | int | bool | Sequence[str] | Sequence[int]


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; the conditions of a list all have to hold."""

    field: str
    operator: str
    value: FilterValue


def filter_text(collection: str, filters: Sequence[Filter]) -> str:
    """Give the JSON of the query parameter `filter`.

    Raises PennylaneError(pennylane_filter_refused) for a field or an operator that the collection does not have: an
    unknown one would be refused by Pennylane, or worse, passed over.
    """
    known = FIELDS[collection]
    for each in filters:
        if each.field not in known or each.operator not in OPERATORS:
            raise PennylaneError(
                "pennylane_filter_refused",
                f"{collection} cannot be filtered by {each.field} {each.operator}; "
                f"the fields are {', '.join(sorted(known))}, the operators {', '.join(OPERATORS)}.",
            )
    rows = [{"field": each.field, "operator": each.operator, "value": _plain(each.value)} for each in filters]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _plain(value: FilterValue) -> object:
    return value if isinstance(value, str | int) else list(value)
