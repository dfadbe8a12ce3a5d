"""What Codat's refusals mean. Source: codat sheet, section 7; Codat's page of status codes."""

from ledgerpost.connectors.codat.answers import message_of
from ledgerpost.connectors.http import HttpAnswer, read_json
from ledgerpost.connectors.tokens import scrubbed
from ledgerpost.connectors.translation import Meaning, ProblemMeanings, meaning_of_status, retry_after_s
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.ports import Clock

VALIDATION = "validation"

PROBLEMS: ProblemMeanings = {
    (400, VALIDATION): Meaning("entry_refused", Retry.NEVER),
    (402, ""): Meaning("codat_plan_limit", Retry.NEVER),
    (402, VALIDATION): Meaning("codat_plan_limit", Retry.NEVER),
}
"""Finer than the status alone: a 400 that names what it refuses is of the content, not of the form."""


def outcome_of(answer: HttpAnswer, clock: Clock, secrets: tuple[str, ...]) -> NotApplied | Unknown:
    """Give what an answer other than a readable success says of the call."""
    if 200 <= answer.status < 300:
        if answer.body is None:
            return Meaning(answer.fault, None).outcome("The answer did not end.", status=answer.status)
        return unreadable(answer.status)
    document = read_json(answer)
    document = document if isinstance(document, dict) else {}
    validation = document.get("validation")
    named = isinstance(validation, dict) and bool(validation.get("errors"))
    meaning = meaning_of_status(answer.status, VALIDATION if named else "", PROBLEMS)
    said = message_of(document.get("error"), validation)
    detail = scrubbed(said or f"Codat answered {answer.status}.", secrets)
    wait_s = retry_after_s(answer.headers.get("retry-after"), clock.now())
    return meaning.outcome(detail, status=answer.status, retry_after_s=wait_s)


def unreadable(status: int, detail: str = "The answer is not what the contract says.") -> Unknown:
    """Give the outcome of a success that cannot be read: it may have been applied."""
    return Unknown("reply_unreadable", detail, status)
