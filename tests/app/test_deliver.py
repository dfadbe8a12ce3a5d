"""What becomes of an approval on its way to the ledger, whatever happens in between."""

from dataclasses import replace
from datetime import date

import pytest

from ledgerpost.domain.claim import first_record
from ledgerpost.domain.decision import RetryPolicy
from ledgerpost.domain.delivery import Status, work_of
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.mapping import map_entry
from ledgerpost.domain.outcome import NotApplied, Retry, TargetClass, Unknown
from ledgerpost.domain.route import ConnectionId, EntryType, StreamType
from ledgerpost.wire.message import read_accepted_event
from tests.app.world import START, World, event_text, route

BUSY = NotApplied("ledger_unavailable", Retry.LATER, status=503)
REFUSED = NotApplied("entry_refused", Retry.NEVER, "entry.note: too long", status=422)
SEARCHED = TargetClass.LOOK_UP


def test_an_approval_is_posted_once_and_recorded_as_delivered() -> None:
    world = World()
    assert world.offer(event_text("10.00")) == "delivered"
    record = world.record()
    assert record.status is Status.DELIVERED
    assert record.effect is not None
    assert record.effect.ledger_id == "entry-1"
    assert world.ledger.amounts() == ["10.00"]


def test_the_same_approval_under_a_new_event_id_makes_no_call() -> None:
    world = World()
    world.offer(event_text())
    assert world.offer(event_text(event_id="event-2")) == "duplicate"
    assert world.ledger.posts == 1


def test_floating_point_noise_of_the_source_is_no_other_content() -> None:
    world = World()
    world.offer(event_text("508.20"))
    assert world.offer(event_text("508.20000000000005")) == "duplicate"


def test_a_later_version_updates_the_entry() -> None:
    world = World()
    world.offer(event_text("10.00", revision=1))
    assert world.offer(event_text("12.00", revision=2)) == "delivered"
    assert world.ledger.amounts() == ["12.00"]


def test_a_parked_collision_shows_the_latest_version_of_what_collides() -> None:
    world = World()
    world.offer(event_text("10.00", revision=1))
    for revision, amount in ((1, "3.00"), (3, "5.00"), (2, "4.00")):
        world.offer(event_text(amount, revision=revision, detail_type="SalePaymentApproved"))
    record = world.record(collision="SalePayment")
    assert record.version.source.revision == 3
    assert record.code == "reference_collision"


def test_a_searched_ledger_that_updates_is_written_onto_what_was_found() -> None:
    world = World(SEARCHED)
    world.ledger.updates = True
    world.offer(event_text("10.00", revision=1))
    world.clock.pass_(seconds=31)
    assert world.offer(event_text("12.00", revision=2)) == "delivered"
    assert world.ledger.amounts() == ["12.00"]
    record = world.record()
    assert record.effect is not None
    assert record.effect.ledger_id == "entry-1"


def test_a_post_tells_how_long_its_credentials_still_work() -> None:
    world = World()
    connection = replace(world.configuration.connections[ConnectionId("main")], credentials_expire_on=date(2026, 3, 11))
    world.routes.apply(replace(world.configuration, connections={connection.id: connection}))
    world.offer(event_text("10.00"))
    assert [line.credentials_days for line in world.journal.lines] == [(date(2026, 3, 11) - START.date()).days]


def test_what_a_search_shows_is_not_written_onto_while_an_earlier_post_may_not_show() -> None:
    world = World(SEARCHED)
    world.ledger.updates = True
    world.offer(event_text("10.00", revision=1))
    posts = world.ledger.posts
    world.offer(event_text("12.00", revision=2))
    assert world.ledger.posts == posts, "the update waits for the read lag"


def test_an_older_version_never_overwrites_a_newer_one() -> None:
    world = World()
    world.offer(event_text("12.00", revision=2))
    assert world.offer(event_text("10.00", revision=1)) == "superseded"
    assert world.ledger.amounts() == ["12.00"]


def test_a_later_version_with_the_same_body_makes_no_call_and_still_guards_the_order() -> None:
    world = World()
    world.offer(event_text("10.00", revision=1))
    assert world.offer(event_text("10.00", revision=3)) == "unchanged"
    assert world.offer(event_text("11.00", revision=2)) == "superseded"
    assert world.ledger.posts == 1


def test_the_same_version_with_other_content_is_parked_as_a_conflict() -> None:
    world = World()
    world.offer(event_text("10.00", revision=1))
    assert world.offer(event_text("99.00", revision=1)) == "parked"
    assert world.record().code == "version_conflict"
    assert world.ledger.amounts() == ["10.00"]


def test_a_changed_route_maps_a_replayed_approval_anew() -> None:
    world = World()
    world.offer(event_text())
    world.configure(route(revision=2, entry_type=EntryType.DEBIT))
    assert world.offer(event_text()) == "delivered"
    assert world.ledger.held[0].type is EntryType.DEBIT


def test_a_lost_reply_is_unconfirmed_and_settled_by_repeating_the_upsert() -> None:
    world = World()
    world.ledger.faults = ["cut"]
    assert world.offer(event_text()) == "unconfirmed"
    assert world.record().status is Status.UNCONFIRMED
    assert world.run_queue() == ["delivered"]
    assert world.ledger.amounts() == ["10.00"]


def test_a_lost_reply_of_a_create_only_ledger_is_settled_by_look_up_without_a_second_entry() -> None:
    world = World(SEARCHED)
    world.ledger.faults = ["cut"]
    world.offer(event_text())
    assert world.run_queue() == ["delivered"]
    assert world.ledger.posts == 1
    assert world.ledger.amounts() == ["10.00"]


def test_not_found_is_no_proof_while_the_ledger_may_still_show_it() -> None:
    world = World(SEARCHED)
    world.ledger.hidden_for_s = 25
    world.ledger.faults = ["cut"]
    world.offer(event_text("10.00", revision=1))
    assert world.offer(event_text("12.00", revision=2)) == "not_due", "the later version has to wait as well"
    assert world.ledger.posts == 1
    world.run_queue()
    assert world.ledger.amounts() == ["10.00"]
    assert world.record().code == "update_unsupported", (
        "a create-only ledger cannot take the later version: a person can"
    )


def test_an_entry_that_a_create_only_ledger_already_holds_is_adopted() -> None:
    world = World(SEARCHED)
    world.offer(event_text())
    fresh = World(SEARCHED)
    fresh.ledger.held = world.ledger.held
    fresh.ledger._seen_at = world.ledger._seen_at
    assert fresh.offer(event_text()) == "delivered"
    assert fresh.ledger.posts == 0


def test_an_unknown_outcome_on_a_ledger_of_no_class_stops_and_asks() -> None:
    world = World(TargetClass.NONE)
    world.ledger.faults = [Unknown("reply_lost")]
    assert world.offer(event_text()) == "parked"
    assert world.record().code == "outcome_unknown"
    world.clock.pass_(seconds=31)
    assert world.offer(event_text("12.00", revision=2)) == "parked", "a later version may not be posted blindly either"
    assert world.ledger.posts == 1


def test_a_busy_ledger_is_tried_again_and_the_attempts_are_kept() -> None:
    world = World()
    world.ledger.faults = [BUSY, BUSY]
    assert world.offer(event_text()) == "retrying"
    assert world.run_queue() == ["retrying", "delivered"]
    assert [attempt.outcome for attempt in world.record().history] == ["not_applied", "not_applied", "applied"]


def test_what_the_ledger_asks_to_wait_is_waited() -> None:
    world = World()
    world.ledger.faults = [NotApplied("rate_limited", Retry.LATER, retry_after_s=120, status=429)]
    world.offer(event_text())
    assert world.queue.messages[0].delay_s >= 120


def test_after_the_whole_schedule_the_entry_is_parked_for_a_person() -> None:
    world = World(policy=RetryPolicy(delays_s=(1, 1)))
    world.ledger.faults = [BUSY] * 3
    world.offer(event_text())
    assert world.run_queue() == ["retrying", "parked"]
    assert world.record().code == "retries_exhausted"


def test_a_refused_entry_is_parked_with_the_ledgers_own_word() -> None:
    world = World()
    world.ledger.faults = [REFUSED]
    assert world.offer(event_text()) == "parked"
    assert world.record().detail == "entry.note: too long"


def test_a_mended_route_takes_a_parked_entry_up_again_when_it_is_replayed() -> None:
    world = World()
    world.ledger.faults = [REFUSED]
    world.offer(event_text())
    world.configure(route(revision=2, note_template=None))
    assert world.offer(event_text()) == "delivered"


def test_another_currency_than_the_accounts_is_parked_before_any_post() -> None:
    world = World()
    world.ledger.currency = "EUR"
    assert world.offer(event_text()) == "parked"
    assert world.record().code == "currency_mismatch"
    assert world.ledger.posts == 0


def test_zero_is_skipped_and_a_reversal_flips_the_side() -> None:
    world = World()
    assert world.offer(event_text("0.001", reference="zero")) == "skipped"
    assert world.record("zero").code == "zero_amount"
    assert world.offer(event_text("-5", reference="cancelled")) == "delivered"
    assert world.ledger.held[0].type is EntryType.DEBIT
    assert world.ledger.amounts("cancelled") == ["5.00"]


def test_an_amendment_to_zero_of_a_posted_entry_is_parked_not_forgotten() -> None:
    world = World()
    world.offer(event_text("10.00", revision=1))
    assert world.offer(event_text("0", revision=2)) == "parked"
    assert world.record().code == "amended_to_zero"


def test_no_reference_sets_the_approval_aside_without_a_post() -> None:
    world = World()
    assert world.offer(event_text(reference="  ")) == "skipped"
    assert [rejection.code for rejection in world.rejections.rejections()] == ["no_reference"]
    assert world.ledger.posts == 0


def test_a_payment_never_overwrites_the_document_of_the_same_reference() -> None:
    world = World()
    world.offer(event_text("10.00"))
    assert world.offer(event_text("10.00", detail_type="SalePaymentApproved", event_id="p")) == "parked"
    assert world.record(collision="SalePayment").code == "reference_collision"
    assert world.record().status is Status.DELIVERED


def test_a_route_switched_off_while_its_message_was_under_way_skips_it() -> None:
    world = World()
    world.configure(route(enabled=False))
    assert world.offer(event_text()) == "skipped"
    assert world.record().code == "route_disabled"


def test_a_claim_whose_worker_died_is_taken_over_after_its_lease() -> None:
    world = World()
    _claim_by_a_worker_that_dies(world, event_text())
    assert world.offer(event_text()) == "busy", "while the lease runs the work is another worker's"
    results = world.run_queue()
    assert set(results[:-1]) == {"busy"}, "and the message stays: it may be the only one to come again"
    assert results[-1] == "delivered"
    assert world.ledger.amounts() == ["10.00"]


def test_a_create_only_ledger_is_searched_before_a_dead_workers_claim_is_posted() -> None:
    world = World(SEARCHED)
    _claim_by_a_worker_that_dies(world, event_text())
    world.ledger.post(world.key().account, _entry(world, event_text()), "posted just before it died")
    world.clock.pass_(seconds=91)
    assert world.offer(event_text()) == "delivered"
    assert world.ledger.amounts() == ["10.00"]


def test_a_later_version_waits_for_the_claim_in_flight_and_is_not_absorbed() -> None:
    world = World()
    _claim_by_a_worker_that_dies(world, event_text("10.00", revision=1))
    assert world.offer(event_text("12.00", revision=2)) == "busy"
    assert world.run_queue()[-1] == "delivered"
    assert world.ledger.amounts() == ["12.00"]


def test_a_message_that_waits_for_a_claim_looks_again_soon_and_then_ever_more_rarely() -> None:
    world = World()
    _claim_by_a_worker_that_dies(world, event_text(revision=1))
    assert world.offer(event_text("12.00", revision=2)) == "busy"
    delays: list[int] = []
    while len(delays) < 5:
        (message,) = world.queue.messages
        world.queue.messages.clear()
        delays.append(message.delay_s)
        world.clock.pass_(seconds=message.delay_s)
        assert world.handle(message.body) == "busy"
    assert delays == [1, 1, 2, 4, 5], "a claim mostly lasts as long as one post"


def test_a_worker_that_lost_its_claim_cannot_record_and_its_late_post_is_put_right() -> None:
    world = World()

    def freeze_while_a_newer_version_is_delivered(entry: LedgerEntry) -> None:
        world.ledger.before_post = lambda _: None
        world.clock.pass_(seconds=100)
        assert world.offer(event_text("12.00", revision=2)) == "delivered"

    world.ledger.before_post = freeze_while_a_newer_version_is_delivered
    assert world.offer(event_text("10.00", revision=1)) == "overtaken"
    assert world.ledger.amounts() == ["10.00"], "the late post landed on top"
    assert world.run_queue() == ["delivered"]
    assert world.ledger.amounts() == ["12.00"], "and the newer content was asserted again"
    assert world.record().version.source.revision == 2


def test_a_wake_up_call_that_comes_early_waits_and_one_that_comes_twice_does_nothing() -> None:
    world = World()
    world.ledger.faults = [NotApplied("rate_limited", Retry.LATER, retry_after_s=60)]
    world.offer(event_text())
    call = world.queue.messages.pop().body
    assert world.handle(call) == "not_due"
    assert [message.body for message in world.queue.messages] == [call], "it comes again when the work is due"
    world.clock.pass_(seconds=60)
    assert world.handle(call) == "delivered"
    assert world.handle(call) == "duplicate"
    assert world.ledger.posts == 2, "the one that was limited, and the one that was applied"


@pytest.mark.parametrize("versions", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (1, 3, 2), (3, 3, 1), (2, 1, 2)])
def test_whatever_the_order_of_arrival_the_latest_version_is_in_the_ledger(versions: tuple[int, ...]) -> None:
    world = World()
    for number in versions:
        world.offer(event_text(f"{number}0.00", revision=number))
    assert world.ledger.amounts() == [f"{max(versions)}0.00"]


def test_open_work_of_a_removed_route_is_skipped_and_not_called_for_ever() -> None:
    world = World()
    world.ledger.faults = [BUSY]
    world.offer(event_text())
    world.configure(route(route_id="another"))
    assert world.run_queue() == ["skipped"]
    assert (world.record().status, world.record().code) == (Status.SKIPPED, "route_disabled")


def test_a_post_in_doubt_of_a_removed_route_asks_a_person() -> None:
    world = World()
    world.ledger.faults = ["cut"]
    world.offer(event_text())
    world.configure(route(route_id="another"))
    assert world.run_queue() == ["parked"]
    assert world.record().code == "outcome_unknown"


def test_open_work_whose_rule_finds_no_reference_any_more_is_parked() -> None:
    world = World()
    world.ledger.faults = [BUSY]
    world.offer(event_text())
    world.configure(route(reference_source="Nowhere"))
    assert world.run_queue() == ["parked"]
    assert world.record().code == "no_reference"


def test_two_routes_to_two_streams_do_not_touch_each_other() -> None:
    purchasing = route(StreamType.PURCHASING, route_id="purchasing", entry_type=EntryType.DEBIT)
    world = World(TargetClass.UPSERT, route(), purchasing)
    assert world.offer(event_text(reference="s")) == "delivered"
    bill = event_text(reference="p", detail_type="PurchaseDocumentApproved")
    assert world.offer(bill, "purchasing") == "delivered"
    assert {fact.reference: fact.type for fact in world.ledger.held} == {"s": EntryType.CREDIT, "p": EntryType.DEBIT}


def _claim_by_a_worker_that_dies(world: World, text: str) -> None:
    event = read_accepted_event(text)
    taker = world.configuration.routes_for(event)[0]
    entry = _entry(world, text)
    work = work_of(event, taker, entry.reference, entry)

    assert world.records.create(first_record(work, world.clock.now(), world.ports.lease).record) is None


def _entry(world: World, text: str) -> LedgerEntry:
    event = read_accepted_event(text)
    taker = world.configuration.routes_for(event)[0]
    entry = map_entry(event, taker, taker.rules[event.kind])
    assert isinstance(entry, LedgerEntry)
    return entry
