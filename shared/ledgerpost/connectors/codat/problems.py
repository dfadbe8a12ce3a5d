"""What Codat's refusals mean. Source: codat sheet, section 7; Codat's page of status codes."""

from typing import Any

from ledgerpost.connectors.codat.answers import errors_of
from ledgerpost.connectors.refusals import Refusals, Said, sentence_of
from ledgerpost.connectors.translation import Meaning
from ledgerpost.domain.outcome import Retry

VALIDATION = "validation"


def _read(document: dict[str, Any]) -> Said:
    """Codat's errors have no code; whether they name what they refuse is told apart."""
    errors = errors_of(document.get("validation"))
    return Said(VALIDATION if errors else "", sentence_of(document.get("error"), errors, "itemId"))


REFUSALS = Refusals(
    read=_read,
    problems={
        (400, VALIDATION): Meaning("entry_refused", Retry.NEVER),
        (402, ""): Meaning("codat_plan_limit", Retry.NEVER),
        (402, VALIDATION): Meaning("codat_plan_limit", Retry.NEVER),
    },
)
"""A 400 that names what it refuses is of the content, not of the form; every other status says it all."""
