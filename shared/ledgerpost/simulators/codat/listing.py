"""Lists of push operations and of data: pages, order and the query language, as far as clients need it.

Source: Codat's documentation of paging and querying: `page` from 1, `pageSize` up to 5000, `query` of `property=value`
clauses joined by `&&`, properties of objects by a dot, `orderBy` a property, `-` before it for the other way.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from ledgerpost.simulators.codat.numbers import exact_answer
from ledgerpost.simulators.codat.problems import bad_request
from ledgerpost.simulators.serving.exchange import Answer, Call

PAGE_SIZE_DEFAULT: Final = 100
PAGE_SIZE_MAX: Final = 5000
QUERY_CHARACTERS_MAX: Final = 2048
_CLAUSE: Final = re.compile(r"\s*([A-Za-z.]+)\s*(!=|=|~)\s*(.*?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a caller asks of a list."""

    page: int
    page_size: int
    clauses: tuple[tuple[str, str, str], ...]
    order_by: str

    def answer(self, path: str, items: Sequence[Mapping[str, Any]]) -> Answer:
        """The page of `items` that was asked for."""
        found = [item for item in items if all(_holds(item, clause) for clause in self.clauses)]
        if self.order_by:
            name, turned = self.order_by.removeprefix("-"), self.order_by.startswith("-")
            found.sort(key=lambda item: str(_value(item, name)), reverse=turned)
        first = (self.page - 1) * self.page_size
        links = {"self": {"href": path}, "current": {"href": f"{path}?page={self.page}&pageSize={self.page_size}"}}
        if first + self.page_size < len(found):
            links["next"] = {"href": f"{path}?page={self.page + 1}&pageSize={self.page_size}"}
        return exact_answer(
            {
                "results": found[first : first + self.page_size],
                "pageNumber": self.page,
                "pageSize": self.page_size,
                "totalResults": len(found),
                "_links": links,
            }
        )


def listing_of(call: Call) -> Listing:
    """What the query string asks. Raises 400."""
    query = query_of(call)
    return Listing(
        page=_whole(query, "page", 1, 1_000_000),
        page_size=_whole(query, "pageSize", PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX),
        clauses=_clauses(query.get("query", "")),
        order_by=query.get("orderBy", ""),
    )


def query_of(call: Call) -> Mapping[str, str]:
    """The query string, the last of each name. Raises 400."""
    try:
        query = parse_qs(call.query, keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError:
        raise bad_request("The query cannot be read") from None
    return {name: values[-1] for name, values in query.items()}


def _whole(query: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or not text.isascii() or not 1 <= int(text) <= largest:
        raise bad_request(f"{name} must be a whole number from 1 to {largest}")
    return int(text)


def _clauses(text: str) -> tuple[tuple[str, str, str], ...]:
    if len(text) > QUERY_CHARACTERS_MAX:
        raise bad_request("The query is too long")
    clauses: list[tuple[str, str, str]] = []
    for part in filter(None, text.split("&&")):
        clause = _CLAUSE.fullmatch(part)
        if clause is None or "||" in part:
            raise bad_request("The query cannot be read")
        clauses.append((clause[1], clause[2], clause[3]))
    return tuple(clauses)


def _holds(item: Mapping[str, Any], clause: tuple[str, str, str]) -> bool:
    name, operator, wanted = clause
    value = _value(item, name)
    text = "" if value is None else str(value)
    match operator:
        case "=":
            return text == wanted
        case "!=":
            return text != wanted
        case _:
            return wanted in text


def _value(item: Mapping[str, Any], name: str) -> Any:
    value: Any = item
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
