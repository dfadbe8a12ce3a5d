"""W4: a day of sales closed into documents, then a few sales amended after the close.

Twenty companies, three tax rates, two currencies, kept in a state folder as `ledgerpost company` keeps them. Each
document is one post. What the documents say is compared with the sales, to the penny.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from benchmarks.bench.engines.runner import Entries, Job, main
from ledgerpost.adapters.sqlite_commerce import COMMERCE_FILE, SqliteDatabase, commerce_stores
from ledgerpost.app.close_day import ClosePorts, close_day
from ledgerpost.app.commerce import CommercePorts, Intake, take_record
from ledgerpost.domain.closing import CompanyKey, Progress
from ledgerpost.domain.commerce import CompanyId, Order
from ledgerpost.domain.company import Company
from ledgerpost.domain.grouping.document import CommerceDocument, Form
from ledgerpost.domain.version import SourceVersion
from ledgerpost.ports_commerce import CommerceStores, DocumentEvent, KeptCompany
from ledgerpost.wire.commerce_document import event_for
from ledgerpost.wire.company import read_stored_company
from ledgerpost.wire.company_text import company_text
from tests.grouping.builders import DAY, NOON, a_company, a_line, an_order

COMPANIES = 20
RATES = ("0", "5", "20")
CURRENCIES = ("GBP", "EUR")
LATE_EVERY = 101
"""Of so many sales one is amended after the close: a prime, so that it strikes every company."""

CLOSED_AT = datetime(2026, 3, 3, 2, tzinfo=UTC)
SALES_FORMS = (Form.INVOICE, Form.CREDIT_NOTE)


@dataclass(slots=True)
class _Clock:
    time: datetime = NOON

    def now(self) -> datetime:
        return self.time


@dataclass(slots=True)
class _Announced:
    events: list[DocumentEvent] = field(default_factory=list)

    def announce(self, events: list[DocumentEvent]) -> None:
        self.events += events


class _Grouping:
    """The shop's companies and their day."""

    def __init__(self, stores: CommerceStores, sales: int) -> None:
        self._sales = sales
        self._clock, self._announced = _Clock(), _Announced()
        self._stores = stores
        self._companies = [self._kept(number) for number in range(COMPANIES)]
        self._take = CommercePorts.over(stores, self._clock)
        self._close = ClosePorts.over(stores, announcer=self._announced, event_for=event_for, clock=self._clock)
        self.figures: dict[str, object] = {}

    def _kept(self, number: int) -> tuple[Company, CompanyKey]:
        company = a_company(id=CompanyId(f"company-{number:02}"), rates=RATES)
        kept = KeptCompany(company=company, progress=Progress(), next_run=CLOSED_AT)
        assert self._stores.companies.put(kept)
        return company, CompanyKey(company.extras.tenant, company.id)

    def run(self, _: Entries) -> list[float]:
        """Take the sales in, close, take the amendments in, close again, and once more to see that nothing comes."""
        sales = [_sale(number) for number in range(self._sales)]
        amended = [_amended(sale) for sale in sales[::LATE_EVERY]]
        taken_s = self._taken(sales)
        self._clock.time = CLOSED_AT
        closed_s, documents = self._closed()
        self._clock.time += timedelta(hours=1)
        late_s = self._taken(amended)
        adjusted_s, adjustments = self._closed()
        _, again = self._closed()
        standing = {sale.id: sale for sale in (*sales, *amended)}
        approved = sum((sale.total for sale in standing.values()), Decimal(0))
        self.figures = {
            "sales": len(sales),
            "sales_per_second": round(len(sales) / taken_s),
            "close_s": round(closed_s, 2),
            "documents": len(documents),
            "amendments": len(amended),
            "amendments_s": round(late_s, 2),
            "adjust_s": round(adjusted_s, 2),
            "adjustments": len(adjustments),
            "documents_of_a_third_close": len(again),
            "posts_per_1000_sales": round(1000 * (len(documents) + len(adjustments)) / len(sales), 2),
            "difference": f"{_sold((*documents, *adjustments)) - approved:f}",
        }
        return []

    def _taken(self, sales: list[Order]) -> float:
        began = time.perf_counter()
        for sale in sales:
            _, key = self._companies[int(sale.id) % COMPANIES]
            taken = take_record(key, sale, self._take)
            assert taken.intake is Intake.KEPT, taken
        return time.perf_counter() - began

    def _closed(self) -> tuple[float, tuple[CommerceDocument, ...]]:
        began = time.perf_counter()
        results = [close_day(company, key, DAY, self._close) for company, key in self._companies]
        assert not any(result.problems for result in results), results
        return time.perf_counter() - began, tuple(document for result in results for document in result.documents)


def _sale(number: int) -> Order:
    rate = RATES[number // COMPANIES % len(RATES)]
    net = Decimal(100 + number * 7919 % 50_000).scaleb(-2)
    tax = (net * int(rate) / 100).quantize(Decimal("0.01"))
    currency = CURRENCIES[number // (COMPANIES * len(RATES)) % len(CURRENCIES)]
    return an_order(f"{number:07}", [a_line(str(net), str(tax), rate)], currency=currency)


def _amended(sale: Order) -> Order:
    """The same sale a penny dearer, changed after the day was closed."""
    (line,) = sale.lines
    penny = Decimal("0.01")
    dearer = replace(line, total=line.total + penny)
    later = SourceVersion(CLOSED_AT + timedelta(minutes=1))
    return replace(sale, lines=(dearer,), total=sale.total + penny, version=later)


def _sold(documents: tuple[CommerceDocument, ...]) -> Decimal:
    minor = sum(document.signed_total for document in documents if document.form in SALES_FORMS)
    return Decimal(minor).scaleb(-2)


@contextmanager
def _engine(job: Job) -> Iterator[_Grouping]:
    database = SqliteDatabase(job.folder / COMMERCE_FILE)
    stores = commerce_stores(database, to_text=company_text, from_text=read_stored_company)
    try:
        yield _Grouping(stores, sales=int(job.variant))
    finally:
        database.close()


if __name__ == "__main__":
    main(_engine)
