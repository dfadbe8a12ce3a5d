"""Real invoice lines as orders of a shop: the data set of `demo --grouping` and `demo --orders`.

The data set has no tax. Each price is taken as what the customer paid, tax included, at the standard rate of the
customer's country; the tax of a line is worked out here, by the source, and never again behind it.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import ledgerpost
from ledgerpost.domain.commerce import Order, OrderLine, RecordId, rate_text
from ledgerpost.domain.version import SourceVersion
from ledgerpost.errors import UsageError

LINES = Path(ledgerpost.__file__).parents[2] / "events" / "data" / "online-retail-lines-2010-12-01-to-07.csv"
"""14,594 lines of 699 invoices of a UK online shop; source and licence stand in the README beside the file."""

SHOP_ZONE = ZoneInfo("Europe/London")
CURRENCY = "GBP"

TAX_RATES = {
    "United Kingdom": Decimal("17.5"),
    "Belgium": Decimal(21),
    "EIRE": Decimal(21),
    "France": Decimal("19.6"),
    "Germany": Decimal(19),
    "Italy": Decimal(20),
    "Lithuania": Decimal(21),
    "Netherlands": Decimal(19),
    "Poland": Decimal(22),
    "Portugal": Decimal(21),
    "Spain": Decimal(18),
}
"""Standard rates of value added tax in December 2010, in per cent; a country that is not here is taxed at 0 (export).

Source: European Commission, VAT rates applied in the member states. What a real shop charges abroad depends on its
registrations; the demo needs several rates on one day.
"""

_COLUMNS = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
_PENNY = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class DayOfLines:
    """What the file itself says of a day: its lines and the sum of quantity times price, added up on its own."""

    day: date
    lines: int
    gross: Decimal


def retail_orders(path: Path) -> Iterator[Order]:
    """Give one order per invoice, in the file's order; raises UsageError for another file.

    A cancelled invoice has negative quantities: its lines are refunds.
    """
    for invoice, rows in groupby(rows_of(path), key=lambda row: row["InvoiceNo"]):
        yield _order_of(invoice, list(rows))


def days_of_lines(path: Path) -> dict[date, DayOfLines]:
    """Add the file up by day, without orders, tax or rounding, to compare the documents with."""
    days: dict[date, DayOfLines] = {}
    for _, rows in groupby(rows_of(path), key=lambda row: row["InvoiceNo"]):
        of_invoice = list(rows)
        day = local_time(of_invoice[0]).date()
        before = days.get(day, DayOfLines(day, 0, Decimal(0)))
        gross = sum((_gross(row) for row in of_invoice), Decimal(0))
        days[day] = DayOfLines(day, before.lines + len(of_invoice), before.gross + gross)
    return days


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Give the lines of the file as they stand there; raises UsageError for another file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                raise UsageError("usage", f"{path} has no column {', '.join(missing)}.")
            yield from rows
    except OSError as error:
        raise UsageError("usage", f"The lines cannot be read: {error}.") from None


def _order_of(invoice: str, rows: list[dict[str, str]]) -> Order:
    created = local_time(rows[0]).astimezone(UTC)
    lines = tuple(_line_of(row) for row in rows)
    return Order(
        id=RecordId(invoice),
        currency=CURRENCY,
        created_at=created,
        version=SourceVersion(created),
        total=sum((line.total for line in lines), Decimal(0)),
        tax=sum((line.tax for line in lines), Decimal(0)),
        gratuity=Decimal(0),
        lines=lines,
    )


def _line_of(row: dict[str, str]) -> OrderLine:
    rate, gross = TAX_RATES.get(row["Country"], Decimal(0)), _gross(row)
    return OrderLine(
        quantity=Decimal(row["Quantity"]),
        total=gross,
        tax=(gross * rate / (100 + rate)).quantize(_PENNY, rounding=ROUND_HALF_EVEN),
        tax_rate=rate_text(rate),
        product=row["StockCode"],
    )


def _gross(row: dict[str, str]) -> Decimal:
    return Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])


def local_time(row: dict[str, str]) -> datetime:
    """Give when the line was invoiced, in the shop's zone; raises UsageError."""
    try:
        return datetime.strptime(row["InvoiceDate"], "%m/%d/%y %H:%M").replace(tzinfo=SHOP_ZONE)
    except ValueError:
        raise UsageError("usage", f"{row['InvoiceNo']}: InvoiceDate is not of the form 12/1/10 8:26.") from None
