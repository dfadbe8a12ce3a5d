"""What the extract needs of the world."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ledgerpost.domain.extract.fields import SourceRow
from ledgerpost.domain.extract.progress import Checkpoint, ExtractId, RowMark, SourceId
from ledgerpost.domain.extract.rates import Rate
from ledgerpost.domain.extract.rows import Entity, TargetRow
from ledgerpost.domain.outcome import NotApplied, PostOutcome, Unknown
from ledgerpost.ports import Clock


@dataclass(frozen=True, slots=True)
class SourcePage:
    """Rows of one entity in the order of their ids; `has_more` says whether others follow."""

    rows: tuple[SourceRow, ...]
    has_more: bool


class ExtractSource(Protocol):
    """Where the rows come from. Never raises for what the source or the network does: NotApplied and Unknown say why
    there is no answer, after as many tries as the source is worth.
    """

    def page(self, entity: Entity, after: SourceId) -> SourcePage | NotApplied | Unknown:
        """Give the first rows whose id is above `after`. Rows that come or go meanwhile move no other row across a
        page.
        """
        ...

    def rows(self, entity: Entity, ids: Sequence[SourceId]) -> SourcePage | NotApplied | Unknown:
        """Give those of up to a hundred rows that are still there and of this entity."""
        ...

    def lines(self, row: SourceRow) -> tuple[SourceRow, ...] | NotApplied | Unknown:
        """Give all lines of one row."""
        ...

    def changed(self, entity: Entity, since: datetime) -> frozenset[SourceId] | NotApplied | Unknown | None:
        """Give the ids of the rows that came or changed since then; None where the source cannot tell, because it keeps
        no such list or keeps it for a shorter time.
        """
        ...


class RowTarget(Protocol):
    """Where the rows go. Writing one twice has one effect. Never raises for what the target or the network does."""

    def write(self, row: TargetRow) -> PostOutcome:
        """Create or update the row by its id, once."""
        ...


class Rates(Protocol):
    """Rates of currencies by day."""

    def rate(self, currency: str, base: str, day: date) -> Rate | None:
        """Give the rate from `currency` into `base` for `day`; None where none is known, or not yet for good."""
        ...


class ExtractStore(Protocol):
    """How far each extract has come, and what its target holds. Every fault is a StoreError."""

    def checkpoint(self, extract: ExtractId) -> Checkpoint | None:
        """Give the latest checkpoint; None before the first night."""
        ...

    def keep_checkpoint(self, extract: ExtractId, checkpoint: Checkpoint) -> None:
        """Put the checkpoint in place of the one before."""
        ...

    def marks(self, extract: ExtractId, entity: Entity, ids: Collection[str]) -> Mapping[str, RowMark]:
        """Give the marks of those rows of the source that have one, by their ids there."""
        ...

    def keep_marks(self, extract: ExtractId, entity: Entity, marks: Mapping[str, RowMark]) -> None:
        """Keep each mark in place of the one of its id; on an error any of them may be kept."""
        ...


def _always() -> bool:
    return True


def _nobody(_: Checkpoint) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractPorts:
    """All that an extract works with. `pause` waits so many seconds; `time_left` says whether another page may be
    begun; `executor` runs reads of lines and writes side by side, None one by one.
    """

    source: ExtractSource
    target: RowTarget
    rates: Rates
    store: ExtractStore
    clock: Clock
    pause: Callable[[float], None]
    time_left: Callable[[], bool] = _always
    progress: Callable[[Checkpoint], None] = _nobody
    executor: Executor | None = None
