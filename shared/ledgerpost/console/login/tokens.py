"""What an ID token says, once its signature and every claim that says whose it is have been verified.

Source: OpenID Connect Core 1.0, section 3.1.3.7; Amazon Cognito, "Verifying JSON web tokens"; RFC 8725, section 3.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ledgerpost.console.caller import AccessError
from ledgerpost.ports import Clock

if TYPE_CHECKING:
    from jwt import PyJWK

Claims = Mapping[str, Any]

ALGORITHMS = ("RS256",)
"""What a user pool signs with. It is never taken from the token: there it could say `none`."""

REQUIRED = ("aud", "exp", "iat", "iss", "sub", "token_use")

ID_USE = "id"
"""An access token of the same pool and client is none of ours: it carries no tenant."""

LEEWAY_S = 10
"""Seconds that two clocks may be apart."""

KEYS_AGE_MIN = timedelta(minutes=1)
"""A key id that is not known has the keys fetched again, but not more often than this: anybody can make one up."""


class SessionOverError(AccessError):
    """The token was a good one and its time is over."""

    def __init__(self) -> None:
        super().__init__("not_signed_in", "The session is over.")


@dataclass
class SigningKeys:
    """The public keys of a user pool by their ids; `fetch` gives its key set. Fetched on first use."""

    fetch: Callable[[], Mapping[str, Any]]
    clock: Clock
    _keys: "dict[str, PyJWK]" = field(default_factory=dict, init=False)
    _fetched_at: datetime | None = field(default=None, init=False)

    def find(self, key_id: str) -> "PyJWK | None":
        """Give the key; None where the pool has none of that id. Raises what `fetch` does."""
        if key_id not in self._keys and self._may_fetch():
            self._keys = _usable_keys(self.fetch())
            self._fetched_at = self.clock.now()
        return self._keys.get(key_id)

    def _may_fetch(self) -> bool:
        return self._fetched_at is None or self.clock.now() - self._fetched_at >= KEYS_AGE_MIN


def _usable_keys(document: Mapping[str, Any]) -> "dict[str, PyJWK]":
    from jwt import PyJWK  # noqa: PLC0415 - from the layer that the console's function alone has

    listed = document.get("keys")
    rsa = [each for each in listed if each.get("kty") == "RSA" and each.get("kid")] if isinstance(listed, list) else []
    return {str(each["kid"]): PyJWK(each, algorithm=ALGORITHMS[0]) for each in rsa}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokens:
    """The ID tokens that `issuer` gives to the client `client_id`, and to nobody else."""

    issuer: str
    client_id: str
    keys: SigningKeys

    def verified(self, token: str, *, nonce: str | None = None) -> Claims:
        """Give the claims of `token`. `nonce` is the one that a sign-in asked for; None where nobody signs in.

        Raises SessionOverError where its time is over, AccessError(not_signed_in) for everything else that is wrong
        with it, and what fetching the keys does. No sentence repeats any of the token.
        """
        import jwt  # noqa: PLC0415 - as above

        try:
            key = self.keys.find(str(jwt.get_unverified_header(token).get("kid", "")))
            if key is None:
                raise AccessError("not_signed_in", "The token is signed by no key of the user pool.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self.client_id,
                issuer=self.issuer,
                leeway=LEEWAY_S,
                options={"require": list(REQUIRED), "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise SessionOverError from None
        except jwt.PyJWTError as error:
            raise AccessError("not_signed_in", f"The token is refused: {_reason(error)}.") from None
        if claims["token_use"] != ID_USE:
            raise AccessError("not_signed_in", "The token is no ID token.")
        if nonce is not None and claims.get("nonce") != nonce:
            raise AccessError("not_signed_in", "The token was not made for this sign-in.")
        return claims


def _reason(error: Exception) -> str:
    """Give what is wrong by the fault's name: its own sentence may repeat what the token claims."""
    return {
        "InvalidAudienceError": "it is for another client",
        "InvalidIssuerError": "it is of another user pool",
        "InvalidSignatureError": "its signature is wrong",
        "InvalidAlgorithmError": "it is not signed as this user pool signs",
        "MissingRequiredClaimError": "it lacks a claim",
    }.get(type(error).__name__, "it is no token of this user pool")
