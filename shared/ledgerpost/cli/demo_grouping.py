"""`ledgerpost demo --grouping`: a real week of a shop, closed day by day as invoices and as journals."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.table import Table

from ledgerpost.adapters.sqlite_commerce import SqliteDatabase, commerce_stores
from ledgerpost.app.close_day import ClosePorts, DayResult, close_day
from ledgerpost.app.commerce import CommercePorts, take_record
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.cli.retail_orders import (
    CURRENCY,
    SHOP_ZONE,
    TAX_RATES,
    DayOfLines,
    days_of_lines,
    retail_orders,
)
from ledgerpost.domain.closing import CompanyKey, Progress, next_run
from ledgerpost.domain.commerce import Order, rate_text
from ledgerpost.domain.company import Company, Output
from ledgerpost.domain.grouping.business_day import day_of, period_of
from ledgerpost.domain.grouping.document import CommerceDocument, Form, amount_of
from ledgerpost.ports_commerce import DocumentEvent, KeptCompany
from ledgerpost.wire.commerce_document import event_for
from ledgerpost.wire.company import read_company, read_stored_company
from ledgerpost.wire.company_text import company_text

_SALES, _REFUNDS, _ROUNDING, _TAX_OWED, _DEBTORS = "4000", "4010", "4999", "2200", "1100"
_ACCOUNTS = {
    _SALES: "Sales", _REFUNDS: "Refunds", _ROUNDING: "Rounding", _TAX_OWED: "VAT owed", _DEBTORS: "Trade debtors",
}  # fmt: skip


@dataclass(slots=True)
class _HandClock:
    """A clock that stands where the demo sets it: the week is of 2010."""

    time: datetime

    def now(self) -> datetime:
        return self.time


@dataclass(slots=True)
class _Outbox:
    """Keeps what a close announces."""

    events: list[DocumentEvent] = field(default_factory=list)

    def announce(self, events: Sequence[DocumentEvent]) -> None:
        self.events += events


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day of the demo: what the file says and what the documents say. `again` is what a second close sent."""

    lines: DayOfLines
    orders: int
    documents: tuple[CommerceDocument, ...]
    gross: Decimal
    adjustments: int
    again: int

    @property
    def difference(self) -> Decimal:
        """What the documents say beyond the lines of the file."""
        return self.gross - self.lines.gross


def demo_grouping(lines: Path, *, as_json: bool) -> None:
    """Close the week twice over, as invoices and as journals, and compare with the file line by line."""
    closed = {output: close_week(lines, output) for output in Output}
    if as_json:
        print_json({output.value: [_plain(day) for day in days] for output, days in closed.items()})
    else:
        for output, days in closed.items():
            results.print(_shown(output, days))
        _print_sum(closed)
    if any(day.difference or day.again for days in closed.values() for day in days):
        leave(NEEDS_A_PERSON)


def close_week(path: Path, output: Output) -> list[ClosedDay]:
    """Take in the orders of the file, close each day, and close it again. The last order of each day comes late."""
    company = demo_company(output)
    key = CompanyKey(company.extras.tenant, company.id)
    by_day: dict[date, list[Order]] = {}
    for order in retail_orders(path):
        by_day.setdefault(day_of(order.created_at, SHOP_ZONE), []).append(order)
    database = SqliteDatabase(":memory:")
    try:
        shop = _Shop(company, key, database)
        return [
            shop.closed(orders, of_day)
            for orders, of_day in zip(by_day.values(), days_of_lines(path).values(), strict=True)
        ]
    finally:
        database.close()


class _Shop:
    def __init__(self, company: Company, key: CompanyKey, database: SqliteDatabase) -> None:
        self._company, self._key = company, key
        self._clock, self._outbox = _HandClock(datetime(2010, 12, 1, tzinfo=SHOP_ZONE)), _Outbox()
        stores = commerce_stores(database, to_text=company_text, from_text=read_stored_company)
        stores.companies.put(
            KeptCompany(company=company, progress=Progress(), next_run=next_run(company, self._clock.now()))
        )
        self._take = CommercePorts.over(stores, self._clock)
        self._close = ClosePorts.over(stores, announcer=self._outbox, event_for=event_for, clock=self._clock)

    def closed(self, orders: Sequence[Order], of_day: DayOfLines) -> ClosedDay:
        *in_time, late = orders
        for order in in_time:
            take_record(self._key, order, self._take)
        self._clock.time = period_of(of_day.day, SHOP_ZONE).end + timedelta(hours=2)
        first = self._closes(of_day.day)
        take_record(self._key, late, self._take)
        adjusted = self._closes(of_day.day)
        again = self._closes(of_day.day)
        documents = (*first.documents, *adjusted.documents)
        return ClosedDay(
            lines=of_day,
            orders=len(orders),
            documents=documents,
            gross=gross_of(documents),
            adjustments=len(adjusted.documents),
            again=len(again.documents),
        )

    def _closes(self, day: date) -> DayResult:
        result = close_day(self._company, self._key, day, self._close)
        assert not result.problems, result.problems
        return result


def gross_of(documents: Sequence[CommerceDocument]) -> Decimal:
    """Give what documents say was sold: invoices less credit notes, or what journals book as owed by customers."""
    minor = 0
    for document in documents:
        if document.form is Form.JOURNAL_ENTRY:
            minor += sum(_debit(line) for line in document.lines)
        else:
            minor += document.signed_total
    return amount_of(minor, CURRENCY)


def _debit(line: Any) -> int:
    return int(line.debit) if line.account.option.id == _DEBTORS else 0


def demo_company(output: Output) -> Company:
    """Give the demo's company: the rates of the table, and accounts such as a small shop has."""
    document: dict[str, Any] = {
        "companyId": "3f1c5b8e-2a54-4f0e-9a6b-0d7f1f3f2f10",
        "accountingSoftwareCompanyName": "Online retail",
        "enabled": True,
        "schedule": {
            "selectedFrequency": "Daily",
            "frequencyOptions": ["Daily"],
            "startDate": "2010-12-01",
            "syncHourUtc": 2,
        },
        "configuration": {
            "sales": {
                "syncSales": True,
                "accounts": _selected_accounts(),
                "invoiceStatus": {"selectedInvoiceStatus": "Submitted", "invoiceStatusOptions": ["Submitted"]},
                "salesCustomer": {"selectedCustomerId": "web", "customerOptions": [{"id": "web", "name": "Web shop"}]},
                "taxRates": _selected_tax_rates(),
                "grouping": {"groupingPeriod": {"groupingPeriodOptions": ["daily"]}},
            }
        },
        "mapSettings": {"outputFormat": output.value},
        "ledgerpost": {
            "tenant": "acme",
            "timeZone": SHOP_ZONE.key,
            "connection": "books",
            "account": "main",
            "roundingAccount": _ROUNDING,
            "taxAccount": _TAX_OWED,
            "receivableAccount": _DEBTORS,
        },
    }
    return read_company(json.dumps(document)).company


def _selected_accounts() -> dict[str, Any]:
    options = [{"id": number, "name": name, "classification": "nominal"} for number, name in _ACCOUNTS.items()]
    return {
        "sales": {"selectedAccountId": _SALES, "accountOptions": options},
        "refund": {"selectedAccountId": _REFUNDS, "accountOptions": options},
    }


def _selected_tax_rates() -> dict[str, Any]:
    rates = sorted({rate_text(rate) for rate in (*TAX_RATES.values(), Decimal(0))})
    options = [{"id": f"T{rate}", "name": f"VAT {rate} %"} for rate in rates]
    return {rate: {"selectedTaxRateId": f"T{rate}", "taxRateOptions": options} for rate in rates}


def _shown(output: Output, days: Sequence[ClosedDay]) -> Table:
    numbers = ("day", "orders", "their sum", "booked", "diff.", "docs", "late", "again")
    shown = table(f"A week as {_NAMES[output]}", *numbers, numbers=numbers)
    for day in days:
        mark = "green" if not day.difference else "red"
        shown.add_row(
            day.lines.day.isoformat(),
            f"{day.orders:,}",
            f"{day.lines.gross:,.2f}",
            f"{day.gross:,.2f}",
            f"[{mark}]{day.difference:,.2f}[/{mark}]",
            str(len(day.documents)),
            str(day.adjustments),
            str(day.again),
        )
    return shown


_NAMES = {Output.INVOICES: "invoices and credit notes", Output.JOURNAL: "journal entries"}


def _print_sum(closed: dict[Output, list[ClosedDay]]) -> None:
    days = closed[Output.INVOICES]
    lines, orders = sum(day.lines.lines for day in days), sum(day.orders for day in days)
    documents = sum(len(day.documents) for day in days)
    results.print(f"{lines:,} lines of {orders:,} orders became {documents} documents of {len(days)} days.")
    results.print("booked: the sum of the documents (docs). again: documents of one more close, without news.")
    results.print("late: documents that adjust a closed day, since its last order came after the close.")


def _plain(day: ClosedDay) -> dict[str, Any]:
    return {
        "day": day.lines.day.isoformat(),
        "lines": day.lines.lines,
        "orders": day.orders,
        "source": f"{day.lines.gross:f}",
        "documents": f"{day.gross:f}",
        "difference": f"{day.difference:f}",
        "references": [document.reference for document in day.documents],
        "adjustments": day.adjustments,
        "secondClose": day.again,
    }
