"""A user pool as Cognito's endpoints behave: it signs by a key of its own, and takes a code once, with its verifier."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from ledgerpost.console.login.provider import challenge_of

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool"
PAGES = "https://ledgerpost-dev.auth.eu-west-1.amazoncognito.com"
CLIENT = "client-of-the-console"
ORIGIN = "https://console.example"

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk_of(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return public | {"kid": key_id, "alg": "RS256", "use": "sig"}


@dataclass
class UserPool:
    """Answers over httpx's transport; `requests` are the paths that it was asked, `is_down` has it answer 500."""

    requests: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    is_down: bool = False
    key_id: str = "key-1"
    _codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def claims(self, *, seconds: int = 900, **changes: Any) -> dict[str, Any]:
        """Give an ID token's claims as the pool makes them for a viewer of acme; None takes a claim away."""
        now = int(time.time())
        claims = {
            "sub": "b6a1", "iss": ISSUER, "aud": CLIENT, "token_use": "id", "iat": now - 5, "exp": now + seconds,
            "email": "ada@acme.example", "cognito:username": "b6a1", "cognito:groups": ["viewer"],
            "custom:tenant": "acme",
        } | changes  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key: Any = KEY, algorithm: str = "RS256", key_id: str = "", **changes: Any) -> str:
        """Give a signed token with such claims."""
        headers = {"kid": key_id or self.key_id}
        return jwt.encode(self.claims(**changes), key, algorithm=algorithm, headers=headers)

    def signed_in(self, address: str, **claims: Any) -> str:
        """Sign a person in on the pool's pages at `address`; give where the browser is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(8)
        self._codes[code] = (asked, {"nonce": asked["nonce"]} | claims)
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        if self.is_down:
            return httpx.Response(500)
        if request.url.path.endswith("/.well-known/jwks.json"):
            return httpx.Response(200, json={"keys": [jwk_of(KEY, self.key_id), {"kty": "EC", "kid": "other"}]})
        form = {name: values[0] for name, values in parse_qs(request.read().decode()).items()}
        if request.url.path == "/oauth2/revoke":
            self.revoked.append(form["token"])
            return httpx.Response(200)
        return self._tokens(form)

    def _tokens(self, form: Mapping[str, str]) -> httpx.Response:
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] in self.revoked or form["client_id"] != CLIENT:
                return httpx.Response(400, json={"error": "invalid_grant"})
            return httpx.Response(200, content=json.dumps({"id_token": self.token(), "expires_in": 900}))
        asked, claims = self._codes.pop(form["code"], ({}, {}))
        is_right = asked.get("code_challenge") == challenge_of(form["code_verifier"])
        if not is_right or asked["redirect_uri"] != form["redirect_uri"] or form["client_id"] != CLIENT:
            return httpx.Response(400, json={"error": "invalid_grant"})
        answer = {"id_token": self.token(**claims), "access_token": "unused", "refresh_token": "renewing-1"}
        return httpx.Response(200, json=answer | {"expires_in": 900, "token_type": "Bearer"})
