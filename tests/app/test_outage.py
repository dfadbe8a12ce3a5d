"""A ledger that is out for hours: nothing is burnt on it, the others keep their pace, all drains afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerpost.app.operate import redrive, skip
from ledgerpost.app.settle import SettlePorts, settle
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import NotApplied, PostOutcome, Retry, TargetClass, Unknown
from ledgerpost.domain.route import Connection, ConnectionId
from ledgerpost.errors import StoreError
from ledgerpost.wire.message import wake_up_for
from tests.app.world import START, ScriptedLedger, World, event_text, route

DOWN = NotApplied("ledger_unavailable", Retry.LATER, status=503)


def _world_with_an_open_breaker() -> World:
    """Five entries were tried and refused; the breaker is open for half a minute."""
    world = World()
    world.ledger.faults = [DOWN] * 5
    for number in range(5):
        assert world.offer(event_text(reference=f"early-{number}")) == "retrying"
    assert "breaker.opened" in world.notices.told
    return world


def test_a_first_message_during_an_outage_waits_without_a_record_or_a_call() -> None:
    world = _world_with_an_open_breaker()
    calls = world.ledger.posts
    world.queue.messages.clear()
    assert world.offer(event_text(reference="new")) == "held"
    assert world.records.get(world.key("new")) is None
    assert world.ledger.posts == calls
    [waiting] = world.queue.messages
    assert 30 <= waiting.delay_s <= 31
    assert world.run_queue() == ["delivered"]


def test_a_waiting_delivery_is_put_off_to_the_probe_with_its_attempts_untouched() -> None:
    world = _world_with_an_open_breaker()
    before = world.record("early-0")
    assert before.due_at is not None
    world.clock.instant = before.due_at
    assert world.handle(wake_up_for(before.key, False)) == "held"
    after = world.record("early-0")
    assert (after.status, after.attempts, after.history) == (before.status, before.attempts, before.history)
    assert after.waiting_since == before.waiting_since
    assert after.due_at == START + timedelta(seconds=30)


def test_a_version_that_the_ledger_already_holds_is_told_so_during_an_outage() -> None:
    world = World()
    world.offer(event_text(reference="held"))
    world.ledger.faults = [DOWN] * 5
    for number in range(5):
        world.offer(event_text(reference=f"early-{number}"))
    record = world.record("held")
    assert world.handle(wake_up_for(record.key, False)) == "duplicate"


def test_a_failed_probe_burns_no_attempt_of_an_entry_that_was_tried_before() -> None:
    world = _world_with_an_open_breaker()
    record = world.record("early-0")
    world.clock.pass_(seconds=60)
    world.ledger.faults = [NotApplied("rate_limited", Retry.LATER, status=429, retry_after_s=100.0)]
    assert world.handle(wake_up_for(record.key, False)) == "retrying"
    probed = world.record("early-0")
    assert (probed.attempts, probed.history) == (1, record.history)
    assert probed.due_at == world.clock.now() + timedelta(seconds=100)


@pytest.mark.parametrize(
    ("failure", "drained_h"), [(DOWN, 3), (Unknown("ledger_failed", status=500), 12)], ids=["503", "500"]
)
@pytest.mark.parametrize("target_class", [TargetClass.UPSERT, TargetClass.LOOK_UP])
def test_two_hours_of_outage_park_nothing_and_all_drains_afterwards(
    failure: PostOutcome, drained_h: int, target_class: TargetClass
) -> None:
    world = World(target_class)
    back_at = START + timedelta(hours=2)

    def answer(_: object) -> None:
        world.ledger.faults = [failure] if world.clock.now() < back_at else []

    world.ledger.before_post = answer
    references = [f"r{number}" for number in range(60)]
    for reference in references:
        world.offer(event_text(reference=reference))
        world.clock.pass_(seconds=2)
    _live(world, until=START + timedelta(hours=drained_h))
    records = [world.record(reference) for reference in references]
    assert {record.status for record in records} == {Status.DELIVERED}
    assert len(world.ledger.held) == len(references)
    # Five to open it; then probes, ever more rarely; then one post each.
    assert world.ledger.posts <= len(references) + 25
    assert max(record.attempts for record in records) <= 6


def _live(world: World, until: object) -> None:
    """Let every message come when its delay is over, and the settling schedule run each minute."""
    ports = SettlePorts(wake_up_for=wake_up_for, records=world.records, deliveries=world.queue, clock=world.clock)
    waiting: list[tuple[object, int, str]] = []
    number = 0
    while world.clock.now() < until:  # type: ignore[operator]
        settle(ports)
        now = world.clock.now()
        while True:
            for message in world.queue.messages:
                number += 1
                waiting.append((now + timedelta(seconds=message.delay_s), number, message.body))
            world.queue.messages.clear()
            due = sorted(each for each in waiting if each[0] <= now)  # type: ignore[operator]
            if not due:
                break
            for each in due:
                waiting.remove(each)
                world.handle(each[2])
        world.clock.pass_(seconds=20)


def test_a_claim_that_is_lost_gives_the_probe_back() -> None:
    world = _world_with_an_open_breaker()
    world.offer(event_text(reference="twice"))
    world.clock.pass_(minutes=2)

    class Unwilling:
        def create(self, record: object) -> None:
            raise StoreError("store_unavailable", "throttled")

    records, world.ports = world.ports.records, replace(world.ports, records=Unwilling())
    with pytest.raises(StoreError):
        world.offer(event_text(reference="twice"))
    world.ports = replace(world.ports, records=records)
    assert world.offer(event_text(reference="twice")) == "delivered"
    assert world.notices.told[-1] == "breaker.closed"


def test_a_probe_that_fails_is_told_in_the_log_line_as_what_it_was() -> None:
    world = _world_with_an_open_breaker()
    record = world.record("early-0")
    world.clock.pass_(seconds=60)
    world.ledger.faults = [Unknown("reply_lost")]
    assert world.handle(wake_up_for(record.key, False)) == "unconfirmed"
    line = world.journal.lines[-1]
    assert (line.outcome, line.code) == ("unknown", "reply_lost")
    assert world.record("early-0").attempts == 2, "what may have been applied is an attempt of its own"


def test_not_found_yet_is_no_failure_of_the_connection() -> None:
    world = World(TargetClass.LOOK_UP)
    world.ledger.hidden_for_s = 25
    world.ledger.faults = ["cut"] * 4
    for number in range(4):
        reference = f"r{number}"
        world.offer(event_text(reference=reference))
        skip(world.key(reference), "a mistake", world.operate)
        redrive(world.key(reference), world.operate)
        assert world.handle(wake_up_for(world.key(reference), False)) == "unconfirmed"
    assert world.ledger.posts == 4
    assert "breaker.opened" not in world.notices.told, "four lost replies, and four answers of a ledger that is there"


class _TwoLedgers:
    """A ledger per connection."""

    def __init__(self, **ledgers: ScriptedLedger) -> None:
        self.ledgers = ledgers

    def target_of(self, tenant: TenantId, connection: Connection) -> ScriptedLedger:
        return self.ledgers[connection.id]


def test_another_connection_keeps_its_pace() -> None:
    world = _world_with_an_open_breaker()
    second = replace(world.configuration.connections[ConnectionId("main")], id=ConnectionId("second"))
    other_route = replace(route(route_id="other"), connection=second.id)
    both = replace(
        world.configuration,
        connections={**world.configuration.connections, second.id: second},
        routes={**world.configuration.routes, other_route.id: other_route},
    )
    world.configuration = both
    world.routes.apply(both)
    sound = ScriptedLedger(world.clock)
    world.ports = replace(world.ports, targets=_TwoLedgers(main=world.ledger, second=sound))
    calls = world.ledger.posts
    for number in range(20):
        assert world.offer(event_text(reference=f"n{number}")) == "held"
        assert world.offer(event_text(reference=f"n{number}"), "other") == "delivered"
    assert (world.ledger.posts, sound.posts) == (calls, 20)
