"""The list actions. Pages are those of the seed, numbered and with totals, which API v2 does not have.

So a list is walked from cursor to cursor, a hundred rows a call, and the page asked for is cut out of it: its number
holds and its total is exact. What lies behind links is read only for the rows that are given. Source: seed 002.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ledgerpost.connectors.pennylane.actions.filter_text import read_filters
from ledgerpost.connectors.pennylane.actions.inputs_lists import (
    ListCategoriesInput,
    ListFilteredInput,
    ListInput,
    ListInvoicesInput,
)
from ledgerpost.connectors.pennylane.actions.outputs import Row
from ledgerpost.connectors.pennylane.actions.outputs_documents import (
    InvoiceDetails,
    Names,
    estimate_row,
    invoice_row,
    product_ids,
    subscription_row,
)
from ledgerpost.connectors.pennylane.actions.outputs_masters import (
    category_row,
    customer_row,
    product_row,
    supplier_row,
)
from ledgerpost.connectors.pennylane.client import SIDE_BY_SIDE, Listing, Page
from ledgerpost.connectors.pennylane.filters import Filter
from ledgerpost.connectors.pennylane.lookups import Lookups, is_number, parts_of
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import Category, Customer, Product, Resource, Supplier
from ledgerpost.connectors.pennylane.resources_documents import (
    BillingSubscription,
    CustomerInvoice,
    MatchedTransaction,
    Payment,
    Quote,
)
from ledgerpost.connectors.pennylane.wire_json import json_bytes
from ledgerpost.ports import ExtractFiles

PER_PAGE = 20
"""Rows of a page where the seed names no other number."""

NEWEST_FIRST = "-id"

Item = TypeVar("Item", bound=Resource)


@dataclass(frozen=True, slots=True)
class Cut(Generic[Item]):
    """One page out of a list, with the number of all rows and of all pages."""

    items: tuple[Item, ...]
    total: int
    page: int
    per_page: int

    def heading(self) -> Row:
        """Give `totalPages` and `currentPage`, which are text in the seed."""
        return {"totalPages": str(-(-self.total // self.per_page)), "currentPage": str(self.page)}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the list actions work with. `files` is None where no extract can be kept."""

    lookups: Lookups
    files: ExtractFiles | None = None


def list_products(reading: Reading, asked: ListInput) -> Row:
    """List Product(s)."""
    cut = _cut_of(reading, asked, Product, "products")
    return _answer(reading, asked, cut, "products", [product_row(each) for each in cut.items])


def list_suppliers(reading: Reading, asked: ListInput) -> Row:
    """List Supplier(s). The seed calls their number totalCustomers, and so it is called, beside totalSuppliers."""
    cut = _cut_of(reading, asked, Supplier, "suppliers")
    rows = [supplier_row(each) for each in cut.items]
    totals = {"totalCustomers": cut.total, "totalSuppliers": cut.total}
    return _answer(reading, asked, cut, "suppliers", rows) | totals


def list_customers(reading: Reading, asked: ListInput) -> Row:
    """List Customer(s), companies and individuals apart."""
    cut = _cut_of(reading, asked, Customer, "customers")
    rows: dict[str, list[Row]] = {"individual": [], "company": []}
    for each in cut.items:
        rows["individual" if each.customer_type == "individual" else "company"].append(customer_row(each))
    answer = _answer(reading, asked, cut, "customers", [row for kind in rows.values() for row in kind])
    shown = {kind: [] for kind in rows} if asked.extract_in_marjory_file else rows
    return answer | {"totalCustomers": cut.total, "customers": shown}


def list_categories(reading: Reading, asked: ListCategoriesInput) -> Row:
    """List Category(ies), the newest first unless `sort` says otherwise."""
    client = reading.lookups.client
    if asked.id:
        found = tuple(each for part in _numbered(Category, "categories", reading, asked.id) for each in part)
    else:
        found = tuple(item for page in client.categories(Listing(sort=NEWEST_FIRST)) for item in page.items)
    ordered = _sorted(found, asked.sort)
    cut = _page_cut([Page(ordered, None)], _page_number(asked), _per_page(asked, asked.per_page, len(ordered)))
    rows = [category_row(each) for each in cut.items]
    return _answer(reading, asked, cut, "categories", rows) | {"totalCategories": cut.total}


def list_subscriptions(reading: Reading, asked: ListFilteredInput) -> Row:
    """List Billing Subscription(s), each with the lines of its template."""
    client = reading.lookups.client
    collection = "billing_subscriptions"
    pages: Iterable[Page[BillingSubscription]]
    if asked.id:
        pages = [Page(tuple(_flat(_numbered(BillingSubscription, collection, reading, asked.id))), None)]
    else:
        listing = Listing(filters=read_filters(collection, asked.filter, reading.lookups), sort=NEWEST_FIRST)
        pages = client.billing_subscriptions(listing, with_lines=False)
    cut = _page_cut(pages, asked.page, PER_PAGE)
    full = _side_by_side(client.with_subscription_lines, cut.items)
    names = _names(reading.lookups, full)
    rows = [subscription_row(each, names) for each in full]
    return cut.heading() | {"billingSubscriptions": rows, "totalBillingSubscriptions": cut.total}


def list_estimates(reading: Reading, asked: ListFilteredInput) -> Row:
    """List Estimate(s), with their lines and the invoices made of them."""
    client = reading.lookups.client
    pages: Iterable[Page[Quote]]
    if asked.id:
        pages = [Page(tuple(_flat(_numbered(Quote, "quotes", reading, asked.id))), None)]
    else:
        listing = Listing(filters=read_filters("quotes", asked.filter, reading.lookups), sort=NEWEST_FIRST)
        pages = client.quotes(listing, with_lines=False)
    cut = _page_cut(pages, asked.page, PER_PAGE)
    full = _side_by_side(client.with_lines, cut.items)
    names = _names(reading.lookups, full)
    related = _side_by_side(lambda quote: client.nested(CustomerInvoice, quote.linked_invoices), full)
    rows = [estimate_row(quote, names, invoices) for quote, invoices in zip(full, related, strict=True)]
    return cut.heading() | {"estimates": rows}


def list_invoices(reading: Reading, asked: ListInvoicesInput) -> Row:
    """List Invoice(s), with lines, categories, payments and matched transactions.

    An extract holds every row; the address of a PDF is left out of it, since it dies after thirty minutes.
    """
    client = reading.lookups.client
    if asked.id is not None:
        pages: Iterable[Page[CustomerInvoice]] = [Page(reading.lookups.invoices(asked.id), None)]
    else:
        filters = read_filters("customer_invoices", asked.filter, reading.lookups)
        pages = client.customer_invoices(Listing(filters=filters, sort=NEWEST_FIRST), with_lines=False)
    if asked.extract_in_marjory_file:
        whole = tuple(item for page in pages for item in page.items)
        cut = Cut(whole, len(whole), 1, max(1, len(whole)))
    else:
        cut = _page_cut(pages, asked.page, asked.per_page)
    rows = [row for part in parts_of(list(cut.items)) for row in _invoice_rows(reading.lookups, part)]
    if asked.extract_in_marjory_file:
        rows = [row | {"fileUrl": None} for row in rows]
    return _answer(reading, asked, cut, "invoices", rows) | {"totalInvoices": cut.total}


def _invoice_rows(lookups: Lookups, invoices: Sequence[CustomerInvoice]) -> list[Row]:
    full = _side_by_side(lookups.client.with_lines, invoices)
    names = _names(lookups, full)
    details = _side_by_side(lambda invoice: _details(lookups, invoice), full)
    return [invoice_row(invoice, names, detail) for invoice, detail in zip(full, details, strict=True)]


def _details(lookups: Lookups, invoice: CustomerInvoice) -> InvoiceDetails:
    """Read what lies behind an invoice's links; a draft has none of it. Source: pennylane sheet, section 5.2."""
    if invoice.draft:
        return InvoiceDetails()
    nested = lookups.client.nested
    return InvoiceDetails(
        payments=nested(Payment, invoice.payments),
        transactions=nested(MatchedTransaction, invoice.matched_transactions),
        categories=nested(Category, invoice.categories),
    )


def _names(lookups: Lookups, headers: Sequence[Any]) -> Names:
    """Read the products and customers that a page of documents names, a hundred with one call."""
    products = {product_id for header in headers for product_id in product_ids(header.lines)}
    customers = {header.customer.id for header in headers if header.customer is not None}
    return Names(
        products=lookups.by_ids(Product, "products", products),
        customers=lookups.by_ids(Customer, "customers", customers),
    )


Master = TypeVar("Master", Customer, Product, Supplier)


def _cut_of(reading: Reading, asked: ListInput, kind: type[Master], collection: str) -> Cut[Master]:
    client = reading.lookups.client
    if asked.id:
        found = reading.lookups.several(kind, collection, asked.id)
        return Cut(found, len(found), 1, max(PER_PAGE, len(found)))
    pages: Iterator[Page[Any]] = getattr(client, collection)(Listing(sort=NEWEST_FIRST))
    if asked.extract_in_marjory_file:
        whole = tuple(item for page in pages for item in page.items)
        return Cut(whole, len(whole), 1, max(1, len(whole)))
    return _page_cut(pages, asked.page, PER_PAGE)


def _page_cut(pages: Iterable[Page[Item]], page: int, per_page: int) -> Cut[Item]:
    """Walk the whole list and keep the rows of one page of it; a page past the end is empty."""
    start, kept, total = (page - 1) * per_page, [], 0
    for each in pages:
        for item in each.items:
            if start <= total < start + per_page:
                kept.append(item)
            total += 1
    return Cut(tuple(kept), total, page, per_page)


def _page_number(asked: ListCategoriesInput) -> int:
    return 1 if asked.id or asked.extract_in_marjory_file else asked.page


def _per_page(asked: ListCategoriesInput, per_page: int, total: int) -> int:
    return max(per_page, total) if asked.id or asked.extract_in_marjory_file else per_page


SORTABLE: dict[str, Callable[[Category], Any]] = {
    "id": lambda category: category.id,
    "group_id": lambda category: category.category_group.id if category.category_group else 0,
    "label": lambda category: category.label,
    "direction": lambda category: category.direction or "",
}
"""What categories can be sorted by. Source: seed 002, List Category(ies)."""


def _sorted(categories: Iterable[Category], sort: str | None) -> tuple[Category, ...]:
    """Sort by attributes separated by commas, the first of them the strongest; `-` turns one round."""
    ordered = sorted(categories, key=SORTABLE["id"], reverse=True)
    for part in reversed([part.strip() for part in (sort or "").split(",") if part.strip()]):
        name = part.removeprefix("-")
        if name not in SORTABLE:
            raise PennylaneError("pennylane_input_refused", f"sort: {name!r} is none of {', '.join(SORTABLE)}.")
        ordered.sort(key=SORTABLE[name], reverse=part.startswith("-"))
    return tuple(ordered)


Numbered = TypeVar("Numbered", BillingSubscription, Category, Quote)


def _numbered(
    kind: type[Numbered], collection: str, reading: Reading, ids: Sequence[str]
) -> Iterator[tuple[Numbered, ...]]:
    """Give resources that have only their own id, in the order of the ids."""
    wanted = [int(each) for each in dict.fromkeys(ids) if is_number(each)]
    for part in parts_of(wanted):
        found = {each.id: each for each in reading.lookups.client.find(kind, collection, Filter("id", "in", part))}
        yield tuple(found[each] for each in part if each in found)


def _flat(parts: Iterable[tuple[Item, ...]]) -> Iterator[Item]:
    for part in parts:
        yield from part


Given = TypeVar("Given")
Read = TypeVar("Read")


def _side_by_side(read: Callable[[Given], Read], items: Sequence[Given]) -> tuple[Read, ...]:
    """Read what lies behind the links of every item, some side by side; the budget keeps them within the limit."""
    if len(items) < 2:
        return tuple(map(read, items))
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(items)), thread_name_prefix="pennylane") as executor:
        return tuple(executor.map(read, items))


def _answer(
    reading: Reading, asked: ListInput | ListInvoicesInput, cut: Cut[Any], root: str, rows: Sequence[Row]
) -> Row:
    """Give the rows, or with `extractInMarjoryFile` the place of the file that they were written to."""
    if not asked.extract_in_marjory_file:
        return cut.heading() | {root: list(rows)}
    if reading.files is None:
        raise PennylaneError("pennylane_input_refused", "extractInMarjoryFile: no place for extracts is set up here.")
    place = reading.files.write(f"pennylane-{root}.jsonl", (json_bytes(row).decode() for row in rows))
    return cut.heading() | {root: [], "file": {"place": place, "rows": len(rows)}}
