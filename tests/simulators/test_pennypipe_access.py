"""Tokens, rights and the rate limit: reference/pennypipe.md §3.1 and §3.4, RFC 6749 §4.4 and §5, RFC 6750 §3."""

import base64
from dataclasses import replace
from urllib.parse import quote_plus

import pytest

from ledgerpost.simulators.pennypipe import PersonalAccessToken, RateLimit, demo_settings
from ledgerpost.simulators.pennypipe.auth import API_SCOPE, SCOPES, WRITE_SCOPE
from ledgerpost.simulators.pennypipe.demo import (
    DEMO_ADMIN_PAT,
    DEMO_CLIENT_ID,
    DEMO_CLIENT_KEY,
    DEMO_PAT,
    DEMO_SALES_ACCOUNT,
)
from tests.simulators.pennypipe_calls import PURCHASING, SALES, TOKEN_FORM, InMemory, entry

GRANT = {"grant_type": "client_credentials"}


def test_discovery_names_the_token_endpoint_of_the_host_that_was_asked() -> None:
    reply = InMemory().call("GET", "/.well-known/openid-configuration", Host="127.0.0.1:8080")

    assert reply.json["token_endpoint"] == "http://127.0.0.1:8080/connect/token"
    assert reply.json["grant_types_supported"] == ["client_credentials"]


def test_discovery_may_be_off_and_the_token_endpoint_still_answers() -> None:
    ledger = InMemory(discovery=False)

    assert ledger.call("GET", "/.well-known/openid-configuration").status == 404
    assert ledger.token(TOKEN_FORM).status == 200


def test_a_token_is_never_cached_and_tells_its_life_and_scope() -> None:
    reply = InMemory(token_lifetime_s=90).token(TOKEN_FORM | {"scope": " ".join(SCOPES)})

    assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
    assert (reply.json["token_type"], reply.json["expires_in"]) == ("Bearer", 90)
    assert reply.json["scope"].split() == list(SCOPES)
    assert "refresh_token" not in reply.json


def test_a_client_may_authenticate_by_basic_with_encoded_id_and_secret() -> None:
    ledger = InMemory(clients={"a:b": "s%c r+t"})
    reply = ledger.token(GRANT, _basic("a:b", "s%c r+t"))

    assert reply.status == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": f"{API_SCOPE} everything"}, 400, "invalid_scope"),
    ],
)
def test_a_refused_token_request_names_the_error_of_the_standard(
    changes: dict[str, str], status: int, error: str
) -> None:
    reply = InMemory().token(TOKEN_FORM | changes)

    assert (reply.status, reply.json["error"]) == (status, error)
    assert reply.headers["Cache-Control"] == "no-store"
    assert "WWW-Authenticate" not in reply.headers


def test_a_client_refused_by_basic_is_told_the_scheme() -> None:
    reply = InMemory().token(GRANT, _basic(DEMO_CLIENT_ID, "wrong"))

    assert (reply.status, reply.json["error"]) == (401, "invalid_client")
    assert reply.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"scope=a&scope=b"),
        ("application/x-www-form-urlencoded", b"scope=%ff"),
        ("application/x-www-form-urlencoded", b"\xff"),
    ],
)
def test_a_token_request_that_is_no_proper_form_is_invalid(content_type: str, body: bytes) -> None:
    reply = InMemory().send("POST", "/connect/token", {"Content-Type": content_type}, body)

    assert (reply.status, reply.json["error"]) == (400, "invalid_request")


def test_authenticating_twice_in_one_request_is_invalid() -> None:
    reply = InMemory().token(TOKEN_FORM, _basic(DEMO_CLIENT_ID, DEMO_CLIENT_KEY))

    assert (reply.status, reply.json["error"]) == (400, "invalid_request")


def test_token_requests_are_counted_also_when_refused() -> None:
    ledger = InMemory()
    ledger.token(TOKEN_FORM)
    ledger.token({"grant_type": "x"})

    assert ledger.counts.token_requests == 2


def test_a_token_of_both_scopes_posts() -> None:
    ledger = InMemory()

    assert ledger.post(entry(), token=ledger.client_token()).status == 201


def test_a_token_without_the_write_scope_reads_and_may_not_post() -> None:
    ledger = InMemory()
    token = ledger.client_token(API_SCOPE)

    reply = ledger.post(entry(), token=token)

    assert ledger.call("GET", SALES, token=token).status == 200
    assert (reply.status, reply.code) == (403, "account_forbidden")
    assert reply.headers["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{WRITE_SCOPE}"'


def test_a_token_ends_with_its_life_and_a_new_one_works() -> None:
    ledger = InMemory(token_lifetime_s=60)
    token = ledger.client_token()
    ledger.now_s += 59
    assert ledger.post(entry(), token=token).status == 201
    ledger.now_s += 1

    reply = ledger.post(entry(), token=token)

    assert (reply.status, reply.code) == (401, "token_invalid")
    assert reply.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert ledger.post(entry(), token=ledger.client_token()).status == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic abc", DEMO_PAT])
def test_a_call_without_a_token_is_told_the_scheme_alone(authorization: str) -> None:
    reply = InMemory().call("GET", SALES, Authorization=authorization)

    assert (reply.status, reply.code) == (401, "token_invalid")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_token_is_invalid() -> None:
    reply = InMemory().post(entry(), token="unknown")

    assert reply.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_client_that_is_not_allow_listed_is_refused_until_an_admin_lists_it() -> None:
    sales = replace(demo_settings().accounts[0], oauth_clients=())
    ledger = InMemory(accounts=(sales,))
    token = ledger.client_token()
    assert ledger.post(entry(), token=token).code == "client_not_allowlisted"
    assert ledger.call("GET", SALES, token=token).status == 403

    listed = ledger.call(
        "POST", f"{SALES}/integration-clients", {"oauthClientId": DEMO_CLIENT_ID}, token=DEMO_ADMIN_PAT
    )

    assert listed.status == 201
    assert ledger.post(entry(), token=token).status == 201


def test_only_an_admin_may_allow_list_a_client() -> None:
    ledger = InMemory()
    path, document = f"{SALES}/integration-clients", {"oauthClientId": "x"}

    assert ledger.call("POST", path, document).code == "account_forbidden"
    assert ledger.call("POST", path, document, token=ledger.client_token()).code == "account_forbidden"
    assert ledger.call("POST", path, {"oauthClientId": 7}, token=DEMO_ADMIN_PAT).paths == ["oauthClientId"]


def test_a_pat_reaches_its_own_accounts_alone_and_posts_only_with_the_right() -> None:
    pats = (
        PersonalAccessToken("one-account", accounts=(DEMO_SALES_ACCOUNT.upper(),)),
        PersonalAccessToken("reader", may_post=False),
    )
    ledger = InMemory(pats=pats)

    assert ledger.post(entry(), token="one-account").status == 201
    assert ledger.call("GET", PURCHASING, token="one-account").code == "account_forbidden"
    assert ledger.call("GET", SALES, token="reader").status == 200
    assert ledger.post(entry(), token="reader").code == "account_forbidden"


def test_the_rate_limit_holds_per_token_and_window() -> None:
    ledger = InMemory(rate_limit=RateLimit(2, 10.0))
    ledger.now_s += 0.5
    assert [ledger.call("GET", SALES).status for _ in range(2)] == [200, 200]
    ledger.now_s += 3.2

    limited = ledger.call("GET", SALES)

    assert (limited.status, limited.code, limited.headers["Retry-After"]) == (429, "rate_limited", "7")
    assert ledger.call("GET", SALES, token=DEMO_ADMIN_PAT).status == 200
    ledger.now_s += 7
    assert ledger.call("GET", SALES).status == 200


def test_the_request_id_comes_back_and_is_logged() -> None:
    ledger = InMemory()
    reply = ledger.call("GET", SALES, X_Request_Id="abc-1")
    ledger.call("GET", SALES)

    log = ledger.call("GET", "/_simulator/requests").json["items"]
    assert reply.headers["X-Request-Id"] == "abc-1"
    assert [(line["operation"], line["status"], line["requestId"]) for line in log] == [
        ("get_account", "200", "abc-1"),
        ("get_account", "200", None),
    ]


def test_secrets_do_not_show_in_the_settings_text() -> None:
    assert DEMO_PAT not in repr(demo_settings())
    assert DEMO_CLIENT_KEY not in repr(demo_settings())


def _basic(client_id: str, key: str) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(key)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
