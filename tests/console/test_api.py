"""The API: what programs send and get, and how they are refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ledgerpost.console.api import API
from ledgerpost.console.openapi import api_document
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.signature import HEADER, sign
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT
from tests.console.desk import ACCOUNT, KEY, Answer, Desk, a_sale

A_ROUTE = {"connection": "main", "streamType": "Sales", "accountId": "a"}
A_DELIVERY = {"connection": "c", "account": "a", "referenceId": "r"}


def test_every_call_of_the_api_is_described_and_none_that_is_not_there() -> None:
    described = {
        (method.upper(), path.replace("{", "<").replace("}", ">"))
        for path, methods in json.loads(api_document())["paths"].items()
        for method in methods
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in API}


def test_a_whole_set_up_by_calls_delivers(desk: Desk) -> None:
    program = desk.browser()
    body = {"label": "Second", "baseUrl": desk.ledger, "authType": "PAT", "secret": DEMO_PAT}
    saved = program.call("POST", "/v1/connections", body)
    assert saved.json["connection"] == "second"
    program.call("DELETE", "/v1/routes/sales-to-a")
    route = {"connection": "second", "streamType": "Sales", "accountId": ACCOUNT, "timeZone": "Europe/London"}
    made = program.call("POST", "/v1/routes", route).json["route"]
    rules = {"saleDocument": {"enabled": True, "entryType": "credit"}}
    assert program.call("PUT", f"/v1/routes/{made}/rules", {"rules": rules}).status == 200
    assert program.call("POST", "/v1/test-post", {"connection": "second", "account": ACCOUNT}).json["posted"]
    desk.publish(a_sale("1"))
    [delivery] = program.get("/v1/deliveries?reference=sale-1").json["deliveries"]
    assert (delivery["status"], delivery["amount"], delivery["connection"]) == ("delivered", "12.50", "second")


def test_rules_are_given_back_in_pascal_case(desk: Desk) -> None:
    program = desk.browser()
    program.call("PUT", "/v1/routes/sales-to-a/rules", {"rules": {"saleDocument": {"enabled": False}}})
    [route] = program.get("/v1/routes").json["routes"]
    assert route["rules"]["SaleDocument"]["Enabled"] is False


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "code"),
    [
        ("GET", "/v1/deliveries/one?connection=main&account=a&reference=none", None, 404, "delivery_not_found"),
        ("GET", "/v1/deliveries/one?connection=main", None, 400, "request_unreadable"),
        ("GET", "/v1/deliveries?status=lost", None, 400, "request_unreadable"),
        ("GET", "/v1/nothing", None, 404, "page_not_found"),
        ("POST", "/v1/routes", {"connection": "main"}, 400, "request_unreadable"),
        ("POST", "/v1/routes", {"unknown": 1}, 400, "request_unreadable"),
        ("PUT", "/v1/routes/none", A_ROUTE, 404, "page_not_found"),
        ("PUT", "/v1/routes/sales-to-a/rules", {"rules": {"SaleDocument": 1}}, 422, "config_wrong_value"),
        ("POST", "/v1/parked/skip", {"code": "account_forbidden"}, 400, "request_unreadable"),
        ("POST", "/v1/deliveries/redrive", A_DELIVERY, 404, "delivery_not_found"),
    ],
)  # fmt: skip
def test_a_refusal_is_a_problem_with_a_stable_code_and_a_fix(
    desk: Desk, method: str, address: str, body: object, status: int, code: str
) -> None:
    refused = desk.browser().call(method, address, body)
    assert (refused.status, refused.json["code"]) == (status, code)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json["fix"]


def test_a_body_that_is_no_json_is_refused_without_being_quoted(desk: Desk) -> None:
    refused = desk.browser().send("POST", "/v1/routes", "a secret, no JSON", {"content-type": "application/json"})
    assert refused.status == 400
    assert "a secret" not in refused.text


def test_a_refused_secret_is_not_quoted(desk: Desk) -> None:
    refused = desk.browser().call("POST", "/v1/connections/main/secret", {"secret": ["hunter2"]})
    assert (refused.status, "hunter2" in refused.text) == (400, False)


def test_explaining_gives_each_check_of_each_route(desk: Desk) -> None:
    event = {"Source": "s", "DetailType": "SalePaymentApproved", "Detail": a_sale(Payment=1)}
    found = desk.browser().call("POST", "/v1/explain", {"event": event}).json
    assert found["code"] == "rule_disabled"
    [route] = found["routes"]
    assert [check["name"] for check in route["checks"]] == ["stream type", "route enabled", "rule enabled"]


def test_a_pause_by_calls_is_seen_and_ended(desk: Desk) -> None:
    program = desk.browser(role="operator")
    program.call("POST", "/v1/pauses", {"connection": "main", "reason": "audit"})
    [pause] = program.get("/v1/pauses").json["pauses"]
    assert (pause["by"], pause["reason"]) == ("ada@acme.example", "audit")
    assert program.call("POST", "/v1/pauses/resume", {"connection": "main"}).json["ended"] == pause
    assert program.get("/v1/pauses").json == {"pauses": []}


def sent(desk: Desk, body: str, *, key: str = "acme-1", secret: bytes = KEY, at: datetime | None = None) -> Answer:
    """Send approvals as a source does: signed, with no token and no cookie."""
    header = sign(key, secret, body.encode(), at or desk.ports.clock.now())
    nobody = desk.browser(tenant="")
    return nobody.send("POST", "/v1/approvals", body, {"content-type": "application/json", HEADER: header})


def an_entry(**sale: Any) -> str:
    return json.dumps({"Source": "stocksmart", "DetailType": "SaleDocumentApproved", "Detail": a_sale(**sale)})


def test_a_signed_approval_is_delivered(desk: Desk) -> None:
    taken = sent(desk, an_entry(number="1"))
    assert (taken.status, taken.json) == (202, {"accepted": 1})
    desk.settle()
    [record] = desk.engine.deliveries.records(TenantId("acme"))
    assert record.status is Status.DELIVERED


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"secret": b"x" * 32}, 401, "webhook_signature_wrong"),
        ({"key": "unknown"}, 401, "webhook_signature_wrong"),
        ({"at": datetime(2020, 1, 1, tzinfo=UTC)}, 401, "webhook_stale"),
    ],
)
def test_an_approval_that_is_not_signed_by_the_key_and_now_is_not_taken(
    desk: Desk, changes: dict[str, Any], status: int, code: str
) -> None:
    refused = sent(desk, an_entry(), **changes)
    assert (refused.status, refused.json["code"]) == (status, code)
    desk.settle()
    assert list(desk.engine.deliveries.records(TenantId("acme"))) == []


def test_a_key_sends_no_approvals_of_another_tenant(desk: Desk) -> None:
    refused = sent(desk, an_entry(tenant="globex"))
    assert (refused.status, refused.json["code"]) == (403, "webhook_foreign_tenant")
