"""What a document may name: customers, items, taxes, terms and numbers. The rules of orders and shipments ask here."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from ledgerpost.simulators.acumatica.records import Record, Value
from ledgerpost.simulators.acumatica.settings import SimulatorSettings, StockItem, Tax, Terms
from ledgerpost.simulators.acumatica.table import Table

NUMBERS: Final = {"SalesOrder": "SO", "Customer": "C", "Shipment": "", "Payment": ""}
_DIGITS_OF_A_NUMBER: Final = 6


class Catalogue:
    """Look-ups over the settings and the customers that there are; texts compare without regard to case."""

    def __init__(self, settings: SimulatorSettings, tables: Mapping[str, Table], now: Callable[[], datetime]) -> None:
        self.settings = settings
        self._tables = tables
        self._now = now
        self._numbers: Counter[str] = Counter()
        self._items = {item.id.casefold(): item for item in settings.stock_items}
        self._taxes = {tax.id.casefold(): tax for tax in settings.taxes}
        self._terms = {terms.id.casefold(): terms for terms in settings.terms}

    def today(self) -> str:
        """The site's business date."""
        return f"{self._now().date().isoformat()}T00:00:00+00:00"

    def now(self) -> str:
        """The present instant."""
        return self._now().isoformat(timespec="milliseconds")

    def next_number(self, of: str) -> str:
        """The next number of a numbering sequence."""
        self._numbers[of] += 1
        return f"{NUMBERS[of]}{self._numbers[of]:0{_DIGITS_OF_A_NUMBER}}"

    def restart_numbers(self) -> None:
        """Number from one again."""
        self._numbers.clear()

    def customer(self, customer_id: str) -> Record | None:
        """The customer of this id."""
        return self._tables["Customer"].of_key((customer_id,))

    def order(self, order_type: str, number: str) -> Record | None:
        """The order of this type and number."""
        return self._tables["SalesOrder"].of_key((order_type, number))

    def item(self, inventory_id: str) -> StockItem | None:
        """The stock item of this id."""
        return self._items.get(inventory_id.casefold())

    def tax(self, tax_id: str) -> Tax | None:
        """The tax code of this id."""
        return self._taxes.get(tax_id.casefold())

    def terms(self, terms_id: str) -> Terms | None:
        """The credit terms of this id."""
        return self._terms.get(terms_id.casefold())

    def has_zone(self, zone: str) -> bool:
        """Whether there is such a tax zone."""
        return zone in self.settings.tax_zones

    def taxes_of(self, zone: str) -> Iterator[Tax]:
        """The taxes that hold in a zone."""
        return (tax for tax in self.settings.taxes if zone in tax.zones)

    @staticmethod
    def address_of(customer: Record | None, name: str) -> dict[str, Value]:
        """What an order without an override shows in place of `name`: the customer's own main contact."""
        if customer is None:
            return {}
        contact = customer.objects["MainContact"]
        if name.endswith("Address"):
            return dict(contact.objects["Address"].values)
        return {key: value for key, value in contact.values.items() if key in ("Attention", "Email", "Phone1")}
