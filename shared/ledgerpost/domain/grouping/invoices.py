"""Invoice mode: an invoice, a credit note, payments per type, a bill and its credit note.

Source: codat sheet, section 4.
Signs decide the form: what is negative for an invoice is a credit note. A first close meets that only where a source
charges negative amounts; an adjustment meets it whenever a sale was lowered afterwards.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledgerpost.domain.company import Company, Level, rate_order
from ledgerpost.domain.grouping.accounts import Unmapped, account_for, clearing_account, payment_account, tax_for
from ledgerpost.domain.grouping.document import (
    Allocation,
    CommerceDocument,
    Direction,
    Form,
    Place,
    Slot,
    TradeLine,
)
from ledgerpost.domain.grouping.totals import Bucket, GroupKey, Kind, Sum
from ledgerpost.errors import Problem

_KIND_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class _Trade:
    """How a bucket is written: its slot, the form for a positive and a negative total, and whether signs are turned."""

    slot: Slot
    form: Form
    opposite: Form
    title: str
    is_turned: bool = False


_TRADES = {
    Bucket.SALES: _Trade(Slot.SALES, Form.INVOICE, Form.CREDIT_NOTE, "Sales"),
    Bucket.REFUNDS: _Trade(Slot.REFUNDS, Form.CREDIT_NOTE, Form.INVOICE, "Refunds", is_turned=True),
    Bucket.FEES: _Trade(Slot.FEES, Form.BILL, Form.BILL_CREDIT_NOTE, "Fees"),
    Bucket.FEE_REFUNDS: _Trade(Slot.FEE_REFUNDS, Form.BILL_CREDIT_NOTE, Form.BILL, "Fee refunds"),
}
_OF_SALES = (Bucket.SALES, Bucket.REFUNDS)
_OF_FEES = (Bucket.FEES, Bucket.FEE_REFUNDS)


@dataclass(slots=True)
class InvoiceAssembler:
    """Makes the documents of one currency and location; what is not mapped is kept in `problems`."""

    company: Company
    place: Place
    problems: list[Problem] = field(default_factory=list)

    def documents(self, sums: Mapping[GroupKey, Sum]) -> list[CommerceDocument]:
        """Give the documents, what is settled before what settles it."""
        trades = [document for bucket in _OF_SALES for document in self._trade(bucket, sums)]
        pays = self.company.payments.sync and not self.company.extras.as_entries
        payments = self._payments(sums, trades) if pays else []
        fee_buckets = _OF_FEES if self.company.fees.sync else ()
        return [*trades, *payments, *(document for bucket in fee_buckets for document in self._trade(bucket, sums))]

    def _trade(self, bucket: Bucket, sums: Mapping[GroupKey, Sum]) -> list[CommerceDocument]:
        trade = _TRADES[bucket]
        lines = self._lines({key: each for key, each in sums.items() if key.bucket is bucket})
        turned = [line.flipped() for line in lines] if trade.is_turned else lines
        limit = self.company.extras.line_limit
        chunks = [turned[start : start + limit] for start in range(0, len(turned), limit)]
        return [
            self._trade_document(bucket, chunk, part=part, parts=len(chunks))
            for part, chunk in enumerate(chunks, start=1)
        ]

    def _trade_document(self, bucket: Bucket, lines: Sequence[TradeLine], *, part: int, parts: int) -> CommerceDocument:
        trade = _TRADES[bucket]
        is_opposite = sum(line.net + line.tax for line in lines) < 0
        written = tuple(line.flipped() for line in lines) if is_opposite else tuple(lines)
        form = trade.opposite if is_opposite else trade.form
        is_sales = bucket in _OF_SALES
        return CommerceDocument(
            place=self._placed(trade.slot),
            form=form,
            net=sum(line.net for line in written),
            tax=sum(line.tax for line in written),
            description=self._title(trade.title),
            lines=written,
            part=part,
            parts=parts,
            status=self.company.sales.invoice_status.selected if form is Form.INVOICE else None,
            customer=self.company.sales.customer.selected if is_sales else None,
            supplier=None if is_sales else self.company.fees.supplier.selected,
            account=None if is_sales else clearing_account(self.company),
        )

    def _lines(self, sums: Mapping[GroupKey, Sum]) -> list[TradeLine]:
        """Give a line per group, the same groups of different locations together unless the lines keep them apart."""
        levels = self.company.sales.grouping.line_level.selected
        merged: dict[tuple[Kind, str, str, str], Sum] = defaultdict(Sum)
        for key, each in sums.items():
            location = key.location if Level.LOCATION in levels else ""
            product = key.product if Level.PRODUCT in levels else ""
            group = (key.kind, key.code, location, product)
            before = merged[group]
            merged[group] = Sum(before.net + each.net, before.tax + each.tax, before.lines + each.lines)
        lines = [self._line(group, each) for group, each in merged.items() if each.net or each.tax]
        return sorted((line for line in lines if line is not None), key=_line_order)

    def _line(self, group: tuple[Kind, str, str, str], sums: Sum) -> TradeLine | None:
        kind, code, location, product = group
        key = GroupKey(self.place.currency, Bucket.SALES, location, kind, code, product)
        is_taxed = kind in (Kind.SALES, Kind.REFUND, Kind.PRE_PAID) and bool(code)
        try:
            account = account_for(self.company, key)
            tax_rate = tax_for(self.company, code) if is_taxed else None
        except Unmapped as unmapped:
            self.problems.append(unmapped.problem)
            return None
        return TradeLine(
            kind=kind.value,
            account=account,
            net=sums.net,
            tax=sums.tax,
            description=f"{_TITLES[kind]}, tax {code} %" if is_taxed else _TITLES[kind],
            tax_rate=tax_rate,
            location=location,
            product=product,
        )

    def _payments(self, sums: Mapping[GroupKey, Sum], trades: Sequence[CommerceDocument]) -> list[CommerceDocument]:
        """Give a payment per type, each against what is left of the documents of its direction, in their order."""
        left = {document.reference: document.total for document in trades}
        amounts: dict[tuple[Bucket, str], int] = defaultdict(int)
        for key, each in sums.items():
            if key.kind is Kind.PAYMENT:
                amounts[key.bucket, key.code] += each.net
        documents = [
            self._payment(bucket, code, amounts[bucket, code], trades, left)
            for bucket, code in sorted(amounts)
            if amounts[bucket, code]
        ]
        return [document for document in documents if document is not None]

    def _payment(
        self, bucket: Bucket, code: str, amount: int, trades: Sequence[CommerceDocument], left: dict[str, int]
    ) -> CommerceDocument | None:
        try:
            account = payment_account(self.company, code)
        except Unmapped as unmapped:
            self.problems.append(unmapped.problem)
            return None
        direction = Direction.IN if amount > 0 else Direction.OUT
        settled = Form.INVOICE if amount > 0 else Form.CREDIT_NOTE
        slot = Slot.PAYMENT if bucket is Bucket.PAYMENTS_IN else Slot.REFUND_PAYMENT
        return CommerceDocument(
            place=self._placed(slot, code),
            form=Form.PAYMENT,
            net=abs(amount),
            tax=0,
            description=self._title(f"{code} payments" if direction is Direction.IN else f"{code} payments returned"),
            customer=self.company.sales.customer.selected,
            account=account,
            direction=direction,
            allocations=_allocated(abs(amount), [each for each in trades if each.form is settled], left),
        )

    def _placed(self, slot: Slot, code: str = "") -> Place:
        place = self.place
        return Place(
            company=place.company,
            day=place.day,
            currency=place.currency,
            slot=slot,
            location=place.location,
            code=code,
            layer=place.layer,
        )

    def _title(self, what: str) -> str:
        title = f"{what} of {self.place.day.isoformat()}"
        return f"{title}, adjustment {self.place.layer}" if self.place.layer else title


def _allocated(amount: int, documents: Iterable[CommerceDocument], left: dict[str, int]) -> tuple[Allocation, ...]:
    """Share an amount out over documents, first come first served; `left` is what each still lacks and is lowered."""
    allocations: list[Allocation] = []
    for document in documents:
        share = min(amount, left[document.reference])
        if share > 0:
            allocations.append(Allocation(reference=document.reference, form=document.form, amount=share))
            left[document.reference] -= share
            amount -= share
    return tuple(allocations)


_TITLES = {
    Kind.SALES: "Sales",
    Kind.REFUND: "Refunds",
    Kind.GRATUITY: "Gratuity",
    Kind.PRE_PAID: "Pre-paid purchases",
    Kind.ROUNDING: "Rounding",
    Kind.FEE: "Payment fees",
    Kind.FEE_REFUND: "Payment fee refunds",
    Kind.LOAN_FEE: "Loan fees",
    Kind.PAYMENT: "Payments",
}


def _line_order(line: TradeLine) -> tuple[object, ...]:
    rate = rate_order(line.tax_rate.rate) if line.tax_rate else rate_order("-1")
    return (_KIND_ORDER[Kind(line.kind)], rate, line.location, line.product)
