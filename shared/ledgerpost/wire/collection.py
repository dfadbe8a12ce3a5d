"""Mapping collections out of a configuration: a shipped one by its name, with overrides, or a whole one.

Read from the top: `collection_from` → the models (`collection_model`) → the checks of the whole → the domain.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ledgerpost.domain.collection import Collection, DocumentMapping, Filter, Importance, Row, RowType
from ledgerpost.domain.collection_document import FORMS
from ledgerpost.domain.event import EventKind
from ledgerpost.domain.formula import FormulaFault, Formulas
from ledgerpost.errors import Problem, describe
from ledgerpost.wire.collection_model import (
    ChildDocument,
    CollectionDocument,
    FilterDocument,
    OverrideDocument,
    RowDocument,
    UsedCollectionDocument,
)
from ledgerpost.wire.configuration_problems import in_order, problems_of
from ledgerpost.wire.forms import did_you_mean, form_of, path_of

SHIPPED = ("acumatica-sales-order", "pennylane-invoice-to-pennypipe")
"""The collections that Ledgerpost ships, each a JSON file of `ledgerpost/collections`."""

Location = tuple[str | int, ...]
Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CheckedCollection:
    """What a document says of a collection: the mapping, or the problems for which it is refused; and its warnings."""

    mapping: DocumentMapping | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def collection_from(values: Any, location: Location, formulas: Formulas) -> CheckedCollection:
    """Read what stands under a route's `collection`: the name of a shipped one, `use` with `overrides`, or a whole one.

    `location` is where it stands. Every formula is compiled, so a route never meets one that cannot be read.
    """
    if isinstance(values, str):
        values = {"use": values}
    if not isinstance(values, Mapping):
        expected = "the name of a collection, or an object"
        message = f"Expected {expected}; found {form_of(values)}."
        return _refused([Problem(path_of(location), message, f"Write {expected}.", "config_wrong_value")])
    if "use" in values:
        return _used(values, location, formulas)
    document = _validated(CollectionDocument, values, location)
    if not isinstance(document, CollectionDocument):
        return document
    mapping = _mapping_of(document)
    return _checked(mapping, location, formulas)


@cache
def shipped(name: str) -> DocumentMapping:
    """Give the shipped collection of this name; raises KeyError for another."""
    if name not in SHIPPED:
        raise KeyError(name)
    text = resources.files("ledgerpost").joinpath("collections", f"{name}.json").read_text(encoding="utf-8")
    return _mapping_of(CollectionDocument.model_validate(json.loads(text)))


def kind_of(values: Any) -> EventKind | None:
    """Give the kind of transaction that a route's `collection` is for, as far as it can be read."""
    if isinstance(values, str):
        values = {"use": values}
    if not isinstance(values, Mapping):
        return None
    used = values.get("use")
    if used in SHIPPED:
        return shipped(str(used)).kind
    return next((kind for kind in EventKind if kind.value == values.get("kind")), None)


def _used(values: Mapping[str, Any], location: Location, formulas: Formulas) -> CheckedCollection:
    document = _validated(UsedCollectionDocument, values, location)
    if not isinstance(document, UsedCollectionDocument):
        return document
    if document.use not in SHIPPED:
        path = path_of((*location, "use"))
        mend = did_you_mean(document.use, SHIPPED) or f"Name one of: {', '.join(SHIPPED)}."
        return _refused([Problem(path, "There is no shipped collection of this name.", mend, _UNKNOWN)])
    mapping = shipped(document.use)
    overrides = document.overrides or {}
    known = {_path(child, row): row for child, row in _rows(mapping)}
    strange = [name for name in overrides if name not in known]
    if strange:
        return _refused(_strange(name, known, (*location, "overrides", name)) for name in strange)
    return _checked(_overridden(mapping, overrides), location, formulas, overrides=True)


_UNKNOWN = "config_unknown_collection"


def _strange(name: str, known: Iterable[str], location: Location) -> Problem:
    mend = did_you_mean(name, known) or "Name a row as docs/mapping-collections.md lists it, such as FinancialTerms."
    return Problem(path_of(location), "The collection has no row of this destination.", mend, "config_unknown_key")


def _validated(model: type[Document], values: Mapping[str, Any], location: Location) -> Document | CheckedCollection:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        return _refused(problems_of(error, model, location))


def _refused(problems: Iterable[Problem]) -> CheckedCollection:
    return CheckedCollection(None, tuple(in_order(problems)))


def _checked(
    mapping: DocumentMapping, location: Location, formulas: Formulas, *, overrides: bool = False
) -> CheckedCollection:
    problems = [*_unknown_destinations(mapping, location), *_faulty_formulas(mapping, location, formulas, overrides)]
    if problems:
        return _refused(problems)
    return CheckedCollection(mapping, (), tuple(_placeholders(mapping, location)))


def _unknown_destinations(mapping: DocumentMapping, location: Location) -> Iterator[Problem]:
    """Give the kind, children and destinations that the form does not have, and the destinations that stand twice."""
    form = FORMS[mapping.form]
    if mapping.kind not in form.kinds:
        mend = f"Write {' or '.join(form.kinds)}."
        yield Problem(path_of((*location, "kind")), f"{mapping.form} is not made of it.", mend, "config_wrong_value")
    fields = form.fields
    for number, (child, collection) in enumerate(_collections(mapping)):
        here = (*location, "children", number - 1) if number else location
        if child not in fields:
            mend = did_you_mean(child, fields) or f"Name one of: {', '.join(filter(None, fields))}."
            yield Problem(path_of((*here, "name")), "The form has no child of this name.", mend, "config_wrong_value")
            continue
        seen: set[str] = set()
        for place, row in enumerate(collection.rows):
            path = path_of((*here, "rows", place, "destination"))
            if row.destination not in fields[child] and not form.is_custom(child, row.destination):
                mend = did_you_mean(row.destination, fields[child]) or f"Name one of: {', '.join(fields[child])}."
                yield Problem(path, "The form has no such destination.", mend, "config_wrong_value")
            elif row.destination in seen:
                yield Problem(path, "This destination has a row already.", "Keep one of the two.", "config_wrong_value")
            seen.add(row.destination)


def _faulty_formulas(
    mapping: DocumentMapping, location: Location, formulas: Formulas, overrides: bool
) -> Iterator[Problem]:
    for number, (child, collection) in enumerate(_collections(mapping)):
        here = (*location, "children", number - 1) if number else location
        if collection.filter is not None:
            yield from _faults_of_formula(collection.filter.formula, (*here, "filter", "formula"), formulas)
        for place, row in enumerate(collection.rows):
            if row.type is RowType.FORMULA:
                named = (*location, "overrides", _path(child, row), "formula")
                written = named if overrides else (*here, "rows", place, "formula")
                yield from _faults_of_formula(row.formula, written, formulas)


def _faults_of_formula(text: str, location: Location, formulas: Formulas) -> Iterator[Problem]:
    try:
        formulas.compile(text)
    except FormulaFault as fault:
        at = f"At character {fault.position}: " if fault.position else ""
        yield Problem(path_of(location), f"{at}{fault.message}", describe("formula_invalid").fix, "formula_invalid")


def _placeholders(mapping: DocumentMapping, location: Location) -> Iterator[Problem]:
    """Warn of each template default that is still in use. Source: seed 004, "Placeholder value"."""
    entry = describe("placeholder_in_use")
    for child, row in _rows(mapping):
        if row.placeholder:
            name = _path(child, row)
            message = f"{name}: {entry.cause} {row.placeholder}"
            yield Problem(path_of((*location, name)), message, entry.fix, entry.code)


def _collections(mapping: DocumentMapping) -> Iterator[tuple[str, Collection]]:
    """Give the order's own collection under a blank name, and its children under theirs."""
    yield "", mapping.collection
    for child in mapping.collection.children:
        yield child.name, child


def _rows(mapping: DocumentMapping) -> Iterator[tuple[str, Row]]:
    return ((child, row) for child, collection in _collections(mapping) for row in collection.rows)


def _path(child: str, row: Row) -> str:
    return f"{child}.{row.destination}" if child else row.destination


def _overridden(mapping: DocumentMapping, overrides: Mapping[str, OverrideDocument | None]) -> DocumentMapping:
    def rows_of(child: str, collection: Collection) -> tuple[Row, ...]:
        changed = ((row, _path(child, row)) for row in collection.rows)
        rows = (_replaced(row, overrides[name]) if name in overrides else row for row, name in changed)
        return tuple(row for row in rows if row is not None)

    top = mapping.collection
    children = tuple(replace(child, rows=rows_of(child.name, child)) for child in top.children)
    return replace(mapping, collection=replace(top, rows=rows_of("", top), children=children))


def _replaced(row: Row, document: OverrideDocument | None) -> Row | None:
    """Give the row with another origin; it is then no placeholder any more, and keeps its importance."""
    if document is None:
        return None
    return Row(
        destination=row.destination,
        importance=row.importance,
        description=row.description,
        type=RowType(document.type),
        value=document.value,
        source=document.source or "",
        custom=bool(document.custom),
        formula=document.formula or "",
    )


def _mapping_of(document: CollectionDocument) -> DocumentMapping:
    top = Collection(
        name=document.name,
        title=document.title,
        description=document.description,
        filter=_filter_of(document.filter),
        rows=_rows_of(document.rows),
        children=tuple(_child_of(child) for child in document.children),
    )
    return DocumentMapping(
        kind=EventKind(document.kind),
        form=document.form,
        collection=top,
        reference=document.reference,
        amount=document.amount,
    )


def _child_of(document: ChildDocument) -> Collection:
    return Collection(
        name=document.name,
        records=document.records,
        title=document.title,
        description=document.description,
        filter=_filter_of(document.filter),
        rows=_rows_of(document.rows),
    )


def _filter_of(document: FilterDocument | None) -> Filter | None:
    if document is None:
        return None
    return Filter(formula=document.formula, original=document.original, description=document.description)


def _rows_of(documents: Iterable[RowDocument]) -> tuple[Row, ...]:
    return tuple(
        Row(
            destination=document.destination,
            type=RowType(document.type),
            importance=Importance(document.importance),
            value=document.value,
            source=document.source or "",
            custom=bool(document.custom),
            formula=document.formula or "",
            original=document.original,
            description=document.description,
            placeholder=document.placeholder,
        )
        for document in documents
    )
