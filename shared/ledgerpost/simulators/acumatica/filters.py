"""The `$filter` of a list. Source: reference/acumatica.md §4.

`FIELD eq|ne|gt|ge|lt|le VALUE`, `substringof('x',FIELD)`, `startswith(FIELD,'x')`, `endswith(FIELD,'x')`, joined by
`and` and `or`, with parentheses. A linked object's field is `MainContact/Email`. A quote in a text is doubled. A field
of detail rows cannot be filtered.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from ledgerpost.simulators.acumatica.problems import invalid_request, not_optimized
from ledgerpost.simulators.acumatica.records import Record, Value
from ledgerpost.simulators.acumatica.schema import Schema

Predicate = Callable[[Record], bool]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<date>datetimeoffset'[^']*')|(?P<text>'(?:[^']|'')*')|(?P<number>-?[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<mark>[(),])|(?P<word>[A-Za-z_][A-Za-z0-9_/]*))"
)
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "substringof": lambda part, text: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_CONSTANTS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None}


def parse_filter(text: str, schema: Schema) -> Predicate:
    """The filter as a predicate on records of `schema`. Raises 400, or 500 for a field of detail rows."""
    return _Parser(_tokens(text), schema).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise invalid_request(f"The filter cannot be read at position {at}.")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


class _Parser:
    """Recursive descent: or, and, then one comparison, function or parenthesis."""

    def __init__(self, tokens: list[tuple[str, str]], schema: Schema) -> None:
        self._tokens = tokens
        self._schema = schema
        self._at = 0

    def whole(self) -> Predicate:
        predicate = self._either()
        if self._at < len(self._tokens):
            raise invalid_request(f"The filter goes on with {self._tokens[self._at][1]!r}.")
        return predicate

    def _either(self) -> Predicate:
        parts = [self._both()]
        while self._took("word", "or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda record: any(part(record) for part in parts)

    def _both(self) -> Predicate:
        parts = [self._one()]
        while self._took("word", "and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)

    def _one(self) -> Predicate:
        if self._took("mark", "("):
            inner = self._either()
            self._must("mark", ")")
            return inner
        kind, word = self._next()
        if kind == "word" and word in _FUNCTIONS:
            return self._function(_FUNCTIONS[word])
        if kind != "word":
            raise invalid_request(f"A filter compares a field; found {word!r}.")
        get = _reader(word, self._schema)
        compare = _COMPARISONS.get(self._next()[1])
        if compare is None:
            raise invalid_request(f"The filter has no comparison after {word}.")
        wanted = self._literal()
        return lambda record: _compared(compare, get(record), wanted)

    def _function(self, function: Callable[[str, str], bool]) -> Predicate:
        self._must("mark", "(")
        first = self._operand()
        self._must("mark", ",")
        second = self._operand()
        self._must("mark", ")")
        return lambda record: function(_folded(first(record)), _folded(second(record)))

    def _operand(self) -> Callable[[Record], Value | None]:
        kind, word = self._next()
        if kind == "word":
            return _reader(word, self._schema)
        value = _literal(kind, word)
        return lambda _: value

    def _literal(self) -> Value | None:
        return _literal(*self._next())

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise invalid_request("The filter ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _took(self, kind: str, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == (kind, word):
            self._at += 1
            return True
        return False

    def _must(self, kind: str, word: str) -> None:
        if not self._took(kind, word):
            raise invalid_request(f"The filter lacks {word!r}.")


def _literal(kind: str, word: str) -> Value | None:
    match kind:
        case "text":
            return word[1:-1].replace("''", "'")
        case "date":
            return word.removeprefix("datetimeoffset'")[:-1]
        case "number":
            return Decimal(word)
        case "word" if word in _CONSTANTS:
            return _CONSTANTS[word]
    raise invalid_request(f"The filter has {word!r} where a value should be.")


def _reader(path: str, schema: Schema) -> Callable[[Record], Value | None]:
    """What reads the field at `path` of a record."""
    *steps, name = path.split("/")
    at = schema
    for step in steps:
        if step in at.rows:
            raise not_optimized(f"Filtering by the detail field {path} is not supported.")
        if step not in at.objects:
            raise invalid_request(f"The entity {schema.name} has no {path}.")
        at = at.objects[step]
    if name not in at.fields:
        raise invalid_request(f"The entity {schema.name} has no field {path}.")

    def read(record: Record) -> Value | None:
        for step in steps:
            record = record.objects[step]
        return record.values.get(name)

    return read


def _compared(compare: Callable[[Any, Any], bool], value: Value | None, wanted: Value | None) -> bool:
    """SQL Server compares texts without regard to case; what is empty is neither greater nor less."""
    left, right = _comparable(value), _comparable(wanted)
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return compare in (operator.eq, operator.ne) and compare(left, right)
    return compare(left, right)


def _comparable(value: Value | None) -> Value | None:
    return value.casefold().rstrip() if isinstance(value, str) else value


def _folded(value: Value | None) -> str:
    return str(value or "").casefold()
