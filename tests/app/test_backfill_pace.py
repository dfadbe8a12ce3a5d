"""What a backfill leaves in the queues for an approval of now to wait behind; `docs/backfill-pace.md` says it."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ledgerpost.app.backfill import BATCH, BackfillPorts, Pace, run_backfill
from ledgerpost.app.webhook import BusEntry
from ledgerpost.local.turns import LEAD_MAX
from tests.app.world import TENANT


class Pipeline:
    """Queues that handle so many a second, with their clock, bus and checkpoints."""

    def __init__(self, handled_per_second: float) -> None:
        self.rate, self.queued, self.most, self.published = handled_per_second, 0.0, 0.0, 0
        self.began = self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.queued = max(0.0, self.queued - seconds * self.rate)

    def put(self, batch: Any) -> None:
        self.published += len(batch)
        self.queued += len(batch)
        self.most = max(self.most, self.queued)

    def waiting(self) -> int:
        return int(self.queued)

    def position(self, *_: Any) -> int:
        return 0

    def keep(self, *_: Any) -> None:
        return None


def run(pipeline: Pipeline, count: int) -> None:
    each = cast("Any", pipeline)
    ports = BackfillPorts(bus=each, checkpoints=each, depth=each, clock=each, pause=pipeline.pause)
    entry = BusEntry(source="shop", detail_type="SaleDocumentApproved", detail="{}", tenant=TENANT)
    run_backfill([entry] * count, "digest", Pace(), ports)


@pytest.mark.parametrize("handled_per_second", [5.0, 20.0, 49.0, 200.0])
def test_an_approval_of_now_waits_behind_no_more_than_the_bound_and_one_batch(handled_per_second: float) -> None:
    pipeline = Pipeline(handled_per_second)
    run(pipeline, 3000)
    assert pipeline.published == 3000
    assert pipeline.most < Pace().waiting_max + 1 + BATCH


def test_a_fast_stage_is_sent_fifty_a_second() -> None:
    pipeline = Pipeline(200.0)
    run(pipeline, 3000)
    assert (pipeline.time - pipeline.began).total_seconds() == pytest.approx(3000 / 50, rel=0.01)


def test_on_a_laptop_all_that_a_backfill_leaves_waiting_lies_where_turns_are_taken() -> None:
    assert Pace().waiting_max + BATCH < LEAD_MAX


def test_a_batch_is_twenty_as_the_page_says() -> None:
    assert BATCH == 20
