"""Lists of API v2: cursor, filter, sort. Source: pennylane sheet, section 4.

The cursor names the last row that was given and nothing else: whoever does not send filter and sort again with the next
page gets unfiltered rows there.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ledgerpost.simulators.pennylane.books import Row
from ledgerpost.simulators.pennylane.exchange import bad_request

LIMIT_DEFAULT: Final = 20
LIMIT_MAX: Final = 100

_WIDE: Final = "eq not_eq lt lteq gt gteq in not_in"
FILTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "customer_invoices": {
        "id": _WIDE, "date": _WIDE, "customer_id": _WIDE, "billing_subscription_id": _WIDE, "quote_id": _WIDE,
        "invoice_number": "eq in start_with", "draft": "eq", "credit_note": "eq", "external_reference": "eq",
        "category_id": "in",
    },
    "customers": {
        "id": _WIDE, "customer_type": "eq not_eq", "ledger_account_id": _WIDE, "name": "start_with eq",
        "external_reference": "start_with eq not_eq in not_in", "reg_no": "eq in", "emails": "in",
    },
    "products": {"id": _WIDE, "label": "eq start_with", "reference": "eq in", "external_reference": "eq in not_in"},
    "suppliers": {
        "id": _WIDE, "ledger_account_id": _WIDE, "name": "start_with eq", "external_reference": "eq in not_in",
        "emails": "in",
    },
    "billing_subscriptions": {"id": _WIDE, "start": _WIDE, "customer_id": _WIDE, "status": "eq not_eq in not_in"},
    "categories": {"id": _WIDE, "label": "eq start_with", "category_group_id": _WIDE, "analytical_code": "eq in"},
    "quotes": {"id": _WIDE, "customer_id": _WIDE, "status": "eq not_eq in not_in"},
    "ledger_entries": {"id": _WIDE, "date": _WIDE, "journal_id": _WIDE},
    "ledger_accounts": {"id": _WIDE, "number": "eq in start_with"},
    "category_groups": {"id": _WIDE},
    "journals": {"id": _WIDE},
}  # fmt: skip
"""Collection → field → its operators. Where the sheet names no operators, and for the last four, OURS."""

SORTS: Final[Mapping[str, tuple[str, ...]]] = {"customer_invoices": ("id", "date"), "invoice_lines": ("id", "rank")}
"""Collection → what it sorts by; the others by id alone."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How many rows, in which order, after which one."""

    limit: int
    sort: str
    after: int | None

    @staticmethod
    def of(query: Mapping[str, str], collection: str, limit_max: int = LIMIT_MAX) -> "Paging":
        """Read the query. Raises 400: a limit out of range is not clamped."""
        text = query.get("limit", str(LIMIT_DEFAULT))
        if not text.isdecimal() or not 1 <= int(text) <= limit_max:
            raise bad_request(f"limit has to be between 1 and {limit_max}")
        sort = query.get("sort", "-id")
        if sort.removeprefix("-") not in SORTS.get(collection, ("id",)):
            raise bad_request(f"sort by {sort} is not supported")
        return Paging(int(text), sort, _after(query.get("cursor")))


def page(rows: Iterable[Row], paging: Paging, shown: Callable[[Row], Row]) -> dict[str, Any]:
    """One page of the rows, as the API gives it."""
    key, is_down = paging.sort.removeprefix("-"), paging.sort.startswith("-")
    ordered = sorted(rows, key=lambda row: (str(row.get(key) or "") if key != "id" else "", row["id"]), reverse=is_down)
    start = _start(ordered, paging, is_down=is_down)
    taken = ordered[start : start + paging.limit]
    has_more = start + paging.limit < len(ordered)
    return {
        "items": [shown(row) for row in taken],
        "has_more": has_more,
        "next_cursor": _cursor(taken[-1]["id"]) if has_more else None,
    }


def _start(ordered: Sequence[Row], paging: Paging, *, is_down: bool) -> int:
    """Where the page begins: behind the cursor's row, or where it would be if it is not among these rows."""
    if paging.after is None:
        return 0
    for index, row in enumerate(ordered):
        if row["id"] == paging.after:
            return index + 1
    return next((i for i, row in enumerate(ordered) if _is_after(row["id"], paging.after, is_down)), len(ordered))


def filtered(rows: Iterable[Row], text: str | None, collection: str) -> list[Row]:
    """The rows that every condition of the query's `filter` lets through. Raises 400."""
    if not text:
        return list(rows)
    conditions = [_condition(item, collection) for item in _json_list(text)]
    return [row for row in rows if all(holds(row) for holds in conditions)]


def reference_in(text: str | None) -> str | None:
    """The external reference that a filter asks for, if it is one."""
    for item in _json_list(text) if text else ():
        if isinstance(item, dict) and item.get("field") == "external_reference":
            return str(item.get("value"))
    return None


def _json_list(text: str) -> Sequence[Any]:
    try:
        conditions = json.loads(text, parse_float=Decimal)
    except ValueError:
        conditions = None
    if not isinstance(conditions, list):
        raise bad_request("filter has to be a JSON array")
    return conditions


def _condition(item: Any, collection: str) -> Callable[[Row], bool]:
    known = FILTERS.get(collection, {})
    if not isinstance(item, dict) or not {"field", "operator", "value"} <= item.keys():
        raise bad_request("a filter has field, operator and value")
    name, operator, value = item["field"], item["operator"], item["value"]
    if name not in known:
        raise bad_request(f"filter by {name} is not supported")
    if operator not in known[name].split():
        raise bad_request(f"operator {operator} is not supported for {name}")
    if operator in ("in", "not_in") and not isinstance(value, list):
        raise bad_request(f"operator {operator} takes an array")
    compare = _COMPARISONS[operator]
    return lambda row: any(compare(held, value) for held in _held(row, name))


def _held(row: Row, name: str) -> list[Any]:
    """What a row holds under a filter's field: each of `emails`, the id of what it refers to, or the value."""
    if name == "emails":
        return list(row["emails"])
    if name == "credit_note":
        return [row["status"] == "credit_note" or Decimal(row["currency_amount"]) < 0]
    if name == "category_id":
        return [tag["id"] for tag in row.get("_categories", ())]
    if name in row:
        return [row[name]]
    referred = row.get(name.removesuffix("_id"))
    return [referred.get("id") if isinstance(referred, dict) else None]


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(held: Any, value: Any) -> bool:
        if held is None:
            return False
        if isinstance(held, int):
            try:
                return compare(Decimal(held), Decimal(str(value)))
            except InvalidOperation:
                return False
        return compare(str(held), str(value))

    return run


def _same(held: Any, value: Any) -> bool:
    if isinstance(held, bool) or isinstance(value, bool):
        return held is value or str(held).lower() == str(value).lower()
    return held is not None and str(held) == str(value)


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": _same,
    "not_eq": lambda held, value: not _same(held, value),
    "lt": _ordered(lambda a, b: a < b),
    "lteq": _ordered(lambda a, b: a <= b),
    "gt": _ordered(lambda a, b: a > b),
    "gteq": _ordered(lambda a, b: a >= b),
    "in": lambda held, value: any(_same(held, each) for each in value),
    "not_in": lambda held, value: not any(_same(held, each) for each in value),
    "start_with": lambda held, value: held is not None and str(held).startswith(str(value)),
}


def _cursor(row_id: int) -> str:
    return base64.urlsafe_b64encode(f"id:{row_id}".encode()).decode()


def _after(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
        name, _, row_id = text.partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise bad_request("Invalid cursor") from None
    if name != "id" or not row_id.isdecimal():
        raise bad_request("Invalid cursor")
    return int(row_id)


def _is_after(row_id: int, after: int, is_down: bool) -> bool:
    return row_id < after if is_down else row_id > after
