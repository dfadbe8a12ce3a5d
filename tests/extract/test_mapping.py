"""The mapping of seed 001, row by row. Each table row of the seed has its assertion here."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.domain.extract.catalogue_rows import map_customer, map_product, map_subscription
from ledgerpost.domain.extract.documents import NOT_SENT, ExtractRules, map_credit_note, map_invoice
from ledgerpost.domain.extract.rates import RateTable
from ledgerpost.domain.extract.results import Held, LeftOut, Mapped, MapResult
from ledgerpost.domain.extract.rows import (
    CreditNoteRow,
    CustomerRow,
    InvoiceRow,
    PriceRow,
    ProductRow,
    SubscriptionRow,
    fingerprint_of,
)
from ledgerpost.domain.extract.vocabulary import (
    SourceIds,
    stable_content,
    v1_customer,
    v1_invoice,
    v1_product,
    v1_subscription,
    with_credit_notes,
)
from tests.extract.source_rows import CUSTOMER, INVOICE, LINE, PRODUCT, SUBSCRIPTION, a_credit_line, a_credit_note

RULES = ExtractRules()
IDS = SourceIds(customers={"17": "src-c1"}, products={"5": "src-p1"}, subscriptions={"7": "7-61"})
RATES = RateTable({date(2026, 3, 2): {"USD": Decimal("1.25"), "JPY": Decimal(160), "GBP": Decimal("0.8")}}).rate


def the_row(result: MapResult) -> Any:
    assert isinstance(result, Mapped), result
    (row,) = result.rows
    return row


def invoice(row: dict[str, Any] | None = None, *lines: dict[str, Any], rules: ExtractRules = RULES) -> MapResult:
    return map_invoice(v1_invoice(row or INVOICE, lines or (LINE,), IDS), rules, RATES)


def credit_note(row: dict[str, Any], *lines: dict[str, Any]) -> MapResult:
    return map_credit_note(v1_invoice(row, lines, IDS), None, RULES, RATES)


def codes(result: MapResult) -> list[str]:
    assert isinstance(result, Mapped), result
    return [note.code for note in result.notes]


# Customers.


def test_a_customer_has_every_field_of_the_seed() -> None:
    assert the_row(map_customer(v1_customer(CUSTOMER))) == CustomerRow(
        original_id="src-c1",  # type: ignore[arg-type]
        name="Acme SAS",
        email="a@x.fr",
        country="FR",
        zip_code="75001",
        reference="C-1",
    )


def test_a_customer_without_external_reference_goes_by_its_id() -> None:
    assert the_row(map_customer(v1_customer(CUSTOMER | {"external_reference": None}))).original_id == "17"


@pytest.mark.parametrize(
    ("own", "billing", "delivery", "country"),
    [("DE", "FR", "BE", "DE"), (None, "FR", "BE", "FR"), (" ", "", "BE", "BE"), (None, None, None, None)],
)
def test_country_and_postal_code_come_from_the_first_field_that_is_filled(
    own: str | None, billing: str | None, delivery: str | None, country: str | None
) -> None:
    row = CUSTOMER | {
        "country_alpha2": own,
        "postal_code": own and f"z{own}",
        "billing_address": {"country_alpha2": billing, "postal_code": billing and f"z{billing}"},
        "delivery_address": {"country_alpha2": delivery, "postal_code": delivery and f"z{delivery}"},
    }
    mapped = the_row(map_customer(v1_customer(row)))
    assert mapped.country == country
    assert (mapped.zip_code or "").strip() == ("z" if own == " " else f"z{country}" if country else "")


def test_a_country_that_is_no_code_is_left_out_and_told() -> None:
    result = map_customer(v1_customer(CUSTOMER | {"country_alpha2": "France"}))
    assert (the_row(result).country, codes(result)) == (None, ["extract_country_unreadable"])


def test_a_private_customer_has_first_and_last_name() -> None:
    row = CUSTOMER | {"name": None, "first_name": "Ada", "last_name": "Byron"}
    assert the_row(map_customer(v1_customer(row))).name == "Ada Byron"


def test_a_customer_of_v1_is_mapped_as_it_stands() -> None:
    row = {"source_id": "uuid-1", "name": "Acme", "emails": [], "billing_address": {"country_alpha2": "fr"}}
    mapped = the_row(map_customer(v1_customer(row)))
    assert (mapped.original_id, mapped.email, mapped.country) == ("uuid-1", None, "FR")


# Products and prices.


def test_a_product_and_its_price_share_id_and_name() -> None:
    result = map_product(v1_product(PRODUCT))
    assert isinstance(result, Mapped)
    product, price = result.rows
    assert isinstance(product, ProductRow)
    assert isinstance(price, PriceRow)
    assert (product.original_id, price.original_id, price.product_id) == ("src-p1", "src-p1", "src-p1")
    assert (product.name, price.name) == ("Pack 1", "Pack 1")
    assert (price.amount, price.currency_code) == (Decimal("123.00"), "EUR")


def test_a_price_that_cannot_be_read_holds_the_product_and_names_the_field() -> None:
    result = map_product(v1_product(PRODUCT | {"price_before_tax": "12,00"}))
    assert isinstance(result, Held)
    assert (result.code, "price_before_tax" in result.message) == ("extract_row_malformed", True)
    assert "12,00" not in result.message


# Subscriptions.


def a_template_line(**changes: Any) -> dict[str, Any]:
    return LINE | {"id": 61, "currency_amount_before_tax": "50.00", **changes}


def test_each_line_of_a_billing_template_is_a_subscription() -> None:
    lines = [a_template_line(), a_template_line(id=62, currency_amount_before_tax="7.00")]
    result = map_subscription(v1_subscription(SUBSCRIPTION, lines, IDS))
    assert isinstance(result, Mapped)
    first, second = result.rows
    assert isinstance(first, SubscriptionRow)
    assert isinstance(second, SubscriptionRow)
    assert (first.original_id, second.original_id) == ("7-61", "7-62")
    assert first.subscription_set_id == second.subscription_set_id == "7"
    assert (first.customer_id, first.price_id, first.currency_code) == ("src-c1", "src-p1", "EUR")
    assert (first.subscription_start_date, first.status) == ("2026-01-01", "in_progress")
    assert first.deal_closed_date == "2025-12-20T10:00:00.000Z"
    assert (first.monthly_amount, second.monthly_amount) == (Decimal("50.00"), Decimal("7.00"))


def test_a_stopped_subscription_has_its_cancellation_and_its_end() -> None:
    row = SUBSCRIPTION | {"status": "stopped", "stopped_at": "2026-05-02T00:00:00Z", "finish": "2026-05-31"}
    mapped = the_row(map_subscription(v1_subscription(row, [a_template_line()], IDS)))
    assert mapped.canceled_at == "2026-05-02T00:00:00Z"
    assert mapped.effective_cancellation_date == "2026-05-31"


def test_a_set_that_the_template_names_is_kept() -> None:
    line = a_template_line(subscription_set_id="set-9")
    assert the_row(map_subscription(v1_subscription(SUBSCRIPTION, [line], IDS))).subscription_set_id == "set-9"


@pytest.mark.parametrize(
    ("rule", "monthly"),
    [
        ({"rule_type": "monthly", "interval": 1}, "50.00"),
        ({"rule_type": "monthly", "interval": 3}, "16.67"),
        ({"rule_type": "yearly", "interval": 1}, "4.17"),
        ({"rule_type": "weekly", "interval": 1}, "216.67"),
        ({"rule_type": "weekly", "interval": 2}, "108.33"),
        ({"type": "monthly"}, "50.00"),
    ],
)
def test_the_monthly_amount_is_that_of_an_average_month(rule: dict[str, Any], monthly: str) -> None:
    row = SUBSCRIPTION | {"recurring_rule": rule}
    assert the_row(map_subscription(v1_subscription(row, [a_template_line()], IDS))).monthly_amount == Decimal(monthly)


@pytest.mark.parametrize("rule", [None, {"rule_type": "daily"}, {"rule_type": "monthly", "interval": 0}])
def test_a_rule_without_a_month_holds_the_subscription(rule: object) -> None:
    result = map_subscription(v1_subscription(SUBSCRIPTION | {"recurring_rule": rule}, [a_template_line()], IDS))
    assert isinstance(result, Held)
    assert result.code == "extract_rule_unknown"


def test_a_draft_subscription_and_an_empty_template_are_left_out() -> None:
    draft = map_subscription(v1_subscription(SUBSCRIPTION | {"status": "draft"}, [a_template_line()], IDS))
    empty = map_subscription(v1_subscription(SUBSCRIPTION, [], IDS))
    assert (draft, empty) == (LeftOut("extract_draft"), LeftOut("extract_template_empty"))


# Invoices.


def test_an_invoice_and_its_line_have_every_field_of_the_seed() -> None:
    row = the_row(invoice())
    assert isinstance(row, InvoiceRow)
    assert (row.original_id, row.date, row.invoice_number) == ("9001", date(2026, 3, 2), "F-2026-012")
    assert (row.status, row.customer_id, row.subscription_id) == ("open", "src-c1", "7-61")
    (line,) = row.lines
    assert (line.original_id, line.price_id, line.description) == ("31", "src-p1", "Hosting")
    assert (line.amount, line.tax_amount, line.quantity) == (Decimal("198.00"), Decimal("39.60"), Decimal(2))
    assert (line.currency_code, line.period_start, line.period_end) == ("EUR", "2026-03-01", "2026-03-31")
    assert str(line.discount_amount) == "0.00"


def test_a_discount_of_the_source_is_never_imported() -> None:
    line = LINE | {"discount": {"type": "absolute", "value": "25"}}
    assert the_row(invoice(INVOICE, line)).lines[0].discount_amount == 0


@pytest.mark.parametrize("row", [INVOICE | {"draft": True}, INVOICE | {"status": "draft"}])
def test_a_draft_is_left_out(row: dict[str, Any]) -> None:
    assert invoice(row) == LeftOut("extract_draft")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("paid", "paid"),
        ("late", "unpaid"),
        ("upcoming", "open"),
        ("partially_paid", "open"),
        ("partially_cancelled", "open"),
    ],
)
def test_the_status_becomes_one_that_the_target_knows(source: str, target: str) -> None:
    assert the_row(invoice(INVOICE | {"status": source})).status == target


@pytest.mark.parametrize("status", ["cancelled", "archived", "incomplete"])
def test_an_invoice_that_does_not_count_is_not_sent(status: str) -> None:
    assert invoice(INVOICE | {"status": status}) == LeftOut("extract_status_not_sent")


def test_a_status_that_no_map_has_holds_the_invoice_and_a_map_may_have_it() -> None:
    row = INVOICE | {"status": "disputed"}
    held = invoice(row)
    assert isinstance(held, Held)
    assert held.code == "extract_status_unmapped"
    assert the_row(invoice(row, rules=ExtractRules(statuses={"disputed": "unpaid"}))).status == "unpaid"
    assert invoice(row, rules=ExtractRules(statuses={"disputed": NOT_SENT})) == LeftOut("extract_status_not_sent")


def test_an_invoice_without_a_customer_is_held_and_so_is_one_of_an_unknown_customer() -> None:
    without, unknown = invoice(INVOICE | {"customer": None}), invoice(INVOICE | {"customer": {"id": 99}})
    assert isinstance(without, Held)
    assert isinstance(unknown, Held)
    assert (without.code, unknown.code) == ("extract_customer_missing", "extract_customer_unknown")


def test_a_line_without_a_product_is_kept_and_told() -> None:
    result = invoice(INVOICE, LINE | {"product": None})
    assert (the_row(result).lines[0].price_id, codes(result)) == (None, ["extract_line_without_product"])


def test_a_line_of_a_product_that_was_not_extracted_is_kept_and_told() -> None:
    result = invoice(INVOICE, LINE | {"product": {"id": 6}})
    assert (the_row(result).lines[0].price_id, codes(result)) == (None, ["extract_product_unknown"])


def test_lines_that_do_not_add_up_to_the_document_are_told() -> None:
    assert codes(invoice(INVOICE | {"currency_amount_before_tax": "198.01"})) == []
    assert codes(invoice(INVOICE | {"currency_amount_before_tax": "198.02"})) == ["extract_sum_differs"]


@pytest.mark.parametrize("key", ["date", "currency", "id"])
def test_a_field_that_cannot_be_read_holds_the_invoice(key: str) -> None:
    assert isinstance(invoice(INVOICE | {key: None}), Held)
    assert isinstance(invoice(INVOICE | {key: ["?"]}), Held)


def test_a_link_that_is_signed_anew_changes_nothing() -> None:
    again = INVOICE | {"public_file_url": "https://pennylane.example/file?signature=2"}
    assert stable_content(again) == stable_content(INVOICE)
    assert stable_content(INVOICE | {"status": "paid"}) != stable_content(INVOICE)


# Currencies.


def test_each_line_is_converted_by_currency_and_date_and_the_sum_is_that_of_the_lines() -> None:
    lines = (LINE, LINE | {"id": 32, "currency_amount_before_tax": "0.01", "currency_tax": "0.00"})
    row = the_row(invoice(INVOICE | {"currency": "USD", "currency_amount_before_tax": "198.01"}, *lines))
    assert [line.base_amount for line in row.lines] == [Decimal("158.40"), Decimal("0.01")]
    assert row.lines[0].base_tax_amount == Decimal("31.68")
    assert row.sums.base_amount == Decimal("158.41")
    assert (row.sums.amount, row.sums.currency_code) == (Decimal("198.01"), "USD")
    assert (row.sums.rate, row.sums.rate_day) == (Decimal("0.80000000"), date(2026, 3, 2))


def test_the_base_currency_may_be_another_and_has_its_own_minor_units() -> None:
    rules = ExtractRules(base_currency="JPY")
    row = the_row(map_invoice(v1_invoice(INVOICE | {"currency": "USD"}, [LINE], IDS), rules, RATES))
    assert str(row.lines[0].base_amount) == "25344"


def test_euro_in_euro_needs_no_rate() -> None:
    row = the_row(invoice(INVOICE | {"date": "1999-12-31"}))
    assert (row.sums.rate, row.sums.rate_day, row.sums.base_amount) == (Decimal(1), None, row.sums.amount)


def test_a_missing_rate_holds_the_invoice_and_no_rate_is_made_up() -> None:
    result = invoice(INVOICE | {"currency": "USD", "date": "2026-03-03"})
    assert isinstance(result, Held)
    assert result.code == "extract_rate_missing"
    assert "USD" in result.message
    assert "2026-03-03" in result.message


# Credit notes.


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_credit_note_is_reversed_whatever_the_sign_that_the_source_gives(sign: int) -> None:
    row = the_row(credit_note(a_credit_note(sign), a_credit_line(sign)))
    assert isinstance(row, CreditNoteRow)
    assert (row.original_id, row.invoice_id, row.customer_id) == ("9002", "9001", "src-c1")
    (line,) = row.lines
    assert (line.amount, line.tax_amount) == (Decimal("-198.00"), Decimal("-39.60"))
    assert (line.base_amount, line.base_tax_amount) == (Decimal("-198.00"), Decimal("-39.60"))
    assert (row.sums.amount, row.sums.tax_amount) == (Decimal("-198.00"), Decimal("-39.60"))
    assert (line.quantity, line.discount_amount, line.currency_code) == (Decimal(-2), Decimal(0), "EUR")


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_fee_that_is_kept_on_a_credit_note_still_goes_the_other_way(sign: int) -> None:
    fee = a_credit_line(-sign, id=42, currency_amount_before_tax=f"{-sign * 20}.00", currency_tax="0.00")
    row = the_row(credit_note(a_credit_note(sign), a_credit_line(sign), fee))
    assert [line.amount for line in row.lines] == [Decimal("-198.00"), Decimal("20.00")]
    assert row.sums.amount == Decimal("-178.00")


def test_the_credit_notes_of_an_invoice_are_found_as_v1_lists_them() -> None:
    rows = [v1_invoice(INVOICE, [LINE], IDS), v1_invoice(a_credit_note(1), [a_credit_line(1)], IDS)]
    (with_notes,) = with_credit_notes(rows)
    (note,) = with_notes["credit_notes"]
    row = the_row(map_credit_note(note, with_notes, RULES, RATES))
    assert (row.invoice_id, row.sums.amount) == ("9001", Decimal("-198.00"))


def test_a_credit_note_of_v1_takes_the_customer_of_its_invoice() -> None:
    line = {"id": 1, "label": "x", "quantity": "1", "currency_price_before_tax": "10.00", "currency_tax": "2.00"}
    note = {"id": "CN1", "date": "2026-03-02", "currency": "EUR", "line_items": [line]}
    enclosing = {"id": "OJRX1PO8OC", "customer": {"source_id": "uuid-1"}}
    row = the_row(map_credit_note(note, enclosing, RULES, RATES))
    assert (row.invoice_id, row.customer_id, row.sums.tax_amount) == ("OJRX1PO8OC", "uuid-1", Decimal("-2.00"))


def test_a_credit_note_without_an_invoice_is_sent_and_told() -> None:
    result = credit_note(a_credit_note(-1, credited_invoice=None), a_credit_line())
    assert (the_row(result).invoice_id, codes(result)) == (None, ["extract_credit_note_unattached"])


def test_a_draft_credit_note_is_left_out() -> None:
    assert credit_note(a_credit_note(-1, draft=True), a_credit_line()) == LeftOut("extract_draft")


# Fingerprints.


def test_the_same_rows_have_one_fingerprint_and_another_cent_another() -> None:
    row = the_row(invoice())
    again = the_row(invoice())
    other = replace(row, lines=(replace(row.lines[0], amount=Decimal("198.01")),))
    assert fingerprint_of([row]) == fingerprint_of([again]) != fingerprint_of([other])
