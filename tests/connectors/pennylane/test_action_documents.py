"""Invoices, estimates and billing subscriptions, on the simulator. Source: seed 002."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from ledgerpost.connectors.pennylane.actions.documents import discount_body
from ledgerpost.connectors.pennylane.actions.lines import line_changes, shares
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import InvoiceLine
from tests.connectors.pennylane.company import Company

REFERENCE = {"bankingProvider": "stripe", "providerFieldName": "payment_id", "providerFieldValue": "ch_1"}


@pytest.fixture
def company() -> Company:
    company = Company()
    company.a_customer("cus-1")
    company.a_product("pro-1")
    company.a_product("pro-2", label="Pack 2", price_before_tax="10.00")
    return company


def an_invoice(**changes: Any) -> dict[str, Any]:
    asked = {
        "date": "2026-03-01", "deadline": "2026-03-31", "draft": False, "customer": {"source_id": "cus-1"},
        "lineItems": [{"quantity": 2, "product": {"id": "pro-1"}}],
    }  # fmt: skip
    return asked | changes


def an_update(invoice_id: str, **changes: Any) -> dict[str, Any]:
    asked = {
        "id": invoice_id, "transactionsReference": REFERENCE, "categories": [],
        "lineItems": [{"quantity": 2, "product": {"id": "pro-1"}}],
    }  # fmt: skip
    return asked | changes


def an_estimate(**changes: Any) -> dict[str, Any]:
    asked = {
        "date": "2023-12-21", "deadline": "2024-01-21", "customerId": "cus-1",
        "lineItems": [{"key": "pro-1", "description": "As agreed"}],
    }  # fmt: skip
    return asked | changes


def a_subscription(**changes: Any) -> dict[str, Any]:
    asked = {
        "mode": "awaiting_validation", "start": "2026-01-01", "paymentConditions": "upon_receipt",
        "paymentMethod": "offline", "recurringRule": {"type": "monthly", "dayOfMonth": 1},
        "customer": {"id": "cus-1"}, "invoiceLines": [{"quantity": 3, "product": {"id": "pro-1"}}],
    }  # fmt: skip
    return asked | changes


CREATES = {
    "create-invoice": (an_invoice(), "customer_invoices", "invoiceId"),
    "create-estimate": (an_estimate(), "quotes", "estimateId"),
    "create-or-update-billing-subscription": (a_subscription(), "billing_subscriptions", "billingSubscriptionId"),
}

# Each of them.


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


# Invoices.


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


# Updating invoices.


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


# Estimates.


def test_an_estimate_takes_the_three_keys_of_the_seeds_lines(company: Company):
    asked = an_estimate(
        lineItemsSectionsAttributes=[{"title": "A", "rank": 1}],
        lineItems=[{"key": "pro-1", "description": "As agreed", "rank": 1}], specialMention="m",
    )  # fmt: skip

    made = company.outputs("create-estimate", **asked)["estimateId"]

    (line,) = company.lines("quotes", made)
    assert (line["label"], line["quantity"], line["description"]) == ("Pack 1", "1.0", "As agreed")
    assert (line["section_rank"], line["raw_currency_unit_price"]) == (1, "99.000000")
    assert company.row("quotes", made)["special_mention"] == "m"


def test_an_estimate_takes_a_whole_line_without_a_product(company: Company):
    line = {"label": "Hours", "quantity": "2.5", "unit": "hour", "vatRate": "FR_100", "priceWithoutTax": "80"}

    made = company.outputs("create-estimate", **an_estimate(lineItems=[line]))["estimateId"]

    assert company.row("quotes", made)["currency_amount"] == "220.00"


def test_a_line_of_an_estimate_without_price_says_what_it_lacks(company: Company):
    code, message = company.refused("create-estimate", **an_estimate(lineItems=[{"label": "Hours"}]))

    assert code == "pennylane_input_refused"
    assert "unit, priceWithoutTax, vatRate" in message


def test_the_status_of_an_estimate_is_changed_once(company: Company):
    made = company.outputs("create-estimate", **an_estimate())["estimateId"]

    for _ in range(2):
        assert company.outputs("update-estimate-status", id=made, status="accepted") == {"estimateUpdated": made}

    assert company.row("quotes", made)["status"] == "accepted"
    assert company.simulator.counts()["updated"]["quotes"] == 1


def test_a_status_whose_answer_is_lost_is_looked_up(company: Company):
    made = company.outputs("create-estimate", **an_estimate())["estimateId"]
    company.simulator.set_faults("cut=1:once")

    assert company.run("update-estimate-status", id=made, status="denied")["code"] == 200
    assert company.row("quotes", made)["status"] == "denied"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"id": "7", "status": "accepted"}, "pennylane_not_found"),
        ({"id": "x", "status": "accepted"}, "pennylane_not_found"),
        ({"id": "7", "status": "maybe"}, "pennylane_input_refused"),
        ({"id": "7"}, "pennylane_input_refused"),
        ({"status": "accepted"}, "pennylane_input_refused"),
    ],
)
def test_a_status_that_cannot_be_changed_is_refused(company: Company, asked: dict[str, Any], code: str):
    assert company.refused("update-estimate-status", **asked)[0] == code


def test_a_status_that_pennylane_refuses_is_told_in_its_words(company: Company):
    made = company.outputs("create-estimate", **an_estimate())["estimateId"]
    company.row("quotes", made)["status"] = "invoiced"

    code, message = company.refused("update-estimate-status", id=made, status="accepted")

    assert code == "pennylane_refused"
    assert "invoiced already" in message


# Billing subscriptions.

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
