"""The neutral bodies of a day's documents, as every connector gets them. `UPDATE_GOLDEN=1` writes them anew."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ledgerpost.domain.grouping.document import CommerceDocument
from tests.grouping.builders import (
    JOURNAL,
    a_company,
    a_line,
    an_order,
    documents_of,
)
from tests.grouping.closed_day import A_DAY

BODIES = Path(__file__).parent / "grouped"


def by_name() -> dict[str, CommerceDocument]:
    invoices = documents_of(a_company(), A_DAY)
    named = {f"{each.form.value}.{each.place.slot.value}{each.place.code}": each for each in invoices}
    assert len(named) == len(invoices)
    (journal,) = documents_of(a_company(output=JOURNAL), A_DAY)
    (adjustment,) = documents_of(a_company(), [an_order("3", [a_line("-12", "-2.40")])], layer=1)
    return named | {"codat.journalEntry": journal, "codat.creditNote.adjustment": adjustment}


NAMES = (
    "codat.invoice.SI",
    "codat.creditNote.SC",
    "codat.payment.PMCard",
    "codat.payment.PMCash",
    "codat.payment.PRCash",
    "codat.bill.FB",
    "codat.billCreditNote.FC",
    "codat.journalEntry",
    "codat.creditNote.adjustment",
)


@pytest.mark.parametrize("name", NAMES)
def test_each_form_has_its_golden_body(name: str, golden: Callable[[Path, str], None]) -> None:
    body = json.loads(by_name()[name].body())
    golden(BODIES / f"{name}.json", json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def test_every_form_of_a_day_is_held() -> None:
    assert set(by_name()) == set(NAMES)
    assert {path.stem for path in BODIES.glob("*.json")} == set(NAMES)
