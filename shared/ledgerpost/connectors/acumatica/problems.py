"""What Acumatica's answers mean. Source: acumatica.md, sections 2, 9 and 10; seed 004, "Error Handling".

A wrong password, a missing record and a broken business rule are all a 500 here: its exception says which. A save is
one transaction, so an exception of the product itself (`PX.…`) says that nothing was saved; any other may come later.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from ledgerpost.connectors.http import HttpAnswer, read_json
from ledgerpost.connectors.tokens import scrubbed
from ledgerpost.connectors.translation import Meaning, meaning_of_status, retry_after_s
from ledgerpost.domain.orders.sentences import code_of_sentence
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.ports import Clock

DEPTH_MAX = 8
ERRORS_SHOWN = 3

_BUSINESS = "PX."

_EXCEPTIONS: tuple[tuple[str, Meaning], ...] = (
    ("invalid credentials", Meaning("token_refused", Retry.NEVER)),
    ("pxundefinedcompanyexception", Meaning("acumatica_tenant_unknown", Retry.NEVER)),
    ("proper company id", Meaning("acumatica_tenant_unknown", Retry.NEVER)),
    ("api login limit", Meaning("acumatica_login_limit", Retry.LATER)),
    ("noentitysatisfiesthecondition", Meaning("acumatica_record_gone", Retry.LATER)),
    ("pxsetupnotenteredexception", Meaning("acumatica_not_set_up", Retry.NEVER)),
    ("cannotoptimize", Meaning("acumatica_query_refused", Retry.NEVER)),
    ("another process has updated", Meaning("concurrent_update", Retry.LATER)),
)
"""A part of an exception's type or message → its meaning; the first that fits counts."""


def outcome_of(
    answer: HttpAnswer, clock: Clock, secrets: tuple[str, ...], withheld: tuple[str, ...] = ()
) -> NotApplied | Unknown:
    """Give what an answer other than a readable success says of the call."""
    if 200 <= answer.status < 300:
        if answer.body is None:
            return Meaning(answer.fault, None).outcome("The answer did not end.", status=answer.status)
        return unreadable(answer.status)
    document = read_json(answer)
    document = document if isinstance(document, dict) else {}
    meaning, said = _meaning_of(answer.status, document)
    detail = scrubbed(said or f"Acumatica answered {answer.status}.", secrets, withheld)
    wait_s = retry_after_s(answer.headers.get("retry-after"), clock.now()) if meaning.retry is Retry.LATER else None
    return meaning.outcome(detail, status=answer.status, retry_after_s=wait_s)


def unreadable(status: int, detail: str = "The answer is not what the contract says.") -> Unknown:
    """Give the outcome of a success that cannot be read: it may have been applied."""
    return Unknown("reply_unreadable", detail, status)


def _meaning_of(status: int, document: dict[str, Any]) -> tuple[Meaning, str]:
    match status:
        case HTTPStatus.INTERNAL_SERVER_ERROR:
            return _meaning_of_exception(document)
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            errors = list(_errors_in(document))
            codes = (code_of_sentence(error, field) for field, error in errors)
            code = next((code for code in codes if code is not None), "entry_refused")
            named = [f"{field}: {error}" if field else error for field, error in errors[:ERRORS_SHOWN]]
            return Meaning(code, Retry.NEVER), "; ".join(named)
        case HTTPStatus.PRECONDITION_FAILED:
            said = "A record with the sent key is there already, or the one to be changed is gone."
            return Meaning("acumatica_number_taken", Retry.NEVER), said
        case _:
            return meaning_of_status(status), _sentence(document)


def _meaning_of_exception(document: dict[str, Any]) -> tuple[Meaning, str]:
    """Classify a 500 by its exceptions, the outermost first; their stack traces are never shown."""
    exceptions = list(_exceptions_in(document))
    said = " ".join(message for _, message in exceptions if message)
    known = f"{' '.join(kind for kind, _ in exceptions)} {said}".lower()
    for part, meaning in _EXCEPTIONS:
        if part in known:
            return meaning, said
    if exceptions and all(kind.startswith(_BUSINESS) for kind, _ in exceptions):
        return Meaning(code_of_sentence(said) or "acumatica_rule_broken", Retry.NEVER), said
    return Meaning("ledger_failed", None), said


def _exceptions_in(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    at: object = document
    for _ in range(DEPTH_MAX):
        if not isinstance(at, dict) or not isinstance(at.get("exceptionType"), str):
            return
        message = at.get("exceptionMessage")
        yield at["exceptionType"], message if isinstance(message, str) else ""
        at = at.get("innerException")


def _errors_in(document: object, field: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Give each field with an error beside it, from the whole echoed entity; that of the entity itself comes last."""
    if depth > DEPTH_MAX:
        return
    if isinstance(document, list):
        for item in document:
            yield from _errors_in(item, field, depth + 1)
    if isinstance(document, dict):
        for name, item in document.items():
            yield from _errors_in(item, name, depth + 1)
        error = document.get("error")
        if isinstance(error, str) and error:
            yield field, error


def _sentence(document: dict[str, Any]) -> str:
    message = document.get("message")
    state = document.get("modelState")
    reasons = state.get("") if isinstance(state, dict) else None
    listed = [reason for reason in reasons if isinstance(reason, str)] if isinstance(reasons, list) else []
    return " ".join([message if isinstance(message, str) else "", *listed[:ERRORS_SHOWN]]).strip()
