"""Filters as workflows give them: `field:operator:value`, the JSON of one, or an object. Source: seed 002 gives only
their types, a list of texts or of objects with a key; the forms are ours, the fields Pennylane's.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ledgerpost.connectors.pennylane.filters import FIELDS, OPERATORS, Filter, FilterValue
from ledgerpost.connectors.pennylane.lookups import Lookups
from ledgerpost.connectors.pennylane.problems import PennylaneError

FIELD_NAMES = {
    "customerId": "customer_id",
    "invoiceNumber": "invoice_number",
    "isDraft": "draft",
    "externalId": "external_reference",
    "issueDate": "date",
    "billingSubscriptionId": "billing_subscription_id",
    "quoteId": "quote_id",
    "estimateId": "quote_id",
    "categoryId": "category_id",
}
"""A field's name in the outputs → its name in API v2; API v2's own names are taken too."""


def read_filters(collection: str, asked: Sequence[str | dict[str, Any]], lookups: Lookups) -> tuple[Filter, ...]:
    """Give the filters, customers resolved to their v2 ids. Raises PennylaneError for what is none."""
    return tuple(_resolved(each, collection, lookups) for item in asked for each in _filters_of(item))


def _filters_of(item: str | dict[str, Any]) -> list[Filter]:
    document = _object_of(item) if isinstance(item, str) else item
    if {"field", "operator", "value"} == document.keys():
        return [_filter(document["field"], document["operator"], document["value"])]
    # An object of other keys names fields and their values: {"status": "accepted"}.
    return [_filter(name, "in" if isinstance(value, list) else "eq", value) for name, value in document.items()]


def _object_of(text: str) -> dict[str, Any]:
    if not text.lstrip().startswith("{"):
        name, _, rest = text.partition(":")
        operator, colon, value = rest.partition(":")
        if not colon:
            raise _refused(f"{text!r} is neither field:operator:value nor JSON")
        listed = operator.strip() in ("in", "not_in")
        parts = [part.strip() for part in value.split(",")] if listed else value.strip()
        return {"field": name.strip(), "operator": operator.strip(), "value": parts}
    try:
        document = json.loads(text, parse_float=Decimal)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _refused("the JSON of a filter is no object")
    return document


def _filter(name: object, operator: object, value: object) -> Filter:
    good = isinstance(value, str | int) or (
        isinstance(value, list) and all(isinstance(each, str | int) for each in value)
    )
    if not isinstance(name, str) or not isinstance(operator, str) or not good:
        raise _refused("field and operator are text, a value is text, a whole number, true or false, or a list")
    if operator not in OPERATORS:
        raise _refused(f"{operator!r} is none of {', '.join(OPERATORS)}")
    checked: FilterValue = value  # type: ignore[assignment] # looked at above
    return Filter(FIELD_NAMES.get(name, name), operator, checked)


def _resolved(each: Filter, collection: str, lookups: Lookups) -> Filter:
    """Put Pennylane's own id in for a customer's source id; a flag may come as text."""
    if each.field not in FIELDS[collection]:
        known = ", ".join(sorted(FIELDS[collection]))
        raise PennylaneError("pennylane_filter_refused", f"{each.field!r} is none of the filters: {known}.")
    if each.field == "customer_id" and isinstance(each.value, str):
        return Filter(each.field, each.operator, lookups.customer(each.value).id)
    if each.field in ("draft", "credit_note") and isinstance(each.value, str):
        return Filter(each.field, each.operator, each.value.lower() == "true")
    return each


def _refused(why: str) -> PennylaneError:
    return PennylaneError("pennylane_filter_refused", f"filter: {why}.")
