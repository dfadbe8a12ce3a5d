"""Tokens: how a request is let in, refreshed once after a 401, and never shown."""

import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError
from ledgerpost.ports import Clock, Secrets

REFUSED_FOR = timedelta(seconds=30)
"""How long a definite refusal is remembered, so that thousands of entries do not hammer the authority."""

FAILED_FOR = timedelta(seconds=5)
"""How long a failed fetch is remembered, so that the workers who waited for it do not each wait for their own."""

PAT_READ_AGAIN = timedelta(minutes=5)
"""After this time a PAT is asked of the secrets again, though no ledger has refused it."""

HIDDEN_MAX = 16

MASK = "***"


Credentials = Callable[[str], str]
"""Gives what the Authorization header says of a secret."""


def bearer(value: str) -> str:
    """Give a bearer token's credentials. Source: RFC 6750, section 2.1."""
    return f"Bearer {value}"


def basic_key(value: str) -> str:
    """Give the credentials of an API key that goes alone by the scheme Basic, encoded and without a colon."""
    return f"Basic {base64.b64encode(value.encode('ascii')).decode('ascii')}"


class Token:
    """A token or key. Its value is in `header` alone, and never in its text."""

    __slots__ = ("accepted", "doubted", "fetched_at", "good_until", "header", "hides", "value")

    def __init__(
        self,
        value: str,
        fetched_at: datetime,
        good_until: datetime,
        *,
        hides: tuple[str, ...] = (),
        credentials: Credentials = bearer,
    ) -> None:
        """`hides` are the other secrets that it was had for."""
        shown = credentials(value)
        self.value = value
        self.hides = (value, shown.partition(" ")[2], *hides)
        self.header = (b"Authorization", shown.encode("ascii"))
        self.fetched_at = fetched_at
        self.good_until = good_until
        self.accepted = False
        """Whether the other side has let it in: if it is refused later, it was revoked and is not simply wrong."""
        self.doubted = False
        """Whether it was refused right after it was fetched."""

    def __repr__(self) -> str:
        return f"Token({MASK})"


class TokenSource(Protocol):
    """Where a connection's token comes from. Safe to share between threads; never raises."""

    def token(self) -> Token | NotApplied:
        """Give the token to use, fetched where there is none or it is about to expire; else why there is none."""
        ...

    def refresh(self, stale: Token) -> Token | NotApplied:
        """Give another token than `stale`, which was refused; else why there is none. Twenty threads that come with
        one stale token make one fetch.
        """
        ...

    def secret_values(self) -> tuple[str, ...]:
        """Give every value that must not be shown, to be masked in what the other side writes."""
        ...


class CachedToken:
    """A TokenSource over a `fetch`: keeps the token, fetches it in one thread at a time, remembers refusals."""

    def __init__(self, fetch: Callable[[bool], Token | NotApplied], clock: Clock) -> None:
        """`fetch` gives a token; it is told whether its secrets have to be read anew."""
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._refusal: NotApplied | None = None
        self._refusal_until: datetime | None = None
        self._seen: dict[str, None] = {}

    def token(self) -> Token | NotApplied:
        """Give the kept token while it is good, else fetch one."""
        token = self._token
        if token is not None and self._clock.now() < token.good_until:
            return token
        with self._lock:
            if self._token is not token and self._token is not None:
                return self._token
            return self._fetched(fresh=False)

    def refresh(self, stale: Token) -> Token | NotApplied:
        """Fetch where the kept token is still the stale one; a token that was refused when new is not fetched again
        at once.
        """
        with self._lock:
            if self._token is not None and self._token is not stale:
                return self._token
            if stale.doubted and not stale.accepted and self._clock.now() < stale.fetched_at + REFUSED_FOR:
                return NotApplied("token_refused", Retry.NEVER, "The ledger refused a token that was just fetched.")
            return self._fetched(fresh=True)

    def take(self) -> Token | None:
        """Give the kept token and keep it no longer, as for a log-out; None where there is none."""
        with self._lock:
            token, self._token = self._token, None
            return token

    def secret_values(self) -> tuple[str, ...]:
        """Give the last few values, since an answer may quote one that was replaced meanwhile."""
        return tuple(self._seen)

    def _fetched(self, *, fresh: bool) -> Token | NotApplied:
        now = self._clock.now()
        if self._refusal is not None and self._refusal_until is not None and now < self._refusal_until:
            return self._refusal
        fetched = self._fetch(fresh)
        if isinstance(fetched, Token):
            self._hide(fetched.hides)
            self._token, self._refusal = fetched, None
            return fetched
        lasting = REFUSED_FOR if fetched.retry is Retry.NEVER else FAILED_FOR
        self._refusal, self._refusal_until = fetched, self._clock.now() + lasting
        return fetched

    def _hide(self, values: tuple[str, ...]) -> None:
        """Note values that must not be shown; the latest are kept."""
        for value in values:
            self._seen.pop(value, None)
            self._seen[value] = None
        while len(self._seen) > HIDDEN_MAX:
            del self._seen[next(iter(self._seen))]


def personal_access_token(
    reference: SecretReference, secrets: Secrets, clock: Clock, credentials: Credentials = bearer
) -> CachedToken:
    """Give the source of a PAT or API key. It is read anew after a 401, so that a rotated one needs no restart."""

    def fetch(fresh: bool) -> Token | NotApplied:
        value = read_secret(secrets, reference, fresh=fresh)
        if isinstance(value, NotApplied):
            return value
        now = clock.now()
        return Token(value, now, now + PAT_READ_AGAIN, credentials=credentials)

    return CachedToken(fetch, clock)


def read_secret(secrets: Secrets, reference: SecretReference, *, fresh: bool) -> str | NotApplied:
    """Give the secret without the white space round it, or why it cannot be used."""
    try:
        value = secrets.read(reference, fresh=fresh).strip()
    except SecretError as error:
        return NotApplied("secret_unavailable", Retry.LATER, error.message)
    if not value or not value.isascii() or not value.isprintable():
        return NotApplied("secret_unavailable", Retry.NEVER, "The secret is empty or holds signs no header can carry.")
    return value


def scrubbed(text: str, secrets: tuple[str, ...], withheld: tuple[str, ...] = (), length_max: int = 300) -> str:
    """Give `text` with every secret and withheld value masked, on one line, cut at `length_max` characters.

    Masked before the cut: a cut through a secret would leave its beginning.
    """
    for value in sorted((*secrets, *withheld), key=len, reverse=True):
        if value:
            text = text.replace(value, MASK)
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= length_max else text[: length_max - 1] + "…"
