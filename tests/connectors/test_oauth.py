"""The token request on the wire. Source: RFC 6749, sections 2.3.1 and 4.4; pennypipe.md, section 3.1."""

import base64
from urllib.parse import parse_qs

import httpx
import pytest

from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.oauth import ClientAuthentication, ClientCredentials
from ledgerpost.connectors.tokens import Token
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import SecretReference
from tests.connectors.scripted import (
    CLIENT_SECRET_REFERENCE,
    NOW,
    HeldSecrets,
    RecordingTransport,
    StoppedClock,
    json_answer,
    oauth,
)

SECRET = "s/e c:r&t"
GRANTED = {"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"}


class Authority:
    """An identity authority with a discovery document (or none), which takes one way of client authentication."""

    def __init__(self, document: object | None = None, takes: ClientAuthentication | None = None) -> None:
        self.document = document
        self.takes = takes
        self.granted: object = GRANTED

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return httpx.Response(404) if self.document is None else json_answer(200, self.document)
        way = ClientAuthentication.BASIC if "authorization" in request.headers else ClientAuthentication.BODY
        if self.takes not in (None, way):
            return json_answer(401, {"error": "invalid_client"}, {"WWW-Authenticate": "Basic"})
        return json_answer(200, self.granted)


def ask(
    authority: Authority, preferred: ClientAuthentication = ClientAuthentication.BASIC, **auth: str
) -> tuple[Token | NotApplied, RecordingTransport]:
    transport = RecordingTransport(authority)
    secrets = HeldSecrets({CLIENT_SECRET_REFERENCE: SECRET})
    client = ClientCredentials(oauth(**auth), HttpSender(transport), secrets, StoppedClock(), preferred=preferred)
    return client.request_token(False), transport


def form_of(request: httpx.Request) -> dict[str, list[str]]:
    return parse_qs(request.content.decode(), strict_parsing=True)


def test_the_endpoint_comes_from_the_discovery_document():
    token, transport = ask(Authority({"token_endpoint": "https://tokens.example/oauth/token"}))

    assert isinstance(token, Token)
    assert [str(request.url) for request in transport.requests] == [
        "https://identity.example/.well-known/openid-configuration",
        "https://tokens.example/oauth/token",
    ]


@pytest.mark.parametrize("document", [None, {}, {"token_endpoint": 7}, {"token_endpoint": "https://x:y"}, [], "text"])
def test_without_a_usable_document_the_endpoint_is_connect_token(document: object):
    token, transport = ask(Authority(document), identity_authority="https://identity.example/tenant/")

    assert isinstance(token, Token)
    assert str(transport.requests[-1].url) == "https://identity.example/tenant/connect/token"


def test_basic_credentials_are_form_encoded_first():
    _, transport = ask(Authority(), client_id="client:1")

    sent = transport.requests[-1]
    assert base64.b64decode(sent.headers["authorization"].removeprefix("Basic ")) == b"client%3A1:s%2Fe+c%3Ar%26t"
    assert form_of(sent) == {
        "grant_type": ["client_credentials"],
        "scope": ["webjala_pennypipe_api pennypipe.integration.ledger.write"],
    }


def test_body_credentials_stand_in_the_form_alone():
    _, transport = ask(Authority(), ClientAuthentication.BODY)

    sent = transport.requests[-1]
    assert "authorization" not in sent.headers
    assert form_of(sent)["client_id"] == ["client-1"]
    assert form_of(sent)["client_secret"] == [SECRET]


def test_no_scopes_are_sent_where_none_are_configured():
    _, transport = ask(Authority(), scopes="  ")

    assert "scope" not in form_of(transport.requests[-1])


@pytest.mark.parametrize("takes", list(ClientAuthentication))
@pytest.mark.parametrize("preferred", list(ClientAuthentication))
def test_the_way_that_the_authority_takes_is_found(takes: ClientAuthentication, preferred: ClientAuthentication):
    token, transport = ask(Authority(takes=takes), preferred)

    assert isinstance(token, Token)
    assert len(transport.requests) == (2 if takes is preferred else 3)


@pytest.mark.parametrize("takes", list(ClientAuthentication))
@pytest.mark.parametrize("preferred", list(ClientAuthentication))
def test_the_discovery_document_spares_the_trial(takes: ClientAuthentication, preferred: ClientAuthentication):
    endpoint = "https://identity.example/connect/token"
    document = {"token_endpoint": endpoint, "token_endpoint_auth_methods_supported": [takes.value, "private_key_jwt"]}

    token, transport = ask(Authority(document, takes), preferred)

    assert isinstance(token, Token)
    assert len(transport.requests) == 2


@pytest.mark.parametrize(
    ("granted", "retry"),
    [
        ({}, Retry.LATER),
        ({"access_token": ""}, Retry.LATER),
        ({"access_token": 7}, Retry.LATER),
        ({"access_token": "with\r\nbreak"}, Retry.LATER),
        ([], Retry.LATER),
        (GRANTED | {"token_type": "mac"}, Retry.NEVER),
    ],
)
def test_an_answer_without_a_bearer_token_is_none(granted: object, retry: Retry):
    authority = Authority()
    authority.granted = granted

    token, _ = ask(authority)

    assert isinstance(token, NotApplied)
    assert token.retry is retry


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (3600, 3540),
        ("3600", 3540),
        (90, 45),
        (0, 0),
        (-5, 0),
        (None, 240),
        ("soon", 240),
        (10**400, 86_340),
        (1e300, 86_340),
    ],
)
def test_a_token_is_kept_for_as_long_as_it_surely_lives(expires_in: object, seconds: float):
    authority = Authority()
    authority.granted = GRANTED | {"expires_in": expires_in}

    token, _ = ask(authority)

    assert isinstance(token, Token)
    assert (token.good_until - NOW).total_seconds() == seconds


def test_a_token_shows_nothing_of_itself():
    token, _ = ask(Authority())

    assert repr(token) == str(token) == "Token(***)"


def test_a_secret_that_was_rotated_since_it_was_read_is_read_anew_before_the_client_counts_as_refused():
    class Rotated:
        """Secrets of which the kept copy is the one before."""

        def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
            return "new" if fresh else "old"

    def authority(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return httpx.Response(404)
        is_new = form_of(request).get("client_secret") == ["new"]
        return json_answer(200, GRANTED) if is_new else json_answer(401, {"error": "invalid_client"})

    client = ClientCredentials(
        oauth(),
        HttpSender(RecordingTransport(authority)),
        Rotated(),
        StoppedClock(),
        preferred=ClientAuthentication.BODY,
    )
    assert isinstance(client.request_token(False), Token)
