"""What Pennylane's refusals mean. Every shape of error body is read, for the sources disagree on it.

Source: pennylane sheet, sections 2, 3 and 6; http-conventions, section 2.
"""

from collections.abc import Mapping
from typing import Any

from ledgerpost.connectors.http import HttpAnswer, read_json
from ledgerpost.connectors.tokens import scrubbed
from ledgerpost.connectors.translation import Meaning, meaning_of_status, retry_after_s
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.errors import LedgerpostError
from ledgerpost.ports import Clock

PROBLEMS: Mapping[int, Meaning] = {
    400: Meaning("pennylane_schema_refused", Retry.NEVER),
    403: Meaning("pennylane_scope_missing", Retry.NEVER),
    404: Meaning("pennylane_not_found", Retry.NEVER),
    409: Meaning("pennylane_already_exists", Retry.NEVER),
    422: Meaning("pennylane_refused", Retry.NEVER),
}
"""What a status says here, in words of Pennylane's own; every other status says what it says everywhere."""

_TEXT_LENGTH_MAX = 300


class PennylaneError(LedgerpostError):
    """A call of Pennylane that did not give what it was made for.

    `outcome` is what the call came to, None where it was not sent; `status` is the answer's, None where none came.
    """

    def __init__(self, code: str, message: str, *, outcome: NotApplied | Unknown | None = None) -> None:
        super().__init__(code, message)
        self.outcome = outcome

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer."""
        return self.outcome.status if self.outcome is not None else None

    @classmethod
    def of(cls, outcome: NotApplied | Unknown, what: str) -> "PennylaneError":
        """Give the error for a call that came to `outcome`; `what` says what was tried."""
        return cls(outcome.code, f"{what}: {outcome.detail or outcome.code}", outcome=outcome)


def outcome_of(
    answer: HttpAnswer, clock: Clock, secrets: tuple[str, ...], withheld: tuple[str, ...] = ()
) -> NotApplied | Unknown:
    """Give what an answer other than a readable success says of the call."""
    if 200 <= answer.status < 300:
        if answer.body is None:
            return Meaning(answer.fault, None).outcome("The answer did not end.", status=answer.status)
        return unreadable(answer.status)
    problem = read_json(answer)
    document = problem if isinstance(problem, dict) else {}
    meaning = PROBLEMS.get(answer.status) or meaning_of_status(answer.status)
    said = sentence_of(document) or _plain_text(answer) or f"Pennylane answered {answer.status}."
    wait_s = retry_after_s(answer.headers.get("retry-after"), clock.now()) if meaning.retry is Retry.LATER else None
    return meaning.outcome(scrubbed(said, secrets, withheld), status=answer.status, retry_after_s=wait_s)


def unreadable(status: int, detail: str = "The answer is not what the API describes.") -> Unknown:
    """Give the outcome of a success that cannot be read: a write may have been applied."""
    return Unknown("reply_unreadable", detail, status)


def sentence_of(document: dict[str, Any]) -> str:
    """Give Pennylane's own word from any of its shapes of error.

    `{error,status}` · `{error: machine_code, message, details}` · `{message}` · `{message,code}` ·
    `{message,field,code}` · `{message,payload,code}` · `{message,field,payload,code}`. The payload is what we sent, so
    it is left out.
    """
    message, error = document.get("message"), document.get("error")
    said = next((text for text in (message, error) if isinstance(text, str) and text), "")
    place = document.get("field")
    return f"{place}: {said}" if isinstance(place, str) and place and place not in said else said


def names_the_reference(outcome: NotApplied | Unknown) -> bool:
    """Say whether a refused create says that the thing exists already: then it is looked up, not repeated.

    Source: pennylane sheet, section 6, write protocol, step 5.
    """
    if not isinstance(outcome, NotApplied) or outcome.status not in (409, 422):
        return False
    said = outcome.detail.lower()
    return outcome.status == 409 or "external_reference" in said or "already exists" in said


def _plain_text(answer: HttpAnswer) -> str:
    """Give a body that is labelled as plain text, as a 429 has it; a web page says nothing."""
    if answer.body is None or not answer.headers.get("content-type", "").lower().startswith("text/plain"):
        return ""
    return answer.body[:_TEXT_LENGTH_MAX].decode("utf-8", errors="replace")
