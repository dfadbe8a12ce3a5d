"""Money: exact decimals from text to text, in the minor units of their currency."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

DIGITS_BEFORE_POINT_MAX = 15
"""More than a hundred trillion in any currency is a defect of the source, not a transaction."""

_EXPONENTS_OTHER_THAN_TWO = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_TWO_DIGIT_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN "
    "MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
    "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO_DIGIT_CODES.split(), 2),
    **{code: exponent for exponent, codes in _EXPONENTS_OTHER_THAN_TWO.items() for code in codes.split()},
}


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


class MoneyError(ValueError):
    """A value is no amount of money. `code` is one of the error catalogue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Money:
    """A signed amount in the minor units of its currency: `amount` has exactly the currency's number of decimals."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:f}"


def exponent_of(currency: str) -> int:
    """Give the number of decimals of `currency` (JPY 0, EUR 2, KWD 3).

    Raises MoneyError(currency_unknown) for what is no active code. Source: ISO 4217.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise MoneyError("currency_unknown", f"{currency!r} is not a currency code of ISO 4217.") from None


def parse_amount(value: object) -> Decimal:
    """Read an amount exactly from a Decimal, an int or decimal text with a dot.

    Raises MoneyError(amount_not_a_number) for anything else, for NaN and for infinity, and
    MoneyError(amount_out_of_range) for more than 15 digits before the point. Never takes a float: it is no money.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise MoneyError("amount_not_a_number", f"An amount is a decimal number, not {type(value).__name__}.")
    try:
        amount = Decimal(_plain_number(value) if isinstance(value, str) else value)
    except InvalidOperation:
        raise MoneyError("amount_not_a_number", "The amount is not a decimal number.") from None
    if not amount.is_finite():
        raise MoneyError("amount_not_a_number", "The amount is not a finite number.")
    # `adjusted` is looked at before any arithmetic: quantising 1E+999999 would fill the memory with zeros.
    if amount and amount.adjusted() >= DIGITS_BEFORE_POINT_MAX:
        raise MoneyError("amount_out_of_range", "The amount has more than 15 digits before the decimal point.")
    return amount


def _plain_number(text: str) -> str:
    """Give the text without the space around it; raises InvalidOperation for what only Python takes as a number, such
    as 1_000 or digits of other scripts.
    """
    number = text.strip()
    if not _NUMBER.fullmatch(number):
        raise InvalidOperation
    return number


def quantise(amount: Decimal, currency: str) -> tuple[Money, Decimal]:
    """Round `amount` half-even to the minor units of `currency`; give the money and what the rounding added.

    The second value is zero where the source has no more digits than the currency. Source: design, rules for an entry.
    """
    unit = Decimal(1).scaleb(-exponent_of(currency))
    rounded = amount.quantize(unit, rounding=ROUND_HALF_EVEN)
    return Money(rounded, currency), rounded - amount
