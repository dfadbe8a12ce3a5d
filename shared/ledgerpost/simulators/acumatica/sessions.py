"""Who is signed in: cookie sessions, OAuth tokens, and the licence's slots that both of them take.

Source: reference/acumatica.md §2; RFC 6749 §4.3, §5 and §6. A session is opened by a login, or by the first call with a
token of the password flow; refreshing goes on with the same session. It ends with a logout, with the token's revocation
or end, or when nothing used it for a while.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from ledgerpost.simulators.acumatica.problems import (
    bad_credentials,
    login_limit,
    not_signed_in,
    unknown_company,
)
from ledgerpost.simulators.acumatica.settings import SimulatorSettings
from ledgerpost.simulators.pennypipe.auth import OAuthError

SCOPES: Final = ("api", "offline_access", "api:concurrent_access")
COOKIE: Final = ".ASPXAUTH"


@dataclass(slots=True, eq=False)
class Session:
    """One sign-in. A cookie session ends when it is idle, a token's session with its latest token."""

    ends_at_s: float


@dataclass(frozen=True, slots=True)
class _Token:
    session: Session
    scopes: frozenset[str]
    expires_at_s: float


class Sessions:
    """All sessions and tokens of the site."""

    def __init__(self, settings: SimulatorSettings, *, clock_s: Callable[[], float]) -> None:
        self._settings = settings
        self._clock_s = clock_s
        self._cookies: dict[str, Session] = {}
        self._tokens: dict[str, _Token] = {}
        self._refreshes: dict[str, _Token] = {}
        self._sessions: list[Session] = []
        self.users_max = settings.api_users_max
        self.peak = 0

    def login(self, document: Mapping[str, object]) -> str:
        """Open a session by name, password and tenant, and give its cookie. Every refusal is a 500."""
        tenant = document.get("tenant", document.get("company"))
        if tenant not in (None, "", self._settings.tenant):
            raise unknown_company()
        if not self._is_user(document.get("name"), document.get("password")):
            raise bad_credentials()
        session = Session(self._clock_s() + self._settings.session_idle_s)
        self._open(session)
        cookie = secrets.token_hex(16)
        self._cookies[cookie] = session
        return cookie

    def logout(self, headers: Mapping[str, str]) -> None:
        """End the session of the call, whatever it was; a call without one is let be."""
        cookie = _cookie(headers)
        if cookie is not None and cookie in self._cookies:
            self._end(self._cookies.pop(cookie))
        token = _bearer(headers)
        if token is not None and token in self._tokens:
            self._end(self._tokens[token].session)

    def admit(self, headers: Mapping[str, str]) -> str:
        """Let a call in and give what it is known by. Raises 401, or 500 when no slot is free for a new session."""
        now_s = self._clock_s()
        token = _bearer(headers)
        if token is not None:
            known = self._tokens.get(token)
            if known is None or known.expires_at_s <= now_s or "api" not in known.scopes:
                raise not_signed_in()
            self._open(known.session)
            return token
        cookie = _cookie(headers)
        session = self._cookies.get(cookie) if cookie is not None else None
        if cookie is None or session is None or session.ends_at_s <= now_s:
            raise not_signed_in()
        session.ends_at_s = now_s + self._settings.session_idle_s
        return cookie

    def issue(self, body: bytes, authorization: str | None) -> dict[str, object]:
        """The token endpoint's answer. Raises `OAuthError`."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        self._check_client(form, authorization)
        match form.get("grant_type"):
            case "password":
                return self._by_password(form)
            case "refresh_token":
                return self._by_refresh(form)
            case _:
                raise OAuthError("unsupported_grant_type", "the grants are password and refresh_token")

    def revoke(self, token: str) -> None:
        """Let a token, or the refresh token's family, be refused from now on; its session ends."""
        known = self._tokens.pop(token, None) or self._refreshes.pop(token, None)
        if known is not None:
            self._end(known.session)

    def expire(self, headers: Mapping[str, str]) -> None:
        """End what the call was let in by, as when the site was recycled; a refresh token stays good."""
        token, cookie = _bearer(headers), _cookie(headers)
        if token is not None:
            self._tokens.pop(token, None)
        elif cookie is not None and cookie in self._cookies:
            self._end(self._cookies.pop(cookie))

    def open_now(self) -> int:
        """How many slots are taken."""
        now_s = self._clock_s()
        self._sessions = [session for session in self._sessions if session.ends_at_s > now_s]
        return len(self._sessions)

    def _open(self, session: Session) -> None:
        taken = self.open_now()
        if session in self._sessions:
            return
        if taken >= self.users_max:
            raise login_limit()
        self._sessions.append(session)
        self.peak = max(self.peak, len(self._sessions))

    def _end(self, session: Session) -> None:
        session.ends_at_s = 0.0
        self._tokens = {text: token for text, token in self._tokens.items() if token.session is not session}
        self._refreshes = {text: token for text, token in self._refreshes.items() if token.session is not session}

    def _is_user(self, name: object, password: object) -> bool:
        return name == self._settings.user and _same(str(password), self._settings.password)

    def _check_client(self, form: Mapping[str, str], authorization: str | None) -> None:
        if authorization is not None:
            raise OAuthError("invalid_client", "the client is sent in the body", status=HTTPStatus.UNAUTHORIZED)
        client_id = form.get("client_id", "")
        is_of_tenant = client_id.endswith(f"@{self._settings.tenant}")
        if not is_of_tenant or client_id != self._settings.client_id:
            raise OAuthError("invalid_client", "the client id is not one of this tenant")
        if not _same(form.get("client_secret", ""), self._settings.client_secret):
            raise OAuthError("invalid_client", "the client secret is wrong")

    def _by_password(self, form: Mapping[str, str]) -> dict[str, object]:
        if not self._is_user(form.get("username"), form.get("password", "")):
            raise OAuthError("invalid_grant", "the user name or password is wrong")
        scopes = frozenset(form.get("scope", "").split())
        if "api" not in scopes or not scopes <= set(SCOPES):
            raise OAuthError("invalid_scope", f"the scopes are {' '.join(SCOPES)}, among them api")
        return self._granted(Session(0.0), scopes)

    def _by_refresh(self, form: Mapping[str, str]) -> dict[str, object]:
        """A refresh token is good once: the next one comes with the answer."""
        known = self._refreshes.pop(form.get("refresh_token", ""), None)
        if known is None:
            raise OAuthError("invalid_grant", "the refresh token is unknown or was used")
        return self._granted(known.session, known.scopes)

    def _granted(self, session: Session, scopes: frozenset[str]) -> dict[str, object]:
        expires_at_s = self._clock_s() + self._settings.token_lifetime_s
        session.ends_at_s = expires_at_s
        token = _Token(session, scopes, expires_at_s)
        text = secrets.token_urlsafe(24)
        self._tokens[text] = token
        answer: dict[str, object] = {
            "access_token": text,
            "expires_in": self._settings.token_lifetime_s,
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }
        if "offline_access" in scopes:
            refresh = secrets.token_urlsafe(24)
            self._refreshes[refresh] = token
            answer["refresh_token"] = refresh
        return answer


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _cookie(headers: Mapping[str, str]) -> str | None:
    for part in headers.get("Cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value:
            return value
    return None
