"""Mapping collections: a filter, rows from a source to a destination, and child collections within the parent.

Source: seed 004, "Mappings" and "Supported Child Collections". Pure data; `collection_mapping` walks a transaction
through it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from ledgerpost.domain.event import EventKind


class RowType(StrEnum):
    """Where a row's value comes from; the words are those of the seed's tables."""

    STATIC = "Static"
    FIELD = "Field"
    FORMULA = "Dynamic Formula"


class Importance(StrEnum):
    """How much a row matters: without a value of a required one the document is not written."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One destination and where its value comes from.

    `value` is that of a Static row; `source` the field of a Field row, or a custom field where `custom`; `formula` that
    of a Dynamic Formula, and `original` its text in the system that the collection was written for. `placeholder` says
    what to replace, where the row is a template default.
    """

    destination: str
    type: RowType
    importance: Importance = Importance.OPTIONAL
    value: bool | str | Decimal | None = None
    source: str = ""
    custom: bool = False
    formula: str = ""
    original: str = ""
    description: str = ""
    placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which records a collection takes: those for which `formula` gives true."""

    formula: str
    original: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Rows for one kind of record. `records` is the property of the parent that holds them as a list; blank for the
    transaction itself. Children are written within their parent and never alone.
    """

    name: str
    rows: tuple[Row, ...]
    records: str = ""
    title: str = ""
    description: str = ""
    filter: Filter | None = None
    children: tuple["Collection", ...] = ()

    def with_descendants(self) -> Iterator["Collection"]:
        """Give this collection and all inside it, the outer ones first."""
        yield self
        for child in self.children:
            yield from child.with_descendants()


@dataclass(frozen=True, kw_only=True)
class DocumentMapping:
    """A collection that makes a document of `form` of transactions of `kind`.

    `reference` and `amount` are the transaction's properties that hold the delivery's reference and its total.
    """

    kind: EventKind
    form: str
    collection: Collection
    reference: str = "Id"
    amount: str = "Total"

    @cached_property
    def names_read(self) -> frozenset[str]:
        """Every property that the collection may read; formulas count with all names and texts in them."""
        names = {self.reference, self.amount, "Id", "CustomFields"}
        for collection in self.collection.with_descendants():
            names.add(collection.records)
            formulas = [row.formula for row in collection.rows]
            if collection.filter is not None:
                formulas.append(collection.filter.formula)
            names |= {row.source for row in collection.rows}
            for formula in formulas:
                names |= {*_NAME.findall(formula), *(text[1:-1] for text in _TEXT.findall(formula))}
        return frozenset(names - {""})


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TEXT = re.compile(r"""\"[^"]*\"|'[^']*'""")
"""A text of a formula may be the name of a custom field, which may have spaces in it."""
