"""Reads a body after its schema: JSON, then unknown keys, then required ones, then each value.

Source: pennylane sheet, sections 6 and 11, for the order and the codes.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ledgerpost.simulators.pennylane.exchange import bad_request, schema_refused
from ledgerpost.simulators.pennylane.schemas import Kind, Schema

_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)


def read_json(body: bytes) -> Any:
    """The JSON value of a body, fractions as Decimal. Raises 400."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise bad_request("There was a problem in the JSON you submitted") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def read_body(body: bytes, schema: Schema, *, is_update: bool = False) -> Any:
    """The body, checked against `schema`; an update may leave out what a create requires. Raises 400."""
    document = read_json(body)
    check(document, replace(schema, required=()) if is_update else schema, "")
    return document


def check(value: Any, schema: Schema, path: str) -> None:
    """Check one value and everything in it. Raises 400 for the first thing that is wrong."""
    if value is None:
        if schema.nullable:
            return
        raise schema_refused("null is not allowed", "NotNullError", field_name=path)
    _check_itself(value, schema, path)
    if schema.kind is Kind.OBJECT:
        _check_object(value, schema, path)
    if schema.item is not None:
        for index, item in enumerate(value):
            check(item, schema.item, f"{path}[{index}]")


def _check_itself(value: Any, schema: Schema, path: str) -> None:
    if not _TESTS[schema.kind](value):
        code = "InvalidDateFormat" if schema.kind is Kind.DATE else "ValidateError"
        raise schema_refused(f"{path or 'body'} expected {schema.kind.value}", code, payload=_shown(value))
    if schema.enum and value not in schema.enum:
        raise schema_refused(f"{path} isn't part of the enum {', '.join(schema.enum)}", "NotEnumInclude")
    if schema.longest is not None and len(value) > schema.longest:
        raise schema_refused(f"{path} is longer than {schema.longest}", "ValidateError", field_name=path)


def _check_object(value: Mapping[str, Any], schema: Schema, path: str) -> None:
    for key in value:
        if key not in schema.keys:
            text = f"schema does not define properties: {key}"
            raise schema_refused(text, "NotExistPropertyDefinition", field_name=_joined(path, key), payload=_shown(key))
    for key in schema.required:
        if key not in value:
            raise schema_refused(
                f"missing required parameters: {key}", "NotExistRequiredKey", field_name=_joined(path, key)
            )
    for key, item in value.items():
        check(item, schema.keys[key], _joined(path, key))


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(value: Any) -> str:
    return str(value)[:100]


def is_date(value: object) -> bool:
    """Whether a value is a day of the calendar, written YYYY-MM-DD."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_TESTS: Final[Mapping[Kind, Callable[[Any], bool]]] = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Kind.NUMBER: lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool),
    Kind.DECIMAL: lambda value: isinstance(value, str) and _DECIMAL.fullmatch(value) is not None,
    Kind.BOOLEAN: lambda value: isinstance(value, bool),
    Kind.DATE: is_date,
    Kind.OBJECT: lambda value: isinstance(value, dict),
    Kind.ARRAY: lambda value: isinstance(value, list),
}
