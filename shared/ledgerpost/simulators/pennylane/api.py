"""The paths of API v2: which call goes where, which scope it needs, and the order of the checks.

Bearer (401) → path (404) → scope (403) → rate (429) → JSON (400) → closed schema (400) → required (400) → rules
(422, 409). Source: pennylane sheet, sections 5 and 11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from ledgerpost.simulators.pennylane import documents, masters, schemas, subscriptions, v1
from ledgerpost.simulators.pennylane.auth import Caller
from ledgerpost.simulators.pennylane.books import COLLECTIONS, Books, Row
from ledgerpost.simulators.pennylane.exchange import (
    bad_request,
    json_answer,
    no_such_path,
    parameters_of,
    unprocessable,
)
from ledgerpost.simulators.pennylane.links import API_PATH, NESTED, shown
from ledgerpost.simulators.pennylane.listing import Paging, filtered, page, reference_in
from ledgerpost.simulators.pennylane.schemas import Schema
from ledgerpost.simulators.pennylane.validation import read_body
from ledgerpost.simulators.serving.exchange import Answer, Call

CHANGES_KEPT: Final = timedelta(weeks=4)
CHANGES_LIMIT_MAX: Final = 1000
_CHANGELOGS: Final = ("customer_invoices", "customers", "suppliers", "products", "quotes")


@dataclass(frozen=True, slots=True)
class Asked:
    """One call with everything that answers it. `hidden` are the ids that look-ups do not see yet."""

    books: Books
    call: Call
    caller: Caller
    base_url: str
    row_id: str = ""
    hidden: frozenset[int] = frozenset()

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query."""
        return parameters_of(self.call)


@dataclass(frozen=True, slots=True)
class Operation:
    """A call of the API: its name in the counts, its scope, whether it writes, and what does it."""

    name: str
    scope: str
    writes: bool
    run: Callable[[Asked], Answer]


def operation_of(call: Call) -> tuple[Operation, str]:
    """The operation that a call asks for and the id in its path. Raises 404 for an unknown path or method."""
    if call.path.startswith(v1.API_PATH + "/"):
        return _v1_operation(call)
    if not call.path.startswith(API_PATH + "/"):
        raise no_such_path()
    parts = call.path.removeprefix(API_PATH + "/").split("/")
    match parts:
        case [name]:
            found = _COLLECTION.get((call.method, name)) or _listing(call.method, name)
        case ["changelogs", name] if call.method == "GET" and name in _CHANGELOGS:
            found = Operation(f"changelog {name}", name, False, lambda asked: _changelog(asked, name))
        case [name, _]:
            found = _ONE.get((call.method, name)) or _single(call.method, name)
        case [name, _, nested]:
            found = _UNDER_ONE.get((call.method, name, nested)) or _nested(call.method, name, nested)
        case _:
            found = None
    if found is None:
        raise no_such_path()
    return found, parts[1] if len(parts) > 1 else ""


def _v1_operation(call: Call) -> tuple[Operation, str]:
    parts = call.path.removeprefix(v1.API_PATH + "/").split("/")
    if call.method != "GET" or parts[0] not in v1.COLLECTIONS or len(parts) > 2:
        raise no_such_path()
    name = parts[0]
    scope = _scope_of(v1.COLLECTIONS[name][0])
    if len(parts) == 1:
        return Operation(f"v1 list {name}", scope, False, lambda asked: v1.listed(asked.books, name, asked.query)), ""
    return Operation(f"v1 get {name}", scope, False, lambda asked: v1.single(asked.books, name, parts[1])), parts[1]


def _scope_of(collection: str) -> str:
    return {"category_groups": "categories"}.get(collection, collection)


def _listing(method: str, name: str) -> Operation | None:
    if method != "GET" or name not in COLLECTIONS:
        return None

    def run(asked: Asked) -> Answer:
        text = asked.query.get("filter")
        paging = Paging.of(asked.query, name)
        rows = filtered(_with_categories(asked.books, name), text, name)
        if reference_in(text) is not None:
            rows = [row for row in rows if row["id"] not in asked.hidden]
        document = page(rows, paging, lambda row: shown(name, row, asked.base_url))
        if name == "ledger_entries":
            document |= dict.fromkeys(("total_pages", "current_page", "per_page", "total_items"))
        return json_answer(document)

    return Operation(f"list {name}", _scope_of(name), False, run)


def _with_categories(books: Books, name: str) -> list[Row]:
    if name != "customer_invoices":
        return list(books.rows(name))
    return [row | {"_categories": books.children(name, row["id"], "categories")} for row in books.rows(name)]


def _single(method: str, name: str) -> Operation | None:
    if method != "GET" or name not in COLLECTIONS:
        return None
    return Operation(
        f"get {name}", _scope_of(name), False,
        lambda asked: json_answer(shown(name, asked.books.row(name, asked.row_id), asked.base_url)),
    )  # fmt: skip


def _nested(method: str, name: str, nested: str) -> Operation | None:
    if name == "category_groups" and nested == "categories" and method == "GET":
        return Operation("list categories of group", "categories", False, _categories_of_group)
    if method != "GET" or nested not in NESTED.get(name, ()):
        return None

    def run(asked: Asked) -> Answer:
        row = asked.books.row(name, asked.row_id)
        paging = Paging.of({"sort": "id"} | dict(asked.query), nested)
        rows = asked.books.children(name, row["id"], nested)
        if nested == "categories":
            rows = [asked.books.tables["categories"][tag["id"]] | {"weight": tag["weight"]} for tag in rows]
        return json_answer(page(rows, paging, lambda each: shown(nested, each, asked.base_url)))

    return Operation(f"list {nested} of {name}", _scope_of(name), False, run)


def _categories_of_group(asked: Asked) -> Answer:
    group = asked.books.row("category_groups", asked.row_id)
    rows = [row for row in asked.books.rows("categories") if row["category_group"]["id"] == group["id"]]
    return json_answer(page(rows, Paging.of(asked.query, "categories"), lambda row: row))


def _me(asked: Asked) -> Answer:
    company = {"id": 1, "name": asked.books.settings.company, "reg_no": "123456789"}
    return json_answer({"user": None, "company": company, "scopes": sorted(asked.caller.scopes)})


def _changelog(asked: Asked, name: str) -> Answer:
    """What changed since an instant, oldest first. Source: section 7."""
    query = asked.query
    if "start_date" in query and "cursor" in query:
        raise bad_request("start_date and cursor cannot be given together")
    oldest = asked.books.now() - CHANGES_KEPT
    since = oldest
    if "start_date" in query:
        try:
            since = datetime.fromisoformat(query["start_date"])
        except ValueError:
            raise bad_request("start_date is no RFC 3339 instant") from None
        if since.tzinfo is None or since < oldest:
            raise unprocessable("start_date is older than four weeks, or names no zone")
    rows = [
        {"id": change.id, "operation": change.operation, "processed_at": change.at.isoformat(), "place": place}
        for place, change in enumerate(asked.books.changes.get(name, ()))
        if change.at >= since
    ]
    paging = Paging.of({"sort": "id"} | dict(query), name, CHANGES_LIMIT_MAX)
    start = (
        0 if paging.after is None else next((i + 1 for i, row in enumerate(rows) if row["place"] == paging.after), 0)
    )
    numbered = [row | {"id": row["place"], "row": row["id"]} for row in rows[start:]]
    document = page(numbered, Paging(paging.limit, "id", None), lambda row: row)
    document["items"] = [
        {"id": row["row"], "operation": row["operation"], "processed_at": row["processed_at"]}
        for row in document["items"]
    ]
    return json_answer(document)


def _creates(collection: str, schema: Schema, make: Callable[[Books, Mapping[str, Any]], Row]) -> Operation:
    def run(asked: Asked) -> Answer:
        row = make(asked.books, read_body(asked.call.body, schema))
        return json_answer(shown(collection, row, asked.base_url), HTTPStatus.CREATED)

    return Operation(f"create {collection}", _scope_of(collection), True, run)


def _updates(
    collection: str, schema: Schema, change: Callable[[Books, str, Mapping[str, Any]], Row], what: str = "update"
) -> Operation:
    def run(asked: Asked) -> Answer:
        asked.books.row(collection, asked.row_id)
        row = change(asked.books, asked.row_id, read_body(asked.call.body, schema, is_update=what == "update"))
        return json_answer(shown(collection, row, asked.base_url))

    return Operation(f"{what} {collection}", _scope_of(collection), True, run)


def _acts(name: str, scope: str, act: Callable[[Asked], object], status: HTTPStatus = HTTPStatus.OK) -> Operation:
    def run(asked: Asked) -> Answer:
        given = act(asked)
        return Answer(int(status)) if given is None else json_answer(given, status)

    return Operation(name, scope, True, run)


def _company(make: Callable[..., Row]) -> Callable[..., Row]:
    return lambda *arguments: make(*arguments, kind="company")


def _individual(make: Callable[..., Row]) -> Callable[..., Row]:
    return lambda *arguments: make(*arguments, kind="individual")


def _finalize(asked: Asked) -> Row:
    return shown(documents.INVOICES, documents.finalize_invoice(asked.books, asked.row_id), asked.base_url)


def _set_categories(asked: Asked) -> list[Row]:
    return documents.set_categories(asked.books, asked.row_id, read_body(asked.call.body, schemas.CATEGORY_WEIGHTS))


_COLLECTION: Final = {
    ("GET", "me"): Operation("me", "", False, _me),
    ("POST", "company_customers"): _creates("customers", schemas.COMPANY, _company(masters.create_customer)),
    ("POST", "individual_customers"): _creates("customers", schemas.INDIVIDUAL, _individual(masters.create_customer)),
    ("POST", "products"): _creates("products", schemas.PRODUCT, masters.create_product),
    ("POST", "suppliers"): _creates("suppliers", schemas.SUPPLIER, masters.create_supplier),
    ("POST", "categories"): _creates("categories", schemas.CATEGORY, masters.create_category),
    ("POST", "quotes"): _creates("quotes", schemas.QUOTE, documents.create_quote),
    ("POST", "customer_invoices"): _creates(documents.INVOICES, schemas.INVOICE, documents.create_invoice),
    ("POST", "billing_subscriptions"): _creates(
        subscriptions.SUBSCRIPTIONS, schemas.SUBSCRIPTION, subscriptions.create_subscription
    ),
    ("POST", "ledger_entries"): _creates("ledger_entries", schemas.LEDGER_ENTRY, documents.create_ledger_entry),
}

_ONE: Final = {
    ("PUT", "company_customers"): _updates("customers", schemas.COMPANY, _company(masters.update_customer)),
    ("PUT", "individual_customers"): _updates("customers", schemas.INDIVIDUAL, _individual(masters.update_customer)),
    ("PUT", "products"): _updates("products", schemas.PRODUCT, masters.update_product),
    ("PUT", "suppliers"): _updates("suppliers", schemas.SUPPLIER, masters.update_supplier),
    ("PUT", "categories"): _updates("categories", schemas.CATEGORY, masters.update_category),
    ("PUT", "customer_invoices"): _updates(documents.INVOICES, schemas.INVOICE_UPDATE, documents.update_invoice),
    ("DELETE", "customer_invoices"): _acts(
        "delete customer_invoices", documents.INVOICES,
        lambda asked: documents.delete_invoice(asked.books, asked.row_id), HTTPStatus.NO_CONTENT,
    ),
    ("PUT", "billing_subscriptions"): _updates(
        subscriptions.SUBSCRIPTIONS, schemas.SUBSCRIPTION_UPDATE, subscriptions.update_subscription
    ),
}  # fmt: skip

_UNDER_ONE: Final = {
    ("PUT", "customer_invoices", "finalize"): _acts("finalize customer_invoices", documents.INVOICES, _finalize),
    ("PUT", "customer_invoices", "mark_as_paid"): _acts(
        "mark_as_paid customer_invoices", documents.INVOICES,
        lambda asked: documents.mark_as_paid(asked.books, asked.row_id), HTTPStatus.NO_CONTENT,
    ),
    ("POST", "customer_invoices", "link_credit_note"): _updates(
        documents.INVOICES, schemas.LINK_CREDIT_NOTE,
        lambda books, row_id, sent: documents.link_credit_note(books, row_id, sent["credit_note_id"]), "link",
    ),
    ("PUT", "customer_invoices", "categories"): _acts("set categories", documents.INVOICES, _set_categories),
    ("PUT", "quotes", "update_status"): _updates(
        "quotes", schemas.QUOTE_STATUS,
        lambda books, row_id, sent: documents.update_quote_status(books, row_id, sent["status"]), "update_status",
    ),
}  # fmt: skip
