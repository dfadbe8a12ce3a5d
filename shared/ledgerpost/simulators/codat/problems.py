"""The errors of the API, in its one shape. Source: codat sheet, section 7."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from ledgerpost.simulators.serving.exchange import Answer, Refusal

SERVICE: Final = "PublicApi"


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a body breaks: `item` is the path of what is wrong, `validator` the rule's name."""

    item: str
    message: str
    validator: str = "Schema"

    def document(self) -> dict[str, Any]:
        """The violation as the API writes it."""
        return {"itemId": self.item, "message": self.message, "validatorName": self.validator}


def validation_document(violations: Sequence[Violation]) -> dict[str, Any]:
    """The `validation` of an error or of a failed push."""
    return {"errors": [violation.document() for violation in violations], "warnings": []}


class ApiError(Refusal):
    """A call that the API refuses; nothing was done, unless the one who raises it says otherwise."""

    def __init__(
        self,
        status: HTTPStatus,
        error: str,
        *,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        can_be_retried: str = "False",
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.violations = tuple(violations)
        self.headers = dict(headers or {})
        self.can_be_retried = can_be_retried

    def answer(self) -> Answer:
        """The error as JSON; `validation` is null where there is nothing to say."""
        document = {
            "statusCode": self.status.value,
            "service": SERVICE,
            "error": self.error,
            "correlationId": uuid.uuid4().hex,
            "validation": validation_document(self.violations) if self.violations else None,
            "canBeRetried": self.can_be_retried,
            "detailedErrorCode": 0,
        }
        return Answer(int(self.status), json.dumps(document).encode(), headers=dict(self.headers))


def body_too_large() -> Answer:
    """The answer to a body above the limit of the server."""
    return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is above 5 MB").answer()


def bad_request(error: str, violations: Sequence[Violation] = ()) -> ApiError:
    """The body or the query cannot be read, or breaks a rule."""
    return ApiError(HTTPStatus.BAD_REQUEST, error, violations=violations)


def unauthorized() -> ApiError:
    """No key, or none that is known."""
    headers = {"WWW-Authenticate": 'Basic realm="codat"'}
    return ApiError(HTTPStatus.UNAUTHORIZED, "The supplied Codat API key is incorrect", headers=headers)


def forbidden(error: str) -> ApiError:
    """The key is good, and the thing may not be done."""
    return ApiError(HTTPStatus.FORBIDDEN, error)


def not_found(error: str) -> ApiError:
    """No such path, company, connection, operation or sync."""
    return ApiError(HTTPStatus.NOT_FOUND, error)


def method_not_allowed(allowed: str) -> ApiError:
    """The path exists, the method on it does not."""
    return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, f"This path answers {allowed}", headers={"Allow": allowed})


def too_many_requests(retry_after_s: int) -> ApiError:
    """A limit is reached."""
    headers = {"Retry-After": str(retry_after_s), "Cache-Control": "no-store"}
    return ApiError(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", headers=headers, can_be_retried="True")


def unavailable(retry_after_s: int) -> ApiError:
    """The service is away; nothing was taken."""
    headers = {"Retry-After": str(retry_after_s)}
    error = "The service is temporarily unavailable"
    return ApiError(HTTPStatus.SERVICE_UNAVAILABLE, error, headers=headers, can_be_retried="True")


def internal(error: str) -> ApiError:
    """An error of the service; the one who raises it knows what was done before."""
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, error, can_be_retried="Unknown")
