"""The decision table: waits within their bounds, a person called in the end."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.claim import Result
from ledgerpost.domain.decision import RETRY_AFTER_S_MAX, RetryPolicy, Verdict, decide
from ledgerpost.domain.delivery import HISTORY_LENGTH_MAX, Status
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry, TargetClass, Unknown
from tests.property.pure_core import CLASSES, NOW, OUTCOMES, POLICY, record_in, unknown

ATTEMPTS = st.integers(0, len(POLICY.delays_s) - 1)
FENCES = st.integers(1, 10_000)
ASKED = st.none() | st.floats(min_value=0, max_value=10**9, allow_nan=False)
LATER = st.builds(NotApplied, st.just("rate_limited"), st.just(Retry.LATER), retry_after_s=ASKED)


def verdict_on(outcome: PostOutcome, target_class: TargetClass = TargetClass.UPSERT, **record: object) -> Verdict:
    return decide(record_in(Status.IN_FLIGHT, **record), outcome, target_class, POLICY, NOW)


def wait_s(verdict: Verdict) -> float:
    assert verdict.record.due_at is not None
    return (verdict.record.due_at - NOW).total_seconds()


@given(LATER, ATTEMPTS, FENCES)
def test_a_wait_is_never_shorter_than_what_the_ledger_asked_for_and_never_beyond_its_bound(
    outcome: NotApplied, attempts: int, fence: int
) -> None:
    verdict = verdict_on(outcome, attempts=attempts, fence=fence)
    asked_s = min(outcome.retry_after_s or 0.0, RETRY_AFTER_S_MAX)
    assert verdict.record.status is Status.RETRYING
    assert asked_s - 1e-6 <= wait_s(verdict) <= max(asked_s, POLICY.delays_s[attempts]) + 1e-6


@given(unknown, ATTEMPTS, FENCES, st.sampled_from([TargetClass.UPSERT, TargetClass.KEY, TargetClass.LOOK_UP]))
def test_an_unknown_outcome_is_settled_and_after_the_read_lag_where_the_ledger_is_searched(
    outcome: Unknown, attempts: int, fence: int, target_class: TargetClass
) -> None:
    verdict = verdict_on(outcome, target_class, attempts=attempts, fence=fence)
    floor_s = POLICY.read_lag_s if target_class is TargetClass.LOOK_UP else 0.0
    assert verdict.record.status is Status.UNCONFIRMED
    assert floor_s <= wait_s(verdict) <= max(floor_s, POLICY.delays_s[attempts]) + 1e-6


@given(st.one_of(LATER, unknown), CLASSES, FENCES, st.booleans())
def test_after_the_schedule_a_person_is_called(
    outcome: PostOutcome, target_class: TargetClass, fence: int, unsettled: bool
) -> None:
    last = POLICY.attempts_max - 1
    verdict = verdict_on(outcome, target_class, attempts=last, fence=fence, unsettled=unsettled)
    in_doubt = unsettled or isinstance(outcome, Unknown)
    assert verdict.record.status is Status.PARKED
    assert verdict.record.code == ("outcome_unknown" if in_doubt else "retries_exhausted")
    assert verdict.record.due_at is None


@given(OUTCOMES, CLASSES, ATTEMPTS, FENCES, st.booleans())
def test_each_attempt_is_counted_and_leaves_a_line_of_history(
    outcome: PostOutcome, target_class: TargetClass, attempts: int, fence: int, unsettled: bool
) -> None:
    verdict = verdict_on(outcome, target_class, attempts=attempts, fence=fence, unsettled=unsettled)
    names = {Applied: "applied", NotApplied: "not_applied", Unknown: "unknown"}
    assert verdict.record.attempts == attempts + 1
    assert verdict.record.history[-1].outcome == names[type(outcome)]
    assert verdict.record.fence == fence + 1


@given(OUTCOMES, CLASSES, ATTEMPTS, FENCES)
def test_the_same_history_gives_the_same_wait(
    outcome: PostOutcome, target_class: TargetClass, attempts: int, fence: int
) -> None:
    once, again = (verdict_on(outcome, target_class, attempts=attempts, fence=fence) for _ in range(2))
    assert once == again


@given(st.one_of(LATER, unknown), CLASSES)
def test_the_tries_come_to_an_end(outcome: PostOutcome, target_class: TargetClass) -> None:
    record, now = record_in(Status.IN_FLIGHT), NOW
    while record.status is not Status.PARKED:
        if record.due_at is not None:
            now = record.due_at
            claimed = {"lease_until": now + timedelta(seconds=90), "unsettled": record.in_doubt}
            record = record.moved(Status.IN_FLIGHT, now, **claimed)
        assert record.attempts < POLICY.attempts_max
        record = decide(record, outcome, target_class, POLICY, now).record
    at_once = target_class is TargetClass.NONE and isinstance(outcome, Unknown)
    assert record.attempts == (1 if at_once else POLICY.attempts_max)
    assert now - NOW <= timedelta(seconds=sum(max(delay, RETRY_AFTER_S_MAX) for delay in POLICY.delays_s))


def test_the_schedule_lasts_longer_than_a_day() -> None:
    assert sum(RetryPolicy().delays_s) > 24 * 3600


def test_the_draws_spread_evenly_over_the_wait() -> None:
    outcome = NotApplied("rate_limited", Retry.LATER)
    waits = [wait_s(verdict_on(outcome, attempts=3, fence=fence)) / POLICY.delays_s[3] for fence in range(1, 2001)]
    assert 0.47 < sum(waits) / len(waits) < 0.53
    assert all(160 < sum(tenth / 10 <= wait < (tenth + 1) / 10 for wait in waits) < 240 for tenth in range(10))


def test_a_ledger_cannot_stretch_a_short_wait_beyond_a_quarter_of_an_hour() -> None:
    outcome = NotApplied("rate_limited", Retry.LATER, retry_after_s=10**8)
    assert wait_s(verdict_on(outcome, attempts=0)) == RETRY_AFTER_S_MAX


def test_a_refusal_for_good_parks_at_once_under_the_ledgers_code() -> None:
    verdict = verdict_on(NotApplied("tag_missing", Retry.NEVER, "Sales", status=422))
    assert (verdict.result, verdict.record.status, verdict.record.code) == (Result.PARKED, Status.PARKED, "tag_missing")
    assert not verdict.record.in_doubt


def test_an_unknown_outcome_on_a_target_without_any_means_asks_a_person() -> None:
    verdict = verdict_on(Unknown("reply_lost"), TargetClass.NONE)
    assert (verdict.record.status, verdict.record.code) == (Status.PARKED, "outcome_unknown")
    assert verdict.record.in_doubt


def test_a_refusal_after_a_lost_reply_does_not_settle_the_lost_one() -> None:
    verdict = verdict_on(NotApplied("rate_limited", Retry.LATER), unsettled=True)
    assert verdict.record.status is Status.UNCONFIRMED


def test_the_history_keeps_the_latest_attempts() -> None:
    record = record_in(Status.IN_FLIGHT)
    for _ in range(HISTORY_LENGTH_MAX + 5):
        record = decide(record, Applied("e", created=False), TargetClass.UPSERT, POLICY, NOW).record
        record = record.moved(Status.IN_FLIGHT, NOW, lease_until=NOW)
    assert len(record.history) == HISTORY_LENGTH_MAX
