"""Journal mode: the worked cases of the sheet, and what a journal never does. Source: codat sheet, section 4."""

from dataclasses import replace
from decimal import Decimal

from ledgerpost.domain.commerce import PaymentType, TransactionType
from ledgerpost.domain.company import AccountType, Company
from ledgerpost.domain.grouping.assemble import Stopped, assemble
from ledgerpost.domain.grouping.document import Form
from ledgerpost.domain.grouping.totals import Totals
from tests.grouping.builders import (
    DAY,
    JOURNAL,
    a_company,
    a_fee,
    a_line,
    a_payment,
    an_order,
    documents_of,
    sides_of,
    with_account,
)


def a_journal_company(**changes: object) -> Company:
    return with_account(a_company(output=JOURNAL, **changes), AccountType.REFUND, "sales")


def the_journal(*records: object) -> dict[str, list[tuple[str, str]]]:
    (document,) = documents_of(a_journal_company(), records)
    assert document.form is Form.JOURNAL_ENTRY
    return dict(sides_of(document))


A_CASH_SALE = an_order("1", [a_line("1000", "200")], [a_payment("1250")], gratuity=Decimal(50))


def test_a_cash_sale_day() -> None:
    assert the_journal(A_CASH_SALE) == {
        "debit": [("cash", "1250.00")],
        "credit": [("sales", "1000.00"), ("gratuity", "50.00"), ("tax", "200.00")],
    }


def test_sales_that_are_not_paid_are_receivable_and_a_discount_lowers_the_sales_line() -> None:
    """List price 5500, discount 500: the source's line total is after the discount, and no discount line is written."""
    assert the_journal(an_order("1", [a_line("5000", "1000")])) == {
        "debit": [("receivable", "6000.00")],
        "credit": [("sales", "5000.00"), ("tax", "1000.00")],
    }


def test_a_cash_refund() -> None:
    refund = an_order("1", [a_line("-100", "-20", quantity="-1")], [a_payment("-120")])
    assert the_journal(refund) == {
        "debit": [("sales", "100.00"), ("tax", "20.00")],
        "credit": [("cash", "120.00")],
    }


def test_a_refund_that_was_not_paid_back_is_credited_to_the_receivable() -> None:
    assert the_journal(an_order("1", [a_line("-200", "-40", quantity="-1")])) == {
        "debit": [("sales", "200.00"), ("tax", "40.00")],
        "credit": [("receivable", "240.00")],
    }


def test_a_full_day_with_a_fee_and_a_fee_refund() -> None:
    fees = (a_fee("f", "60"), a_fee("r", "30", TransactionType.PAYMENT_FEE_REFUND))
    journal = the_journal(A_CASH_SALE, *fees)
    assert journal == {
        "debit": [("cash", "1220.00"), ("paymentFee", "60.00")],
        "credit": [
            ("sales", "1000.00"),
            ("gratuity", "50.00"),
            ("paymentFeeRefund", "30.00"),
            ("tax", "200.00"),
        ],
    }
    assert sum(Decimal(amount) for _, amount in journal["debit"]) == Decimal("1280.00")


def test_every_payment_type_goes_to_its_own_account() -> None:
    payments = [a_payment("60", PaymentType.CARD), a_payment("60", PaymentType.SWISH)]
    assert the_journal(an_order("1", [a_line("100", "20")], payments))["debit"] == [
        ("card", "60.00"),
        ("swish", "60.00"),
    ]


def test_a_journal_over_the_line_limit_is_split_into_parts_that_balance_and_add_up_to_it() -> None:
    orders = [
        an_order(str(rate), [a_line("100", str(rate), rate=str(rate))], [a_payment(str(100 + rate))])
        for rate in range(1, 31)
    ]
    rates = tuple(str(rate) for rate in range(1, 31))
    whole = documents_of(a_journal_company(rates=rates), orders)
    parts = documents_of(a_journal_company(rates=rates, extras={"line_limit": 10}), orders)
    assert len(whole) == 1
    assert len(parts) == 7
    assert len({part.reference for part in parts}) == 7
    for part in parts:
        assert len(part.lines) <= 10
        sides = sides_of(part)
        assert sum(Decimal(amount) for _, amount in sides["debit"]) == sum(
            Decimal(amount) for _, amount in sides["credit"]
        )
    assert by_account(parts) == by_account(whole)


def by_account(documents: object) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for document in documents:  # type: ignore[attr-defined]
        for line in document.as_json()["lines"]:
            rate = (line["taxRate"] or {}).get("rate", "")
            signed = Decimal(line["amount"]) * (1 if line["side"] == "debit" else -1)
            account = (line["account"]["id"], rate)
            sums[account] = sums.get(account, Decimal(0)) + signed
    return {account: amount for account, amount in sums.items() if amount}


def test_a_day_with_tax_stops_where_no_tax_account_is_chosen() -> None:
    company = a_journal_company(extras={"tax_account": None})
    answer = assemble(company, DAY, Totals().add_all([A_CASH_SALE]))
    assert isinstance(answer, Stopped)
    assert [(problem.code, problem.path) for problem in answer.problems] == [
        ("company_own_account_missing", "ledgerpost.taxAccount")
    ]


def test_without_payments_everything_sold_is_receivable() -> None:
    company = a_journal_company()
    company = replace(company, payments=replace(company.payments, sync=False))
    (document,) = documents_of(company, [A_CASH_SALE])
    assert sides_of(document)["debit"] == [("receivable", "1250.00")]
