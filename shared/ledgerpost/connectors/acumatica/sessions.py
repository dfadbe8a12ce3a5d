"""A connection's session: at most so many calls at a time, and a log-out that gives its slot of the licence back.

Source: acumatica.md, sections 2 and 9. The licence counts sessions and concurrent requests; a session that nobody logs
out stays in its slot until its token ends.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ledgerpost.connectors.acumatica.options import AcumaticaOptions, SessionCare
from ledgerpost.connectors.acumatica.password_grant import PasswordGrant
from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import HttpAnswer, HttpSender, RawHeaders, common_headers
from ledgerpost.connectors.tokens import CachedToken, Token
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown

LOGOUT_TOTAL_S = 5.0
LOGOUT_PATH = "/entity/auth/logout"


class Session:
    """The session of one connection. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        sender: HttpSender,
        tokens: CachedToken,
        options: AcumaticaOptions,
        grant: PasswordGrant | None = None,
    ) -> None:
        self._url = httpx.URL(base_url + LOGOUT_PATH)
        self._plain = sender
        self._authorized = AuthorizedSender(sender, tokens)
        self._tokens = tokens
        self._grant = grant
        self._options = options
        self._calls = threading.BoundedSemaphore(options.concurrency)
        self._lock = threading.Lock()
        self._running = 0
        self._posted = False

    def deadline(self, total_s: float | None = None) -> float:
        """Give the instant (monotonic) at which exchanges that start now have to end."""
        return self._plain.deadline(total_s)

    def secret_values(self) -> tuple[str, ...]:
        """Give every value that must not be shown."""
        return self._authorized.secret_values()

    def send(
        self, method: str, url: httpx.URL, headers: RawHeaders, body: bytes = b"", *, deadline: float
    ) -> HttpAnswer | NotApplied | Unknown:
        """Send once with the token, as soon as one of the connection's calls ends; not at all past `deadline`."""
        if not self._calls.acquire(timeout=max(0.0, deadline - time.monotonic())):
            sentence = f"All {self._options.concurrency} calls of this connection were under way."
            return NotApplied("rate_limited", Retry.LATER, sentence)
        try:
            return self._authorized.send(method, url, [*headers, *self._company()], body, deadline=deadline)
        finally:
            self._calls.release()

    @contextmanager
    def under_way(self, *, post: bool = False) -> Iterator[None]:
        """Hold the session for what is done in the block.

        Where the connection releases its slot, the last block that ends logs out if there was a post since the sign-in:
        between a look-up and its post the session stays. What begins meanwhile waits for the log-out, since a sign-in
        before it would need a second slot.
        """
        with self._lock:
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                self._posted = self._posted or post
                if self._running == 0 and self._posted and self._options.session is SessionCare.RELEASE:
                    self._log_out()

    def log_out(self) -> None:
        """End the session, if there is one; the next call signs in anew. Never raises."""
        with self._lock:
            self._log_out()

    def _log_out(self) -> None:
        self._posted = False
        if self._grant is None:
            return
        token = self._tokens.take()
        if token is not None:
            self._grant.forget()
            self.end(token)

    def end(self, token: Token) -> None:
        """Log the token's session out. What comes of it is no matter: it ends with its token at the latest."""
        headers = [*common_headers(self._url), *self._company(), token.header, (b"Content-Length", b"0")]
        self._plain.send("POST", self._url, headers, deadline=self._plain.deadline(LOGOUT_TOTAL_S))

    def _company(self) -> RawHeaders:
        header = self._options.company_header
        return [] if header is None else [header]
