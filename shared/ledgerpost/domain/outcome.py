"""What came of a post: applied, not applied, or unknown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.route import EntryType


class TargetClass(StrEnum):
    """Why a repeated post has one effect on a target. A connector declares its class; conformance tests prove it."""

    UPSERT = "upsert"
    """The ledger writes over the entry of the same reference: repeat the post."""
    KEY = "key"
    """The ledger remembers an idempotency key for at least our redelivery horizon: repeat with the same key."""
    LOOK_UP = "look-up"
    """The ledger can be searched by reference: look before each post and after each unknown outcome."""
    NONE = "none"
    """None of the three: an unknown outcome stops and asks a person."""


class Retry(StrEnum):
    """What a definite refusal asks for."""

    LATER = "later"
    """The same request may succeed later: the ledger was busy, limited or not reached."""
    NEVER = "never"
    """The same request fails again until a person mends something."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The ledger holds the entry under `ledger_id`. `created` is false for an update or an entry found by look-up."""

    ledger_id: str
    created: bool


@dataclass(frozen=True, slots=True)
class NotApplied:
    """The ledger surely did not apply the entry. `code` is of the catalogue; `detail` is the ledger's own short word.

    `retry_after_s` is what the ledger asked for, already read from either form of Retry-After and clamped.
    """

    code: str
    retry: Retry
    detail: str = ""
    retry_after_s: float | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have been applied: the reply was lost, unreadable or a server error."""

    code: str
    detail: str = ""
    status: int | None = None


PostOutcome = Applied | NotApplied | Unknown


def name_of(outcome: PostOutcome) -> str:
    """Give the outcome in one word, as histories and log lines have it: applied, not_applied or unknown."""
    match outcome:
        case Applied():
            return "applied"
        case NotApplied():
            return "not_applied"
        case Unknown():
            return "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFact:
    """An entry as the ledger holds it."""

    ledger_id: str
    reference: str
    type: EntryType
    amount: Decimal
    day: date
    note: str | None

    def agrees_with(self, entry: Postable) -> bool:
        """Say whether this is what `entry` asks for: side, amount, day and note.

        Tags and custom fields are left out: a ledger may give them back in another form.
        """
        return (
            isinstance(entry, LedgerEntry)
            and self.type is entry.type
            and self.amount == entry.money.amount
            and self.day == entry.day
            and (self.note or None) == entry.note
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFact:
    """A document as the ledger holds it. `amount` is signed after the source, as `LedgerDocument.source_amount` is.

    `holds` is the connector's own comparison, since only it knows how its ledger gives a document back. `rows` are the
    ledger's ids of the children that an update has to name, in the connector's own form.
    """

    ledger_id: str
    reference: str
    amount: Decimal
    day: date
    holds: Callable[[LedgerDocument], bool] = field(compare=False)
    rows: tuple[tuple[str, str], ...] = ()

    def agrees_with(self, entry: Postable) -> bool:
        """Say whether this is what `entry` asks for."""
        return isinstance(entry, LedgerDocument) and self.holds(entry)


Fact = LedgerFact | DocumentFact


@dataclass(frozen=True, slots=True)
class Found:
    """The ledger's answer to a look-up: every entry of the reference, oldest first; empty where there is none."""

    facts: tuple[Fact, ...]


FindOutcome = Found | NotApplied | Unknown
"""A look-up changes nothing: NotApplied and Unknown here say only why there is no answer."""


@dataclass(frozen=True, slots=True)
class AccountAbility:
    """What one account of a target can do: the class of its posts, and its currency where the ledger says it.

    `updates` says of a target that is searched whether it writes over what was found; one that does not only creates.
    `looks_first` says of one whether it is searched also before the very first post of a reference, so that what
    somebody else wrote under it is not doubled; once a post of ours is delivered or in doubt, it is searched anyway.
    """

    target_class: TargetClass
    currency: str | None
    updates: bool = False
    looks_first: bool = True
