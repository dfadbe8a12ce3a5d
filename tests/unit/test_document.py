"""A whole document: what makes two of them one, and its text."""

from datetime import date
from decimal import Decimal

import pytest

from ledgerpost.domain.document import DocumentForm, LedgerDocument, canonical_json
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.money import Money


def document(body: object, form: str = "codat.invoice") -> LedgerDocument:
    return LedgerDocument(
        reference=Reference("day-1"),
        form=DocumentForm(form),
        money=Money(Decimal("12.50"), "GBP"),
        day=date(2010, 12, 1),
        source_amount=Decimal("12.50"),
        rounding=Decimal(0),
        body=canonical_json(body),
    )


def test_the_order_of_keys_does_not_make_another_document() -> None:
    one, other = document({"a": 1, "b": [{"c": "x", "d": None}]}), document({"b": [{"d": None, "c": "x"}], "a": 1})
    assert one.fingerprint() == other.fingerprint()


def test_another_line_or_another_form_is_another_document() -> None:
    prints = {
        document({"lines": ["1.00"]}).fingerprint(),
        document({"lines": ["1.01"]}).fingerprint(),
        document({"lines": ["1.00"]}, form="codat.bill").fingerprint(),
    }
    assert len(prints) == 3


def test_decimals_and_days_are_kept_as_text_digit_by_digit() -> None:
    text = canonical_json({"amount": Decimal("0.10"), "large": Decimal("1E+3"), "day": date(2010, 12, 1)})
    assert text == '{"amount":"0.10","day":"2010-12-01","large":"1000"}'
    assert document({"amount": Decimal("0.10")}).content() == {"amount": "0.10"}


@pytest.mark.parametrize("value", [1.5, {"lines": [{"amount": 0.1}]}, [float("nan")]])
def test_a_float_never_gets_into_a_document(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
