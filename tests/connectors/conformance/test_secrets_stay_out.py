"""Canary values: a ledger that shouts back all it was sent finds no listener."""

import base64
import logging
import traceback
from urllib.parse import quote_plus

import httpx
import pytest

from ledgerpost.domain.outcome import NotApplied, Unknown
from tests.connectors.conformance.case import ConnectorCase
from tests.connectors.conformance.cases import CASES
from tests.connectors.scripted import (
    CLIENT_SECRET_REFERENCE,
    PAT_REFERENCE,
    TENANT,
    HeldSecrets,
    RecordingTransport,
    StoppedClock,
    targets_with,
)

PAT = "canary-pat-7f3a91"
CLIENT_SECRET = "canary/secret+5c20 e8"
ACCESS_TOKEN = "canary-access-token-b41d"
BASIC = base64.b64encode(f"client-1:{quote_plus(CLIENT_SECRET)}".encode()).decode()
ENCODED_PAT = base64.b64encode(PAT.encode()).decode()
CANARIES = (PAT, ENCODED_PAT, CLIENT_SECRET, quote_plus(CLIENT_SECRET), ACCESS_TOKEN, BASIC)


WAYS_IN = [
    (case, with_oauth) for case in CASES for with_oauth in (False, True) if case.oauth_connection or not with_oauth
]
"""Each connector with each way of being let in that its ledger has."""


class Run:
    """A target built over a transport, and everything that came out of using it."""

    def __init__(self, case: ConnectorCase, transport: httpx.BaseTransport, *, with_oauth: bool) -> None:
        secrets = HeldSecrets({PAT_REFERENCE: PAT, CLIENT_SECRET_REFERENCE: case.secret_text(CLIENT_SECRET)})
        self.targets = targets_with(secrets, StoppedClock(), transport_factory=lambda _: transport)
        connection = case.oauth_connection if with_oauth else case.connection
        assert connection is not None
        target = self.targets.target_of(TENANT, connection)
        self.outcomes = [
            target.ability(case.account),
            target.post(case.account, case.entry, "event-1"),
            target.find(case.account, case.entry.reference),
        ]
        self.output = [*map(repr, self.outcomes), *map(str, self.outcomes), *reprs_under(target)]


def reprs_under(thing: object, depth: int = 4) -> list[str]:
    """Give the text of `thing` and of the objects of ours that it holds, as a debugger or a log line would show them;
    the secret store itself and the token's own value are what they are.
    """
    shown = [repr(thing)]
    if depth and type(thing).__module__.startswith("ledgerpost.connectors"):
        for name, value in getattr(thing, "__dict__", {}).items():
            if name not in ("_seen", "_secrets"):
                shown += reprs_under(value, depth - 1)
    return shown


def assert_no_canary_in(texts: list[str]) -> None:
    for text in texts:
        for canary in CANARIES:
            assert canary not in text
            assert canary[:10] not in text


def echo(case: ConnectorCase, status: int, *, with_oauth: bool) -> httpx.MockTransport:
    """Everything but a token request is answered with all that came, and with the secrets that the connection holds."""
    held = CANARIES[2:] if with_oauth else (PAT, case.credentials(PAT).partition(" ")[2])

    def answer(request: httpx.Request) -> httpx.Response:
        if case.is_token_request(request):
            return httpx.Response(200, json={"access_token": ACCESS_TOKEN, "token_type": "Bearer"})
        if "openid" in request.url.path:
            return httpx.Response(404)
        said = f"{dict(request.headers)} {request.content.decode()} {' '.join(held)}"
        document = {"title": said, "detail": said, "code": said, "errors": [{"path": said, "message": said}]}
        return httpx.Response(status, json=document, headers={"Retry-After": said.encode("ascii", "replace").decode()})

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(("case", "with_oauth"), WAYS_IN, ids=str)
@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_a_ledger_that_echoes_its_request_shows_no_secret(
    case: ConnectorCase, status: int, with_oauth: bool, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        run = Run(case, echo(case, status, with_oauth=with_oauth), with_oauth=with_oauth)

    assert all(isinstance(outcome, NotApplied | Unknown) for outcome in run.outcomes)
    assert_no_canary_in([*run.output, caplog.text])


@pytest.mark.parametrize(("case", "with_oauth"), WAYS_IN, ids=str)
def test_a_fault_that_quotes_the_token_shows_no_secret(
    case: ConnectorCase, with_oauth: bool, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    def quoting(request: httpx.Request) -> httpx.Response:
        if case.is_token_request(request):
            return httpx.Response(200, json={"access_token": ACCESS_TOKEN, "token_type": "Bearer"})
        raise httpx.LocalProtocolError(f"Illegal header value {' '.join(CANARIES)!r}")

    with caplog.at_level(logging.DEBUG):
        run = Run(case, httpx.MockTransport(quoting), with_oauth=with_oauth)

    captured = capsys.readouterr()
    assert_no_canary_in([*run.output, caplog.text, captured.out, captured.err])


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
def test_an_identity_authority_that_echoes_shows_no_secret(oauth_case: ConnectorCase, status: int):
    def answer(request: httpx.Request) -> httpx.Response:
        said = " ".join((request.content.decode(), *CANARIES))
        return httpx.Response(status, json={"error": said, "error_description": said})

    run = Run(oauth_case, httpx.MockTransport(answer), with_oauth=True)

    assert all(isinstance(outcome, NotApplied) for outcome in run.outcomes)
    assert_no_canary_in(run.output)


def test_a_secret_that_no_header_can_carry_is_refused_without_being_shown(case: ConnectorCase):
    secrets = HeldSecrets({PAT_REFERENCE: f"{PAT}\r\nX-Evil: yes", CLIENT_SECRET_REFERENCE: CLIENT_SECRET})
    transport = RecordingTransport(case.answer_all)
    targets = targets_with(secrets, StoppedClock(), transport_factory=lambda _: transport)

    outcome = targets.target_of(TENANT, case.connection).post(case.account, case.entry, "event-1")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "secret_unavailable"
    assert transport.requests == []
    assert_no_canary_in([repr(outcome)])


def test_an_exception_of_a_defect_shows_no_token(case: ConnectorCase):
    def defective(request: httpx.Request) -> httpx.Response:
        if case.is_write(request):
            raise ZeroDivisionError
        return case.answer_all(request)

    try:
        Run(case, httpx.MockTransport(defective), with_oauth=False)
    except ZeroDivisionError as error:
        assert_no_canary_in(["".join(traceback.format_exception(error))])
    else:
        pytest.fail("a defect of ours is not swallowed")


def test_the_token_travels_in_the_header_alone(case: ConnectorCase):
    transport = RecordingTransport(case.answer_all)
    Run(case, transport, with_oauth=False)

    for request in transport.requests:
        for canary in (PAT, ENCODED_PAT):
            assert canary not in str(request.url)
            assert canary not in request.content.decode()
