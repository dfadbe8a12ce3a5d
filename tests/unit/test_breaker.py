"""The breaker's states, one rule each."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.breaker import Blocked, Breaker, BreakerPolicy, Pass, Phase, abandoned, admit, answered
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry, Unknown

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = BreakerPolicy(failures_max=3, window_s=60, open_s=30, open_s_max=900, probe_s=90, poll_s=5)
DOWN = NotApplied("ledger_unavailable", Retry.LATER, status=503)
LOST = Unknown("reply_lost")
REFUSED = NotApplied("entry_refused", Retry.NEVER, status=422)
OK = Applied("entry-1", created=True)


def after(*outcomes: PostOutcome, breaker: Breaker | None = None, apart_s: float = 1) -> tuple[Breaker, datetime]:
    """Let one post after the other go, as soon as it may, and be answered so."""
    now, breaker = NOON, breaker or Breaker()
    for outcome in outcomes:
        breaker, permission = admit(breaker, POLICY, now)
        if isinstance(permission, Blocked):
            now = permission.until
            breaker, permission = admit(breaker, POLICY, now)
        assert isinstance(permission, Pass)
        breaker = answered(breaker, permission, outcome, POLICY, now)
        now += timedelta(seconds=apart_s)
    return breaker, now


@pytest.mark.parametrize("failure", [DOWN, LOST, NotApplied("rate_limited", Retry.LATER, status=429)])
def test_so_many_failures_in_a_row_open_it(failure: PostOutcome) -> None:
    assert after(failure, failure)[0].phase is Phase.CLOSED
    assert after(failure, failure, failure)[0].phase is Phase.OPEN


@pytest.mark.parametrize("answer", [OK, REFUSED], ids=["applied", "refused"])
def test_an_answer_of_the_ledger_in_between_starts_the_count_anew(answer: PostOutcome) -> None:
    assert after(DOWN, DOWN, answer, DOWN, DOWN)[0].phase is Phase.CLOSED


def test_what_the_ledger_was_never_asked_tells_nothing_of_it() -> None:
    untold = NotApplied("secret_unavailable", Retry.LATER)
    assert after(untold, untold, untold, untold)[0] == Breaker()
    assert after(DOWN, DOWN, untold, DOWN)[0].phase is Phase.OPEN


def test_one_entry_that_fails_again_and_again_over_a_day_opens_nothing() -> None:
    assert after(DOWN, DOWN, DOWN, DOWN, DOWN, apart_s=61)[0].phase is Phase.CLOSED


def test_nothing_passes_while_it_is_open_and_then_one_probe() -> None:
    breaker, now = after(DOWN, DOWN, DOWN)
    same, refusal = admit(breaker, POLICY, now)
    assert (same, refusal) == (breaker, Blocked(NOON + timedelta(seconds=32)))
    probing, permission = admit(breaker, POLICY, refusal.until)
    assert permission == Pass(breaker.epoch + 1, is_probe=True)
    assert admit(probing, POLICY, refusal.until)[1] == Blocked(refusal.until + timedelta(seconds=5))


def test_an_answered_probe_closes_it() -> None:
    breaker, now = after(DOWN, DOWN, DOWN, REFUSED)
    assert breaker.phase is Phase.CLOSED
    assert isinstance(admit(breaker, POLICY, now)[1], Pass)


def test_each_failed_probe_opens_it_for_twice_as_long_up_to_the_bound() -> None:
    spans = []
    for probes in range(8):
        breaker, now = after(DOWN, DOWN, DOWN, *[LOST] * probes)
        assert breaker.until is not None
        spans.append((breaker.until - now).total_seconds() + 1)
    assert spans == [30, 60, 120, 240, 480, 900, 900, 900]


@pytest.mark.parametrize(("asked_s", "open_s"), [(7, 30), (200, 200), (10**6, 900)])
def test_it_stays_open_for_as_long_as_the_ledger_asked_but_not_for_ever(asked_s: float, open_s: float) -> None:
    breaker, now = after(DOWN, DOWN, NotApplied("rate_limited", Retry.LATER, retry_after_s=asked_s, status=429))
    assert breaker.until == now - timedelta(seconds=1) + timedelta(seconds=open_s)


def test_a_late_answer_to_a_post_from_before_the_opening_changes_nothing() -> None:
    passed = admit(Breaker(), POLICY, NOON)[1]
    assert isinstance(passed, Pass)
    breaker, now = after(DOWN, DOWN, DOWN)
    assert answered(breaker, passed, OK, POLICY, now) == breaker
    assert answered(breaker, passed, DOWN, POLICY, now) == breaker


def test_a_probe_that_is_never_made_or_never_answered_lets_the_next_one_go() -> None:
    breaker, _ = after(DOWN, DOWN, DOWN)
    later = NOON + timedelta(minutes=1)
    probing, passed = admit(breaker, POLICY, later)
    assert isinstance(passed, Pass)
    assert admit(abandoned(probing, passed, later), POLICY, later)[1] == Pass(passed.epoch + 1, is_probe=True)
    lost = admit(probing, POLICY, later + timedelta(seconds=POLICY.probe_s))[1]
    assert lost == Pass(passed.epoch + 1, is_probe=True)


def test_with_no_failures_allowed_for_it_never_opens() -> None:
    breaker = Breaker()
    never = BreakerPolicy(failures_max=0)
    for _ in range(100):
        breaker, passed = admit(breaker, never, NOON)
        assert isinstance(passed, Pass)
        breaker = answered(breaker, passed, DOWN, never, NOON)


STEPS = st.lists(st.tuples(st.sampled_from([OK, DOWN, LOST, REFUSED, None]), st.floats(0, 2000)), max_size=40)


@given(STEPS)
def test_at_most_one_probe_is_out_and_none_waits_longer_than_the_bound(
    steps: list[tuple[PostOutcome | None, float]],
) -> None:
    """`None` is a post whose answer never comes."""
    breaker, now, probe_until = Breaker(), NOON, NOON
    for outcome, pause_s in steps:
        breaker, permission = admit(breaker, POLICY, now)
        match permission:
            case Blocked():
                assert now < permission.until <= now + timedelta(seconds=POLICY.open_s_max)
            case Pass(is_probe=True):
                assert now >= probe_until
                probe_until = now + timedelta(seconds=POLICY.probe_s)
        if isinstance(permission, Pass) and outcome is not None:
            breaker = answered(breaker, permission, outcome, POLICY, now)
            probe_until = now
        now += timedelta(seconds=pause_s)
