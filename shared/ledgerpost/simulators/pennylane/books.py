"""The company's data in memory: one table per collection, rows as the API gives them, nested rows beside them.

Pure state; knows no HTTP and no token. Links are put in when a row is given out (`links.py`).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final

from ledgerpost.simulators.pennylane.exchange import not_found, unprocessable
from ledgerpost.simulators.pennylane.settings import SimulatorSettings

Row = dict[str, Any]

COLLECTIONS: Final = {
    "customers": "Customer", "products": "Product", "suppliers": "Supplier", "categories": "Category",
    "category_groups": "CategoryGroup", "quotes": "Quote", "customer_invoices": "CustomerInvoice",
    "billing_subscriptions": "BillingSubscription", "ledger_entries": "LedgerEntry",
    "ledger_accounts": "LedgerAccount", "journals": "Journal",
}  # fmt: skip
"""Collection → its name in a 404."""

FIRST_ID: Final = 1001


@dataclass(slots=True)
class Change:
    """One event of a changelog."""

    id: int
    operation: str
    at: datetime


@dataclass(slots=True)
class Tally:
    """What happened, effects told apart from calls."""

    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected_by_limit: int = 0


class Books:
    """All rows. Ids count up over all collections, so that an id of one is never one of another by chance."""

    def __init__(self, settings: SimulatorSettings, clock_s: Callable[[], float]) -> None:
        self._settings = settings
        self._clock_s = clock_s
        self.tally = Tally()
        self.clear()

    def clear(self) -> None:
        """Forget every row; the chart of accounts, the journals and the category groups are there anew."""
        self.tables: dict[str, dict[int, Row]] = {name: {} for name in COLLECTIONS}
        self.nested: dict[tuple[str, int, str], list[Row]] = {}
        self.changes: dict[str, list[Change]] = {}
        self.born_s: dict[int, float] = {}
        self._contents: Counter[tuple[str, str]] = Counter()
        self._next_id = FIRST_ID
        self._next_number = 1
        self.tally = Tally()
        for account in self._settings.accounts:
            self.tables["ledger_accounts"][account.id] = {
                "id": account.id, "number": account.number, "label": account.label, "enabled": True,
                "vat_rate": None, "country_alpha2": "FR",
            }  # fmt: skip
        for journal in self._settings.journals:
            self.tables["journals"][journal.id] = {"id": journal.id, "label": journal.label, "code": journal.code}
        for group in self._settings.category_groups:
            self.tables["category_groups"][group.id] = {"id": group.id, "label": group.label}

    @property
    def settings(self) -> SimulatorSettings:
        """What the simulator was started with."""
        return self._settings

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.fromtimestamp(self._clock_s(), UTC)

    def now_s(self) -> float:
        """The instant, in seconds."""
        return self._clock_s()

    def today(self) -> date:
        """The day, in UTC."""
        return self.now().date()

    def new_id(self) -> int:
        """The next id."""
        self._next_id += 1
        return self._next_id - 1

    def new_number(self, day: str) -> str:
        """The next number of a finalized invoice."""
        self._next_number += 1
        return f"F-{day[:4]}-{self._next_number - 1:03d}"

    def row(self, collection: str, row_id: int | str) -> Row:
        """One row. Raises 404."""
        found = self.tables[collection].get(int(row_id)) if str(row_id).isdecimal() else None
        if found is None:
            raise not_found(COLLECTIONS[collection], row_id)
        return found

    def known(self, collection: str, row_id: int) -> Row:
        """One row that a body refers to. Raises 422."""
        found = self.tables[collection].get(row_id)
        if found is None:
            raise unprocessable(f"{COLLECTIONS[collection]} {row_id} does not exist")
        return found

    def add(self, collection: str, row: Row, sent: Mapping[str, Any]) -> Row:
        """Keep a new row. `sent` is the body it was made of, by which duplicates are counted."""
        stamp = self.stamp()
        row |= {"created_at": stamp, "updated_at": stamp}
        self.tables[collection][row["id"]] = row
        self.born_s[row["id"]] = self._clock_s()
        self.tally.created[collection] += 1
        self._contents[collection, _digest(sent)] += 1
        self._changed(collection, row["id"], "insert")
        return row

    def touch(self, collection: str, row: Row) -> Row:
        """Note that a row was changed."""
        row["updated_at"] = self.stamp()
        self.tally.updated[collection] += 1
        self._changed(collection, row["id"], "update")
        return row

    def delete(self, collection: str, row: Row) -> None:
        """Take a row out."""
        del self.tables[collection][row["id"]]
        self.tally.deleted[collection] += 1
        self._changed(collection, row["id"], "delete")

    def with_reference(self, collection: str, reference: str) -> Row | None:
        """The row of this external reference."""
        rows = self.tables[collection].values()
        return next((row for row in rows if row.get("external_reference") == reference), None)

    def children(self, collection: str, row_id: int, name: str) -> list[Row]:
        """The nested rows of one row, such as the lines of an invoice."""
        return self.nested.setdefault((collection, row_id, name), [])

    def rows(self, collection: str) -> Iterator[Row]:
        """Every row of a collection, oldest first."""
        return iter(self.tables[collection].values())

    def duplicates(self) -> dict[str, int]:
        """Collection → rows beyond the first that were made of the same content, reference apart."""
        found: Counter[str] = Counter()
        for (collection, _), number in self._contents.items():
            if number > 1:
                found[collection] += number - 1
        return dict(found)

    def stamp(self) -> str:
        """The instant as the API writes it."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _changed(self, collection: str, row_id: int, operation: str) -> None:
        self.changes.setdefault(collection, []).append(Change(row_id, operation, self.now()))


def _digest(sent: Mapping[str, Any]) -> str:
    content = {key: value for key, value in sent.items() if key != "external_reference"}
    return blake2b(json.dumps(content, sort_keys=True, default=_text).encode(), digest_size=16).hexdigest()


def _text(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)
