"""Invoices and their updates, on the simulator. Source: seed 002."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from ledgerpost.connectors.pennylane.actions.documents import discount_body
from ledgerpost.connectors.pennylane.actions.lines import line_changes, shares
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources_documents import InvoiceLine
from tests.connectors.pennylane.action_documents import (
    REFERENCE,
    an_invoice,
    an_update,
    stocked_company,
)
from tests.connectors.pennylane.company import Company


@pytest.fixture
def company() -> Company:
    return stocked_company()


def test_an_invoice_is_written_in_the_words_of_the_wire(company: Company):
    asked = an_invoice(
        currency="EUR", language="en_GB", specialMention="m", discount=0.1, pdfInvoiceFreeText="f",
        pdfInvoiceSubject="s", transactionReference=REFERENCE,
        lineItemsSectionsAttributes=[{"title": "A", "description": "", "rank": 1}],
        lineItems=[{"label": "Own", "quantity": 1.5, "sectionRank": 1, "planLineNumber": "706000",
                    "product": {"id": "pro-1"}}],
    )  # fmt: skip

    made = company.outputs("create-invoice", **asked)["invoiceId"]

    row = company.row("customer_invoices", made)
    (line,) = company.lines("customer_invoices", made)
    assert (row["language"], row["special_mention"], row["pdf_invoice_subject"]) == ("en_GB", "m", "s")
    assert row["discount"] == {"type": "relative", "value": "10"}
    assert row["transaction_reference"]["provider_field_value"] == "ch_1"
    assert (line["label"], line["quantity"], line["section_rank"]) == ("Own", "1.5", 1)
    assert line["ledger_account"]["id"] == 706
    assert row["currency_amount_before_tax"] == "133.65"  # 1.5 × 99 less 10 %


def test_a_draft_stays_a_draft_and_takes_no_categories(company: Company):
    made = company.outputs("create-invoice", **an_invoice(draft=True))["invoiceId"]
    assert company.row("customer_invoices", made)["status"] == "draft"

    code, message = company.refused("create-invoice", **an_invoice(draft=True, categories=[{"id": "1", "weight": 1}]))
    assert code == "pennylane_input_refused"
    assert "categories" in message
    code, message = company.refused("create-invoice", **an_invoice(draft=True, transactionReference=REFERENCE))
    assert "transactionReference" in message


def some_categories(company: Company) -> tuple[str, str]:
    one, two = (company.made("categories", {"label": each, "category_group_id": 31}) for each in "ab")
    return str(one), str(two)


def tags(company: Company, invoice_id: str) -> list[tuple[str, str]]:
    held = company.simulator.books.children("customer_invoices", int(invoice_id), "categories")
    return [(str(tag["id"]), tag["weight"]) for tag in held]


def test_categories_are_weighed_by_share_or_by_amount(company: Company):
    one, two = some_categories(company)
    by_weight = company.outputs(
        "create-invoice", **an_invoice(categories=[{"id": one, "weight": 0.8}, {"id": two, "weight": 0.2}])
    )["invoiceId"]
    by_amount = company.outputs(
        "create-invoice", **an_invoice(categories=[{"id": one, "amount": 66}, {"id": two, "amount": 132}])
    )["invoiceId"]

    assert tags(company, by_weight) == [(one, "0.8"), (two, "0.2")]
    assert tags(company, by_amount) == [(one, "0.3333"), (two, "0.6667")]


def test_weights_that_do_not_add_up_are_refused(company: Company):
    one, _ = some_categories(company)

    code, message = company.refused("create-invoice", **an_invoice(categories=[{"id": one, "weight": 45}]))

    assert code == "pennylane_input_refused"
    assert "add up to 1" in message


def test_an_invoice_whose_categories_were_lost_gets_them_by_a_repeat(company: Company):
    one, _ = some_categories(company)
    asked = an_invoice(categories=[{"id": one, "weight": 1}])
    company.simulator.set_faults("poison=x")
    calls = company.calls.write

    def without_categories(method: str, path: str, document: object = None, **more: Any) -> Any:
        if path.endswith("/categories"):
            raise PennylaneError("pennylane_outcome_unknown", "The worker died here.")
        return calls(method, path, document, **more)

    company.calls.write = without_categories  # type: ignore[method-assign]
    company.refused("create-invoice", **asked)
    company.calls.write = calls  # type: ignore[method-assign]
    made = company.outputs("create-invoice", **asked)["invoiceId"]

    assert tags(company, made) == [(one, "1")]
    assert len(company.rows("customer_invoices")) == 1


@pytest.mark.parametrize(
    ("discount", "body"),
    [
        (None, None), ("0.0", None), ("0.1", {"type": "relative", "value": "10"}),
        ("0.125", {"type": "relative", "value": "12.5"}), ("25", {"type": "absolute", "value": "25"}),
        ("1.50", {"type": "absolute", "value": "1.50"}),
    ],
)  # fmt: skip
def test_a_discount_is_a_share_below_one_and_money_above(discount: str | None, body: dict[str, str] | None):
    assert discount_body(None if discount is None else Decimal(discount)) == body


@pytest.mark.parametrize("discount", ["1", "-5"])
def test_a_discount_that_may_be_either_is_refused(discount: str):
    with pytest.raises(PennylaneError):
        discount_body(Decimal(discount))


@pytest.mark.parametrize(
    "sections", [[{"rank": 2}], [{"rank": 1}, {"rank": 1}], [{"title": "x"}]]
)  # fmt: skip
def test_sections_count_up_from_one(company: Company, sections: list[dict[str, Any]]):
    code, _ = company.refused("create-invoice", **an_invoice(lineItemsSectionsAttributes=sections))

    assert code == "pennylane_input_refused"


def test_a_line_stands_in_a_section_that_is_given(company: Company):
    lines = [{"quantity": 1, "sectionRank": 3, "product": {"id": "pro-1"}}]

    assert "rank 3" in company.refused("create-invoice", **an_invoice(lineItems=lines))[1]


def test_an_account_that_is_not_in_the_plan_is_named(company: Company):
    lines = [{"quantity": 1, "planLineNumber": "999", "product": {"id": "pro-1"}}]

    assert "999" in company.refused("create-invoice", **an_invoice(lineItems=lines))[1]


def test_a_draft_is_brought_to_the_lines_that_are_asked(company: Company):
    lines = [{"quantity": 1, "product": {"id": "pro-1"}}, {"quantity": 5, "product": {"id": "pro-2"}}]
    made = company.outputs("create-invoice", **an_invoice(draft=True, lineItems=lines))["invoiceId"]
    wanted = [{"quantity": 7, "product": {"id": "pro-2"}}, {"quantity": 1, "label": "New", "product": {"id": "pro-2"}}]

    given = company.run("update-invoice", **an_update(made, lineItems=wanted))

    assert given["outputs"] == {"invoiceUpdated": made}
    assert given["notSent"] == ["transactionsReference"]
    held = [(line["label"], line["quantity"]) for line in company.lines("customer_invoices", made)]
    assert held == [("Pack 2", "7.0"), ("New", "1.0")]


def test_a_draft_that_is_as_asked_is_not_written(company: Company):
    made = company.outputs("create-invoice", **an_invoice(draft=True))["invoiceId"]
    writes = company.writes()

    company.outputs("update-invoice", **an_update(made))

    assert company.writes() == writes


def test_an_update_whose_answer_is_lost_is_compared_and_written_no_second_time(company: Company):
    made = company.outputs("create-invoice", **an_invoice(draft=True))["invoiceId"]
    wanted = [{"quantity": 2, "product": {"id": "pro-1"}}, {"quantity": 4, "product": {"id": "pro-2"}}]
    company.simulator.set_faults("cut=1:once")

    assert company.run("update-invoice", **an_update(made, lineItems=wanted))["code"] == 200

    assert [line["quantity"] for line in company.lines("customer_invoices", made)] == ["2.0", "4.0"]


def test_a_final_invoice_keeps_its_lines_and_takes_reference_and_categories(company: Company):
    one, _ = some_categories(company)
    made = company.outputs("create-invoice", **an_invoice())["invoiceId"]

    company.outputs("update-invoice", **an_update(made, categories=[{"id": one, "weight": 1}]))

    row = company.row("customer_invoices", made)
    assert row["transaction_reference"]["banking_provider"] == "stripe"
    assert tags(company, made) == [(one, "1")]
    writes = company.writes()
    company.outputs("update-invoice", **an_update(made, categories=[{"id": one, "weight": 1}]))
    assert company.writes() == writes  # as asked already: nothing to write


def test_other_lines_on_a_final_invoice_are_refused_and_nothing_is_written(company: Company):
    one, _ = some_categories(company)
    made = company.outputs("create-invoice", **an_invoice())["invoiceId"]
    writes = company.writes()
    asked = an_update(
        made, lineItems=[{"quantity": 9, "product": {"id": "pro-1"}}], categories=[{"id": one, "weight": 1}]
    )

    code, _ = company.refused("update-invoice", **asked)

    assert code == "pennylane_invoice_final"
    assert company.writes() == writes


def test_categories_on_a_draft_are_refused_and_nothing_is_written(company: Company):
    one, _ = some_categories(company)
    made = company.outputs("create-invoice", **an_invoice(draft=True))["invoiceId"]
    writes = company.writes()

    code, _ = company.refused("update-invoice", **an_update(made, categories=[{"id": one, "weight": 1}]))

    assert code == "pennylane_input_refused"
    assert company.writes() == writes


def test_what_the_seed_requires_of_an_update_is_required(company: Company):
    asked = an_update("1")
    for key in asked:
        code, message = company.refused(
            "update-invoice", **{name: value for name, value in asked.items() if name != key}
        )
        assert code == "pennylane_input_refused"
        assert key in message
    for key in REFERENCE:
        reference = {name: value for name, value in REFERENCE.items() if name != key}
        assert key in company.refused("update-invoice", **(asked | {"transactionsReference": reference}))[1]


def test_an_invoice_that_is_not_there_is_refused(company: Company):
    assert company.refused("update-invoice", **an_update("7"))[0] == "pennylane_not_found"


PRODUCT_IDS = st.integers(1, 3)


QUANTITIES = st.integers(1, 3).map(Decimal)


def a_line(line_id: int, product_id: int, quantity: Decimal) -> InvoiceLine:
    return InvoiceLine.model_validate(
        {"id": line_id, "quantity": quantity, "product": {"id": product_id}, "currency_amount_before_tax": "1",
         "currency_tax": "0"}
    )  # fmt: skip


@settings(deadline=None)
@given_by(
    st.lists(st.tuples(PRODUCT_IDS, QUANTITIES), max_size=6), st.lists(st.tuples(PRODUCT_IDS, QUANTITIES), max_size=6)
)
def test_changes_that_were_made_leave_none_to_make(kept: list[tuple[int, Decimal]], wanted: list[tuple[int, Decimal]]):
    lines = [a_line(number, *each) for number, each in enumerate(kept)]
    bodies = [{"product_id": product, "quantity": quantity} for product, quantity in wanted]

    changes = line_changes(bodies, lines) or {}
    gone = {each["id"] for each in changes.get("delete", ())}
    updated = {each["id"]: each["quantity"] for each in changes.get("update", ())}
    after = [
        a_line(line.id, line.product.id if line.product else 0, updated.get(line.id, line.quantity))
        for line in lines if line.id not in gone
    ]  # fmt: skip
    after += [a_line(100 + n, each["product_id"], each["quantity"]) for n, each in enumerate(changes.get("create", ()))]

    assert line_changes(bodies, after) is None
    assert sorted((line.product.id, line.quantity) for line in after if line.product) == sorted(wanted)


@settings(deadline=None)
@given_by(st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_amounts_that_make_up_the_whole_weigh_one(cents: list[int]):
    whole = Decimal(sum(cents)) / 100
    parts = [(number, 31, None, Decimal(each) / 100) for number, each in enumerate(cents)]

    weights = [Decimal(each["weight"]) for each in shares(parts, whole)]

    assert sum(weights) == 1
    assert all(weight == weight.quantize(Decimal("0.0001")) for weight in weights)
