"""The Pennylane simulator: order of the checks, lists, documents. Source: pennylane sheet, sections 2 to 6 and 11."""

import json
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.simulators.pennylane import ApiToken, SettingsError, SimulatorSettings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from tests.simulators.pennylane_calls import ADDRESS, FULL_LINE, START_S, V1, V2, Company


@pytest.fixture
def company() -> Company:
    return Company()


def filter_of(field: str, operator: str, value: Any) -> str:
    return json.dumps([{"field": field, "operator": operator, "value": value}])


# The order of the checks.


def test_a_token_is_asked_for_before_anything_else(company: Company):
    assert company.call("GET", "nowhere", token="wrong").status == 401
    assert company.call("GET", "nowhere").status == 404


def test_a_missing_scope_is_named_before_the_body_is_read():
    company = Company(tokens=(ApiToken("narrow", ("products:readonly",)),))

    reply = company.call("POST", "products", {"unknown": 1}, token="narrow")

    assert reply.status == 403
    assert "products:all" in reply.json["error"]
    assert company.call("GET", "products", token="narrow").status == 200
    assert company.call("GET", "customers", token="narrow").status == 403


def test_whose_token_it_is_needs_no_scope():
    company = Company(tokens=(ApiToken("narrow", ()),))

    assert company.call("GET", "me", token="narrow").json["scopes"] == []


def test_the_26th_call_of_a_window_is_refused_in_plain_text():
    company = Company(window_requests=25)
    replies = [company.call("GET", "me") for _ in range(26)]

    assert [reply.status for reply in replies] == [200] * 25 + [429]
    assert replies[-1].body == b"Rate limit exceeded. Please retry in 5 seconds."
    assert replies[-1].headers["retry-after"] == "5"
    assert replies[0].headers["ratelimit-limit"] == "25"
    assert replies[0].headers["ratelimit-remaining"] == "24"
    assert replies[0].headers["ratelimit-reset"] == str(int(START_S) + 5)
    company.now_s += 5
    assert company.call("GET", "me").status == 200


def test_each_token_has_its_own_window():
    company = Company(window_requests=1, tokens=(ApiToken("a"), ApiToken("b")))

    assert [company.call("GET", "me", token=token).status for token in ("a", "a", "b")] == [200, 429, 200]


def test_a_body_that_is_no_json_is_400_in_the_shape_of_the_openapi_document(company: Company):
    reply = company.send("POST", f"{V2}/products", {"Authorization": f"Bearer {DEMO_TOKEN}"}, b"{")

    assert reply.status == 400
    assert reply.json.keys() == {"error", "status"}


def test_an_unknown_key_is_refused_before_a_missing_one(company: Company):
    reply = company.post("products", {"label": "x", "substance": "goods"})

    assert reply.status == 400
    assert reply.json["code"] == "NotExistPropertyDefinition"
    assert reply.json["field"] == "substance"


def test_an_unknown_key_inside_a_line_is_refused_too(company: Company):
    reply = company.an_invoice(invoice_lines=[FULL_LINE | {"plan_item": "706"}])

    assert reply.json["field"] == "invoice_lines[0].plan_item"


def test_a_missing_key_is_named(company: Company):
    reply = company.post("products", {"label": "x", "vat_rate": "FR_200"})

    assert (reply.status, reply.json["code"]) == (400, "NotExistRequiredKey")
    assert reply.json["field"] == "price_before_tax"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date": "01/03/2026"}, "InvalidDateFormat"),
        ({"date": "2026-02-30"}, "InvalidDateFormat"),
        ({"draft": "yes"}, "ValidateError"),
        ({"customer_id": "17"}, "ValidateError"),
        ({"currency": None}, "NotNullError"),
        ({"language": "it_IT"}, "NotEnumInclude"),
        ({"special_mention": "x" * 20001}, "ValidateError"),
        ({"invoice_lines": [{"label": "x", "quantity": 1}]}, "NotAnyOf"),
        ({"invoice_lines": [FULL_LINE | {"raw_currency_unit_price": 99}]}, "ValidateError"),
        ({"invoice_lines": [FULL_LINE | {"vat_rate": "FR_055"}]}, "NotEnumInclude"),
    ],
)
def test_a_value_of_another_form_has_the_code_of_the_api(company: Company, changes: dict[str, Any], code: str):
    reply = company.an_invoice(**changes)

    assert (reply.status, reply.json["code"]) == (400, code)


def test_an_unknown_id_is_404_of_its_kind(company: Company):
    assert company.call("GET", "products/7").json == {"status": 404, "error": "Couldn't find Product with 'id'=7"}


# Lists.


def labels(document: Any) -> list[str]:
    return [item["label"] for item in document["items"]]


def test_a_list_is_newest_first_and_twenty_at_a_time(company: Company):
    for number in range(25):
        company.a_product(label=f"p{number}")

    first = company.list("products").json
    second = company.list("products", cursor=first["next_cursor"]).json

    assert labels(first)[:2] == ["p24", "p23"]
    assert (len(first["items"]), first["has_more"]) == (20, True)
    assert (labels(second)[-1], second["has_more"], second["next_cursor"]) == ("p0", False, None)


def test_sorted_by_id_a_row_that_comes_meanwhile_stands_at_the_end(company: Company):
    for number in range(3):
        company.a_product(label=f"p{number}")
    first = company.list("products", sort="id", limit=2).json
    company.a_product(label="late")

    assert labels(company.list("products", sort="id", limit=2, cursor=first["next_cursor"]).json) == ["p2", "late"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", ""])
def test_a_limit_out_of_range_is_refused_and_not_clamped(company: Company, limit: str):
    assert company.list("products", limit=limit).status == 400


@pytest.mark.parametrize("cursor", ["x", "aWQ6eA==", "%%", ""])
def test_a_bad_cursor_is_refused(company: Company, cursor: str):
    assert company.list("products", cursor=cursor).status == 400


def test_the_cursor_forgets_the_filter(company: Company):
    for number in range(4):
        company.a_product(label="wanted" if number % 2 else "other")
    text = filter_of("label", "eq", "wanted")
    first = company.list("products", sort="id", limit=1, filter=text).json

    again = company.list("products", sort="id", limit=9, filter=text, cursor=first["next_cursor"]).json
    lost = company.list("products", sort="id", limit=9, cursor=first["next_cursor"]).json

    assert labels(again) == ["wanted"]
    assert labels(lost) == ["other", "wanted"]


@pytest.mark.parametrize(
    ("field", "operator", "value", "count"),
    [
        ("external_reference", "eq", "src-1", 1),
        ("external_reference", "in", ["src-1", "src-2", "none"], 2),
        ("reference", "eq", "REF", 1),
        ("label", "start_with", "pack", 2),
        ("id", "gt", 0, 2),
        ("id", "not_in", [], 2),
    ],
)
def test_a_filter_lets_through_what_it_names(company: Company, field: str, operator: str, value: Any, count: int):
    company.a_product(label="pack a", external_reference="src-1", reference="REF")
    company.a_product(label="pack b", external_reference="src-2")

    assert len(company.list("products", filter=filter_of(field, operator, value)).json["items"]) == count


@pytest.mark.parametrize(
    "text", ["{", "{}", "[7]", '[{"field":"label"}]', filter_of("updated_at", "gt", "x"), filter_of("id", "in", 7),
             filter_of("label", "like", "x")],
)  # fmt: skip
def test_a_filter_that_the_collection_does_not_have_is_refused(company: Company, text: str):
    assert company.list("products", filter=text).status == 400


def test_credit_notes_are_filtered_apart(company: Company):
    company.an_invoice()
    company.an_invoice(invoice_lines=[FULL_LINE | {"quantity": -1}])

    only = company.list("customer_invoices", filter=filter_of("credit_note", "eq", value=True)).json["items"]

    assert [item["status"] for item in only] == ["credit_note"]


# Masters.


def test_a_company_is_created_changed_and_listed_with_the_individuals(company: Company):
    made = company.a_customer(external_reference="src-1")
    company.made("individual_customers", {"first_name": "Ada", "last_name": "L", "billing_address": ADDRESS})

    changed = company.call("PUT", f"company_customers/{made}", {"phone": "+331"})

    assert (changed.status, changed.json["phone"], changed.json["name"]) == (200, "+331", "Acme SAS")
    kinds = [item["customer_type"] for item in company.list("customers").json["items"]]
    assert kinds == ["individual", "company"]
    assert company.call("PUT", f"individual_customers/{made}", {"phone": "1"}).status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("company_customers", {"name": "Acme", "billing_address": ADDRESS}, 409),
        ("suppliers", {"name": "S"}, 409),
        ("products", {"label": "p", "price_before_tax": "1", "vat_rate": "exempt"}, 422),
    ],
)
def test_an_external_reference_is_taken_once(company: Company, path: str, body: dict[str, Any], status: int):
    assert company.post(path, body | {"external_reference": "src-1"}).status == 201
    assert company.post(path, body | {"external_reference": "src-1"}).status == status


def test_without_an_external_reference_the_same_post_makes_two_rows(company: Company):
    body = company.invoice_body()
    company.post("customer_invoices", body)
    company.post("customer_invoices", body)

    counts = company.simulator.counts()
    assert counts["created"]["customer_invoices"] == 2
    assert counts["duplicates"]["customer_invoices"] == 1


def test_the_price_with_tax_follows_from_the_code(company: Company):
    made = company.made("products", {"label": "x", "price_before_tax": "123.00", "vat_rate": "FR_55"})

    assert company.call("GET", f"products/{made}").json["price"] == "129.77"


def test_a_category_is_unique_in_its_group(company: Company):
    body = {"label": "Retail", "category_group_id": 31}
    assert company.post("categories", body).status == 201
    assert company.post("categories", body).status == 422
    assert company.post("categories", body | {"category_group_id": 32}).status == 201
    assert company.post("categories", body | {"category_group_id": 99}).status == 422


# Invoices.


def test_a_line_is_filled_from_its_product(company: Company):
    invoice = company.an_invoice().json

    line = company.call("GET", invoice["invoice_lines"]["url"].removeprefix("http://pennylane.local")).json["items"][0]

    assert (line["label"], line["quantity"], line["vat_rate"]) == ("Pack 1", "2.0", "FR_200")
    assert (line["currency_amount_before_tax"], line["currency_tax"]) == ("198.00", "39.60")
    assert (invoice["currency_amount"], invoice["currency_amount_before_tax"]) == ("237.60", "198.00")


def test_every_link_of_an_invoice_resolves(company: Company):
    invoice = company.an_invoice().json
    links = [value["url"] for value in invoice.values() if isinstance(value, dict) and "url" in value]

    assert len(links) == 8  # seven nested collections and the customer
    assert {company.call("GET", link.removeprefix("http://pennylane.local")).status for link in links} == {200}


def test_a_draft_has_no_number_until_it_is_finalized(company: Company):
    draft = company.an_invoice(draft=True).json
    assert (draft["status"], draft["invoice_number"]) == ("draft", "")

    final = company.call("PUT", f"customer_invoices/{draft['id']}/finalize").json

    assert (final["status"], final["draft"]) == ("upcoming", False)
    assert final["invoice_number"].startswith("F-2026-")
    assert company.call("PUT", f"customer_invoices/{draft['id']}/finalize").status == 422


def test_a_final_invoice_is_immutable(company: Company):
    final = company.an_invoice().json["id"]

    assert company.call("PUT", f"customer_invoices/{final}", {"date": "2026-03-02"}).status == 422
    assert company.call("DELETE", f"customer_invoices/{final}").status == 422


def test_the_lines_of_a_draft_are_created_updated_and_deleted(company: Company):
    draft = company.an_invoice(draft=True, invoice_lines=[FULL_LINE, FULL_LINE]).json["id"]
    path = f"customer_invoices/{draft}/invoice_lines"
    one, two = (line["id"] for line in company.call("GET", path).json["items"])

    changes = {
        "create": [FULL_LINE | {"label": "new"}],
        "update": [{"id": one, "quantity": 3}],
        "delete": [{"id": two}],
    }
    changed = company.call("PUT", f"customer_invoices/{draft}", {"invoice_lines": changes}).json

    lines = company.call("GET", path).json["items"]
    assert [(line["label"], line["quantity"]) for line in lines] == [("Hosting", "3.0"), ("new", "1.0")]
    assert changed["currency_amount_before_tax"] == "396.00"


def test_a_discount_of_the_document_takes_its_share_of_net_and_tax(company: Company):
    invoice = company.an_invoice(discount={"type": "relative", "value": "10"}).json

    assert (invoice["currency_amount_before_tax"], invoice["currency_tax"]) == ("178.20", "35.64")


def test_a_credit_note_is_linked_once_with_its_invoice(company: Company):
    invoice = company.an_invoice().json["id"]
    note = company.an_invoice(invoice_lines=[FULL_LINE | {"quantity": -1}]).json
    assert (note["status"], note["currency_amount"], note["credited_invoice"]) == ("credit_note", "-118.80", None)

    path = f"customer_invoices/{invoice}/link_credit_note"
    assert company.post(path, {"credit_note_id": note["id"]}).status == 200
    assert company.post(path, {"credit_note_id": note["id"]}).status == 422

    linked = company.call("GET", f"customer_invoices/{note['id']}").json
    assert linked["credited_invoice"]["id"] == invoice


def test_categories_are_weighed_to_one_in_each_group_and_never_on_a_draft(company: Company):
    invoice = company.an_invoice().json["id"]
    draft = company.an_invoice(draft=True).json["id"]
    one, two = (company.made("categories", {"label": each, "category_group_id": 31}) for each in "ab")
    good = [{"id": one, "weight": "0.8"}, {"id": two, "weight": "0.2"}]

    assert company.call("PUT", f"customer_invoices/{invoice}/categories", good).status == 200
    assert company.call("PUT", f"customer_invoices/{invoice}/categories", good[:1]).status == 422
    assert company.call("PUT", f"customer_invoices/{draft}/categories", good).status == 422
    listed = company.call("GET", f"customer_invoices/{invoice}/categories").json["items"]
    assert [(item["label"], item["weight"]) for item in listed] == [("a", "0.8"), ("b", "0.2")]


def test_an_invoice_past_its_deadline_is_late_and_a_paid_one_is_paid(company: Company):
    late = company.an_invoice(deadline="2026-02-01").json
    assert late["status"] == "late"

    assert company.call("PUT", f"customer_invoices/{late['id']}/mark_as_paid").status == 204

    paid = company.call("GET", f"customer_invoices/{late['id']}").json
    assert (paid["status"], paid["remaining_amount_with_tax"]) == ("paid", "0.00")
    payments = company.call("GET", f"customer_invoices/{late['id']}/payments").json["items"]
    assert [payment["currency_amount"] for payment in payments] == ["237.60"]


def test_a_foreign_currency_has_its_amount_in_euro_beside(company: Company):
    invoice = company.an_invoice(currency="USD").json

    assert (invoice["currency_amount"], invoice["amount"]) == ("237.60", "220.00")
    assert company.an_invoice(currency="XYZ").status == 422


# Quotes, subscriptions, ledger entries.


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


# API v1.


def test_v1_lists_in_pages_with_totals_and_an_empty_one_past_the_end(company: Company):
    for number in range(3):
        company.a_product(label=f"p{number}", external_reference=f"src-{number}")

    page = company.call("GET", f"{V1}/products?page=2&per_page=2").json
    beyond = company.call("GET", f"{V1}/products?page=9")

    assert {key: page[key] for key in ("total_pages", "current_page", "total_products")} == {
        "total_pages": 2, "current_page": 2, "total_products": 3,
    }  # fmt: skip
    assert [product["source_id"] for product in page["products"]] == ["src-0"]
    assert (beyond.status, beyond.json["products"]) == (200, [])


def test_v1_gives_an_invoice_with_its_lines_and_its_credit_notes(company: Company):
    invoice = company.an_invoice().json["id"]
    note = company.an_invoice(invoice_lines=[FULL_LINE | {"quantity": -1}]).json["id"]
    company.post(f"customer_invoices/{invoice}/link_credit_note", {"credit_note_id": note})

    (listed,) = company.call("GET", f"{V1}/customer_invoices").json["invoices"]

    assert listed["line_items"][0]["currency_price_before_tax"] == "198.00"
    assert Decimal(listed["credit_notes"][0]["line_items"][0]["currency_price_before_tax"]) == Decimal(-99)
    assert company.call("GET", f"{V1}/customer_invoices/none").json == {"error": "Not found"}
    assert company.call("GET", f"{V1}/billing_subscriptions").json["billing_subscriptions"] == []


def test_settings_survive_the_pipe_and_a_limit_of_nothing_is_refused():
    settings = SimulatorSettings(tokens=(ApiToken("t", ("products:all",)),), refresh_tokens=("r",), seed=3)

    assert SimulatorSettings.from_json(settings.to_json()) == settings
    with pytest.raises(SettingsError):
        SimulatorSettings(window_requests=0)
    with pytest.raises(SettingsError):
        SimulatorSettings.from_json('{"unknown": 1}')
