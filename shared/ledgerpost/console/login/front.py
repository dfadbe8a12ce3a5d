"""What stands before a stage's console: it signs people in and out, and tells the console who a verified token names.

Read from the top: `resolve` sends a request on to the API, to a page of signing in, or to a page of the console with
the claims of the browser's session. The claims that reach the console are those verified here or by the HTTP API's
authorizer; whatever else an event brings under that name is taken away.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ledgerpost.console.caller import AccessError
from ledgerpost.console.gate import csrf_cookie, csrf_token, refuse_a_trick
from ledgerpost.console.host import Console
from ledgerpost.console.login.cookies import (
    COOKIE_CHARACTERS_MAX,
    ID_COOKIE,
    LOGIN_COOKIE,
    REFRESH_COOKIE,
    LoginUnderWay,
    cookie,
    forgotten,
)
from ledgerpost.console.login.provider import HostedLogin, Tokens
from ledgerpost.console.login.tokens import ID_USE, Claims, IdTokens, SessionOverError
from ledgerpost.console.requests import Incoming, incoming_of
from ledgerpost.errors import LedgerpostError, UsageError
from ledgerpost.observability import Log

Event = dict[str, Any]
Answer = dict[str, Any]

HTTPS_ONLY: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
"""A browser that was here once asks over https alone, for a year. Source: RFC 6797."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who a browser's cookies name, and the cookies that are new."""

    claims: Claims
    cookies: tuple[str, ...] = ()


class Front:
    """The way into one stage's console."""

    def __init__(self, console: Console, login: HostedLogin, tokens: IdTokens, log: Log) -> None:
        self._console = console
        self._login = login
        self._tokens = tokens
        self._log = log
        self._pages = {
            ("GET", "/login"): self._begin,
            ("GET", "/callback"): self._finish,
            ("GET", "/logout"): self._ask_to_leave,
            ("POST", "/logout"): self._leave,
            ("GET", "/signed-out"): self._say_goodbye,
        }

    def resolve(self, event: Event, context: Any) -> Answer:
        """Answer one request of the HTTP API. Every refusal is an answer."""
        incoming: Incoming | None = None
        try:
            incoming = incoming_of(event)
            answer = self._answered(incoming, event, context)
        except LedgerpostError as error:
            answer = self._console.refused(error, incoming)
        answer.setdefault("headers", {}).update(HTTPS_ONLY)
        return answer

    def _answered(self, incoming: Incoming, event: Event, context: Any) -> Answer:
        if incoming.is_for_a_program:
            return self._console.resolve(with_claims(event, authorized_claims(event)), context)
        page = self._pages.get((incoming.method, incoming.path))
        if page is not None:
            return page(incoming)
        if incoming.path.startswith("/static/"):
            return self._console.resolve(with_claims(event, None), context)
        session = self._session_of(incoming)
        if session is None and incoming.method == "GET":
            return self._sent_to_sign_in(incoming, event)
        answer = self._console.resolve(with_claims(event, session.claims if session else None), context)
        return _with_cookies(answer, session.cookies if session else ())

    def _session_of(self, incoming: Incoming) -> Session | None:
        """Give the session of the browser, renewed where its hour is over; None where it has none any more."""
        token, renewing = incoming.cookies.get(ID_COOKIE, ""), incoming.cookies.get(REFRESH_COOKIE, "")
        if token:
            try:
                return Session(self._tokens.verified(token))
            except SessionOverError:
                pass
        if not renewing:
            return None
        try:
            renewed = self._login.refresh(renewing)
        except AccessError:
            return None
        return Session(self._tokens.verified(renewed.id_token), (_kept(ID_COOKIE, renewed.id_token),))

    def _sent_to_sign_in(self, incoming: Incoming, event: Event) -> Answer:
        query = str(event.get("rawQueryString") or "")
        to = f"{incoming.path}?{query}" if query else incoming.path
        return self._console.redirect(f"/login?{urlencode({'next': to})}")

    def _begin(self, incoming: Incoming) -> Answer:
        under_way = LoginUnderWay.begun(incoming.query.text("next"))
        to = self._login.authorize_url(state=under_way.state, nonce=under_way.nonce, verifier=under_way.verifier)
        return _with_cookies(self._console.redirect(to), (under_way.cookie,))

    def _finish(self, incoming: Incoming) -> Answer:
        under_way, state = LoginUnderWay.of(incoming.cookies), incoming.query.raw("state")
        if under_way is None or not hmac.compare_digest(under_way.state.encode(), state.encode()):
            raise AccessError("login_refused", "This browser began no such sign-in, or too long ago.")
        if incoming.query.raw("error") or not incoming.query.raw("code"):
            raise AccessError("login_refused", "The user pool let nobody in.")
        tokens = self._login.exchange(incoming.query.raw("code"), under_way.verifier)
        self._tokens.verified(tokens.id_token, nonce=under_way.nonce)
        cookies = (*_cookies_of(tokens), *forgotten(LOGIN_COOKIE))
        return _with_cookies(self._console.redirect(under_way.to), cookies)

    def _ask_to_leave(self, incoming: Incoming) -> Answer:
        token = csrf_token(incoming)
        answer = self._console.page("logout.html", csrf=token)
        # The form leads on to the pool's own page, and a browser holds the whole chain against `form-action`.
        policy = str(answer["headers"]["Content-Security-Policy"])
        answer["headers"]["Content-Security-Policy"] = policy.replace(
            "form-action 'self'", f"form-action 'self' {self._login.url}"
        )
        return _with_cookies(answer, (csrf_cookie(token, secure=True),))

    def _leave(self, incoming: Incoming) -> Answer:
        refuse_a_trick(incoming)
        renewing = incoming.cookies.get(REFRESH_COOKIE, "")
        if renewing:
            try:
                self._login.revoke(renewing)
            except LedgerpostError as error:
                # The browser forgets its session all the same; what renews it ends by itself within half a day.
                self._log.failure("login.not_revoked", error)
        cookies = forgotten(ID_COOKIE, REFRESH_COOKIE, LOGIN_COOKIE)
        return _with_cookies(self._console.redirect(self._login.logout_url()), cookies)

    def _say_goodbye(self, incoming: Incoming) -> Answer:  # noqa: ARG002 - it says the same to everybody
        return self._console.page("signed_out.html", csrf="")


def authorized_claims(event: Mapping[str, Any]) -> Claims | None:
    """Give the claims of the HTTP API's authorizer, where they are of an ID token; None where there are none."""
    found: Any = event
    for key in ("requestContext", "authorizer", "jwt", "claims"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) and found.get("token_use") == ID_USE else None


def with_claims(event: Event, claims: Claims | None) -> Event:
    """Give the event with these claims and no others."""
    authorizer = {"jwt": {"claims": dict(claims)}} if claims is not None else {}
    return event | {"requestContext": {**event.get("requestContext", {}), "authorizer": authorizer}}


def _cookies_of(tokens: Tokens) -> tuple[str, ...]:
    refresh = (_kept(REFRESH_COOKIE, tokens.refresh_token),) if tokens.refresh_token else ()
    return (_kept(ID_COOKIE, tokens.id_token), *refresh)


def _kept(name: str, token: str) -> str:
    header = cookie(name, token)
    if len(header) > COOKIE_CHARACTERS_MAX:
        raise UsageError("login_refused", "The token is longer than a browser keeps: the person is in too many groups.")
    return header


def _with_cookies(answer: Answer, cookies: "tuple[str, ...] | list[str]") -> Answer:
    if cookies:
        answer["cookies"] = [*answer.get("cookies", ()), *cookies]
    return answer
