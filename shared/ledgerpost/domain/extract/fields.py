"""Reading the fields of a source's row; what cannot be read holds the row, and the path says where."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerpost.domain.money import MoneyError, exponent_of, parse_amount

SourceRow = Mapping[str, Any]
"""A row in the v1 vocabulary: JSON, its fractions Decimal or text."""

NESTED_ROWS_MAX = 10_000
"""Lines of one document; more is a defect of the source."""


class FieldError(ValueError):
    """A field of the source's row that cannot be read. `code` is of the catalogue; the message holds no value."""

    def __init__(self, path: str, message: str, code: str = "extract_row_malformed") -> None:
        super().__init__(f"{path}: {message}")
        self.code = code


def at(row: SourceRow, path: str) -> Any:
    """Give the value at a dotted path; None where any part of it is missing."""
    value: Any = row
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def text_at(row: SourceRow, path: str) -> str | None:
    """Give the text at `path` without the space around it, a number as its digits; None where there is none."""
    value = at(row, path)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise FieldError(path, "It is neither text nor a number.")
    return str(value).strip() or None


def needed_text_at(row: SourceRow, path: str) -> str:
    """Give the text at `path`. Raises FieldError where there is none."""
    text = text_at(row, path)
    if text is None:
        raise FieldError(path, "It is missing.")
    return text


def first_text_of(row: SourceRow, paths: Sequence[str]) -> str | None:
    """Give the first text that is not empty, in the order of `paths`."""
    return next((text for path in paths if (text := text_at(row, path)) is not None), None)


def amount_at(row: SourceRow, path: str) -> Decimal:
    """Give the exact amount at `path`. Raises FieldError."""
    value = at(row, path)
    if value is None:
        raise FieldError(path, "It is missing.")
    try:
        return parse_amount(value)
    except MoneyError as error:
        raise FieldError(path, str(error)) from None


def currency_at(row: SourceRow, path: str) -> str:
    """Give the currency code at `path`. Raises FieldError for what is none of ISO 4217."""
    code = needed_text_at(row, path).upper()
    try:
        exponent_of(code)
    except MoneyError:
        raise FieldError(path, "It is no currency code of ISO 4217.") from None
    return code


def day_at(row: SourceRow, path: str) -> date:
    """Give the day at `path`, the one that an instant begins with. Raises FieldError."""
    try:
        return date.fromisoformat(needed_text_at(row, path)[:10])
    except ValueError:
        raise FieldError(path, "It is no date of ISO 8601.") from None


def day_text_at(row: SourceRow, path: str) -> str | None:
    """Give the day or instant at `path` as the source wrote it; None where there is none. Raises FieldError."""
    text = text_at(row, path)
    if text is not None:
        day_at(row, path)
    return text


def rows_at(row: SourceRow, path: str) -> Iterator[SourceRow]:
    """Give the objects of the list at `path`, none where it is missing. Raises FieldError for what is no such list."""
    value = at(row, path)
    if value is None:
        return
    if not isinstance(value, list | tuple) or len(value) > NESTED_ROWS_MAX:
        raise FieldError(path, f"It is no list of at most {NESTED_ROWS_MAX}.")
    for place, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise FieldError(f"{path}[{place}]", "It is no object.")
        yield item
