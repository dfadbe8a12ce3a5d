"""From a mapped transaction to the tree of a sales order, and the rules that an order has to pass on the way.

Source: seed 004, "System Caveats", "Integration Flow", "Error Handling". The order of the rules is ours: what the
source alone can mend comes first, so that nothing is asked of the ledger for an order that would be refused anyway.
"""

from collections.abc import Iterator
from typing import Any

from ledgerpost.domain.collection_mapping import MappedRecord
from ledgerpost.domain.entity import Entity, text_of
from ledgerpost.domain.formula import Value, is_blank
from ledgerpost.domain.orders.addresses import CONTACTS, with_roles
from ledgerpost.domain.orders.fields import (
    ADDRESSES,
    FIELDS,
    LINES,
    PAYMENTS,
    TAXES,
    TRACKING_NUMBERS,
    FieldType,
    WrongType,
    typed,
)
from ledgerpost.domain.orders.matching import same_sku

Tree = dict[str, Any]

_CUSTOMER_ROWS = {"": "CustomerId", TRACKING_NUMBERS: "CustomerID"}


def order_tree(order: MappedRecord, currency: str) -> Tree:
    """Give the document tree of a mapped order; docs/mapping-collections.md has its shape.

    While answers of the ledger are pending, the rules that need none are held all the same. Raises MappingFault.
    """
    lines = [_tree(line, LINES, currency) for line in order.children.get(LINES, ())]
    _assert_lines(order, lines)
    tree = _tree(order, "", currency) | {"CurrencyID": currency, LINES: lines}
    tree[ADDRESSES] = _addresses(order, currency)
    for child in (PAYMENTS, TAXES):
        tree[child] = [_tree(each, child, currency) for each in order.children.get(child, ())]
    tracking = [_tree(each, TRACKING_NUMBERS, currency) for each in order.children.get(TRACKING_NUMBERS, ())]
    tree[TRACKING_NUMBERS] = list(_once_each(tracking))
    tree["SkippedLines"] = [_skipped(each.place, each.record) for each in order.excluded.get(LINES, ())]
    tree["Prerequisites"] = _prerequisites(order, tree)
    return tree


def _tree(mapped: MappedRecord, child: str, currency: str) -> Tree:
    """Give the typed values of one record, its source's id among them."""
    _assert_complete(mapped, child)
    fields = FIELDS[child]
    tree: Tree = {"SourceId": text_of(mapped.record["Id"])} if not is_blank(mapped.record.get("Id")) else {}
    for name, value in mapped.values.items():
        try:
            tree[name] = typed(value, fields.get(name, FieldType.TEXT), currency)
        except WrongType as wrong:
            raise mapped.fault("mapped_value_type", name, str(wrong)) from None
    return tree


def _addresses(order: MappedRecord, currency: str) -> list[Tree]:
    mapped = order.children.get(ADDRESSES, ())
    rows = {row.destination for address in mapped for row in address.collection.rows}
    return with_roles(
        [_tree(each, ADDRESSES, currency) for each in mapped], [each for each in CONTACTS if each in rows]
    )


def _assert_complete(mapped: MappedRecord, child: str) -> None:
    """Raise MappingFault for a required row without a value; a customer that is missing is a prerequisite instead.

    A line of which it is not known yet whether it is skipped may lack what it likes.
    """
    for name in mapped.missing if mapped.is_certain else ():
        if name != _CUSTOMER_ROWS.get(child):
            code = "tax_setup_invalid" if name == "TaxID" else "required_value_missing"
            raise mapped.fault(code, name, "It is required and has no value.")


def _assert_lines(order: MappedRecord, lines: list[Tree]) -> None:
    """Raise MappingFault where the lines cannot make an order."""
    mapped = order.children.get(LINES, ())
    first_by_sku: dict[str, str] = {}
    for line, tree in zip(mapped, lines, strict=True):
        first = first_by_sku.setdefault(same_sku(tree.get("InventoryID")), line.place)
        if first != line.place:
            raise line.fault("duplicate_skus", "InventoryID", f"{first} has the same SKU.")
        quantity = tree.get("OrderQty")
        if (quantity is None and line.is_certain) or (quantity is not None and quantity <= 0):
            raise line.fault("quantity_not_positive", "OrderQty", "The quantity is not greater than zero.")
    if mapped:
        return
    if order.excluded.get(LINES):
        raise order.fault("sku_unknown", LINES, "Every line was skipped: none has a SKU that is a stock item.")
    raise order.fault("order_without_lines", LINES, "The order has no lines.")


def _once_each(tracking: list[Tree]) -> Iterator[Tree]:
    """Give each tracking number once, the first of several; what has none is kept as it is."""
    seen: set[Value] = set()
    for each in tracking:
        number = each.get("TrackingNbr_Package")
        if number is None or number not in seen:
            seen.add(number)
            yield each


def _skipped(place: str, record: Entity) -> Tree:
    return {"Place": place, "SourceId": text_of(record.get("Id")), "Sku": text_of(record.get("Sku"))}


def _prerequisites(order: MappedRecord, tree: Tree) -> list[Tree]:
    """Give what has to be transferred first: the customer, where neither its link nor its e-mail address leads to one.

    Raises MappingFault(customer_unresolved) where the order has no address to find the customer by once it is there:
    it would be created anew with every order. The second half is ours.
    """
    if tree.get(_CUSTOMER_ROWS[""]) is not None or _CUSTOMER_ROWS[""] in order.pending:
        return []
    email = text_of(order.record.get("EmailAddress")).strip()
    if "@" not in email:
        message = "No customer is linked, and the order has no e-mail address to find or transfer one by."
        raise order.fault("customer_unresolved", _CUSTOMER_ROWS[""], message)
    bill_to: Tree = next((address for address in tree[ADDRESSES] if address["IsBillToAddress"]), {})
    names = ("FirstName", "LastName", "Address1", "Address2", "City", "Region", "ZipCode")
    known = {name: bill_to[name] for name in names if bill_to.get(name) is not None}
    source_id = text_of(order.record.get("CustomerId")).strip()
    return [{"Kind": "Customer", "Email": email} | ({"SourceId": source_id} if source_id else {}) | known]
