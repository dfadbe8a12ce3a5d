"""The rows that Fincome holds, and what the writes did to them, effects told apart from calls."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Row = Mapping[str, Any]


class Entity(StrEnum):
    """The kinds of row, by the name that their path has."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"
    PRICES = "prices"
    SUBSCRIPTIONS = "subscriptions"
    INVOICES = "invoices"
    CREDIT_NOTES = "credit-notes"


class Effect(StrEnum):
    """What one applied write did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class FincomeCounts:
    """A reading of the counts. `effects` and `rows` are by entity; `calls` is operation → status → number, where the
    status of an aborted connection is `cut`.
    """

    effects: Mapping[str, Mapping[str, int]]
    rows: Mapping[str, int]
    faults: Mapping[str, int]
    calls: Mapping[str, Mapping[str, int]]

    def total(self, effect: Effect | str) -> int:
        """The number of writes with this effect, of all entities."""
        return sum(by_effect.get(str(effect), 0) for by_effect in self.effects.values())

    def writes(self) -> int:
        """The number of calls that would write, whatever came of them."""
        return sum(sum(by.values()) for operation, by in self.calls.items() if operation.startswith(("POST", "PATCH")))


@dataclass(slots=True)
class Books:
    """All rows of one tenant, and the counts."""

    rows: dict[Entity, dict[str, Row]] = field(default_factory=lambda: {entity: {} for entity in Entity})
    effects: Counter[tuple[Entity, Effect]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def has(self, entity: Entity, row_id: str) -> bool:
        """Whether there is a row of this id."""
        return row_id in self.rows[entity]

    def write(self, entity: Entity, row: Row) -> Effect:
        """Create the row, or put it in place of the one of its id."""
        row_id = row["id"]
        before = self.rows[entity].get(row_id)
        self.rows[entity][row_id] = row
        effect = Effect.CREATED if before is None else Effect.UNCHANGED if before == row else Effect.UPDATED
        self.effects[entity, effect] += 1
        return effect

    def delete(self, entity: Entity, row_id: str) -> None:
        """Take a row out. Raises `KeyError`."""
        del self.rows[entity][row_id]
        self.effects[entity, Effect.DELETED] += 1

    def fault(self, kind: str) -> None:
        """Count one injected fault."""
        self.faults[kind] += 1

    def clear(self) -> None:
        """Forget rows and counts."""
        for rows in self.rows.values():
            rows.clear()
        for counter in (self.effects, self.faults, self.calls):
            counter.clear()

    def all_rows(self) -> Iterator[dict[str, Any]]:
        """Every row with the entity that it is of."""
        for entity, rows in self.rows.items():
            for row in list(rows.values()):
                yield {"entity": entity.value, "row": row}

    def counts(self) -> FincomeCounts:
        """The counts now."""
        effects: dict[str, dict[str, int]] = {}
        for (entity, effect), number in sorted(self.effects.items()):
            effects.setdefault(entity.value, {})[effect.value] = number
        calls: dict[str, dict[str, int]] = {}
        for (operation, status), number in sorted(self.calls.items()):
            calls.setdefault(operation, {})[status] = number
        rows = {entity.value: len(held) for entity, held in self.rows.items()}
        return FincomeCounts(effects, rows, dict(sorted(self.faults.items())), calls)
