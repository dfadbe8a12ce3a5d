"""Shipments, as a side effect of an order's tracking numbers. Source: acumatica.md, sections 6 and 8; seed 004.

A tracking number that is on a shipment of the order already makes no other. Those that are new go onto one shipment per
warehouse, each with a package of its own.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ledgerpost.connectors.acumatica.bodies import INTERNAL
from ledgerpost.connectors.acumatica.client import AcumaticaClient, Write
from ledgerpost.connectors.acumatica.fields import PACKAGE, SHIPMENT, OrderRefusedError, write_fields
from ledgerpost.connectors.acumatica.mapped_order import Fields, MappedOrder, short_reference
from ledgerpost.connectors.acumatica.problems import NOT_LET_IN
from ledgerpost.connectors.acumatica.wire import Record, number_of, rows_of, text_of, value_of, wrapped
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown

SHIPMENTS_MAX = 50
"""Shipments of one order that are read for their tracking numbers."""

_STATIC = frozenset({"OrderNbr", "OrderType", "Status"})
"""The order's own number and type count, and a status is Acumatica's to give."""


class Shipments:
    """The shipments of one connection's orders."""

    def __init__(self, client: AcumaticaClient) -> None:
        self._client = client

    def tracking_of(self, record: Record, deadline: float) -> frozenset[str] | NotApplied | Unknown:
        """Give every tracking number that is on a shipment of the order."""
        try:
            numbers = [text_of(row, "ShipmentNbr") for row in rows_of(record, "Shipments")]
        except ValueError:
            return unreadable(200, "The order came without its shipments.")
        if len(numbers) > SHIPMENTS_MAX:
            return unreadable(200, f"The order has more than {SHIPMENTS_MAX} shipments.")
        tracking: set[str] = set()
        for number in filter(None, numbers):
            shipment = self._client.get("Shipment", [number], ("Packages",), deadline=deadline)
            if isinstance(shipment, NotApplied | Unknown):
                return shipment
            try:
                tracking.update(text_of(row, "TrackingNbr") for row in rows_of(shipment, "Packages"))
            except ValueError:
                return unreadable(200, "A shipment came without its packages.")
        return frozenset(tracking)

    def ship(
        self, order: MappedOrder, record: Record, there: frozenset[str], write: Write
    ) -> NotApplied | Unknown | None:
        """Make the shipments of the tracking numbers that are not `there`. None where all of them are made."""
        try:
            bodies = list(shipment_bodies(order, record, there))
        except OrderRefusedError as refused:
            return NotApplied(refused.code, Retry.NEVER, refused.message)
        for body in bodies:
            made = self._client.put("Shipment", body, write, insert=True)
            if isinstance(made, NotApplied) and made.retry is Retry.NEVER and made.code not in NOT_LET_IN:
                said = f"The order {text_of(record, 'OrderNbr')} is written; its shipment is not. {made.detail}"
                return NotApplied("acumatica_shipment_refused", Retry.NEVER, said, status=made.status)
            if isinstance(made, NotApplied | Unknown):
                return made
            if text_of(made, "Status") not in ("", "Open"):
                said = f"The shipment {text_of(made, 'ShipmentNbr')} is {text_of(made, 'Status')}, not Open."
                return NotApplied("acumatica_shipment_not_open", Retry.NEVER, said)
        return None


def shipment_bodies(order: MappedOrder, record: Record, there: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Give one body per warehouse, with what is not `there` yet. Raises OrderRefusedError."""
    wanted = [each for each in order.tracking if _tracking_of(each) not in there]
    for warehouse in dict.fromkeys(str(each.get("WarehouseId") or "") for each in wanted):
        packages = [each for each in wanted if str(each.get("WarehouseId") or "") == warehouse]
        yield _shipment(order, record, packages)


def missing_tracking(order: MappedOrder, there: frozenset[str]) -> bool:
    """Say whether a tracking number of the order is on no shipment."""
    return any(_tracking_of(each) not in there for each in order.tracking)


def _tracking_of(tracking: Fields) -> str:
    return str(tracking.get("TrackingNbr_Package") or "").strip()


def _shipment(order: MappedOrder, record: Record, packages: list[Fields]) -> dict[str, Any]:
    fields = write_fields(packages[0], SHIPMENT, beside=INTERNAL | _STATIC | frozenset(PACKAGE))
    number = text_of(record, "OrderNbr")
    lines = {id(package): _line_of(package, record) for package in packages}
    shipped = list(dict.fromkeys(value_of(line, "LineNbr") for line in lines.values() if line is not None))
    if None in lines.values():
        # Without its line a package stands for all that is still open.
        shipped = [value_of(row, "LineNbr") for row in rows_of(record, "Details") if number_of(row, "OpenQty") > 0]
    times = Counter(value_of(line, "LineNbr") for line in lines.values() if line is not None)
    keys = {"OrderType": wrapped("SO"), "OrderNbr": wrapped(number)}
    return {
        "Type": wrapped("Shipment"),
        **fields,
        "ShipmentDate": wrapped(order.day.isoformat()),
        "Details": [{**keys, "OrderLineNbr": wrapped(line)} for line in shipped],
        "Packages": [_package(package, lines[id(package)], times, number) for package in packages],
    }


def _line_of(package: Fields, record: Record) -> Record | None:
    """Give the order line that the package belongs to, by its link; None where it names none."""
    link = short_reference(str(package.get("iPaaS_LineItemId") or "").strip())
    if not link:
        return None
    row = next((row for row in rows_of(record, "Details") if text_of(row, "ExternalRef") == link), None)
    if row is None:
        raise OrderRefusedError("acumatica_shipment_refused", f"The package of {link} belongs to no line of the order.")
    return row


def _package(package: Fields, line: Record | None, times: Counter[object], number: str) -> dict[str, Any]:
    """Give a package; its contents only where the line is in no other one, for the source says no quantities."""
    body = write_fields(package, PACKAGE, beside=INTERNAL | _STATIC | frozenset(SHIPMENT))
    if line is None or times[value_of(line, "LineNbr")] > 1:
        return body
    contents = {
        "InventoryID": wrapped(text_of(line, "InventoryID")),
        "Quantity": wrapped(number_of(line, "OrderQty")),
        "OrigOrderType": wrapped("SO"),
        "OrigOrderNbr": wrapped(number),
    }
    return body | {"PackageContents": [contents]}
