"""Tokens: one fetch for many workers, one refresh after a 401, and rotated secrets without a restart."""

import base64
import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from ledgerpost.domain.outcome import Applied, NotApplied, Retry
from ledgerpost.domain.route import Connection
from ledgerpost.ports import LedgerTarget
from tests.connectors.conformance.case import ConnectorCase
from tests.connectors.scripted import (
    CLIENT_SECRET_REFERENCE,
    PAT_REFERENCE,
    TENANT,
    HeldSecrets,
    RecordingTransport,
    StoppedClock,
    some_secrets,
    targets_with,
)

WORKERS = 20


@dataclass
class GuardedLedger:
    """A ledger that lets in only the tokens in `good`, and an authority that gives token-1, token-2 and so on.

    With `gathering`, the first refused workers wait for each other, so that all of them hold the same stale token.
    """

    case: ConnectorCase
    good: set[str] = field(default_factory=set)
    issued: int = 0
    issues_good_tokens: bool = True
    expires_in: int = 3600
    gathering: threading.Barrier | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.case.is_token_request(request):
            return self._issue()
        shown = request.headers.get("authorization", "")
        if not shown or shown in map(self.case.credentials, self.good) or not self.case.is_write(request):
            return self.case.answer_all(request)
        if self.gathering is not None and not self.gathering.broken:
            self.gathering.wait(10)
        return httpx.Response(401, json={"code": "token_invalid"})

    def _issue(self) -> httpx.Response:
        with self.lock:
            self.issued += 1
            token = f"token-{self.issued}"
            if self.issues_good_tokens:
                self.good.add(token)
        document = {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}
        return httpx.Response(200, json=document)


@dataclass
class Bench:
    """A target before a guarded ledger."""

    case: ConnectorCase
    ledger: GuardedLedger
    target: LedgerTarget
    transport: RecordingTransport
    secrets: HeldSecrets
    clock: StoppedClock

    def post(self) -> object:
        return self.target.post(self.case.account, self.case.entry, "event-1")

    def race(self, workers: int = WORKERS) -> list[object]:
        with ThreadPoolExecutor(workers) as executor:
            return list(executor.map(lambda _: self.post(), range(workers)))

    @property
    def writes(self) -> int:
        return sum(self.case.is_write(request) for request in self.transport.requests)


BenchOf = Callable[[], Bench]


def bench_of(case: ConnectorCase, connection: Connection) -> Bench:
    ledger = GuardedLedger(case)
    transport = RecordingTransport(ledger)
    secrets, clock = some_secrets(), StoppedClock()
    secrets.values[CLIENT_SECRET_REFERENCE] = case.secret_text(secrets.values[CLIENT_SECRET_REFERENCE])
    targets = targets_with(secrets, clock, transport_factory=lambda _: transport)
    return Bench(case, ledger, targets.target_of(TENANT, connection), transport, secrets, clock)


def said_by_client(token_request: httpx.Request) -> str:
    """What the client says of itself, in either way of client authentication: the body, and Basic in clear."""
    basic = token_request.headers.get("authorization", "").removeprefix("Basic ")
    return f"{token_request.content.decode()} {base64.b64decode(basic).decode()}"


@pytest.fixture
def bench(oauth_case: ConnectorCase) -> BenchOf:
    """A target that is let in as an OAuth client."""
    assert oauth_case.oauth_connection is not None
    return functools.partial(bench_of, oauth_case, oauth_case.oauth_connection)


@pytest.fixture
def pat_bench(case: ConnectorCase) -> BenchOf:
    """A target that is let in by a PAT or an API key."""
    return functools.partial(bench_of, case, case.connection)


def test_twenty_workers_without_a_token_fetch_one(bench: BenchOf):
    at = bench()

    outcomes = at.race()

    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert at.ledger.issued == 1


def test_twenty_workers_with_one_stale_token_refresh_it_once(bench: BenchOf):
    at = bench()
    at.post()
    at.ledger.good.clear()
    at.ledger.gathering = threading.Barrier(WORKERS, action=lambda: None)

    outcomes = at.race()

    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert at.ledger.issued == 2
    assert at.writes == 1 + 2 * WORKERS


def test_a_token_is_used_until_a_minute_before_its_end(bench: BenchOf):
    at = bench()
    at.post()

    at.clock.pass_by(3539)
    at.post()
    assert at.ledger.issued == 1

    at.clock.pass_by(1)
    at.post()
    assert at.ledger.issued == 2


def test_a_token_that_lives_shorter_than_a_minute_is_still_used_for_a_while(bench: BenchOf):
    at = bench()
    at.ledger.expires_in = 30
    at.post()
    at.clock.pass_by(14)
    at.post()

    assert at.ledger.issued == 1


def test_a_token_that_is_refused_when_new_is_a_refusal_and_is_not_fetched_again_for_thirty_seconds(bench: BenchOf):
    at = bench()
    at.ledger.issues_good_tokens = False

    outcomes = [at.post() for _ in range(10)]

    assert {(outcome.code, outcome.retry) for outcome in outcomes} == {("token_refused", Retry.NEVER)}
    assert at.ledger.issued == 2

    at.ledger.issues_good_tokens = True
    at.clock.pass_by(31)
    assert isinstance(at.post(), Applied)
    assert at.ledger.issued == 3


def test_a_token_that_worked_for_another_worker_and_was_revoked_since_is_refreshed_once_more(bench: BenchOf):
    at = bench()
    at.post()
    at.ledger.good.clear()
    first_refused = []

    def another_worker_is_faster(request: httpx.Request) -> httpx.Response:
        answer = at.ledger(request)
        if answer.status_code == 401 and not first_refused:
            first_refused.append(request)
            assert isinstance(at.post(), Applied)
            at.ledger.good.discard("token-2")
        return answer

    at.transport.handler = another_worker_is_faster

    assert isinstance(at.post(), Applied)
    assert at.ledger.issued == 3


def test_a_client_that_is_refused_is_not_tried_again_for_thirty_seconds(oauth_case: ConnectorCase, bench: BenchOf):
    at = bench()
    asked = []

    def refusing(request: httpx.Request) -> httpx.Response:
        if oauth_case.is_token_request(request):
            asked.append(request)
            return httpx.Response(401, json={"error": "invalid_client"})
        return oauth_case.answer_all(request)

    at.transport.handler = refusing
    outcomes = [at.post() for _ in range(100)]

    assert {(outcome.code, outcome.retry) for outcome in outcomes} == {("oauth_client_refused", Retry.NEVER)}
    assert len(asked) == 2, "once in each way of client authentication"
    assert at.writes == 0

    at.transport.handler = at.ledger
    at.clock.pass_by(31)
    assert isinstance(at.post(), Applied)


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "invalid_scope", "invalid_grant",
                                   "unsupported_grant_type", "invalid_request"])  # fmt: skip
def test_every_oauth_error_is_a_matter_of_the_configuration(oauth_case: ConnectorCase, bench: BenchOf, error: str):
    at = bench()
    at.transport.handler = lambda request: (
        httpx.Response(400, json={"error": error})
        if oauth_case.is_token_request(request)
        else oauth_case.answer_all(request)
    )

    outcome = at.post()

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("oauth_client_refused", Retry.NEVER)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_authority_in_trouble_puts_the_post_off(oauth_case: ConnectorCase, bench: BenchOf, status: int):
    at = bench()
    at.transport.handler = lambda request: (
        httpx.Response(status, headers={"Retry-After": "3"})
        if oauth_case.is_token_request(request)
        else oauth_case.answer_all(request)
    )

    outcome = at.post()

    assert isinstance(outcome, NotApplied)
    assert (outcome.retry, outcome.retry_after_s, outcome.status) == (Retry.LATER, 3.0, status)
    assert at.writes == 0


def test_a_token_request_without_an_answer_puts_the_post_off(oauth_case: ConnectorCase, bench: BenchOf):
    at = bench()

    def silent(request: httpx.Request) -> httpx.Response:
        if oauth_case.is_token_request(request):
            raise httpx.ReadTimeout("silent")
        return oauth_case.answer_all(request)

    at.transport.handler = silent
    outcome = at.post()

    assert isinstance(outcome, NotApplied), "nothing was posted, whatever became of the token request"
    assert outcome.retry is Retry.LATER


def test_workers_that_waited_for_a_failed_fetch_do_not_each_wait_for_their_own(
    oauth_case: ConnectorCase, bench: BenchOf
):
    at = bench()
    asked = []

    def silent(request: httpx.Request) -> httpx.Response:
        if oauth_case.is_token_request(request):
            asked.append(request)
            raise httpx.ConnectTimeout("silent")
        return oauth_case.answer_all(request)

    at.transport.handler = silent
    outcomes = at.race()

    assert {outcome.code for outcome in outcomes} == {"ledger_unreachable"}
    assert len(asked) == 1


def test_a_rotated_client_secret_is_picked_up_after_a_401(bench: BenchOf):
    at = bench()
    at.post()
    at.secrets.values[CLIENT_SECRET_REFERENCE] = at.case.secret_text("rotated-secret")
    at.ledger.good.clear()

    assert isinstance(at.post(), Applied)
    last = [request for request in at.transport.requests if at.case.is_token_request(request)][-1]
    assert "rotated-secret" in said_by_client(last)


def test_a_rotated_pat_is_picked_up_after_a_401(pat_bench: BenchOf):
    at = pat_bench()
    at.ledger.good = {"pat-value"}
    at.post()
    at.secrets.values[PAT_REFERENCE] = "rotated-pat"
    at.ledger.good = {"rotated-pat"}

    assert isinstance(at.post(), Applied)
    assert at.secrets.reads.count((PAT_REFERENCE, True)) == 1


def test_a_pat_that_stays_refused_is_not_read_anew_for_every_entry(pat_bench: BenchOf):
    at = pat_bench()

    outcomes = [at.post() for _ in range(50)]

    assert {outcome.code for outcome in outcomes} == {"token_refused"}
    assert at.secrets.reads.count((PAT_REFERENCE, True)) == 1


def test_a_missing_secret_puts_the_post_off_and_names_the_reference(pat_bench: BenchOf):
    at = pat_bench()
    at.secrets.values.clear()

    outcome = at.post()

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("secret_unavailable", Retry.LATER)
    assert PAT_REFERENCE in outcome.detail


def test_white_space_round_a_secret_is_no_part_of_it(pat_bench: BenchOf):
    at = pat_bench()
    at.secrets.values[PAT_REFERENCE] = " pat-value\n"
    at.ledger.good = {"pat-value"}

    assert isinstance(at.post(), Applied)
