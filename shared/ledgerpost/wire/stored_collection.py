"""A route's mapping collection as plain JSON values, in the form in which it is stored: whole, with its overrides
applied, so that a release that ships another template changes no route by itself; and without its prose. Rows and
children stand under their names, so that a change of one is told as a change of that one.

Reading needs no pydantic (see `stored_configuration`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerpost.domain.collection import Collection, DocumentMapping, Filter, Importance, Row, RowType
from ledgerpost.domain.event import EventKind

Item = dict[str, Any]


def collection_item(mapping: DocumentMapping) -> Item:
    """Give the stored form of a mapping."""
    return {
        "kind": mapping.kind.value,
        "form": mapping.form,
        "reference": mapping.reference,
        "amount": mapping.amount,
        "collection": _item(mapping.collection),
    }


def collection_of(item: Mapping[str, Any]) -> DocumentMapping:
    """Give the mapping that `collection_item` made `item` of."""
    return DocumentMapping(
        kind=EventKind(item["kind"]),
        form=item["form"],
        reference=item["reference"],
        amount=item["amount"],
        collection=_collection_of(item["collection"]),
    )


def _item(collection: Collection) -> Item:
    item: Item = {"name": collection.name, "rows": {row.destination: _row_item(row) for row in collection.rows}}
    if collection.records:
        item["records"] = collection.records
    if collection.filter is not None:
        item["filter"] = collection.filter.formula
    if collection.children:
        item["children"] = {child.name: _item(child) for child in collection.children}
    return item


def _row_item(row: Row) -> Item:
    item: Item = {"type": row.type.value, "importance": row.importance.value}
    match row.type:
        case RowType.STATIC if isinstance(row.value, Decimal):
            return item | {"number": f"{row.value:f}"}
        case RowType.STATIC:
            return item | {"value": row.value}
        case RowType.FIELD:
            return item | {"source": row.source} | ({"custom": True} if row.custom else {})
        case RowType.FORMULA:
            return item | {"formula": row.formula}


def _collection_of(item: Mapping[str, Any]) -> Collection:
    passes = item.get("filter")
    return Collection(
        name=item["name"],
        records=item.get("records", ""),
        filter=None if passes is None else Filter(formula=passes),
        rows=tuple(_row_of(name, row) for name, row in sorted(item["rows"].items())),
        children=tuple(_collection_of(child) for _, child in sorted(item.get("children", {}).items())),
    )


def _row_of(destination: str, item: Mapping[str, Any]) -> Row:
    number = item.get("number")
    return Row(
        destination=destination,
        type=RowType(item["type"]),
        importance=Importance(item["importance"]),
        value=item.get("value") if number is None else Decimal(number),
        source=item.get("source", ""),
        custom=item.get("custom", False),
        formula=item.get("formula", ""),
    )
