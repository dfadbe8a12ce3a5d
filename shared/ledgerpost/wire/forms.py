"""Naming what a document holds by its form, never by its value: a value may be personal, or a secret."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

_FORMS: tuple[tuple[type, str], ...] = (
    (type(None), "null"),
    (bool, "a boolean"),  # before int, which it also is
    (int, "a whole number"),
    (float, "a number with a fraction or exponent"),
    (Decimal, "a number with a fraction or exponent"),
    (date, "a date"),
    (dict, "an object"),
)


def form_of(value: Any) -> str:
    """Give the form of a value read from JSON or YAML, with its article: `a number`, `text of 70 characters`."""
    if isinstance(value, str):
        return _form_of_text(value)
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return next((form for kind, form in _FORMS if isinstance(value, kind)), f"a {type(value).__name__}")


def _form_of_text(text: str) -> str:
    if not text:
        return "empty text"
    if not text.strip():
        return "blank text"
    return f"text of {len(text)} character{'' if len(text) == 1 else 's'}"


def path_of(location: Iterable[str | int]) -> str:
    """Give the path of a culprit: `("routes", 0, "rules")` → `routes[0].rules`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `Did you mean X?` for the nearest of the known words in any casing, blank where none is near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    nearest = get_close_matches(word.casefold(), by_folded, n=1)
    return f"Did you mean {by_folded[nearest[0]]}?" if nearest else ""
