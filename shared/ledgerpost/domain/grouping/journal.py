"""Journal mode: one balanced entry per day, currency and location. Source: codat sheet, section 4, the worked cases.

What was sold and not paid is owed to the merchant: it goes to the receivable account, as does a refund that was not
paid back. Fees are taken off the clearing account. Lines on one account with one tax rate are one line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledgerpost.domain.company import AccountType, Company, Level, OptionId, rate_order
from ledgerpost.domain.grouping.accounts import Unmapped, account_for, own_account, payment_account, tax_for
from ledgerpost.domain.grouping.document import (
    AccountUse,
    CommerceDocument,
    Form,
    JournalLine,
    Place,
    TaxUse,
)
from ledgerpost.domain.grouping.totals import Bucket, GroupKey, Kind, Sum
from ledgerpost.errors import Problem

_LINE_KINDS = (*(kind.value for kind in Kind), "tax", "receivable", "clearing")
_KIND_ORDER = {kind: place for place, kind in enumerate(("payment", "receivable", "clearing", *_LINE_KINDS))}

_Key = tuple[OptionId, str, str]
"""Account, tax rate (blank for none) and location: what makes two amounts one line."""


@dataclass(slots=True)
class JournalAssembler:
    """Makes the journal of one currency and location; what is not mapped is kept in `problems`."""

    company: Company
    place: Place
    problems: list[Problem] = field(default_factory=list)
    _lines: dict[_Key, JournalLine] = field(default_factory=dict)

    def documents(self, sums: Mapping[GroupKey, Sum]) -> list[CommerceDocument]:
        """Give the journal, in as many balanced parts as the line limit asks for; nothing for a day without amounts."""
        for key in sorted(sums):
            try:
                self._book(key, sums[key])
            except Unmapped as unmapped:
                self.problems.append(unmapped.problem)
        self._book_receivable(sums)
        if self.problems:
            return []
        lines = sorted((line for line in self._lines.values() if line.debit), key=_line_order)
        assert not sum(line.debit for line in lines), "each amount was booked with its counterpart"
        return self._parts(lines)

    def _book(self, key: GroupKey, sums: Sum) -> None:
        match key.bucket:
            case Bucket.SALES | Bucket.REFUNDS:
                self._book_sale(key, sums)
            case Bucket.PAYMENTS_IN | Bucket.PAYMENTS_OUT:
                if self.company.payments.sync and sums.net:
                    self._add("payment", payment_account(self.company, key.code), sums.net)
            case Bucket.FEES | Bucket.FEE_REFUNDS:
                if self.company.fees.sync and sums.net:
                    self._book_fee(key, sums)

    def _book_sale(self, key: GroupKey, sums: Sum) -> None:
        if not sums.net and not sums.tax:
            return
        is_taxed = key.kind in (Kind.SALES, Kind.REFUND, Kind.PRE_PAID) and bool(key.code)
        tax_rate = tax_for(self.company, key.code) if is_taxed else None
        location = key.location if Level.LOCATION in self.company.sales.grouping.line_level.selected else ""
        self._add(key.kind.value, account_for(self.company, key), -sums.net, tax_rate=tax_rate, location=location)
        if sums.tax:
            why = "The day has tax, and a journal needs the account of the tax that is owed."
            extras = self.company.extras
            account = own_account(self.company, extras.tax_account, use="tax", key="taxAccount", why=why)
            self._add("tax", account, -sums.tax, tax_rate=tax_rate, location=location)

    def _book_fee(self, key: GroupKey, sums: Sum) -> None:
        signed = sums.net if key.bucket is Bucket.FEES else -sums.net
        self._add(key.kind.value, account_for(self.company, key), signed)
        self._add("clearing", self._clearing(), -signed)

    def _clearing(self) -> AccountUse:
        why = "The day has fees, and a journal needs the account that they are taken off."
        extras = self.company.extras
        return own_account(self.company, extras.clearing_account, use="clearing", key="clearingAccount", why=why)

    def _book_receivable(self, sums: Mapping[GroupKey, Sum]) -> None:
        """What the sales are worth beyond what was paid is owed."""
        sold = sum(each.total for key, each in sums.items() if key.bucket in (Bucket.SALES, Bucket.REFUNDS))
        paid = sum(each.net for key, each in sums.items() if key.bucket in (Bucket.PAYMENTS_IN, Bucket.PAYMENTS_OUT))
        owed = sold - (paid if self.company.payments.sync else 0)
        if not owed:
            return
        try:
            self._add("receivable", self._receivable(), owed)
        except Unmapped as unmapped:
            self.problems.append(unmapped.problem)

    def _receivable(self) -> AccountUse:
        invoice = self.company.account_of(AccountType.INVOICE)
        chosen = self.company.extras.receivable_account or (invoice.id if invoice is not None else None)
        why = "The day has sales that are not paid, and a journal needs the account of what is owed."
        return own_account(self.company, chosen, use="receivable", key="receivableAccount", why=why)

    def _add(
        self, kind: str, account: AccountUse, debit: int, *, tax_rate: TaxUse | None = None, location: str = ""
    ) -> None:
        key = (account.option.id, tax_rate.rate if tax_rate else "", location)
        line = JournalLine(
            kind=kind,
            account=account,
            debit=debit,
            description=_titled(kind, tax_rate),
            tax_rate=tax_rate,
            location=location,
        )
        before = self._lines.get(key)
        self._lines[key] = line if before is None else _joined(before, line)

    def _parts(self, lines: Sequence[JournalLine]) -> list[CommerceDocument]:
        """Each part balances by itself: what it lacks is carried over on the clearing account, to a sum of zero."""
        limit = self.company.extras.line_limit
        if len(lines) <= limit:
            return [self._journal(lines, part=1, parts=1)] if lines else []
        try:
            clearing = self._clearing()
        except Unmapped as unmapped:
            self.problems.append(unmapped.problem)
            return []
        chunks = [list(lines[start : start + limit - 1]) for start in range(0, len(lines), limit - 1)]
        for chunk in chunks:
            carried = -sum(line.debit for line in chunk)
            if carried:
                chunk.append(JournalLine(kind="clearing", account=clearing, debit=carried, description="Carried over"))
        return [self._journal(chunk, part=part, parts=len(chunks)) for part, chunk in enumerate(chunks, start=1)]

    def _journal(self, lines: Sequence[JournalLine], *, part: int, parts: int) -> CommerceDocument:
        title = f"Sales of {self.place.day.isoformat()}"
        return CommerceDocument(
            place=self.place,
            form=Form.JOURNAL_ENTRY,
            net=sum(line.debit for line in lines if line.debit > 0),
            tax=0,
            description=f"{title}, adjustment {self.place.layer}" if self.place.layer else title,
            lines=tuple(lines),
            part=part,
            parts=parts,
        )


def _joined(first: JournalLine, second: JournalLine) -> JournalLine:
    """Give both amounts as one line, named by whichever of the two comes first in a journal."""
    named = min(first, second, key=lambda line: _KIND_ORDER[line.kind])
    return JournalLine(
        kind=named.kind,
        account=named.account,
        debit=first.debit + second.debit,
        description=named.description,
        tax_rate=named.tax_rate,
        location=named.location,
    )


def _titled(kind: str, tax_rate: TaxUse | None) -> str:
    if kind == "tax" and tax_rate is not None:
        return f"Tax {tax_rate.rate} %"
    name = {"prePaid": "Pre-paid", "feeRefund": "Fee refunds", "loanFee": "Loan fees", "fee": "Fees"}.get(kind)
    title = name or kind.capitalize()
    return f"{title}, tax {tax_rate.rate} %" if tax_rate else title


def _line_order(line: JournalLine) -> tuple[object, ...]:
    rate = rate_order(line.tax_rate.rate) if line.tax_rate else rate_order("-1")
    return (line.debit < 0, _KIND_ORDER[line.kind], rate, line.location, line.account.option.id)
