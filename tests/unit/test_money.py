"""Money at its edges; the general laws stand in tests/property/test_money.py."""

from decimal import Decimal

import pytest

from ledgerpost.domain.money import Money, MoneyError, exponent_of, parse_amount, quantise


@pytest.mark.parametrize(
    ("currency", "exponent"), [("JPY", 0), ("EUR", 2), ("GBP", 2), ("KWD", 3), ("CLF", 4), ("ISK", 0)]
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@pytest.mark.parametrize("currency", ["", "gbp", "GPB", "DEM", "XXX", "GB"])
def test_what_iso_4217_does_not_have_is_no_currency(currency: str) -> None:
    with pytest.raises(MoneyError) as caught:
        exponent_of(currency)
    assert caught.value.code == "currency_unknown"


@pytest.mark.parametrize(
    ("amount", "currency", "money", "rounding"),
    [
        ("196.10000000000002", "GBP", "196.10", "-0.00000000000002"),
        ("0.125", "GBP", "0.12", "-0.005"),
        ("0.135", "GBP", "0.14", "0.005"),
        ("-0.125", "GBP", "-0.12", "0.005"),
        ("1199.5", "JPY", "1200", "0.5"),
        ("1.2345", "KWD", "1.234", "-0.0005"),
        ("7", "GBP", "7.00", "0"),
        ("1E+2", "GBP", "100.00", "0"),
    ],
)
def test_an_amount_is_rounded_half_even_and_the_rounding_kept(
    amount: str, currency: str, money: str, rounding: str
) -> None:
    rounded, added = quantise(Decimal(amount), currency)
    assert (str(rounded), added) == (money, Decimal(rounding))


def test_a_rest_that_rounds_to_zero_is_zero_on_either_side() -> None:
    assert not quantise(Decimal("-0.004"), "GBP")[0].amount
    assert not quantise(Decimal("0.005"), "GBP")[0].amount


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        1.5,
        None,
        [],
        {},
        b"1",
        "",
        "abc",
        "NaN",
        "Infinity",
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
    ],
)
def test_what_is_no_finite_decimal_is_no_amount(value: object) -> None:
    with pytest.raises(MoneyError) as caught:
        parse_amount(value)
    assert caught.value.code == "amount_not_a_number"


@pytest.mark.parametrize("value", [10**15, "1e15", Decimal("-1E+999999"), "9" * 16])
def test_more_than_fifteen_digits_before_the_point_are_out_of_range(value: object) -> None:
    with pytest.raises(MoneyError) as caught:
        parse_amount(value)
    assert caught.value.code == "amount_out_of_range"


@pytest.mark.parametrize("value", [10**15 - 1, "-999999999999999.99", Decimal("0E+999999"), "1e-400"])
def test_fifteen_digits_and_every_zero_are_in_range(value: object) -> None:
    assert isinstance(quantise(parse_amount(value), "GBP")[0], Money)
