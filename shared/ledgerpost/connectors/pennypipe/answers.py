"""PennyPipe's answers, read strictly in what the contract has and tolerantly in what it has not.

Each reader gives None for an answer that is not what the contract says. Source: pennypipe.md, sections 3.2 and 3.3.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledgerpost.connectors.fields import amount_of, text_of
from ledgerpost.domain.outcome import AccountAbility, Applied, LedgerFact, TargetClass
from ledgerpost.domain.route import AccountId, EntryType

ID_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A custom field of an account. `type` is text, number, date or boolean."""

    id: str
    name: str
    type: str
    required: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of an account."""

    id: str
    name: str


def applied_of(document: Any, account: AccountId, reference: str, status: int) -> Applied | None:
    """Read the answer to a post. One that speaks of another account or reference is no answer to this post."""
    if not isinstance(document, dict):
        return None
    ledger_id = document.get("id")
    if not isinstance(ledger_id, str) or not 0 < len(ledger_id) <= ID_LENGTH_MAX:
        return None
    if document.get("referenceId") != reference or not _same_id(document.get("accountId"), account):
        return None
    created = document.get("created")
    return Applied(ledger_id, created if isinstance(created, bool) else status == 201)


def ability_of(document: Any, account: AccountId) -> AccountAbility | None:
    """Read an account. Without the capability `referenceIdUpsert` a post is never repeated blindly."""
    if not isinstance(document, dict) or not _same_id(document.get("id"), account):
        return None
    capabilities = document.get("capabilities", [])
    currency = document.get("currency")
    if not isinstance(capabilities, list) or not (currency is None or isinstance(currency, str)):
        return None
    upserts = "referenceIdUpsert" in capabilities
    return AccountAbility(TargetClass.UPSERT if upserts else TargetClass.LOOK_UP, currency)


def page_of(document: Any) -> tuple[list[Any], str | None] | None:
    """Read one page of a list: its items, and the cursor of the next page."""
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    cursor = document.get("nextCursor")
    if cursor is not None and not (isinstance(cursor, str) and cursor):
        return None
    return document["items"], cursor


def is_of_reference(item: Any, reference: str) -> bool:
    """Say whether a listed entry is of `reference`; one that is no object might be, and is left to the reader."""
    return not isinstance(item, dict) or item.get("referenceId") == reference


def fact_of(item: Any) -> LedgerFact | None:
    """Read an entry as the ledger holds it; its amount may be decimal text or an exact number."""
    try:
        note = item.get("note")
        return LedgerFact(
            ledger_id=text_of(item["id"]),
            reference=text_of(item["referenceId"]),
            type=EntryType(item["type"]),
            amount=amount_of(item["amount"]),
            day=date.fromisoformat(text_of(item["date"])),
            note=None if note is None else text_of(note),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def field_of(item: Any) -> FieldDefinition | None:
    """Read a field definition."""
    try:
        return FieldDefinition(
            id=text_of(item["id"]),
            name=text_of(item["name"]),
            type=text_of(item["type"]),
            required=bool(item.get("required", False)),
            active=bool(item.get("active", True)),
        )
    except (AttributeError, KeyError, TypeError):
        return None


def tag_of(item: Any) -> Tag | None:
    """Read a tag."""
    try:
        return Tag(text_of(item["id"]), text_of(item["name"]))
    except (KeyError, TypeError):
        return None


def _same_id(value: object, account: AccountId) -> bool:
    """GUIDs are the same in either casing."""
    return isinstance(value, str) and value.casefold() == account.casefold()
