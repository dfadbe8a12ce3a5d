"""The documents of a close: neutral, canonical, with references that are the same whenever the same day is closed.

The body is described key by key in `docs/grouping.md`; connectors translate it and never add anything up.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ledgerpost.domain.commerce import CompanyId
from ledgerpost.domain.company import Option
from ledgerpost.domain.document import canonical_json
from ledgerpost.domain.money import exponent_of

BODY_VERSION = "1"

REFERENCE_LENGTH = 21
"""Characters of a reference: the shortest document number among the ledgers is QuickBooks Online's, of 21."""


class Form(StrEnum):
    """What a document is in a ledger."""

    INVOICE = "codat.invoice"
    CREDIT_NOTE = "codat.creditNote"
    PAYMENT = "codat.payment"
    BILL = "codat.bill"
    BILL_CREDIT_NOTE = "codat.billCreditNote"
    JOURNAL_ENTRY = "codat.journalEntry"


class Slot(StrEnum):
    """Which document of a day this is; the value begins its reference."""

    SALES = "SI"
    REFUNDS = "SC"
    PAYMENT = "PM"
    REFUND_PAYMENT = "PR"
    FEES = "FB"
    FEE_REFUNDS = "FC"
    JOURNAL = "JE"


class Direction(StrEnum):
    """Which way the money of a payment went."""

    IN = "in"
    OUT = "out"


class Side(StrEnum):
    """The side of a journal line."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUse:
    """An account of the ledger and what it is used for: an account type, or rounding, tax, receivable or clearing."""

    option: Option
    type: str

    def as_json(self) -> dict[str, Any]:
        """Give the account as it stands in a body."""
        classification = self.option.classification
        return {
            "id": self.option.id,
            "type": self.type,
            "classification": classification.value if classification else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxUse:
    """A normalised rate and the ledger's tax rate that it is mapped to."""

    rate: str
    option: Option

    def as_json(self) -> dict[str, Any]:
        """Give the tax rate as it stands in a body."""
        return {"rate": self.rate, "id": self.option.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeLine:
    """A line of an invoice, a bill or a credit note; signed minor units."""

    kind: str
    account: AccountUse
    net: int
    tax: int
    description: str
    tax_rate: TaxUse | None = None
    location: str = ""
    product: str = ""

    def flipped(self) -> "TradeLine":
        """Give the line with its signs turned round, for the opposite document."""
        return TradeLine(
            kind=self.kind,
            account=self.account,
            net=-self.net,
            tax=-self.tax,
            description=self.description,
            tax_rate=self.tax_rate,
            location=self.location,
            product=self.product,
        )

    def as_json(self, currency: str) -> dict[str, Any]:
        """Give the line as it stands in a body."""
        return {
            "kind": self.kind,
            "account": self.account.as_json(),
            "location": self.location or None,
            "product": self.product or None,
            "taxRate": self.tax_rate.as_json() if self.tax_rate else None,
            "net": amount_text(self.net, currency),
            "tax": amount_text(self.tax, currency),
            "total": amount_text(self.net + self.tax, currency),
            "description": self.description,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """A line of a journal; `debit` is in minor units, negative for a credit."""

    kind: str
    account: AccountUse
    debit: int
    description: str
    tax_rate: TaxUse | None = None
    location: str = ""

    def as_json(self, currency: str) -> dict[str, Any]:
        """Give the line as it stands in a body."""
        return {
            "kind": self.kind,
            "account": self.account.as_json(),
            "location": self.location or None,
            "taxRate": self.tax_rate.as_json() if self.tax_rate else None,
            "side": (Side.DEBIT if self.debit > 0 else Side.CREDIT).value,
            "amount": amount_text(abs(self.debit), currency),
            "description": self.description,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What part of a payment settles which document; positive minor units."""

    reference: str
    form: Form
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document belongs: everything that makes its reference but its part."""

    company: CompanyId
    day: date
    currency: str
    slot: Slot
    location: str = ""
    code: str = ""
    """The payment type of a payment, else blank."""
    layer: int = 0

    def reference(self, part: int = 1) -> str:
        """Give the document's reference: readable kind and day, and 48 bits that tell everything else apart."""
        content = [self.company, self.day.isoformat(), self.currency, self.slot, self.location, self.code]
        digest = hashlib.sha256(canonical_json([*content, self.layer, part]).encode()).hexdigest()
        return f"{self.slot.value}{self.day:%y%m%d}-{digest[:12]}"

    @property
    def adjusts(self) -> str | None:
        """The reference of the same document of the day's first close, where this one adjusts it."""
        if not self.layer:
            return None
        first = Place(
            company=self.company,
            day=self.day,
            currency=self.currency,
            slot=self.slot,
            location=self.location,
            code=self.code,
        )
        return first.reference()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommerceDocument:
    """One document. `net` and `tax` are in minor units and, but for a payment or a journal, the sums of its lines."""

    place: Place
    form: Form
    net: int
    tax: int
    description: str
    lines: tuple[TradeLine, ...] | tuple[JournalLine, ...] = ()
    part: int = 1
    parts: int = 1
    status: str | None = None
    customer: str | None = None
    supplier: str | None = None
    account: AccountUse | None = None
    direction: Direction | None = None
    allocations: tuple[Allocation, ...] = ()

    @property
    def reference(self) -> str:
        """The document's reference; the same whenever the same day is closed."""
        return self.place.reference(self.part)

    @property
    def total(self) -> int:
        """Net and tax together, in minor units."""
        return self.net + self.tax

    @property
    def signed_total(self) -> int:
        """The total from the merchant's side: what it owes or pays out is negative; a journal's is its debits."""
        is_minus = self.form in (Form.CREDIT_NOTE, Form.BILL) or self.direction is Direction.OUT
        return -self.total if is_minus else self.total

    @property
    def money(self) -> str:
        """The signed total as decimal text."""
        return amount_text(self.signed_total, self.place.currency)

    def as_json(self) -> dict[str, Any]:
        """Give the neutral body as plain values."""
        currency = self.place.currency
        return {
            "version": BODY_VERSION,
            "reference": self.reference,
            "form": self.form.value,
            "company": self.place.company,
            "day": self.place.day.isoformat(),
            "currency": currency,
            "location": self.place.location or None,
            "layer": self.place.layer,
            "part": self.part,
            "parts": self.parts,
            "adjusts": self.place.adjusts,
            "description": self.description,
            "status": self.status,
            "customer": self.customer,
            "supplier": self.supplier,
            "lines": [line.as_json(currency) for line in self.lines],
            "net": amount_text(self.net, currency),
            "tax": amount_text(self.tax, currency),
            "total": amount_text(self.total, currency),
            "account": self.account.as_json() if self.account else None,
            "direction": self.direction.value if self.direction else None,
            "allocations": [_allocation_json(each, currency) for each in self.allocations],
        }

    def body(self) -> str:
        """Give the neutral body as canonical JSON text: two documents are the same exactly where their bodies are."""
        return canonical_json(self.as_json())


def _allocation_json(allocation: Allocation, currency: str) -> dict[str, Any]:
    return {
        "reference": allocation.reference,
        "form": allocation.form.value,
        "amount": amount_text(allocation.amount, currency),
    }


def amount_of(minor: int, currency: str) -> Decimal:
    """Give minor units as an amount with exactly the currency's decimals."""
    return Decimal(minor).scaleb(-exponent_of(currency))


def amount_text(minor: int, currency: str) -> str:
    """Give minor units as decimal text: 125000 of GBP is `1250.00`."""
    return f"{amount_of(minor, currency):f}"
