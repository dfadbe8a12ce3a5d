"""Rates from the European Central Bank's own file, the default of the port Rates.

The form is that of `eurofxref-hist.csv`, or of the `.zip` that it comes in: a header `Date,USD,JPY,…,` and a row a day,
what one euro is worth, `N/A` where none was published, each line with a comma at its end.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from ledgerpost.domain.extract.rates import RateTable
from ledgerpost.domain.money import MoneyError, parse_amount
from ledgerpost.errors import UsageError

FILE_BYTES_MAX = 50_000_000
"""The whole history since 1999 is 2 MB."""

NOT_PUBLISHED = ("N/A", "")


def rates_from_file(path: Path) -> RateTable:
    """Read the rates at `path`. Raises UsageError(rates_unreadable) naming the line that cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError("rates_unreadable", f"{path} cannot be read: {error.strerror}.") from None
    return read_rates(content, path.name)


def read_rates(content: bytes, name: str) -> RateTable:
    """Read the ECB's file, plain or zipped; `name` is what errors call it. Raises UsageError(rates_unreadable)."""
    lines = io.StringIO(_text_of(content, name), newline="")
    rows = csv.reader(lines)
    header = [cell.strip() for cell in next(rows, [])]
    if header[:1] != ["Date"] or "USD" not in header:
        raise UsageError("rates_unreadable", f"{name} does not begin with the header Date,USD,… of the ECB's file.")
    published: dict[date, dict[str, Decimal]] = {}
    for row in rows:
        if any(cell.strip() for cell in row):
            day, worth = _day_of(header, row, f"{name}, line {rows.line_num}")
            published[day] = worth
    if not published:
        raise UsageError("rates_unreadable", f"{name} holds no day.")
    return RateTable(published)


def _text_of(content: bytes, name: str) -> str:
    try:
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                (member,) = (item for item in archive.infolist() if item.filename.endswith(".csv"))
                if member.file_size > FILE_BYTES_MAX:
                    raise UsageError("rates_unreadable", f"{name} is larger than any file of the ECB.")
                content = archive.read(member)
        return content.decode("utf-8-sig")
    except (ValueError, zipfile.BadZipFile):
        raise UsageError("rates_unreadable", f"{name} is neither the ECB's CSV nor a zip with it alone.") from None


def _day_of(header: list[str], row: Iterable[str], place: str) -> tuple[date, dict[str, Decimal]]:
    cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
    try:
        day = date.fromisoformat(cells.pop("Date"))
        worth = {
            currency: parse_amount(cell) for currency, cell in cells.items() if currency and cell not in NOT_PUBLISHED
        }
    except (KeyError, ValueError, MoneyError):
        raise UsageError("rates_unreadable", f"{place} is no day with its rates.") from None
    if any(value <= 0 for value in worth.values()):
        raise UsageError("rates_unreadable", f"{place} has a rate that is not above zero.")
    return day, worth
