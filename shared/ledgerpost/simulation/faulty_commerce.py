"""The stores of grouping behind faults: every call of one is an effect of its own name."""

from collections.abc import Callable, Iterator
from typing import Any

from ledgerpost.ports_commerce import CommerceStores
from ledgerpost.simulation.world import World

EFFECTS = {
    "head": "head read",
    "keep": "commerce keep",
    "records": "day read",
    "mark_late": "late mark",
    "late_days": "late read",
    "unmark_late": "late unmark",
    "company": "company read",
    "put": "company write",
    "due": "due read",
    "day": "close read",
    "put_day": "close write",
    "put_run": "run write",
}
"""Call of a store → the effect that a fault strikes."""


class FaultyCommerce:
    """One store behind faults (ports CommerceStore, CompanyStore, DayStore and RunStore)."""

    def __init__(self, store: Any, world: World) -> None:
        self._store = store
        self._world = world

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method, effect = getattr(self._store, name), EFFECTS[name]

        def call(*args: Any) -> Any:
            return self._world.effect(effect, lambda: _at_once(method(*args)))

        return call


def _at_once(answer: Any) -> Any:
    """A day is read within its one effect: what is read while others write is for the store's own tests."""
    return list(answer) if isinstance(answer, Iterator) else answer


def faulty_commerce(stores: CommerceStores, world: World) -> CommerceStores:
    """Give the stores with every call an effect."""
    return CommerceStores(
        records=FaultyCommerce(stores.records, world),
        companies=FaultyCommerce(stores.companies, world),
        days=FaultyCommerce(stores.days, world),
        runs=FaultyCommerce(stores.runs, world),
    )
