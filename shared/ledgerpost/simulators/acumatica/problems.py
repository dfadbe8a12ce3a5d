"""How the API refuses a call. Source: reference/acumatica.md §10, and §2 for the logins.

An odd API: what a person would call a wrong password, a missing record or a broken business rule is a 500.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from ledgerpost.simulators.acumatica.jsontext import encode
from ledgerpost.simulators.serving.exchange import Answer, Refusal

JSON: Final = "application/json; charset=utf-8"
LIMIT_TEXT: Final = b"The custom error module does not recognize this error."
MULTIPLE_INSTALLMENTS: Final = (
    "No applications can be created for documents with multiple installment credit terms specified."
)


class SiteRefusal(Refusal):
    """A refusal with its status and body. Nothing was applied, unless the one who raises it says otherwise."""

    def __init__(
        self, status: HTTPStatus, body: bytes = b"", content_type: str = JSON, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(body.decode(errors="replace"))
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = dict(headers or {})

    def answer(self) -> Answer:
        """The refusal as an answer."""
        return Answer(int(self.status), self.body, self.content_type, dict(self.headers))


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule: the steps to the field in the sent document, and what is wrong there."""

    path: tuple[str | int, ...]
    message: str


def exception(message: str, kind: str = "PX.Data.PXException", inner: str = "") -> SiteRefusal:
    """A 500 as the site raises it for nearly everything."""
    document: dict[str, Any] = {
        "message": "An error has occurred.",
        "exceptionMessage": message,
        "exceptionType": kind,
        "stackTrace": "   at PX.Api.ContractBased.EntityService.Put(Entity entity)\r\n   at lambda_method(Closure)",
    }
    if inner:
        document["innerException"] = {
            "message": "An error has occurred.",
            "exceptionMessage": inner,
            "exceptionType": "PX.Data.PXException",
            "stackTrace": "",
        }
    return SiteRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, encode(document))


def no_entity() -> SiteRefusal:
    """A GET by key that finds nothing."""
    return exception(
        "No entity satisfies the condition.", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"
    )


def not_optimized(detail: str) -> SiteRefusal:
    """A list that the site cannot make of its views, as a filter over detail rows."""
    return exception(detail, "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException")


def timed_out() -> SiteRefusal:
    """The database gave up, which may be after the save."""
    return exception("Execution Timeout Expired.", "System.Data.SqlClient.SqlException")


def bad_credentials() -> SiteRefusal:
    """A wrong user name or password is a 500 as well."""
    return exception("Error: Invalid credentials. Please try again.")


def unknown_company() -> SiteRefusal:
    """The tenant is not one of this site."""
    return exception(
        "Error: A proper company ID cannot be determined for the request.", "PX.Data.PXUndefinedCompanyException"
    )


def login_limit() -> SiteRefusal:
    """Every slot of the licence for API users is taken."""
    return exception(
        "API Login Limit: the maximum number of concurrent API logins has been reached. "
        "See the Sign-Ins on the License Monitoring Console (SM604000)."
    )


def not_signed_in() -> SiteRefusal:
    """No session, or one that has ended; the body is empty."""
    return SiteRefusal(HTTPStatus.UNAUTHORIZED)


def invalid_request(*reasons: str) -> SiteRefusal:
    """The body cannot be read."""
    return SiteRefusal(
        HTTPStatus.BAD_REQUEST, encode({"message": "The request is invalid.", "modelState": {"": list(reasons)}})
    )


def body_too_large() -> Answer:
    """The answer to a body above the limit of the server."""
    return SiteRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE).answer()


def not_found() -> SiteRefusal:
    """No such endpoint, version or entity; the body is empty."""
    return SiteRefusal(HTTPStatus.NOT_FOUND)


def method_not_allowed(allowed: str) -> SiteRefusal:
    """The path exists, the method on it does not."""
    body = encode({"message": "The requested resource does not support the http method."})
    return SiteRefusal(HTTPStatus.METHOD_NOT_ALLOWED, body, headers={"Allow": allowed})


def length_required() -> SiteRefusal:
    """IIS wants a Content-Length, also of an empty body."""
    return SiteRefusal(HTTPStatus.LENGTH_REQUIRED, b"<h2>Length Required</h2>", "text/html")


def precondition_failed() -> SiteRefusal:
    """`If-None-Match: *` met a record, or `If-Match: *` met none."""
    return SiteRefusal(HTTPStatus.PRECONDITION_FAILED, encode({"message": "The precondition of the request failed."}))


def too_many_requests(retry_after_s: int | None = None) -> SiteRefusal:
    """The licence's limit; plain text, and as a rule without Retry-After."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return SiteRefusal(HTTPStatus.TOO_MANY_REQUESTS, LIMIT_TEXT, "text/plain", headers)


def unprocessable(document: Mapping[str, Any], errors: Sequence[FieldError]) -> SiteRefusal:
    """The sent entity, echoed with an `error` beside each field that breaks a rule, and one at its top."""
    echoed = _copied(document)
    for error in errors:
        _place(echoed, error)
    entity = "Inserting or updating the record raised at least one error. Please review the errors."
    return SiteRefusal(HTTPStatus.UNPROCESSABLE_ENTITY, encode({**echoed, "error": entity}))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _place(document: Any, error: FieldError) -> None:
    """Write the error at its path, making the steps that were not sent."""
    at = document
    for step in error.path:
        if isinstance(step, int):
            at = at[step] if isinstance(at, list) and step < len(at) else {}
        else:
            at = at.setdefault(step, {}) if isinstance(at, dict) else {}
    if isinstance(at, dict):
        at["error"] = error.message
