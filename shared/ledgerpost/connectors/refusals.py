"""What an answer other than a readable success says of a call, the same for every ledger that speaks JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledgerpost.connectors.http import HttpAnswer, read_json
from ledgerpost.connectors.tokens import scrubbed
from ledgerpost.connectors.translation import Meaning, ProblemMeanings, meaning_of_status, retry_after_s
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown

ERRORS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What a ledger's error says: the code that `ProblemMeanings` knows it by, and its own words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How one ledger refuses: how its error object is read, and what its codes mean beyond the status."""

    read: Callable[[dict[str, Any]], Said]
    problems: ProblemMeanings

    def outcome_of(
        self, answer: HttpAnswer, *, now: datetime, secrets: tuple[str, ...], withheld: tuple[str, ...] = ()
    ) -> NotApplied | Unknown:
        """Give the outcome; `secrets` and `withheld` values are masked in the ledger's own words."""
        if 200 <= answer.status < 300:
            if answer.body is None:
                return Meaning(answer.fault, None).outcome("The answer did not end.", status=answer.status)
            return unreadable(answer.status)
        document = read_json(answer)
        said = self.read(document if isinstance(document, dict) else {})
        meaning = meaning_of_status(answer.status, said.code, self.problems)
        detail = scrubbed(said.words or f"The ledger answered {answer.status}.", secrets, withheld)
        wait_s = retry_after_s(answer.headers.get("retry-after"), now) if meaning.retry is Retry.LATER else None
        return meaning.outcome(detail, status=answer.status, retry_after_s=wait_s)


def unreadable(status: int, detail: str = "The answer is not what the contract says.") -> Unknown:
    """Give the outcome of a success that cannot be read: it may have been applied."""
    return Unknown("reply_unreadable", detail, status)


def sentence_of(said: object, errors: object, path: str) -> str:
    """Give a ledger's own words: what it said, and the first few `<path>: message` of its list of errors."""
    text = said if isinstance(said, str) else ""
    listed = errors[:ERRORS_SHOWN] if isinstance(errors, list) else []
    named = [
        f"{error.get(path) or ''}: {error.get('message') or ''}".strip(": ")
        for error in listed
        if isinstance(error, dict)
    ]
    # A ledger may say its one error twice, in its sentence and in the list.
    return " ".join(part for part in (text, "; ".join(part for part in named if part not in text)) if part)
