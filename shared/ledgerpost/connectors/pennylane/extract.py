"""Pennylane as the source of an extract (port ExtractSource): raw rows, by ascending id, a hundred at a time.

Pages are asked for by "id above the last one" and not by cursor: such a page can be asked for again after a crash, and
rows that come or go meanwhile shift nothing. Rows are handed on as they came, so that one that cannot be read is held
by itself and does not spoil its page. Source: pennylane sheet, sections 4, 5 and 7.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from ledgerpost.app.extract.ports import SourcePage
from ledgerpost.connectors.pennylane.calls import PennylaneCalls
from ledgerpost.connectors.pennylane.filters import Filter, filter_text
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.domain.extract.fields import SourceRow, at
from ledgerpost.domain.extract.progress import SourceId
from ledgerpost.domain.extract.rows import Entity
from ledgerpost.domain.outcome import NotApplied, Unknown

LIMIT_MAX: Final = 100
CHANGES_LIMIT_MAX: Final = 1000
NESTED_PAGES_MAX: Final = 100
"""Ten thousand lines of one document."""

CHANGES_PAGES_MAX: Final = 1000
"""A million changes since the last night: reading everything is no longer then."""

COLLECTIONS: Final[Mapping[Entity, str]] = {
    Entity.CUSTOMERS: "customers",
    Entity.PRODUCTS: "products",
    Entity.SUBSCRIPTIONS: "billing_subscriptions",
    Entity.INVOICES: "customer_invoices",
    Entity.CREDIT_NOTES: "customer_invoices",
}

_KINDS: Final[Mapping[Entity, tuple[Filter, ...]]] = {
    Entity.INVOICES: (Filter("credit_note", "eq", value=False),),
    Entity.CREDIT_NOTES: (Filter("credit_note", "eq", value=True),),
}
"""A credit note is a customer invoice. Source: pennylane sheet, section 5.3."""

CHANGELOGS: Final = frozenset({Entity.CUSTOMERS, Entity.PRODUCTS, Entity.INVOICES, Entity.CREDIT_NOTES})
"""There is none of billing subscriptions. Source: pennylane sheet, section 7."""

_BEYOND_RETENTION: Final = 422

_LINES_PATHS: Final = ("invoice_lines.url", "customer_invoice_data.invoice_lines.url")


class PennylaneExtract:
    """Reads one company's data for an extract. Safe to share between threads; never raises for what Pennylane does."""

    def __init__(self, calls: PennylaneCalls) -> None:
        self._calls = calls

    def page(self, entity: Entity, after: SourceId) -> SourcePage | NotApplied | Unknown:
        """Give the first hundred rows whose id is above `after`."""
        return self._page(entity, Filter("id", "gt", value=str(after)))

    def rows(self, entity: Entity, ids: Sequence[SourceId]) -> SourcePage | NotApplied | Unknown:
        """Give those of up to a hundred rows that are still there and of this entity."""
        assert len(ids) <= LIMIT_MAX, "one page holds them"
        return self._page(entity, Filter("id", "in", value=[str(each) for each in ids]))

    def lines(self, row: SourceRow) -> tuple[SourceRow, ...] | NotApplied | Unknown:
        """Give the lines behind a row's link, to the last page; none where it has no link."""
        link = next((url for path in _LINES_PATHS if isinstance(url := at(row, path), str)), None)
        if link is None:
            return ()
        found: list[SourceRow] = []
        for page in self._cursor_pages(link, {"limit": str(LIMIT_MAX)}, NESTED_PAGES_MAX):
            if isinstance(page, NotApplied | Unknown):
                return page
            found += page
        return tuple(found)

    def changed(self, entity: Entity, since: datetime) -> frozenset[SourceId] | NotApplied | Unknown | None:
        """Give the ids that the changelog lists since then; None where it has none, or does not go back so far."""
        if entity not in CHANGELOGS:
            return None
        query = {
            "limit": str(CHANGES_LIMIT_MAX),
            "start_date": since.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        ids: set[SourceId] = set()
        for page in self._cursor_pages(f"/changelogs/{COLLECTIONS[entity]}", query, CHANGES_PAGES_MAX):
            if isinstance(page, NotApplied | Unknown):
                return None if page.status == _BEYOND_RETENTION else page
            # What was deleted stays in the target. Source: seed 001, "not propagated".
            ids |= {
                SourceId(row["id"]) for row in page if type(row.get("id")) is int and row.get("operation") != "delete"
            }
        return frozenset(ids)

    def _page(self, entity: Entity, ids: Filter) -> SourcePage | NotApplied | Unknown:
        collection = COLLECTIONS[entity]
        query = {
            "limit": str(LIMIT_MAX),
            "sort": "id",
            "filter": filter_text(collection, (*_KINDS.get(entity, ()), ids)),
        }
        document = self._get(f"/{collection}", query)
        if isinstance(document, NotApplied | Unknown):
            return document
        return SourcePage(tuple(document["items"]), has_more=document.get("has_more") is True)

    def _cursor_pages(
        self, where: str, query: dict[str, str], pages_max: int
    ) -> Iterator[list[SourceRow] | NotApplied | Unknown]:
        """Give the items of each page, then why there are no more where that is not the end.

        `start_date` and `cursor` exclude each other. Source: pennylane sheet, section 7.
        """
        asked = query
        for _ in range(pages_max):
            document = self._get(where, asked)
            if isinstance(document, NotApplied | Unknown):
                yield document
                return
            yield document["items"]
            cursor = document.get("next_cursor")
            if document.get("has_more") is not True or not isinstance(cursor, str):
                return
            asked = {"limit": query["limit"], "cursor": cursor}
        yield Unknown("reply_unreadable", f"The list did not end within {pages_max} pages.")

    def _get(self, where: str, query: Mapping[str, str]) -> Any | NotApplied | Unknown:
        """Give a page's document, its `items` a list of objects."""
        try:
            document = self._calls.get(where, query)
        except PennylaneError as error:  # a link that leads elsewhere
            return Unknown(error.code, error.message)
        if isinstance(document, NotApplied | Unknown):
            return document
        items = document.get("items") if isinstance(document, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            return Unknown("reply_unreadable", "The answer is no page of a list.")
        return document
