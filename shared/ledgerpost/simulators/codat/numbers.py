"""JSON whose numbers stay exact: read as Decimal, written with the digits that they have."""

import json
import re
from decimal import Decimal
from typing import Any, Final

from ledgerpost.simulators.codat.problems import bad_request
from ledgerpost.simulators.serving.exchange import Answer

_MARK: Final = "\x00decimal:"
_MARKED: Final = re.compile(r'"\\u0000decimal:([^"]*)"')


def read_json(body: bytes) -> object:
    """The value of a body. Raises 400."""
    try:
        value: object = json.loads(body.decode(), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise bad_request(f"The body is not JSON: {error}") from None
    return value


def exact_json(value: object) -> bytes:
    """The value as JSON, decimals as plain numbers."""
    return _MARKED.sub(r"\1", json.dumps(value, default=_marked)).encode()


def exact_answer(value: object) -> Answer:
    """An answer of such JSON."""
    return Answer(200, exact_json(value))


def with_text(document: dict[str, Any]) -> dict[str, Any]:
    """The document with decimals as text."""
    plain: dict[str, Any] = json.loads(json.dumps(document, default=lambda number: f"{number:f}"))
    return plain


def number_of(value: object) -> Decimal | None:
    """The exact number of a JSON number; None for anything else, text among it: Codat's amounts are numbers."""
    if isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value:f}"
    raise TypeError(f"{type(value).__name__} is no JSON")


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")
