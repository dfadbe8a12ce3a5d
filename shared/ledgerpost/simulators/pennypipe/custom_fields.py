"""Checks custom field values against the definitions of one account.

Source: reference/pennypipe.md §3.4 (`field_definition_unknown`, `field_value_type`); field ids belong to one account
(seed 000).
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from ledgerpost.simulators.pennypipe.problems import FieldError, unprocessable
from ledgerpost.simulators.pennypipe.settings import FieldDefinition, FieldType
from ledgerpost.simulators.pennypipe.validation import SentValue, is_date, read_decimal

FieldValue = str | bool
"""A value as kept: a number is kept as its exact decimal text."""

_CODES: Final = ("field_definition_unknown", "validation", "field_value_type")
NUMBER_DIGITS_MAX: Final = 28
"""Ours, on each side of the point: the digits a .NET decimal holds."""


def checked_values(
    sent: Sequence[SentValue], fields: Mapping[str, FieldDefinition], path: str
) -> tuple[tuple[str, FieldValue], ...]:
    """The values as (field id, value), each of its field's type. `fields` is keyed by lower-case id.

    Raises 422: `field_definition_unknown` before `validation` (inactive, or a required one missing) before
    `field_value_type`.
    """
    checked: list[tuple[str, FieldValue]] = []
    wrong: dict[str, list[FieldError]] = {code: [] for code in _CODES}
    for index, item in enumerate(sent):
        field = fields.get(item.field_id)
        value = None if field is None else _READERS[field.type](item.value)
        if field is None:
            wrong["field_definition_unknown"].append(
                _at(path, index, "fieldDefinitionId", "is no field of this account")
            )
        elif not field.active:
            wrong["validation"].append(_at(path, index, "fieldDefinitionId", "is not active"))
        elif value is None:
            wrong["field_value_type"].append(_at(path, index, "value", f"must be a {field.type}"))
        else:
            checked.append((field.id, value))
    wrong["validation"] += _missing(sent, fields, path)
    for code, errors in wrong.items():
        if errors:
            raise unprocessable(code, errors)
    return tuple(checked)


def _at(path: str, index: int, name: str, message: str) -> FieldError:
    return FieldError(f"{path}.customFieldValues[{index}].{name}", message)


def _missing(sent: Sequence[SentValue], fields: Mapping[str, FieldDefinition], path: str) -> list[FieldError]:
    required = [key for key, field in fields.items() if field.required and field.active]
    given = {item.field_id for item in sent} if required else set()
    return [
        FieldError(f"{path}.customFieldValues", f"field {fields[key].id} ({fields[key].name}) is required")
        for key in required
        if key not in given
    ]


def _text(value: object) -> FieldValue | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> FieldValue | None:
    number = read_decimal(value)
    if number is None or not _fits(number):
        return None
    return format(number, "f")


def _fits(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -NUMBER_DIGITS_MAX and number.adjusted() < NUMBER_DIGITS_MAX


def _date(value: object) -> FieldValue | None:
    return value if is_date(value) else None


def _boolean(value: object) -> FieldValue | None:
    return value if isinstance(value, bool) else None


_READERS: Final[Mapping[FieldType, Callable[[object], FieldValue | None]]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.BOOLEAN: _boolean,
}
