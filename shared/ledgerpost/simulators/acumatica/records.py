"""A record, how a sent document changes it, and how it is shown.

Source: reference/acumatica.md §3 and §4: values are wrapped, an empty one reads `{}`, an omitted one is preserved, null
clears, a detail row with its id is updated or deleted, one without is added, and what is not expanded is not shown.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ledgerpost.simulators.acumatica.problems import exception, invalid_request
from ledgerpost.simulators.acumatica.schema import Kind, Schema

Value = str | Decimal | int | bool
NewId = Callable[[], str]
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)


@dataclass(slots=True)
class Record:
    """One record, linked object or row. A field without a value is not in `values`."""

    schema: Schema
    id: str
    values: dict[str, Value] = field(default_factory=dict)
    objects: dict[str, "Record"] = field(default_factory=dict)
    rows: dict[str, list["Record"]] = field(default_factory=dict)
    custom: dict[str, dict[str, Any]] = field(default_factory=dict)
    note: str = ""

    @staticmethod
    def new(schema: Schema, new_id: NewId) -> "Record":
        """An empty record with all its linked objects and no row."""
        return Record(
            schema,
            new_id(),
            objects={name: Record.new(inner, new_id) for name, inner in schema.objects.items()},
            rows={name: [] for name in schema.rows},
        )

    def text(self, name: str) -> str:
        """The text of a field, empty where it has none."""
        return str(self.values.get(name, ""))

    def number(self, name: str) -> Decimal:
        """The number of a field, zero where it has none."""
        value = self.values.get(name, Decimal(0))
        assert isinstance(value, Decimal)
        return value

    def flag(self, name: str) -> bool:
        """The flag of a field, false where it has none."""
        return bool(self.values.get(name, False))

    def default(self, name: str, value: Value) -> None:
        """Give the field a value where it has none."""
        self.values.setdefault(name, value)

    def copy(self) -> "Record":
        """A copy that may be changed without changing this one."""
        return Record(
            self.schema,
            self.id,
            dict(self.values),
            {name: inner.copy() for name, inner in self.objects.items()},
            {name: [row.copy() for row in rows] for name, rows in self.rows.items()},
            {view: dict(fields) for view, fields in self.custom.items()},
            self.note,
        )

    def content(self) -> tuple[object, ...]:
        """All that the record says, to tell a change from a repeat; the instant of the last write is no content."""
        return (
            {name: value for name, value in self.values.items() if not name.startswith("LastModified")},
            {name: inner.content() for name, inner in self.objects.items()},
            {name: [(row.id, row.content()) for row in rows] for name, rows in self.rows.items()},
            self.custom,
            self.note,
        )


def merge(record: Record, document: Mapping[str, Any], new_id: NewId) -> None:
    """Write what `document` says over `record`; what the entity does not have is dropped. Raises 400 or 500."""
    for name, sent in document.items():
        kind = record.schema.fields.get(name)
        if kind is not None:
            _write(record, name, kind, sent)
        elif name in record.schema.objects:
            merge(record.objects[name], _object(sent, name), new_id)
        elif name in record.schema.rows:
            _write_rows(record, name, sent, new_id)
        elif name == "custom":
            _write_custom(record, _object(sent, name))
        elif name == "note":
            record.note = str(sent.get("value") or "") if isinstance(sent, dict) else str(sent or "")


def _write(record: Record, name: str, kind: Kind, sent: object) -> None:
    wrapped = _object(sent, name)
    if name in record.schema.computed or "value" not in wrapped:
        return
    value = _value(wrapped["value"], kind, name)
    if value is None:
        record.values.pop(name, None)
    else:
        record.values[name] = value


def _write_rows(record: Record, name: str, sent: object, new_id: NewId) -> None:
    if not isinstance(sent, list):
        raise invalid_request(f"{name} must be an array.")
    rows = record.rows[name]
    for document in sent:
        row_id = _object(document, name).get("id")
        known = next((row for row in rows if row.id == row_id), None) if row_id is not None else None
        if row_id is not None and known is None:
            raise exception(f"The record of {name} with the id {row_id} was not found.")
        if document.get("delete") is True:
            if known is not None:
                rows.remove(known)
            continue
        row = known if known is not None else Record.new(record.schema.rows[name], new_id)
        merge(row, document, new_id)
        if known is None:
            rows.append(row)


def _write_custom(record: Record, views: Mapping[str, Any]) -> None:
    for view, fields in views.items():
        for name, sent in _object(fields, view).items():
            wrapped = _object(sent, name)
            if "type" not in wrapped:
                raise invalid_request(f"The custom field {name} has no type.")
            record.custom.setdefault(view, {})[name] = {"type": wrapped["type"], "value": wrapped.get("value")}


def _object(sent: object, name: str) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise invalid_request(f"{name} must be an object such as {{'value': 'text'}}.")
    return sent


def _value(sent: object, kind: Kind, name: str) -> Value | None:
    """Read a value as the site does: also a number or a flag in quotes."""
    if sent is None or (sent == "" and kind is not Kind.TEXT):
        return None
    read = _READERS[kind](sent)
    if read is None:
        raise invalid_request(f"The value of {name} cannot be read as {kind.value}.")
    return read if read != "" else None


def _text(sent: object) -> Value | None:
    if isinstance(sent, str):
        return sent.strip()
    return format(sent, "f") if isinstance(sent, Decimal) else str(sent) if isinstance(sent, int) else None


def _decimal(sent: object) -> Value | None:
    if isinstance(sent, bool) or not isinstance(sent, str | int | Decimal):
        return None
    try:
        number = Decimal(sent)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _whole(sent: object) -> Value | None:
    text = str(sent)
    return int(text) if not isinstance(sent, bool) and _WHOLE.fullmatch(text) else None


def _boolean(sent: object) -> Value | None:
    return sent if isinstance(sent, bool) else {"true": True, "false": False}.get(str(sent).lower())


def _date(sent: object) -> Value | None:
    """A date is answered as an instant at midnight, whatever time was sent with it."""
    text = str(sent)
    try:
        day = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
    except ValueError:
        return None
    return f"{day.isoformat()}T00:00:00+00:00"


_READERS: Final[Mapping[Kind, Callable[[object], Value | None]]] = {
    Kind.TEXT: _text,
    Kind.DECIMAL: _decimal,
    Kind.WHOLE: _whole,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
}


@dataclass(frozen=True, slots=True)
class View:
    """What of a record is shown: `select` names (None: all), `expand` paths such as `Details` or `MainContact/Address`,
    and `custom` fields as `View.Field`.
    """

    select: frozenset[str] | None = None
    expand: frozenset[str] = frozenset()
    custom: frozenset[str] = frozenset()

    def inner(self, name: str) -> "View | None":
        """The view of a linked object or row, None where it is not expanded."""
        if name not in self.expand:
            return None
        prefix = f"{name}/"
        return View(None, frozenset(path.removeprefix(prefix) for path in self.expand if path.startswith(prefix)))


def everything(schema: Schema) -> View:
    """The view that expands all."""
    return View(None, frozenset(_expandable(schema, "")))


def _expandable(schema: Schema, prefix: str) -> Iterator[str]:
    for name, inner in {**schema.objects, **schema.rows}.items():
        yield prefix + name
        yield from _expandable(inner, f"{prefix}{name}/")


def shown(record: Record, view: View, row_number: int = 1) -> dict[str, Any]:
    """The record as the API answers it."""
    document: dict[str, Any] = {"id": record.id, "rowNumber": row_number, "note": {"value": record.note}}
    for name in record.schema.fields:
        if view.select is None or name in view.select:
            document[name] = {"value": record.values[name]} if name in record.values else {}
    for name, inner in record.objects.items():
        if (inner_view := view.inner(name)) is not None:
            document[name] = shown(inner, inner_view)
    for name, rows in record.rows.items():
        if (inner_view := view.inner(name)) is not None:
            document[name] = _shown_rows(rows, inner_view)
    document["custom"] = _shown_custom(record, view.custom)
    document["_links"] = {"self": f"/entity/{record.schema.name}/{record.id}"}
    return document


def _shown_rows(rows: Iterable[Record], view: View) -> list[dict[str, Any]]:
    return [shown(row, view, number) for number, row in enumerate(rows, 1)]


def _shown_custom(record: Record, wanted: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(wanted):
        view, _, name = path.partition(".")
        if name in record.custom.get(view, {}):
            found.setdefault(view, {})[name] = record.custom[view][name]
    return found
