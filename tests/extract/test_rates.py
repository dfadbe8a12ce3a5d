"""Rates by day: which publication counts, and when none does."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.extract.rates import SAME, Rate, RateTable

FRIDAY = date(2026, 3, 6)
MONDAY = date(2026, 3, 9)
TABLE = RateTable({FRIDAY: {"USD": Decimal("1.25"), "GBP": Decimal("0.8")}, MONDAY: {"USD": Decimal("1.5")}})
ONLY_FRIDAY = RateTable({FRIDAY: {"USD": Decimal("1.25")}})

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
worths = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(20000), places=4)


def per_euro(rate: Rate | None) -> Decimal:
    assert rate is not None
    return rate.currency_per_euro


@pytest.mark.parametrize(
    ("day", "worth"), [(FRIDAY, "1.25"), (date(2026, 3, 7), "1.25"), (date(2026, 3, 8), "1.25"), (MONDAY, "1.5")]
)
def test_a_day_takes_the_last_publication_on_or_before_it(day: date, worth: str) -> None:
    assert per_euro(TABLE.rate("USD", "EUR", day)) == Decimal(worth)


@pytest.mark.parametrize("day", [FRIDAY, date(2026, 3, 7), date(2026, 3, 8)])
def test_a_weekend_takes_fridays_rate_though_nothing_later_is_published(day: date) -> None:
    assert ONLY_FRIDAY.rate("USD", "EUR", day) is not None


def test_a_weekday_waits_for_its_own_publication_or_a_later_one() -> None:
    assert ONLY_FRIDAY.rate("USD", "EUR", MONDAY) is None


def test_a_holiday_takes_the_day_before_once_a_later_day_is_published() -> None:
    table = RateTable({FRIDAY: {"USD": Decimal("1.25")}, date(2026, 3, 10): {"USD": Decimal("1.5")}})
    assert per_euro(table.rate("USD", "EUR", MONDAY)) == Decimal("1.25")


def test_before_the_first_publication_and_in_a_gap_of_more_than_a_week_there_is_no_rate() -> None:
    table = RateTable({FRIDAY: {"USD": Decimal(1)}, FRIDAY + timedelta(days=20): {"USD": Decimal(2)}})
    assert table.rate("USD", "EUR", FRIDAY - timedelta(days=1)) is None
    assert table.rate("USD", "EUR", FRIDAY + timedelta(days=7)) is not None
    assert table.rate("USD", "EUR", FRIDAY + timedelta(days=8)) is None


def test_a_currency_that_is_not_published_has_no_rate() -> None:
    assert TABLE.rate("GBP", "EUR", MONDAY) is None
    assert TABLE.rate("CHF", "EUR", FRIDAY) is None


def test_two_currencies_meet_over_the_euro() -> None:
    rate = TABLE.rate("USD", "GBP", FRIDAY)
    assert rate is not None
    assert rate.convert(Decimal("125.00"), "GBP") == Decimal("80.00")
    assert rate.shown() == Decimal("0.64000000")


@given(amount=amounts, worth=worths)
def test_a_converted_amount_is_within_half_a_cent_of_the_exact_one(amount: Decimal, worth: Decimal) -> None:
    exact = amount / worth
    converted = Rate(worth, Decimal(1), FRIDAY).convert(amount, "EUR")
    assert abs(converted - exact) <= Decimal("0.005") + abs(exact) * Decimal("1E-24")


@given(amount=amounts, worth=worths)
def test_converting_is_the_same_on_both_sides_of_zero(amount: Decimal, worth: Decimal) -> None:
    rate = Rate(worth, Decimal(1), FRIDAY)
    assert rate.convert(-amount, "EUR") == -rate.convert(amount, "EUR")


@given(amount=amounts)
def test_a_currency_into_itself_changes_nothing(amount: Decimal) -> None:
    assert SAME.convert(amount, "EUR") == amount
