"""Taking approvals in."""

import pytest

from ledgerpost.app.intake import IntakePorts, take_in
from ledgerpost.domain.route import StreamType
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.message import message_for, read_message
from tests.app.world import ACCOUNT, World, event_text, route


def _intake(world: World) -> IntakePorts:
    return IntakePorts(
        read_event=read_event,
        message_for=message_for,
        routes=world.routes,
        deliveries=world.queue,
        rejections=world.rejections,
        journal=world.journal,
        clock=world.clock,
    )


def _codes(world: World) -> list[str]:
    return [rejection.code for rejection in world.rejections.rejections()]


def test_an_approval_becomes_one_message_per_matching_route() -> None:
    world = World()
    world.configure(route(route_id="a"), route(route_id="b"), route(StreamType.PURCHASING, route_id="c"))
    messages = take_in(event_text(), "m1", _intake(world))
    assert [message.group for message in messages] == [f"acme/main/{ACCOUNT}"] * 2
    assert all(read_message(message.body).body == message.body for message in messages)


@pytest.mark.parametrize("mark", ['"resources":["ledgerpost:backfill"]', '"replay-name":"lost-tuesday"'])
def test_what_a_backfill_or_a_replay_brings_waits_in_a_group_of_its_own(mark: str) -> None:
    world = World()
    world.configure(route())
    text = event_text().replace("{", f"{{{mark},", 1)
    assert [each.group for each in take_in(text, "m1", _intake(world))] == [f"acme/main/{ACCOUNT}/past"]


@pytest.mark.parametrize("resources", ["[]", "null", "7", '"ledgerpost:backfill"', '[["ledgerpost:backfill"]]'])
def test_other_resources_leave_an_approval_among_those_of_now(resources: str) -> None:
    world = World()
    world.configure(route())
    text = event_text().replace("{", f'{{"resources":{resources},', 1)
    assert [each.group for each in take_in(text, "m1", _intake(world))] == [f"acme/main/{ACCOUNT}"]


def test_a_malformed_event_is_set_aside_with_its_text_and_makes_no_message() -> None:
    world = World()
    assert take_in("{nonsense", "m1", _intake(world)) == []
    [rejection] = world.rejections.rejections()
    assert (rejection.code, rejection.source, rejection.parked) == ("malformed_event", "{nonsense", True)


def test_an_unknown_tenant_is_set_aside_without_a_look_at_other_tenants() -> None:
    world = World()
    assert take_in(event_text().replace('"acme"', '"intruder"'), "m1", _intake(world)) == []
    assert _codes(world) == ["unknown_tenant"]


def test_an_unknown_detail_type_is_set_aside() -> None:
    world = World()
    assert take_in(event_text(detail_type="SaleDocumentDeleted"), "m1", _intake(world)) == []
    assert _codes(world) == ["unknown_detail_type"]


def test_an_approval_that_no_route_takes_is_told_with_the_reason() -> None:
    world = World()
    world.configure(route(enabled=False))
    assert take_in(event_text(), "m1", _intake(world)) == []
    assert [(line.result, line.code) for line in world.journal.lines] == [("skipped", "route_disabled")]


def test_the_tenant_of_the_configuration_decides_the_account() -> None:
    """A payload cannot name an account: it comes from the tenant's own route."""
    world = World()
    [message] = take_in(event_text(AccountId="someone else's"), "m1", _intake(world))
    world.handle(message.body)
    assert world.record().key.account == ACCOUNT
