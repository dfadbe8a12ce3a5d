"""Reading one field of a ledger's answer: exactly, or not at all."""

from decimal import Decimal

from ledgerpost.domain.money import MoneyError, parse_amount


def text_of(value: object) -> str:
    """Give the text. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError
    return value


def amount_of(value: object) -> Decimal:
    """Give the amount, from decimal text or an exact number. Raises ValueError."""
    try:
        return parse_amount(value)
    except MoneyError:
        raise ValueError from None
