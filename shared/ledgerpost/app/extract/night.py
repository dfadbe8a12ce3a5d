"""One night: every entity, page by page, each page's end kept, so that a night that is cut off goes on where it was.

Source: seed 001, "every night automatically", "data must be extracted in full".
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ledgerpost.app.extract.page import PageWork, do_page
from ledgerpost.app.extract.ports import ExtractPorts, SourcePage
from ledgerpost.app.extract.writing import RepeatPolicy, Stopped
from ledgerpost.domain.extract.documents import ExtractRules
from ledgerpost.domain.extract.progress import Checkpoint, ExtractId, SourceId, after_page
from ledgerpost.domain.extract.rows import Entity
from ledgerpost.domain.outcome import NotApplied, Unknown

CHANGES_OVERLAP = timedelta(minutes=10)
"""How far before the start of the last night changes are read again: clocks differ, and a row twice does no harm."""

CHANGED_PER_PAGE = 100


class Ending(StrEnum):
    """How a call of `run_extract` ended."""

    FINISHED = "finished"
    """Every entity is done."""
    DONE_BEFORE = "done_before"
    """This night was finished by an earlier call; nothing was done."""
    PAUSED = "paused"
    """The time is used up; the next call goes on at the checkpoint."""
    STOPPED = "stopped"
    """A side did not answer or lets nobody in; the next call goes on at the checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractPlan:
    """What a night is to do. `night` names it: a finished night is not done twice under one name.

    `all_lines` reads lines though a document's header did not change. `changes_only` reads what the source lists as
    changed since the last night, and everything where it cannot tell or where rows were left open.
    """

    extract: ExtractId
    night: str
    rules: ExtractRules = field(default_factory=ExtractRules)
    all_lines: bool = False
    changes_only: bool = False
    policy: RepeatPolicy = field(default_factory=RepeatPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractReport:
    """Where the night stands after a call, how the call ended, and why where it stopped. `resumed` says whether it went
    on with a night that was cut off.
    """

    checkpoint: Checkpoint
    ending: Ending
    resumed: bool = False
    code: str = ""
    detail: str = ""


def run_extract(plan: ExtractPlan, ports: ExtractPorts) -> ExtractReport:
    """Go on with the night that was cut off, else begin the one that `plan` names. Raises StoreError."""
    kept = ports.store.checkpoint(plan.extract)
    if kept is not None and kept.finished_at is not None and kept.night == plan.night:
        return ExtractReport(checkpoint=kept, ending=Ending.DONE_BEFORE)
    resumed = kept is not None and kept.finished_at is None
    if kept is not None and resumed:
        checkpoint = kept
    else:
        checkpoint = _begun(plan, kept, ports.clock.now())
        ports.store.keep_checkpoint(plan.extract, checkpoint)
    changes = _Changes(ports, checkpoint.since)
    while checkpoint.entity is not None:
        if not ports.time_left():
            return ExtractReport(checkpoint=checkpoint, ending=Ending.PAUSED, resumed=resumed)
        step = _page(checkpoint, checkpoint.entity, plan, ports, changes)
        if isinstance(step, Stopped):
            return ExtractReport(
                checkpoint=checkpoint, ending=Ending.STOPPED, resumed=resumed, code=step.code, detail=step.detail
            )
        checkpoint = step
        ports.store.keep_checkpoint(plan.extract, checkpoint)
        ports.progress(checkpoint)
    return ExtractReport(checkpoint=checkpoint, ending=Ending.FINISHED, resumed=resumed)


def _begun(plan: ExtractPlan, last: Checkpoint | None, now: datetime) -> Checkpoint:
    """Give the beginning of a night. Rows that the last one left open are listed by no change of the source, so after
    such a night everything is read.
    """
    may_skip = plan.changes_only and last is not None and not last.open_rows
    since = last.started_at - CHANGES_OVERLAP if may_skip and last is not None else None
    return Checkpoint(night=plan.night, started_at=now, since=since)


def _page(
    checkpoint: Checkpoint, entity: Entity, plan: ExtractPlan, ports: ExtractPorts, changes: "_Changes"
) -> Checkpoint | Stopped:
    page = changes.page(entity, checkpoint.after)
    if isinstance(page, NotApplied | Unknown):
        return Stopped(page.code, page.detail)
    work = PageWork(extract=plan.extract, entity=entity, rules=plan.rules, all_lines=plan.all_lines, policy=plan.policy)
    done = do_page(page, checkpoint.after, work, ports)
    return done if isinstance(done, Stopped) else after_page(checkpoint, done, ports.clock.now())


class _Changes:
    """The pages of a night: all of an entity, or what changed of it."""

    def __init__(self, ports: ExtractPorts, since: datetime | None) -> None:
        self._ports = ports
        self._since = since
        self._changed: dict[Entity, frozenset[SourceId] | None] = {}

    def page(self, entity: Entity, after: SourceId) -> SourcePage | NotApplied | Unknown:
        """Give the page that comes after the row `after`."""
        if self._since is None:
            return self._ports.source.page(entity, after)
        if entity not in self._changed:
            changed = self._ports.source.changed(entity, self._since)
            if isinstance(changed, NotApplied | Unknown):
                return changed
            self._changed[entity] = changed
        ids = self._changed[entity]
        if ids is None:
            return self._ports.source.page(entity, after)
        return self._changed_page(entity, sorted(each for each in ids if each > after))

    def _changed_page(self, entity: Entity, ids: list[SourceId]) -> SourcePage | NotApplied | Unknown:
        """Give the next of the rows that changed. What is gone meanwhile is passed over, however many there are."""
        while ids:
            asked, ids = ids[:CHANGED_PER_PAGE], ids[CHANGED_PER_PAGE:]
            page = self._ports.source.rows(entity, asked)
            if isinstance(page, NotApplied | Unknown) or page.rows:
                return page if isinstance(page, NotApplied | Unknown) else SourcePage(page.rows, has_more=bool(ids))
        return SourcePage((), has_more=False)
