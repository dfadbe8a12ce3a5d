"""What lines and documents come to. Source: pennylane sheet, sections 5.11 and 10; where it is open, OURS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

CENT: Final = Decimal("0.01")
HUNDRED: Final = Decimal(100)
_NO_RATE: Final = frozenset({"exempt", "extracom", "crossborder"})
_ODD_RATES: Final = {
    "FR_1_05": Decimal("1.05"), "FR_1_75": Decimal("1.75"), "FR_09": Decimal("0.9"), "FR_15_385": Decimal("15.385")
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Amounts:
    """Before tax and tax, in the document's currency."""

    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """With tax."""
        return self.net + self.tax


def rate_of(vat_code: str) -> Decimal:
    """The rate of a VAT code, in percent: the suffix of a plain code is tenths of one. `intracom` is self-assessed."""
    if vat_code in _NO_RATE or vat_code.startswith("intracom"):
        return Decimal(0)
    if vat_code in _ODD_RATES:
        return _ODD_RATES[vat_code]
    return Decimal(vat_code.rpartition("_")[2]) / 10


def line_amounts(line: Mapping[str, Any]) -> Amounts:
    """Net is unit price × quantity less discount, tax is net × rate, each rounded half up to cents."""
    whole = Decimal(line["raw_currency_unit_price"]) * Decimal(str(line["quantity"]))
    net = cents(whole - discount_of(whole, line.get("discount")))
    return Amounts(net, cents(net * rate_of(line["vat_rate"]) / HUNDRED))


def document_amounts(lines: Iterable[Amounts], discount: Mapping[str, Any] | None) -> Amounts:
    """The sum of the lines; a discount of the document takes the same share of net and tax."""
    listed = list(lines)
    net = sum((each.net for each in listed), Decimal(0))
    tax = sum((each.tax for each in listed), Decimal(0))
    taken = discount_of(net, discount)
    if not taken or not net:
        return Amounts(net, tax)
    return Amounts(cents(net - taken), cents(tax * (net - taken) / net))


def discount_of(whole: Decimal, discount: Mapping[str, Any] | None) -> Decimal:
    """What a discount takes off: money, or percent of `whole`."""
    if not discount:
        return Decimal(0)
    value = Decimal(discount["value"])
    return whole * value / HUNDRED if discount["type"] == "relative" else value


def cents(amount: Decimal) -> Decimal:
    """Half up to two places."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def money(amount: Decimal) -> str:
    """Money as the API writes it."""
    return format(cents(amount), "f")
