"""Any history of offers, wake-up calls, outcomes and people's choices keeps the promises of the record."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledgerpost.domain.claim import Claim, Leave, Put, Result, WaitUntil
from ledgerpost.domain.delivery import OPEN, TRANSITIONS, DeliveryRecord, Status
from ledgerpost.domain.outcome import Applied, PostOutcome, TargetClass
from ledgerpost.domain.redrive import redriven, skipped_by_operator
from ledgerpost.errors import UsageError
from tests.property.pure_core import CLASSES, KEY, OUTCOMES, REVISIONS, World, record_in, work_of

Change = Callable[[DeliveryRecord, datetime], DeliveryRecord]
PENCE = st.integers(1, 3).map(lambda tens: tens * 10)


def offers_of_one_source(revisions: list[int]) -> list[tuple[int, int]]:
    """Give offers where a revision always carries the same content, as a source that keeps its word sends them."""
    return [(revision, 100 + revision) for revision in revisions]


@given(st.lists(REVISIONS, min_size=1, max_size=12))
def test_offers_in_any_order_and_any_number_end_with_the_highest_version(revisions: list[int]) -> None:
    world = World()
    for revision, pence in offers_of_one_source(revisions):
        world.deliver(work_of(revision, pence), Applied("entry-1", created=True))
    assert world.record is not None
    assert world.record.status is Status.DELIVERED
    assert world.record.version == work_of(max(revisions), 1).version
    assert world.record.effect is not None
    assert world.record.effect.fingerprint == work_of(max(revisions), 100 + max(revisions)).fingerprint


@given(st.lists(REVISIONS, min_size=1, max_size=12))
def test_each_rise_of_the_version_posts_once_and_nothing_else_does(revisions: list[int]) -> None:
    world = World()
    claims = [
        isinstance(world.deliver(work_of(revision, pence), Applied("entry-1", created=True)), Claim)
        for revision, pence in offers_of_one_source(revisions)
    ]
    highest_so_far = [max(revisions[:place], default=-1) for place in range(len(revisions))]
    assert claims == [revision > highest for revision, highest in zip(revisions, highest_so_far, strict=True)]


@given(st.lists(REVISIONS, min_size=2, max_size=8, unique=True))
def test_later_versions_with_the_same_body_are_recorded_without_a_post(revisions: list[int]) -> None:
    world = World()
    answers = [world.deliver(work_of(revision, 100), Applied("e", created=True)) for revision in sorted(revisions)]
    assert isinstance(answers[0], Claim)
    assert all(isinstance(answer, Put) and answer.result is Result.UNCHANGED for answer in answers[1:])


@given(REVISIONS, PENCE, PENCE)
def test_one_version_with_two_contents_waits_for_a_person(revision: int, one: int, two: int) -> None:
    world = World()
    world.deliver(work_of(revision, one), Applied("e", created=True))
    answer = world.offer(work_of(revision, two))
    assert world.record is not None
    if one == two:
        assert answer == Leave(Result.DUPLICATE)
    else:
        assert (world.record.status, world.record.code) == (Status.PARKED, "version_conflict")
        assert world.record.effect is not None, "what the ledger holds is not forgotten"


class RecordMachine(RuleBasedStateMachine):
    """One record under everything that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(revision=REVISIONS, pence=st.sampled_from([0, 10, 20]))
    def first_offer(self, revision: int, pence: int) -> None:
        self.world.offer(work_of(revision, pence))

    @rule(revision=REVISIONS, pence=st.sampled_from([0, 10, 20]), route_revision=st.integers(1, 2))
    def another_offer(self, revision: int, pence: int, route_revision: int) -> None:
        self.world.offer(work_of(revision, pence, route_revision=route_revision))

    @rule(pence=st.sampled_from([0, 10, 20]))
    def wake_up(self, pence: int) -> None:
        record = self.world.record
        assert record is not None
        assert record.version.source.revision is not None
        self.world.wake(work_of(record.version.source.revision, pence, route_revision=record.version.route_revision))

    @precondition(lambda self: self.world.record is not None and self.world.record.status is Status.IN_FLIGHT)
    @rule(outcome=OUTCOMES, target_class=CLASSES)
    def outcome_comes(self, outcome: PostOutcome, target_class: TargetClass) -> None:
        self.world.post(outcome, target_class)

    @rule(seconds=st.sampled_from([1, 100, 50_000]))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule()
    def a_person_redrives(self) -> None:
        self._a_person(redriven)

    @rule()
    def a_person_skips(self) -> None:
        self._a_person(lambda record, now: skipped_by_operator(record, now, "not ours"))

    def _a_person(self, change: Change) -> None:
        record = self.world.record
        assert record is not None
        with suppress(UsageError):  # refused: the record stays as it is
            self.world.put(change(record, self.world.now))

    @invariant()
    def every_step_is_in_the_table_and_raises_the_fence(self) -> None:
        for before, after in pairwise(self.world.history):
            assert after.status in TRANSITIONS[before.status]
            assert after.fence == before.fence + 1

    @invariant()
    def the_version_never_goes_back(self) -> None:
        for before, after in pairwise(self.world.history):
            assert after.version.compare(before.version) >= 0

    @invariant()
    def a_claim_has_a_lease_and_waiting_work_a_time(self) -> None:
        record = self.world.record
        if record is not None:
            assert (record.lease_until is not None) == (record.status is Status.IN_FLIGHT)
            assert (record.due_at is not None) == (record.status in OPEN - {Status.IN_FLIGHT})

    @invariant()
    def what_is_parked_or_skipped_says_why(self) -> None:
        record = self.world.record
        if record is not None and record.status in (Status.PARKED, Status.SKIPPED):
            assert record.code

    @invariant()
    def what_the_ledger_holds_is_never_forgotten(self) -> None:
        effects = [record.effect for record in self.world.history]
        assert all(after is not None for before, after in pairwise(effects) if before is not None)

    @invariant()
    def a_doubt_is_lifted_by_an_applied_post_alone(self) -> None:
        for before, after in pairwise(self.world.history):
            if before.in_doubt and before.status is not Status.IN_FLIGHT:
                assert after.in_doubt

    @invariant()
    def a_delivered_record_stands_for_what_the_ledger_holds(self) -> None:
        record = self.world.record
        if record is not None and record.status is Status.DELIVERED:
            assert record.effect is not None
            assert (record.effect.version, record.effect.fingerprint) == (record.version, record.fingerprint)
            assert not record.in_doubt


TestRecordMachine = RecordMachine.TestCase
TestRecordMachine.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


@given(CLASSES, OUTCOMES)
def test_the_doubt_of_an_unknown_outcome_stays_until_a_post_is_settled(
    first: TargetClass, outcome: PostOutcome
) -> None:
    world = World(record=record_in(Status.IN_FLIGHT, unsettled=True))
    world.post(outcome, first)
    assert world.record is not None
    assert world.record.in_doubt == (not isinstance(outcome, Applied))


@pytest.mark.parametrize("status", Status)
def test_no_state_is_a_dead_end(status: Status) -> None:
    """Ledgerpost moves on what is open; a later version moves what is settled; a person moves what is parked."""
    assert TRANSITIONS[status] - {status}
    due = {"due_at": record_in(status).updated_at} if status in OPEN else {}
    world = World(
        record=record_in(status, code="entry_refused", **due), now=record_in(status).updated_at + timedelta(1)
    )
    answer = world.wake(work_of(1, 100)) if status in OPEN else world.offer(work_of(2, 200))
    assert isinstance(answer, Claim), f"{status} is not taken up again"


@pytest.mark.parametrize("status", Status)
def test_every_state_can_be_reached(status: Status) -> None:
    assert any(status in following for before, following in TRANSITIONS.items() if before is not status)


def test_a_claim_in_flight_makes_a_later_version_wait_for_the_lease() -> None:
    world = World()
    claim = world.offer(work_of(1, 100))
    assert isinstance(claim, Claim)
    assert world.offer(work_of(2, 200)) == WaitUntil(claim.record.lease_until)  # type: ignore[arg-type]
    world.pass_time(90)
    assert isinstance(world.offer(work_of(2, 200)), Claim)


def test_a_record_keeps_the_key_it_was_opened_under() -> None:
    world = World()
    world.offer(work_of(1, 100))
    assert world.record is not None
    assert world.record.key == KEY
    with pytest.raises(AssertionError):
        replace(world.record, status=Status.DELIVERED).moved(Status.RETRYING, world.now)
