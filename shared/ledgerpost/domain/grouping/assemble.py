"""From the totals of a day to its documents, or to what stops them. The same totals give the same bytes."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from ledgerpost.domain.company import Company, Level, Output
from ledgerpost.domain.grouping.document import CommerceDocument, Place, Slot, amount_text
from ledgerpost.domain.grouping.invoices import InvoiceAssembler
from ledgerpost.domain.grouping.journal import JournalAssembler
from ledgerpost.domain.grouping.totals import GroupKey, Review, Sum, Totals
from ledgerpost.errors import Problem


@dataclass(frozen=True, slots=True)
class Assembled:
    """The documents, in the order in which they are to be posted."""

    documents: tuple[CommerceDocument, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """No document is made: a person has to mend the configuration, or to look at records that do not add up."""

    problems: tuple[Problem, ...]


def assemble(company: Company, day: date, totals: Totals, layer: int = 0) -> Assembled | Stopped:
    """Give the documents of `totals`: of a whole day, or of what came since (`layer` from 1: an adjustment).

    Nothing is made of a day of which a part cannot be: the documents of a day belong together.
    """
    problems = [_review_problem(review) for review in totals.reviews]
    if totals.review_count > len(totals.reviews):
        problems.append(_more_reviews(totals.review_count - len(totals.reviews)))
    documents: list[CommerceDocument] = []
    groups = _groups(company, totals) if company.sales.sync else {}
    for currency, location in sorted(groups):
        place = Place(company=company.id, day=day, currency=currency, slot=Slot.JOURNAL, location=location, layer=layer)
        is_journal = company.output is Output.JOURNAL
        assembler = JournalAssembler(company, place) if is_journal else InvoiceAssembler(company, place)
        documents += assembler.documents(groups[currency, location])
        problems += assembler.problems
    if problems:
        return Stopped(tuple(dict.fromkeys(problems)))
    return Assembled(tuple(documents))


def _groups(company: Company, totals: Totals) -> dict[tuple[str, str], dict[GroupKey, Sum]]:
    """Divide the sums by currency, always, and by location where the invoice level asks for it."""
    by_location = Level.LOCATION in company.sales.grouping.invoice_level.selected
    groups: dict[tuple[str, str], dict[GroupKey, Sum]] = defaultdict(dict)
    for key, sums in totals.sums.items():
        groups[key.currency, key.location if by_location else ""][key] = sums
    return groups


def _review_problem(review: Review) -> Problem:
    difference = amount_text(review.difference, review.currency)
    return Problem(
        f"records.{review.record}",
        f"Its lines and its own total differ by {difference} {review.currency}, more than rounding explains.",
        "Correct the record at its source and send it again, then close the day again.",
        "commerce_does_not_add_up",
    )


def _more_reviews(count: int) -> Problem:
    return Problem(
        "records",
        f"{count} more differences of records that do not add up.",
        "Correct the records at their source and send them again, then close the day again.",
        "commerce_does_not_add_up",
    )
