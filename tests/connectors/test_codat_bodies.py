"""What each form of a document puts onto the wire. Source: docs/grouping.md; codat sheet, section 4.

`golden/codat/` holds the bytes. After a wanted change: `UPDATE_GOLDEN=1 pytest tests/connectors/test_codat_bodies.py`,
then review the difference.
"""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.connectors.codat.answers import fact_of
from ledgerpost.connectors.codat.bodies import IncompleteError, body_of, settled_by, wire_json
from ledgerpost.connectors.codat.forms import BY_FORM, FORMS
from ledgerpost.domain.document import LedgerDocument
from tests.connectors.codat_documents import CONTENTS, CREDIT_NOTE, INVOICE, SALES_20, TIPS, a_document

GOLDEN = Path(__file__).parent / "golden" / "codat"
IDS = {("codat.invoice", INVOICE): "invoice-id", ("codat.creditNote", CREDIT_NOTE): "credit-note-id"}

OUT: dict[str, Any] = {
    "direction": "out",
    "allocations": [{"reference": CREDIT_NOTE, "form": "codat.creditNote", "amount": "1000.00"}],
    "total": "1200.00",
    "description": "Cash paid back of 2026-03-01",
}
CASES = {form: a_document(form) for form in CONTENTS} | {"codat.payment-out": a_document("codat.payment", **OUT)}


@pytest.mark.parametrize("name", CASES)
def test_each_form_puts_its_golden_bytes_onto_the_wire(name: str):
    golden = GOLDEN / f"{name.removeprefix('codat.')}.json"

    body = wire_json(body_of(CASES[name], IDS)).encode()

    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_bytes(body + b"\n")
    assert body + b"\n" == golden.read_bytes()


def test_no_golden_body_is_left_over_from_a_form_that_is_gone():
    assert {f"codat.{path.stem}" for path in GOLDEN.glob("*.json")} == set(CASES)
    assert {form.form for form in FORMS} == set(CONTENTS)


def test_what_a_payment_does_not_allocate_is_a_payment_on_account():
    lines = body_of(CASES["codat.payment-out"], IDS)["lines"]

    assert [(line["amount"], line["links"]) for line in lines] == [
        (Decimal("-1000.00"), [{"type": "CreditNote", "id": "credit-note-id", "amount": Decimal("1000.00")}]),
        (Decimal("-200.00"), [{"type": "PaymentOnAccount", "id": "c1", "amount": Decimal("200.00")}]),
    ]


def test_a_payment_names_what_it_settles_and_no_other_form_does():
    assert settled_by(a_document("codat.payment")) == (("codat.invoice", INVOICE),)
    assert settled_by(a_document("codat.invoice")) == ()


@pytest.mark.parametrize(
    ("form", "changes", "says"),
    [
        ("codat.invoice", {"customer": None}, "names no customer"),
        ("codat.creditNote", {"customer": ""}, "names no customer"),
        ("codat.bill", {"supplier": None}, "names no supplier"),
        ("codat.billCreditNote", {"supplier": None}, "names no supplier"),
        ("codat.payment", {"account": None}, "No account is chosen for the payment"),
        ("codat.payment", {"account": {"id": {"id": "b1"}, "type": "cash"}}, "No account is chosen for cash"),
        ("codat.payment", {"customer": {"id": "c1"}}, "names no customer"),
        (
            "codat.invoice",
            {"lines": [SALES_20 | {"account": {"id": None, "type": "sales"}}]},
            "No account is chosen for sales",
        ),
        ("codat.invoice", {"lines": [{}]}, "cannot be read"),
        ("codat.invoice", {"net": "a thousand"}, "cannot be read"),
        ("codat.journalEntry", {"lines": [{"side": "left"}]}, "cannot be read"),
    ],
)
def test_a_document_that_lacks_what_codat_needs_says_what(form: str, changes: dict[str, Any], says: str):
    with pytest.raises(IncompleteError, match=says):
        body_of(a_document(form, **changes), IDS)


def test_a_draft_stays_a_draft():
    assert body_of(a_document(status="Draft"), {})["status"] == "Draft"


amounts = st.decimals(min_value="-9999999999999.9999", max_value="9999999999999.9999", places=4)
texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(
    st.recursive(
        amounts | texts | st.booleans() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
    )
)
def test_every_amount_is_a_number_with_all_its_digits(value: object):
    def plain(part: object) -> object:
        """Whole numbers come back as int; they are the same numbers."""
        if isinstance(part, dict):
            return {key: plain(item) for key, item in part.items()}
        if isinstance(part, list):
            return [plain(item) for item in part]
        return Decimal(part) if isinstance(part, int) and not isinstance(part, bool) else part

    written = wire_json(value)

    assert plain(json.loads(written, parse_float=Decimal)) == value


cents = st.integers(-(10**9), 10**9).map(lambda number: Decimal(number).scaleb(-2))


@st.composite
def invoices(draw: st.DrawFn) -> LedgerDocument:
    lines = []
    for net, tax in draw(st.lists(st.tuples(cents, cents), min_size=1, max_size=6)):
        account = {**TIPS["account"], "id": draw(st.sampled_from(["a1", "a2", "a4"]))}  # type: ignore[dict-item]
        lines.append(TIPS | {"account": account, "net": f"{net:f}", "tax": f"{tax:f}", "total": f"{net + tax:f}"})
    total = sum((Decimal(str(line["total"])) for line in lines), Decimal(0))
    return a_document(lines=lines, total=f"{abs(total):f}")


@given(invoices(), st.randoms())
def test_a_record_is_recognised_in_whatever_order_its_lines_come_back(document: LedgerDocument, random: Any):
    record = body_of(document, {}) | {"id": "record-1"}
    random.shuffle(record["lineItems"])
    fact = fact_of(json.loads(wire_json(record), parse_float=Decimal), BY_FORM[document.form], document.reference)

    assert fact is not None
    assert fact.agrees_with(document)


@given(invoices(), cents.filter(bool))
def test_a_record_of_another_amount_is_not_taken_for_it(document: LedgerDocument, change: Decimal):
    record = body_of(document, {}) | {"id": "record-1"}
    record["lineItems"][0]["totalAmount"] += change
    fact = fact_of(record, BY_FORM[document.form], document.reference)

    assert fact is not None
    assert not fact.agrees_with(document)


@pytest.mark.parametrize("name", CASES)
def test_each_form_is_recognised_when_it_comes_back(name: str):
    document = CASES[name]
    record = body_of(document, IDS) | {"id": "record-1"}
    fact = fact_of(record, BY_FORM[document.form], document.reference)

    assert fact is not None
    assert (fact.ledger_id, fact.day) == ("record-1", document.day)
    assert fact.agrees_with(document)
    assert not fact.agrees_with(a_document(document.form, day="2026-03-02"))
    assert not any(fact.agrees_with(other) for other in CASES.values() if other.form != document.form)


def test_money_that_leaves_the_merchant_is_negative_as_in_the_approval():
    signs = {
        name: fact.amount
        for name, document in CASES.items()
        if (fact := fact_of(body_of(document, IDS) | {"id": "x"}, BY_FORM[document.form], "r")) is not None
    }

    assert signs == {
        "codat.invoice": Decimal("1249.99"),
        "codat.creditNote": Decimal("-1200.00"),
        "codat.payment": Decimal("1249.99"),
        "codat.payment-out": Decimal("-1200.00"),
        "codat.bill": Decimal("-60.00"),
        "codat.billCreditNote": Decimal("60.00"),
        "codat.journalEntry": Decimal("1250.00"),
    }


@pytest.mark.parametrize(
    "record",
    [None, [], {}, {"id": 7}, {"id": "x", "issueDate": "2026-03-01", "totalAmount": "a lot", "lineItems": []},
     {"id": "x", "issueDate": "someday", "totalAmount": 1}, {"id": "x", "issueDate": "2026-03-01", "totalAmount": 1,
                                                             "lineItems": [{"totalAmount": 1}]}],
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_no_fact(record: object):
    assert fact_of(record, BY_FORM[a_document().form], "r") is None
