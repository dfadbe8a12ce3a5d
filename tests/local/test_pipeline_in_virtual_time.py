"""The real handlers on the committed template, in virtual time."""

import io
import json
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import BACKFILL, TenantId
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.errors import UsageError
from ledgerpost.local.clock import VirtualClock
from ledgerpost.local.cloud import Ending, Failed, FailureReason, Invocation, LocalCloud, Returned
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.functions import LocalFunctions
from ledgerpost.local.services import LocalServices, LocalTables
from ledgerpost.local.tally import Tally
from ledgerpost.local.template import read_template
from ledgerpost.local.virtual import Duration, VirtualRun
from ledgerpost.local.wiring import Wiring
from tests.local.approvals import CONFIGURATION, approval
from tests.local.fake_ledger import BUSY, CUT, REFUSED, FakeLedger

START_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
WIRING = read_template(SNAPSHOT)


@dataclass
class Pipeline:
    """The pipeline of the committed template with a fake ledger."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    wiring: Wiring = WIRING
    seed: int = 0
    overrides: Mapping[str, str] = field(default_factory=lambda: {"POSTS_SIDE_BY_SIDE": "1"})
    duration_ms: Duration = lambda invocation, draw: 0
    around: Callable[[Invocation, Callable[[Invocation], Ending]], Ending] = lambda invocation, run: run(invocation)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(START_MS)
        self.cloud = LocalCloud(self.wiring, seed=self.seed, started_ms=START_MS)
        self.tables = LocalTables([CONFIGURATION])
        self.tally = Tally()
        self.log = io.StringIO()
        services = LocalServices(
            clock=self.clock,
            tables=self.tables,
            send_to=lambda url, messages: self.cloud.send(url, messages, self.clock.now_ms),
            targets=lambda allow_loopback: self.ledger,
            log_stream=self.log,
            listeners=[self.tally],
        )
        functions = LocalFunctions(self.wiring, services, self.clock, self.overrides)
        self.driver = VirtualRun(
            self.cloud,
            self.clock,
            lambda invocation: self.around(invocation, functions.run),
            seed=self.seed,
            duration_ms=self.duration_ms,
        )

    def run(self, *entries: dict[str, Any], limit_ms: int = HOUR_MS) -> dict[str, int]:
        """Publish, run until settled and give the ends that are not zero."""
        answers = self.cloud.put_events(entries, self.clock.now_ms)
        assert all(answer.event_id for answer in answers)
        is_settled = self.driver.run_until_settled(self.tables.open_count, limit_ms)
        report = self.tally.report(events=len(entries), seconds=1, is_settled=is_settled)
        return {end: count for end, count in report.deliveries.items() if count}

    def record(self, reference: str = "536365") -> DeliveryRecord:
        records = self.tables.deliveries("DeliveriesTable").records(TenantId("acme"))
        return next(record for record in records if record.key.reference == reference)

    def elapsed_s(self) -> float:
        return (self.clock.now_ms - START_MS) / 1000


def mapping_to(function: str) -> str:
    return next(name for name, mapping in WIRING.mappings.items() if mapping.function == function)


def with_mapping(function: str, **changes: Any) -> Wiring:
    name = mapping_to(function)
    return replace(WIRING, mappings={**WIRING.mappings, name: replace(WIRING.mappings[name], **changes)})


def with_queue(name: str, **changes: Any) -> Wiring:
    return replace(WIRING, queues={**WIRING.queues, name: replace(WIRING.queues[name], **changes)})


def test_an_approval_ends_as_an_entry_in_the_ledger_and_a_delivered_record() -> None:
    pipeline = Pipeline()
    assert pipeline.run(approval("536365", total="139.10")) == {"delivered": 1}
    assert str(pipeline.ledger.entries["536365"].money) == "139.10"
    assert pipeline.record().status is Status.DELIVERED
    assert pipeline.cloud.counts.incidents() == {}


def test_what_is_approved_now_is_posted_before_the_rest_of_a_backfill() -> None:
    pipeline = Pipeline(
        wiring=with_mapping("DeliverFunction", concurrency_max=2),
        duration_ms=lambda invocation, _: 200 if invocation.mapping == mapping_to("DeliverFunction") else 0,
    )
    past = [approval(f"past-{number}") | {"Resources": [BACKFILL]} for number in range(200)]
    pipeline.cloud.put_events(past, pipeline.clock.now_ms)
    pipeline.driver.run_for(600)
    posted_before = len(pipeline.ledger.entries)
    assert 0 < posted_before < 200
    assert pipeline.run(approval("now")) == {"delivered": 201}
    # Two batches of ten run already, and one of each may have been received.
    assert list(pipeline.ledger.entries).index("now") <= posted_before + 40


def test_a_reply_that_was_cut_is_settled_by_the_repeated_upsert_with_one_effect() -> None:
    pipeline = Pipeline(FakeLedger(deque([CUT, CUT])))
    assert pipeline.run(approval()) == {"delivered": 1}
    assert (pipeline.ledger.posts, pipeline.ledger.effects) == (3, 1)
    assert pipeline.record().history[0].outcome == "unknown"


def test_a_refused_entry_is_parked_and_its_neighbours_go_through() -> None:
    pipeline = Pipeline(FakeLedger(deque([REFUSED])))
    assert pipeline.run(*(approval(f"R{n}") for n in range(5))) == {"delivered": 4, "parked": 1}
    assert pipeline.tally.report(events=5, seconds=1, is_settled=True).parked == {"entry_refused": 1}


def test_a_busy_ledger_is_asked_again_after_the_schedule_and_a_wait_of_hours_takes_no_real_time() -> None:
    pipeline = Pipeline(FakeLedger(deque([BUSY] * 5)))
    assert pipeline.run(approval(), limit_ms=48 * HOUR_MS) == {"delivered": 1}
    assert pipeline.ledger.posts == 6
    assert pipeline.elapsed_s() > 900, "longer than any queue delay: the settling schedule called it again"


def test_what_the_ledger_asks_to_wait_is_waited() -> None:
    pipeline = Pipeline(FakeLedger(deque([NotApplied("rate_limited", Retry.LATER, retry_after_s=40, status=429)])))
    assert pipeline.run(approval()) == {"delivered": 1}
    assert 40 <= pipeline.elapsed_s() <= 42


def test_a_later_version_wins_and_a_repeated_event_is_a_duplicate() -> None:
    pipeline = Pipeline()
    pipeline.run(approval(total="1.00", revision=1))
    pipeline.run(approval(total="2.00", revision=2))
    ends = pipeline.run(approval(total="2.00", revision=2), approval(total="1.00", revision=1))
    assert ends == {"delivered": 2, "duplicate": 1, "superseded": 1}
    assert str(pipeline.ledger.entries["536365"].money) == "2.00"
    assert pipeline.ledger.posts == 2


def test_an_event_that_cannot_be_read_is_set_aside_and_the_others_go_on() -> None:
    pipeline = Pipeline()
    ends = pipeline.run(approval("1"), approval(DetailType="Nonsense"), approval("2"), approval("3", total="0"))
    assert ends == {"delivered": 2, "parked": 1, "skipped": 1}
    (rejection,) = pipeline.tables.rejections("DeliveriesTable").rejections()
    assert rejection.code == "unknown_detail_type"


def failing_first(function: str, reason: FailureReason) -> Callable[[Invocation, Any], Ending]:
    """Let the first invocation of `function` do all its work and then give no answer."""
    failed: list[str] = []

    def around(invocation: Invocation, run: Callable[[Invocation], Ending]) -> Ending:
        ending = run(invocation)
        if invocation.function.name == function and not failed:
            failed.append(invocation.id)
            return Failed(reason)
        return ending

    return around


@pytest.mark.parametrize("function", ["IntakeFunction", "DeliverFunction"])
def test_a_worker_killed_after_its_work_repeats_the_messages_and_no_effect(function: str) -> None:
    pipeline = Pipeline(around=failing_first(function, FailureReason.KILLED))
    pipeline.run(*(approval(f"R{n}") for n in range(10)))
    assert pipeline.ledger.effects == 10
    assert pipeline.ledger.posts == 10
    assert pipeline.cloud.counts.retried >= 1
    assert pipeline.cloud.counts.lost == 0


def test_a_function_that_outlives_its_time_out_has_its_batch_again() -> None:
    slow: list[str] = []

    def once_too_long(invocation: Invocation, draw: random.Random) -> int:
        if invocation.function.name == "DeliverFunction" and not slow:
            slow.append(invocation.id)
            return invocation.function.timeout_ms + 1
        return 5

    pipeline = Pipeline(duration_ms=once_too_long)
    pipeline.run(*(approval(f"R{n}") for n in range(3)))
    assert pipeline.cloud.counts.invocations_timed_out == 1
    assert pipeline.ledger.effects == 3
    assert pipeline.elapsed_s() >= 360, "the messages came back after their visibility time-out"


def report_the_first_batch_failed() -> Callable[[Invocation, Any], Ending]:
    failed: list[str] = []

    def around(invocation: Invocation, run: Callable[[Invocation], Ending]) -> Ending:
        if invocation.function.name == "DeliverFunction" and not failed:
            failed.append(invocation.id)
            names = [{"itemIdentifier": record["messageId"]} for record in invocation.event["Records"]]
            return Returned({"batchItemFailures": names})
        return run(invocation)

    return around


def test_the_mapping_s_missing_report_batch_item_failures_shows_as_the_loss_of_what_failed() -> None:
    sound = Pipeline(around=report_the_first_batch_failed())
    sound.run(*(approval(f"R{n}") for n in range(20)))
    assert len(sound.ledger.entries) == 20
    broken = Pipeline(
        wiring=with_mapping("DeliverFunction", reports_failures=False), around=report_the_first_batch_failed()
    )
    broken.run(*(approval(f"R{n}") for n in range(20)))
    assert 0 < broken.cloud.counts.lost <= 10
    assert len(broken.ledger.entries) == 20 - broken.cloud.counts.lost


def test_a_visibility_shorter_than_the_run_shows_as_repeats_that_the_claim_absorbs() -> None:
    pipeline = Pipeline(
        wiring=with_queue("DeliveryQueue", visibility_ms=5_000),
        duration_ms=lambda invocation, draw: 20_000 if invocation.mapping == mapping_to("DeliverFunction") else 0,
    )
    pipeline.run(*(approval(f"R{n}") for n in range(20)))
    assert pipeline.cloud.counts.repeated > 0
    assert (pipeline.ledger.posts, pipeline.ledger.effects) == (20, 20)


def always_raising(invocation: Invocation, run: Callable[[Invocation], Ending]) -> Ending:
    return Failed(FailureReason.RAISED) if invocation.function.name == "DeliverFunction" else run(invocation)


def test_a_queue_without_dead_letters_shows_as_the_loss_of_poison_at_the_end_of_its_retention() -> None:
    wiring = with_queue("DeliveryQueue", redrive=None, retention_ms=HOUR_MS)
    pipeline = Pipeline(wiring=wiring, around=always_raising)
    pipeline.run(approval(), limit_ms=2 * HOUR_MS)
    assert pipeline.cloud.counts.incidents() == {"lost": 1}
    sound = Pipeline(around=always_raising)
    sound.run(approval(), limit_ms=2 * HOUR_MS)
    assert sound.cloud.counts.incidents() == {"deadLettered": 1}
    assert len(sound.cloud.queue("DeliveryDeadLetters").bodies()) == 1


def test_a_source_that_the_rule_does_not_take_shows_as_unmatched() -> None:
    wiring = replace(WIRING, rules=tuple(replace(rule, enabled=False) for rule in WIRING.rules))
    pipeline = Pipeline(wiring=wiring)
    assert pipeline.run(approval()) == {}
    assert pipeline.cloud.counts.incidents() == {"unmatched": 1}


def test_the_same_seed_gives_the_same_records_log_and_posts_and_another_seed_another_order() -> None:
    runs = []
    for seed in (1, 1, 2):
        pipeline = Pipeline(FakeLedger(deque([CUT, BUSY, REFUSED])), seed=seed)
        pipeline.run(*(approval(f"R{n}", total=f"{n + 1}.00") for n in range(60)))
        lines = [json.loads(text) for text in pipeline.log.getvalue().splitlines()]
        runs.append([[line.get("reference"), line.get("event_id"), line.get("result")] for line in lines])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_a_day_of_schedules_passes_in_one_run() -> None:
    pipeline = Pipeline()
    pipeline.driver.run_for(24 * HOUR_MS)
    assert pipeline.cloud.counts.invocations == 24 * 60
    assert pipeline.elapsed_s() == 24 * 3600


def test_a_handler_that_cannot_be_imported_is_refused_before_anything_runs() -> None:
    spec = WIRING.functions["DeliverFunction"]
    broken = replace(WIRING, functions={**WIRING.functions, spec.name: replace(spec, handler="functions.none.x")})
    with pytest.raises(UsageError, match=r"functions\.none\.x"):
        Pipeline(wiring=broken)


def test_what_a_handler_raises_ends_its_invocation_and_the_error_s_type_is_told() -> None:
    endings: list[Ending] = []

    def around(invocation: Invocation, run: Callable[[Invocation], Ending]) -> Ending:
        endings.append(run(replace(invocation, event={"no": "records"})))
        return endings[-1]

    pipeline = Pipeline(around=around)
    pipeline.cloud.put_events([approval()], START_MS)
    pipeline.driver.run_for(1)
    assert endings == [Failed(FailureReason.RAISED, "KeyError")]


def test_the_time_left_is_that_of_the_template_by_the_run_s_clock() -> None:
    seen: list[int] = []
    pipeline = Pipeline()
    pipeline.ledger.before_post = lambda: pipeline.clock.move_to(pipeline.clock.now_ms + 20_000)

    def around(invocation: Invocation, run: Callable[[Invocation], Ending]) -> Ending:
        ending = run(invocation)
        if invocation.function.name == "DeliverFunction":
            seen.append(len(ending.response["batchItemFailures"]) if isinstance(ending, Returned) else -1)
        return ending

    pipeline.around = around
    pipeline.run(*(approval(f"R{n}") for n in range(3)))
    assert seen[0] == 2, "after one post of 20 s, 40 s are left: less than the 45 s that a post may take"
    assert len(pipeline.ledger.entries) == 3
