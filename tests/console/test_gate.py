"""Who is let in: by the token alone, as far as the role goes, and never by a trick on a browser. Every endpoint is
tried.
"""

import json
import re
from itertools import product

import pytest

from ledgerpost.app.change_log import check
from ledgerpost.console.caller import AccessError, Caller, caller_of_claims
from ledgerpost.console.gate import SECURITY_HEADERS, Endpoint
from ledgerpost.console.host import ENDPOINTS, Console
from ledgerpost.domain.access import LEAST_ROLE, Role, may
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.event import TenantId
from ledgerpost.simulators.pennypipe.demo import DEMO_PURCHASING_ACCOUNT
from ledgerpost.wire.company_text import company_document
from tests.console.desk import A_MAP, ACCOUNT, COMPANY_ID, HOST, Answer, Browser, Desk, a_sale
from tests.grouping.builders import COMPANY, a_company

PROTECTED = [endpoint for endpoint in ENDPOINTS if endpoint.act is not None]
CHANGING = [endpoint for endpoint in PROTECTED if endpoint.method != "GET"]
DELIVERY = {"connection": "main", "account": ACCOUNT, "reference": "sale-494673"}


IDS = {
    "connections": "main",
    "routes": "sales-to-a",
    "companies": COMPANY_ID,
    "days": COMPANY_ID,
    "column-maps": "till",
}
"""What of acme's each collection leads to."""


def address_of(endpoint: Endpoint) -> str:
    """Give an address that leads to something of the tenant acme."""
    path = endpoint.path.replace("<kind>", "SaleDocument")
    for collection, id_ in IDS.items():
        path = re.sub(f"/{collection}/<(id|name)>", f"/{collection}/{id_}", path)
    path = path.replace("<day>", "2026-01-31")
    assert "<" not in path, f"say in IDS what of acme's {endpoint.path} leads to"
    queries = {
        "/delivery": "connection=main&account={0}&reference=sale-494673",
        "/v1/deliveries/one": "connection=main&account={0}&reference=sale-494673",
        "/v1/connections/main/fields": "account={0}",
        "/why": "reference=sale-494673",
        "/deliveries": "reference=sale-494673",
        "/v1/deliveries": "reference=sale-494673",
    }
    query = queries.get(path, "") if endpoint.method == "GET" else ""
    return f"{path}?{query.format(ACCOUNT)}" if query else path


A_LINE = json.dumps({"Source": "s", "DetailType": "SaleDocumentApproved", "Detail": a_sale("9")})
A_COMPANY = company_document(a_company())
BODIES: dict[str, object] = {
    "/v1/backfill": {"content": A_LINE},
    "/v1/backfill/check": {"content": A_LINE},
    "/v1/column-maps/<name>": {"columnMap": A_MAP},
    "/v1/companies": {"configuration": A_COMPANY},
    "/v1/companies/check": {"configuration": A_COMPANY},
    "/v1/companies/<id>/days/<day>/close": {"reason": "r"},
    "/v1/companies/<id>/days/<day>/reopen": {"reason": "r"},
    "/v1/connections": {"label": "L", "baseUrl": "https://ledger.example", "authType": "PAT", "secret": "s-1"},
    "/v1/connections/<id>": {"label": "L", "baseUrl": "https://ledger.example", "authType": "PAT"},
    "/v1/connections/<id>/secret": {"secret": "another-one"},
    "/v1/connections/<id>/test": {"accounts": [ACCOUNT]},
    "/v1/routes": {"connection": "main", "streamType": "Sales", "accountId": "another"},
    "/v1/routes/<id>": {"connection": "main", "streamType": "Sales", "accountId": ACCOUNT, "enabled": False},
    "/v1/routes/<id>/rules": {"rules": {}},
    "/v1/test-post": {"connection": "main", "account": ACCOUNT},
    "/v1/pauses": {"connection": "main"},
    "/v1/pauses/resume": {"connection": "main"},
    "/v1/deliveries/redrive": {"connection": "main", "account": ACCOUNT, "referenceId": "sale-494673"},
    "/v1/deliveries/skip": {"connection": "main", "account": ACCOUNT, "referenceId": "sale-494673", "reason": "r"},
    "/v1/parked/redrive": {"code": "account_forbidden"},
    "/v1/parked/skip": {"code": "account_forbidden", "reason": "r"},
    "/v1/explain": {"event": {"Source": "s", "DetailType": "SaleDocumentApproved", "Detail": a_sale()}},
}
FORM = DELIVERY | {
    "label": "L", "base_url": "https://ledger.example", "auth_type": "PAT", "token": "s-1", "secret": "s-2",
    "stream_type": "Sales", "account_id": "another", "amount": "0.01", "rules": "{}", "code": "account_forbidden",
    "reason": "r", "EntryType": "credit", "event": "{}", "day": "2026-01-31", "route": "sales-to-a",
    "configuration": json.dumps(A_COMPANY), "content": A_LINE, "columns": "", "name": "another",
}  # fmt: skip


def path_of(endpoint: Endpoint) -> str:
    return address_of(endpoint).partition("?")[0]


def knock(browser: Browser, endpoint: Endpoint) -> int:
    """Come in with a request that is right in every other way; give the status."""
    return answer_of(browser, endpoint).status


def answer_of(browser: Browser, endpoint: Endpoint) -> Answer:
    """Come in with a request that is right in every other way."""
    address = address_of(endpoint)
    if endpoint.method == "GET":
        return browser.get(address)
    if endpoint.path.startswith("/v1/"):
        return browser.call(endpoint.method, address, BODIES.get(endpoint.path))
    return browser.post(address, **FORM)


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


@pytest.mark.parametrize("endpoint", PROTECTED, ids=name_of)
def test_nobody_comes_in_without_a_token(shared_desk: Desk, endpoint: Endpoint) -> None:
    assert knock(shared_desk.browser(tenant=""), endpoint) in (401, 403)


@pytest.mark.parametrize(("role", "endpoint"), list(product(Role, PROTECTED)), ids=str)
def test_each_role_comes_in_where_it_may_and_nowhere_else(shared_desk: Desk, role: Role, endpoint: Endpoint) -> None:
    assert endpoint.act is not None
    status = knock(shared_desk.browser(role=role), endpoint)
    assert (status != 403) == may(role, endpoint.act), f"{role} at {name_of(endpoint)}: {status}"


def test_a_viewer_leaves_everything_as_it_was(desk: Desk) -> None:
    desk.publish(a_sale())
    before = _everything(desk)[:-1]
    for endpoint in PROTECTED:
        knock(desk.browser(role="viewer"), endpoint)
    desk.settle()
    assert _everything(desk)[:-1] == before


def test_every_refusal_for_want_of_a_role_is_in_the_change_log_with_who_and_when(desk: Desk) -> None:
    viewer = desk.browser(role="viewer", name="vic@acme.example")
    refused = [each for each in PROTECTED if knock(viewer, each) == 403]
    kept = desk.ports.changes.from_number(TenantId("acme"), 1, 1000)
    assert [each.change.facts["source"] for each in kept] == [f"{each.method} {path_of(each)}" for each in refused]
    assert {(each.change.by, each.change.refused) for each in kept} == {("vic@acme.example", "not_allowed")}
    assert [each.change.act for each in kept] == [each.act for each in refused]
    assert all(each.change.at.tzinfo is not None for each in kept)
    assert check(TenantId("acme"), desk.ports.changes).broken_at is None


def test_a_tricked_browser_or_an_unknown_address_leaves_nothing_in_the_change_log(desk: Desk) -> None:
    viewer = desk.browser(role="admin")
    viewer.send("POST", "/routes", "csrf=guessed", {"content-type": "application/x-www-form-urlencoded"})
    viewer.get("/v1/nothing")
    assert desk.ports.changes.last(TenantId("acme")) is None


def test_a_tenant_sees_and_changes_nothing_of_another(desk: Desk) -> None:
    desk.publish(a_sale())
    before = _everything(desk)
    stranger = desk.browser(tenant="globex", name="mallory@globex.example")
    [record] = desk.engine.deliveries.records(TenantId("acme"))
    assert record.effect is not None
    marks = (
        DEMO_PURCHASING_ACCOUNT,
        record.effect.ledger_id,
        "C. Customer",
        "Main Finance Account (simulator)",
        desk.ledger,
    )
    for endpoint in PROTECTED:
        asked = answer_of(stranger, endpoint)
        seen = [mark for mark in marks if mark in asked.text]
        assert not seen, f"{name_of(endpoint)} told a stranger of {seen}"
    desk.settle()
    assert _everything(desk) == before


def _everything(desk: Desk) -> tuple[object, ...]:
    """Give all of acme's that a request could change."""
    tenant = TenantId("acme")
    return (
        desk.ports.configurations.applied(tenant),
        tuple(desk.engine.deliveries.records(tenant)),
        desk.ports.pauses.pauses(tenant),
        desk.ports.vault.find(desk.ports.secret_name(tenant, "main")),  # type: ignore[arg-type]
        desk.ports.close.companies.companies(tenant, 10),
        desk.ports.close.days.days(CompanyKey(tenant, COMPANY), 10),
        desk.ports.changes.last(tenant),
    )


@pytest.mark.parametrize("endpoint", [each for each in CHANGING if not each.path.startswith("/v1/")], ids=name_of)
def test_a_form_without_the_browsers_own_token_is_refused(shared_desk: Desk, endpoint: Endpoint) -> None:
    browser = shared_desk.browser()
    browser.get("/")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    refused = browser.send("POST", address_of(endpoint), "csrf=guessed", headers)
    assert refused.status == 403
    assert "form_not_ours" in refused.text


@pytest.mark.parametrize("endpoint", CHANGING, ids=name_of)
def test_a_request_from_a_page_of_another_site_is_refused(shared_desk: Desk, endpoint: Endpoint) -> None:
    browser = shared_desk.browser()
    browser.get("/")
    kind = "application/json" if endpoint.path.startswith("/v1/") else "application/x-www-form-urlencoded"
    body = "{}" if kind == "application/json" else f"csrf={browser.cookies['ledgerpost_csrf']}"
    headers = {"content-type": kind, "origin": "https://evil.example"}
    assert browser.send(endpoint.method, address_of(endpoint), body, headers).status == 403


@pytest.mark.parametrize("endpoint", [each for each in CHANGING if each.path.startswith("/v1/")], ids=name_of)
def test_the_api_takes_no_body_that_a_foreign_form_could_send(shared_desk: Desk, endpoint: Endpoint) -> None:
    refused = shared_desk.browser().send(endpoint.method, address_of(endpoint), "{}", {"content-type": "text/plain"})
    assert refused.status == 400


@pytest.mark.parametrize("address", ["/", "/static/console.css", "/v1/routes", "/nothing", "/v1/nothing"])
def test_every_answer_has_the_headers_that_close_framing_and_scripts(shared_desk: Desk, address: str) -> None:
    answer = shared_desk.browser().get(address)
    assert SECURITY_HEADERS.items() <= answer.headers.items()
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_no_page_has_a_script_or_style_in_itself(desk: Desk) -> None:
    desk.publish(a_sale())
    for endpoint in PROTECTED:
        if endpoint.method == "GET" and not endpoint.path.startswith("/v1/"):
            text = desk.browser().get(address_of(endpoint)).text
            assert text.count("<script") == text.count('<script src="/static/console.js" defer></script>') == 1
            assert "<style" not in text
            assert " style=" not in text
            assert " onclick=" not in text


def test_the_cookie_is_for_this_site_alone_and_no_script(shared_desk: Desk) -> None:
    [cookie] = shared_desk.browser().get("/").cookies
    assert {"HttpOnly", "SameSite=Strict", "Secure", "Path=/"} <= set(cookie.split("; "))


def test_on_a_laptop_only_who_asks_for_loopback_by_name_is_answered(shared_desk: Desk) -> None:
    caller = Caller("ada", TenantId("acme"), Role.ADMIN)
    console = Console(shared_desk.ports, lambda _: caller, shared_desk.console._log, on_loopback=True)
    browser = Browser(console)
    assert browser.send("GET", "/", headers={"host": "127.0.0.1:8765"}).status == 200
    assert browser.send("GET", "/", headers={"host": "[::1]:8765"}).status == 200
    assert browser.send("GET", "/", headers={"host": "rebound.example:8765"}).status == 421
    assert browser.send("GET", "/v1/routes", headers={"host": HOST}).status == 421


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"custom:tenant": "acme", "email": "a@b.example"},
        {"custom:tenant": "acme", "email": "a@b.example", "cognito:groups": "[billing]"},
        {"custom:tenant": " ", "email": "a@b.example", "cognito:groups": "[admin]"},
        {"email": "a@b.example", "cognito:groups": "[admin]"},
        {"custom:tenant": "acme", "cognito:groups": "[admin]"},
    ],
)
def test_a_token_that_lacks_tenant_name_or_role_is_nobodys(claims: dict[str, str]) -> None:
    with pytest.raises(AccessError) as refused:
        caller_of_claims({"requestContext": {"authorizer": {"jwt": {"claims": claims}}}})
    named = {"email", "sub"} & claims.keys()
    assert refused.value.code == ("not_assigned" if named else "not_signed_in")


def test_of_several_groups_the_highest_role_counts() -> None:
    claims = {"custom:tenant": "acme", "email": "a@b.example", "cognito:groups": "[viewer operator]"}
    caller = caller_of_claims({"requestContext": {"authorizer": {"jwt": {"claims": claims}}}})
    assert caller == Caller("a@b.example", TenantId("acme"), Role.OPERATOR)


def test_a_tenant_in_the_request_itself_counts_for_nothing(desk: Desk) -> None:
    desk.publish(a_sale())
    stranger = desk.browser(tenant="globex")
    asked = stranger.get("/v1/deliveries?reference=sale-494673&tenant=acme&tenantId=acme")
    assert asked.json == {"deliveries": [], "after": None}


def test_what_the_router_answers_is_what_the_gate_and_these_tests_know(shared_desk: Desk) -> None:
    router = shared_desk.console.router
    answered = {(route.method, route.path) for route in router._static_routes + router._dynamic_routes}
    assert answered == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


@pytest.mark.parametrize("endpoint", PROTECTED, ids=name_of)
def test_these_tests_knock_where_something_is(desk: Desk, endpoint: Endpoint) -> None:
    """A knock at a wrong address would prove nothing: acme's own admin finds something behind each."""
    desk.publish(a_sale())
    answer = answer_of(desk.browser(), endpoint)
    assert answer.status != 500
    lost = ("page_not_found", "company_unknown", "request_unreadable", "not_here")
    assert [code for code in lost if code in answer.text] == []


def test_every_act_of_an_endpoint_has_a_role() -> None:
    assert {endpoint.act for endpoint in PROTECTED} <= set(LEAST_ROLE)
