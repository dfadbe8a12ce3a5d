"""Tokens, and who may do what on which account.

Source: reference/pennypipe.md §3.1 and §3.4; RFC 6749 §2.3.1, §4.4, §5; RFC 6750 §3; OpenID Connect Discovery 1.0 §3.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from ledgerpost.simulators.pennypipe.ledger import Account
from ledgerpost.simulators.pennypipe.problems import account_forbidden, client_not_allowlisted, token_invalid
from ledgerpost.simulators.pennypipe.settings import PersonalAccessToken

API_SCOPE: Final = "webjala_pennypipe_api"
WRITE_SCOPE: Final = "pennypipe.integration.ledger.write"
SCOPES: Final = (API_SCOPE, WRITE_SCOPE)


class Right(Enum):
    """What a call needs on its account."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class OAuthError(Exception):
    """A refusal of the token endpoint, with the error code of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class OAuthCaller:
    """A client with a token that is valid until `expires_at_s` of the simulator's clock."""

    client_id: str
    scopes: frozenset[str]
    expires_at_s: float

    def demand(self, right: Right, account: Account) -> None:
        """Raise 403 unless the account allow-lists the client and the token has the scope."""
        if self.client_id not in account.allowed_clients:
            raise client_not_allowlisted(self.client_id)
        if right is Right.ADMIN:
            raise account_forbidden("only an account manager may do this")
        for scope in SCOPES if right is Right.WRITE else (API_SCOPE,):
            if scope not in self.scopes:
                raise account_forbidden(f"the token lacks the scope {scope}", scope=scope)


@dataclass(frozen=True, slots=True)
class PatCaller:
    """The bearer of a personal access token."""

    pat: PersonalAccessToken
    accounts: frozenset[str] | None

    def demand(self, right: Right, account: Account) -> None:
        """Raise 403 unless the PAT reaches the account and has the right."""
        if self.accounts is not None and account.id.lower() not in self.accounts:
            raise account_forbidden("the token has no right on this account")
        if right is Right.WRITE and not self.pat.may_post:
            raise account_forbidden("the token may not post ledger entries")
        if right is Right.ADMIN and not self.pat.is_admin:
            raise account_forbidden("only an account manager may do this")


Caller = OAuthCaller | PatCaller


class Tokens:
    """Issues, knows and revokes access tokens; knows the personal ones."""

    def __init__(
        self,
        *,
        clients: Mapping[str, str],
        pats: tuple[PersonalAccessToken, ...],
        lifetime_s: int,
        clock_s: Callable[[], float],
    ) -> None:
        self._clients = clients
        self._pats = {pat.token: PatCaller(pat, _lower(pat.accounts)) for pat in pats}
        self._issued: dict[str, OAuthCaller] = {}
        self._lifetime_s = lifetime_s
        self._clock_s = clock_s

    def caller(self, authorization: str | None) -> tuple[str, Caller]:
        """The token of an `Authorization` header and its bearer. Raises 401 `token_invalid`."""
        if authorization is None:
            raise token_invalid("the call carries no token", presented=False)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise token_invalid("the Authorization header is not 'Bearer <token>'", presented=False)
        caller = self._issued.get(token) or self._pats.get(token)
        if caller is None:
            raise token_invalid("the token is unknown or revoked", presented=True)
        if isinstance(caller, OAuthCaller) and caller.expires_at_s <= self._clock_s():
            del self._issued[token]
            raise token_invalid("the token has expired", presented=True)
        return token, caller

    def revoke(self, token: str) -> None:
        """End an issued token before its time. A PAT stays: nothing could replace it."""
        self._issued.pop(token, None)

    def issue(self, body: bytes, authorization: str | None) -> dict[str, object]:
        """The answer to a client credentials request. Raises `OAuthError`."""
        form = _form(body)
        client_id = self._client(form, authorization)
        grant = form.get("grant_type")
        if grant is None:
            raise OAuthError("invalid_request", "grant_type is missing")
        if grant != "client_credentials":
            raise OAuthError("unsupported_grant_type", "only client_credentials is supported")
        scopes = _scopes(form.get("scope"))
        self._forget_expired()
        token = secrets.token_urlsafe(32)
        self._issued[token] = OAuthCaller(client_id, frozenset(scopes), self._clock_s() + self._lifetime_s)
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self._lifetime_s,
            "scope": " ".join(scopes),
        }

    def _client(self, form: Mapping[str, str], authorization: str | None) -> str:
        if authorization is not None and "client_secret" in form:
            raise OAuthError("invalid_request", "authenticate by Basic or in the body, not by both (RFC 6749 §2.3)")
        if authorization is not None:
            client_id, given = _basic(authorization)
        else:
            client_id, given = form.get("client_id", ""), form.get("client_secret", "")
        expected = self._clients.get(client_id)
        if expected is None or not hmac.compare_digest(expected.encode(), given.encode()):
            raise OAuthError("invalid_client", "unknown client or wrong secret", status=HTTPStatus.UNAUTHORIZED)
        return client_id

    def _forget_expired(self) -> None:
        now_s = self._clock_s()
        for token in [token for token, caller in self._issued.items() if caller.expires_at_s <= now_s]:
            del self._issued[token]


def _lower(accounts: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if accounts is None else frozenset(account.lower() for account in accounts)


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=32, errors="strict")
    except ValueError:
        raise OAuthError("invalid_request", "the body is not a form") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("invalid_request", "a parameter is given twice (RFC 6749 §3.2)")
    return {name: value for name, value in form.items() if value}


def _basic(authorization: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: id and secret are form-encoded first, then joined and put in base64."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        pair = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    client_id, _, given = pair.partition(":")
    return unquote_plus(client_id), unquote_plus(given)


def _scopes(text: str | None) -> tuple[str, ...]:
    """The scopes asked for; all there are when none is named, as RFC 6749 §3.3 allows."""
    asked = tuple(dict.fromkeys((text or "").split())) or SCOPES
    for scope in asked:
        if scope not in SCOPES:
            raise OAuthError("invalid_scope", "the scopes are " + " ".join(SCOPES))
    return asked
