"""JSON with exact numbers: a Decimal becomes the number that it is, without a binary float on the way."""

import json
import re
from decimal import Decimal
from typing import Any

_MARK = "\u0000"
_MARKED = re.compile(r'"\\u0000(-?[0-9]+(?:\.[0-9]+)?)\\u0000"')

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=lambda value: f"{_MARK}{_number(value)}{_MARK}"
)


def json_bytes(document: object) -> bytes:
    """Give the document as UTF-8. Raises TypeError for what JSON has not, a binary float among it.

    A lone surrogate, which UTF-8 cannot carry, becomes a question mark.
    """
    text = _ENCODER.encode(_without_floats(document))
    return _MARKED.sub(r"\1", text).encode("utf-8", errors="replace")


def lossless(document: Any) -> Any:
    """Give the document for an encoder that knows no Decimal, such as Lambda's: whole numbers as int, others as a float
    where its shortest text is the number itself, else as text.
    """
    match document:
        case Decimal():
            return _plain_number(document)
        case dict():
            return {key: lossless(value) for key, value in document.items()}
        case list() | tuple():
            return [lossless(value) for value in document]
        case _:
            return document


def _plain_number(number: Decimal) -> int | float | str:
    if number == number.to_integral_value():
        return int(number)
    nearest = float(number)
    return nearest if Decimal(repr(nearest)) == number else f"{number:f}"


def _number(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _without_floats(value: Any) -> Any:
    """Refuse floats, and take the sign off texts that marks a number."""
    match value:
        case float():
            raise TypeError("a float is no exact number")
        case str():
            return value.replace(_MARK, "")
        case dict():
            return {key: _without_floats(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_floats(item) for item in value]
        case _:
            return value
