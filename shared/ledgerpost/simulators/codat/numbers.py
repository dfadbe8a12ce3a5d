"""JSON whose numbers stay exact: read as Decimal, written with the digits that they have."""

import json
from decimal import Decimal
from typing import Any

from ledgerpost.simulators.codat.problems import bad_request
from ledgerpost.simulators.serving.exchange import Answer


def read_json(body: bytes) -> object:
    """The value of a body. Raises 400."""
    try:
        value: object = json.loads(body.decode(), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise bad_request(f"The body is not JSON: {error}") from None
    return value


def exact_json(value: object) -> str:
    """The value as JSON, decimals as plain numbers."""
    match value:
        case Decimal():
            return f"{value:f}"
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {exact_json(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(exact_json, value)) + "]"
        case _:
            return json.dumps(value)


def exact_answer(value: object) -> Answer:
    """An answer of such JSON."""
    return Answer(200, exact_json(value).encode())


def with_text(document: dict[str, Any]) -> dict[str, Any]:
    """The document with decimals as text."""
    plain: dict[str, Any] = json.loads(json.dumps(document, default=lambda number: f"{number:f}"))
    return plain


def number_of(value: object) -> Decimal | None:
    """The exact number of a JSON number; None for anything else, text among it: Codat's amounts are numbers."""
    if isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")
