"""Acumatica's JSON: wrapped values, `{}` for an empty one, exact numbers. Source: acumatica.md, sections 3 and 4."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerpost.domain.money import MoneyError, parse_amount

Record = Mapping[str, Any]
"""A record, linked object or row as it came."""


def wrapped(value: object) -> dict[str, object]:
    """Give a value as the wire has it; None clears the field."""
    return {"value": value}


def encode(body: object) -> bytes:
    """Give a body as UTF-8 with each Decimal as a plain number; what UTF-8 cannot carry becomes a question mark."""
    return _text(body).encode("utf-8", errors="replace")


def _text(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ",".join(f"{_plain(str(key))}:{_text(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(_text, value)) + "]"
        case _:
            return _plain(value)


_plain = json.JSONEncoder(ensure_ascii=False).encode


def value_of(record: Record, *path: str) -> object:
    """Give the value at a path of fields; None where it is empty or not there."""
    at: object = record
    for name in path:
        at = at.get(name) if isinstance(at, Mapping) else None
    return at.get("value") if isinstance(at, Mapping) else None


def text_of(record: Record, *path: str) -> str:
    """Give the text at a path, without the space round it; blank where there is none."""
    value = value_of(record, *path)
    return value.strip() if isinstance(value, str) else ""


def number_of(record: Record, *path: str) -> Decimal:
    """Give the number at a path; zero where there is none. Raises ValueError for what is none."""
    value = value_of(record, *path)
    if value is None:
        return Decimal(0)
    try:
        return parse_amount(value)
    except MoneyError:
        raise ValueError(f"{'.'.join(path)} is no number.") from None


def rows_of(record: Record, name: str) -> list[Record]:
    """Give the rows of a record. Raises ValueError where they were not sent or are no rows."""
    rows = record.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{name} was not sent.")
    return rows


def id_of(record: Record) -> str:
    """Give the GUID of a record or row. Raises ValueError where it has none."""
    record_id = record.get("id")
    if not isinstance(record_id, str) or not record_id:
        raise ValueError("A record without an id.")
    return record_id
