"""The gate before every page and every call: who asks, whether they may, and whether a browser was tricked into it.

What is not listed in the endpoints is not there; what a person does there has to be allowed to their role. A change
by a browser has to come from a page of ours: its origin is the host it asks, and its form carries the token that the
cookie has (double submit); a call of the API has to be JSON, which no foreign form can send.
Source: OWASP, "Cross-Site Request Forgery Prevention"; Fetch standard, "CORS-safelisted request-header".
"""

import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ledgerpost.app.change_log import require
from ledgerpost.console.caller import AccessError, Caller
from ledgerpost.console.requests import JSON_TYPE, Incoming
from ledgerpost.domain.access import Act
from ledgerpost.errors import UsageError

CSRF_FIELD = "csrf"
CSRF_COOKIE = "ledgerpost_csrf"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""On every answer. No script and no style stands in a page itself. Source: CSP Level 3; OWASP Secure Headers."""

Identify = Callable[[Mapping[str, Any]], Caller]
"""Gives the caller of an HTTP API event, or raises AccessError(not_signed_in)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A way in: the method, the path with `<name>` for what varies, and what a person does here. None: it has a check
    of its own (a webhook's signature), or there is nothing to protect (a style sheet).
    """

    method: str
    path: str
    act: Act | None

    def matches(self, method: str, path: str) -> bool:
        """Say whether a request comes in here."""
        return method == self.method and re.fullmatch(_pattern(self.path), path) is not None


def _pattern(path: str) -> str:
    return "".join("[^/]+" if part.startswith("<") else re.escape(part) for part in re.split(r"(<\w+>)", path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`identify` gives the caller. `loopback_only` is for a laptop, which has no authorizer in front of it: only a
    browser that asked for loopback by its name is answered, so that no foreign name can be made to point here.
    """

    endpoints: Sequence[Endpoint]
    identify: Identify
    loopback_only: bool = False

    def endpoint_of(self, incoming: Incoming) -> Endpoint:
        """Give where the request comes in. Raises UsageError(page_not_found)."""
        for endpoint in self.endpoints:
            if endpoint.matches(incoming.method, incoming.path):
                return endpoint
        raise UsageError("page_not_found", f"There is no {incoming.method} {incoming.path}.")

    def admit(self, incoming: Incoming, event: Mapping[str, Any]) -> Caller | None:
        """Give the caller; None where the endpoint needs none. Raises AccessError and UsageError, before anything."""
        if self.loopback_only and host_of(incoming.headers.get("host", "")) not in LOOPBACK_HOSTS:
            raise AccessError("host_refused", "The request was sent to another name than that of loopback.")
        endpoint = self.endpoint_of(incoming)
        if endpoint.act is None:
            return None
        caller = self.identify(event)
        require(caller.person, endpoint.act)
        if incoming.method != "GET":
            refuse_a_trick(incoming)
        return caller


def host_of(authority: str) -> str:
    """Give the host of `host:port`, without the brackets of an IPv6 address; blank for what is none."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def csrf_token(incoming: Incoming) -> str:
    """Give the token of the browser's cookie, or a new one: 256 bits, from the system's own source."""
    kept = incoming.cookies.get(CSRF_COOKIE, "")
    return kept if re.fullmatch(r"[A-Za-z0-9_-]{43}", kept) else secrets.token_urlsafe(32)


def csrf_cookie(token: str, *, secure: bool) -> str:
    """Give the header that keeps the token in the browser; no script reads it, no foreign site has it sent."""
    return f"{CSRF_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"


def refuse_a_trick(incoming: Incoming) -> None:
    """Refuse a change that no page of ours and no program asked for. Raises AccessError, UsageError."""
    origin = incoming.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != incoming.headers.get("host", ""):
        raise AccessError("form_not_ours", "The request comes from a page of another site.")
    if incoming.is_for_a_program:
        if incoming.content_type != JSON_TYPE:
            raise UsageError("request_unreadable", f"The body has to be {JSON_TYPE}.")
        return
    kept, sent = incoming.cookies.get(CSRF_COOKIE, ""), incoming.form.raw(CSRF_FIELD)
    if not kept or not hmac.compare_digest(kept.encode(), sent.encode()):
        raise AccessError("form_not_ours", "The form carries no token of this browser.")
