"""A closed day in Pennylane: sales and refunds as invoice and credit note, or all of it as one ledger entry.

Source: pennylane sheet, sections 5.1, 5.3, 5.10, 5.11 and 10; docs/grouping.md.
"""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.connectors.pennylane.day_documents import day_invoice
from ledgerpost.connectors.pennylane.target import INVOICES
from ledgerpost.domain.company import Account, AccountType, Choice, Company, OptionId, Section
from ledgerpost.domain.document import DocumentForm, LedgerDocument, canonical_json
from ledgerpost.domain.outcome import Applied, Found, NotApplied, Retry, Unknown
from ledgerpost.domain.vat_codes import vat_rate_of
from ledgerpost.simulators.pennylane.amounts import rate_of
from tests.connectors.pennylane.company import Company as Pennylane
from tests.connectors.pennylane.test_golden_wire import compare, written
from tests.connectors.pennylane.test_target import SALES, target_of
from tests.grouping.builders import JOURNAL, NOMINAL, a_company, a_fee, a_line, a_payment, an_option, an_order
from tests.grouping.builders import documents_of as documents_of_day
from tests.grouping.closed_day import as_posted

CODES = {"20": "FR_200", "5": "FR_50", "0": "exempt"}
NUMBERS = {
    AccountType.SALES: "706000", AccountType.REFUND: "701000", AccountType.GRATUITY: "411000",
    AccountType.PRE_PAID: "445710",
}  # fmt: skip


def chosen(number: str) -> Account:
    option = an_option(number, NOMINAL)
    return Account(selected=option.id, options=(option,))


def a_shop(customer: int = 1, **changes: Any) -> Company:
    """A company whose choices are Pennylane's: a customer's number, accounts of the chart, VAT codes."""
    company = a_company(**changes)
    sales = {kind: chosen(NUMBERS[kind]) for kind in NUMBERS if kind.section is Section.SALES}
    rates = {rate: Choice(OptionId(code), (an_option(code),)) for rate, code in CODES.items()}
    name = str(customer)
    return replace(
        company,
        sales=replace(
            company.sales, accounts=sales, tax_rates=rates, customer=Choice(OptionId(name), (an_option(name),))
        ),
        payments=replace(company.payments, sync=False, accounts={AccountType.PRE_PAID: chosen("445710")}),
        fees=replace(company.fees, sync=False),
        extras=replace(company.extras, account=INVOICES, rounding_account=OptionId("706000"), clearing_account=None),
    )


A_DAY = (
    an_order(
        "1",
        [a_line("1000", "200.03"), a_line("10", "0.50", "5"), a_line("25", "0", "0", is_gift_card=True)],
        gratuity=Decimal(50),
        total=Decimal("1235.54"),
        currency="EUR",
    ),
    an_order("2", [a_line("-100", "-19.98", quantity="-1")], currency="EUR"),
)
"""A sale at two rates with a voucher, a tip, a penny of rounding and a tax that is three cents off; a refund."""


def documents_of(company: Company, records: Any = A_DAY) -> list[LedgerDocument]:
    return [as_posted(document) for document in documents_of_day(company, records)]


def changed(document: LedgerDocument, **changes: Any) -> LedgerDocument:
    return replace(document, body=canonical_json(document.content() | changes))


@pytest.fixture
def books() -> Pennylane:
    return Pennylane()


def test_sales_and_refunds_become_an_invoice_and_a_credit_note_to_the_cent(books: Pennylane):
    documents = documents_of(a_shop(books.a_customer()))
    target = target_of(books)

    for document in documents:
        assert isinstance(target.post(INVOICES, document, "event"), Applied)

    sale, refund = books.rows("customer_invoices")
    assert [document.reference for document in documents] == [sale["external_reference"], refund["external_reference"]]
    assert (sale["currency_amount"], sale["currency_tax"]) == ("1285.54", "200.53")
    assert (refund["currency_amount"], refund["currency_tax"]) == ("-119.98", "-19.98")
    assert (sale["date"], sale["deadline"], sale["draft"]) == ("2026-03-02", "2026-03-02", False)
    assert refund["status"] == "credit_note"


def test_each_line_goes_to_its_own_account(books: Pennylane):
    (sale, _) = documents_of(a_shop(books.a_customer()))

    target_of(books).post(INVOICES, sale, "event")

    (row,) = books.rows("customer_invoices")
    numbers = {account["id"]: account["number"] for account in books.rows("ledger_accounts")}
    lines = books.lines("customer_invoices", row["id"])
    assert [(numbers[each["ledger_account"]["id"]], each["label"], each["vat_rate"]) for each in lines] == [
        ("706000", "Sales, tax 5 %", "FR_50"),
        ("706000", "Sales, tax 20 %", "FR_200"),
        ("706000", "Sales, tax 20 %, rounding", "exempt"),
        ("411000", "Gratuity", "exempt"),
        ("445710", "Pre-paid purchases", "exempt"),
        ("706000", "Rounding", "exempt"),
    ]


def test_an_invoice_of_a_day_puts_its_golden_bytes_onto_the_wire(books: Pennylane):
    for document in documents_of(a_shop(books.a_customer())):
        books.transport.sent.clear()
        target_of(books).post(INVOICES, document, "event")
        compare(f"day-{document.form.removeprefix('codat.')}", written(books))


def test_what_was_posted_is_found_and_agrees_and_anything_else_does_not(books: Pennylane):
    sale, refund = documents_of(a_shop(books.a_customer()))
    target = target_of(books)
    for document in (sale, refund):
        target.post(INVOICES, document, "event")

    found = target.find(INVOICES, sale.reference)

    assert isinstance(found, Found)
    (fact,) = found.facts
    assert (fact.amount, fact.day) == (Decimal("1285.54"), sale.day)
    assert fact.agrees_with(sale)
    lines = sale.content()["lines"]
    moved = [lines[0] | {"net": "11.00", "total": "11.50"}, lines[1] | {"net": "999.00"}, *lines[2:]]
    others = (
        refund, replace(sale, source_amount=Decimal("1300.00")), changed(sale, customer="99"),
        changed(sale, lines=moved), replace(sale, form=DocumentForm("pennylane.invoice")),
    )  # fmt: skip
    assert not any(fact.agrees_with(other) for other in others)


def test_a_document_of_more_lines_than_a_page_has_is_read_back_whole(books: Pennylane):
    short, _ = documents_of(a_shop(books.a_customer()))
    line = short.content()["lines"][0] | {"tax": "0.50"}
    lines = [line | {"description": f"Product {number}"} for number in range(150)]
    sale = replace(changed(short, lines=lines), source_amount=Decimal("1575.00"))
    target = target_of(books)
    target.post(INVOICES, sale, "event")

    found = target.find(INVOICES, sale.reference)

    assert len(sale.content()["lines"]) == 150
    assert isinstance(found, Found)
    assert found.facts[0].agrees_with(sale)


def test_a_post_without_an_answer_is_unknown_and_is_found(books: Pennylane):
    sale, _ = documents_of(a_shop(books.a_customer()))
    target = target_of(books)
    target.ability(INVOICES)
    for number in ("706000", "411000", "445710"):
        target._account_id(number)
    books.simulator.set_faults("cut=1:once")

    assert isinstance(target.post(INVOICES, sale, "event"), Unknown)

    found = target.find(INVOICES, sale.reference)
    assert isinstance(found, Found)
    assert [fact.agrees_with(sale) for fact in found.facts] == [True]


@pytest.mark.parametrize("status", ["Submitted", "Draft"])
def test_the_chosen_status_says_whether_the_invoice_is_final(books: Pennylane, status: str):
    sale, _ = documents_of(a_shop(books.a_customer(), status=status))

    target_of(books).post(INVOICES, sale, "event")

    (row,) = books.rows("customer_invoices")
    assert row["draft"] is (status == "Draft")


@pytest.mark.parametrize("form", ["codat.payment", "codat.bill", "codat.billCreditNote"])
@pytest.mark.parametrize("account", [INVOICES, SALES])
def test_what_the_api_cannot_make_is_refused_and_not_dropped(books: Pennylane, form: str, account: Any):
    sale, _ = documents_of(a_shop())

    outcome = target_of(books).post(account, replace(sale, form=DocumentForm(form)), "event")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("pennylane_document_unsupported", Retry.NEVER)
    assert books.writes() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customer": "till"}, "entry_malformed"),
        ({"customer": None}, "entry_malformed"),
        ({"currency": "BHD"}, "document_unsupported"),
        ({"lines": [{"net": "1"}]}, "entry_malformed"),
        ({"lines": "none"}, "entry_malformed"),
    ],
)
def test_a_document_that_cannot_be_translated_is_refused_before_it_is_sent(
    books: Pennylane, changes: dict[str, Any], code: str
):
    sale, _ = documents_of(a_shop())

    outcome = target_of(books).post(INVOICES, changed(sale, **changes), "event")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == (code, Retry.NEVER)
    assert books.writes() == 0


@pytest.mark.parametrize(
    ("net", "tax", "code", "refused"),
    [
        ("100.00", "21.01", "FR_200", "pennylane_tax_off_rate"),
        ("100.00", "20.00", "exempt", "pennylane_tax_off_rate"),
        ("10000.00", "2021.00", "FR_200", "pennylane_tax_off_rate"),
        ("100.00", "20.00", "t20", "entry_malformed"),
    ],
)
def test_a_tax_that_rounding_does_not_explain_is_for_a_person(net: str, tax: str, code: str, refused: str):
    sale, _ = documents_of(a_shop())
    line = sale.content()["lines"][0] | {"net": net, "tax": tax, "taxRate": {"rate": "20", "id": code}}

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its code is looked at
        day_invoice(changed(sale, lines=[line]))

    assert getattr(caught.value, "code", None) == refused


AMOUNTS = st.integers(-1_000_000, 1_000_000)


@given(net=AMOUNTS, off=st.integers(-99, 99), code=st.sampled_from(["FR_200", "FR_100", "FR_55", "FR_21", "FR_09"]))
def test_net_and_tax_of_a_line_are_kept_to_the_cent_whatever_the_shop_rounded(net: int, off: int, code: str):
    wanted_net = Decimal(net) / 100
    rate = vat_rate_of(code)
    assert rate is not None
    tax = cents(wanted_net * rate / 100) + Decimal(off) / 100
    sale, _ = documents_of(a_shop())
    line = sale.content()["lines"][0] | {"net": f"{wanted_net:f}", "tax": f"{tax:f}"}

    written = day_invoice(changed(sale, lines=[line | {"taxRate": {"rate": str(rate), "id": code}}])).lines

    assert sum((each.net for each in written), Decimal(0)) == wanted_net
    assert sum((cents(each.net * rate_of(each.vat_code) / 100) for each in written), Decimal(0)) == tax
    assert len(written) <= 2


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


# The journal.


def a_journal(**changes: Any) -> LedgerDocument:
    """The whole day as one entry over accounts of the chart."""
    sale = an_order("1", [a_line("100", "20")], [a_payment("120")], currency="EUR")
    (entry,) = documents_of(a_company(output=JOURNAL), [sale, replace(a_fee("f", "3"), currency="EUR")])
    numbers = {"sales": "706000", "tax": "445710", "cash": "512000", "paymentFee": "601000"}
    lines = entry.content()["lines"]
    lines = [line | {"account": {**line["account"], "id": numbers[line["account"]["id"]]}} for line in lines]
    return changed(entry, lines=lines, **changes)


def test_a_journal_is_one_ledger_entry_with_payments_and_fees_in_it(books: Pennylane):
    target = target_of(books)
    entry = a_journal()
    books.transport.sent.clear()

    assert isinstance(target.post(SALES, entry, "event"), Applied)

    compare("day-journalEntry", written(books))
    found = target.find(SALES, entry.reference)
    assert isinstance(found, Found)
    (fact,) = found.facts
    assert fact.agrees_with(entry)
    assert not fact.agrees_with(a_journal(description="Another day"))


@pytest.mark.parametrize("lines", [[], [{"amount": "1"}], "none", None])
def test_a_journal_that_does_not_balance_is_refused(books: Pennylane, lines: Any):
    outcome = target_of(books).post(SALES, changed(a_journal(), lines=lines), "event")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "entry_malformed"


def test_a_journal_does_not_go_to_the_invoices_nor_sales_to_an_account(books: Pennylane):
    sale, _ = documents_of(a_shop())
    for account, document in ((INVOICES, a_journal()), (SALES, sale)):
        outcome = target_of(books).post(account, document, "event")
        assert isinstance(outcome, NotApplied)
        assert outcome.code == "document_unsupported"
