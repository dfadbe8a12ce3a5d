"""Finding one transaction in a list of approvals."""

from ledgerpost.app.transfer import Transfer, find_transfer, start_transfer
from ledgerpost.wire.message import read_accepted_event
from tests.app.world import World, event_text


def found(world: World, *texts: str, reference: str = "1") -> Transfer | None:
    events = [read_accepted_event(text) for text in texts]
    return find_transfer(events, reference, world.configuration, world.ports.formulas)


def test_the_latest_version_of_the_transaction_is_taken_wherever_it_stands() -> None:
    texts = [event_text("3.00", revision=2), event_text("1.00", revision=1), event_text("9.00", reference="2")]
    transfer = found(World(), *texts)
    assert transfer is not None
    assert transfer.event.entity["Total"] == 3
    assert transfer.keys == (World().key(),)


def test_a_transaction_that_no_route_takes_or_the_list_lacks_is_not_found() -> None:
    assert found(World(), event_text(detail_type="SalesOrderApproved")) is None
    assert found(World(), event_text(), reference="2") is None


def test_it_goes_through_intake_and_is_told_of() -> None:
    world = World()
    transfer = found(world, event_text())
    assert transfer is not None
    start_transfer(transfer, world.intake_queue, world.notices, by="ann")
    assert [message.body for message in world.intake_queue.messages] == [transfer.event.text]
    assert world.notices.told == ["transfer.queued"]
