"""Tokens: who calls, with which scopes, how often, and how a pair is refreshed.

Source: pennylane sheet, sections 2 and 3; RFC 6749, section 5.2, for the errors of the token endpoint.
"""

import hmac
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

from ledgerpost.simulators.pennylane.exchange import Refusal, forbidden, json_answer, rate_limited, unauthorized
from ledgerpost.simulators.pennylane.settings import ALL_SCOPES, SimulatorSettings
from ledgerpost.simulators.serving.exchange import Answer, Call


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `family` is the number of the OAuth grant, None for an API token."""

    token: str
    scopes: frozenset[str]
    family: int | None = None

    def demand(self, scope: str, *, writes: bool) -> None:
        """Raise 403 unless the token has the scope: `:all` to write, `:readonly` too to read."""
        if not scope:
            return
        good = {f"{scope}:all"} if writes else {f"{scope}:all", f"{scope}:readonly", scope}
        if not good & self.scopes:
            raise forbidden(f"{scope}:{'all' if writes else 'readonly'}")


@dataclass(slots=True)
class _Refreshing:
    """A refresh token: the grant it belongs to, until when it lives, whether it was used, and its access token."""

    family: int
    until_s: float
    access: str
    used: bool = False


class Tokens:
    """API tokens, and OAuth pairs that rotate."""

    def __init__(self, settings: SimulatorSettings, clock_s: Callable[[], float]) -> None:
        self._settings = settings
        self._clock_s = clock_s
        self._api = {each.token: Caller(each.token, frozenset(each.scopes)) for each in settings.tokens}
        self._access: dict[str, tuple[Caller, float]] = {}
        self._codes = set(settings.codes)
        self._families = len(settings.refresh_tokens)
        until_s = clock_s() + settings.refresh_lifetime_s
        self._refresh = {
            token: _Refreshing(family, until_s, "") for family, token in enumerate(settings.refresh_tokens)
        }
        self.refreshes = 0
        self.reuses = 0

    def caller(self, call: Call) -> Caller:
        """Who makes this call. Raises 401."""
        scheme, _, token = call.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        if token in self._api:
            return self._api[token]
        caller, until_s = self._access.get(token, (None, 0.0))
        if caller is None or until_s <= self._clock_s():
            raise unauthorized()
        return caller

    def revoke(self, token: str) -> None:
        """End an access token before its time; an API token stays."""
        self._access.pop(token, None)

    def revoke_all(self) -> None:
        """End every access token; refresh tokens stay."""
        self._access.clear()

    def issue(self, call: Call) -> Answer:
        """The answer of the token endpoint."""
        form = dict(parse_qsl(call.body.decode("ascii", "replace")))
        given = form.get("client_secret", "").encode()
        expected = self._settings.clients.get(form.get("client_id", ""))
        if expected is None or not hmac.compare_digest(expected.encode(), given):
            return _refused("invalid_client", HTTPStatus.UNAUTHORIZED)
        match form.get("grant_type"):
            case "refresh_token":
                return self._refreshed(form.get("refresh_token", ""))
            case "authorization_code":
                return self._granted(form.get("code", ""))
            case _:
                return _refused("unsupported_grant_type")

    def _granted(self, code: str) -> Answer:
        if code not in self._codes:
            return _refused("invalid_grant")
        self._codes.discard(code)
        self._families += 1
        return self._pair(self._families)

    def _refreshed(self, token: str) -> Answer:
        """Rotate: the refresh token dies, and the access token that came with it. Source: section 2."""
        kept = self._refresh.get(token)
        if kept is not None and kept.used:
            self.reuses += 1
            if self._settings.family_dies:
                self._end(kept.family)
        if kept is None or kept.used or kept.until_s <= self._clock_s():
            return _refused("invalid_grant")
        self.refreshes += 1
        kept.used = True
        self.revoke(kept.access)
        return self._pair(kept.family)

    def _pair(self, family: int) -> Answer:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        now_s = self._clock_s()
        lifetime_s = self._settings.access_lifetime_s
        self._access[access] = (Caller(access, frozenset(ALL_SCOPES), family), now_s + lifetime_s)
        self._refresh[refresh] = _Refreshing(family, now_s + self._settings.refresh_lifetime_s, access)
        document = {
            "access_token": access, "token_type": "Bearer", "expires_in": lifetime_s, "refresh_token": refresh,
        }  # fmt: skip
        return json_answer(document)

    def _end(self, family: int) -> None:
        for kept in self._refresh.values():
            if kept.family == family:
                kept.used = True
                self.revoke(kept.access)


def _refused(error: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Answer:
    return json_answer({"error": error, "error_description": "The grant or the client is not valid."}, status)


class RateLimit:
    """Fixed windows, one per token, opened by its first call. Source: section 3, "Simulator"."""

    def __init__(self, requests: int | None, window_s: float, clock_s: Callable[[], float]) -> None:
        self._requests = requests
        self._window_s = window_s
        self._clock_s = clock_s
        self._windows: dict[str, tuple[float, int]] = {}

    def admit(self, token: str) -> Mapping[str, str]:
        """Count one call and give the headers of its answer. Raises 429, with the headers."""
        if self._requests is None:
            return {}
        now_s = self._clock_s()
        opened_s, calls = self._windows.get(token, (now_s, 0))
        if now_s - opened_s >= self._window_s:
            opened_s, calls = now_s, 0
        calls += 1
        self._windows[token] = (opened_s, calls)
        headers = {
            "ratelimit-limit": str(self._requests),
            "ratelimit-remaining": str(max(0, self._requests - calls)),
            "ratelimit-reset": str(math.ceil(opened_s + self._window_s)),
        }
        if calls > self._requests:
            refusal: Refusal = rate_limited(max(1, math.ceil(opened_s + self._window_s - now_s)))
            refusal.answer.headers |= headers
            raise refusal
        return headers
