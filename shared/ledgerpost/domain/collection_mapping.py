"""Walking a transaction through a mapping collection: filter, rows, children.

What a formula asks of the ledger is asked between two evaluations and never inside of one. Without somebody to ask, the
rows that need an answer stay pending: so much of a mapping is known before the ledger is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledgerpost.domain.collection import Collection, Importance, Row, RowType
from ledgerpost.domain.entity import Entity
from ledgerpost.domain.formula import Formula, FormulaFault, Formulas, LookUpNeeded, Scope, Value, is_blank, plain
from ledgerpost.domain.look_up import Known, LookUp

RECORDS_MAX = 1000
"""Child records of one kind in a transaction; an event has at most 256 KB, so hardly any has more."""

LOOK_UPS_PER_FORMULA_MAX = 8

Ask = Callable[[LookUp], Known]
"""Gives the ledger's answer. What it raises where there is none goes through to the caller of the mapping."""


AskTogether = Callable[[Sequence[LookUp]], Mapping[LookUp, Known]]
"""Gives the answers to questions that are asked in any case, in fewer calls than one each."""


class MappingFault(Exception):  # noqa: N818 - becomes a Refusal, which is a value
    """The transaction cannot be mapped: `code` of the catalogue, and a sentence that names the collection, the row, the
    record by its place, and the position in a formula; it holds no value of the source.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A record that its collection's filter leaves out; `place` is such as `Lines[3]`, from 1."""

    place: str
    record: Entity


@dataclass(slots=True, kw_only=True)
class MappedRecord:
    """A record with what its rows gave.

    In `values` a name with None clears what the ledger holds, and one that is not there keeps it. `pending` are the
    destinations that wait for an answer of the ledger, `missing` the required ones that have no value; `is_certain` is
    False where the filter itself waits for one.
    """

    place: str
    record: Entity
    collection: Collection
    values: dict[str, Value] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    is_certain: bool = True
    children: dict[str, tuple["MappedRecord", ...]] = field(default_factory=dict)
    excluded: dict[str, tuple[Excluded, ...]] = field(default_factory=dict)

    def fault(self, code: str, row: str, message: str) -> MappingFault:
        """Give the fault of one of its rows."""
        return MappingFault(code, f"{_where(self.collection, row, self.place)}: {message}")


_PENDING = object()
_KEEP = object()


class CollectionMapper:
    """Maps one transaction. `ask` is None before the ledger may be asked; answers are kept, each asked for once.

    With `ask_together` the questions that a filter has of the records of a child are asked before it is applied.
    """

    def __init__(self, formulas: Formulas, ask: Ask | None = None, ask_together: AskTogether | None = None) -> None:
        self._formulas = formulas
        self._ask = ask
        self._ask_together = ask_together
        self._answers: dict[LookUp, Known] = {}

    def map(self, collection: Collection, record: Entity) -> MappedRecord | None:
        """Give the mapped transaction; None where the filter leaves it out. Raises MappingFault."""
        return self._map(collection, Scope(record, None, self._answers), "")

    def _map(self, collection: Collection, scope: Scope, place: str) -> MappedRecord | None:
        passes = self._passes(collection, scope, place)
        if passes is False:
            return None
        mapped = MappedRecord(
            place=place, record=scope.record, collection=collection, is_certain=passes is not _PENDING
        )
        missing, pending = [], []
        for row in collection.rows:
            value = self._value_of(row, collection, scope, place)
            if value is _PENDING:
                pending.append(row.destination)
            elif value is not _KEEP:
                mapped.values[row.destination] = value
            if row.importance is Importance.REQUIRED and (value is _KEEP or value is None):
                missing.append(row.destination)
        mapped.missing, mapped.pending = tuple(missing), tuple(pending)
        for child in collection.children:
            self._map_children(child, scope, mapped)
        return mapped

    def _map_children(self, child: Collection, scope: Scope, parent: MappedRecord) -> None:
        taken, excluded = [], []
        records = _records_of(child, scope.record, parent)
        self._ask_ahead(child, [Scope(record, scope, self._answers) for record in records])
        for number, record in enumerate(records, start=1):
            place = f"{parent.place}{'.' if parent.place else ''}{child.records}[{number}]"
            mapped = self._map(child, Scope(record, scope, self._answers), place)
            if mapped is None:
                excluded.append(Excluded(place=place, record=record))
            else:
                taken.append(mapped)
        parent.children[child.name] = tuple(taken)
        parent.excluded[child.name] = tuple(excluded)

    def _ask_ahead(self, child: Collection, scopes: Sequence[Scope]) -> None:
        if self._ask_together is None or child.filter is None:
            return
        asked = (self._needed(child.filter.formula, scope) for scope in scopes)
        needed = tuple(dict.fromkeys(look_up for look_up in asked if look_up is not None))
        if len(needed) > 1:
            self._answers.update(self._ask_together(needed))

    def _needed(self, text: str, scope: Scope) -> LookUp | None:
        """Give the question without which the formula cannot go on; its fault is told when the record is mapped."""
        try:
            self._formulas.compile(text).evaluate(scope)
        except LookUpNeeded as needed:
            return needed.look_up
        except FormulaFault:
            return None
        return None

    def _passes(self, collection: Collection, scope: Scope, place: str) -> object:
        if collection.filter is None:
            return True
        passes = self._evaluated(collection.filter.formula, scope, (collection, "filter", place))
        if passes is _PENDING or isinstance(passes, bool):
            return passes
        where = _where(collection, "filter", place)
        raise MappingFault("formula_failed", f"{where}: A filter gives true or false; this one gave something else.")

    def _value_of(self, row: Row, collection: Collection, scope: Scope, place: str) -> Any:
        if row.type is RowType.STATIC:
            return _written(row.value)
        if row.type is RowType.FORMULA:
            value = self._evaluated(row.formula, scope, (collection, row.destination, place))
            return value if value is _PENDING else _written(value)
        try:
            value = _field(row, scope)
        except FormulaFault as fault:
            raise _fault(fault, collection, row.destination, place) from None
        return _KEEP if is_blank(value) else _written(value)

    def _evaluated(self, text: str, scope: Scope, where: tuple[Collection, str, str]) -> Any:
        """Give a formula's value, asking for what it needs; `_PENDING` where there is nobody to ask."""
        try:
            formula = self._formulas.compile(text)
            return self._answered(formula, scope)
        except FormulaFault as fault:
            raise _fault(fault, *where) from None

    def _answered(self, formula: Formula, scope: Scope) -> Any:
        for _ in range(LOOK_UPS_PER_FORMULA_MAX + 1):
            try:
                return formula.evaluate(scope)
            except LookUpNeeded as needed:
                if self._ask is None:
                    return _PENDING
                self._answers[needed.look_up] = self._ask(needed.look_up)
        raise FormulaFault("formula_failed", f"The formula asks more than {LOOK_UPS_PER_FORMULA_MAX} questions.")


def _written(value: Value) -> Any:
    """Give what a row's value says of the ledger: null keeps, text without a character clears, all else is written."""
    if value is None:
        return _KEEP
    return (value.strip() or None) if isinstance(value, str) else value


def _field(row: Row, scope: Scope) -> Value:
    if row.custom:
        return scope.custom_field(row.source)
    value = scope.value(row.source)
    if isinstance(value, Scope):
        return plain(value.record, row.source)
    return value  # type: ignore[no-any-return]


def _records_of(child: Collection, record: Entity, parent: MappedRecord) -> list[Mapping[str, Any]]:
    found = record.get(child.records)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(member, Mapping) for member in found):
        raise parent.fault("child_records_malformed", child.name, f"{child.records} is no list of objects.")
    if len(found) > RECORDS_MAX:
        raise parent.fault("too_many_records", child.name, f"{child.records} has more than {RECORDS_MAX} records.")
    return found


def _fault(fault: FormulaFault, collection: Collection, row: str, place: str) -> MappingFault:
    position = f", position {fault.position}" if fault.position else ""
    return MappingFault(fault.code, f"{_where(collection, row, place)}{position}: {fault.message}")


def _where(collection: Collection, row: str, place: str) -> str:
    return f"Collection {collection.name}, row {row}, record {place or 'of the transaction itself'}"
