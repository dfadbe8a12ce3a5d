"""One page: its rows mapped, those that changed written, their marks kept."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ledgerpost.app.extract.page_row import PageRow
from ledgerpost.app.extract.ports import ExtractPorts, SourcePage
from ledgerpost.app.extract.writing import PageWriter, RepeatPolicy, Stopped
from ledgerpost.domain.extract.documents import ExtractRules
from ledgerpost.domain.extract.entities import WITH_LINES, map_row, products_of, refers_to, verdict_without_lines
from ledgerpost.domain.extract.fields import SourceRow
from ledgerpost.domain.extract.progress import ExtractId, Finding, PageDone, RowFate, SourceId
from ledgerpost.domain.extract.rows import Entity, mark_of
from ledgerpost.domain.extract.vocabulary import SourceIds, stable_content
from ledgerpost.domain.outcome import NotApplied, Unknown

MAPPING_REVISION = 1
"""Raised whenever the mapping makes other rows of the same source: then every line is read anew once."""

KNOWN_UNSENT = frozenset({Entity.INVOICES})
"""Entities of which a row that refers to them has to know that they are not sent by rule."""

NO_ID = ("extract_row_malformed", "id: It is no whole number.")

Thing = TypeVar("Thing")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWork:
    """What is to be done with a page. `all_lines` reads the lines of a document though its header is the same."""

    extract: ExtractId
    entity: Entity
    rules: ExtractRules
    all_lines: bool = False
    policy: RepeatPolicy = field(default_factory=RepeatPolicy)


def do_page(page: SourcePage, after: SourceId, work: PageWork, ports: ExtractPorts) -> PageDone | Stopped:
    """Bring the rows of `page` that come after `after` into the target. Raises StoreError.

    Done again, after a crash at any point of it, it ends the same: what was written is written over or, where its mark
    was kept already, passed over.
    """
    fresh = _in_order(page, after)
    if page.has_more and not fresh:
        return Stopped("extract_order", "A page held no row beyond the one before.")
    rows = _begun(fresh, work, ports)
    wanting_lines = _judge(rows, work, ports)
    stopped = _read_lines(wanting_lines, ports)
    if stopped is None:
        _map(rows, work, ports)
        stopped = _write(rows, work, ports)
    kept = {each.source_id: each.new_mark for each in rows if each.is_marked_anew() and each.new_mark is not None}
    if kept:
        ports.store.keep_marks(work.extract, work.entity, kept)
    if stopped is not None:
        return stopped
    done = PageDone(last=fresh[-1][0] if fresh else after, is_end=not page.has_more, lines_read=len(wanting_lines))
    return _done(page, rows, done, work.entity)


def _done(page: SourcePage, rows: Sequence[PageRow], done: PageDone, entity: Entity) -> PageDone:
    """Add what came of the rows, those without an id among them."""
    unreadable = [Finding(entity, "", *NO_ID) for row in page.rows if type(row.get("id")) is not int]
    return replace(
        done,
        fates=(*(each.fate for each in rows if each.fate is not None), *(RowFate.HELD for _ in unreadable)),
        left_out=tuple(each.left_out for each in rows if each.left_out),
        findings=(*(finding for each in rows for finding in each.findings(entity)), *unreadable),
    )


def _in_order(page: SourcePage, after: SourceId) -> list[tuple[SourceId, SourceRow]]:
    """Give the rows with their ids, each once and in order, without those that were done already."""
    by_id = {SourceId(row["id"]): row for row in page.rows if type(row.get("id")) is int}
    return [(source_id, by_id[source_id]) for source_id in sorted(by_id) if source_id > after]


def _begun(fresh: Sequence[tuple[SourceId, SourceRow]], work: PageWork, ports: ExtractPorts) -> list[PageRow]:
    """Give the rows with their marks, and with the ids that the target has for what they refer to.

    Those ids are part of a row's header: a customer that goes by another id makes its documents other ones.
    """
    marks = ports.store.marks(work.extract, work.entity, [str(source_id) for source_id, _ in fresh])
    wanted = _ids(refers_to(work.entity, row) for _, row in fresh)
    known = {other: _targets(other, ids, work, ports) for other, ids in wanted.items()}
    ids = SourceIds(
        customers=known.get(Entity.CUSTOMERS, {}),
        subscriptions=known.get(Entity.SUBSCRIPTIONS, {}),
        invoices=known.get(Entity.INVOICES, {}),
    )
    rules = mark_of(MAPPING_REVISION, work.rules.base_currency, sorted(work.rules.statuses.items()))
    begun = []
    for source_id, row in fresh:
        referred = {other: known[other].get(found) for other, found in refers_to(work.entity, row).items()}
        header = mark_of(rules, stable_content(row), sorted(referred.items()))
        mark = marks.get(str(source_id))
        begun.append(PageRow(source_id=str(source_id), row=row, header=header, mark=mark, ids=ids))
    return begun


def _ids(references: Iterable[Mapping[Entity, str]]) -> dict[Entity, set[str]]:
    ids: dict[Entity, set[str]] = {}
    for each in references:
        for other, found in each.items():
            ids.setdefault(other, set()).add(found)
    return ids


def _targets(entity: Entity, wanted: Iterable[str], work: PageWork, ports: ExtractPorts) -> dict[str, str]:
    marks = ports.store.marks(work.extract, entity, sorted(wanted))
    return {source_id: mark.target_id for source_id, mark in marks.items() if mark.is_sent or entity in KNOWN_UNSENT}


def _judge(rows: Sequence[PageRow], work: PageWork, ports: ExtractPorts) -> list[PageRow]:
    """Settle the rows that need no lines; give those that do.

    A document that was sent and whose header is still the same has the same lines: the header holds their sums and the
    time of the last change, and an invoice that is no draft cannot change. Source: pennylane sheet, section 5.1.
    """
    wanting = []
    for each in rows:
        is_same = each.mark is not None and each.mark.is_sent and each.mark.header == each.header
        if is_same and not work.all_lines:
            each.fate = RowFate.UNCHANGED
        elif work.entity in WITH_LINES:
            verdict = verdict_without_lines(work.entity, each.row, each.ids, rules=work.rules, rate_of=ports.rates.rate)
            if verdict is None:
                wanting.append(each)
            else:
                each.take(verdict)
    return wanting


def _read_lines(rows: Sequence[PageRow], ports: ExtractPorts) -> Stopped | None:
    def read(each: PageRow) -> tuple[SourceRow, ...] | NotApplied | Unknown:
        return ports.source.lines(each.row)

    for each, lines in zip(rows, _side_by_side(read, rows, ports), strict=True):
        if isinstance(lines, NotApplied | Unknown):
            return Stopped(lines.code, lines.detail)
        each.lines = lines
    return None


def _map(rows: Sequence[PageRow], work: PageWork, ports: ExtractPorts) -> None:
    wanted = {product for each in rows for product in products_of(each.lines)}
    products = _targets(Entity.PRODUCTS, wanted, work, ports) if wanted else {}
    for each in rows:
        if each.fate is None:
            ids = replace(each.ids, products=products)
            each.take(map_row(work.entity, each.row, each.lines, ids, rules=work.rules, rate_of=ports.rates.rate))


def _write(rows: Sequence[PageRow], work: PageWork, ports: ExtractPorts) -> Stopped | None:
    """Write what is left to be written. Where the page is stopped, some rows are left without a fate."""
    writer = PageWriter(ports.target, work.policy, ports.pause)
    for _ in _side_by_side(writer.write, [each for each in rows if each.fate is None], ports):
        pass
    return writer.stopped


def _side_by_side(run: Callable[[Thing], Result], things: Sequence[Thing], ports: ExtractPorts) -> Iterable[Result]:
    return ports.executor.map(run, things) if ports.executor is not None and len(things) > 1 else map(run, things)
