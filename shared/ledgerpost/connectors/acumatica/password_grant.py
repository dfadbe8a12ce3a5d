"""OAuth with a user's password, the tenant in the client id, refreshed in the same session.

Source: acumatica.md, section 2; RFC 6749, sections 4.3 and 6. Each password grant opens a session of its own, and each
session takes a slot of the licence: a refresh goes on with the one that is there, so it is tried first.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.oauth import ClientAuthentication, ClientCredentials
from ledgerpost.connectors.tokens import MASK, Token
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import OAuthPasswordAuth
from ledgerpost.ports import Clock, Secrets

REFRESH = "refresh_token"
SECRET_FORM = "The secret must be JSON text with clientSecret and password."  # noqa: S105 - a sentence


class _Hidden:
    """A value that is never in a text: a debugger or a log line shows the mask."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return MASK


class PasswordGrant(ClientCredentials):
    """The token requests of one user. One thread at a time, as CachedToken calls it."""

    def __init__(
        self,
        auth: OAuthPasswordAuth,
        sender: HttpSender,
        secrets: Secrets,
        clock: Clock,
        *,
        end_session: Callable[[Token], None] = lambda _: None,
    ) -> None:
        """`end_session` logs the session of a token out, before another one takes its place."""
        super().__init__(auth, sender, secrets, clock, preferred=ClientAuthentication.BODY)
        self._user_name = auth.user_name
        self._end_session = end_session
        self._password: _Hidden | None = None
        self._refresh: _Hidden | None = None
        self._refreshing = False
        self._latest: Token | None = None

    def request_token(self, fresh: bool) -> Token | NotApplied:
        """Refresh where there is something to refresh with, else sign in anew; `fresh` reads the secret anew."""
        token: Token | NotApplied | None = None
        if self._refresh is not None:
            token = self._requested(fresh, refreshing=True)
            # Whatever came of it, a refresh token is good once: its successor came with the answer or is lost.
            if isinstance(token, NotApplied):
                self._refresh = None
        if token is None or (isinstance(token, NotApplied) and token.retry is Retry.NEVER):
            self._leave()
            token = self._requested(fresh, refreshing=False)
        if isinstance(token, Token):
            self._latest = token
        return token

    def forget(self) -> None:
        """Sign in anew next time: the session was logged out."""
        self._refresh = self._latest = None

    def _leave(self) -> None:
        if self._latest is not None and not self._latest.doubted:
            self._end_session(self._latest)
        self._latest = None

    def _requested(self, fresh: bool, *, refreshing: bool) -> Token | NotApplied:
        self._refreshing = refreshing
        return super().request_token(fresh)

    def _token_for(self, secret: str) -> Token | NotApplied:
        """Ask with what the connection's one secret holds; a change of either value is one of the secret."""
        try:
            document = json.loads(secret)
            client_secret, password = document["clientSecret"], document["password"]
        except (ValueError, TypeError, KeyError):
            return NotApplied("secret_unavailable", Retry.NEVER, SECRET_FORM)
        if not _is_text(client_secret) or not client_secret.isascii() or not _is_text(password):
            return NotApplied("secret_unavailable", Retry.NEVER, SECRET_FORM)
        self._password = _Hidden(password)
        return super()._token_for(client_secret)

    def _grant(self) -> dict[str, str]:
        if self._refreshing and self._refresh is not None:
            return {"grant_type": REFRESH, REFRESH: self._refresh.value}
        assert self._password is not None, "the secret was read before"
        sign_in = {"grant_type": "password", "username": self._user_name, "password": self._password.value}
        return sign_in | {"scope": " ".join(self._auth.scopes.split())}

    def _granted(self, document: dict[str, Any]) -> tuple[str, ...]:
        """Keep the refresh token."""
        value = document.get(REFRESH)
        self._refresh = _Hidden(value) if isinstance(value, str) and _is_text(value) else None
        password = self._password.value if self._password is not None else ""
        refresh = (self._refresh.value,) if self._refresh is not None else ()
        return (password, quote_plus(password), json.dumps(password)[1:-1], *refresh)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable()
