"""Questions that a mapping asks of the ledger, and their answers. A look-up changes nothing.

Source: seed 004, "Prerequisite Handling" and the formulas of its mappings.
"""

from dataclasses import dataclass
from enum import StrEnum

from ledgerpost.domain.outcome import NotApplied, Unknown


class LookUpName(StrEnum):
    """What can be asked. The argument is text; blank where the look-up has none."""

    EXTERNAL_ID = "externalId"
    """`Customer/42`: the kind and the source's id of a record → the ledger's id that it is linked to."""
    CUSTOMER_BY_EMAIL = "customerByEmail"
    """An e-mail address → the customer's id in the ledger; two customers are Ambiguous, never a guess."""
    STOCK_ITEM_EXISTS = "stockItemExists"
    """A SKU → the stock item's id as the ledger writes it; Absent also for an item that is no stock item."""
    TAX_ZONE = "taxZone"
    """No argument → every tax zone of the ledger, in its own order."""
    TAX_ID = "taxId"
    """No argument → every tax code of the ledger, in its own order."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """One question: `name` is a `LookUpName`, or one that the target adds."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The ledger has it: one value, or for a look-up without argument all of them in the ledger's order."""

    values: tuple[str, ...]

    def __post_init__(self) -> None:
        assert self.values, "what is not there is Absent"


@dataclass(frozen=True, slots=True)
class Absent:
    """The ledger surely does not have it."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The ledger has `count` of it, where the mapping needs one."""

    count: int


Known = LookedUp | Absent | Ambiguous
"""An answer that a mapping can go on with."""

LookUpAnswer = Known | NotApplied | Unknown
"""NotApplied says that the ledger refused the question, Unknown that no answer came: nothing may be assumed."""
