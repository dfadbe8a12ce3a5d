"""Invoice mode: what a day becomes, and what stops it. Source: codat sheet, sections 4 and 5."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.domain.commerce import PaymentStatus, PaymentType, ServiceCharge, TransactionType
from ledgerpost.domain.company import AccountType, Company
from ledgerpost.domain.grouping.assemble import Stopped, assemble
from ledgerpost.domain.grouping.document import CommerceDocument, Direction, Form
from ledgerpost.domain.grouping.totals import Totals
from tests.grouping.builders import (
    DAY,
    a_company,
    a_fee,
    a_line,
    a_payment,
    an_order,
    documents_of,
)


def lines_of(document: CommerceDocument) -> list[tuple[str, str | None, str, str]]:
    return [
        (line["kind"], line["taxRate"] and line["taxRate"]["rate"], line["net"], line["tax"])
        for line in document.as_json()["lines"]
    ]


def problems_of(company: Company, *records: Any) -> list[tuple[str, str]]:
    answer = assemble(company, DAY, Totals().add_all(records))
    assert isinstance(answer, Stopped), answer
    return [(problem.code, problem.path) for problem in answer.problems]


def test_a_day_is_one_invoice_with_a_line_per_tax_rate_and_a_payment_per_type() -> None:
    orders = [
        an_order("1", [a_line("100", "20"), a_line("10", "0.50", "5")], [a_payment("130.50")]),
        an_order("2", [a_line("50", "10")], [a_payment("60", PaymentType.CARD)]),
    ]
    invoice, card, cash = documents_of(a_company(), orders)
    assert (invoice.form, invoice.money, invoice.status, invoice.customer) == (
        Form.INVOICE,
        "190.50",
        "Submitted",
        "till",
    )
    assert lines_of(invoice) == [("sales", "5", "10.00", "0.50"), ("sales", "20", "150.00", "30.00")]
    assert [(payment.account.option.id, payment.money) for payment in (card, cash) if payment.account] == [
        ("card", "60.00"),
        ("cash", "130.50"),
    ]
    assert {each.reference for payment in (card, cash) for each in payment.allocations} == {invoice.reference}


def test_a_refund_is_a_credit_note_and_a_refund_payment_per_type() -> None:
    order = an_order("1", [a_line("-100", "-20", quantity="-1")], [a_payment("-120", PaymentType.CARD)])
    note, payment = documents_of(a_company(), [order])
    assert (note.form, note.money, lines_of(note)) == (
        Form.CREDIT_NOTE,
        "-120.00",
        [("refund", "20", "100.00", "20.00")],
    )
    assert (payment.direction, payment.money, payment.allocations[0].reference) == (
        Direction.OUT,
        "-120.00",
        note.reference,
    )


def test_an_order_that_sells_and_refunds_is_in_both() -> None:
    order = an_order("1", [a_line("100", "20"), a_line("-30", "-6", quantity="-1")], [a_payment("84")])
    invoice, note, payment = documents_of(a_company(), [order])
    assert (invoice.money, note.money, payment.money) == ("120.00", "-36.00", "84.00")


def test_gratuity_and_prepaid_purchases_have_lines_of_their_own_without_tax() -> None:
    order = an_order("1", [a_line("100", "20"), a_line("25", "0", "0", is_gift_card=True)], gratuity=Decimal("7.25"))
    (invoice,) = documents_of(a_company(), [order])
    assert lines_of(invoice) == [
        ("sales", "20", "100.00", "20.00"),
        ("gratuity", None, "7.25", "0.00"),
        ("prePaid", None, "25.00", "0.00"),
    ]


def test_a_service_charge_is_a_sale_at_its_own_rate() -> None:
    charge = ServiceCharge(quantity=Decimal(1), total=Decimal("5.25"), tax=Decimal("0.25"), tax_rate="5")
    order = an_order(
        "1", [a_line("100", "20")], service_charges=(charge,), total=Decimal("125.25"), tax=Decimal("20.25")
    )
    (invoice,) = documents_of(a_company(), [order])
    assert lines_of(invoice) == [("sales", "5", "5.00", "0.25"), ("sales", "20", "100.00", "20.00")]


def test_fees_are_a_bill_and_fee_refunds_a_bill_credit_note_of_the_supplier_paid_from_clearing() -> None:
    fees = [a_fee("1", "2.50"), a_fee("2", "0.70"), a_fee("3", "1", TransactionType.LOAN_FEE)]
    bill, note = documents_of(a_company(), [*fees, a_fee("4", "0.30", TransactionType.PAYMENT_FEE_REFUND)])
    assert (bill.form, bill.money, bill.supplier) == (Form.BILL, "-4.20", "psp")
    assert lines_of(bill) == [("fee", None, "3.20", "0.00"), ("loanFee", None, "1.00", "0.00")]
    assert (note.form, note.money) == (Form.BILL_CREDIT_NOTE, "0.30")
    assert bill.account is not None
    assert bill.account.option.id == "cash"


def test_fees_that_are_not_synchronised_make_no_bill() -> None:
    company = a_company()
    company = replace(company, fees=replace(company.fees, sync=False))
    assert documents_of(company, [a_fee("1", "2.50")]) == ()


def test_a_penny_that_discounts_left_over_becomes_a_rounding_line_and_tax_is_never_computed_anew() -> None:
    order = an_order("1", [a_line("3.33", "0.67"), a_line("3.33", "0.67")], total=Decimal("8.01"))
    (invoice,) = documents_of(a_company(), [order])
    assert lines_of(invoice) == [("sales", "20", "6.66", "1.34"), ("rounding", None, "0.01", "0.00")]
    assert invoice.money == "8.01"


def test_a_difference_of_more_than_a_penny_per_line_stops_the_day_for_review_and_names_the_order() -> None:
    good, bad = an_order("1", [a_line("3")]), an_order("2", [a_line("3"), a_line("3")], total=Decimal("6.03"))
    assert problems_of(a_company(), good, bad) == [("commerce_does_not_add_up", "records.order:2")]


def test_two_orders_whose_errors_cancel_out_are_both_named() -> None:
    high, low = (an_order(name, [a_line("3")], total=Decimal(total)) for name, total in (("1", "8"), ("2", "-2")))
    assert [path for _, path in problems_of(a_company(), high, low)] == ["records.order:1", "records.order:2"]


def test_only_paid_payments_count() -> None:
    pending = [a_payment("120", status=status) for status in PaymentStatus if status is not PaymentStatus.PAID]
    assert [each.form for each in documents_of(a_company(), [an_order("1", [a_line("100", "20")], pending)])] == [
        Form.INVOICE
    ]


@pytest.mark.parametrize("kind", [PaymentType.SWISH, PaymentType.UNKNOWN])
def test_an_unmapped_payment_type_stops_the_day_and_is_named(kind: PaymentType) -> None:
    company = a_company(unmapped=[AccountType.SWISH])
    answer = assemble(company, DAY, Totals().add_all([an_order("1", [a_line("100", "20")], [a_payment("120", kind)])]))
    assert isinstance(answer, Stopped)
    (problem,) = answer.problems
    assert problem.code == "company_payment_type_unmapped"
    assert kind.value in problem.message


def test_an_unmapped_tax_rate_stops_the_day_and_is_named() -> None:
    assert problems_of(a_company(), an_order("1", [a_line("100", "17.5", "17.50")])) == [
        ("company_tax_rate_unmapped", 'configuration.sales.taxRates["17.5"].selectedTaxRateId')
    ]


def test_a_transaction_of_unknown_type_stops_the_day() -> None:
    assert problems_of(a_company(), a_fee("1", "3", TransactionType.UNKNOWN)) == [
        ("company_transaction_type_unmapped", "configuration.fees.accounts")
    ]


def test_a_payout_or_a_transfer_is_neither_a_sale_nor_a_cost() -> None:
    kinds = (TransactionType.PAYOUT, TransactionType.TRANSFER, TransactionType.PAYMENT, TransactionType.REFUND)
    assert documents_of(a_company(), [a_fee(kind, "50", kind) for kind in kinds]) == ()


def test_currencies_never_share_a_document() -> None:
    orders = [an_order("1", [a_line("100")]), an_order("2", [a_line("100")], currency="EUR")]
    assert [(each.place.currency, each.money) for each in documents_of(a_company(), orders)] == [
        ("EUR", "100.00"),
        ("GBP", "100.00"),
    ]


def test_a_currency_without_minor_units_has_no_decimals() -> None:
    (invoice,) = documents_of(a_company(), [an_order("1", [a_line("1200", "240")], currency="JPY")])
    assert invoice.money == "1440"


def test_locations_share_an_invoice_unless_the_invoice_level_keeps_them_apart() -> None:
    orders = [an_order(name, [a_line("10")], [a_payment("10")], location=name) for name in ("east", "west")]
    together = documents_of(a_company(), orders)
    apart = documents_of(a_company(levels={"invoice": ("location",)}), orders)
    assert [(each.form, each.money) for each in together] == [(Form.INVOICE, "20.00"), (Form.PAYMENT, "20.00")]
    assert [(each.place.location, each.form, each.money) for each in apart] == [
        ("east", Form.INVOICE, "10.00"),
        ("east", Form.PAYMENT, "10.00"),
        ("west", Form.INVOICE, "10.00"),
        ("west", Form.PAYMENT, "10.00"),
    ]


def test_the_line_level_keeps_locations_and_products_apart_on_one_invoice() -> None:
    orders = [
        an_order("1", [a_line("10", product="tea"), a_line("1", product="jam")], location="east"),
        an_order("2", [a_line("5", product="tea")], location="west"),
    ]
    company = a_company(levels={"line": ("location", "product")})
    answer = assemble(company, DAY, Totals(by_product=True).add_all(orders))
    assert not isinstance(answer, Stopped)
    (invoice,) = answer.documents
    lines = [(line["location"], line["product"], line["net"]) for line in invoice.as_json()["lines"]]
    assert lines == [("east", "jam", "1.00"), ("east", "tea", "10.00"), ("west", "tea", "5.00")]


def test_an_invoice_over_the_line_limit_is_split_and_payments_are_shared_out_over_its_parts() -> None:
    rates = tuple(str(rate) for rate in range(1, 13))
    order = an_order("1", [a_line("100", "0", rate) for rate in rates], [a_payment("1150")])
    *parts, payment = documents_of(a_company(rates=rates, extras={"line_limit": 5}), [order])
    assert [(part.part, part.parts, part.money) for part in parts] == [
        (1, 3, "500.00"),
        (2, 3, "500.00"),
        (3, 3, "200.00"),
    ]
    assert [(each.reference, each.amount) for each in payment.allocations] == [
        (parts[0].reference, 50000),
        (parts[1].reference, 50000),
        (parts[2].reference, 15000),
    ]


def test_an_adjustment_that_lowers_a_sale_is_a_credit_note_that_names_what_it_adjusts() -> None:
    company = a_company()
    before = Totals().add_all([an_order("1", [a_line("100", "20")], [a_payment("120")])])
    after = Totals().add_all([an_order("1", [a_line("90", "18")], [a_payment("108")])])
    (invoice, _) = documents_of(company, [an_order("1", [a_line("100", "20")], [a_payment("120")])])
    answer = assemble(company, DAY, after.minus(before), layer=1)
    assert not isinstance(answer, Stopped)
    note, payment = answer.documents
    assert (note.form, note.money, note.as_json()["adjusts"]) == (Form.CREDIT_NOTE, "-12.00", invoice.reference)
    assert note.reference != invoice.reference
    assert (payment.direction, payment.money) == (Direction.OUT, "-12.00")
    assert payment.allocations[0].reference == note.reference


def test_nothing_is_made_of_a_day_without_records() -> None:
    assert documents_of(a_company(), []) == ()


def test_a_reference_fits_the_shortest_document_number_and_says_kind_and_day() -> None:
    for document in documents_of(a_company(), [an_order("1", [a_line("100", "20")], [a_payment("120")])]):
        assert len(document.reference) == 21
        assert document.reference[2:8] == "260302"


@pytest.mark.parametrize(
    ("total", "money"),
    [("0.125", "0.12"), ("0.135", "0.14"), ("508.20000000000005", "508.20"), (f"1.005{'0' * 26}1", "1.01")],
)
def test_an_amount_with_more_digits_than_its_currency_is_rounded_half_even_once(total: str, money: str) -> None:
    line = replace(a_line("1", rate="0"), total=Decimal(total))
    (invoice,) = documents_of(a_company(), [an_order("1", [line], total=Decimal(total))])
    assert invoice.money == money
