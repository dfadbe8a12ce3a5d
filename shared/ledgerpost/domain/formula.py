"""Formulas: what one can see, what it may call, and how it fails. Which language they are written in is an adapter's.

A formula sees one record and its parents, and the answers of look-ups that were made before. It reads no clock, no
random number and no network, so the same record and the same answers give the same value.
Source: seed 004, "Mapping Type: Dynamic Formula".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from ledgerpost.domain.entity import Entity, JsonValue, text_of
from ledgerpost.domain.look_up import Known, LookUp

TEXT_LENGTH_MAX = 4000
"""Characters of a text that a formula reads or gives; the longest that a ledger field of ours takes is half of it."""

DIGITS_MAX = 34
"""Digits of a number that a formula gives: those of IEEE 754 decimal128, far beyond any amount."""

_DOUBLE_DIGITS = 15

PARENT = "Parent"
"""The name by which a child's formula reaches the record around it. Source: seed 004, `Parent.EmailAddress`."""

CUSTOM_FIELDS = "CustomFields"

Value = None | bool | Decimal | str
"""What a formula gives. Null keeps what the ledger holds, text without characters clears it."""


class FormulaFault(Exception):  # noqa: N818 - the engine names the row and the record before it is an error
    """A formula cannot be read or gives no value. `position` is the character in its text, from 1; 0 where none is.

    The message holds no value of the source.
    """

    def __init__(self, code: str, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position


class LookUpNeeded(Exception):  # noqa: N818 - control flow between a formula and the engine
    """The formula cannot go on without the answer to `look_up`: make it, and evaluate again."""

    def __init__(self, look_up: LookUp) -> None:
        super().__init__(look_up.name)
        self.look_up = look_up


class Formula(Protocol):
    """A formula that was read."""

    def evaluate(self, scope: "Scope") -> Value:
        """Give its value; raises FormulaFault, or LookUpNeeded where an answer is missing in `scope`."""
        ...


class Formulas(Protocol):
    """Reads formulas, each text once."""

    def compile(self, text: str) -> Formula:
        """Give the formula; raises FormulaFault(formula_invalid) with the position."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a formula sees: a record, the scope around it and the answers so far."""

    record: Entity
    parent: "Scope | None" = None
    answers: Mapping[LookUp, Known] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """Give the property of exactly this name: null where there is none, a Scope for an object.

        Raises FormulaFault where the record has the name in another casing, for a list, and for text beyond the limit.
        """
        if name in self.record:
            return self._readable(name, self.record[name])
        if name == PARENT and self.parent is not None:
            return self.parent
        folded = name.casefold()
        other = next((key for key in self.record if key.casefold() == folded), None)
        if other is not None:
            message = f"The record has {other}, not {name}: field names are case-sensitive."
            raise FormulaFault("formula_failed", message)
        return None

    def _readable(self, name: str, value: JsonValue) -> Any:
        if isinstance(value, Mapping):
            return Scope(value, self, self.answers)
        if isinstance(value, list):
            raise FormulaFault("formula_failed", f"{name} is a list; only a child collection walks through one.")
        return plain(value, name)

    def custom_field(self, name: str) -> Value:
        """Give the custom field of exactly this name, of this record, else of the nearest one around it that has it.

        Custom fields are an object, or a list of objects with Name and Value. Source: seed 004, "iPaaS.com Caveats":
        they are supplied "on the iPaaS.com transaction".
        """
        value = plain(_custom_value(self.record.get(CUSTOM_FIELDS), name), name)
        if not is_blank(value) or self.parent is None:
            return value
        return self.parent.custom_field(name)


def _custom_value(fields: JsonValue, name: str) -> JsonValue:
    if isinstance(fields, Mapping):
        return fields.get(name)
    for member in fields if isinstance(fields, list) else ():
        if isinstance(member, Mapping) and member.get("Name") == name:
            return member.get("Value")
    return None


def plain(value: JsonValue, name: str) -> Value:
    """Give a JSON value as one of a formula: numbers exact and without floating-point noise.

    Raises FormulaFault for lists, objects, and text or numbers beyond the limits; `name` is what it names.
    """
    if isinstance(value, str):
        if len(value) > TEXT_LENGTH_MAX:
            raise FormulaFault("formula_too_large", f"{name} has more than {TEXT_LENGTH_MAX} characters.")
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return _number(Decimal(value), name)
    raise FormulaFault("formula_failed", f"{name} is {'a list' if isinstance(value, list) else 'an object'}.")


def _number(number: Decimal, name: str) -> Decimal:
    """Give the number, where it is a fraction of more than 15 digits without the noise that a double leaves there."""
    if _digits(number, name) <= _DOUBLE_DIGITS or number == number.to_integral_value():
        return number
    return Decimal(text_of(number))


def _digits(number: Decimal, name: str) -> int:
    """Count the digits; raises FormulaFault(formula_too_large) for a number beyond the limits."""
    if not number.is_finite() or abs(number.adjusted()) > DIGITS_MAX:
        raise FormulaFault("formula_too_large", f"{name} is a number of more than {DIGITS_MAX} digits.")
    digits = len(number.as_tuple().digits)
    if digits > DIGITS_MAX:
        raise FormulaFault("formula_too_large", f"{name} is a number of more than {DIGITS_MAX} digits.")
    return digits


def result_of(value: Any) -> Value:
    """Give what a formula came to; raises FormulaFault for what is no value, or one beyond the limits."""
    what = "What the formula gives"
    if isinstance(value, Scope) or callable(value):
        raise FormulaFault("formula_failed", f"{what} is no plain value.")
    if isinstance(value, Decimal):
        _digits(value, what)
        return value
    return plain(value, what)


def is_blank(value: object) -> bool:
    """Say whether a value is null or text of white space alone."""
    return value is None or (isinstance(value, str) and not value.strip())
