"""A refresh token dies with its use: one worker refreshes, and what it got is stored before it is used.

Source: pennylane sheet, section 2; http-conventions, sections 2 and 4.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.adapters.memory_token_pairs import MemoryTokenPairs
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.pennylane.rotating import RotatingGrant, RotatingTokens
from ledgerpost.connectors.tokens import Token
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import SecretReference
from ledgerpost.domain.token_pair import StoredPair, TokenPair
from ledgerpost.errors import StoreError
from ledgerpost.simulation.fibers import Fiber, Fibers
from tests.connectors.pennylane.scripts import Pauses
from tests.connectors.scripted import CLIENT_SECRET_REFERENCE, HeldSecrets, StoppedClock, json_answer, oauth

FIRST = SecretReference("env:PENNYLANE_REFRESH_TOKEN")
KEY = "acme/main"


@dataclass
class Authority:
    """Rotates strictly: a second use of a refresh token ends everything that came of it."""

    live_refresh: str = "refresh-0"
    live_access: str = ""
    dead: bool = False
    sent: list[str] = field(default_factory=list)
    step: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        token = parse_qs(request.content.decode())["refresh_token"][0]
        self.sent.append(token)
        if self.dead or token != self.live_refresh:
            self.dead, self.live_access = True, ""
            return json_answer(400, {"error": "invalid_grant"})
        self.step += 1
        self.live_refresh, self.live_access = f"refresh-{self.step}", f"access-{self.step}"
        return json_answer(
            200,
            {"access_token": self.live_access, "refresh_token": self.live_refresh, "token_type": "Bearer",
             "expires_in": 86400},
        )  # fmt: skip

    def consent(self, token: str) -> None:
        self.live_refresh, self.dead = token, False


class Bench:
    """Workers over one authority, one store of pairs and one clock."""

    def __init__(self, handler: object = None) -> None:
        self.clock = StoppedClock()
        self.authority = Authority()
        self.pairs = MemoryTokenPairs()
        self.pauses = Pauses(self.clock)
        self.secrets = HeldSecrets({FIRST: "refresh-0", CLIENT_SECRET_REFERENCE: "client-secret"})
        self.handler = handler or self.authority.answer

    def worker(self, name: str = "a", pairs: object = None) -> RotatingTokens:
        grant = RotatingGrant(auth=oauth("https://app.pennylane.example/oauth"), first_refresh_token=FIRST, key=KEY)
        transport = httpx.MockTransport(self.handler)  # type: ignore[arg-type]
        return RotatingTokens(
            grant, pairs or self.pairs, HttpSender(transport), self.secrets, self.clock, pause=self.pauses, worker=name
        )  # type: ignore[arg-type]

    @property
    def stored(self) -> TokenPair:
        stored = self.pairs.read(KEY)
        assert stored is not None
        return stored.pair


def value(token: Token | NotApplied) -> str:
    assert isinstance(token, Token), token
    return token.value


def test_the_first_use_refreshes_and_stores_the_pair():
    bench = Bench()

    assert value(bench.worker().token()) == "access-1"
    assert (bench.stored.generation, bench.stored.refresh_token, bench.stored.lease) == (1, "refresh-1", "")


def test_another_worker_uses_the_stored_pair_and_refreshes_nothing():
    bench = Bench()
    bench.worker("a").token()

    assert value(bench.worker("b").token()) == "access-1"
    assert bench.authority.sent == ["refresh-0"]


def test_a_token_is_refreshed_before_its_day_is_over():
    bench = Bench()
    worker = bench.worker()
    worker.token()
    bench.clock.pass_by(86400 - 30)

    assert value(worker.token()) == "access-2"
    assert bench.authority.sent == ["refresh-0", "refresh-1"]


def test_a_refused_token_that_another_worker_replaced_already_is_not_refreshed_again():
    bench = Bench()
    a, b = bench.worker("a"), bench.worker("b")
    stale = a.token()
    assert isinstance(stale, Token)
    b.token()
    assert value(b.refresh(stale)) == "access-2"

    assert value(a.refresh(stale)) == "access-2"
    assert bench.authority.sent == ["refresh-0", "refresh-1"]


def test_a_token_that_was_refused_when_new_is_not_refreshed_without_end():
    bench = Bench()
    worker = bench.worker()
    token = worker.token()
    assert isinstance(token, Token)
    token.doubted = True

    refused = worker.refresh(token)

    assert isinstance(refused, NotApplied)
    assert (refused.code, refused.retry) == ("token_refused", Retry.NEVER)


def test_the_new_pair_is_stored_before_it_is_used():
    class Failing(MemoryTokenPairs):
        def __init__(self) -> None:
            super().__init__()
            self.broken = False

        def write(self, key: str, pair: TokenPair, revision: int) -> bool:
            if self.broken and pair.access_token:
                raise StoreError("store_unavailable", "No.")
            return super().write(key, pair, revision)

    bench = Bench()
    bench.pairs = Failing()
    bench.pairs.broken = True
    worker = bench.worker()

    refused = worker.token()
    assert isinstance(refused, NotApplied)
    assert refused.retry is Retry.LATER

    bench.pairs.broken = False
    assert value(worker.token()) == "access-1"
    assert bench.authority.sent == ["refresh-0"]
    assert bench.stored.refresh_token == "refresh-1"


def test_a_lost_answer_that_the_authority_never_heard_of_is_asked_again():
    bench = Bench()
    cuts = [1]

    def cut_before(request: httpx.Request) -> httpx.Response:
        if cuts:
            cuts.pop()
            raise httpx.ReadTimeout("lost")
        return bench.authority.answer(request)

    bench.handler = cut_before
    worker = bench.worker()
    assert isinstance(worker.token(), NotApplied)
    assert bench.stored.in_doubt

    assert value(worker.token()) == "access-1"
    assert not bench.stored.in_doubt


def test_a_pair_that_was_lost_on_the_way_asks_for_a_new_consent_and_goes_on_after_it():
    bench = Bench()
    cuts = [1]

    def cut_after(request: httpx.Request) -> httpx.Response:
        given = bench.authority.answer(request)
        if cuts:
            cuts.pop()
            raise httpx.ReadTimeout("lost")
        return given

    bench.handler = cut_after
    worker = bench.worker()
    assert isinstance(worker.token(), NotApplied)
    lost = worker.token()
    assert isinstance(lost, NotApplied)
    assert (lost.code, lost.retry) == ("pennylane_consent_lost", Retry.NEVER)
    assert "was lost" in lost.detail
    asked = len(bench.authority.sent)
    worker.token()
    assert len(bench.authority.sent) == asked  # a lost grant is not asked for again and again

    bench.secrets.values[FIRST] = "refresh-new"
    bench.authority.consent("refresh-new")
    assert isinstance(worker.token(), Token)


@pytest.mark.parametrize(
    ("answer", "code", "retry", "in_doubt"),
    [
        (json_answer(400, {"error": "invalid_client"}), "oauth_client_refused", Retry.NEVER, False),
        (json_answer(401, {"error": "invalid_client"}), "oauth_client_refused", Retry.NEVER, False),
        (httpx.Response(404), "oauth_client_refused", Retry.NEVER, False),
        (httpx.Response(429, text="Rate limit exceeded."), "rate_limited", Retry.LATER, False),
        (httpx.Response(503), "ledger_unavailable", Retry.LATER, False),
        (httpx.Response(500), "ledger_unavailable", Retry.LATER, True),
        (httpx.Response(200, text="<html>"), "ledger_unavailable", Retry.LATER, True),
        (json_answer(200, {"access_token": "x"}), "ledger_unavailable", Retry.LATER, True),
    ],
)
def test_an_answer_that_is_no_pair_releases_the_lease(answer: httpx.Response, code: str, retry: Retry, in_doubt: bool):
    bench = Bench(lambda _: answer)

    refused = bench.worker().token()

    assert isinstance(refused, NotApplied)
    assert (refused.code, refused.retry) == (code, retry)
    assert (bench.stored.lease, bench.stored.in_doubt, bench.stored.lost) == ("", in_doubt, False)


def test_a_worker_waits_for_the_one_that_refreshes_and_leaves_the_work_for_later():
    bench = Bench()
    worker = bench.worker("b")
    worker.token()
    held = bench.stored.claimed("a", bench.clock.now())
    bench.clock.pass_by(86400)
    stored = bench.pairs.read(KEY)
    assert stored is not None
    bench.pairs.write(KEY, held.claimed("a", bench.clock.now()), stored.revision)

    later = worker.token()

    assert isinstance(later, NotApplied)
    assert (later.code, later.retry) == ("token_refreshing", Retry.LATER)
    assert sum(bench.pauses.waited) == pytest.approx(10)


def test_no_token_shows_in_the_text_of_what_holds_it():
    bench = Bench()
    worker = bench.worker()
    worker.token()

    for text in (repr(bench.stored), repr(StoredPair(bench.stored, 1)), repr(worker._grant)):
        assert "refresh-1" not in text
        assert "access-1" not in text
    assert {"access-1", "refresh-1", "refresh-0", "client-secret"} <= set(worker.secret_values())


# Every interleaving: workers that stop between any two effects, and may die there.


class SteppedPairs:
    """The store; every call may be the moment at which another worker runs, or this one dies."""

    def __init__(self, pairs: MemoryTokenPairs, fibers: Fibers) -> None:
        self._pairs = pairs
        self._fibers = fibers

    def read(self, key: str) -> StoredPair | None:
        self._fibers.pause()
        return self._pairs.read(key)

    def write(self, key: str, pair: TokenPair, revision: int) -> bool:
        self._fibers.pause()
        written = self._pairs.write(key, pair, revision)
        self._fibers.pause()
        return written


class Race:
    """Three workers whose tokens are about to expire, run step by step as the choices say."""

    def __init__(self, choices: list[int], kills: list[int]) -> None:
        self.fibers = Fibers()
        self.bench = Bench()
        self.bench.worker("first").token()
        self.bench.clock.pass_by(86400)
        self.bench.handler = self._stepped
        self.choices, self.kills = list(choices), set(kills)
        self.answers: dict[int, Token | NotApplied] = {}
        self.killed: set[int] = set()
        self.running: list[Fiber] = [self._fiber(number) for number in range(3)]

    def _stepped(self, request: httpx.Request) -> httpx.Response:
        self.fibers.pause()
        given = self.bench.authority.answer(request)
        self.fibers.pause()
        return given

    def _fiber(self, number: int) -> Fiber:
        worker = self.bench.worker(f"w{number}", SteppedPairs(self.bench.pairs, self.fibers))
        worker._pause = self._waited

        def body() -> None:
            self.answers[number] = worker.token()

        return Fiber(f"w{number}", number, body)

    def _waited(self, seconds: float) -> None:
        self.bench.clock.pass_by(0.01)
        self.fibers.pause()

    def run(self) -> None:
        step = 0
        while self.running:
            choice = self.choices[step % len(self.choices)] if self.choices else step
            fiber = self.running[choice % len(self.running)]
            if step in self.kills and len(self.killed) < 2:
                fiber.is_killed = True
                self.killed.add(int(fiber.name[1:]))
            if fiber.carrier is None and fiber.is_killed:
                self.running.remove(fiber)  # it never began
            else:
                self.fibers.resume(fiber)
                if fiber.is_done:
                    self.running.remove(fiber)
            step += 1
            assert step < 5000, "the workers do not come to an end"
        self.fibers.close()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=60))
def test_workers_that_refresh_at_once_never_lock_the_tenant_out(choices: list[int]):
    race = Race(choices, kills=[])
    race.run()

    authority = race.bench.authority
    assert authority.sent == ["refresh-0", "refresh-1"]  # one refresh of the first use, one of all three workers
    assert not authority.dead
    for answer in race.answers.values():
        if isinstance(answer, Token):
            assert answer.value == authority.live_access
        else:
            assert answer.code == "token_refreshing"
    assert any(isinstance(answer, Token) for answer in race.answers.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=60), st.lists(st.integers(0, 60), max_size=2))
def test_workers_that_die_anywhere_leave_a_pair_that_lives_or_a_plain_word(choices: list[int], kills: list[int]):
    race = Race(choices, kills)
    race.run()
    bench, authority = race.bench, race.bench.authority
    stored_what_was_given = bench.stored.refresh_token == authority.live_refresh

    bench.clock.pass_by(60)
    bench.handler = authority.answer
    last = bench.worker("last").token()

    if stored_what_was_given and not authority.dead:
        assert isinstance(last, Token)
        assert last.value == authority.live_access
    elif isinstance(last, NotApplied):
        # The successor died with its worker between the authority's answer and the store: only then.
        assert last.code == "pennylane_consent_lost"
        assert race.killed
        assert len(authority.sent) >= 2
    if not race.killed:
        assert isinstance(last, Token)
