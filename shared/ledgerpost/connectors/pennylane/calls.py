"""Calls of Pennylane's API v2: paced, and asked again where asking again is safe.

25 requests in five seconds per token, all endpoints together. Source: pennylane sheet, sections 3 and 6;
http-conventions, sections 2, 3 and 7.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import HttpAnswer, common_headers, correlation_header, read_json
from ledgerpost.connectors.pennylane.problems import PennylaneError, outcome_of, unreadable
from ledgerpost.connectors.pennylane.wire_json import json_bytes
from ledgerpost.connectors.translation import retry_after_s
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.domain.request_rate import RequestRate
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock, RequestBudget

API_PATH = "/api/external/v2"

RATE = RequestRate(burst=5, interval_s=0.25)
"""In no five seconds more than 25: five at once and then four a second."""

HELD_S_DEFAULT = 5.0
"""After a 429 that does not say for how long: one window."""

BACKOFF_S = 1.0
BACKOFF_S_MAX = 60.0

JSON_TYPE = (b"Content-Type", b"application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a caller waits at a time and how often it asks again. `draw` gives a number in [0, 1) for the jitter.

    With `only_as_told` it asks again only where Pennylane names a time, of `wait_s_max` seconds at most.
    """

    tries: int = 6
    wait_s_max: float = 60.0
    only_as_told: bool = False
    pause: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = field(default=random.random)


FOR_A_FUNCTION = Patience(tries=4, wait_s_max=20.0)
"""For a caller whose own time is short and whose work is asked for again from outside."""

BRIEF = Patience(tries=2, wait_s_max=5.0, only_as_told=True)
"""For a delivery: it comes again by itself, but a look-up that waits a second saves it the detour."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The budget that all workers of one token share, and the name it is kept under."""

    budget: RequestBudget
    key: str


class PennylaneCalls:
    """Calls over one connection. Safe to share between threads. Never raises for what Pennylane or the network does,
    except for a link that leads elsewhere.
    """

    def __init__(
        self, base_url: str, sender: AuthorizedSender, pace: Pace, clock: Clock, patience: Patience | None = None
    ) -> None:
        base = base_url.rstrip("/")
        self._base = httpx.URL(base if base.endswith(API_PATH) else base + API_PATH)
        self._sender = sender
        self._pace = pace
        self._clock = clock
        self._patience = patience or Patience()

    def get(self, path_or_link: str, query: Mapping[str, str] | None = None) -> Any | NotApplied | Unknown:
        """Give the JSON of a GET, fractions exact; asked again after 429, 500, 503 and a lost answer."""
        url = self._url(path_or_link)
        if query:
            url = url.copy_merge_params(dict(query))
        outcome: Any | NotApplied | Unknown = None
        for tried in range(self._patience.tries):
            outcome = self._read(self._send("GET", url, b"", ""), {200})
            if not isinstance(outcome, NotApplied | Unknown) or not self._may_ask_again(outcome):
                return outcome
            if tried + 1 < self._patience.tries and not self._waited(tried, outcome):
                return outcome
        return outcome

    def write(
        self, method: str, path: str, document: object = None, *, correlation_id: str = ""
    ) -> Any | NotApplied | Unknown:
        """Give the JSON of a POST or PUT, sent once; only a 429, which has no effect, is sent again.

        None stands for a PUT's success without a body (204).
        """
        url = self._url(path)
        body = b"" if document is None else json_bytes(document)
        good = {200, 201} if method == "POST" else {200, 201, 204}
        outcome: Any | NotApplied | Unknown = None
        tries = 1 if self._patience.only_as_told else self._patience.tries
        for tried in range(tries):
            outcome = self._read(self._send(method, url, body, correlation_id), good)
            if method == "POST" and isinstance(outcome, list):
                outcome = unreadable(200)  # what is created is one resource
            if not isinstance(outcome, NotApplied) or outcome.code != "rate_limited":
                return outcome
            if tried + 1 < tries and not self._waited(tried, outcome):
                return outcome
        return outcome

    def secret_values(self) -> tuple[str, ...]:
        """Give every value that must not be shown."""
        return self._sender.secret_values()

    def _url(self, path_or_link: str) -> httpx.URL:
        """Give the address of a path of the API or of a link in an answer. Raises PennylaneError for a link elsewhere:
        the token is shown to nobody but Pennylane.
        """
        if path_or_link.startswith("/"):
            return self._base.copy_with(raw_path=self._base.raw_path + path_or_link.encode("ascii"))
        try:
            link = httpx.URL(path_or_link)
        except httpx.InvalidURL:
            raise PennylaneError("pennylane_link_refused", "A link of Pennylane's is no address.") from None
        if (link.scheme, link.host, link.port) != (self._base.scheme, self._base.host, self._base.port):
            raise PennylaneError("pennylane_link_refused", f"A link of Pennylane's leads to {link.host}.")
        return link

    def _send(self, method: str, url: httpx.URL, body: bytes, correlation_id: str) -> HttpAnswer | NotApplied | Unknown:
        """Wait for the token's next free moment, then send once."""
        try:
            wait_s = self._pace.budget.reserve(self._pace.key, RATE, self._patience.wait_s_max)
        except StoreError as error:
            return NotApplied(error.code, Retry.LATER, error.message)
        if wait_s is None:
            return NotApplied("rate_limited", Retry.LATER, "The requests of this token are used up.", HELD_S_DEFAULT)
        if wait_s > 0:
            self._patience.pause(wait_s)
        headers = common_headers(url)
        if correlation_id:
            headers.append(correlation_header(correlation_id))
        if method != "GET":
            headers += [JSON_TYPE, (b"Content-Length", b"%d" % len(body))]
        answer = self._sender.send(method, url, headers, body, deadline=self._sender.deadline())
        if isinstance(answer, HttpAnswer) and answer.status == 429:
            self._hold(answer)
        return answer

    def _hold(self, answer: HttpAnswer) -> None:
        """Keep every worker of the token off for as long as Pennylane asks."""
        asked_s = retry_after_s(answer.headers.get("retry-after"), self._clock.now())
        try:
            self._pace.budget.hold(self._pace.key, RATE, HELD_S_DEFAULT if asked_s is None else asked_s)
        except StoreError:
            return  # the next request finds the budget again, or Pennylane says 429 once more

    def _read(self, answer: HttpAnswer | NotApplied | Unknown, good: set[int]) -> Any | NotApplied | Unknown:
        if not isinstance(answer, HttpAnswer):
            return answer
        if answer.status == 204 and 204 in good:
            return None
        document = read_json(answer, exact=True) if answer.status in good else None
        if document is None:
            return outcome_of(answer, self._clock, self._sender.secret_values())
        return document if isinstance(document, dict | list) else unreadable(answer.status)

    def _waited(self, tried: int, outcome: NotApplied | Unknown) -> bool:
        """Wait before the next try; give False, without waiting, where that is longer than there is patience for."""
        wait_s = self._backoff_s(tried, outcome)
        if wait_s > self._patience.wait_s_max:
            return False
        self._patience.pause(wait_s)
        return True

    def _backoff_s(self, tried: int, outcome: NotApplied | Unknown) -> float:
        """Full jitter over a doubling bound; what Pennylane asks for is the least. Source: http-conventions, 3."""
        asked_s = (outcome.retry_after_s or 0.0) if isinstance(outcome, NotApplied) else 0.0
        bound_s: float = min(BACKOFF_S_MAX, BACKOFF_S * 2**tried)
        return max(asked_s, self._patience.draw() * bound_s)

    def _may_ask_again(self, outcome: NotApplied | Unknown) -> bool:
        """Asking changes nothing: whatever may pass by itself is asked again. Source: pennylane sheet, section 6."""
        if self._patience.only_as_told:
            told_s = outcome.retry_after_s if isinstance(outcome, NotApplied) else None
            return told_s is not None and told_s <= self._patience.wait_s_max
        return isinstance(outcome, Unknown) or outcome.retry is Retry.LATER
