"""Rates of currencies by day, and the conversion with them. Source: seed 001, "Based on currency and date"."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ledgerpost.domain.money import quantise

EURO = "EUR"
ONE = Decimal(1)
AGE_DAYS_MAX = 7
"""The longest gap between two publications that still counts as one series; the ECB's longest is five days."""

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """What one euro is worth in the document's and in the base currency, and the day that this was published for."""

    currency_per_euro: Decimal
    base_per_euro: Decimal
    day: date | None

    def convert(self, amount: Decimal, base: str) -> Decimal:
        """Give `amount` in minor units of `base`, rounded half-even once."""
        if self.currency_per_euro == self.base_per_euro:
            return quantise(amount, base)[0].amount
        return quantise(amount * self.base_per_euro / self.currency_per_euro, base)[0].amount

    def shown(self) -> Decimal:
        """Give the factor into the base currency with eight decimals, for a person who checks a cent."""
        return (self.base_per_euro / self.currency_per_euro).quantize(Decimal("0.00000001"))


SAME = Rate(ONE, ONE, None)
"""The rate between a currency and itself."""

RateOf = Callable[[str, str, date], Rate | None]
"""Gives the rate from a currency into a base currency for a day; None where none is known."""


class RateTable:
    """Published rates: for each day what one euro is worth in each currency."""

    def __init__(self, published: Mapping[date, Mapping[str, Decimal]]) -> None:
        self._published = published
        self._days = sorted(published)

    def rate(self, currency: str, base: str, day: date) -> Rate | None:
        """Give the rate of the last publication on or before `day`, at most a week old.

        None where a later publication may still bring another: the rate of a weekday is known once that day, or a later
        one, was published; that of a weekend is Friday's. So a row is never sent with a rate that changes overnight.
        """
        if currency == base:
            return SAME
        place = bisect_right(self._days, day)
        if not place:
            return None
        published = self._days[place - 1]
        is_last = place == len(self._days)
        if day - published > timedelta(days=AGE_DAYS_MAX) or (is_last and published < _weekday_before(day)):
            return None
        worth = self._published[published]
        currency_per_euro, base_per_euro = _per_euro(worth, currency), _per_euro(worth, base)
        if currency_per_euro is None or base_per_euro is None:
            return None
        return Rate(currency_per_euro, base_per_euro, published)


def _per_euro(worth: Mapping[str, Decimal], currency: str) -> Decimal | None:
    return ONE if currency == EURO else worth.get(currency)


def _weekday_before(day: date) -> date:
    """Give `day`, or the Friday before it where it is a Saturday or a Sunday."""
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))
