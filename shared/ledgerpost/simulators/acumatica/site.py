"""The site: its records, how a PUT finds the one it means, and what a save does. Knows no HTTP and no session.

Source: reference/acumatica.md §4: a PUT matches by the body's key fields, the query's `$filter` or the body's id, and
inserts where nothing matches. So a body without a key makes a new record each time (§11).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledgerpost.simulators.acumatica.catalogue import Catalogue
from ledgerpost.simulators.acumatica.counts import Effect
from ledgerpost.simulators.acumatica.filters import Predicate
from ledgerpost.simulators.acumatica.problems import (
    FieldError,
    exception,
    invalid_request,
    precondition_failed,
    unprocessable,
)
from ledgerpost.simulators.acumatica.records import NewId, Record, merge
from ledgerpost.simulators.acumatica.sales_orders import save_order
from ledgerpost.simulators.acumatica.schema import ENTITIES
from ledgerpost.simulators.acumatica.settings import SimulatorSettings
from ledgerpost.simulators.acumatica.shipments import save_shipment
from ledgerpost.simulators.acumatica.table import Table


@dataclass(frozen=True, slots=True)
class Applied:
    """A record as it stands after a write, and what the write did."""

    record: Record
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a PUT asks of the record it means: `insert` only (If-None-Match: *), `update` only (If-Match: *)."""

    insert: bool = False
    update: bool = False
    matching: Predicate | None = None


class Site:
    """All records of one tenant."""

    def __init__(
        self,
        settings: SimulatorSettings,
        *,
        clock_s: Callable[[], float],
        now: Callable[[], datetime],
        new_id: NewId,
    ) -> None:
        self.tables = {name: Table(schema) for name, schema in ENTITIES.items()}
        self.catalogue = Catalogue(settings, self.tables, now)
        self._clock_s = clock_s
        self._new_id = new_id
        self._fill()

    def clear(self) -> None:
        """Forget every record and start again with those of the settings."""
        for table in self.tables.values():
            table.clear()
        self.catalogue.restart_numbers()
        self._fill()

    def put(self, entity: str, document: Mapping[str, Any], condition: Condition) -> Applied:
        """Update the record that the document means, or insert one. All or nothing.

        Raises 412 where `condition` does not hold, 422 with every broken rule, or 500 for a rule of the whole document.
        """
        table = self.tables[entity]
        found = self._meant(table, document, condition.matching)
        if (condition.insert and found is not None) or (condition.update and found is None):
            raise precondition_failed()
        record = Record.new(table.schema, self._new_id) if found is None else found.copy()
        merge(record, document, self._new_id)
        self._save(entity, record, document, found)
        table.put(record, self._clock_s())
        if found is None:
            return Applied(record, Effect.CREATED)
        return Applied(record, Effect.UNCHANGED if record.content() == found.content() else Effect.UPDATED)

    def delete(self, entity: str, record: Record) -> None:
        """Take a record out of its table."""
        self.tables[entity].delete(record)

    def duplicates(self) -> int:
        """The number of external references with more than one order."""
        references = Counter(order.text("ExternalRef") for order in self.tables["SalesOrder"])
        return sum(number > 1 for reference, number in references.items() if reference)

    def rows(self, entity: str, name: str) -> int:
        """The number of rows of that name in all records."""
        return sum(len(record.rows[name]) for record in self.tables[entity])

    def _meant(self, table: Table, document: Mapping[str, Any], matching: Predicate | None) -> Record | None:
        record_id = document.get("id")
        if record_id is not None:
            found = table.of_id(str(record_id))
            if found is None:
                raise exception(f"The record with the id {record_id} was not found.")
            return found
        key = tuple(_sent(document, name) for name in table.schema.keys)
        if all(key):
            return table.of_key(key)
        if matching is None:
            return None
        found_ones = [record for record in table if matching(record)]
        if len(found_ones) > 1:
            raise exception("More than one record satisfies the condition.")
        return found_ones[0] if found_ones else None

    def _save(self, entity: str, record: Record, document: Mapping[str, Any], found: Record | None) -> None:
        if found is None:
            self._number(entity, record)
        else:
            # A key is no field that an update changes.
            for name in record.schema.keys:
                record.values[name] = found.values[name]
        errors = self._errors(entity, record)
        if errors:
            raise unprocessable(document, errors)
        if found is None and not record.text(record.schema.keys[-1]):
            self._give_number(entity, record)
        written = "LastModified" if entity == "SalesOrder" else "LastModifiedDateTime"
        if written in record.schema.fields:
            record.values[written] = self.catalogue.now()

    def _errors(self, entity: str, record: Record) -> list[FieldError]:
        match entity:
            case "SalesOrder":
                return save_order(record, self.catalogue, self._new_id)
            case "Shipment":
                return save_shipment(record, self.catalogue, self._new_id)
            case "Customer":
                return self._save_customer(record)
            case _:
                return []

    def _save_customer(self, customer: Record) -> list[FieldError]:
        customer.default("CustomerClass", "DEFAULT")
        customer.default("Status", "Active")
        if customer.text("CustomerClass") not in self.catalogue.settings.customer_classes:
            return [FieldError(("CustomerClass",), "Error: 'Customer Class' cannot be found in the system.")]
        if not customer.text("CustomerName"):
            return [FieldError(("CustomerName",), "Error: 'Customer Name' cannot be empty.")]
        return []

    def _give_number(self, entity: str, record: Record) -> None:
        """Give the record the next number that no other has."""
        table = self.tables[entity]
        while True:
            record.values[table.schema.keys[-1]] = self.catalogue.next_number(entity)
            if table.of_key(table.key_of(record)) is None:
                return

    def _number(self, entity: str, record: Record) -> None:
        """An own number is honoured under manual numbering alone. Source: seed 004, "Manual order numbering"."""
        if entity == "SalesOrder":
            if not self.catalogue.settings.manual_numbering:
                record.values.pop("OrderNbr", None)
            elif not record.text("OrderNbr"):
                raise exception("Error: 'Order Nbr.' cannot be empty: the numbering sequence is manual.")
        elif entity == "Shipment":
            record.values.pop("ShipmentNbr", None)

    def _fill(self) -> None:
        settings = self.catalogue.settings
        for item in settings.stock_items:
            document = {"InventoryID": item.id, "Description": item.description, "ItemStatus": "Active",
                        "TaxCategory": item.tax_category, "BaseUOM": "EACH", "DefaultPrice": item.price}  # fmt: skip
            self._seed("StockItem", document)
        for customer in settings.customers:
            record = self._seed("Customer", {"CustomerID": customer.id, "CustomerName": customer.name,
                                             "CustomerClass": "DEFAULT", "Status": "Active"})  # fmt: skip
            record.objects["MainContact"].values["Email"] = customer.email
        for zone in settings.tax_zones:
            self._seed("TaxZone", {"TaxZoneID": zone, "Description": zone}, "ApplicableTaxes", "TaxID",
                       [tax.id for tax in settings.taxes if zone in tax.zones])  # fmt: skip
        for tax in settings.taxes:
            self._seed("Tax", {"TaxID": tax.id, "Description": tax.id, "TaxType": "Sales"}, "Zones", "TaxZoneID",
                       list(tax.zones))  # fmt: skip

    def _seed(
        self, entity: str, fields: Mapping[str, str], rows: str = "", field: str = "", texts: list[str] | None = None
    ) -> Record:
        table = self.tables[entity]
        document: dict[str, Any] = {name: {"value": value} for name, value in fields.items()}
        if texts:
            document[rows] = [{field: {"value": text}} for text in texts]
        record = Record.new(table.schema, self._new_id)
        merge(record, document, self._new_id)
        table.put(record, self._clock_s())
        return record


def _sent(document: Mapping[str, Any], name: str) -> str:
    wrapped = document.get(name)
    if wrapped is not None and not isinstance(wrapped, dict):
        raise invalid_request(f"{name} must be an object such as {{'value': 'text'}}.")
    value = wrapped.get("value") if wrapped else None
    return "" if value is None else str(value).strip()
