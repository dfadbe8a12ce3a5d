"""The Pennylane simulator: quotes, subscriptions, ledger entries, and changes. Source: pennylane sheet, section 5."""

from typing import Any

import pytest

from tests.simulators.pennylane_calls import FULL_LINE, Company


def test_a_quote_is_accepted_by_its_own_path(company: Company):
    body = company.invoice_body(invoice_lines=[FULL_LINE])
    quote = company.made("quotes", body)

    assert company.call("PUT", f"quotes/{quote}/update_status", {"status": "accepted"}).json["status"] == "accepted"
    assert company.call("PUT", f"quotes/{quote}/update_status", {"status": "maybe"}).status == 400


def a_subscription(company: Company, **changes: Any) -> dict[str, Any]:
    return {
        "start": "2026-01-01", "mode": {"type": "awaiting_validation"}, "payment_conditions": "upon_receipt",
        "payment_method": "offline", "recurring_rule": {"type": "monthly", "day_of_month": 1},
        "customer_id": company.a_customer(), "customer_invoice_data": {"invoice_lines": [FULL_LINE]},
    } | changes  # fmt: skip


def test_a_subscription_gives_its_rule_and_template_in_the_form_of_answers(company: Company):
    made = company.post("billing_subscriptions", a_subscription(company)).json

    assert (made["status"], made["recurring_rule"]["rule_type"]) == ("in_progress", "monthly")
    assert made["recurring_rule"]["day_of_month"] == [1]
    assert made["customer_invoice_data"]["currency_amount"] == "118.80"
    link = made["customer_invoice_data"]["invoice_lines"]["url"].removeprefix("http://pennylane.local")
    assert len(company.call("GET", link).json["items"]) == 1


@pytest.mark.parametrize(
    "rule", [{"type": "monthly"}, {"type": "monthly", "day_of_month": 32}, {"type": "weekly"},
             {"type": "yearly", "day_of_month": 1}],
)  # fmt: skip
def test_a_rule_of_none_of_its_forms_is_refused(company: Company, rule: dict[str, Any]):
    reply = company.post("billing_subscriptions", a_subscription(company, recurring_rule=rule))

    assert (reply.status, reply.json["code"]) == (400, "NotOneOf")


def test_the_mode_email_needs_recipients(company: Company):
    assert company.post("billing_subscriptions", a_subscription(company, mode={"type": "email"})).status == 422


def test_a_subscription_is_stopped_and_resumed(company: Company):
    made = company.made("billing_subscriptions", a_subscription(company))

    stopped = company.call("PUT", f"billing_subscriptions/{made}", {"stop": True}).json
    resumed = company.call("PUT", f"billing_subscriptions/{made}", {"stop": False}).json

    assert (stopped["status"], resumed["status"], resumed["stopped_at"]) == ("stopped", "in_progress", None)


def an_entry(**changes: Any) -> dict[str, Any]:
    lines = [
        {"ledger_account_id": 411, "debit": "120.00", "credit": "0"},
        {"ledger_account_id": 701, "debit": "0", "credit": "120.00"},
    ]
    return {"date": "2026-03-01", "label": "Sale", "journal_id": 1, "ledger_entry_lines": lines} | changes


def test_a_ledger_entry_has_to_balance(company: Company):
    assert company.post("ledger_entries", an_entry()).status == 201
    odd = [an_entry()["ledger_entry_lines"][0]]
    assert company.post("ledger_entries", an_entry(ledger_entry_lines=odd)).status == 422
    unknown = [line | {"ledger_account_id": 9} for line in an_entry()["ledger_entry_lines"]]
    assert company.post("ledger_entries", an_entry(ledger_entry_lines=unknown)).status == 422


def test_nothing_keeps_a_ledger_entry_from_being_made_twice(company: Company):
    for _ in range(2):
        company.post("ledger_entries", an_entry(piece_number="lp-1"))

    assert company.simulator.counts()["duplicates"] == {"ledger_entries": 1}


def test_the_list_of_ledger_entries_has_its_four_empty_keys(company: Company):
    document = company.list("ledger_entries").json

    assert {document[key] for key in ("total_pages", "current_page", "per_page", "total_items")} == {None}


def test_changes_are_told_oldest_first_for_four_weeks(company: Company):
    made = company.a_product()
    company.now_s += 60
    company.call("PUT", f"products/{made}", {"label": "new"})

    items = company.list("changelogs/products").json["items"]

    assert [(item["id"], item["operation"]) for item in items] == [(made, "insert"), (made, "update")]
    assert company.list("changelogs/products", start_date="2026-01-01T00:00:00Z").status == 422
    assert company.list("changelogs/products", start_date="2026-03-01T00:00:00Z", cursor="x").status == 400
