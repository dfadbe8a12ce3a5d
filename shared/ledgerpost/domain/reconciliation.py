"""Comparing books: what the source approved against what our records say and what the ledger holds, entry by entry, and
summed up per route, currency and business day.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledgerpost.domain.route import RouteId


class Book(StrEnum):
    """Whose word an amount is."""

    SOURCE = "source"
    RECORDS = "records"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLine:
    """One transaction in one book. `amount` is signed after the source: a cancellation is negative in all books.

    `id` is the ledger's own id of its entry, blank in the source's book.
    """

    route: RouteId
    currency: str
    day: date
    reference: str
    amount: Decimal
    id: str = ""


class FindingKind(StrEnum):
    """How a book differs from the source's."""

    MISSING = "missing"
    UNEXPECTED = "unexpected"
    DOUBLED = "doubled"
    CHANGED_AMOUNT = "changed_amount"
    WRONG_DAY = "wrong_day"
    WRONG_CURRENCY = "wrong_currency"
    NO_REFERENCE = "no_reference"
    """Approved without a reference: it is in no other book and cannot be looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not agree: what, in which book, of which transaction. `expected` is what the source says and
    `found` what the book says, as text, blank where there is nothing; `detail` is what is known of the cause.
    """

    kind: FindingKind
    book: Book
    route: RouteId
    reference: str
    currency: str
    day: date
    expected: str
    found: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The books of one route, currency and day. `differing` are the references that do not agree between source and
    ledger, sorted. `records` is None where the records were not compared.
    """

    route: RouteId
    currency: str
    day: date
    source: Decimal
    ledger: Decimal
    differing: tuple[str, ...]
    records: Decimal | None = None

    @property
    def difference(self) -> Decimal:
        """What the ledger holds beyond the source; zero where the books agree."""
        return self.ledger - self.source


Transaction = tuple[RouteId, str]
"""A route and a reference on it."""


def reconcile(
    source: Iterable[BookLine], ledger: Iterable[BookLine], records: Iterable[BookLine] | None = None
) -> list[Balance]:
    """Give the balance of each route, currency and day that any book knows, sorted.

    A reference differs where its sums differ, so two errors that cancel out in the total are found all the same.
    """
    books: dict[tuple[RouteId, str, date], dict[str, list[Decimal]]] = defaultdict(dict)
    for book, lines in enumerate((source, ledger, records or ())):
        for line in lines:
            sums = books[line.route, line.currency, line.day].setdefault(line.reference, [Decimal(0)] * 3)
            sums[book] += line.amount
    return [
        Balance(
            route=route,
            currency=currency,
            day=day,
            source=_total(references, 0),
            ledger=_total(references, 1),
            records=None if records is None else _total(references, 2),
            differing=tuple(sorted(reference for reference, sums in references.items() if sums[0] != sums[1])),
        )
        for (route, currency, day), references in sorted(books.items())
    ]


def _total(references: Mapping[str, Sequence[Decimal]], book: int) -> Decimal:
    return sum((sums[book] for sums in references.values()), Decimal(0))


def find_differences(
    source: Iterable[BookLine],
    others: Mapping[Book, Iterable[BookLine]],
    causes: Mapping[Transaction, str] | None = None,
) -> list[Finding]:
    """Name every entry that the books do not agree on, sorted by day, route, reference and book.

    `causes` says of a transaction why it may be missing, such as the code that it is parked with.
    """
    expected = _by_transaction(source)
    findings = [finding for lines in expected.values() for finding in _within_source(lines)]
    for book, lines in others.items():
        found = _by_transaction(lines)
        for transaction in expected.keys() | found.keys():
            cause = (causes or {}).get(transaction, "")
            findings += _between(expected.get(transaction, ()), found.get(transaction, ()), book, cause)
    return sorted(findings, key=lambda each: (each.day, each.route, each.reference, each.book, each.kind))


def _by_transaction(lines: Iterable[BookLine]) -> dict[Transaction, list[BookLine]]:
    found: dict[Transaction, list[BookLine]] = defaultdict(list)
    for line in lines:
        found[line.route, line.reference].append(line)
    return found


def _within_source(lines: Sequence[BookLine]) -> Iterator[Finding]:
    if not lines[0].reference:
        for line in lines:
            yield _finding(FindingKind.NO_REFERENCE, Book.SOURCE, line, expected=_text(line.amount))
    elif len(lines) > 1:
        yield _finding(
            FindingKind.DOUBLED, Book.SOURCE, lines[0], expected=_text(lines[0].amount), found=_amounts(lines)
        )


def _between(expected: Sequence[BookLine], found: Sequence[BookLine], book: Book, cause: str) -> Iterator[Finding]:
    if not found:
        # Without a reference there is nothing to look for.
        if expected[0].reference:
            yield _finding(FindingKind.MISSING, book, expected[0], expected=_text(expected[0].amount), detail=cause)
    elif not expected:
        yield _finding(FindingKind.UNEXPECTED, book, found[0], found=_amounts(found), detail=cause or _ids(found))
    elif len(found) > 1:
        yield _finding(
            FindingKind.DOUBLED,
            book,
            expected[0],
            expected=_text(expected[0].amount),
            found=_amounts(found),
            detail=_ids(found),
        )
    else:
        yield from _of_one_entry(expected[0], found[0], book, cause)


def _of_one_entry(expected: BookLine, found: BookLine, book: Book, cause: str) -> Iterator[Finding]:
    sides = (
        (FindingKind.CHANGED_AMOUNT, expected.amount != found.amount, _text(expected.amount), _text(found.amount)),
        (FindingKind.WRONG_DAY, expected.day != found.day, expected.day.isoformat(), found.day.isoformat()),
        (FindingKind.WRONG_CURRENCY, expected.currency != found.currency, expected.currency, found.currency),
    )
    for kind, differs, should_be, is_ in sides:
        if differs:
            yield _finding(kind, book, expected, expected=should_be, found=is_, detail=cause or found.id)


def _finding(
    kind: FindingKind, book: Book, line: BookLine, *, expected: str = "", found: str = "", detail: str = ""
) -> Finding:
    return Finding(
        kind=kind,
        book=book,
        route=line.route,
        reference=line.reference,
        currency=line.currency,
        day=line.day,
        expected=expected,
        found=found,
        detail=detail,
    )


def _text(amount: Decimal) -> str:
    return f"{amount:f}"


def _amounts(lines: Sequence[BookLine]) -> str:
    return " + ".join(_text(line.amount) for line in lines)


def _ids(lines: Sequence[BookLine]) -> str:
    return ", ".join(line.id for line in lines if line.id)
