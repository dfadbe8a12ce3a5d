"""The engine as `ledgerpost local` runs it: threads and the real clock."""

import io
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.memory_journal import MemoryJournal
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.local.clock import milliseconds
from ledgerpost.local.cloud import Invocation, LocalCloud, Returned
from ledgerpost.local.engine import EngineOptions, LocalEngine
from ledgerpost.local.realtime import Progress, RealTimeRun
from ledgerpost.local.template import wiring_of
from tests.local.approvals import CONFIGURATION, approval
from tests.local.fake_ledger import BUSY, CUT, REFUSED, FakeLedger
from tests.local.records import record
from tests.local.wirings import template

FAST = {"RETRY_DELAYS_S": "0.01,0.01,0.01,0.01"}
TABLE = "DeliveriesTable"


@contextmanager
def engine_on(ledger: FakeLedger, log: io.StringIO | None = None, **options: Any) -> Iterator[LocalEngine]:
    settings: dict[str, Any] = {"overrides": FAST} | options
    engine = LocalEngine(
        EngineOptions(
            configurations=[CONFIGURATION], targets=lambda _: ledger, log_stream=log or io.StringIO(), **settings
        )
    )
    try:
        yield engine
    finally:
        engine.close()


class OneWriterAtATime(io.StringIO):
    """A stream as intolerant of two threads as a text file is: it notes a write that begins within another."""

    def __init__(self) -> None:
        super().__init__()
        self.mixed = False
        self._writing = threading.Lock()

    def write(self, text: str) -> int:
        if not self._writing.acquire(blocking=False):
            self.mixed = True
            return super().write(text)
        try:
            # A moment in which another thread's write would begin, were it let in.
            threading.Event().wait(0.0001)
            return super().write(text)
        finally:
            self._writing.release()


def test_the_functions_write_their_log_lines_one_at_a_time() -> None:
    log = OneWriterAtATime()
    with engine_on(FakeLedger(), log, workers=4) as engine:
        engine.run(approval(f"R{n}") for n in range(200))
    assert not log.mixed
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert sum(line.get("message") == "delivery.attempted" for line in lines) >= 200


def test_applied_cut_and_refused_entries_all_settle() -> None:
    ledger = FakeLedger(deque([CUT, REFUSED, BUSY, CUT]))
    with engine_on(ledger) as engine:
        summary = engine.run(approval(f"R{n}") for n in range(300))
        report = engine.report(summary).as_json()
    assert summary.is_settled
    assert report["events"] == 300
    assert report["deliveries"] == {"delivered": 299, "skipped": 0, "parked": 1, "superseded": 0}
    assert report["parked"] == {"entry_refused": 1}
    assert report["posts"] == 303
    assert "incidents" not in report
    assert ledger.effects == 299


def test_one_event_does_not_wait_for_a_window_or_a_schedule() -> None:
    with engine_on(FakeLedger()) as engine:
        engine.run([approval("warm")])
        summary = engine.run([approval()])
    assert summary.seconds < 1


def test_progress_ends_with_all_of_this_run() -> None:
    seen: list[Progress] = []
    with engine_on(FakeLedger()) as engine:
        engine.run([approval("first")])
        engine.run((approval(f"R{n}") for n in range(150)), seen.append)
    assert seen[-1] == Progress(150, 150)
    assert [each.settled for each in seen] == sorted(each.settled for each in seen)


def test_an_entry_that_names_no_bus_goes_to_the_template_s_own() -> None:
    entry = approval()
    del entry["EventBusName"]
    with engine_on(FakeLedger()) as engine:
        assert engine.report(engine.run([entry])).deliveries["delivered"] == 1


def test_an_entry_that_the_bus_refuses_is_in_the_report_and_the_summary() -> None:
    with engine_on(FakeLedger()) as engine:
        summary = engine.run([approval("1"), approval(Detail="no json"), approval("2")])
        report = engine.report(summary)
    assert [position for position, _ in summary.refused] == [1]
    assert report.deliveries == {"delivered": 2, "skipped": 0, "parked": 1, "superseded": 0}
    assert report.parked == {"malformed_event": 1}


def test_the_log_has_one_line_per_message_and_goes_to_the_run_s_own_stream() -> None:
    for _ in range(2):
        log = io.StringIO()
        with engine_on(FakeLedger(), log) as engine:
            engine.run([approval()])
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [line["result"] for line in lines if line.get("message") == "delivery.attempted"] == ["delivered"]


def test_reading_the_entries_may_fail_and_ends_the_run_with_that_error() -> None:
    def entries() -> Iterator[dict[str, Any]]:
        yield approval()
        raise ValueError("line 2")

    with engine_on(FakeLedger()) as engine, pytest.raises(ValueError, match="line 2"):
        engine.run(entries())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("local")]


def test_ctrl_c_lets_what_runs_finish_and_leaves_no_claim_behind() -> None:
    def entries() -> Iterator[dict[str, Any]]:
        yield from (approval(f"R{n}") for n in range(500))
        raise KeyboardInterrupt

    ledger = FakeLedger()
    with engine_on(ledger) as engine:
        summary = engine.run(entries())
        records = list(engine.tables.deliveries(TABLE).records(TenantId("acme")))
    assert not summary.is_settled
    assert {record.status for record in records} <= {Status.DELIVERED}
    assert len(records) == len(ledger.entries)


def test_a_later_process_on_the_same_folder_posts_nothing_again(tmp_path: Path) -> None:
    ledger = FakeLedger()
    for _ in range(2):
        with engine_on(ledger, state_dir=tmp_path) as engine:
            summary = engine.run(approval(f"R{n}") for n in range(20))
    assert engine.report(summary).deliveries["duplicate"] == 20
    assert ledger.posts == 20


def test_a_later_process_takes_up_what_a_killed_one_left_open(tmp_path: Path) -> None:
    ledger = FakeLedger()
    with engine_on(ledger, state_dir=tmp_path) as engine:
        engine.run([approval("flying"), approval("waiting")])
        done = list(engine.tables.deliveries(TABLE).records(TenantId("acme")))
    ledger.entries.clear()
    now = SystemClock().now()
    with MemoryJournal(tmp_path / f"{TABLE}.jsonl") as journal:
        for record, status in zip(done, (Status.IN_FLIGHT, Status.RETRYING), strict=True):
            journal.record_written(replace(record, status=status, effect=None, due_at=now, lease_until=now))
    with engine_on(ledger, state_dir=tmp_path) as engine:
        summary = engine.run([])
    assert summary.is_settled
    assert set(ledger.entries) == {"flying", "waiting"}


def test_an_open_record_that_no_message_is_under_way_for_has_the_sweep_called_early() -> None:
    cloud = LocalCloud(wiring_of(template()), started_ms=milliseconds(SystemClock().now()))
    swept: list[str] = []

    def sweep(invocation: Invocation) -> Returned:
        swept.append(invocation.event["detail-type"])
        return Returned(None)

    run = RealTimeRun(cloud, SystemClock(), lambda: 0 if len(swept) == 3 else 1, early_schedule_s=0.01)
    summary = run.run([], sweep)
    assert (summary.is_settled, swept) == (True, ["Scheduled Event"] * 3)


def test_a_claim_of_a_killed_process_is_taken_up_only_when_its_lease_is_over(tmp_path: Path) -> None:
    lease_until = SystemClock().now() + timedelta(seconds=600)
    with MemoryJournal(tmp_path / f"{TABLE}.jsonl") as journal:
        journal.record_written(record(lease_until=lease_until))

    def interrupted() -> Iterator[dict[str, Any]]:
        raise KeyboardInterrupt
        yield

    with engine_on(FakeLedger(), state_dir=tmp_path) as engine:
        engine.run(interrupted())
        visible_at = engine.cloud.queue("DeliveryQueue").next_visible_at()
    assert visible_at is not None
    assert milliseconds(lease_until) <= visible_at <= milliseconds(lease_until) + 2_000
