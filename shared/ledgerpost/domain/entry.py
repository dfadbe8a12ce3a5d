"""The entry that a ledger is to hold, and its fingerprint."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NewType

from ledgerpost.domain.money import Money
from ledgerpost.domain.route import EntryType

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Reference = NewType("Reference", str)
Fingerprint = NewType("Fingerprint", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A credit or debit, target-neutral. `money` is positive; a negative source amount flipped the `type`.

    `source_amount` is the signed amount as approved, in minor units; `rounding` what quantising added to it (zero where
    the source had no more digits than the currency).
    """

    reference: Reference
    type: EntryType
    money: Money
    day: date
    source_amount: Decimal
    rounding: Decimal
    note: str | None = None
    tag_names: tuple[str, ...] = ()
    create_missing_tags: bool = False
    custom_fields: tuple[tuple[str, str], ...] = ()

    def fingerprint(self) -> Fingerprint:
        """Give the SHA-256 of what would be posted: two approvals with one fingerprint are one entry."""
        body = [
            self.reference,
            self.type,
            str(self.money),
            self.money.currency,
            self.day.isoformat(),
            self.note,
            self.tag_names,
            self.create_missing_tags,
            self.custom_fields,
        ]
        return Fingerprint(hashlib.sha256(_COMPACT.encode(body).encode()).hexdigest())
