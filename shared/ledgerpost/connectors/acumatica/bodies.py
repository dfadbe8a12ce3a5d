"""A sales order as Acumatica's JSON: a new one, or onto one that is there. Source: acumatica.md, sections 3, 5 and 6.

Onto an order that is there its rows are named by their ids, since a row without one is added: lines are matched by SKU
and quantity, then by SKU alone; taxes by position; payments by reference. A line that we wrote and the source has no
longer is deleted; what people added stays. A payment is never deleted, and sent only where it changes.
"""

from collections.abc import Iterator
from typing import Any

from ledgerpost.connectors.acumatica.comparing import agrees, matched_payments
from ledgerpost.connectors.acumatica.fields import (
    ADDRESS,
    CONTACT,
    HEADER,
    LINE,
    PAYMENT,
    TAX,
    OrderRefusedError,
    write_fields,
)
from ledgerpost.connectors.acumatica.mapped_order import Fields, MappedOrder, quantity_of
from ledgerpost.connectors.acumatica.options import AcumaticaOptions
from ledgerpost.connectors.acumatica.wire import Record, id_of, number_of, rows_of, text_of, wrapped
from ledgerpost.domain.orders.matching import LineThere, Matched, OrderPolicy, match_by_position, match_lines

Body = dict[str, Any]

INTERNAL = frozenset({"SourceId", "Spaceport_SystemId", "iPaaS_LineItemId"})
"""For the connector alone. Source: acumatica.md, section 5."""

_NAMES = frozenset({"FirstName", "LastName"})
_FLAGS = frozenset({"IsBillToAddress", "IsShipToAddress", "IsBillToContact", "IsShipToContact"})


def insert_body(order: MappedOrder, options: AcumaticaOptions) -> Body:
    """Give the body of a new order. Raises OrderRefusedError for what has no place or no value."""
    body: Body = {"OrderType": wrapped("SO"), **_header(order, options)}
    policy = OrderPolicy(manual_numbering=options.manual_numbering)
    mapped = text_of(body, "OrderNbr")
    if policy.lacks_number(mapped):
        raise OrderRefusedError("required_value_missing", "OrderNbr has no value, and the site numbers by hand.")
    if policy.number_to_send(mapped) is None:
        body.pop("OrderNbr", None)
    body["Details"] = [_line(order, line) for line in order.lines]
    return body | _lists(
        Payments=[_payment(payment) for payment in order.payments], TaxDetails=[_tax(tax) for tax in order.taxes]
    )


def update_body(order: MappedOrder, record: Record, options: AcumaticaOptions) -> Body:
    """Give the body that makes the order that is there what `order` asks for.

    Raises OrderRefusedError, and ValueError for a record that cannot be read.
    """
    body: Body = {"id": id_of(record), **_header(order, options)}
    body.pop("OrderNbr", None)
    body["Details"] = list(_lines_onto(order, rows_of(record, "Details")))
    return body | _lists(
        Payments=list(_payments_onto(order, rows_of(record, "Payments"))),
        TaxDetails=list(_taxes_onto(order, rows_of(record, "TaxDetails"))),
    )


def rows_of_lines(order: MappedOrder, rows: list[Record]) -> Matched:
    """Give which line is which row, by SKU and quantity, else by SKU. Source: seed 004, "Order and line
    de-duplication".
    """
    there = [
        LineThere(id=id_of(row), sku=text_of(row, "InventoryID"), quantity=number_of(row, "OrderQty")) for row in rows
    ]
    wanted = [{"InventoryID": line.get("InventoryID"), "OrderQty": quantity_of(line)} for line in order.lines]
    return match_lines(wanted, there)


def _header(order: MappedOrder, options: AcumaticaOptions) -> Body:
    body: Body = write_fields(order.header, HEADER, beside=INTERNAL, custom=options.custom)
    number = body.get("OrderNbr")
    if number is not None:
        body.setdefault("CustomerOrder", number)
    body[options.reference_field] = wrapped(order.reference)
    body.setdefault("Date", wrapped(order.day.isoformat()))
    settings = body.get("FinancialSettings", {})
    if settings.get("CustomerTaxZone", wrapped(None)) != wrapped(None):
        settings["OverrideTaxZone"] = wrapped(True)
    for address in order.addresses:
        body |= _roles(address)
    return body


def _roles(address: Fields) -> Body:
    """Give the sides of the order that this address fills; a sent address counts only with its override."""
    place = write_fields(address, ADDRESS, beside=INTERNAL | _NAMES | _FLAGS | frozenset(CONTACT))
    contact = write_fields(address, CONTACT, beside=INTERNAL | _NAMES | _FLAGS | frozenset(ADDRESS))
    names = [str(address[name]).strip() for name in ("FirstName", "LastName") if address.get(name)]
    if names:
        contact["Attention"] = wrapped(" ".join(names))
    body: Body = {}
    for side in ("BillTo", "ShipTo"):
        if _is_true(address, f"Is{side}Address") and place:
            body |= {f"{side}AddressOverride": wrapped(True), f"{side}Address": place}
        if _is_true(address, f"Is{side}Contact") and contact:
            body |= {f"{side}ContactOverride": wrapped(True), f"{side}Contact": contact}
    return body


def _is_true(fields: Fields, name: str) -> bool:
    return fields.get(name) in (True, "true")


def _line(order: MappedOrder, line: Fields) -> Body:
    link = order.link_of(line)
    body = write_fields(line, LINE, beside=INTERNAL)
    return body | ({"ExternalRef": wrapped(link)} if link else {})


def _payment(payment: Fields) -> Body:
    return write_fields(payment, PAYMENT, beside=INTERNAL)


def _tax(tax: Fields) -> Body:
    return write_fields(tax, TAX, beside=INTERNAL)


def _lines_onto(order: MappedOrder, rows: list[Record]) -> Iterator[Body]:
    matched = rows_of_lines(order, rows)
    for row_id, line in zip(matched.ids, order.lines, strict=True):
        yield _with_id(row_id, _line(order, line))
    for row in rows:
        if id_of(row) in matched.left and is_ours(order, row):
            yield {"id": id_of(row), "delete": True}


def _payments_onto(order: MappedOrder, rows: list[Record]) -> Iterator[Body]:
    bodies = [_payment(payment) for payment in order.payments]
    for body, row in zip(bodies, matched_payments(bodies, rows), strict=True):
        if row is None:
            yield body
        elif not agrees(body, row):
            yield _with_id(id_of(row), body)


def _taxes_onto(order: MappedOrder, rows: list[Record]) -> Iterator[Body]:
    matched = match_by_position(order.taxes, [id_of(row) for row in rows])
    return (_with_id(row_id, _tax(tax)) for row_id, tax in zip(matched.ids, order.taxes, strict=True))


def _with_id(row_id: str | None, body: Body) -> Body:
    """A row without its id would be added beside the one that is there."""
    return body if row_id is None else {"id": row_id, **body}


def is_ours(order: MappedOrder, row: Record) -> bool:
    """Say whether we wrote the line for this order: its link begins with the transaction's id."""
    return bool(order.source_id) and text_of(row, "ExternalRef").startswith(f"{order.source_id}|")


def _lists(**lists: list[Body]) -> Body:
    """Give the lists that are not empty: an empty one says nothing."""
    return {name: rows for name, rows in lists.items() if rows}
