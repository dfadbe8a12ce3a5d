"""A document with children, as a ledger is to hold it: a sales order, an invoice, a credit note, a journal."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NewType

from ledgerpost.domain.entry import Fingerprint, LedgerEntry, Reference
from ledgerpost.domain.money import Money

DocumentForm = NewType("DocumentForm", str)
"""The shape of a document's body, by its connector and its name there: `acumatica.SalesOrder`, `codat.invoice`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDocument:
    """A whole document. `body` is canonical JSON (`canonical_json`), which the connector of `form` writes to the wire.

    `money` is the document's total, never negative; `source_amount` the signed total as approved, in minor units, and
    `rounding` what quantising added to it, as in `LedgerEntry`. `basis` is what the fingerprint is taken of in place of
    the body, for a body that also depends on what the ledger answered: the same approval stays the same document.
    """

    reference: Reference
    form: DocumentForm
    money: Money
    day: date
    source_amount: Decimal
    rounding: Decimal
    body: str
    basis: str = ""

    def content(self) -> Any:
        """Give the body as plain values; amounts are text in it."""
        return json.loads(self.body)

    def fingerprint(self) -> Fingerprint:
        """Give the SHA-256 of what would be posted: two approvals with one fingerprint are one document."""
        what = self.basis or self.body
        content = [self.reference, self.form, str(self.money), self.money.currency, self.day.isoformat(), what]
        return Fingerprint(hashlib.sha256(canonical_json(content).encode()).hexdigest())


Postable = LedgerEntry | LedgerDocument
"""What can be brought into a ledger. Both have a reference, a day, money and a fingerprint."""


def canonical_json(value: object) -> str:
    """Give `value` as JSON that is the same for the same content: sorted keys, no spaces, decimals and dates as text.

    Raises TypeError for what has no such text, a float among it.
    """
    return _CANONICAL.encode(_without_floats(value))


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical text")


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_text)


def _without_floats(value: object) -> object:
    if isinstance(value, float):
        raise TypeError("a float is no exact number: read it as Decimal")
    if isinstance(value, dict):
        return {key: _without_floats(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_floats(item) for item in value]
    return value
