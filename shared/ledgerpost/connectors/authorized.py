"""Sending with a token, refreshed after a 401."""

import httpx

from ledgerpost.connectors.http import HttpAnswer, HttpSender, RawHeaders
from ledgerpost.connectors.tokens import TokenSource
from ledgerpost.domain.outcome import NotApplied, Unknown

REPLAYS_MAX = 2
"""Sends after the first. A second one is made only where the refused token had been let in before: then it was revoked
meanwhile, and its successor deserves its one try too.
"""

ACCEPTING_STATUSES = range(200, 429)


class AuthorizedSender:
    """Sends requests of one connection. Safe to share between threads."""

    def __init__(self, sender: HttpSender, tokens: TokenSource) -> None:
        self._sender = sender
        self._tokens = tokens

    def deadline(self, total_s: float | None = None) -> float:
        """Give the instant (monotonic) at which exchanges that start now have to end."""
        return self._sender.deadline(total_s)

    def secret_values(self) -> tuple[str, ...]:
        """Give every value that must not be shown."""
        return self._tokens.secret_values()

    def send(
        self, method: str, url: httpx.URL, headers: RawHeaders, body: bytes = b"", *, deadline: float
    ) -> HttpAnswer | NotApplied | Unknown:
        """Send once with the token; after a 401 again with another one, all within `deadline`.

        Sending a write again is safe there: a 401 comes before any effect. Source: http-conventions, section 4.
        """
        token = self._tokens.token()
        for replays in range(REPLAYS_MAX + 1):
            if isinstance(token, NotApplied):
                return token
            answer = self._sender.send(method, url, [*headers, token.header], body, deadline=deadline)
            if not isinstance(answer, HttpAnswer):
                return answer
            if answer.status != 401:
                if not token.accepted and answer.status in ACCEPTING_STATUSES:
                    token.accepted = True
                return answer
            if replays == REPLAYS_MAX or (replays and not token.accepted):
                token.doubted = True
                return answer
            token = self._tokens.refresh(token)
        raise AssertionError("the last replay returns")
