"""What a person may do with a delivery."""

from datetime import timedelta

import pytest

from ledgerpost.app.operate import Bulk, redrive, redrive_all, redrive_rejection, skip, skip_all
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.errors import UsageError
from tests.app.world import TENANT, World, event_text, route

REFUSED = NotApplied("tag_missing", Retry.NEVER, "Retail", status=422)


def _world_with_a_parked_delivery() -> World:
    world = World()
    world.ledger.faults = [REFUSED]
    assert world.offer(event_text()) == "parked"
    return world


def test_a_redrive_makes_a_fresh_attempt() -> None:
    world = _world_with_a_parked_delivery()
    assert redrive(world.key(), world.operate).status is Status.PENDING
    assert world.run_queue() == ["delivered"]
    assert world.ledger.amounts() == ["10.00"]


def test_every_redrive_of_an_entry_that_is_refused_again_makes_a_fresh_attempt() -> None:
    world = _world_with_a_parked_delivery()
    for _ in range(2):
        world.ledger.faults = [REFUSED]
        redrive(world.key(), world.operate)
        assert world.run_queue() == ["parked"]
    assert world.ledger.posts == 3


def test_a_delivered_entry_cannot_be_redriven_and_says_so() -> None:
    world = World()
    world.offer(event_text())
    with pytest.raises(UsageError) as refusal:
        redrive(world.key(), world.operate)
    assert refusal.value.code == "transition_refused"


def test_a_skip_sticks_for_its_version_even_after_the_route_changed() -> None:
    world = _world_with_a_parked_delivery()
    skip(world.key(), "entered by hand", world.operate)
    world.configure(route(revision=2))
    assert world.offer(event_text(event_id="again")) == "skipped"
    assert world.ledger.posts == 1
    assert world.record().detail == "entered by hand"


def test_a_skip_does_not_bind_a_later_version() -> None:
    world = _world_with_a_parked_delivery()
    skip(world.key(), "wrong amount", world.operate)
    assert world.offer(event_text("12.00", revision=2)) == "delivered"


def test_a_conflict_that_a_person_redrives_posts_the_later_content() -> None:
    world = World()
    world.offer(event_text("10.00"))
    world.offer(event_text("11.00"))
    redrive(world.key(), world.operate)
    assert world.run_queue() == ["delivered"]
    assert world.ledger.amounts() == ["11.00"]


def test_a_rejected_event_goes_through_intake_again() -> None:
    world = World()
    world.offer(event_text(reference=""))
    rejection = next(iter(world.rejections.rejections()))
    redrive_rejection(rejection, world.operate)
    assert [message.body for message in world.intake_queue.messages] == [event_text(reference="")]
    assert list(world.rejections.rejections()) == []


def test_a_redrive_and_a_skip_are_kept_in_the_record_and_told_with_who_and_why() -> None:
    world = _world_with_a_parked_delivery()
    redrive(world.key(), world.operate, by="ann", reason="tag was created")
    world.ledger.faults = [REFUSED]
    world.run_queue()
    world.clock.pass_(hours=1)
    skip(world.key(), "typed in by hand", world.operate, by="bob")
    kept = [(each.act, each.by, each.reason) for each in world.record().operations]
    assert kept == [("redrove", "ann", "tag was created"), ("skipped", "bob", "typed in by hand")]
    assert world.record().operations[1].at - world.record().operations[0].at == timedelta(hours=1)
    assert world.notices.told == ["operator.redrove", "operator.skipped"]
    told = world.notices.fields["operator.skipped"]
    assert (told["by"], told["reason"], told["reference"]) == ("bob", "typed in by hand", "1")


def test_a_bulk_redrive_takes_all_up_in_bounded_batches_and_leaves_what_moved_on() -> None:
    world = World()
    world.ledger.faults = [REFUSED] * 250
    for number in range(250):
        world.offer(event_text(reference=str(number)))
    parked = list(world.records.records(TENANT, Status.PARKED))
    skip(world.key("7"), "not this one", world.operate)
    assert redrive_all(parked, world.operate, by="ann") == Bulk(done=249, moved_on=1)
    assert sorted(world.run_queue()) == ["delivered"] * 249
    assert world.record("7").status is Status.SKIPPED, "a skip is honoured"


def test_a_bulk_skip_is_for_good_and_says_why_in_each_record() -> None:
    world = World()
    world.ledger.faults = [REFUSED] * 3
    for number in range(3):
        world.offer(event_text(reference=str(number)))
    done = skip_all(list(world.records.records(TENANT, Status.PARKED)), "old system", world.operate, by="ann")
    assert done.done == 3
    assert world.offer(event_text(reference="1", event_id="again")) == "skipped"
    assert {world.record(str(number)).detail for number in range(3)} == {"old system"}


def test_what_is_not_there_cannot_be_skipped() -> None:
    world = World()
    with pytest.raises(UsageError) as refusal:
        skip(world.key("unheard of"), "?", world.operate)
    assert refusal.value.code == "delivery_not_found"
