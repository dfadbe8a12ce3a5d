"""How far an extract has come: the checkpoint after each page, the marks of the rows that the target holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, TypeVar

from ledgerpost.domain.extract.rows import Entity, RowFingerprint, RowId

Key = TypeVar("Key", bound=str)

ExtractId = NewType("ExtractId", str)
"""Which extract of which tenant: `acme/fincome`."""

SourceId = NewType("SourceId", int)
"""The id of a row in the source; it grows with every new row."""

FINDINGS_KEPT_MAX = 200
FINDINGS_PER_CODE_MAX = 20
"""Findings that a night keeps with their words; the counts by code have them all."""


@dataclass(frozen=True, slots=True)
class RowMark:
    """What the target holds of one row of the source.

    `header` is the fingerprint of the source's row without its lines, `content` that of what was written. `target_id`
    is the id of the first row that was written, which others refer to; both are blank for a row that is not sent by
    rule and never was.
    """

    header: RowFingerprint
    content: RowFingerprint
    target_id: RowId

    @property
    def is_sent(self) -> bool:
        """Whether the target holds the row."""
        return bool(self.target_id)


def mark_of_left_out(header: RowFingerprint) -> RowMark:
    """Give the mark of a row that is not sent by rule."""
    return RowMark(header, RowFingerprint(""), RowId(""))


class RowFate(StrEnum):
    """What came of one row of the source."""

    WRITTEN = "written"
    """The target confirmed it: new, or changed."""
    UNCHANGED = "unchanged"
    """The target holds it as it is; nothing was sent."""
    LEFT_OUT = "left_out"
    """It is not sent, by rule."""
    HELD = "held"
    """It should be sent and cannot yet; the next night looks at it again."""
    REFUSED = "refused"
    """The target refused it; the next night sends it again."""
    UNSETTLED = "unsettled"
    """The target gave no clear answer; the next night sends it again."""


OPEN_FATES = frozenset({RowFate.HELD, RowFate.REFUSED, RowFate.UNSETTLED})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know of one row: its entity, its id in the source, a code of the catalogue and a sentence."""

    entity: Entity
    source_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What came of the rows of one entity. `lines_read` are the rows whose lines were asked for."""

    read: int = 0
    pages: int = 0
    lines_read: int = 0
    fates: Mapping[RowFate, int] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)

    def of(self, fate: RowFate) -> int:
        """Give the number of rows with this fate."""
        return self.fates.get(fate, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where a night stands. `entity` is the one under way, None once all are done; `after` is the last source id that
    is done of it. `since` is the instant that changes are read from, None where everything is read.
    """

    night: str
    started_at: datetime
    entity: Entity | None = Entity.CUSTOMERS
    after: SourceId = SourceId(0)
    since: datetime | None = None
    finished_at: datetime | None = None
    counts: Mapping[Entity, Counts] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def counts_of(self, entity: Entity) -> Counts:
        """Give the counts of one entity, zeros where it was not begun."""
        return self.counts.get(entity, Counts())

    @property
    def open_rows(self) -> int:
        """How many rows the next night has to look at again."""
        return sum(counts.of(fate) for counts in self.counts.values() for fate in OPEN_FATES)

    def total(self, fate: RowFate) -> int:
        """Give the number of rows of all entities with this fate."""
        return sum(counts.of(fate) for counts in self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDone:
    """What one page came to. `last` is the highest source id of it; `is_end` whether the entity ends with it;
    `left_out` holds the code of each row that is not sent by rule.
    """

    last: SourceId
    is_end: bool
    lines_read: int = 0
    fates: tuple[RowFate, ...] = ()
    left_out: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def after_page(checkpoint: Checkpoint, page: PageDone, now: datetime) -> Checkpoint:
    """Give the checkpoint once `page` is done: the same entity further on, the next one, or the end of the night."""
    entity = checkpoint.entity
    assert entity is not None, "a night that has ended has no more pages"
    before = checkpoint.counts_of(entity)
    counts = Counts(
        read=before.read + len(page.fates),
        pages=before.pages + 1,
        lines_read=before.lines_read + page.lines_read,
        fates=_added(before.fates, page.fates),
        codes=_added(before.codes, (*page.left_out, *(finding.code for finding in page.findings))),
    )
    following = _following(entity) if page.is_end else entity
    return replace(
        checkpoint,
        entity=following,
        after=SourceId(0) if page.is_end else page.last,
        finished_at=now if following is None else None,
        counts={**checkpoint.counts, entity: counts},
        findings=_kept(checkpoint.findings, page.findings),
    )


def _kept(findings: tuple[Finding, ...], more: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Give the first findings of each code: a thousand of one kind must not hide the one of another."""
    kept = list(findings)
    numbers = Counter(finding.code for finding in kept)
    for finding in more:
        if numbers[finding.code] < FINDINGS_PER_CODE_MAX and len(kept) < FINDINGS_KEPT_MAX:
            kept.append(finding)
            numbers[finding.code] += 1
    return tuple(kept)


def _following(entity: Entity) -> Entity | None:
    order = list(Entity)
    place = order.index(entity) + 1
    return order[place] if place < len(order) else None


def _added(numbers: Mapping[Key, int], more: Iterable[Key]) -> dict[Key, int]:
    added = dict(numbers)
    for key in more:
        added[key] = added.get(key, 0) + 1
    return added
