"""JSON with exact numbers: what was sent as 10.10 is kept, added up and answered as 10.10."""

import json
from decimal import Decimal
from typing import Any


def decode(text: bytes) -> Any:
    """The value that `text` holds, fractions as Decimal. Raises `ValueError`."""
    return json.loads(text, parse_float=Decimal)


def encode(value: object) -> bytes:
    """`value` as JSON, each Decimal as a plain number."""
    return _text(value).encode()


def _text(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{_text(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_text, value)) + "]"
        case _:
            return json.dumps(value)


def plain(value: Any) -> Any:
    """`value` with each Decimal as text, for a reader that knows no exact numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return format(value, "f") if isinstance(value, Decimal) else value
