"""What Acumatica's answers mean. Source: acumatica.md, sections 2, 9 and 10; seed 004, "Error Handling".

A wrong password, a missing record and a broken business rule are all a 500 here: its exception says which. A save is
one transaction, so an exception of the product itself (`PX.…`) says that nothing was saved; any other may come later.
"""

from collections.abc import Iterator
from typing import Any

from ledgerpost.connectors.refusals import ERRORS_SHOWN, Refusals, Said
from ledgerpost.connectors.translation import Meaning
from ledgerpost.domain.orders.sentences import code_of_sentence
from ledgerpost.domain.outcome import Retry

NOT_LET_IN = frozenset({"token_refused", "oauth_client_refused"})
"""Refusals that say nothing of what was sent."""

DEPTH_MAX = 8

_BUSINESS = "PX."
_RULE_BROKEN = "acumatica_rule_broken"

_EXCEPTIONS = (
    ("invalid credentials", "token_refused"),
    ("pxundefinedcompanyexception", "acumatica_tenant_unknown"),
    ("proper company id", "acumatica_tenant_unknown"),
    ("api login limit", "acumatica_login_limit"),
    ("noentitysatisfiesthecondition", "acumatica_record_gone"),
    ("pxsetupnotenteredexception", "acumatica_not_set_up"),
    ("cannotoptimize", "acumatica_query_refused"),
    ("another process has updated", "concurrent_update"),
)
"""A part of an exception's type or message → its code; the first that fits counts."""

_PASSING = frozenset({"acumatica_login_limit", "acumatica_record_gone", "concurrent_update"})
"""What the same request may succeed after."""

_OF_THE_ORDER = (
    "customer_unresolved", "financial_terms_unsupported", "tax_setup_invalid", "payment_method_unknown", "sku_unknown",
    "quantity_not_positive", "multiple_installment_terms", _RULE_BROKEN,
)  # fmt: skip


def _read(document: dict[str, Any]) -> Said:
    exceptions = list(_exceptions_in(document))
    if exceptions:
        return _said_by(exceptions)
    errors = list(_errors_in(document))
    if not errors:
        return Said("", _sentence(document))
    codes = (code_of_sentence(error, field) for field, error in errors)
    named = [f"{field}: {error}" if field else error for field, error in errors[:ERRORS_SHOWN]]
    return Said(next((code for code in codes if code is not None), ""), "; ".join(named))


def _said_by(exceptions: list[tuple[str, str]]) -> Said:
    """Classify by the exceptions, the outermost first; their stack traces are never shown."""
    words = " ".join(message for _, message in exceptions if message)
    known = f"{' '.join(kind for kind, _ in exceptions)} {words}".lower()
    code = next((code for part, code in _EXCEPTIONS if part in known), "")
    if not code and all(kind.startswith(_BUSINESS) for kind, _ in exceptions):
        code = code_of_sentence(words) or _RULE_BROKEN
    return Said(code, words)


REFUSALS = Refusals(
    read=_read,
    problems={
        (412, ""): Meaning("acumatica_number_taken", Retry.NEVER),
        **{(500, code): Meaning(code, Retry.LATER if code in _PASSING else Retry.NEVER) for _, code in _EXCEPTIONS},
        **{(status, code): Meaning(code, Retry.NEVER) for status in (422, 500) for code in _OF_THE_ORDER},
    },
)
"""A 500 whose exception is none of these may have come after the save: it is unknown, as its status says."""


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
