"""Books as an auditor keeps them: canonical lines of text, and a digest per day that is chained to the day before.

The form is checked again by `docs/audit/recheck.py`, which shares no code with this module; both follow its text:

- A line is one JSON object in ASCII with its keys sorted and no blanks: amount (decimal text), book, currency, day,
  id, reference, route.
- The lines of a day are those of all books, sorted as text.
- The digest of a day is the SHA-256, in hexadecimal, of the digest of the day before, a line feed, and the day's lines
  each with a line feed after it. Before the first day stands the head of an earlier run, or 64 zeros.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ledgerpost.domain.hash_chain import NO_HEAD, link
from ledgerpost.domain.reconciliation import Book, BookLine

__all__ = ["NO_HEAD", "DayDigest", "canonical_line", "chained_digests"]


@dataclass(frozen=True, slots=True)
class DayDigest:
    """The digest of one day's lines of all books, and of every day before it."""

    day: date
    lines: int
    digest: str


def canonical_line(book: Book, line: BookLine) -> str:
    """Give a line of a book in the one form that it is digested in, without the line feed."""
    values = {
        "amount": f"{line.amount:f}",
        "book": book.value,
        "currency": line.currency,
        "day": line.day.isoformat(),
        "id": line.id,
        "reference": line.reference,
        "route": line.route,
    }
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def chained_digests(books: Mapping[Book, Iterable[BookLine]], before: str = NO_HEAD) -> list[DayDigest]:
    """Give the digest of each day that any book knows, in the order of the days; `before` is an earlier run's head."""
    days: dict[date, list[str]] = defaultdict(list)
    for book, lines in books.items():
        for line in lines:
            days[line.day].append(canonical_line(book, line))
    digests: list[DayDigest] = []
    head = before
    for day in sorted(days):
        text = "".join(f"{line}\n" for line in sorted(days[day]))
        head = link(head, text)
        digests.append(DayDigest(day, len(days[day]), head))
    return digests
