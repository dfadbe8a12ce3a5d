"""The user pool's own pages and endpoints: where a browser is sent to sign in, and what the console asks behind it.

Source: RFC 6749, sections 4.1 and 6; RFC 7636 (PKCE); RFC 7009; Amazon Cognito, "User pool endpoints and managed login
reference".
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from ledgerpost.connectors.http import HttpAnswer, HttpLimits, HttpSender, common_headers, read_json
from ledgerpost.console.caller import AccessError
from ledgerpost.errors import LedgerpostError

LIMITS = HttpLimits(connect_s=3.0, read_s=6.0, total_s=8.0, body_bytes_max=100_000)
"""A person waits, and the HTTP API in front of us no longer than 30 s."""

SCOPES = "openid"
"""Alone it has the ID token carry every attribute that the client may read, and lets nobody write one.
Source: Amazon Cognito, "Scopes, M2M, and resource servers".
"""

FORM = (b"Content-Type", b"application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a refresh gave; a refresh gives no new `refresh_token`. Never shown."""

    id_token: str
    refresh_token: str = ""

    def __repr__(self) -> str:
        """Leave the tokens out: what is shown may end up in a log."""
        return "Tokens()"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedLogin:
    """One client of one user pool. `url` is where the pool's pages are, `origin` where the console is."""

    issuer: str
    client_id: str
    url: str
    origin: str
    sender: HttpSender

    @property
    def callback(self) -> str:
        """Where the pool's pages send the browser back to."""
        return f"{self.origin}/callback"

    def authorize_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Give where a browser signs in; the answer to it is worth nothing without the `verifier` itself."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.url}/oauth2/authorize?{urlencode(query)}"

    def logout_url(self) -> str:
        """Give where a browser ends its session with the pool's pages; they send it to `/signed-out`."""
        query = {"client_id": self.client_id, "logout_uri": f"{self.origin}/signed-out"}
        return f"{self.url}/logout?{urlencode(query)}"

    def exchange(self, code: str, verifier: str) -> Tokens:
        """Give the tokens for the code of a sign-in. Raises AccessError(login_refused), LedgerpostError."""
        return self._tokens(
            {
                "grant_type": "authorization_code",
                "client_id": self.client_id,
                "redirect_uri": self.callback,
                "code": code,
                "code_verifier": verifier,
            }
        )

    def refresh(self, refresh_token: str) -> Tokens:
        """Give a new ID token. Raises AccessError(login_refused) where the session was ended, LedgerpostError."""
        form = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": refresh_token}
        return self._tokens(form)

    def revoke(self, refresh_token: str) -> None:
        """Have no ID token be made from `refresh_token` any more. Raises LedgerpostError(login_unavailable)."""
        answer = self._post("revoke", {"token": refresh_token, "client_id": self.client_id})
        if answer.status >= 500:
            raise _unavailable(f"It answered {answer.status}.")

    def key_set(self) -> Mapping[str, Any]:
        """Give the pool's public keys as they are published. Raises LedgerpostError(login_unavailable)."""
        url = httpx.URL(f"{self.issuer}/.well-known/jwks.json")
        answer = self.sender.send("GET", url, common_headers(url))
        document = read_json(answer) if isinstance(answer, HttpAnswer) and answer.status == 200 else None
        if not isinstance(document, dict):
            raise _unavailable("It did not give its public keys.")
        return document

    def _tokens(self, form: Mapping[str, str]) -> Tokens:
        answer = self._post("token", form)
        if answer.status in (400, 401, 403):
            raise AccessError("login_refused", "The user pool took neither the code nor the session.")
        document = read_json(answer) if answer.status == 200 else None
        if not isinstance(document, dict) or not isinstance(document.get("id_token"), str):
            raise _unavailable(f"It answered {answer.status} without a token.")
        return Tokens(document["id_token"], str(document.get("refresh_token") or ""))

    def _post(self, endpoint: str, form: Mapping[str, str]) -> HttpAnswer:
        url, body = httpx.URL(f"{self.url}/oauth2/{endpoint}"), urlencode(form).encode("ascii")
        headers = [*common_headers(url), FORM, (b"Content-Length", b"%d" % len(body))]
        answer = self.sender.send("POST", url, headers, body)
        if not isinstance(answer, HttpAnswer):
            raise _unavailable("It did not answer.")
        return answer


def challenge_of(verifier: str) -> str:
    """Give the S256 challenge of a verifier. Source: RFC 7636, section 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _unavailable(sentence: str) -> LedgerpostError:
    return LedgerpostError("login_unavailable", f"The user pool cannot be reached. {sentence}")
