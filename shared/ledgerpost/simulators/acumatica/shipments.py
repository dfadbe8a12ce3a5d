"""What the site makes of a shipment that is saved. Source: reference/acumatica.md §8; seed 004, tracking numbers.

A shipment names order lines that are open, from a warehouse that exists, in boxes that exist. It is put on hold where
the option Hold Shipments on Entry is on. The order then lists it.
"""

from collections.abc import Iterator
from decimal import Decimal

from ledgerpost.simulators.acumatica.catalogue import Catalogue
from ledgerpost.simulators.acumatica.problems import FieldError, exception
from ledgerpost.simulators.acumatica.records import NewId, Record


def save_shipment(shipment: Record, catalogue: Catalogue, new_id: NewId) -> list[FieldError]:
    """Fill in what was not sent, take the quantity off the orders' lines, list the shipment on its orders.

    Gives every broken rule. Raises 500 where an order cannot be shipped. Changes no order where it gives or raises one.
    """
    shipment.default("Type", "Shipment")
    shipment.default("Operation", "Issue")
    shipment.default("ShipmentDate", catalogue.today())
    shipment.values["Hold"] = catalogue.settings.hold_shipments
    shipment.values["Status"] = "On Hold" if catalogue.settings.hold_shipments else "Open"
    shipment.values["PackageCount"] = len(shipment.rows["Packages"])
    errors = list(_check(shipment, catalogue))
    if errors:
        return errors
    if not shipment.text("ShipmentNbr"):
        takings = [_taking(row, catalogue) for row in shipment.rows["Details"]]
        shipment.values["ShipmentNbr"] = catalogue.next_number("Shipment")
        for number, (row, order, line, quantity) in enumerate(takings, 1):
            _take(row, line, quantity, number)
            _list(order, shipment, quantity, new_id)
    shipment.values["ShippedQty"] = sum((row.number("ShippedQty") for row in shipment.rows["Details"]), Decimal(0))
    return []


def _check(shipment: Record, catalogue: Catalogue) -> Iterator[FieldError]:
    if not shipment.text("CustomerID") or catalogue.customer(shipment.text("CustomerID")) is None:
        yield FieldError(("CustomerID",), "Error: 'Customer' cannot be found in the system.")
    if shipment.text("WarehouseID") not in catalogue.settings.warehouses:
        yield FieldError(("WarehouseID",), "Error: 'Warehouse ID' cannot be found in the system.")
    if not shipment.rows["Details"]:
        yield FieldError(("Details",), "Error: A shipment needs at least one line.")
    for at, row in enumerate(shipment.rows["Details"]):
        if catalogue.order(row.text("OrderType"), row.text("OrderNbr")) is None:
            yield FieldError(("Details", at, "OrderNbr"), "Error: 'Order Nbr.' cannot be found in the system.")
    for at, package in enumerate(shipment.rows["Packages"]):
        if package.text("BoxID") not in catalogue.settings.boxes:
            yield FieldError(("Packages", at, "BoxID"), "Error: 'Box ID' cannot be found in the system.")


def _taking(row: Record, catalogue: Catalogue) -> tuple[Record, Record, Record, Decimal]:
    """The row, its order, the order's line and the quantity to ship. Raises 500 where nothing is left to ship."""
    order = catalogue.order(row.text("OrderType"), row.text("OrderNbr"))
    assert order is not None, "checked before"
    if order.flag("Hold"):
        raise exception(f"Error: The order {order.text('OrderNbr')} is on hold and cannot be shipped.")
    wanted = row.values.get("OrderLineNbr")
    line = next((each for each in order.rows["Details"] if each.values.get("LineNbr") == wanted), None)
    if line is None:
        raise exception(f"Error: The order {order.text('OrderNbr')} has no line {wanted}.")
    left = line.number("OrderQty") - line.number("QtyOnShipments")
    quantity = row.number("ShippedQty") if "ShippedQty" in row.values else left
    if quantity <= 0 or quantity > left:
        raise exception(f"Error: The line {wanted} of the order {order.text('OrderNbr')} has nothing more to ship.")
    return row, order, line, quantity


def _take(row: Record, line: Record, quantity: Decimal, number: int) -> None:
    row.values |= {
        "LineNbr": number,
        "ShippedQty": quantity,
        "OrderedQty": line.number("OrderQty"),
        "InventoryID": line.text("InventoryID"),
    }
    line.values["QtyOnShipments"] = line.number("QtyOnShipments") + quantity
    line.values["OpenQty"] = line.number("OrderQty") - line.number("QtyOnShipments")


def _list(order: Record, shipment: Record, quantity: Decimal, new_id: NewId) -> None:
    number = shipment.text("ShipmentNbr")
    row = next((each for each in order.rows["Shipments"] if each.text("ShipmentNbr") == number), None)
    if row is None:
        row = Record.new(order.schema.rows["Shipments"], new_id)
        row.values |= {
            "ShipmentNbr": number,
            "ShipmentType": shipment.text("Type"),
            "ShipmentDate": shipment.text("ShipmentDate"),
            "Status": shipment.text("Status"),
        }
        order.rows["Shipments"].append(row)
    row.values["ShippedQty"] = row.number("ShippedQty") + quantity
    order.values["Status"] = "Shipping"
