"""Reconciliation: the source's own approvals against our records and the ledger, read back entry by entry."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledgerpost.app.map_event import map_transaction
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.document import Postable
from ledgerpost.domain.entity import property_of
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.money import MoneyError, parse_amount, quantise
from ledgerpost.domain.outcome import DocumentFact, Fact, FindOutcome, Found
from ledgerpost.domain.reconciliation import (
    Balance,
    Book,
    BookLine,
    Finding,
    Transaction,
    find_differences,
    reconcile,
)
from ledgerpost.domain.route import EntryType, Route, TenantConfiguration
from ledgerpost.domain.version import Version
from ledgerpost.ports import LedgerTargets


@dataclass(frozen=True, slots=True)
class SourceBook:
    """What should be in the ledger: the latest version of each reference, and what has no reference to look up.

    `repeated` are the transactions that the list has more than once in one version: they count once, as in delivery.
    """

    entries: tuple[tuple[Route, Postable], ...]
    without_reference: tuple[BookLine, ...]
    repeated: tuple[Transaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A reference that the ledger gave no answer about; its balance is not to be trusted."""

    route: str
    reference: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The books as they were compared, their balances, every exception, and what could not be read back."""

    books: Mapping[Book, tuple[BookLine, ...]]
    balances: tuple[Balance, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]

    @property
    def ties_out(self) -> bool:
        """Whether every reference agrees in every book, and everything was read."""
        return not self.unread and not self.findings


@dataclass(frozen=True, slots=True)
class Window:
    """Business days, both included."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Say whether `day` is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class RecordsBook:
    """Our records' own account. `delivered` is what they say the ledger holds; `standings` says of every other one why
    it does not; `beside` is what they delivered in the window and the source's list does not have.
    """

    delivered: tuple[BookLine, ...]
    standings: Mapping[Transaction, str]
    beside: tuple[tuple[Route, DeliveryRecord], ...]


def source_book(events: Iterable[ApprovalEvent], configuration: TenantConfiguration, formulas: Formulas) -> SourceBook:
    """Give what the routes of `configuration` make of `events`: of several versions of a reference the latest."""
    latest: dict[tuple[str, str], tuple[Version, Route, Postable | None]] = {}
    loose: list[BookLine] = []
    repeated: dict[Transaction, None] = {}
    for event in events:
        for route in configuration.routes_for(event):
            mapped = map_transaction(event, route, formulas)
            if mapped.reference is None:
                loose.extend(_loose_line(event, route))
                continue
            version = Version(event.version, route.revision)
            known = latest.get((route.id, mapped.reference))
            order = 1 if known is None else version.compare(known[0])
            if order == 0:
                repeated[route.id, mapped.reference] = None
            if order >= 0:
                entry = mapped if isinstance(mapped, Postable) else None
                latest[route.id, mapped.reference] = (version, route, entry)
    entries = tuple((route, entry) for _, route, entry in latest.values() if entry is not None)
    return SourceBook(entries, tuple(loose), tuple(repeated))


def window_of(book: SourceBook) -> Window | None:
    """Give the days that the source's list spans; None for an empty one."""
    days = [entry.day for _, entry in book.entries] + [line.day for line in book.without_reference]
    return Window(min(days), max(days)) if days else None


def records_book(
    records: Iterable[DeliveryRecord], book: SourceBook, configuration: TenantConfiguration, window: Window
) -> RecordsBook:
    """Give what `records` say of the transactions of `book`, and of all others of the days of `window`."""
    known = {(route.id, entry.reference) for route, entry in book.entries}
    delivered: list[BookLine] = []
    standings: dict[Transaction, str] = {}
    beside: list[tuple[Route, DeliveryRecord]] = []
    for record in records:
        transaction = (record.route, record.key.reference)
        if record.key.collision:
            continue
        if record.status is not Status.DELIVERED or record.amount is None:
            standings[transaction] = f"{record.status}: {record.code}" if record.code else record.status.value
            continue
        line = _record_line(record, record.amount)
        if transaction in known:
            delivered.append(line)
        elif window.covers(line.day):
            delivered.append(line)
            route = configuration.routes.get(record.route)
            beside += [(route, record)] if route is not None and record.kind in route.rules else []
    return RecordsBook(tuple(delivered), standings, tuple(beside))


def reconcile_with_ledger(
    book: SourceBook,
    configuration: TenantConfiguration,
    targets: LedgerTargets,
    *,
    executor: Executor,
    records: RecordsBook | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Reconciliation:
    """Look every reference up in the ledger and compare. `progress` is told how many were read so far."""
    asked = [_Asked.of_entry(route, entry) for route, entry in book.entries]
    asked += [_Asked.of_record(route, record) for route, record in (records.beside if records else ())]
    ledger: list[BookLine] = []
    unread: list[Unread] = []

    def look_up(asking: _Asked) -> FindOutcome:
        target = targets.target_of(configuration.tenant, configuration.connection_of(asking.route))
        return target.find(asking.route.account, asking.reference)

    for count, (asking, found) in enumerate(zip(asked, executor.map(look_up, asked), strict=True)):
        if isinstance(found, Found):
            ledger.extend(_ledger_lines(asking, found))
        else:
            unread.append(Unread(asking.route.id, asking.reference, found.code))
        progress(count + 1)
    return _compared(book, ledger, unread, records)


def _compared(
    book: SourceBook, ledger: Sequence[BookLine], unread: Sequence[Unread], records: RecordsBook | None
) -> Reconciliation:
    source = (*book.without_reference, *(_source_line(route, entry) for route, entry in book.entries))
    books: dict[Book, tuple[BookLine, ...]] = {Book.SOURCE: source, Book.LEDGER: tuple(ledger)}
    if records is not None:
        books[Book.RECORDS] = records.delivered
    others: dict[Book, tuple[BookLine, ...]] = {name: lines for name, lines in books.items() if name is not Book.SOURCE}
    # Whether what was not read is missing is not known: it stands among the unread.
    unasked = {(each.route, each.reference) for each in unread}
    findings = find_differences(source, others, records.standings if records else None)
    return Reconciliation(
        books=books,
        balances=tuple(reconcile(source, ledger, records.delivered if records else None)),
        findings=tuple(
            each for each in findings if each.book is not Book.LEDGER or (each.route, each.reference) not in unasked
        ),
        unread=tuple(unread),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A reference to be looked up. `positive_type` is the side that a positive amount of the source is posted on; None
    for a document, whose amount is signed as it is.
    """

    route: Route
    reference: str
    currency: str
    positive_type: EntryType | None

    @classmethod
    def of_entry(cls, route: Route, entry: Postable) -> "_Asked":
        positive_type: EntryType | None = None
        if isinstance(entry, LedgerEntry):
            positive_type = entry.type if entry.source_amount > 0 else entry.type.flipped
        return cls(route, entry.reference, entry.money.currency, positive_type)

    @classmethod
    def of_record(cls, route: Route, record: DeliveryRecord) -> "_Asked":
        rule = route.rules.get(record.kind)
        return cls(route, record.key.reference, record.currency, rule.entry_type if rule else None)


def _source_line(route: Route, entry: Postable) -> BookLine:
    return BookLine(
        route=route.id,
        currency=entry.money.currency,
        day=entry.day,
        reference=entry.reference,
        amount=entry.source_amount,
    )


def _record_line(record: DeliveryRecord, amount: Decimal) -> BookLine:
    return BookLine(
        route=record.route,
        currency=record.currency,
        day=date.fromisoformat(record.day),
        reference=record.key.reference,
        amount=amount,
        id=record.effect.ledger_id if record.effect else "",
    )


def _ledger_lines(asking: _Asked, found: Found) -> Iterator[BookLine]:
    """Give the ledger's entries signed after the source."""
    for fact in found.facts:
        yield BookLine(
            route=asking.route.id,
            currency=asking.currency,
            day=fact.day,
            reference=asking.reference,
            amount=_signed(fact, asking.positive_type),
            id=fact.ledger_id,
        )


def _signed(fact: Fact, positive_type: EntryType | None) -> Decimal:
    if isinstance(fact, DocumentFact):
        return fact.amount
    return fact.amount if fact.type is positive_type else -fact.amount


def _loose_line(event: ApprovalEvent, route: Route) -> Iterator[BookLine]:
    """Give what was approved without a reference: it is in no ledger, and shows as a difference."""
    mapping = route.collection_for(event.kind)
    try:
        value = property_of(event.entity, event.kind.amount_property if mapping is None else mapping.amount)
        money, _ = quantise(parse_amount(value), event.currency)
    except MoneyError:
        return
    if not money.amount:
        return
    day = event.approved_at.astimezone(route.time_zone).date()
    yield BookLine(route=route.id, currency=money.currency, day=day, reference="", amount=money.amount)
