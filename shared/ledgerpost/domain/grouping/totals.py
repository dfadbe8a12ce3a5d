"""The fold of a day: records go in one by one, in any order and from any number of readers; sums come out.

A `Totals` holds one sum per group, so a million orders take no more memory than a hundred. `add` takes the latest
version of each record once; `merge` and `minus` are exact, since every sum is a whole number of minor units.
Source: codat sheet, section 4.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NamedTuple

from ledgerpost.domain.commerce import (
    CommerceRecord,
    Order,
    OrderLine,
    PaymentStatus,
    ServiceCharge,
    Transaction,
    TransactionType,
    record_key,
)
from ledgerpost.domain.money import exponent_of

REVIEWS_LENGTH_MAX = 20
"""Records kept by name for a person; the count has them all."""


class Kind(StrEnum):
    """What a group is a sum of, in the order in which lines are written."""

    SALES = "sales"
    REFUND = "refund"
    GRATUITY = "gratuity"
    PRE_PAID = "prePaid"
    ROUNDING = "rounding"
    PAYMENT = "payment"
    FEE = "fee"
    FEE_REFUND = "feeRefund"
    LOAN_FEE = "loanFee"


class Bucket(StrEnum):
    """The document that a group goes into."""

    SALES = "sales"
    REFUNDS = "refunds"
    PAYMENTS_IN = "paymentsIn"
    PAYMENTS_OUT = "paymentsOut"
    FEES = "fees"
    FEE_REFUNDS = "feeRefunds"


class GroupKey(NamedTuple):
    """One group. `code` is the tax rate of a sale, the payment type of a payment, else blank."""

    currency: str
    bucket: Bucket
    location: str
    kind: Kind
    code: str = ""
    product: str = ""


class Sum(NamedTuple):
    """Signed minor units from the merchant's side (a fee is positive where it costs), and the lines summed up."""

    net: int = 0
    tax: int = 0
    lines: int = 0

    @property
    def total(self) -> int:
        """Net and tax together."""
        return self.net + self.tax


class Control(NamedTuple):
    """What the records of one currency say of themselves, to tie the documents to: minor units."""

    records: int = 0
    orders: int = 0
    """Σ of the orders' own totals and gratuities."""
    paid: int = 0
    """Σ of their paid payments."""
    fees: int = 0
    """Σ of fees less fee refunds."""


class Review(NamedTuple):
    """A record that does not add up: its lines differ from its total by more than rounding explains."""

    record: str
    currency: str
    difference: int


@dataclass(slots=True)
class Totals:
    """The sums of any number of records. `by_product` keeps the products apart, for a line level that groups by them.

    `reviews` holds the first records by name that stop a close, `review_count` how many there are.
    """

    by_product: bool = False
    sums: dict[GroupKey, Sum] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    reviews: tuple[Review, ...] = ()
    review_count: int = 0
    _per_unit: dict[str, Decimal] = field(default_factory=dict, repr=False, compare=False)

    def add(self, record: CommerceRecord) -> None:
        """Add one record, in its latest version; the caller gives each record once."""
        if isinstance(record, Order):
            self._add_order(record)
        else:
            self._add_transaction(record)

    def add_all(self, records: Iterable[CommerceRecord]) -> "Totals":
        """Add every record and give these totals."""
        for record in records:
            self.add(record)
        return self

    def merge(self, other: "Totals") -> None:
        """Add what another reader summed up of other records."""
        for key, sums in other.sums.items():
            self._add_sum(key, sums.net, sums.tax, sums.lines)
        for currency, control in other.controls.items():
            self._add_control(currency, control)
        self._keep_reviews(other.reviews, other.review_count)

    def minus(self, earlier: "Totals") -> "Totals":
        """Give what came since `earlier`; empty where nothing did. What is to be reviewed is that of these totals."""
        difference = Totals(self.by_product, dict(self.sums), dict(self.controls), self.reviews, self.review_count)
        for key, sums in earlier.sums.items():
            difference._add_sum(key, -sums.net, -sums.tax, -sums.lines)
        for currency, control in earlier.controls.items():
            difference._add_control(currency, Control(*(-value for value in control)))
        difference.sums = {key: sums for key, sums in difference.sums.items() if sums.net or sums.tax}
        difference.controls = {currency: each for currency, each in difference.controls.items() if any(each)}
        return difference

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that a document could say."""
        return not any(sums.net or sums.tax for sums in self.sums.values())

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies, sorted."""
        return tuple(sorted({key.currency for key in self.sums}))

    def _add_order(self, order: Order) -> None:
        currency = order.currency
        lines = [self._add_line(order, line) for line in order.lines]
        lines += [self._add_charge(order, charge) for charge in order.service_charges]
        count = len(lines)
        bucket = Bucket.SALES if any(is_sale for _, _, is_sale in lines) or not lines else Bucket.REFUNDS
        total = self._minor(order.total, currency)
        residual = total - sum(gross for gross, _, _ in lines)
        if residual:
            self._add_sum(GroupKey(currency, bucket, order.location, Kind.ROUNDING), residual, 0, 1)
        gratuity = self._minor(order.gratuity, currency)
        if gratuity:
            side = Bucket.SALES if gratuity > 0 else Bucket.REFUNDS
            self._add_sum(GroupKey(currency, side, order.location, Kind.GRATUITY), gratuity, 0, 1)
        self._review(order, residual, count)
        self._review(order, self._minor(order.tax, currency) - sum(tax for _, tax, _ in lines), count)
        paid = self._add_payments(order)
        self._add_control(currency, Control(1, total + gratuity, paid))

    def _add_line(self, order: Order, line: OrderLine) -> tuple[int, int, bool]:
        is_sale = line.quantity >= 0
        kind = Kind.PRE_PAID if line.is_gift_card else Kind.SALES if is_sale else Kind.REFUND
        product = line.product if self.by_product else ""
        return self._add_taxed(order, line, kind, product)

    def _add_charge(self, order: Order, charge: ServiceCharge) -> tuple[int, int, bool]:
        return self._add_taxed(order, charge, Kind.SALES if charge.quantity >= 0 else Kind.REFUND, "")

    def _add_taxed(
        self, order: Order, line: OrderLine | ServiceCharge, kind: Kind, product: str
    ) -> tuple[int, int, bool]:
        """Add a line to its group; give its gross, its tax and whether it is a sale."""
        gross, tax = self._minor(line.total, order.currency), self._minor(line.tax, order.currency)
        is_sale = line.quantity >= 0
        bucket = Bucket.SALES if is_sale else Bucket.REFUNDS
        # A voucher for several purposes carries no tax; one that does is taxed like a sale.
        code = line.tax_rate if kind is not Kind.PRE_PAID or tax else ""
        self._add_sum(GroupKey(order.currency, bucket, order.location, kind, code, product), gross - tax, tax, 1)
        return gross, tax, is_sale

    def _add_payments(self, order: Order) -> int:
        paid = 0
        for payment in order.payments:
            if payment.status is not PaymentStatus.PAID:
                continue
            amount = self._minor(payment.amount, order.currency)
            paid += amount
            bucket = Bucket.PAYMENTS_IN if amount >= 0 else Bucket.PAYMENTS_OUT
            key = GroupKey(order.currency, bucket, order.location, Kind.PAYMENT, payment.type.value)
            self._add_sum(key, amount, 0, 1)
        return paid

    def _add_transaction(self, transaction: Transaction) -> None:
        place = _FEES.get(transaction.type)
        amount = self._minor(transaction.total, transaction.currency) if place else 0
        if place is None:
            # Payments and refunds come from their orders; money that moves between accounts is no sale and no cost.
            self._add_control(transaction.currency, Control(records=1))
            return
        bucket, kind = place
        self._add_sum(GroupKey(transaction.currency, bucket, "", kind, _code_of(transaction)), amount, 0, 1)
        signed = -amount if bucket is Bucket.FEE_REFUNDS else amount
        self._add_control(transaction.currency, Control(records=1, fees=signed))

    def _add_sum(self, key: GroupKey, net: int, tax: int, lines: int) -> None:
        before = self.sums.get(key)
        if before is None:
            self.sums[key] = Sum(net, tax, lines)
        else:
            self.sums[key] = Sum(before[0] + net, before[1] + tax, before[2] + lines)

    def _add_control(self, currency: str, control: Control) -> None:
        before = self.controls.get(currency)
        if before is None:
            self.controls[currency] = control
        else:
            self.controls[currency] = Control(*(was + more for was, more in zip(before, control, strict=True)))

    def _review(self, order: Order, difference: int, lines: int) -> None:
        """Keep the order for a person where a minor unit per source line does not explain the difference."""
        if abs(difference) > max(lines, 1):
            self._keep_reviews((Review(record_key(order), order.currency, difference),), 1)

    def _keep_reviews(self, reviews: tuple[Review, ...], count: int) -> None:
        if count:
            # The first by name, not by arrival: any order of the records names the same ones.
            self.reviews = tuple(sorted({*self.reviews, *reviews}))[:REVIEWS_LENGTH_MAX]
            self.review_count += count

    def _minor(self, amount: Decimal, currency: str) -> int:
        """Give an amount in minor units, rounded half-even where the source has more digits (design, section 4)."""
        per_unit = self._per_unit.get(currency)
        if per_unit is None:
            per_unit = self._per_unit[currency] = Decimal(10) ** exponent_of(currency)
        exact = amount * per_unit
        minor = int(exact)
        # Nearly every amount is in minor units already; this is the innermost step of a million orders.
        return minor if minor == exact else int(amount.quantize(1 / per_unit, rounding=ROUND_HALF_EVEN) * per_unit)


_FEES: Mapping[TransactionType, tuple[Bucket, Kind]] = {
    TransactionType.PAYMENT_FEE: (Bucket.FEES, Kind.FEE),
    TransactionType.LOAN_FEE: (Bucket.FEES, Kind.LOAN_FEE),
    TransactionType.PAYMENT_FEE_REFUND: (Bucket.FEE_REFUNDS, Kind.FEE_REFUND),
    TransactionType.UNKNOWN: (Bucket.FEES, Kind.FEE),
}
"""What becomes a line; a transaction of an unknown type stops the close."""


def _code_of(transaction: Transaction) -> str:
    return TransactionType.UNKNOWN.value if transaction.type is TransactionType.UNKNOWN else ""


def latest_versions(records: Iterable[CommerceRecord]) -> Iterator[CommerceRecord]:
    """Give the latest version of each record of a stream that is sorted by record, then by version; nothing is kept."""
    held: CommerceRecord | None = None
    for record in records:
        if held is not None and record_key(record) != record_key(held):
            yield held
        held = record
    if held is not None:
        yield held
