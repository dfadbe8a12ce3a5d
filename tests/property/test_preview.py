"""What a preview says is what posting does: each outcome, and each side's sums, against a ledger that is posted to."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.preview import Effect, Preview, PreviewPorts, preview
from ledgerpost.domain.claim import Result
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.outcome import NotApplied, Retry, TargetClass
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import ConnectionId, EntryType, Route
from ledgerpost.wire.message import message_for, read_accepted_event
from tests.app.world import TENANT, World, configuration, event_text, route

REFUSED = NotApplied("tag_missing", Retry.NEVER, "Retail", status=422)


def with_enabled(made: Route, *, enabled: bool) -> Route:
    return replace(made, enabled=enabled)


RULES = st.fixed_dictionaries(
    {
        "enabled": st.sampled_from([True, True, True, False]),
        "entry_type": st.sampled_from(EntryType),
        "note_template": st.sampled_from([None, NoteTemplate("#{Id}"), NoteTemplate("{Id} {Total}")]),
        "reference_source": st.sampled_from(["Id", "Id", "ReceiptNumber"]),
    }
)
ROUTES = st.builds(
    lambda enabled, rule: with_enabled(route(**rule), enabled=enabled),
    st.sampled_from([True, True, True, False]),
    RULES,
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["SaleDocumentApproved", "SaleDocumentApproved", "SalePaymentApproved"]),
        st.sampled_from(["10.00", "12.50", "-3.00", "0", '"x"']),
        st.integers(1, 3),
        st.sampled_from(["R-1", "R-2", None]),
    ),
    min_size=1,
    max_size=8,
)
FAULTS = st.lists(st.sampled_from([None, None, REFUSED, "cut"]), max_size=8)


def a_world(target: tuple[TargetClass, bool], before: Route, events: list[Any], faults: list[Any]) -> World:
    """A world in which `events` were approved while the route was `before`."""
    world = World(target[0], before)
    world.ledger.updates = target[1]
    world.ledger.faults = list(faults)
    for number, (reference, detail_type, total, revision, receipt) in enumerate(events):
        text = event_text(
            total,
            reference=reference,
            revision=revision,
            detail_type=detail_type,
            event_id=f"event-{number}",
            ReceiptNumber=receipt,
        )
        world.offer(text)
        world.clock.pass_(minutes=1)
    world.ledger.faults = []
    world.queue.messages.clear()
    world.clock.pass_(hours=2)
    return world


def previewed(world: World, proposed: Route, limit: int = 100) -> Preview:
    ports = PreviewPorts(
        read_event=read_accepted_event,
        records=world.records,
        pauses=world.pauses,
        targets=world.ledger,
        formulas=world.ports.formulas,
        clock=world.clock,
    )
    return preview(configuration(proposed), world.records.records(TENANT), ports, limit=limit)


def replayed(world: World, proposed: Route) -> list[tuple[str, str, str | None, str]]:
    """Apply the route and deliver the events of the records once more; give each event's result, code and reference."""
    events = {read_accepted_event(record.source).event_id: record.source for record in world.records.records(TENANT)}
    world.configure(proposed)
    lines: list[tuple[str, str, str | None, str]] = []
    ordered = sorted(map(read_accepted_event, events.values()), key=lambda each: (each.approved_at, each.event_id))
    for event in ordered:
        for taker in world.configuration.routes_for(event):
            world.handle(message_for(event, taker))
            line = world.journal.lines[-1]
            lines.append((event.event_id, line.result, line.code, line.reference))
    return lines


TARGETS = st.sampled_from(
    [
        (TargetClass.UPSERT, False),
        (TargetClass.LOOK_UP, True),
        (TargetClass.LOOK_UP, False),
        (TargetClass.KEY, False),
        (TargetClass.NONE, False),
    ]
)


@settings(max_examples=150, deadline=None)
@given(target=TARGETS, before=ROUTES, after=ROUTES, events=EVENTS, faults=FAULTS, paused=st.booleans())
def test_what_a_preview_says_is_what_posting_does(
    target: tuple[TargetClass, bool],
    before: Route,
    after: Route,
    events: list[Any],
    faults: list[Any],
    paused: bool,
) -> None:
    world = a_world(target, before, events, faults)
    if paused:
        pause = Pause(connection=ConnectionId("main"), account=None, code="x", by="ann", at=world.clock.now())
        world.pauses.pause(TENANT, pause)
    proposed = replace(after, revision=2)
    records_before = {record.key: record for record in world.records.records(TENANT)}
    held_before, posts_before = list(world.ledger.held), world.ledger.posts
    seen = previewed(world, proposed)
    assert world.ledger.posts == posts_before, "a preview posts nothing"
    assert {record.key: record for record in world.records.records(TENANT)} == records_before, "nor does it write"

    posted: list[LedgerEntry] = []
    world.ledger.before_post = posted.append
    lines = replayed(world, proposed)

    assert [(row.event_id, row.result, row.code, row.reference) for row in seen.rows] == lines
    assert [row.entry for row in seen.rows if row.entry is not None] == posted
    ids_before = {fact.ledger_id for fact in held_before}
    created = [fact for fact in world.ledger.held if fact.ledger_id not in ids_before]
    created_by_preview = {row.reference for row in seen.rows if row.effect is Effect.CREATED}
    # Of what is in doubt nobody knows whether the ledger holds it already.
    in_doubt = {record.key.reference for record in records_before.values() if record.in_doubt}
    assert {fact.reference for fact in created} - in_doubt <= created_by_preview
    effects = {Result.SKIPPED: Effect.SKIPPED, Result.PARKED: Effect.REFUSED, Result.UNCHANGED: Effect.UNCHANGED}
    assert all(row.effect is effects[Result(row.result)] for row in seen.rows if row.result in effects)
    if target[0] in (TargetClass.UPSERT, TargetClass.LOOK_UP):
        assert not created_by_preview & {fact.reference for fact in held_before}, "what is there is not created"
    assert sum(each.credit for each in seen.sums) == _side(posted, EntryType.CREDIT)
    assert sum(each.debit for each in seen.sums) == _side(posted, EntryType.DEBIT)
    assert sum(each.created + each.changed for each in seen.sums) == len(posted)


def _side(entries: list[LedgerEntry], side: EntryType) -> Decimal:
    return sum((entry.money.amount for entry in entries if entry.type is side), Decimal(0))


def test_the_effects_are_told_apart() -> None:
    world = a_world(
        (TargetClass.UPSERT, False),
        route(),
        [("1", "SaleDocumentApproved", "10.00", 1, None), ("2", "SaleDocumentApproved", "0", 1, None)],
        [],
    )
    same = previewed(world, route())
    assert Counter(row.effect for row in same.rows) == {Effect.UNCHANGED: 1, Effect.SKIPPED: 1}
    flipped = previewed(world, route(entry_type=EntryType.DEBIT, revision=2))
    [row] = [row for row in flipped.rows if row.effect is Effect.CHANGED]
    assert (row.result, row.before, row.reference) == (Result.DELIVERED, Decimal("10.00"), "1")
    [total] = flipped.sums
    assert (total.changed, total.credit, total.debit) == (1, Decimal(0), Decimal("10.00"))
    assert (total.before, total.after) == (Decimal("10.00"), Decimal("10.00"))
    moved = previewed(world, route(reference_source="ReceiptNumber", revision=2))
    assert flipped.counts[Effect.CREATED] == 0
    assert moved.counts[Effect.SKIPPED] == 2, "there is no such reference"


def test_what_a_lost_reply_may_have_left_in_the_ledger_is_not_called_created() -> None:
    world = a_world((TargetClass.UPSERT, False), route(), [("1", "SaleDocumentApproved", "10.00", 1, None)], ["cut"])
    seen = previewed(world, route(entry_type=EntryType.DEBIT, revision=2))
    assert [row.effect for row in seen.rows] == [Effect.CHANGED]


def test_a_second_event_of_one_reference_meets_what_the_first_would_have_written() -> None:
    events = [("1", "SaleDocumentApproved", "10.00", 1, "R-1"), ("2", "SaleDocumentApproved", "12.00", 2, "R-1")]
    world = a_world((TargetClass.LOOK_UP, False), route(), events, [])
    seen = previewed(world, route(reference_source="ReceiptNumber", revision=2))
    assert [(row.reference, row.effect, row.code) for row in seen.rows] == [
        ("R-1", Effect.CREATED, None),
        ("R-1", Effect.REFUSED, "update_unsupported"),
    ]


def test_a_ledger_that_does_not_answer_is_a_row_that_waits() -> None:
    world = a_world((TargetClass.UPSERT, False), route(), [("1", "SaleDocumentApproved", "10.00", 1, None)], [])
    world.ledger.ability = lambda _: NotApplied("ledger_unavailable", Retry.LATER)  # type: ignore[method-assign]
    seen = previewed(world, route(entry_type=EntryType.DEBIT, revision=2))
    assert [row.effect for row in seen.rows] == [Effect.WAITS]


def test_of_too_many_events_the_oldest_are_left_out() -> None:
    events = [(str(number), "SaleDocumentApproved", "10.00", 1, None) for number in range(3)]
    seen = previewed(a_world((TargetClass.UPSERT, False), route(), events, []), route(), limit=2)
    assert (len(seen.rows), seen.left_out) == (2, 1)
