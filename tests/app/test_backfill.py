"""A backfill counts first, goes on where it ended, and leaves room for what is approved now."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.adapters.checkpoints import MemoryCheckpoints
from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.backfill import (
    BATCH,
    PATIENCE_S,
    BackfillPlan,
    BackfillPorts,
    BackfillRow,
    BackfillRun,
    Pace,
    plan_backfill,
    run_backfill,
)
from ledgerpost.app.webhook import BusEntry
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import RouteId
from ledgerpost.errors import EventError, StoreError, UsageError
from ledgerpost.wire.approvals import approval_of, entries_of_file
from tests.app.test_webhook import an_approval
from tests.app.world import TENANT, HandClock, configuration, route

DIGEST = "d" * 64


def planned(*lines: str, **rule: Any) -> BackfillPlan:
    items = entries_of_file("\n".join(lines).encode(), "old.jsonl")
    return plan_backfill(items, configuration(route(**rule)), approval_of, RuleEngineFormulas())


def dated(total: str, day: str, currency: str = "GBP") -> str:
    line = an_approval(total=total).replace('"currency":"GBP"', f'"currency":"{currency}"')
    return line.replace('"Id":"1"', f'"Id":"1","Date":"{day}"')


def test_a_plan_counts_and_sums_by_route_currency_and_month() -> None:
    plan = planned(
        dated("10.00", "2026-01-31"),
        dated("-2.50", "2026-01-01"),
        dated("7", "2026-02-01"),
        dated("9", "2026-02-01", "EUR"),
    )
    assert plan.approvals == 4
    sales = RouteId("sales")
    assert list(plan.rows) == [
        BackfillRow(route=sales, currency="EUR", month="2026-02", entries=1, total=Decimal("9.00")),
        BackfillRow(route=sales, currency="GBP", month="2026-01", entries=2, total=Decimal("7.50")),
        BackfillRow(route=sales, currency="GBP", month="2026-02", entries=1, total=Decimal("7.00")),
    ]


def test_what_makes_no_entry_is_counted_by_its_reason() -> None:
    supplier = an_approval(DetailType="PurchaseDocumentApproved")
    plan = planned(an_approval(total="0"), an_approval(total='"x"'), supplier, an_approval())
    assert plan.left_out == {"amount_not_a_number": 1, "no_matching_route": 1, "zero_amount": 1}
    assert [row.entries for row in plan.rows] == [1]


def test_lines_that_are_no_approval_are_told_with_their_place_and_the_others_go_on() -> None:
    plan = planned("{}", an_approval(), *["nonsense"] * 30)
    assert (plan.approvals, plan.bad_count, len(plan.bad)) == (1, 31, 20)
    assert plan.bad[0].path == "old.jsonl:1"


def test_a_file_of_another_tenant_is_refused() -> None:
    with pytest.raises(UsageError) as refusal:
        planned(an_approval(), an_approval("globex"))
    assert refusal.value.code == "backfill_foreign_tenant"


@dataclass
class Road:
    """A pipeline that a backfill runs beside. `busy` are the depths of its queues, one for each look."""

    clock: HandClock = field(default_factory=HandClock)
    checkpoints: MemoryCheckpoints = field(default_factory=MemoryCheckpoints)
    published: list[BusEntry] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    looks: int = 0
    fails_at: int | None = None

    def put(self, entries: Any) -> None:
        if self.fails_at is not None and len(self.published) >= self.fails_at:
            raise StoreError("store_unavailable", "PutEvents failed.")
        self.published += entries

    def waiting(self) -> int:
        self.looks += 1
        return self.busy.pop(0) if self.busy else 0

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.pass_(seconds=seconds)

    def run(self, count: int, pace: Pace | None = None, digest: str = DIGEST) -> BackfillRun:
        entries = list(entries_of_file("\n".join([an_approval()] * count).encode(), "old.jsonl"))
        assert not any(isinstance(item, EventError) for item in entries)
        ports = BackfillPorts(bus=self, checkpoints=self.checkpoints, depth=self, clock=self.clock, pause=self.pause)
        return run_backfill(entries, digest, pace or Pace(per_second=None), ports)  # type: ignore[arg-type]


def test_a_whole_file_is_published_in_its_order() -> None:
    road = Road()
    run = road.run(45)
    assert (run.started_at, run.reached, run.is_complete) == (0, 45, True)
    assert len(road.published) == 45
    assert {each.resources for each in road.published} == {("ledgerpost:backfill",)}


def test_a_run_that_broke_off_goes_on_where_it_was() -> None:
    road = Road(fails_at=2 * BATCH)
    with pytest.raises(StoreError):
        road.run(100)
    road.fails_at = None
    run = road.run(100)
    assert (run.started_at, run.reached) == (2 * BATCH, 100)
    assert len(road.published) == 100
    assert road.run(100).started_at == 100, "a complete file is published once"
    assert len(road.published) == 100


def test_another_file_begins_at_its_beginning() -> None:
    road = Road()
    road.run(10)
    assert road.run(10, digest="e" * 64).started_at == 0


def test_a_run_waits_while_the_queues_are_busy() -> None:
    road = Road(busy=[500, 201, 200, 0])
    assert road.run(2 * BATCH).is_complete
    assert (road.looks, len(road.pauses)) == (4, 2)


def test_no_more_is_sent_into_busy_queues_than_one_batch() -> None:
    road = Road(busy=[0] + [500] * 5000)
    run = road.run(100)
    assert (run.reached, run.is_complete) == (BATCH, False)
    assert sum(road.pauses) == pytest.approx(PATIENCE_S, abs=2)
    road.busy = []
    assert road.run(100).is_complete


def test_a_rate_is_kept() -> None:
    road = Road()
    road.run(100, Pace(per_second=10.0))
    assert sum(road.pauses) == pytest.approx(8.0), "four pauses of two seconds between five batches"


def test_an_empty_file_is_complete() -> None:
    assert Road().run(0).is_complete


def test_tenants_do_not_share_checkpoints() -> None:
    checkpoints = MemoryCheckpoints()
    checkpoints.keep(TENANT, DIGEST, 5)
    assert checkpoints.position(TenantId("globex"), DIGEST) == 0
