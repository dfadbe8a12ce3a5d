"""A source in memory and a target in memory, both of which can fail or be killed at any call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ledgerpost.adapters.memory_extract import MemoryExtractStore
from ledgerpost.app.extract import Ending, ExtractPlan, ExtractPorts, ExtractReport, SourcePage, run_extract
from ledgerpost.domain.extract.fields import SourceRow
from ledgerpost.domain.extract.progress import Checkpoint, ExtractId, RowMark, SourceId
from ledgerpost.domain.extract.rates import RateTable
from ledgerpost.domain.extract.rows import Entity, TargetRow
from ledgerpost.domain.extract.vocabulary import is_credit_note
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry, Unknown
from tests.extract.source_rows import CUSTOMER, INVOICE, LINE, PRODUCT, SUBSCRIPTION, Row, a_credit_line, a_credit_note

EXTRACT = ExtractId("acme/fincome")
STARTED = datetime(2026, 3, 2, 22, tzinfo=UTC)
RATES = RateTable({date(2026, 3, 2): {"USD": Decimal("1.25")}})

BUSY = NotApplied("rate_limited", Retry.LATER, "slow down", 7.0)
LOST = Unknown("reply_lost", "cut")
REFUSED = NotApplied("extract_row_refused", Retry.NEVER, "customer_id: unknown")


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Fuse:
    """Kills at the nth call of whatever asks it; never at 0."""

    at: int = 0
    calls: int = 0

    def burn(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise Killed


@dataclass
class MemorySource:
    """Rows by entity, in pages of `page_rows` (port ExtractSource)."""

    customers: list[Row] = field(default_factory=list)
    products: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)
    lines_of: dict[int, list[Row]] = field(default_factory=dict)
    page_rows: int = 2
    answers: list[NotApplied | Unknown] = field(default_factory=list)
    changed_ids: dict[Entity, frozenset[int]] | None = None
    fuse: Fuse = field(default_factory=Fuse)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    on_page: Callable[["MemorySource"], None] = lambda _: None

    def page(self, entity: Entity, after: SourceId) -> SourcePage | NotApplied | Unknown:
        self.fuse.burn()
        self.calls.append(("page", (entity, after)))
        if self.answers:
            return self.answers.pop(0)
        rows = [row for row in self._all(entity) if row["id"] > after]
        page = SourcePage(tuple(rows[: self.page_rows]), has_more=len(rows) > self.page_rows)
        self.on_page(self)
        return page

    def rows(self, entity: Entity, ids: Sequence[SourceId]) -> SourcePage | NotApplied | Unknown:
        self.fuse.burn()
        self.calls.append(("rows", (entity, tuple(ids))))
        return SourcePage(tuple(row for row in self._all(entity) if row["id"] in ids), has_more=False)

    def lines(self, row: SourceRow) -> tuple[SourceRow, ...] | NotApplied | Unknown:
        self.fuse.burn()
        self.calls.append(("lines", row["id"]))
        return tuple(self.lines_of.get(row["id"], ()))

    def changed(self, entity: Entity, since: datetime) -> frozenset[SourceId] | NotApplied | Unknown | None:
        self.calls.append(("changed", (entity, since)))
        if self.changed_ids is None or entity is Entity.SUBSCRIPTIONS:
            return None
        return frozenset(map(SourceId, self.changed_ids.get(entity, frozenset())))

    def count(self, what: str) -> int:
        return sum(name == what for name, _ in self.calls)

    def _all(self, entity: Entity) -> list[Row]:
        match entity:
            case Entity.CUSTOMERS:
                found = self.customers
            case Entity.PRODUCTS:
                found = self.products
            case Entity.SUBSCRIPTIONS:
                found = self.subscriptions
            case Entity.INVOICES:
                found = [row for row in self.documents if not is_credit_note(row)]
            case Entity.CREDIT_NOTES:
                found = [row for row in self.documents if is_credit_note(row)]
        return sorted(found, key=lambda row: row["id"])


@dataclass
class MemoryTarget:
    """Rows by kind and id (port RowTarget). `script` answers the first writes; what it makes unknown is applied."""

    rows: dict[tuple[str, str], TargetRow] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    script: list[PostOutcome] = field(default_factory=list)
    refuses: dict[str, PostOutcome] = field(default_factory=dict)
    fuse: Fuse = field(default_factory=Fuse)
    writes: int = 0

    def write(self, row: TargetRow) -> PostOutcome:
        self.fuse.burn()
        self.writes += 1
        planned = self.script.pop(0) if self.script else self.refuses.get(row.original_id)
        if not isinstance(planned, NotApplied):
            self.rows[type(row).__name__, row.original_id] = row
            self.order.append(type(row).__name__)
        return planned or Applied(row.original_id, created=True)


@dataclass
class FusedStore(MemoryExtractStore):
    """A store that kills at the nth write, before it or after it."""

    fuse: Fuse = field(default_factory=Fuse)
    after: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def keep_checkpoint(self, extract: ExtractId, checkpoint: Checkpoint) -> None:
        if self.after:
            super().keep_checkpoint(extract, checkpoint)
        self.fuse.burn()
        super().keep_checkpoint(extract, checkpoint)

    def keep_marks(self, extract: ExtractId, entity: Entity, marks: Any) -> None:
        if self.after:
            super().keep_marks(extract, entity, marks)
        self.fuse.burn()
        super().keep_marks(extract, entity, marks)

    def all_marks(self) -> dict[Any, RowMark]:
        return dict(self._marks)


@dataclass
class World:
    """One tenant's source, target and store, and a clock that moves a minute with each look."""

    source: MemorySource
    target: MemoryTarget = field(default_factory=MemoryTarget)
    store: FusedStore = field(default_factory=FusedStore)
    at: datetime = STARTED
    waits: list[float] = field(default_factory=list)
    pages_left: int | None = None
    executor: Any = None

    def now(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at

    def night(self, name: str = "1", **plan: Any) -> ExtractReport:
        """Run one call of the extract."""
        ports = ExtractPorts(
            source=self.source,
            target=self.target,
            rates=RATES,
            store=self.store,
            clock=self,
            pause=self.waits.append,
            time_left=self._time_left,
            executor=self.executor,
        )
        return run_extract(ExtractPlan(extract=EXTRACT, night=name, **plan), ports)

    def _time_left(self) -> bool:
        if self.pages_left is None:
            return True
        self.pages_left -= 1
        return self.pages_left >= 0


def a_source(**changes: Any) -> MemorySource:
    """Three customers, two products, a subscription of two lines, four invoices and two credit notes."""
    customers = [CUSTOMER | {"id": number, "external_reference": f"src-c{number}"} for number in (17, 18, 19)]
    products = [PRODUCT | {"id": number, "external_reference": f"src-p{number}"} for number in (5, 6)]
    invoices = [
        INVOICE | {"id": number, "invoice_number": f"F-{number}", "customer": {"id": 17 + number % 3}}
        for number in (9001, 9003, 9004, 9005)
    ]
    notes = [a_credit_note(id=9002), a_credit_note(1, id=9006, credited_invoice={"id": 9003})]
    lines = {row["id"]: [LINE | {"id": row["id"] * 10}] for row in invoices}
    lines |= {7: [LINE | {"id": 61}, LINE | {"id": 62}]}
    lines |= {9002: [a_credit_line()], 9006: [a_credit_line(1)]}
    source = MemorySource(customers, products, [dict(SUBSCRIPTION)], [*invoices, *notes], lines)
    for name, value in changes.items():
        setattr(source, name, value)
    return source


def finished(world: World, name: str = "1", **plan: Any) -> World:
    """Run a night to its end."""
    assert world.night(name, **plan).ending is Ending.FINISHED
    return world
