"""Pennylane's VAT codes and the rates that they stand for. Source: pennylane sheet, section 5.11."""

import re
from decimal import Decimal
from typing import Final

VAT_FREE: Final = "exempt"
"""The code of a line that carries no tax."""

_UNTAXED: Final = frozenset({VAT_FREE, "extracom", "crossborder"})
_ODD: Final = {
    "FR_1_05": Decimal("1.05"), "FR_1_75": Decimal("1.75"), "FR_09": Decimal("0.9"), "FR_15_385": Decimal("15.385")
}  # fmt: skip
_PLAIN: Final = re.compile(r"[A-Z]{2}_([0-9]{2,3})")


def vat_rate_of(code: str) -> Decimal | None:
    """Give the rate of a code in percent, `FR_55` → 5.5; None for a text that is no code of sales.

    The number of a plain code is tenths of a percent. `intracom` is charged by the buyer, so it adds nothing.
    """
    if code in _UNTAXED or code.startswith("intracom_"):
        return Decimal(0)
    if code in _ODD:
        return _ODD[code]
    plain = _PLAIN.fullmatch(code)
    return Decimal(plain[1]) / 10 if plain else None
