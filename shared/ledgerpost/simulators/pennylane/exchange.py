"""The refusals of the API, and answers of it.

Source: pennylane sheet, section 6: the sources disagree on the shape of an error, so each kind here has another one.
"""

import json
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from ledgerpost.simulators.serving.exchange import Answer, Call

PLAIN: Final = "text/plain; charset=utf-8"


def parameters_of(call: Call) -> dict[str, str]:
    """The query's parameters; of one that is given twice, the last."""
    return dict(parse_qsl(call.query, keep_blank_values=True))


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A call that is refused; it is raised where that is found out and answered in one place."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(document: object, status: int = HTTPStatus.OK) -> Answer:
    """An answer of JSON; what is Decimal is given as text."""
    return Answer(int(status), json.dumps(document, default=_text).encode())


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)


def unauthorized() -> Refusal:
    """401: a missing, a wrong and an expired token are not told apart."""
    document = {"error": "unauthorized", "message": "The access token is invalid", "details": {}}
    return Refusal(json_answer(document, HTTPStatus.UNAUTHORIZED))


def forbidden(scope: str) -> Refusal:
    """403: the scope is missing, and the text names it."""
    text = f'Access to this resource requires scope "{scope}"'
    return Refusal(json_answer({"error": text, "status": 403}, HTTPStatus.FORBIDDEN))


def rate_limited(retry_after_s: int) -> Refusal:
    """429: plain text, no JSON."""
    text = f"Rate limit exceeded. Please retry in {retry_after_s} seconds."
    headers = {"retry-after": str(retry_after_s)}
    return Refusal(Answer(int(HTTPStatus.TOO_MANY_REQUESTS), text.encode(), PLAIN, headers))


def unavailable(retry_after_s: int) -> Refusal:
    """503: nothing was done."""
    document = {"error": "service_unavailable", "message": "Please try again later", "details": {}}
    answer = json_answer(document, HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["retry-after"] = str(retry_after_s)
    return Refusal(answer)


def bad_request(text: str) -> Refusal:
    """400 in the shape of the OpenAPI document."""
    return Refusal(json_answer({"error": text, "status": 400}, HTTPStatus.BAD_REQUEST))


def schema_refused(message: str, code: str, *, field_name: str = "", payload: Any = None) -> Refusal:
    """400 by the request schema; which of `field` and `payload` stand in it depends on the code."""
    document: dict[str, Any] = {"message": message}
    if field_name:
        document["field"] = field_name
    if payload is not None:
        document["payload"] = payload
    document["code"] = code
    return Refusal(json_answer(document, HTTPStatus.BAD_REQUEST))


def not_found(kind: str, resource_id: object) -> Refusal:
    """404 of one resource."""
    document = {"status": 404, "error": f"Couldn't find {kind} with 'id'={resource_id}"}
    return Refusal(json_answer(document, HTTPStatus.NOT_FOUND))


def no_such_path() -> Refusal:
    """404 of an unknown URL: a web page without a body."""
    return Refusal(Answer(int(HTTPStatus.NOT_FOUND), content_type="text/html"))


def conflict(text: str) -> Refusal:
    """409: it is there already."""
    return Refusal(json_answer({"status": 409, "error": text}, HTTPStatus.CONFLICT))


def unprocessable(text: str) -> Refusal:
    """422: readable, and against a rule."""
    return Refusal(json_answer({"error": text, "status": 422}, HTTPStatus.UNPROCESSABLE_ENTITY))
