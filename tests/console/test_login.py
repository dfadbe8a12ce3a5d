"""Signing in on a stage: who is let in by which token, and that no browser is tricked into or out of a session."""

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledgerpost.connectors.http import HttpSender
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from ledgerpost.console.login.cookies import ID_COOKIE, LOGIN_COOKIE, REFRESH_COOKIE, page_of_ours
from ledgerpost.console.login.front import Front
from ledgerpost.console.login.provider import HostedLogin
from ledgerpost.console.login.tokens import KEYS_AGE_MIN, IdTokens, SigningKeys
from ledgerpost.observability import Log
from tests.console.desk import Answer, Desk, a_sale
from tests.console.user_pool import CLIENT, FOREIGN_KEY, ISSUER, KEY, ORIGIN, PAGES, UserPool

HOST = urlsplit(ORIGIN).netloc


@dataclass
class SetClock:
    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class Visitor:
    """A browser at the front: it keeps cookies, and forgets those that it is told to."""

    front: Front
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, address: str, body: str = "", **more: Any) -> Answer:
        parts = urlsplit(address)
        kind = "application/json" if parts.path.startswith("/v1") else "application/x-www-form-urlencoded"
        event = {
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "queryStringParameters": {name: values[0] for name, values in parse_qs(parts.query).items()},
            "headers": {"host": HOST, "content-type": kind},
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {"http": {"method": method, "path": parts.path}, "stage": "$default", **more},
            "body": body,
        }
        answer = self.front.resolve(event, None)
        for header in answer.get("cookies", ()):
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in header:
                del self.cookies[name]
        return Answer(
            answer["statusCode"], answer["headers"], tuple(answer.get("cookies", ())), answer.get("body") or ""
        )

    def get(self, address: str, **more: Any) -> Answer:
        return self.send("GET", address, **more)

    def signs_in(self, pool: UserPool, to: str = "/", **claims: Any) -> Answer:
        """Go the whole way through the pool's pages; give what the browser is answered when it comes back."""
        sent = self.get(f"/login?{urlencode({'next': to})}")
        back = pool.signed_in(sent.headers["Location"], **claims)
        return self.get(back.removeprefix(ORIGIN))


@pytest.fixture
def pool() -> UserPool:
    return UserPool()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def visitor(desk: Desk, pool: UserPool, clock: SetClock) -> Visitor:
    return Visitor(front_over(desk, pool, clock))


def front_over(desk: Desk, pool: UserPool, clock: SetClock) -> Front:
    log = Log("console", stream=io.StringIO())
    login = HostedLogin(issuer=ISSUER, client_id=CLIENT, url=PAGES, origin=ORIGIN, sender=HttpSender(pool.transport))
    tokens = IdTokens(issuer=ISSUER, client_id=CLIENT, keys=SigningKeys(login.key_set, clock))
    return Front(Console(desk.ports, caller_of_claims, log, signs_in=True), login, tokens, log)


def test_a_page_leads_to_the_sign_in_and_from_there_back_to_itself(visitor: Visitor, pool: UserPool) -> None:
    asked = visitor.get("/deliveries?status=parked")
    assert (asked.status, asked.headers["Location"]) == (303, "/login?next=%2Fdeliveries%3Fstatus%3Dparked")
    back = visitor.signs_in(pool, "/deliveries?status=parked")
    assert (back.status, back.headers["Location"]) == (303, "/deliveries?status=parked")
    page = visitor.get("/deliveries?status=parked")
    assert page.status == 200
    assert "acme on" in page.words
    assert "ada@acme.example, viewer" in page.words
    assert "Sign out" in page.words


def test_the_browser_is_sent_with_a_challenge_and_never_with_the_verifier(visitor: Visitor) -> None:
    to = visitor.get("/login").headers["Location"]
    query = parse_qs(urlsplit(to).query)
    assert to.startswith(f"{PAGES}/oauth2/authorize?")
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"{ORIGIN}/callback"]
    _, _, verifier, _ = visitor.cookies[LOGIN_COOKIE].split(".")
    assert verifier not in to


def test_the_cookies_are_for_this_host_over_https_and_for_no_script(visitor: Visitor, pool: UserPool) -> None:
    back = visitor.signs_in(pool)
    kept = {header.partition("=")[0]: header for header in back.cookies}
    assert {ID_COOKIE, REFRESH_COOKIE, LOGIN_COOKIE} == kept.keys()
    for header in kept.values():
        assert header.startswith("__Host-")
        assert "; Path=/; Secure; HttpOnly; SameSite=Lax" in header
    assert "Max-Age=0" in kept[LOGIN_COOKIE]
    assert back.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in back.headers["Content-Security-Policy"]


def test_a_sign_in_that_this_browser_did_not_begin_is_refused(visitor: Visitor, pool: UserPool) -> None:
    sent = Visitor(visitor.front).get("/login")
    foreign = pool.signed_in(sent.headers["Location"]).removeprefix(ORIGIN)
    visitor.get("/login")
    refused = visitor.get(foreign)
    assert (refused.status, "login_refused" in refused.text) == (401, True)
    assert ID_COOKIE not in visitor.cookies
    assert "/oauth2/token" not in pool.requests, "the code of somebody else was used"


def test_a_code_that_was_used_already_is_refused(visitor: Visitor, pool: UserPool) -> None:
    sent = visitor.get("/login")
    under_way = visitor.cookies[LOGIN_COOKIE]
    back = pool.signed_in(sent.headers["Location"]).removeprefix(ORIGIN)
    assert visitor.get(back).status == 303
    visitor.cookies[LOGIN_COOKIE] = under_way
    assert visitor.get(back).status == 401


def test_a_code_without_the_verifier_of_its_challenge_is_refused(visitor: Visitor, pool: UserPool) -> None:
    sent = visitor.get("/login")
    back = pool.signed_in(sent.headers["Location"]).removeprefix(ORIGIN)
    state, nonce, verifier, to = visitor.cookies[LOGIN_COOKIE].split(".")
    visitor.cookies[LOGIN_COOKIE] = ".".join((state, nonce, verifier[::-1], to))
    assert visitor.get(back).status == 401


def test_a_token_of_another_sign_in_is_refused(visitor: Visitor, pool: UserPool) -> None:
    refused = visitor.signs_in(pool, nonce="of-another")
    assert (refused.status, "was not made for this sign-in" in refused.words) == (401, True)
    assert ID_COOKIE not in visitor.cookies


def test_a_pool_that_lets_nobody_in_is_told_as_such(visitor: Visitor) -> None:
    visitor.get("/login")
    state = visitor.cookies[LOGIN_COOKIE].split(".")[0]
    refused = visitor.get(f"/callback?error=access_denied&error_description=%3Cscript%3E&state={state}")
    assert (refused.status, "script>" in refused.words) == (401, False)


def unsigned(pool: UserPool) -> str:
    def part(document: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'kid': pool.key_id})}.{part(pool.claims())}."


def signed_with_the_public_key(pool: UserPool) -> str:
    """The oldest trick on such checks: the public key as the secret of a symmetric signature."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, claims, _ = pool.token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": pool.key_id}).encode()).rstrip(b"=").decode()
    digest = hmac.new(pem, f"{head}.{claims}".encode(), hashlib.sha256).digest()
    return f"{head}.{claims}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


REFUSED: dict[str, tuple[Callable[[UserPool], str], str]] = {
    "another client's": (lambda pool: pool.token(aud="another-client"), "it is for another client"),
    "several clients'": (lambda pool: pool.token(aud=[CLIENT, "another"]), "it is for another client"),
    "another pool's": (lambda pool: pool.token(iss="https://evil.example"), "it is of another user pool"),
    "signed by nobody": (unsigned, "it is not signed as this user pool signs"),
    "signed by another": (lambda pool: pool.token(key=FOREIGN_KEY), "its signature is wrong"),
    "signed with the public key": (signed_with_the_public_key, "it is not signed as this user pool signs"),
    "of an unknown key": (lambda pool: pool.token(key_id="unknown"), "signed by no key of the user pool"),
    "an access token": (lambda pool: pool.token(token_use="access"), "is no ID token"),
    "without an end": (lambda pool: pool.token(exp=None), "it lacks a claim"),
    "of the future": (lambda pool: pool.token(iat=2_000_000_000_000), "no token of this user pool"),
    "no token": (lambda pool: "nonsense", "no token of this user pool"),
}


@pytest.mark.parametrize(("made", "sentence"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("address", ["/", "/routes", "/v1/routes"])
def test_a_token_that_is_not_good_is_refused_with_a_page_that_says_so(
    visitor: Visitor, pool: UserPool, made: Callable[[UserPool], str], sentence: str, address: str
) -> None:
    visitor.cookies[ID_COOKIE] = made(pool)
    refused = visitor.get(address)
    assert refused.status == 401
    if address == "/v1/routes":
        return  # the API asks the authorizer, and no cookie
    assert sentence in refused.words
    assert "Sign in again" in refused.words
    assert visitor.cookies[ID_COOKIE] not in refused.text


def test_a_session_that_is_over_is_renewed_without_a_word(visitor: Visitor, pool: UserPool) -> None:
    visitor.cookies |= {ID_COOKIE: pool.token(seconds=-60), REFRESH_COOKIE: "renewing-1"}
    page = visitor.get("/")
    assert page.status == 200
    assert [header.partition("=")[0] for header in page.cookies if ID_COOKIE in header] == [ID_COOKIE]
    before = len(pool.requests)
    assert visitor.get("/").status == 200
    assert len(pool.requests) == before, "a session that lasts needs nobody's leave"


def test_a_session_that_is_over_and_was_ended_leads_to_the_sign_in(visitor: Visitor, pool: UserPool) -> None:
    visitor.cookies |= {ID_COOKIE: pool.token(seconds=-60), REFRESH_COOKIE: "renewing-1"}
    pool.revoked.append("renewing-1")
    assert visitor.get("/routes").headers["Location"] == "/login?next=%2Froutes"
    del visitor.cookies[REFRESH_COOKIE]
    assert visitor.get("/routes").status == 303
    assert visitor.send("POST", "/routes", "csrf=x").status == 401, "a form is not repeated after a sign-in"


@pytest.mark.parametrize("changes", [{"cognito:groups": None}, {"custom:tenant": None}, {"custom:tenant": " "}])
def test_a_person_without_a_group_or_a_tenant_is_told_whom_to_ask(
    visitor: Visitor, pool: UserPool, changes: dict[str, Any]
) -> None:
    visitor.signs_in(pool, **changes)
    refused = visitor.get("/")
    assert (refused.status, "not_assigned" in refused.text) == (403, True)
    assert "Whoever runs the stage" in refused.words


def test_the_highest_group_counts_and_a_group_that_is_no_role_does_not(visitor: Visitor, pool: UserPool) -> None:
    visitor.signs_in(pool, **{"cognito:groups": ["viewer", "operator", "superuser"]})
    assert "ada@acme.example, operator" in visitor.get("/").words


def test_a_person_of_another_tenant_sees_nothing_of_this_one(visitor: Visitor, pool: UserPool, desk: Desk) -> None:
    desk.publish(a_sale())
    assert 'href="/delivery?' in owned(visitor, pool, "acme").text
    assert 'href="/delivery?' not in owned(Visitor(visitor.front), pool, "globex").text


def owned(visitor: Visitor, pool: UserPool, tenant: str) -> Answer:
    visitor.signs_in(pool, **{"custom:tenant": tenant})
    return visitor.get("/deliveries?reference=sale-494673")


CLAIMS = {"custom:tenant": "acme", "cognito:groups": "[admin]", "email": "ada@acme.example", "token_use": "id"}


def test_the_api_knows_its_caller_by_the_authorizer_alone(visitor: Visitor, pool: UserPool) -> None:
    visitor.signs_in(pool)
    assert visitor.get("/v1/routes").status == 401, "a cookie would be sent by any page"
    assert visitor.get("/v1/routes", authorizer={"jwt": {"claims": CLAIMS}}).status == 200
    access = CLAIMS | {"token_use": "access"}
    assert visitor.get("/v1/routes", authorizer={"jwt": {"claims": access}}).status == 401


def test_a_page_knows_its_caller_by_the_cookie_alone(visitor: Visitor) -> None:
    smuggled = visitor.get("/", authorizer={"jwt": {"claims": CLAIMS}})
    assert smuggled.headers["Location"] == "/login?next=%2F"


def test_a_file_of_the_pages_needs_no_session(visitor: Visitor) -> None:
    assert visitor.get("/static/console.css").status == 200


def test_signing_out_ends_the_session_here_and_at_the_pool(visitor: Visitor, pool: UserPool) -> None:
    visitor.signs_in(pool)
    asked = visitor.get("/logout")
    assert f"form-action 'self' {PAGES};" in asked.headers["Content-Security-Policy"]
    left = visitor.send("POST", "/logout", f"csrf={visitor.cookies['ledgerpost_csrf']}")
    to = urlsplit(left.headers["Location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{PAGES}/logout"
    assert parse_qs(to.query) == {"client_id": [CLIENT], "logout_uri": [f"{ORIGIN}/signed-out"]}
    assert pool.revoked == ["renewing-1"]
    assert not {ID_COOKIE, REFRESH_COOKIE} & visitor.cookies.keys()
    assert "You are signed out" in visitor.get("/signed-out").words


def test_a_foreign_page_can_sign_nobody_out(visitor: Visitor, pool: UserPool) -> None:
    visitor.signs_in(pool)
    visitor.get("/logout")
    assert visitor.send("POST", "/logout", "csrf=guessed").status == 403
    assert visitor.get("/").status == 200


def test_signing_out_works_while_the_pool_is_down(visitor: Visitor, pool: UserPool) -> None:
    visitor.signs_in(pool)
    visitor.get("/logout")
    pool.is_down = True
    assert visitor.send("POST", "/logout", f"csrf={visitor.cookies['ledgerpost_csrf']}").status == 303
    assert ID_COOKIE not in visitor.cookies


def test_a_pool_that_is_down_is_told_as_such_and_ends_no_session(visitor: Visitor, pool: UserPool) -> None:
    pool.is_down = True
    visitor.cookies |= {ID_COOKIE: pool.token(seconds=-60), REFRESH_COOKIE: "renewing-1"}
    refused = visitor.get("/")
    assert (refused.status, "login_unavailable" in refused.text) == (503, True)
    pool.is_down = False
    assert visitor.get("/").status == 200


def test_keys_are_fetched_once_and_anew_for_a_new_key_but_not_at_anybodys_wish(
    visitor: Visitor, pool: UserPool, clock: SetClock
) -> None:
    visitor.cookies[ID_COOKIE] = pool.token()
    assert [visitor.get("/").status for _ in range(3)] == [200] * 3
    made_up = Visitor(visitor.front, {ID_COOKIE: pool.token(key_id="made-up")})
    assert [made_up.get("/").status for _ in range(3)] == [401] * 3
    assert len(pool.requests) == 1
    pool.key_id = "key-2"
    clock.at += KEYS_AGE_MIN
    visitor.cookies[ID_COOKIE] = pool.token()
    assert visitor.get("/").status == 200
    assert len(pool.requests) == 2


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/logout", "/login?next=/",
        "/v1/routes", "/a\r\nSet-Cookie: x=y", "", "/" + "a" * 2000, "/é",
    ],
)  # fmt: skip
def test_a_sign_in_leads_on_to_pages_of_the_console_alone(address: str) -> None:
    assert page_of_ours(address) == "/"


def test_a_page_of_the_console_is_led_on_to() -> None:
    assert page_of_ours("/deliveries?reference=a%2Fb&status=parked") == "/deliveries?reference=a%2Fb&status=parked"


def test_a_clock_that_is_a_little_off_lets_in(visitor: Visitor, pool: UserPool) -> None:
    now = int(datetime.now(UTC).timestamp())
    visitor.cookies[ID_COOKIE] = pool.token(iat=now + 5, exp=now + 900)
    assert visitor.get("/").status == 200
