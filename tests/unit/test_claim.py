"""What is done with an approval, given the record that is there: the cases a person would name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerpost.domain.claim import (
    Claim,
    Collide,
    Leave,
    Put,
    Result,
    WaitUntil,
    collided_record,
    first_record,
    offer,
    wake,
)
from ledgerpost.domain.delivery import DeliveryRecord, Effect, Status
from ledgerpost.domain.event import EventKind
from ledgerpost.domain.redrive import redriven, skipped_by_operator
from ledgerpost.errors import UsageError
from tests.property.pure_core import LEASE, NOW, record_in, version_of, work_of

LATER = NOW + timedelta(days=1)


def delivered(revision: int = 1, pence: int = 100, **changes: object) -> DeliveryRecord:
    work = work_of(revision, pence)
    effect = Effect("entry-1", work.version, work.fingerprint, NOW)
    record = record_in(Status.DELIVERED, version=work.version, fingerprint=work.fingerprint, effect=effect)
    return replace(record, **changes)  # type: ignore[arg-type]


def put_of(answer: object) -> Put:
    assert isinstance(answer, Put)
    return answer


def test_the_first_approval_is_claimed_with_a_lease_where_there_is_no_record() -> None:
    claim = first_record(work_of(1, 100), NOW, LEASE)
    assert isinstance(claim, Claim)
    assert (claim.record.status, claim.record.lease_until, claim.expected) == (Status.IN_FLIGHT, NOW + LEASE, None)


def test_an_approval_without_entry_is_recorded_as_skipped_under_its_code() -> None:
    put = put_of(first_record(work_of(1, 0), NOW, LEASE))
    assert (put.record.status, put.record.code, put.result) == (Status.SKIPPED, "zero_amount", Result.SKIPPED)


def test_an_approval_that_cannot_be_mapped_is_parked() -> None:
    put = put_of(first_record(replace(work_of(1, 0, code="amount_missing"), park=True), NOW, LEASE))
    assert (put.record.status, put.record.code, put.result) == (Status.PARKED, "amount_missing", Result.PARKED)


def test_an_older_version_is_left_alone() -> None:
    assert offer(delivered(2), work_of(1, 500), NOW, LEASE) == Leave(Result.SUPERSEDED)


def test_a_later_version_with_another_body_is_claimed_with_a_fresh_budget() -> None:
    claim = offer(delivered(1, attempts=5), work_of(2, 200), NOW, LEASE)
    assert isinstance(claim, Claim)
    assert (claim.record.attempts, claim.record.effect) == (0, delivered(1).effect)


def test_a_later_version_with_the_same_body_only_raises_the_version() -> None:
    put = put_of(offer(delivered(1), work_of(2, 100), NOW, LEASE))
    assert put.result is Result.UNCHANGED
    assert put.record.effect is not None
    assert put.record.effect.version == put.record.version == version_of(2)


def test_a_later_revision_of_the_route_posts_only_what_it_maps_otherwise() -> None:
    assert put_of(offer(delivered(1), work_of(1, 100, route_revision=2), NOW, LEASE)).result is Result.UNCHANGED
    assert isinstance(offer(delivered(1), work_of(1, 200, route_revision=2), NOW, LEASE), Claim)


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.IN_FLIGHT])
def test_a_body_like_the_recorded_effect_is_posted_again_where_another_post_is_in_doubt(status: Status) -> None:
    in_doubt = delivered(1, status=status, lease_until=NOW, version=version_of(2))
    assert isinstance(offer(in_doubt, work_of(3, 100), LATER, LEASE), Claim)


@pytest.mark.parametrize("status", [Status.RETRYING, Status.UNCONFIRMED, Status.PARKED, Status.SKIPPED, Status.PENDING])
def test_the_same_approval_again_changes_nothing(status: Status) -> None:
    record = record_in(status, code="entry_refused")
    answer = offer(record, work_of(1, 100), LATER, LEASE)
    assert isinstance(answer, Leave)
    assert answer.code == "entry_refused"
    settled = {Status.PARKED: Result.PARKED, Status.SKIPPED: Result.SKIPPED}
    assert answer.result is settled.get(status, Result.DUPLICATE)


def test_the_same_approval_takes_over_a_claim_whose_worker_died() -> None:
    record = record_in(Status.IN_FLIGHT)
    waiting = offer(record, work_of(1, 100), NOW, LEASE)
    assert isinstance(waiting, WaitUntil), "its message may be the only one to come again: it is not acknowledged away"
    claim = offer(record, work_of(1, 100), NOW + LEASE, LEASE)
    assert isinstance(claim, Claim)
    assert (claim.record.unsettled, claim.record.fence) == (True, record.fence + 1)


def test_a_conflict_is_parked_once_and_keeps_what_the_ledger_holds() -> None:
    put = put_of(offer(delivered(1), work_of(1, 200), NOW, LEASE))
    assert (put.record.status, put.record.code, put.record.effect) == (
        Status.PARKED,
        "version_conflict",
        delivered(1).effect,
    )
    assert offer(put.record, work_of(1, 300), NOW, LEASE) == Leave(Result.PARKED, "version_conflict")


@pytest.mark.parametrize(
    "record", [delivered(1), record_in(Status.UNCONFIRMED), record_in(Status.PARKED, unsettled=True)]
)
def test_an_amendment_to_zero_asks_a_person_where_the_ledger_may_hold_an_amount(record: DeliveryRecord) -> None:
    put = put_of(offer(record, work_of(2, 0), NOW, LEASE))
    assert (put.record.status, put.record.code) == (Status.PARKED, "amended_to_zero")


def test_an_amendment_to_zero_of_what_was_never_posted_is_skipped() -> None:
    put = put_of(offer(record_in(Status.RETRYING), work_of(2, 0), NOW, LEASE))
    assert (put.record.status, put.record.code) == (Status.SKIPPED, "zero_amount")


def test_another_kind_of_transaction_under_the_same_reference_is_set_beside_it() -> None:
    work = replace(work_of(5, 100), kind=EventKind.SALE_PAYMENT)
    answer = offer(delivered(1), work, NOW, LEASE)
    assert isinstance(answer, Collide)
    record = collided_record(answer.key, work, NOW)
    assert (record.status, record.code, record.key.collision) == (Status.PARKED, "reference_collision", "SalePayment")
    with pytest.raises(UsageError):
        redriven(record, NOW)


def test_a_wake_up_call_takes_up_only_what_is_due() -> None:
    record = record_in(Status.RETRYING, due_at=NOW + timedelta(seconds=5), attempts=1)
    early = wake(record, work_of(1, 100), NOW, LEASE)
    assert early == WaitUntil(NOW + timedelta(seconds=5), Result.NOT_DUE)
    claim = wake(record, work_of(1, 100), NOW + timedelta(seconds=5), LEASE)
    assert isinstance(claim, Claim)
    assert claim.record.attempts == 1, "the attempts of one version go on counting"


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.PARKED, Status.SKIPPED])
def test_a_wake_up_call_leaves_what_is_settled(status: Status) -> None:
    assert isinstance(wake(record_in(status), work_of(1, 100), LATER, LEASE), Leave)


@pytest.mark.parametrize("status", [Status.PARKED, Status.SKIPPED])
def test_a_redrive_gives_a_fresh_budget_and_forgets_no_doubt(status: Status) -> None:
    record = redriven(record_in(status, attempts=8, unsettled=True), NOW)
    assert (record.status, record.attempts, record.due_at, record.unsettled) == (Status.PENDING, 0, NOW, True)


@pytest.mark.parametrize(
    "status", [Status.PENDING, Status.IN_FLIGHT, Status.DELIVERED, Status.RETRYING, Status.UNCONFIRMED]
)
def test_only_what_is_parked_or_skipped_can_be_redriven(status: Status) -> None:
    with pytest.raises(UsageError) as caught:
        redriven(record_in(status), NOW)
    assert caught.value.code == "transition_refused"


def test_a_persons_skip_holds_for_that_version_and_a_later_one_is_taken() -> None:
    record = skipped_by_operator(record_in(Status.PARKED), NOW, "posted by hand")
    assert offer(record, work_of(1, 200), NOW, LEASE) == Leave(Result.SKIPPED, "skipped_by_operator")
    assert offer(record, work_of(1, 200, route_revision=2), NOW, LEASE) == Leave(Result.SKIPPED, "skipped_by_operator")
    assert isinstance(offer(record, work_of(2, 200), NOW, LEASE), Claim)


def test_a_skip_forgets_no_doubt() -> None:
    """A skipped entry may be in the ledger all the same; an amendment to zero must then ask a person."""
    record = skipped_by_operator(record_in(Status.UNCONFIRMED), NOW, "not ours")
    assert record.in_doubt
    assert put_of(offer(record, work_of(2, 0), NOW, LEASE)).record.code == "amended_to_zero"


@pytest.mark.parametrize("status", [Status.IN_FLIGHT, Status.DELIVERED])
def test_what_is_under_way_or_in_the_ledger_cannot_be_skipped(status: Status) -> None:
    with pytest.raises(UsageError):
        skipped_by_operator(record_in(status), NOW, "")
