"""The business object inside an approval event: open, flat, with case-insensitive property names."""

import json
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

JsonValue = Any
"""What JSON text can hold, its fractions read as Decimal: null, bool, int, Decimal, str, list or dict."""

Entity = Mapping[str, JsonValue]

PROPERTY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""The form of a public property's name; `__class__` and `a.b` are none, so no template can reach past the entity."""

_DOUBLE_DIGITS = Context(prec=15, rounding=ROUND_HALF_EVEN)


def property_of(entity: Entity, name: str) -> JsonValue:
    """Give the entity's property called `name` in any casing, the exact casing first; None where it has none.

    Source: seed 000, "case-insensitive public property name".
    """
    if name in entity:
        return entity[name]
    wanted = name.casefold()
    return next((value for key, value in entity.items() if key.casefold() == wanted), None)


def text_of(value: JsonValue) -> str:
    """Render a property as text for a note, a custom field or a reference: blank for null, a dot for decimals.

    Floating-point noise of the source goes: a fraction with more than the 15 digits that a double carries exactly is
    rounded to them, so 508.20000000000005 and 508.2 read the same.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return _number_text(value)
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)


def _number_text(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > _DOUBLE_DIGITS.prec:
        return str(number)
    digits = len(number.as_tuple().digits)
    rounded = _DOUBLE_DIGITS.plus(number) if digits > _DOUBLE_DIGITS.prec else number
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
