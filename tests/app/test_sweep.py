"""The source's own list finds whatever never arrived, and nothing that did."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.operate import skip
from ledgerpost.app.sweep import Sweep, SweepPorts, queue_lost, sweep
from ledgerpost.domain.completeness import GapReason
from ledgerpost.domain.event import StreamType
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.wire.message import read_accepted_event
from tests.app.world import World, event_text, route


def _ports(world: World) -> SweepPorts:
    return SweepPorts(
        read_event=read_accepted_event,
        find_record=world.records.get,
        rejections=world.rejections,
        approvals=world.intake_queue,
        notices=world.notices,
        formulas=world.ports.formulas,
    )


def _sweep(world: World, *texts: str, grace: timedelta = timedelta(0)) -> Sweep:
    events = [read_accepted_event(text) for text in texts]
    return sweep(events, world.configuration, _ports(world), now=world.clock.now(), grace=grace)


def test_an_approval_without_a_record_is_found_and_sent_through_intake() -> None:
    world = World()
    world.offer(event_text(reference="here"))
    found = _sweep(world, event_text(reference="here", event_id="x"), event_text(reference="lost"))
    assert [(gap.reference, gap.route, gap.reason) for gap in found.gaps] == [("lost", "sales", GapReason.NO_RECORD)]
    assert queue_lost(found, _ports(world), by="ann") == 1
    assert [message.body for message in world.intake_queue.messages] == [event_text(reference="lost")]
    assert world.notices.told == ["sweep.queued"]


def test_a_later_version_that_never_arrived_is_found_and_an_older_one_is_not_missed() -> None:
    world = World()
    world.offer(event_text(revision=2))
    found = _sweep(world, *(event_text(revision=revision, event_id=f"e{revision}") for revision in (1, 2, 3)))
    assert [(str(gap.event.version), gap.reason) for gap in found.gaps] == [("r3", GapReason.OLDER_VERSION)]


def test_what_was_skipped_parked_or_is_still_tried_has_arrived() -> None:
    world = World()
    world.ledger.faults = [
        NotApplied("tag_missing", Retry.NEVER, status=422),
        NotApplied("tag_missing", Retry.NEVER, status=422),
        NotApplied("ledger_unavailable", Retry.LATER, status=503),
    ]
    texts = [event_text(reference=name, event_id=name) for name in ("parked", "by hand", "waiting")]
    texts.append(event_text("0.00", reference="zero", event_id="zero"))
    for text in texts:
        world.offer(text)
    skip(world.key("by hand"), "entered by hand", world.operate, by="ann")
    found = _sweep(world, *texts)
    assert (found.checked, found.gaps) == (4, ())


def test_an_approval_without_a_reference_has_arrived_once_it_was_set_aside() -> None:
    world = World()
    nameless = event_text(reference="")
    assert [gap.reason for gap in _sweep(world, nameless).gaps] == [GapReason.NO_REJECTION]
    world.offer(event_text(reference="", event_id="another id"))
    assert _sweep(world, nameless).gaps == ()
    assert len(_sweep(world, event_text("11.00", reference="")).gaps) == 1, "another approval without a reference"


def test_the_second_owner_of_a_reference_has_arrived_as_a_parked_collision() -> None:
    world = World()
    world.offer(event_text())
    payment = event_text(detail_type="SalePaymentApproved", event_id="payment")
    assert [gap.reason for gap in _sweep(world, payment).gaps] == [GapReason.NO_RECORD]
    assert world.offer(payment) == "parked"
    assert _sweep(world, payment).gaps == ()


def test_an_edited_route_makes_no_approval_missing() -> None:
    world = World()
    world.offer(event_text())
    world.configure(route(revision=2))
    assert _sweep(world, event_text()).gaps == ()


def test_approvals_that_no_route_takes_are_counted_by_the_reason() -> None:
    world = World()
    found = _sweep(world, event_text(detail_type="SupplierPaymentApproved"))
    assert (found.checked, found.gaps, found.not_taken) == (0, (), {"no_matching_route": 1})
    world.configure(route(), route(StreamType.PURCHASING, route_id="bills", enabled=False))
    assert _sweep(world, event_text(detail_type="SupplierPaymentApproved")).not_taken == {"route_disabled": 1}


def test_an_approval_of_a_moment_ago_is_not_missed_yet() -> None:
    world = World()
    fresh = event_text(approved_at=(world.clock.now() - timedelta(minutes=5)).isoformat())
    found = _sweep(world, fresh, grace=timedelta(minutes=15))
    assert (found.recent, found.gaps) == (1, ())
    assert len(_sweep(world, fresh, grace=timedelta(minutes=5)).gaps) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3), st.booleans()), max_size=20))
@settings(max_examples=60, deadline=None)
def test_after_a_sweep_the_latest_version_of_every_listed_approval_is_in_the_ledger(
    approvals: list[tuple[int, int, bool]],
) -> None:
    """Each approval is published or lost on the way; the list has them all."""
    world = World()
    texts = [
        event_text(f"1{reference}{revision}.00", reference=f"r{reference}", revision=revision, event_id=f"e{number}")
        for number, (reference, revision, _) in enumerate(approvals)
    ]
    for text, (_, _, is_published) in zip(texts, approvals, strict=True):
        if is_published:
            world.offer(text)
    queue_lost(_sweep(world, *texts), _ports(world), by="sweep")
    for message in world.intake_queue.messages:
        world.offer(message.body)
    assert _sweep(world, *texts).gaps == ()
    for reference in {reference for reference, _, _ in approvals}:
        latest = max(revision for each, revision, _ in approvals if each == reference)
        assert world.ledger.amounts(f"r{reference}") == [f"1{reference}{latest}.00"]
