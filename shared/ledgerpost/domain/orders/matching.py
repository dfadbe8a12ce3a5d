"""An order against what the ledger holds of it: which rows are the same ones, and which number it has. Pure; the
connector asks, and writes what comes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPolicy:
    """How the tenant's Acumatica is set up.

    `manual_numbering`: the order numbering sequence takes the number that is sent (screen CS201010).
    """

    manual_numbering: bool = False

    def number_to_send(self, mapped: str | None) -> str | None:
        """Give the order number for the wire: Acumatica honours one only under manual numbering, and otherwise gives
        its own, which is read back. Source: seed 004, "Acumatica Caveats".
        """
        return mapped if self.manual_numbering else None

    def lacks_number(self, mapped: str | None) -> bool:
        """Say whether the order cannot be written for want of a number."""
        return self.manual_numbering and not mapped


@dataclass(frozen=True, slots=True, kw_only=True)
class LineThere:
    """A line as the ledger holds it."""

    id: str
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Which wanted row is which row of the ledger (None: it is new), in the wanted order, and the ledger's rest."""

    ids: tuple[str | None, ...]
    left: tuple[str, ...]


def match_lines(wanted: Sequence[Mapping[str, Any]], there: Sequence[LineThere]) -> Matched:
    """Match lines by SKU and ordered quantity. Source: seed 004, "Order and line de-duplication".

    What is then left is matched by SKU alone: an order has each SKU once, so a line whose quantity was amended is
    updated and does not stand beside its former self. The second pass is ours.
    """
    free = list(there)
    ids: list[str | None] = [None] * len(wanted)
    for by_quantity in (True, False):
        for place, line in enumerate(wanted):
            if ids[place] is None:
                found = next((each for each in free if _is_same(line, each, by_quantity=by_quantity)), None)
                if found is not None:
                    free.remove(found)
                    ids[place] = found.id
    return Matched(ids=tuple(ids), left=tuple(line.id for line in free))


def _is_same(line: Mapping[str, Any], there: LineThere, *, by_quantity: bool) -> bool:
    if same_sku(line.get("InventoryID")) != same_sku(there.sku):
        return False
    return not by_quantity or Decimal(line["OrderQty"]) == there.quantity


def same_sku(sku: object) -> str:
    """Give the SKU as it is compared: trimmed and without casing, as some set-ups pad and raise it.
    Source: acumatica sheet, section 7.
    """
    return str(sku or "").strip().casefold()


def match_by_position(wanted: Sequence[object], there: Sequence[str]) -> Matched:
    """Match tax details by their position. Source: seed 004, "Tax de-duplication"."""
    ids = tuple(there[place] if place < len(there) else None for place in range(len(wanted)))
    return Matched(ids=ids, left=tuple(there[len(wanted) :]))
