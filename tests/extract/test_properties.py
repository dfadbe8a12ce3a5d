"""What holds of every document, whatever its amounts: nothing is lost to rounding, nothing changes its side."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.extract.documents import ExtractRules, map_credit_note, map_invoice
from ledgerpost.domain.extract.progress import Checkpoint, Finding, PageDone, RowFate, SourceId, after_page
from ledgerpost.domain.extract.rates import Rate
from ledgerpost.domain.extract.results import Held, Mapped
from ledgerpost.domain.extract.rows import CreditNoteRow, Entity, InvoiceRow
from ledgerpost.domain.extract.vocabulary import SourceIds, v1_invoice
from tests.extract.source_rows import INVOICE, LINE, a_credit_note

IDS = SourceIds(customers={"17": "src-c1"}, products={"5": "src-p1"})
RULES = ExtractRules()
STARTED = datetime(2026, 3, 1, 22, tzinfo=UTC)

amounts = st.decimals(min_value=-(10**7), max_value=10**7, places=2)
worths = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(2000), places=4)
lines = st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6)


def rows_of(drawn: list[tuple[Decimal, Decimal]]) -> list[dict[str, Any]]:
    return [
        LINE | {"id": number, "currency_amount_before_tax": str(net), "currency_tax": str(tax), "quantity": "1"}
        for number, (net, tax) in enumerate(drawn, start=1)
    ]


def total(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


@given(drawn=lines, worth=worths)
def test_a_document_is_the_sum_of_its_lines_in_both_currencies(
    drawn: list[tuple[Decimal, Decimal]], worth: Decimal
) -> None:
    def rate(_currency: str, _base: str, day: date) -> Rate:
        return Rate(worth, Decimal(1), day)

    mapped = map_invoice(v1_invoice(INVOICE | {"currency": "USD"}, rows_of(drawn), IDS), RULES, rate)
    assert isinstance(mapped, Mapped)
    (row,) = mapped.rows
    assert isinstance(row, InvoiceRow)
    assert row.sums.amount == total([net for net, _ in drawn])
    assert row.sums.tax_amount == total([tax for _, tax in drawn])
    assert row.sums.base_amount == total([line.base_amount for line in row.lines])
    exact = row.sums.amount / worth
    assert abs(row.sums.base_amount - exact) <= Decimal("0.005") * len(drawn) + abs(exact) * Decimal("1E-20")


@given(drawn=lines)
def test_a_credit_note_never_adds_and_is_the_same_from_either_sign(drawn: list[tuple[Decimal, Decimal]]) -> None:
    def reversed_of(sign: int) -> CreditNoteRow:
        signed = [(net * sign, tax * sign) for net, tax in drawn]
        note = v1_invoice(a_credit_note(), rows_of(signed), IDS)
        mapped = map_credit_note(note, None, RULES, lambda *_: Rate(Decimal(1), Decimal(1), None))
        assert isinstance(mapped, Mapped)
        (row,) = mapped.rows
        assert isinstance(row, CreditNoteRow)
        return row

    one, other = reversed_of(1), reversed_of(-1)
    assert one.sums == other.sums
    assert [line.amount for line in one.lines] == [line.amount for line in other.lines]
    assert one.sums.amount == -abs(total([net for net, _ in drawn]))
    assert one.sums.base_amount == total([line.base_amount for line in one.lines])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.decimals(allow_nan=True),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from([*INVOICE, "customer", "lines"]),
)
def test_no_value_of_any_field_makes_the_mapping_raise(value: Any, key: str) -> None:
    odd = [LINE | {"currency_tax": value, "id": 1}] if key == "lines" else [LINE]
    row = INVOICE if key == "lines" else INVOICE | {key: value}
    mapped = map_invoice(v1_invoice(row, odd, IDS), RULES, lambda *_: Rate(Decimal(1), Decimal(1), None))
    if isinstance(mapped, Held):
        assert mapped.code.startswith("extract_")


@given(st.lists(st.lists(st.sampled_from(RowFate), max_size=5), min_size=1, max_size=8))
def test_the_counts_of_a_night_are_those_of_its_pages(pages: list[list[RowFate]]) -> None:
    checkpoint = Checkpoint(night="1", started_at=STARTED)
    for number, fates in enumerate(pages, start=1):
        done = PageDone(last=SourceId(number), is_end=False, fates=tuple(fates))
        checkpoint = after_page(checkpoint, done, STARTED)
    counts = checkpoint.counts_of(Entity.CUSTOMERS)
    assert (counts.pages, counts.read) == (len(pages), sum(map(len, pages)))
    assert all(counts.of(fate) == sum(page.count(fate) for page in pages) for fate in RowFate)
    assert (checkpoint.after, checkpoint.entity) == (len(pages), Entity.CUSTOMERS)


def test_a_night_ends_after_the_last_page_of_the_last_entity() -> None:
    checkpoint = Checkpoint(night="1", started_at=STARTED)
    seen = []
    while checkpoint.entity is not None:
        seen.append(checkpoint.entity)
        checkpoint = after_page(checkpoint, PageDone(last=SourceId(9), is_end=True), STARTED + timedelta(hours=1))
        assert checkpoint.after == 0
    assert seen == list(Entity)
    assert checkpoint.finished_at == STARTED + timedelta(hours=1)


def test_a_thousand_findings_of_one_code_hide_no_other() -> None:
    many = tuple(Finding(Entity.INVOICES, str(number), "extract_rate_missing", "") for number in range(1000))
    page = PageDone(last=SourceId(1), is_end=False, findings=many)
    checkpoint = after_page(Checkpoint(night="1", started_at=STARTED), page, STARTED)
    rare = PageDone(
        last=SourceId(2), is_end=False, findings=(Finding(Entity.INVOICES, "7", "extract_sum_differs", ""),)
    )
    checkpoint = after_page(checkpoint, rare, STARTED)
    assert [each.code for each in checkpoint.findings].count("extract_rate_missing") == 20
    assert checkpoint.findings[-1].code == "extract_sum_differs"
    assert checkpoint.counts_of(Entity.CUSTOMERS).codes == {"extract_rate_missing": 1000, "extract_sum_differs": 1}
