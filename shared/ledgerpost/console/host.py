"""The console as one function from an HTTP API event (payload 2.0) to its answer, whatever server stands in front.

On a stage API Gateway calls it through `functions/console`; on a laptop `ledgerpost local --serve` does, on loopback.
Powertools' resolver finds the handler; the gate has decided before whether it is asked at all.
"""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from ledgerpost.console.answers import Page, Redirect, problem_document, problems_in, status_of
from ledgerpost.console.api import API, register
from ledgerpost.console.caller import Caller
from ledgerpost.console.gate import (
    CSRF_COOKIE,
    SECURITY_HEADERS,
    Endpoint,
    Gate,
    Identify,
    csrf_cookie,
    csrf_token,
)
from ledgerpost.console.offers import keep_refusal, may_send
from ledgerpost.console.pages import PAGES
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.rendering import STATIC, render, static_file
from ledgerpost.console.requests import Incoming, PageRequest, incoming_of
from ledgerpost.console.sentences import DONE
from ledgerpost.errors import LedgerpostError, UsageError
from ledgerpost.observability import Log

HTML = "text/html; charset=utf-8"
PROBLEM = "application/problem+json"
STATIC_PATH = "/static/<name>"

ENDPOINTS: tuple[Endpoint, ...] = (
    *(Endpoint(page.method, page.path, page.act) for page in PAGES),
    *API,
    Endpoint("GET", STATIC_PATH, None),
)
"""Every way in. What is not listed is not there."""


class Console:
    """The pages and the API over one set of ports. Safe for threads: it answers one request at a time."""

    def __init__(
        self, ports: ConsolePorts, identify: Identify, log: Log, *, on_loopback: bool = False, signs_in: bool = False
    ) -> None:
        """`on_loopback` is for a laptop: only requests to loopback by name are answered, and over plain http.
        `signs_in` where `login/front.py` stands before the console, so that pages lead there.
        """
        self._ports = ports
        self._log = log
        self._gate = Gate(endpoints=ENDPOINTS, identify=identify, loopback_only=on_loopback)
        self._secure = not on_loopback
        self._signs_in = signs_in
        # Powertools keeps the present event in a class of its own, one for all resolvers.
        self._one_at_a_time = threading.Lock()
        self._incoming: Incoming | None = None
        self._caller: Caller | None = None
        self._token = ""
        self._resolver = self._routed()

    @property
    def router(self) -> APIGatewayHttpResolver:
        """What finds the handler of a request."""
        return self._resolver

    def resolve(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one request. Never raises for what is asked: every refusal is an answer."""
        with self._one_at_a_time:
            answer, token = self._answered(event, context)
        headers = answer.setdefault("headers", {})
        headers |= SECURITY_HEADERS
        if token is not None:
            answer["cookies"] = [*answer.get("cookies", ()), csrf_cookie(token, secure=self._secure)]
        return answer

    def refused(self, error: LedgerpostError, incoming: Incoming | None) -> dict[str, Any]:
        """Give the answer to a request that goes no further."""
        return _secured(self._refusal(error, incoming))

    def redirect(self, to: str) -> dict[str, Any]:
        """Send a browser on to `to`."""
        return _secured({"statusCode": 303, "headers": {"Content-Type": HTML, "Location": to}, "body": ""})

    def page(self, template: str, *, csrf: str) -> dict[str, Any]:
        """Give a page for which nobody needs to be known; `csrf` is the token of its form."""
        body = self._html(template, None, {"csrf": csrf})
        return _secured({"statusCode": 200, "headers": {"Content-Type": HTML}, "body": body})

    def _answered(self, event: dict[str, Any], context: Any) -> tuple[dict[str, Any], str | None]:
        incoming: Incoming | None = None
        try:
            incoming = incoming_of(event)
            self._incoming, self._caller = incoming, self._admitted(incoming, event)
            self._token = csrf_token(incoming)
            answer = self._resolver.resolve(event, context)
        except LedgerpostError as error:
            return self._refusal(error, incoming), None
        except Exception as error:  # noqa: BLE001 - the one place: a defect is told as one, with nothing of its text
            self._log.failure("request.failed", error)
            return self._refusal(LedgerpostError("defect", "The page could not be made."), incoming), None
        is_page = not incoming.is_for_a_program and not incoming.path.startswith("/static/")
        is_new = incoming.cookies.get(CSRF_COOKIE) != self._token
        return answer, self._token if is_page and is_new else None

    def _admitted(self, incoming: Incoming, event: Mapping[str, Any]) -> Caller | None:
        """Give the caller; who may not do it is kept in the change log before they are told so."""
        try:
            return self._gate.admit(incoming, event)
        except LedgerpostError as error:
            if error.code == "not_allowed":
                keep_refusal(self._gate, incoming, event, self._ports)
            raise

    def _routed(self) -> APIGatewayHttpResolver:
        resolver = APIGatewayHttpResolver(enable_validation=True)
        for page in PAGES:
            route = resolver.route(page.path, [page.method], include_in_schema=False, enable_validation=False)
            route(self._handler_of(page))
        resolver.get(STATIC_PATH, include_in_schema=False, enable_validation=False)(_static)
        register(resolver, self._ports, self._known_caller, self._present)
        resolver.exception_handler(LedgerpostError)(self._refused)
        resolver.not_found(self._nowhere)
        resolver.exception_handler(RequestValidationError)(self._unreadable)
        return resolver

    def _present(self) -> Incoming:
        assert self._incoming is not None, "a handler runs inside a request"
        return self._incoming

    def _known_caller(self) -> Caller:
        assert self._caller is not None, "the gate lets nobody in without a name"
        return self._caller

    def _handler_of(self, page: Page) -> Callable[..., Response[str]]:
        def handler(**parts: str) -> Response[str]:
            incoming = self._present()
            request = PageRequest(
                path=incoming.path,
                query=incoming.query,
                form=incoming.form,
                caller=self._known_caller(),
                csrf=self._token,
            )
            answer = page.handler(request, self._ports, parts)
            if isinstance(answer, Redirect):
                return Response(303, HTML, "", {"Location": answer.to})
            done = DONE.get(request.query.text("done"), "")
            return Response(
                answer.status, HTML, self._html(answer.template, request, {"notice": done, **answer.values})
            )

        return handler

    def _html(self, template: str, request: PageRequest | None, values: Mapping[str, Any]) -> str:
        path = request.path if request else "/"
        caller = request.caller if request else None
        token = request.csrf if request else ""

        def may_post(to: str) -> bool:
            return caller is not None and may_send(caller.role, "POST", to, ENDPOINTS)

        around = {
            "path": path,
            "caller": caller,
            "csrf": token,
            "place": self._ports.place,
            "notice": "",
            "may_post": may_post,
            "signs_in": self._signs_in,
        }
        return render(template, around | dict(values))

    def _refused(self, error: LedgerpostError) -> Response[str]:
        answer = self._refusal(error, self._present())
        return Response(answer["statusCode"], None, answer["body"], answer["headers"])

    def _nowhere(self, error: NotFoundError) -> Response[str]:  # noqa: ARG002 - it says only that nothing was found
        return self._refused(UsageError("page_not_found", f"There is nothing under {self._present().path}."))

    def _unreadable(self, error: RequestValidationError) -> Response[str]:
        """Name what is wrong and where; what was sent is never quoted."""
        places = [".".join(str(part) for part in each["loc"]) for each in error.errors()]
        return self._refused(UsageError("request_unreadable", f"Not as expected: {', '.join(dict.fromkeys(places))}."))

    def _refusal(self, error: LedgerpostError, incoming: Incoming | None) -> dict[str, Any]:
        status = status_of(error)
        if incoming is not None and incoming.is_for_a_program:
            body = json.dumps(problem_document(error), ensure_ascii=False)
            return {"statusCode": status, "headers": {"Content-Type": PROBLEM}, "body": body}
        body = self._html("refused.html", None, {"problems": problems_in(error), "status": status})
        return {"statusCode": status, "headers": {"Content-Type": HTML}, "body": body}


def _secured(answer: dict[str, Any]) -> dict[str, Any]:
    answer["headers"] |= SECURITY_HEADERS
    return answer


def _static(name: str) -> Response[bytes]:
    content = static_file(name)
    if content is None:
        raise UsageError("page_not_found", f"There is no file {name!r}.")
    return Response(200, STATIC[name], content.decode())  # type: ignore[arg-type]
