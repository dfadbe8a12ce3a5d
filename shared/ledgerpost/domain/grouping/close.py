"""The close of one business day: what is closed already, and what another close would do. Pure.

    (none) ─ close ─► closing ─► closed ─ close again ─► closing ─► closed …
                        ▲                    │
                        └─────── reopened ◄──┘ a person, with a reason

A close is kept as *layers*: the totals of the first close and, for each adjustment, what came since. The sum of the
layers is what the day's documents say. A record that comes late, is amended or refunded changes the day's totals; the
next close makes a layer of the difference and documents of that layer alone: never a second invoice. A reopened day has
every layer written anew, under the same references and a later revision, so that a mended configuration replaces what
was posted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.company import Company
from ledgerpost.domain.delivery import Operation
from ledgerpost.domain.grouping.assemble import Assembled, Stopped, assemble
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.domain.grouping.totals import Totals
from ledgerpost.domain.grouping.totals_text import totals_from, totals_text
from ledgerpost.errors import Problem, UsageError

LEASE = timedelta(minutes=15)
"""How long a close may take; a Lambda function runs for at most fifteen minutes. Then another one takes it over."""

OPERATIONS_LENGTH_MAX = 20


class DayStatus(StrEnum):
    """Where a day stands."""

    CLOSING = "closing"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClose:
    """The state of a day's close. `revision` grows with every close that sends documents, `fence` with every write.

    `layers` are totals as text. `from_layer` is the first layer that the present revision writes: 0 after a reopening,
    so that whoever takes a close over sends just what was to be sent. `references` are those that were ever sent.
    """

    key: CompanyKey
    day: date
    status: DayStatus
    revision: int
    fence: int
    layers: tuple[str, ...]
    from_layer: int
    updated_at: datetime
    references: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()

    def moved(self, status: DayStatus, now: datetime) -> "DayClose":
        """Give the state after a move to `status`."""
        return replace(self, status=status, updated_at=now, fence=self.fence + 1)

    def closed_totals(self) -> Totals:
        """Give what the layers sum up to: what the day's documents say."""
        return summed(self.layers)


def summed(layers: Sequence[str]) -> Totals:
    """Give the sum of layers that were kept as text."""
    totals = Totals(by_product=any(totals_from(layer).by_product for layer in layers))
    for layer in layers:
        totals.merge(totals_from(layer))
    return totals


@dataclass(frozen=True, slots=True)
class Nothing:
    """The day is closed and nothing came since: no document, no write."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Another run closes the day; it counts as lost at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """Write `state` where the stored one is still `before` (None: where there is none), then send the documents.

    `vanished` are references that were sent once and are not made any more: a person has to void them.
    """

    state: DayClose
    before: DayClose | None
    documents: tuple[CommerceDocument, ...] = field(repr=False)
    vanished: tuple[str, ...] = ()


Plan = Close | Nothing | Busy | Stopped


def plan_close(
    company: Company, key: CompanyKey, day: date, *, totals: Totals, before: DayClose | None, now: datetime
) -> Plan:
    """Decide what a close of `day` does, given the day's totals as they are now and the state that is kept."""
    if before is not None and before.status is DayStatus.CLOSING and now < before.updated_at + LEASE:
        return Busy(before.updated_at + LEASE)
    layers, from_layer = _layers(totals, before)
    if before is not None and before.status is DayStatus.CLOSED and from_layer == len(layers):
        return Stopped(_reviews(company, day, totals)) if totals.reviews else Nothing()
    answer = _documents(company, day, layers, from_layer, totals)
    if isinstance(answer, Stopped):
        return answer
    sent = tuple(document.reference for document in answer.documents)
    known = before.references if before is not None else ()
    state = DayClose(
        key=key,
        day=day,
        status=DayStatus.CLOSING,
        revision=(before.revision if before else 0) + 1,
        fence=(before.fence if before else 0) + 1,
        layers=layers,
        from_layer=from_layer,
        updated_at=now,
        references=tuple(sorted({*known, *sent})),
        operations=before.operations if before else (),
    )
    vanished = tuple(sorted(set(known) - set(sent))) if from_layer == 0 else ()
    return Close(state, before, answer.documents, vanished)


def _layers(totals: Totals, before: DayClose | None) -> tuple[tuple[str, ...], int]:
    """Give the layers after the close and the first of them that is to be written."""
    if before is None:
        return (totals_text(_without_reviews(totals)),), 0
    difference = totals.minus(before.closed_totals())
    layers = before.layers
    if not difference.is_empty:
        layers = (*layers, totals_text(_without_reviews(difference)))
    match before.status:
        case DayStatus.CLOSED:
            return layers, len(before.layers)
        case DayStatus.CLOSING:
            # Whoever began may have sent some of the documents: all of theirs are sent again, and what came since.
            return layers, before.from_layer
        case DayStatus.REOPENED:
            return layers, 0


def _without_reviews(totals: Totals) -> Totals:
    return Totals(totals.by_product, totals.sums, totals.controls)


def _documents(
    company: Company, day: date, layers: Sequence[str], from_layer: int, totals: Totals
) -> Assembled | Stopped:
    problems = list(_reviews(company, day, totals))
    documents: list[CommerceDocument] = []
    for layer in range(from_layer, len(layers)):
        answer = assemble(company, day, totals_from(layers[layer]), layer)
        if isinstance(answer, Stopped):
            problems += answer.problems
        else:
            documents += answer.documents
    return Stopped(tuple(dict.fromkeys(problems))) if problems else Assembled(tuple(documents))


def _reviews(company: Company, day: date, totals: Totals) -> tuple[Problem, ...]:
    if not totals.reviews:
        return ()
    answer = assemble(company, day, Totals(reviews=totals.reviews, review_count=totals.review_count))
    assert isinstance(answer, Stopped), "a record to be reviewed stops a close"
    return answer.problems


def reopened(state: DayClose, now: datetime, *, by: str, reason: str) -> DayClose:
    """Give the day's state as reopened; raises UsageError(close_not_closed) for one that is not closed."""
    if state.status is not DayStatus.CLOSED:
        raise UsageError("close_not_closed", f"The day is {state.status.value}; only a closed day can be reopened.")
    operations = (*state.operations, Operation(now, "reopened", by, reason))[-OPERATIONS_LENGTH_MAX:]
    return replace(state.moved(DayStatus.REOPENED, now), operations=operations)
