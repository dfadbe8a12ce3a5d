"""What Fincome's answers say of a write. Source: fincome sheet, section 1; http-conventions, sections 1 and 2."""

from typing import Any

from ledgerpost.connectors.http import HttpAnswer, read_json
from ledgerpost.connectors.tokens import scrubbed
from ledgerpost.connectors.translation import Meaning, ProblemMeanings, meaning_of_status, retry_after_s
from ledgerpost.domain.outcome import Applied, PostOutcome, Retry, Unknown
from ledgerpost.ports import Clock

FAULTS_SHOWN = 3

SUCCESSES = (200, 201, 202)
"""202 is what an update of a customer answers."""

PROBLEMS: ProblemMeanings = {
    (400, ""): Meaning("extract_row_refused", Retry.NEVER),
    (404, ""): Meaning("extract_path_unknown", Retry.NEVER),
    (409, ""): Meaning("extract_row_refused", Retry.NEVER),
    (422, ""): Meaning("extract_row_refused", Retry.NEVER),
}
"""Finer than the status alone; every other status says what it says of any ledger."""


def outcome_of(answer: HttpAnswer, row_id: str, clock: Clock, secrets: tuple[str, ...]) -> PostOutcome:
    """Give what `answer` says of writing the row: a success that speaks of another row is no answer to this one."""
    document = read_json(answer)
    if answer.status in SUCCESSES:
        if answer.body is None:
            return Meaning(answer.fault, None).outcome("The answer did not end.", status=answer.status)
        if not isinstance(document, dict) or document.get("id", row_id) != row_id:
            return Unknown("reply_unreadable", "The answer does not speak of the row.", answer.status)
        return Applied(row_id, created=answer.status == 201)
    meaning = meaning_of_status(answer.status, "", PROBLEMS)
    detail = scrubbed(sentence_of(document) or f"Fincome answered {answer.status}.", secrets)
    wait_s = retry_after_s(answer.headers.get("retry-after"), clock.now()) if meaning.retry is Retry.LATER else None
    return meaning.outcome(detail, status=answer.status, retry_after_s=wait_s)


def sentence_of(document: Any) -> str:
    """Give Fincome's own word: `detail` as text, or the first few `path: message` of its list."""
    detail = document.get("detail") if isinstance(document, dict) else None
    if isinstance(detail, str):
        return detail
    faults = detail if isinstance(detail, list) else []
    named = [_fault(fault) for fault in faults[:FAULTS_SHOWN]]
    more = [f"and {len(faults) - FAULTS_SHOWN} more"] if len(faults) > FAULTS_SHOWN else []
    return "; ".join(part for part in (*named, *more) if part)


def _fault(fault: Any) -> str:
    """Give one element of the list. Its form is not public: text and FastAPI's `loc` and `msg` are read."""
    if isinstance(fault, str):
        return fault
    if not isinstance(fault, dict):
        return ""
    path = fault.get("loc")
    parts = [str(part) for part in path if part != "body"] if isinstance(path, list) else []
    message = fault.get("msg")
    return ": ".join(part for part in (".".join(parts), message if isinstance(message, str) else "") if part)
