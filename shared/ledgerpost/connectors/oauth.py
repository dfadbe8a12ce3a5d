"""OAuth 2.0 client credentials. Source: RFC 6749, sections 2.3.1, 4.4 and 5; pennypipe.md, section 3.1."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx

from ledgerpost.connectors.http import HttpAnswer, HttpSender, common_headers, read_json
from ledgerpost.connectors.tokens import Token, read_secret
from ledgerpost.connectors.translation import meaning_of_status, retry_after_s
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.domain.route import OAuthAuth
from ledgerpost.ports import Clock, Secrets

RENEWED_BEFORE_S = 60.0
LIFETIME_S_DEFAULT = 300.0
"""For an answer that names no expires_in."""

LIFETIME_S_MAX = 86_400.0

TOKEN_TOTAL_S = 15.0
"""Discovery and token request together: with the post itself they stay well within a claim's lease."""

FORM = (b"Content-Type", b"application/x-www-form-urlencoded")

_CLIENT_ERRORS = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
     "invalid_scope"}
)  # fmt: skip


class ClientAuthentication(Enum):
    """How the client says who it is; the values are those of a discovery document."""

    BASIC = "client_secret_basic"
    BODY = "client_secret_post"

    @property
    def other(self) -> "ClientAuthentication":
        """The other way, tried once where the authority refuses the client under the first."""
        return ClientAuthentication.BODY if self is ClientAuthentication.BASIC else ClientAuthentication.BASIC


@dataclass(frozen=True, slots=True)
class _Endpoint:
    url: httpx.URL
    authentication: ClientAuthentication


class ClientCredentials:
    """The token requests of one OAuth client.

    The endpoint comes from the authority's discovery document, else it is `{authority}/connect/token`. Which way of
    client authentication the authority takes is learned from the document, or by trying `preferred` and, where that is
    answered with invalid_client, the other way once.
    """

    def __init__(
        self,
        auth: OAuthAuth,
        sender: HttpSender,
        secrets: Secrets,
        clock: Clock,
        *,
        preferred: ClientAuthentication = ClientAuthentication.BASIC,
    ) -> None:
        self._auth = auth
        self._sender = sender
        self._secrets = secrets
        self._now = clock.now
        self._preferred = preferred
        self._endpoint: _Endpoint | None = None

    def request_token(self, fresh: bool) -> Token | NotApplied:
        """Ask the authority for a token; `fresh` reads the client secret anew. One thread at a time.

        A client that is refused under a secret which was kept for a while may have been given another one since.
        """
        secret = self._secret(fresh=fresh)
        if isinstance(secret, NotApplied):
            return secret
        token = self._token_for(secret)
        if fresh or isinstance(token, Token) or token.retry is not Retry.NEVER:
            return token
        anew = self._secret(fresh=True)
        return token if anew == secret or isinstance(anew, NotApplied) else self._token_for(anew)

    def _secret(self, *, fresh: bool) -> str | NotApplied:
        return read_secret(self._secrets, self._auth.client_secret, fresh=fresh)

    def _token_for(self, secret: str) -> Token | NotApplied:
        deadline = self._sender.deadline(TOKEN_TOTAL_S)
        endpoint = self._endpoint or self._discover(deadline)
        if isinstance(endpoint, NotApplied):
            return endpoint
        answer = self._ask(endpoint, secret, deadline)
        if isinstance(answer, HttpAnswer) and oauth_error(answer) == "invalid_client":
            other = _Endpoint(endpoint.url, endpoint.authentication.other)
            second = self._ask(other, secret, deadline)
            if isinstance(second, HttpAnswer) and second.status == 200:
                endpoint, answer = other, second
        token = self._read(answer, secret)
        # An endpoint that gave no token is looked up anew next time: the authority may have moved it.
        self._endpoint = endpoint if isinstance(token, Token) else None
        return token

    def _grant(self) -> dict[str, str]:
        """Give what is asked for, as the form's fields; another grant overrides it."""
        form = {"grant_type": "client_credentials"}
        if self._auth.scopes.strip():
            form["scope"] = " ".join(self._auth.scopes.split())
        return form

    def _granted(self, document: dict[str, Any]) -> tuple[str, ...]:  # noqa: ARG002 - for other grants
        """Take what else came with the token, and give the values of it that must not be shown."""
        return ()

    def _discover(self, deadline: float) -> _Endpoint | NotApplied:
        authority = self._auth.identity_authority.rstrip("/")
        try:
            fallback = _Endpoint(httpx.URL(f"{authority}/connect/token"), self._preferred)
            url = httpx.URL(f"{authority}/.well-known/openid-configuration")
        except httpx.InvalidURL:
            return NotApplied("oauth_client_refused", Retry.NEVER, "The identity authority is not a URL.")
        answer = self._sender.send("GET", url, common_headers(url), deadline=deadline)
        if not isinstance(answer, HttpAnswer):
            return _not_asked(answer)
        document = read_json(answer) if answer.status == 200 else None
        if not isinstance(document, dict) or not isinstance(document.get("token_endpoint"), str):
            return fallback
        try:
            return _Endpoint(httpx.URL(document["token_endpoint"]), self._authentication_of(document))
        except httpx.InvalidURL:
            return fallback

    def _authentication_of(self, document: dict[str, Any]) -> ClientAuthentication:
        supported = document.get("token_endpoint_auth_methods_supported")
        if not isinstance(supported, list) or self._preferred.value in supported:
            return self._preferred
        return self._preferred.other if self._preferred.other.value in supported else self._preferred

    def _ask(self, endpoint: _Endpoint, secret: str, deadline: float) -> HttpAnswer | NotApplied | Unknown:
        form = self._grant()
        headers = [*common_headers(endpoint.url), FORM]
        if endpoint.authentication is ClientAuthentication.BASIC:
            headers.append((b"Authorization", b"Basic " + _basic(self._auth.client_id, secret).encode("ascii")))
        else:
            form |= {"client_id": self._auth.client_id, "client_secret": secret}
        body = urlencode(form).encode("ascii")
        headers.append((b"Content-Length", b"%d" % len(body)))
        return self._sender.send("POST", endpoint.url, headers, body, deadline=deadline)

    def _read(self, answer: HttpAnswer | NotApplied | Unknown, secret: str) -> Token | NotApplied:
        if not isinstance(answer, HttpAnswer):
            return _not_asked(answer)
        if answer.status == 200:
            return self._token_of(answer, secret)
        error = oauth_error(answer)
        if error or answer.status in (400, 401, 403, 404):
            sentence = f"The identity authority answered {answer.status} {error or 'without an OAuth error'}."
            return NotApplied("oauth_client_refused", Retry.NEVER, sentence, status=answer.status)
        meaning = meaning_of_status(answer.status)
        if meaning.retry is Retry.NEVER:
            return NotApplied(meaning.code, Retry.NEVER, "So the identity authority answered.", status=answer.status)
        wait_s = retry_after_s(answer.headers.get("retry-after"), self._now())
        code = "rate_limited" if answer.status == 429 else "ledger_unavailable"
        sentence = f"The identity authority answered {answer.status}."
        return NotApplied(code, Retry.LATER, sentence, wait_s, answer.status)

    def _token_of(self, answer: HttpAnswer, secret: str) -> Token | NotApplied:
        document = read_json(answer)
        value = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            sentence = "The identity authority answered without a token."
            return NotApplied("ledger_unavailable", Retry.LATER, sentence, status=answer.status)
        kind = document.get("token_type", "Bearer")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            sentence = "The identity authority gave a token that is not a bearer token."
            return NotApplied("oauth_client_refused", Retry.NEVER, sentence, status=answer.status)
        now = self._now()
        good_until = now + timedelta(seconds=good_for_s(document.get("expires_in")))
        hides = (secret, quote_plus(secret), _basic(self._auth.client_id, secret))
        return Token(value, now, good_until, hides=(*hides, *self._granted(document)))


def good_for_s(expires_in: object) -> float:
    """Give how long to use a token: until 60 s before its end, or half its life where that is longer."""
    if isinstance(expires_in, str) and expires_in.isdecimal() and len(expires_in) < 10:
        expires_in = int(expires_in)
    if not isinstance(expires_in, int | float):
        expires_in = LIFETIME_S_DEFAULT
    # The bounds come first, for an integer may be too large for a float, and a float may be no number.
    seconds = float(min(max(0, expires_in), LIFETIME_S_MAX))
    return max(seconds - RENEWED_BEFORE_S, seconds / 2)


def _basic(client_id: str, secret: str) -> str:
    """Give the Basic credentials, each part form-encoded first. Source: RFC 6749, section 2.3.1."""
    return base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode("ascii")


def oauth_error(answer: HttpAnswer) -> str:
    """Give the error code of a refusal, one of RFC 6749, section 5.2; blank for anything else."""
    if answer.status not in (400, 401):
        return ""
    document = read_json(answer)
    error = document.get("error") if isinstance(document, dict) else None
    return error if isinstance(error, str) and error in _CLIENT_ERRORS else ""


def _not_asked(outcome: NotApplied | Unknown) -> NotApplied:
    """Without a token nothing was posted, so whatever happened to the token request is no unknown effect."""
    sentence = f"The identity authority did not give a token. {outcome.detail}"
    if isinstance(outcome, NotApplied):
        return NotApplied(outcome.code, outcome.retry, sentence, outcome.retry_after_s, outcome.status)
    return NotApplied("ledger_unavailable", Retry.LATER, sentence, status=outcome.status)
