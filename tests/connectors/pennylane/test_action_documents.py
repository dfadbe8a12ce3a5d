"""What is common to making invoices, estimates and billing subscriptions, on the simulator. Source: seed 002."""

import pytest

from tests.connectors.pennylane.action_documents import CREATES, an_invoice, stocked_company
from tests.connectors.pennylane.company import Company


@pytest.fixture
def company() -> Company:
    return stocked_company()


@pytest.mark.parametrize("action", CREATES)
def test_a_create_answers_with_the_id_and_a_repeat_with_the_same(company: Company, action: str):
    asked, collection, output = CREATES[action]

    first, second = company.run(action, **asked), company.run(action, **asked)

    (row,) = company.rows(collection)
    assert first == {"code": 200, "outputs": {output: str(row["id"])}, "created": True}
    assert second == first | {"created": False}


@pytest.mark.parametrize("action", CREATES)
@pytest.mark.parametrize("faults", ["cut=1:once", "error_after=1:once", "html=1:once", "limit=1:once:1", "cut=0.5"])
def test_a_create_whose_answer_is_lost_makes_one(company: Company, action: str, faults: str):
    asked, collection, _ = CREATES[action]
    company.simulator.set_faults(faults)
    for _ in range(5):
        company.run(action, **asked)
    company.simulator.set_faults("")

    assert company.run(action, **asked)["code"] == 200
    assert len(company.rows(collection)) == 1


def test_an_invoice_that_look_ups_do_not_show_yet_is_unknown_and_never_made_twice(company: Company):
    company.clock.pass_by(60)
    company.simulator.set_faults("cut=1:once,lag=1:30")

    code, _ = company.refused("create-invoice", **an_invoice())
    assert code == "pennylane_refused"  # the repeat was refused by its reference, and the look-up still shows nothing

    company.clock.pass_by(60)
    assert company.run("create-invoice", **an_invoice())["created"] is False
    assert len(company.rows("customer_invoices")) == 1


@pytest.mark.parametrize(
    ("action", "required"),
    [
        ("create-invoice", ["date", "deadline", "draft", "customer", "lineItems"]),
        (
            "create-or-update-billing-subscription",
            ["mode", "start", "paymentConditions", "paymentMethod", "recurringRule", "customer", "invoiceLines"],
        ),
        ("create-estimate", ["date", "deadline", "customerId", "lineItems"]),
    ],
)
def test_what_the_seed_or_pennylane_requires_is_required(company: Company, action: str, required: list[str]):
    asked, _, _ = CREATES[action]
    for key in required:
        code, message = company.refused(action, **{name: value for name, value in asked.items() if name != key})
        assert code == "pennylane_input_refused"
        assert key in message
    assert company.simulator.counts()["created"].keys() == {"customers", "products"}


@pytest.mark.parametrize("action", CREATES)
def test_an_unknown_customer_or_product_is_named_before_anything_is_written(company: Company, action: str):
    asked, _, _ = CREATES[action]
    writes = company.writes()
    lines = {"create-estimate": {"lineItems": [{"key": "none"}]}}.get(action) or {
        "lineItems" if action == "create-invoice" else "invoiceLines": [{"quantity": 1, "product": {"id": "none"}}]
    }

    code, message = company.refused(action, **(asked | lines))

    assert code == "pennylane_not_found"
    assert "Product 'none'" in message
    assert company.writes() == writes
