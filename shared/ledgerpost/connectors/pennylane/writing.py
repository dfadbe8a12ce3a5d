"""Writing to Pennylane, which has no idempotency: look, write once, look again where the answer was lost.

Source: pennylane sheet, section 6, "Our write protocol"; http-conventions, section 2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.connectors.pennylane.calls import PennylaneCalls
from ledgerpost.connectors.pennylane.problems import PennylaneError, names_the_reference
from ledgerpost.domain.outcome import NotApplied, Unknown

POSTS_MAX = 2
"""Posts of one create whose answers were lost, where Pennylane itself refuses a second one of the same reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """What to create. `find` looks it up and gives its v2 id.

    `is_unique` says that Pennylane refuses a second one, as it does by `external_reference`: then an unanswered post
    may be repeated after a look-up that found nothing. Without it, it may not: the first may only not show yet.
    """

    what: str
    path: str
    body: Mapping[str, Any]
    find: Callable[[], int | None]
    is_unique: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """What a create came to: the v2 id, and whether this call made it or found it."""

    id: int
    created: bool


def create(calls: PennylaneCalls, creation: Creation) -> Made:
    """Create it with one effect, however often this is called. Raises PennylaneError."""
    lost = Unknown("reply_lost")
    for posted in range(POSTS_MAX if creation.is_unique else 1):
        found = creation.find()
        if found is not None:
            return Made(found, created=posted > 0)
        outcome = calls.write("POST", creation.path, creation.body)
        if isinstance(outcome, NotApplied):
            return _taken(creation, outcome)
        if not isinstance(outcome, Unknown):
            return Made(id_of(outcome, creation.what), created=True)
        lost = outcome
    return _settled(creation, lost)


def update(calls: PennylaneCalls, path: str, body: Any, what: str, *, repeats: bool = False) -> Any:
    """Write over what is there. Raises PennylaneError.

    `repeats` says that the body has the same effect a second time, as it has where it adds nothing: then a lost answer
    is asked for by writing again. Without it the caller reads what came of the first one.
    """
    outcome = calls.write("PUT", path, body)
    if repeats and isinstance(outcome, Unknown):
        outcome = calls.write("PUT", path, body)
    if isinstance(outcome, NotApplied | Unknown):
        raise PennylaneError.of(outcome, f"Updating {what}")
    return outcome


def id_of(document: Any, what: str) -> int:
    """Read the id of an answer. One without an id may have been applied all the same."""
    resource_id = document.get("id") if isinstance(document, dict) else None
    if not isinstance(resource_id, int) or isinstance(resource_id, bool):
        raise PennylaneError("pennylane_outcome_unknown", f"The answer about {what} names no id.")
    return resource_id


def _taken(creation: Creation, refused: NotApplied) -> Made:
    """Give what a refusal says is there already; raise for every other refusal."""
    if names_the_reference(refused):
        found = creation.find()
        if found is not None:
            return Made(found, created=False)
    raise PennylaneError.of(refused, f"Creating {creation.what}")


def _settled(creation: Creation, lost: Unknown) -> Made:
    """Look once more after the last lost answer."""
    found = creation.find()
    if found is not None:
        return Made(found, created=True)
    message = f"Creating {creation.what}: no answer came, and a look-up does not show it: {lost.detail}"
    raise PennylaneError("pennylane_outcome_unknown", message, outcome=lost)
