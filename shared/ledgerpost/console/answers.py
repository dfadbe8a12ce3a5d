"""What a page answers with, and the status that a fault has over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import PageRequest
from ledgerpost.domain.access import Act
from ledgerpost.errors import ConfigurationError, LedgerpostError, Problem, SecretError, StoreError


@dataclass(frozen=True, slots=True)
class Html:
    """A page: its template, and the values that the template names."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go there with GET: after a change, so that loading the page again does not repeat it."""

    to: str


Answer = Html | Redirect
PageHandler = Callable[[PageRequest, ConsolePorts, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Page:
    """A way in for people; `handler` gets what the path's `<name>` parts are."""

    method: str
    path: str
    act: Act
    handler: PageHandler


_STATUSES = {
    "not_signed_in": 401,
    "login_refused": 401,
    "login_unavailable": 503,
    "not_assigned": 403,
    "not_allowed": 403,
    "form_not_ours": 403,
    "host_refused": 421,
    "page_not_found": 404,
    "delivery_not_found": 404,
    "company_unknown": 404,
    "not_here": 404,
    "upload_too_large": 413,
    "company_changed_meanwhile": 409,
    "close_overtaken": 409,
    "close_not_closed": 409,
    "close_day_not_over": 409,
    "close_before_start": 409,
    "request_unreadable": 400,
    "config_applied_meanwhile": 409,
    "transition_refused": 409,
    "defect": 500,
}


def status_of(error: LedgerpostError) -> int:
    """Give the HTTP status of a fault."""
    if error.code in _STATUSES:
        return _STATUSES[error.code]
    if isinstance(error, StoreError):
        return 503
    return 422 if isinstance(error, ConfigurationError | SecretError) else 400


def problems_in(error: LedgerpostError) -> tuple[Problem, ...]:
    """Give what is wrong, one by one, each with its mend."""
    if isinstance(error, ConfigurationError):
        return error.problems
    return (Problem("", error.message, error.fix, error.code),)


def problem_document(error: LedgerpostError) -> dict[str, Any]:
    """Give a fault for programs. Source: RFC 9457, problem details."""
    document: dict[str, Any] = {
        "type": f"urn:ledgerpost:error:{error.code}",
        "title": error.message.splitlines()[0],
        "status": status_of(error),
        "code": error.code,
        "fix": error.fix,
    }
    if isinstance(error, ConfigurationError):
        document["problems"] = [
            {"path": each.path, "message": each.message, "mend": each.mend, "code": each.code}
            for each in error.problems
        ]
    return document
