"""From the ids that people and workflows know to Pennylane's own.

API v1 had `source_id`; v2 has integer ids and `external_reference`, which carries what v1 called so. Whatever is listed
under one of the two can be named by it. Source: pennylane sheet, sections 1 and 9.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from ledgerpost.connectors.pennylane.client import PennylaneClient
from ledgerpost.connectors.pennylane.filters import Filter
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import (
    Category,
    CategoryGroup,
    Customer,
    LedgerAccount,
    Product,
    Resource,
    Supplier,
)
from ledgerpost.connectors.pennylane.resources_documents import BillingSubscription, CustomerInvoice, Quote

IDS_AT_ONCE = 100
"""Ids of one `in` filter: as many as a page gives."""

INT64_DIGITS = 18

Found = TypeVar("Found", Customer, CustomerInvoice, Product, Supplier)
Numbered = TypeVar("Numbered", BillingSubscription, Category, Quote)
Any_ = TypeVar("Any_", bound=Resource)


class Lookups:
    """Look-ups of one action. What was found is kept, so that ten lines of one product ask once."""

    def __init__(self, client: PennylaneClient) -> None:
        self.client = client
        self._kept: dict[tuple[str, str], Resource] = {}

    def customer(self, source_id: str) -> Customer:
        """Give the customer. Raises PennylaneError where there is none, or two answer to the id."""
        return self._once("customers", source_id, lambda: self._resolved(Customer, "customers", source_id))

    def product(self, source_id: str) -> Product:
        """Give the product."""
        return self._once("products", source_id, lambda: self._resolved(Product, "products", source_id))

    def supplier(self, source_id: str) -> Supplier:
        """Give the supplier."""
        return self._resolved(Supplier, "suppliers", source_id)

    def invoice(self, source_id: str) -> CustomerInvoice:
        """Give the invoice, with its lines."""
        return self.client.with_lines(self._resolved(CustomerInvoice, "customer_invoices", source_id))

    def quote(self, quote_id: str) -> Quote:
        """Give the quote; it has only its own id."""
        return self._numbered(Quote, "quotes", quote_id)

    def category(self, category_id: str) -> Category:
        """Give the category; it has only its own id."""
        return self._numbered(Category, "categories", category_id)

    def subscription(self, subscription_id: str) -> BillingSubscription:
        """Give the billing subscription with its lines; it has only its own id."""
        found = self._numbered(BillingSubscription, "billing_subscriptions", subscription_id)
        return self.client.with_subscription_lines(found)

    def ledger_account_id(self, number: str) -> int:
        """Give the id of the account of this number in the chart of accounts."""
        found = self._once("ledger_accounts", number, lambda: self._account(number))
        assert found.id is not None
        return found.id

    def category_group(self, source_id: str, label: str) -> CategoryGroup:
        """Give the group of this id, or of this label. Groups cannot be made by API v2."""
        groups = [group for page in self.client.category_groups() for group in page.items]
        of_id = [group for group in groups if str(group.id) == source_id]
        found = of_id or [group for group in groups if group.label == label]
        if len(found) != 1:
            known = ", ".join(sorted(group.label for group in groups)) or "none"
            raise PennylaneError(
                "pennylane_not_found",
                f"No category group has the id {source_id!r} or the label {label!r}; there are: {known}. "
                "Groups are made in Pennylane itself.",
            )
        return found[0]

    def several(self, kind: type[Found], collection: str, source_ids: Iterable[str]) -> tuple[Found, ...]:
        """Give those of the ids that there are, each once, in the order of the ids; unknown ones are left out."""
        wanted = list(dict.fromkeys(source_ids))
        by_reference: dict[str, Found] = {}
        by_id: dict[str, Found] = {}
        for part in parts_of(wanted):
            for item in self.client.find(kind, collection, Filter("external_reference", "in", part)):
                by_reference[item.external_reference or ""] = item
        for part in parts_of([source_id for source_id in wanted if is_number(source_id)]):
            for item in self.client.find(kind, collection, Filter("id", "in", [int(each) for each in part])):
                by_id[str(item.id)] = item
        found = [each for source_id in wanted for each in _only(by_reference, by_id, source_id)]
        return tuple({each.id: each for each in found}.values())

    def invoices(self, source_id: str) -> tuple[CustomerInvoice, ...]:
        """Give the invoice of this id, without its lines; nothing where there is none."""
        found = self._answering(CustomerInvoice, "customer_invoices", source_id)
        if len(found) > 1:
            raise ambiguous(source_id, found)
        return tuple(found.values())

    def by_ids(self, kind: type[Any_], collection: str, ids: Iterable[int]) -> dict[int, Any_]:
        """Give resources by their v2 ids, a hundred with one call."""
        found: dict[int, Any_] = {}
        for part in parts_of(sorted(set(ids))):
            for item in self.client.find(kind, collection, Filter("id", "in", part)):
                found[item.id] = item  # type: ignore[attr-defined] # every listed resource has an id
        return found

    def _resolved(self, kind: type[Found], collection: str, source_id: str) -> Found:
        found = self._answering(kind, collection, source_id)
        if not found:
            raise not_found(kind.__name__, source_id)
        if len(found) > 1:
            raise ambiguous(source_id, found)
        return next(iter(found.values()))

    def _answering(self, kind: type[Found], collection: str, source_id: str) -> dict[int, Found]:
        """Give everything that answers to the id, by its v2 id."""
        found = list(self.client.find(kind, collection, Filter("external_reference", "eq", source_id)))
        if is_number(source_id):
            found += self.client.find(kind, collection, Filter("id", "eq", int(source_id)))
        return {each.id: each for each in found}

    def _numbered(self, kind: type[Numbered], collection: str, source_id: str) -> Numbered:
        found = self.client.find(kind, collection, Filter("id", "eq", int(source_id))) if is_number(source_id) else ()
        if not found:
            raise not_found(kind.__name__, source_id)
        return found[0]

    def _account(self, number: str) -> LedgerAccount:
        found = self.client.find(LedgerAccount, "ledger_accounts", Filter("number", "eq", number))
        if not found or found[0].id is None:
            raise not_found("LedgerAccount", number)
        return found[0]

    def _once(self, collection: str, source_id: str, look: Callable[[], Any_]) -> Any_:
        key = (collection, source_id)
        if key not in self._kept:
            self._kept[key] = look()
        return self._kept[key]  # type: ignore[return-value] # one collection holds one kind


Part = TypeVar("Part")


def parts_of(items: list[Part]) -> list[list[Part]]:
    """Cut a list into parts that one filter takes."""
    return [items[start : start + IDS_AT_ONCE] for start in range(0, len(items), IDS_AT_ONCE)]


def is_number(source_id: str) -> bool:
    """Say whether an id may be one of v2."""
    return source_id.isascii() and source_id.isdecimal() and len(source_id) <= INT64_DIGITS


def not_found(kind: str, source_id: str) -> PennylaneError:
    """Give the error for an id that nothing answers to."""
    return PennylaneError("pennylane_not_found", f"Pennylane has no {kind} {source_id!r}.")


def ambiguous(source_id: str, found: Iterable[int]) -> PennylaneError:
    """Give the error for an id that is the reference of one and the number of another."""
    ids = ", ".join(str(each) for each in sorted(found))
    return PennylaneError(
        "pennylane_ambiguous_id", f"{source_id!r} is the external reference of one and the id of another: {ids}."
    )


def _only(by_reference: dict[str, Found], by_id: dict[str, Found], source_id: str) -> list[Found]:
    one, other = by_reference.get(source_id), by_id.get(source_id)
    if one is not None and other is not None and one.id != other.id:
        raise ambiguous(source_id, (one.id, other.id))
    found = one or other
    return [] if found is None else [found]
