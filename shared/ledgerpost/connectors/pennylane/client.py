"""Reading Pennylane: typed lists that can be taken up again at a cursor, and single resources.

A list is read page by page. Each page says where the next one begins, so a reader that keeps `next_cursor` beside what
it did with the page goes on from there after a crash. Filters and sort order are sent again with every page, since
the cursor does not remember them. Source: pennylane sheet, sections 4 and 5.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from ledgerpost.connectors.pennylane.calls import PennylaneCalls
from ledgerpost.connectors.pennylane.filters import Filter, filter_text
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import (
    Caller,
    Category,
    CategoryGroup,
    Customer,
    Link,
    Product,
    Resource,
    Supplier,
)
from ledgerpost.connectors.pennylane.resources_documents import (
    BillingSubscription,
    CustomerInvoice,
    InvoiceHeader,
    InvoiceLine,
    Quote,
)
from ledgerpost.domain.outcome import NotApplied, Unknown

LIMIT_MAX = 100
SIDE_BY_SIDE = 5
"""Nested links followed at once: as many as the budget lets go in one burst."""

PAGES_MAX = 100_000
"""A list that does not end by then turns in a circle."""

Item = TypeVar("Item", bound=Resource)
Header = TypeVar("Header", bound=InvoiceHeader)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list. `next_cursor` is where to go on, None at the end of the list."""

    items: tuple[Item, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What to list. `start` is the cursor to begin at, None for the beginning; it holds only with the same filters and
    sort. `sort` is `id`, oldest first, so that rows which come meanwhile stand at the end; `limit` is 1 to 100.
    """

    filters: tuple[Filter, ...] = ()
    start: str | None = None
    sort: str = "id"
    limit: int = LIMIT_MAX


WHOLE = Listing()


class PennylaneClient:
    """Reads one company's data. Safe to share between threads.

    Every method raises PennylaneError for what cannot be read: its code says why, its `outcome` whether it may pass.
    """

    def __init__(self, calls: PennylaneCalls, *, side_by_side: int = SIDE_BY_SIDE) -> None:
        self.calls = calls
        self._side_by_side = side_by_side

    def caller(self) -> Caller:
        """Give whose token it is and its scopes; needs no scope itself, so it is the connection's test."""
        return self._one(Caller, "/me")

    def customers(self, listing: Listing = WHOLE) -> Iterator[Page[Customer]]:
        """List customers, companies and individuals together."""
        return self._pages(Customer, "customers", listing)

    def products(self, listing: Listing = WHOLE) -> Iterator[Page[Product]]:
        """List products; each has its one price."""
        return self._pages(Product, "products", listing)

    def suppliers(self, listing: Listing = WHOLE) -> Iterator[Page[Supplier]]:
        """List suppliers."""
        return self._pages(Supplier, "suppliers", listing)

    def categories(self, listing: Listing = WHOLE) -> Iterator[Page[Category]]:
        """List analytical categories."""
        return self._pages(Category, "categories", listing)

    def category_groups(self, listing: Listing = WHOLE) -> Iterator[Page[CategoryGroup]]:
        """List the groups of categories."""
        return self._pages(CategoryGroup, "category_groups", listing)

    def billing_subscriptions(
        self, listing: Listing = WHOLE, *, with_lines: bool = True
    ) -> Iterator[Page[BillingSubscription]]:
        """List billing subscriptions, each with the lines of its template unless `with_lines` is off."""
        for page in self._pages(BillingSubscription, "billing_subscriptions", listing):
            yield Page(self._each(self.with_subscription_lines, page.items), page.next_cursor) if with_lines else page

    def customer_invoices(
        self, listing: Listing = WHOLE, *, with_lines: bool = True
    ) -> Iterator[Page[CustomerInvoice]]:
        """List invoices, drafts and credit notes among them, each with its lines unless `with_lines` is off."""
        for page in self._pages(CustomerInvoice, "customer_invoices", listing):
            yield Page(self._each(self.with_lines, page.items), page.next_cursor) if with_lines else page

    def credit_notes(self, listing: Listing = WHOLE, *, with_lines: bool = True) -> Iterator[Page[CustomerInvoice]]:
        """List credit notes alone. Source: pennylane sheet, sections 4 and 5.3."""
        only = Filter("credit_note", "eq", value=True)
        listing = Listing(filters=(*listing.filters, only), start=listing.start, sort=listing.sort, limit=listing.limit)
        return self.customer_invoices(listing, with_lines=with_lines)

    def quotes(self, listing: Listing = WHOLE, *, with_lines: bool = True) -> Iterator[Page[Quote]]:
        """List quotes, each with its lines unless `with_lines` is off."""
        for page in self._pages(Quote, "quotes", listing):
            yield Page(self._each(self.with_lines, page.items), page.next_cursor) if with_lines else page

    def customer(self, resource_id: int) -> Customer:
        """Give one customer by its v2 id."""
        return self._one(Customer, f"/customers/{resource_id}")

    def product(self, resource_id: int) -> Product:
        """Give one product by its v2 id."""
        return self._one(Product, f"/products/{resource_id}")

    def customer_invoice(self, resource_id: int) -> CustomerInvoice:
        """Give one invoice by its v2 id, with its lines."""
        return self.with_lines(self._one(CustomerInvoice, f"/customer_invoices/{resource_id}"))

    def quote(self, resource_id: int) -> Quote:
        """Give one quote by its v2 id, with its lines."""
        return self.with_lines(self._one(Quote, f"/quotes/{resource_id}"))

    def billing_subscription(self, resource_id: int) -> BillingSubscription:
        """Give one billing subscription by its v2 id, with its lines."""
        found = self._one(BillingSubscription, f"/billing_subscriptions/{resource_id}")
        return self.with_subscription_lines(found)

    def find(self, kind: type[Item], collection: str, *filters: Filter) -> tuple[Item, ...]:
        """Give every resource of `collection` that all `filters` let through."""
        return tuple(every(self._pages(kind, collection, Listing(filters=filters))))

    def with_lines(self, header: Header) -> Header:
        """Give the invoice or quote with its lines, in the order of their ids."""
        return header.model_copy(update={"lines": self.nested(InvoiceLine, header.invoice_lines)})

    def with_subscription_lines(self, subscription: BillingSubscription) -> BillingSubscription:
        """Give the subscription with the lines of its template."""
        lines = self.nested(InvoiceLine, subscription.customer_invoice_data.invoice_lines)
        return subscription.model_copy(update={"lines": lines})

    def nested(self, kind: type[Item], link: Link | None) -> tuple[Item, ...]:
        """Give everything behind a nested link, to its last page; nothing where there is no link."""
        if link is None:
            return ()
        return tuple(every(self._pages_at(kind, link.url, {"limit": str(LIMIT_MAX)}, None)))

    def _each(self, read: Callable[[Item], Item], items: Sequence[Item]) -> tuple[Item, ...]:
        """Read of every item what lies behind its link, some side by side, in the order of the items."""
        if len(items) < 2 or self._side_by_side < 2:
            return tuple(map(read, items))
        with ThreadPoolExecutor(min(self._side_by_side, len(items)), thread_name_prefix="pennylane") as executor:
            return tuple(executor.map(read, items))

    def _pages(self, kind: type[Item], collection: str, listing: Listing) -> Iterator[Page[Item]]:
        query = {"limit": str(listing.limit), "sort": listing.sort}
        if listing.filters:
            query["filter"] = filter_text(collection, listing.filters)
        return self._pages_at(kind, f"/{collection}", query, listing.start)

    def _pages_at(self, kind: type[Item], where: str, query: dict[str, str], start: str | None) -> Iterator[Page[Item]]:
        cursor = start
        for _ in range(PAGES_MAX):
            asked = query if cursor is None else query | {"cursor": cursor}
            page = page_of(kind, self._document(where, asked), where)
            yield page
            if page.next_cursor is None:
                return
            if page.next_cursor == cursor:
                raise PennylaneError("reply_unreadable", f"The list {where} turns in a circle.")
            cursor = page.next_cursor
        raise PennylaneError("reply_unreadable", f"The list {where} does not end.")

    def _one(self, kind: type[Item], path: str) -> Item:
        return read_resource(kind, self._document(path, None), path)

    def _document(self, where: str, query: dict[str, str] | None) -> Any:
        document = self.calls.get(where, query)
        if isinstance(document, NotApplied | Unknown):
            raise PennylaneError.of(document, f"Reading {where}")
        return document


def every(pages: Iterable[Page[Item]]) -> Iterator[Item]:
    """Give the items of all pages, one by one."""
    for page in pages:
        yield from page.items


def page_of(kind: type[Item], document: Any, where: str) -> Page[Item]:
    """Read one page of a list. A page that says there is more has to say where."""
    items = document.get("items") if isinstance(document, dict) else None
    cursor = document.get("next_cursor") if isinstance(document, dict) else None
    has_more = document.get("has_more") if isinstance(document, dict) else None
    if not isinstance(items, list) or (has_more and not (isinstance(cursor, str) and cursor)):
        raise PennylaneError("reply_unreadable", f"The answer to {where} is no page of a list.")
    return Page(tuple(read_resource(kind, item, where) for item in items), cursor if has_more else None)


def read_resource(kind: type[Item], document: Any, where: str) -> Item:
    """Read one resource. Raises PennylaneError naming the first key that cannot be read, never its value."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise PennylaneError("reply_unreadable", f"The answer to {where} cannot be read: {place}.") from None
