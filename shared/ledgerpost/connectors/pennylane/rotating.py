"""Tokens whose refresh token dies with its use: one worker refreshes, and what it got is stored before it is used.

On a time line, A and B being workers of any machines:

    t0   A: claims the pair of generation 7 by a conditional write   ─► has a lease of 30 s
    t0'  B: claims it too                                            ─► refused; B waits and reads again
    t1   A: refreshes                                                ─► the authority ends generation 7, gives 8
    t2   A: stores generation 8, and only then uses it               ─► B reads it
    t1x  A dies, or the answer is lost: nobody has generation 8. After the lease B claims 7, marked as in doubt, and
         refreshes once more: either the authority never heard of A, or it says invalid_grant; then a person has to
         consent anew.

A second refresh of a generation in doubt does no harm: its successor, if there is one, is in nobody's hands.
Source: pennylane sheet, section 2; http-conventions, sections 2 and 4.
"""

import hashlib
import secrets as random_secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

import httpx

from ledgerpost.connectors.http import HttpAnswer, HttpSender, common_headers, read_json
from ledgerpost.connectors.oauth import FORM, good_for_s, oauth_error
from ledgerpost.connectors.tokens import REFUSED_FOR, Token, read_secret
from ledgerpost.connectors.translation import retry_after_s
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.domain.route import OAuthAuth, SecretReference
from ledgerpost.domain.token_pair import LEASE, StoredPair, TokenPair
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock, Secrets, TokenPairs

REFRESH_TOTAL_S = 15.0
"""The time of one token request: half of the lease, so that its end is known before another worker may begin."""

WAITED_S_MAX = 10.0
WAIT_S = 0.5
"""How long, and how often, a worker waits for the one that refreshes."""

WRITES_TRIED_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatingGrant:
    """One consent: the client, where its first refresh token lies, and the key its pairs are stored under."""

    auth: OAuthAuth
    first_refresh_token: SecretReference
    key: str


@dataclass(frozen=True, slots=True)
class _Client:
    """The client's secret, and the first refresh token with its fingerprint."""

    secret: str
    first: str

    @property
    def origin(self) -> str:
        return hashlib.sha256(self.first.encode()).hexdigest()[:16]


class RotatingTokens:
    """The tokens of one connection (TokenSource). Safe to share between threads; never raises."""

    def __init__(
        self,
        grant: RotatingGrant,
        pairs: TokenPairs,
        sender: HttpSender,
        secrets: Secrets,
        clock: Clock,
        *,
        pause: Callable[[float], None] = time.sleep,
        worker: str = "",
    ) -> None:
        """`worker` names this one among all; a random name where it is blank."""
        self._grant = grant
        self._pairs = pairs
        self._sender = sender
        self._secrets = secrets
        self._clock = clock
        self._pause = pause
        self._worker = worker or random_secrets.token_hex(8)
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._unstored: TokenPair | None = None
        self._hidden: dict[str, None] = {}

    def token(self) -> Token | NotApplied:
        """Give the token to use, refreshed by this worker or another where it is about to expire."""
        token = self._token
        if token is not None and self._clock.now() < token.good_until:
            return token
        with self._lock:
            return self._obtained(unwanted="")

    def refresh(self, stale: Token) -> Token | NotApplied:
        """Give another token than `stale`, which was refused."""
        with self._lock:
            if stale.doubted and not stale.accepted and self._clock.now() < stale.fetched_at + REFUSED_FOR:
                return NotApplied("token_refused", Retry.NEVER, "The ledger refused a token that was just fetched.")
            return self._obtained(unwanted=stale.value)

    def secret_values(self) -> tuple[str, ...]:
        """Give every value that was used and must not be shown."""
        return tuple(self._hidden)

    def _obtained(self, *, unwanted: str) -> Token | NotApplied:
        client = self._client(fresh=False)
        if isinstance(client, NotApplied):
            return client
        try:
            return self._after_waiting(client, unwanted)
        except StoreError as error:
            return NotApplied(error.code, Retry.LATER, error.message)

    def _after_waiting(self, client: _Client, unwanted: str) -> Token | NotApplied:
        """Read the pair until there is a good one, this worker's turn to refresh it, or no patience left."""
        waited_s = 0.0
        for _ in range(WRITES_TRIED_MAX + int(WAITED_S_MAX / WAIT_S)):
            stored = self._current(client)
            if stored is None:
                continue
            now = self._clock.now()
            if stored.pair.is_good(now) and stored.pair.access_token != unwanted:
                return self._kept(stored.pair, client)
            if stored.pair.lost:
                return self._consented_anew(client, unwanted, stored.pair)
            if stored.pair.is_leased(now):
                if waited_s >= WAITED_S_MAX:
                    break
                self._pause(WAIT_S)
                waited_s += WAIT_S
                continue
            claim = stored.pair.claimed(self._worker, now)
            if self._pairs.write(self._grant.key, claim, stored.revision):
                return self._rotated(claim, client)
        return NotApplied("token_refreshing", Retry.LATER, "Another worker is refreshing the token.", WAIT_S)

    def _current(self, client: _Client) -> StoredPair | None:
        """Give the stored pair, begun anew where there is none or a new consent was given; None where another worker
        wrote meanwhile. A pair of ours that could not be stored comes first.
        """
        if self._unstored is not None:
            self._store(self._unstored)
        stored = self._pairs.read(self._grant.key)
        if stored is not None and stored.pair.origin == client.origin:
            return stored
        generation, revision = (stored.pair.generation + 1, stored.revision) if stored else (0, 0)
        begun = TokenPair(generation=generation, origin=client.origin, refresh_token=client.first)
        return StoredPair(begun, revision + 1) if self._pairs.write(self._grant.key, begun, revision) else None

    def _consented_anew(self, client: _Client, unwanted: str, pair: TokenPair) -> Token | NotApplied:
        """Look whether a person put a new refresh token in; else say what there is to do."""
        fresh = self._client(fresh=True)
        if isinstance(fresh, NotApplied):
            return fresh
        if fresh.origin != client.origin:
            return self._after_waiting(fresh, unwanted)
        why = "an earlier answer with its successor was lost" if pair.in_doubt else "it was revoked or is too old"
        return NotApplied("pennylane_consent_lost", Retry.NEVER, f"The refresh token is refused: {why}.")

    def _rotated(self, claim: TokenPair, client: _Client) -> Token | NotApplied:
        """Refresh under the lease. Whatever comes of it is written down before anything else happens."""
        if claim.lease_until is not None and self._clock.now() > claim.lease_until - LEASE / 2:
            self._release(claim, in_doubt=claim.in_doubt)
            return NotApplied("token_refreshing", Retry.LATER, "The lease was over before the token was asked for.")
        answer = self._asked(claim.refresh_token, client)
        if not isinstance(answer, HttpAnswer):
            self._release(claim, in_doubt=claim.in_doubt or isinstance(answer, Unknown))
            return NotApplied("ledger_unavailable", Retry.LATER, f"No token: {answer.detail}", status=answer.status)
        following = self._following(claim, answer)
        if following is not None:
            self._hide(following.access_token, following.refresh_token)
            self._unstored = following
            self._store(following)
            return self._after_waiting(client, unwanted="")
        return self._refused(claim, answer, client)

    def _refused(self, claim: TokenPair, answer: HttpAnswer, client: _Client) -> Token | NotApplied:
        error = oauth_error(answer)
        if error == "invalid_grant":
            self._change(claim.generation, lambda pair: pair.given_up())
            return self._after_waiting(client, unwanted=claim.access_token)
        if error or answer.status in (400, 401, 403, 404):
            self._release(claim, in_doubt=claim.in_doubt)
            sentence = f"Pennylane's authority answered {answer.status} {error or 'without an OAuth error'}."
            return NotApplied("oauth_client_refused", Retry.NEVER, sentence, status=answer.status)
        # A 5xx, or a success that cannot be read, may have rotated the pair.
        self._release(claim, in_doubt=claim.in_doubt or answer.status not in (429, 503))
        wait_s = retry_after_s(answer.headers.get("retry-after"), self._clock.now())
        code = "rate_limited" if answer.status == 429 else "ledger_unavailable"
        return NotApplied(code, Retry.LATER, f"No token: answered {answer.status}.", wait_s, answer.status)

    def _asked(self, refresh_token: str, client: _Client) -> HttpAnswer | NotApplied | Unknown:
        try:
            url = httpx.URL(f"{self._grant.auth.identity_authority.rstrip('/')}/token")
        except httpx.InvalidURL:
            return NotApplied("oauth_client_refused", Retry.NEVER, "The identity authority is not a URL.")
        form = {
            "grant_type": "refresh_token",
            "client_id": self._grant.auth.client_id,
            "client_secret": client.secret,
            "refresh_token": refresh_token,
        }
        body = urlencode(form).encode("ascii")
        headers = [*common_headers(url), FORM, (b"Content-Length", b"%d" % len(body))]
        return self._sender.send("POST", url, headers, body, deadline=self._sender.deadline(REFRESH_TOTAL_S))

    def _following(self, claim: TokenPair, answer: HttpAnswer) -> TokenPair | None:
        """Read the new pair; None where the answer is none."""
        document = read_json(answer) if answer.status == 200 else None
        if not isinstance(document, dict):
            return None
        access, refresh = document.get("access_token"), document.get("refresh_token")
        if not (_is_token(access) and _is_token(refresh)):
            return None
        good_for = timedelta(seconds=good_for_s(document.get("expires_in")))
        return claim.followed_by(str(access), str(refresh), self._clock.now() + good_for)

    def _store(self, following: TokenPair) -> None:
        """Store the new pair over the generation it follows, whoever holds its lease by now; a later generation stays.

        Raises StoreError where it cannot be stored: the pair is then kept here and stored with the next call.
        """
        self._change(following.generation - 1, lambda _: following)
        self._unstored = None

    def _release(self, claim: TokenPair, *, in_doubt: bool) -> None:
        def released(pair: TokenPair) -> TokenPair:
            if pair.lease == self._worker:
                return pair.released(in_doubt=in_doubt)
            return replace(pair, in_doubt=pair.in_doubt or in_doubt)

        self._change(claim.generation, released)

    def _change(self, generation: int, change: Callable[[TokenPair], TokenPair]) -> None:
        """Write what `change` makes of the stored pair, as long as it is of this generation."""
        for _ in range(WRITES_TRIED_MAX):
            stored = self._pairs.read(self._grant.key)
            if stored is None or stored.pair.generation != generation:
                return
            if self._pairs.write(self._grant.key, change(stored.pair), stored.revision):
                return
        raise StoreError("store_unavailable", "The token pair changed with every try.")

    def _kept(self, pair: TokenPair, client: _Client) -> Token:
        now = self._clock.now()
        token = self._token
        if token is None or token.value != pair.access_token:
            hides = (pair.refresh_token, client.secret, client.first)
            token = Token(pair.access_token, now, pair.good_until or now, hides=hides)
            self._hide(*token.hides)
            self._token = token
        return token

    def _client(self, *, fresh: bool) -> _Client | NotApplied:
        secret = read_secret(self._secrets, self._grant.auth.client_secret, fresh=fresh)
        if isinstance(secret, NotApplied):
            return secret
        first = read_secret(self._secrets, self._grant.first_refresh_token, fresh=fresh)
        if isinstance(first, NotApplied):
            return first
        self._hide(secret, first)
        return _Client(secret, first)

    def _hide(self, *values: str) -> None:
        for value in values:
            self._hidden.pop(value, None)
            self._hidden[value] = None
        while len(self._hidden) > 32:
            del self._hidden[next(iter(self._hidden))]


def _is_token(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()
