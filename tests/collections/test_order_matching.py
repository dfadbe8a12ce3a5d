"""An order against what the ledger holds of it. Source: seed 004, "Prerequisite Handling" and "Acumatica Caveats"."""

from decimal import Decimal

import pytest

from ledgerpost.domain.orders.matching import (
    LineThere,
    OrderPolicy,
    match_by_position,
    match_lines,
)
from ledgerpost.domain.orders.sentences import MULTIPLE_INSTALLMENTS, code_of_sentence
from ledgerpost.errors import describe


def there(id_: str, sku: str, quantity: str) -> LineThere:
    return LineThere(id=id_, sku=sku, quantity=Decimal(quantity))


def line(sku: str, quantity: str) -> dict[str, str]:
    return {"InventoryID": sku, "OrderQty": quantity}


def test_lines_are_matched_by_sku_and_quantity_whatever_their_order() -> None:
    matched = match_lines([line("A", "2"), line("B", "1.0")], [there("1", "b", "1"), there("2", "A ", "2.00")])
    assert (matched.ids, matched.left) == (("2", "1"), ())


def test_a_line_whose_quantity_was_amended_is_the_same_line() -> None:
    matched = match_lines([line("A", "3"), line("B", "1")], [there("1", "A", "2"), there("2", "C", "1")])
    assert (matched.ids, matched.left) == (("1", None), ("2",))


def test_the_same_quantity_wins_over_another_one() -> None:
    matched = match_lines([line("A", "3")], [there("1", "A", "2"), there("2", "A", "3")])
    assert (matched.ids, matched.left) == (("2",), ("1",))


def test_taxes_are_matched_by_their_position() -> None:
    assert match_by_position(["a", "b"], ["1"]).ids == ("1", None)
    assert match_by_position(["a"], ["1", "2"]).left == ("2",)


@pytest.mark.parametrize(("manual", "sent"), [(True, "WEB1001"), (False, None)])
def test_the_order_number_is_sent_only_under_manual_numbering(manual: bool, sent: str | None) -> None:
    assert OrderPolicy(manual_numbering=manual).number_to_send("WEB1001") == sent


def test_only_manual_numbering_needs_a_number() -> None:
    assert OrderPolicy(manual_numbering=True).lacks_number(None)
    assert not OrderPolicy(manual_numbering=True).lacks_number("WEB1001")
    assert not OrderPolicy().lacks_number(None)


@pytest.mark.parametrize(
    ("sentence", "field", "code"),
    [
        (MULTIPLE_INSTALLMENTS, "", "multiple_installment_terms"),
        (f"Error: {MULTIPLE_INSTALLMENTS}", "Terms", "multiple_installment_terms"),
        ("'Terms' cannot be found in the system.", "Terms", "financial_terms_unsupported"),
        ("'Customer Tax Zone' cannot be found in the system.", "CustomerTaxZone", "tax_setup_invalid"),
        ("'Tax ID' cannot be found in the system.", "", "tax_setup_invalid"),
        ("'Payment Method' cannot be found in the system.", "PaymentMethod", "payment_method_unknown"),
        ("'Inventory ID' cannot be found in the system.", "InventoryID", "sku_unknown"),
        ("'Customer ID' cannot be found in the system.", "", "customer_unresolved"),
        ("The quantity must be greater than zero.", "OrderQty", "quantity_not_positive"),
        ("Something else.", "", None),
    ],
)
def test_what_acumatica_says_has_a_code_that_explains_it(sentence: str, field: str, code: str | None) -> None:
    assert code_of_sentence(sentence, field) == code


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("multiple_installment_terms", MULTIPLE_INSTALLMENTS.rstrip(".")),
        ("customer_unresolved", "Invalid Customer ID"),
        ("financial_terms_unsupported", "Unsupported financial terms"),
        ("tax_setup_invalid", "Invalid tax zone or tax code"),
        ("sku_unknown", "Invalid SKU"),
        ("quantity_not_positive", "Quantity zero or negative"),
        ("payment_method_unknown", "Payment method not found"),
        ("duplicate_skus", "Duplicate SKUs across lines"),
    ],
)
def test_the_eight_errors_of_the_seed_stand_in_the_catalogue_under_their_own_names(code: str, words: str) -> None:
    assert words in describe(code).cause
    assert describe(code).fix
