"""The errors of the contract, each built in one place.

Source: reference/pennypipe.md §3.4; RFC 9457 for the body, RFC 6750 §3 for `WWW-Authenticate`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ledgerpost.simulators.serving.exchange import Answer, Refusal

PROBLEM_JSON: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong at one path of the body, as in `entry.amount`."""

    path: str
    message: str


class Problem(Refusal):
    """A refusal with its status and `code`. Nothing was applied, unless the one who raises it says otherwise."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def document(self) -> dict[str, object]:
        """The members of the problem's JSON object."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = [{"path": error.path, "message": error.message} for error in self.errors]
        return document

    def answer(self) -> Answer:
        """The answer that states the problem (RFC 9457)."""
        return Answer(int(self.status), json.dumps(self.document()).encode(), PROBLEM_JSON, dict(self.headers))


def body_too_large() -> Answer:
    """The answer to a body above the limit of the server."""
    return malformed("the body is above 5 MB", HTTPStatus.REQUEST_ENTITY_TOO_LARGE).answer()


def malformed(detail: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Problem:
    """The body or the query cannot be read."""
    return Problem(status, "malformed", detail)


def token_invalid(detail: str, *, presented: bool) -> Problem:
    """No valid token. RFC 6750 §3.1: a call without any token is told the scheme and no error code."""
    challenge = 'Bearer error="invalid_token"' if presented else "Bearer"
    return Problem(HTTPStatus.UNAUTHORIZED, "token_invalid", detail, headers={"WWW-Authenticate": challenge})


def account_forbidden(detail: str, *, scope: str | None = None) -> Problem:
    """The token has not the right to do this; `scope` names the one it lacks (RFC 6750 §3.1)."""
    headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'} if scope else {}
    return Problem(HTTPStatus.FORBIDDEN, "account_forbidden", detail, headers=headers)


def client_not_allowlisted(client_id: str) -> Problem:
    """The account's owner has not allow-listed this OAuth client."""
    detail = f"OAuth client '{client_id}' is not allow-listed on this account"
    return Problem(HTTPStatus.FORBIDDEN, "client_not_allowlisted", detail)


def account_not_found(detail: str) -> Problem:
    """No such account; also any path the API has not, as after a wrong base URL."""
    return Problem(HTTPStatus.NOT_FOUND, "account_not_found", detail)


def entry_not_found(entry_id: str) -> Problem:
    """No such entry on this account."""
    return Problem(HTTPStatus.NOT_FOUND, "entry_not_found", f"no entry '{entry_id}' on this account")


def method_not_allowed(allowed: str) -> Problem:
    """The path exists, the method on it does not."""
    detail = f"this path answers {allowed}"
    return Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", detail, headers={"Allow": allowed})


def unprocessable(code: str, errors: Sequence[FieldError]) -> Problem:
    """The body is readable and breaks a rule; `errors` has at least one path."""
    detail = "; ".join(f"{error.path}: {error.message}" for error in errors)
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, errors=errors)


def concurrent_update() -> Problem:
    """Another write on the same referenceId is under way."""
    return Problem(HTTPStatus.CONFLICT, "concurrent_update", "another write on this referenceId is under way")


def rate_limited(retry_after_s: int) -> Problem:
    """Too many calls."""
    headers = {"Retry-After": str(retry_after_s), "Cache-Control": "no-store"}
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", "too many requests of this token", headers=headers)


def unavailable(retry_after_s: int) -> Problem:
    """The service is away; nothing was applied."""
    headers = {"Retry-After": str(retry_after_s)}
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the service is unavailable", headers=headers)


def failed_after_applying() -> Problem:
    """The entry **was applied**, and the answer does not say so."""
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "an unexpected error occurred")
