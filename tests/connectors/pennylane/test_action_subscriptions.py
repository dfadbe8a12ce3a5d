"""Billing subscriptions, on the simulator. Source: seed 002."""

from typing import Any

import pytest

from tests.connectors.pennylane.action_documents import a_subscription, stocked_company
from tests.connectors.pennylane.company import Company


@pytest.fixture
def company() -> Company:
    return stocked_company()


UPDATE_SUBSCRIPTION = "create-or-update-billing-subscription"


def test_a_subscription_is_written_in_the_words_of_the_wire(company: Company):
    asked = a_subscription(
        mode="email", paymentMethod="gocardless_direct-debit", currency="USD", specialMention="m",
        recurringRule={"type": "weekly", "dayOfWeek": 5},
    )  # fmt: skip

    made = company.outputs(UPDATE_SUBSCRIPTION, **asked)["billingSubscriptionId"]

    row = company.row("billing_subscriptions", made)
    assert (row["mode"], row["email_settings"]) == ({"type": "email"}, {"recipients": ["a@x.fr"]})
    assert (row["payment_method"], row["recurring_rule"]["day_of_week"]) == ("gocardless_direct_debit", ["friday"])
    assert row["customer_invoice_data"]["currency"] == "USD"
    assert company.lines("billing_subscriptions", made)[0]["quantity"] == "3.0"


@pytest.mark.parametrize(("number", "name"), [(1, "monday"), (7, "sunday"), (0, "sunday"), (5, "friday")])
def test_a_day_of_the_week_becomes_its_english_name(company: Company, number: int, name: str):
    asked = a_subscription(recurringRule={"type": "weekly", "dayOfWeek": number})
    made = company.outputs(UPDATE_SUBSCRIPTION, **asked)["billingSubscriptionId"]

    assert company.row("billing_subscriptions", made)["recurring_rule"]["day_of_week"] == [name]


@pytest.mark.parametrize(
    ("rule", "culprit"),
    [
        ({"type": "yearly", "dayOfYear": 4}, "dayOfYear"),
        ({"type": "monthly", "dayOfMonth": 1, "dayOfWeek": 5}, "dayOfWeek"),
        ({"type": "monthly"}, "dayOfMonth"),
        ({"type": "weekly"}, "dayOfWeek"),
        ({"type": "monthly", "dayOfMonth": 32}, "dayOfMonth"),
        ({"type": "daily"}, "type"),
        ({}, "type"),
    ],
)
def test_a_rule_that_pennylane_does_not_have_is_refused(company: Company, rule: dict[str, Any], culprit: str):
    code, message = company.refused(UPDATE_SUBSCRIPTION, **a_subscription(recurringRule=rule))

    assert code == "pennylane_input_refused"
    assert culprit in message


def test_email_needs_an_address_of_the_customer(company: Company):
    company.a_customer("cus-2", emails=[])

    code, message = company.refused(UPDATE_SUBSCRIPTION, **a_subscription(mode="email", customer={"id": "cus-2"}))

    assert code == "pennylane_input_refused"
    assert "address" in message


def test_a_subscription_is_updated_stopped_and_resumed(company: Company):
    made = company.outputs(UPDATE_SUBSCRIPTION, **a_subscription())["billingSubscriptionId"]
    changed = a_subscription(
        id=made, paymentConditions="30_days", stop=True, invoiceLines=[{"quantity": 4, "product": {"id": "pro-1"}}]
    )

    assert company.outputs(UPDATE_SUBSCRIPTION, **changed) == {"billingSubscriptionId": made}

    row = company.row("billing_subscriptions", made)
    assert (row["status"], row["payment_conditions"]) == ("stopped", "30_days")
    assert company.lines("billing_subscriptions", made)[0]["quantity"] == "4.0"
    company.outputs(UPDATE_SUBSCRIPTION, **(changed | {"stop": False}))
    assert company.row("billing_subscriptions", made)["status"] == "in_progress"
    writes = company.writes()
    company.outputs(UPDATE_SUBSCRIPTION, **(changed | {"stop": False}))
    assert company.writes() == writes


def test_an_update_of_a_subscription_whose_answer_is_lost_adds_no_second_line(company: Company):
    made = company.outputs(UPDATE_SUBSCRIPTION, **a_subscription())["billingSubscriptionId"]
    lines = [{"quantity": 3, "product": {"id": "pro-1"}}, {"quantity": 1, "product": {"id": "pro-2"}}]
    company.simulator.set_faults("cut=1:once")

    assert company.run(UPDATE_SUBSCRIPTION, **a_subscription(id=made, invoiceLines=lines))["code"] == 200

    assert len(company.lines("billing_subscriptions", made)) == 2


@pytest.mark.parametrize(
    ("changes", "culprit"),
    [
        ({"start": "2026-02-01"}, "start"),
        ({"customer": {"id": "cus-2"}}, "customer"),
        ({"currency": "USD"}, "currency"),
    ],
)
def test_what_cannot_be_changed_is_refused_and_nothing_is_written(
    company: Company, changes: dict[str, Any], culprit: str
):
    company.a_customer("cus-2")
    made = company.outputs(UPDATE_SUBSCRIPTION, **a_subscription())["billingSubscriptionId"]
    writes = company.writes()

    code, message = company.refused(UPDATE_SUBSCRIPTION, **a_subscription(id=made, **changes))

    assert code == "pennylane_input_refused"
    assert culprit in message
    assert company.writes() == writes


def test_only_what_runs_is_stopped(company: Company):
    assert "stop" in company.refused(UPDATE_SUBSCRIPTION, **a_subscription(stop=True))[1]


def test_a_stopped_subscription_does_not_keep_another_of_the_same_terms_from_being_made(company: Company):
    made = company.outputs(UPDATE_SUBSCRIPTION, **a_subscription())["billingSubscriptionId"]
    company.outputs(UPDATE_SUBSCRIPTION, **a_subscription(id=made, stop=True))

    again = company.run(UPDATE_SUBSCRIPTION, **a_subscription())

    assert again["created"] is True
    assert len(company.rows("billing_subscriptions")) == 2
