"""Money is exact from text to text."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.money import MoneyError, exponent_of, parse_amount, quantise
from ledgerpost.wire.message import read_json

CURRENCIES = st.sampled_from(["JPY", "GBP", "EUR", "KWD", "CLF"])
AMOUNTS = st.decimals(min_value=-(10**14), max_value=10**14, allow_nan=False, allow_infinity=False, places=6)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.floats(), st.text(max_size=30), st.integers(), st.decimals(), st.lists(st.integers())
)


@given(st.integers(-(10**14), 10**14), CURRENCIES)
def test_an_amount_in_minor_units_survives_the_round_trip_through_json(minor: int, currency: str) -> None:
    text = f"{Decimal(minor).scaleb(-exponent_of(currency)):f}"
    for written in (text, f'"{text}"'):
        money, rounding = quantise(parse_amount(read_json(written)), currency)
        assert str(money) == text
        assert rounding == 0


@given(AMOUNTS, CURRENCIES)
def test_rounding_is_half_even_and_accounted_for_exactly(amount: Decimal, currency: str) -> None:
    money, rounding = quantise(amount, currency)
    exact = Fraction(amount) * 10 ** exponent_of(currency)
    assert Fraction(money.amount) * 10 ** exponent_of(currency) == round(
        exact
    )  # Python's round of a Fraction is half-even
    assert money.amount == amount + rounding
    assert -money.amount.as_tuple().exponent == exponent_of(currency)  # type: ignore[operator]


@given(AMOUNTS, CURRENCIES)
def test_rounding_again_changes_nothing(amount: Decimal, currency: str) -> None:
    money, _ = quantise(amount, currency)
    assert quantise(money.amount, currency) == (money, Decimal(0))


@given(AMOUNTS, CURRENCIES)
def test_a_reversal_rounds_to_the_same_amount_on_the_other_side(amount: Decimal, currency: str) -> None:
    assert quantise(-amount, currency)[0].amount == -quantise(amount, currency)[0].amount


@given(st.lists(st.integers(-(10**12), 10**12), max_size=50))
def test_sums_are_exact_whatever_their_order(pence: list[int]) -> None:
    amounts = [quantise(Decimal(minor).scaleb(-2), "GBP")[0].amount for minor in pence]
    assert sum(amounts, Decimal(0)) == sum(reversed(amounts), Decimal(0)) == Decimal(sum(pence)).scaleb(-2)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_float_is_no_money(number: float) -> None:
    with pytest.raises(MoneyError) as caught:
        parse_amount(number)
    assert caught.value.code == "amount_not_a_number"


@given(ANYTHING)
def test_anything_is_an_amount_or_a_money_error(value: object) -> None:
    amount = amount_or_code(value)
    if isinstance(amount, str):
        assert amount in ("amount_not_a_number", "amount_out_of_range")
    else:
        assert amount.is_finite()
        assert quantise(amount, "GBP")[0].currency == "GBP"


@given(st.integers(-999_999, 999_999), st.sampled_from([0, 1, -9]))
def test_any_exponent_is_answered_at_once(exponent: int, coefficient: int) -> None:
    amount = amount_or_code(Decimal(coefficient).scaleb(exponent))
    if exponent >= 15 and coefficient:
        assert amount == "amount_out_of_range"
    else:
        assert isinstance(amount, Decimal)
        assert len(str(quantise(amount, "GBP")[0])) < 25


@pytest.mark.parametrize(
    "text", ["1_000", "１２", "12,50", "0x1F", "1.", ".5", "+1", "1e2", " 7 ", "--1", "", "1 0", "NaN"]
)
def test_text_is_an_amount_only_as_json_or_a_person_writes_one(text: str) -> None:
    amount = amount_or_code(text)
    if text.strip() in ("1.", ".5", "+1", "1e2", "7"):
        assert amount == Decimal(text.strip())
    else:
        assert amount == "amount_not_a_number"


def amount_or_code(value: object) -> Decimal | str:
    try:
        return parse_amount(value)
    except MoneyError as error:
        return error.code


@given(AMOUNTS, CURRENCIES)
def test_the_surrounding_decimal_context_may_round_otherwise_without_harm(amount: Decimal, currency: str) -> None:
    expected = quantise(amount, currency)[0]
    with localcontext(rounding="ROUND_UP"):
        assert quantise(amount, currency)[0] == expected
    assert expected.amount == amount.quantize(Decimal(1).scaleb(-exponent_of(currency)), rounding=ROUND_HALF_EVEN)
