"""Defects of Acumatica's connector, put in on purpose as those of `mutants`."""

from typing import Any

from ledgerpost.connectors.acumatica import bodies
from ledgerpost.connectors.acumatica.claiming import Claiming, Taken
from ledgerpost.connectors.acumatica.shipments import Shipments
from ledgerpost.connectors.acumatica.target import AcumaticaTarget


def _rows_without_ids(sound: Any) -> Any:  # noqa: ARG001
    return lambda _, body: body


def _ships_without_looking(sound: Any) -> Any:
    def ship(self: Any, order: Any, record: Any, there: Any, write: Any) -> Any:  # noqa: ARG001
        return sound(self, order, record, frozenset(), write)

    return ship


def _claims_nothing(sound: Any) -> Any:  # noqa: ARG001
    return lambda _, key: Taken(key, 0)


def _believes_its_own_write(sound: Any) -> Any:  # noqa: ARG001
    return lambda *_, **__: ()


ORDER_DEFECTS: tuple[tuple[Any, ...], ...] = (
    # name, what it does, caught by, profile, replacement, places
    ("rows-without-ids", "an update names no row of the order that is there", "I2", "orders", _rows_without_ids,
     (bodies, "_with_id")),
    ("ship-without-looking", "what is shipped already is shipped again", "I2", "orders", _ships_without_looking,
     (Shipments, "ship")),
    ("unclaimed-customer", "two workers may make one customer at once", "I2", "orders", _claims_nothing,
     (Claiming, "_take")),
    ("never-differs", "an order that is there counts as the one that is wanted", "I3 I4", "orders",
     _believes_its_own_write, (AcumaticaTarget, "_differs")),
)  # fmt: skip
