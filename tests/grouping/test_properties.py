"""What holds for every day: order, doubling, division and interleaving change nothing, and everything adds up."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.domain.commerce import (
    CommerceRecord,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    PaymentType,
    RecordId,
    Transaction,
    TransactionType,
    record_key,
)
from ledgerpost.domain.commerce_text import record_from, record_text
from ledgerpost.domain.grouping.assemble import Assembled, assemble
from ledgerpost.domain.grouping.business_day import day_of, period_of
from ledgerpost.domain.grouping.document import CommerceDocument, Form
from ledgerpost.domain.grouping.totals import Totals, latest_versions
from ledgerpost.domain.grouping.totals_text import totals_from, totals_text
from ledgerpost.domain.version import SourceVersion
from tests.grouping.builders import DAY, JOURNAL, NOON, a_company

few = settings(max_examples=30, deadline=None)
"""Each example is a day of records; a folder of tests is to run in seconds."""

PLACES = {"GBP": 2, "JPY": 0, "KWD": 3}
amounts = st.integers(min_value=-10_000, max_value=100_000)


@st.composite
def lines(draw: st.DrawFn, places: int) -> OrderLine:
    net = draw(st.integers(min_value=0, max_value=100_000))
    tax = draw(st.integers(min_value=0, max_value=20_000))
    sign = draw(st.sampled_from([1, 1, 1, -1]))
    return OrderLine(
        quantity=Decimal(sign),
        total=Decimal(sign * (net + tax)).scaleb(-places),
        tax=Decimal(sign * tax).scaleb(-places),
        tax_rate=draw(st.sampled_from(["0", "5", "20"])),
        is_gift_card=draw(st.booleans()),
    )


@st.composite
def orders(draw: st.DrawFn, name: str) -> Order:
    currency = draw(st.sampled_from(sorted(PLACES)))
    places = PLACES[currency]
    drawn = tuple(draw(st.lists(lines(places), min_size=1, max_size=4)))
    off = Decimal(draw(st.integers(min_value=-len(drawn), max_value=len(drawn)))).scaleb(-places)
    kinds = st.sampled_from([kind for kind in PaymentType if kind is not PaymentType.UNKNOWN])
    payments = draw(st.lists(st.tuples(amounts, kinds, st.sampled_from(PaymentStatus)), max_size=3))
    return Order(
        id=RecordId(name),
        currency=currency,
        created_at=NOON,
        version=SourceVersion(NOON),
        total=sum((line.total for line in drawn), Decimal(0)) + off,
        tax=sum((line.tax for line in drawn), Decimal(0)),
        gratuity=Decimal(draw(st.integers(min_value=-500, max_value=5000))).scaleb(-places),
        lines=drawn,
        payments=tuple(
            Payment(id=str(place), amount=Decimal(amount).scaleb(-places), type=kind, status=status)
            for place, (amount, kind, status) in enumerate(payments)
        ),
        location=draw(st.sampled_from(["", "east", "west"])),
    )


@st.composite
def transactions(draw: st.DrawFn, name: str) -> Transaction:
    currency = draw(st.sampled_from(sorted(PLACES)))
    return Transaction(
        id=RecordId(name),
        currency=currency,
        created_at=NOON,
        version=SourceVersion(NOON),
        total=Decimal(draw(amounts)).scaleb(-PLACES[currency]),
        type=draw(st.sampled_from([kind for kind in TransactionType if kind is not TransactionType.UNKNOWN])),
    )


@st.composite
def days(draw: st.DrawFn) -> list[CommerceRecord]:
    """The records of a day, some of them in several versions."""
    records: list[CommerceRecord] = []
    for name in map(str, range(draw(st.integers(min_value=0, max_value=8)))):
        strategy = draw(st.sampled_from([orders, orders, transactions]))
        for version in range(draw(st.integers(min_value=1, max_value=3))):
            at = NOON + timedelta(minutes=version)
            records.append(replace(draw(strategy(name)), version=SourceVersion(at)))
    return records


companies = st.sampled_from(
    [
        a_company(),
        a_company(levels={"invoice": ("location",)}),
        a_company(levels={"line": ("location",)}, extras={"line_limit": 3}),
        a_company(output=JOURNAL),
        a_company(output=JOURNAL, levels={"invoice": ("location",)}, extras={"line_limit": 3}),
    ]
)


def version_order(record: CommerceRecord) -> tuple[str, datetime]:
    return record_key(record), record.version.approved_at


def folded(records: list[CommerceRecord]) -> Totals:
    return Totals().add_all(latest_versions(sorted(records, key=version_order)))


def closed(company: Any, totals: Totals, layer: int = 0) -> tuple[CommerceDocument, ...]:
    answer = assemble(company, DAY, totals, layer)
    assert isinstance(answer, Assembled), answer
    return answer.documents


@few
@given(company=companies, records=days(), data=st.data())
def test_any_order_doubling_and_division_of_the_records_gives_the_same_bytes(
    company: Any, records: list[CommerceRecord], data: st.DataObject
) -> None:
    expected = [document.body() for document in closed(company, folded(records))]
    doubled = data.draw(
        st.permutations([*records, *data.draw(st.lists(st.sampled_from(records)) if records else st.just([]))])
    )
    readers: dict[int, list[CommerceRecord]] = defaultdict(list)
    for record in doubled:
        readers[crc32(record_key(record).encode()) % 3].append(record)
    merged = Totals()
    for reader in data.draw(st.permutations(sorted(readers))):
        merged.merge(folded(readers[reader]))
    assert [document.body() for document in closed(company, merged)] == expected


@few
@given(company=companies, records=days())
def test_the_documents_of_a_day_sum_up_to_its_records_in_each_currency(
    company: Any, records: list[CommerceRecord]
) -> None:
    totals = folded(records)
    documents = closed(company, totals)
    for currency, control in totals.controls.items():
        sold = trade_total(documents, currency, (Form.INVOICE, Form.CREDIT_NOTE))
        paid = trade_total(documents, currency, (Form.PAYMENT,))
        fees = -trade_total(documents, currency, (Form.BILL, Form.BILL_CREDIT_NOTE))
        if company.output is JOURNAL:
            assert_journals_balance(documents)
        else:
            assert (sold, paid, fees) == (control.orders, control.paid, control.fees)


def trade_total(documents: tuple[CommerceDocument, ...], currency: str, forms: tuple[Form, ...]) -> int:
    return sum(each.signed_total for each in documents if each.place.currency == currency and each.form in forms)


def assert_journals_balance(documents: tuple[CommerceDocument, ...]) -> None:
    for document in documents:
        signed = [
            Decimal(line["amount"]) * (1 if line["side"] == "debit" else -1) for line in document.as_json()["lines"]
        ]
        assert sum(signed) == 0
        assert all(signed)


@few
@given(company=companies, before=days(), data=st.data())
def test_what_came_later_adds_up_with_what_was_closed_before(
    company: Any, before: list[CommerceRecord], data: st.DataObject
) -> None:
    """However the records change after a close, first close and adjustment together are the day as it is now."""
    now = folded([*before, *data.draw(days().map(as_later_versions))])
    first = folded(before)
    layers = [*closed(company, first), *closed(company, now.minus(first), layer=1)]
    assert len({document.reference for document in layers}) == len(layers)
    if company.output is JOURNAL:
        assert journal_sums(tuple(layers)) == journal_sums(closed(company, now))
    for currency, control in now.controls.items():
        if company.output is not JOURNAL:
            assert trade_total(tuple(layers), currency, (Form.INVOICE, Form.CREDIT_NOTE)) == control.orders
            assert trade_total(tuple(layers), currency, (Form.PAYMENT,)) == control.paid


def as_later_versions(records: list[CommerceRecord]) -> list[CommerceRecord]:
    return [
        replace(record, version=SourceVersion(record.version.approved_at + timedelta(hours=1))) for record in records
    ]


def journal_sums(documents: tuple[CommerceDocument, ...]) -> dict[tuple[str, str, str, str], Decimal]:
    sums: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for document in documents:
        for line in document.as_json()["lines"]:
            rate = (line["taxRate"] or {}).get("rate", "")
            place = (document.place.currency, document.place.location, line["account"]["id"], rate)
            sums[place] += Decimal(line["amount"]) * (1 if line["side"] == "debit" else -1)
    return {place: amount for place, amount in sums.items() if amount}


@few
@given(records=days())
def test_nothing_new_leaves_nothing_to_adjust(records: list[CommerceRecord]) -> None:
    totals = folded(records)
    assert totals.minus(totals).is_empty
    assert closed(a_company(), totals.minus(totals), layer=1) == ()


@few
@given(records=days())
def test_totals_are_written_down_and_read_back_exactly(records: list[CommerceRecord]) -> None:
    totals = folded(records)
    assert totals_from(totals_text(totals)) == totals
    assert totals_text(folded(list(reversed(records)))) == totals_text(totals)


zones = st.sampled_from(
    ["Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Australia/Lord_Howe"]
).map(ZoneInfo)


@few
@given(zone=zones, instant=st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_instant_is_in_exactly_one_business_day(zone: ZoneInfo, instant: datetime) -> None:
    day = day_of(instant, zone)
    neighbours = [day + timedelta(days=offset) for offset in (-2, -1, 0, 1, 2)]
    assert [each for each in neighbours if instant in period_of(each, zone)] == [day]


@few
@given(zone=zones, day=st.dates(date(2005, 1, 1), date(2035, 1, 1)))
def test_one_day_ends_where_the_next_begins(zone: ZoneInfo, day: date) -> None:
    today, tomorrow = period_of(day, zone), period_of(day + timedelta(days=1), zone)
    assert today.end == tomorrow.start
    assert timedelta(0) <= today.end - today.start <= timedelta(hours=25)


def test_a_day_has_23_or_25_hours_where_the_clocks_change() -> None:
    london = ZoneInfo("Europe/London")
    spring, autumn = period_of(date(2026, 3, 29), london), period_of(date(2026, 10, 25), london)
    assert spring.end - spring.start == timedelta(hours=23)
    assert autumn.end - autumn.start == timedelta(hours=25)


def test_a_day_that_a_zone_skipped_has_no_instant() -> None:
    skipped = period_of(date(2011, 12, 30), ZoneInfo("Pacific/Apia"))
    assert skipped.start == skipped.end


@few
@given(records=days())
def test_a_record_is_written_down_and_read_back_exactly(records: list[CommerceRecord]) -> None:
    for record in records:
        assert record_from(record_text(record)) == record
