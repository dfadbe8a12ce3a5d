"""The Pennylane simulator: what is checked of a call, and in which order. Source: pennylane sheet, sections 2 to 4."""

from typing import Any

import pytest

from ledgerpost.simulators.pennylane import ApiToken, SettingsError, SimulatorSettings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from tests.simulators.pennylane_calls import FULL_LINE, START_S, V2, Company


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


def test_settings_survive_the_pipe_and_a_limit_of_nothing_is_refused():
    settings = SimulatorSettings(tokens=(ApiToken("t", ("products:all",)),), refresh_tokens=("r",), seed=3)

    assert SimulatorSettings.from_json(settings.to_json()) == settings
    with pytest.raises(SettingsError):
        SimulatorSettings(window_requests=0)
    with pytest.raises(SettingsError):
        SimulatorSettings.from_json('{"unknown": 1}')
