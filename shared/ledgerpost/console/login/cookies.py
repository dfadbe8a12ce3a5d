"""The cookies of a session: the ID token, what renews it, and what a sign-in under way has to bring back.

All of them are for this host alone (`__Host-`), over https alone, and read by no script. `Lax` and not `Strict`: the
browser comes back from the user pool's pages, which are another site. Source: RFC 6265bis, sections 4.1.2 and 4.1.3.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

ID_COOKIE = "__Host-ledgerpost_id"
REFRESH_COOKIE = "__Host-ledgerpost_refresh"
LOGIN_COOKIE = "__Host-ledgerpost_login"

LOGIN_S = 600
"""Seconds that a sign-in may take, finding a second factor included."""

COOKIE_CHARACTERS_MAX = 4096
"""A browser may drop a longer one without a word. Source: RFC 6265, section 6.1."""

NEXT_CHARACTERS_MAX = 1000

_OURS = re.compile(r"/(?![/\\])[^\\\x00-\x20]*")
_MARK = r"[A-Za-z0-9_-]{43}"
_LOGIN = re.compile(rf"({_MARK})\.({_MARK})\.({_MARK})\.([A-Za-z0-9_=-]*)")
_OF_LOGIN = ("/login", "/callback", "/logout", "/signed-out")


def cookie(name: str, value: str, *, seconds: int | None = None) -> str:
    """Give the header that keeps `value`; without `seconds` the browser forgets it when it is closed."""
    lasting = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{lasting}"


def forgotten(*names: str) -> list[str]:
    """Give the headers that have a browser forget the cookies."""
    return [cookie(name, "", seconds=0) for name in names]


@dataclass(frozen=True, slots=True)
class LoginUnderWay:
    """What the browser that began a sign-in has, and nobody else: 256 bits each, but for the page to go on to."""

    state: str
    nonce: str
    verifier: str
    to: str

    @classmethod
    def begun(cls, to: str) -> "LoginUnderWay":
        """Begin a sign-in that leads on to `to`, where that is a page of ours."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, page_of_ours(to))

    @property
    def cookie(self) -> str:
        """The header that keeps it in the browser until it comes back."""
        to = urlsafe_b64encode(self.to.encode()).decode()
        return cookie(LOGIN_COOKIE, f"{self.state}.{self.nonce}.{self.verifier}.{to}", seconds=LOGIN_S)

    @classmethod
    def of(cls, cookies: Mapping[str, str]) -> "LoginUnderWay | None":
        """Read it from what the browser brought; None where it brought none."""
        found = _LOGIN.fullmatch(cookies.get(LOGIN_COOKIE, ""))
        if found is None:
            return None
        try:
            to = urlsafe_b64decode(found[4]).decode()
        except ValueError:
            return None
        return cls(found[1], found[2], found[3], page_of_ours(to))


def page_of_ours(path: str) -> str:
    """Give `path` where it is a page of the console; the overview for any other address, so that none leads away."""
    page = path.partition("?")[0]
    is_ours = len(path) <= NEXT_CHARACTERS_MAX and _OURS.fullmatch(path) and path.isascii()
    return path if is_ours and page not in _OF_LOGIN and not page.startswith("/v1") else "/"
