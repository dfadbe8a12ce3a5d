"""Undoing a route's day: linked reversals, each an ordinary delivery, and only of what the ledger provably holds."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.undo import Undone, UndoPlan, UndoPorts, check_undone, plan_undo, post_reversals
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.outcome import NotApplied, Retry, TargetClass
from ledgerpost.domain.route import EntryType, RouteId
from ledgerpost.errors import UsageError
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.message import message_for, read_accepted_event
from tests.app.world import TENANT, World, event_text, route

DAY = date(2026, 3, 1)
SALES = RouteId("sales")


class Office(World):
    """A world with somebody who undoes days."""

    @property
    def undo_ports(self) -> UndoPorts:
        return UndoPorts(
            read_event=read_accepted_event,
            message_for=message_for,
            records=self.records,
            deliveries=self.queue,
            targets=self.ledger,
        )

    def approve(self, reference: str = "1", total: str = "10.00", **more: Any) -> str:
        return self.offer(event_text(total, reference=reference, event_id=f"event-{reference}", **more))

    def plan(self, day: date = DAY) -> UndoPlan:
        return plan_undo(self.configuration, SALES, day, self.records.records(TENANT), self.undo_ports)

    def undo(self) -> Undone:
        plan = self.plan()
        post_reversals(plan, self.undo_ports)
        self.run_queue()
        return check_undone(plan, self.configuration, self.undo_ports)

    def net(self) -> Decimal:
        return sum(
            (fact.amount if fact.type is EntryType.CREDIT else -fact.amount for fact in self.ledger.held), Decimal(0)
        )


def test_a_plan_posts_nothing() -> None:
    office = Office()
    office.approve()
    plan = office.plan()
    assert [(each.opposite.type, str(each.opposite.money)) for each in plan.reversals] == [(EntryType.DEBIT, "10.00")]
    assert (office.ledger.posts, office.queue.messages) == (1, [])
    [total] = plan.sums
    assert (total.currency, total.reversals, total.credit, total.debit) == ("GBP", 1, Decimal(0), Decimal("10.00"))


def test_a_reversal_is_linked_by_its_reference_and_cancels_its_entry_out() -> None:
    office = Office()
    office.approve()
    undone = office.undo()
    assert (undone.cancelled, undone.ties_out) == (1, True)
    assert office.net() == 0
    [reference] = [fact.reference for fact in office.ledger.held if fact.reference != "1"]
    assert reference.startswith("1:undo:")
    assert office.record(reference).status is Status.DELIVERED
    assert office.record(reference).amount == Decimal("-10.00")


def test_an_undo_twice_is_one_reversal() -> None:
    office = Office()
    office.approve()
    office.undo()
    assert office.plan().reversals[0].is_there
    assert office.undo().ties_out
    assert (office.ledger.posts, office.net()) == (2, Decimal(0))


def test_a_version_that_is_posted_after_the_undo_has_a_reversal_of_its_own() -> None:
    office = Office()
    office.approve()
    first = office.plan().reversals[0].opposite.reference
    office.undo()
    office.approve("1", "12.00", revision=2)
    second = office.plan().reversals[0].opposite.reference
    assert first != second


def test_the_same_content_in_a_later_version_has_a_reversal_of_its_own() -> None:
    office = Office()
    office.approve()
    first = office.plan().reversals[0].opposite.reference
    office.approve("1", "12.00", revision=2)
    office.approve("1", "10.00", revision=3)
    assert office.plan().reversals[0].opposite.reference != first


def test_reversals_are_not_reversed() -> None:
    office = Office()
    office.approve()
    office.undo()
    assert len(office.plan().reversals) == 1


def test_other_days_and_other_routes_are_left_alone() -> None:
    office = Office()
    office.approve("1", Date="2026-03-01")
    office.approve("2", Date="2026-03-02")
    assert [each.original.key.reference for each in office.plan(date(2026, 3, 2)).reversals] == ["2"]
    with pytest.raises(UsageError) as refusal:
        plan_undo(office.configuration, RouteId("stores"), DAY, (), office.undo_ports)
    assert refusal.value.code == "undo_unknown_route"


def test_what_the_route_makes_otherwise_today_is_left_to_a_person() -> None:
    office = Office()
    office.approve()
    office.configure(route(entry_type=EntryType.DEBIT, revision=2))
    plan = office.plan()
    assert [(each.record.key.reference, each.code) for each in plan.left] == [("1", "undo_route_changed")]
    assert plan.reversals == []


def test_what_went_to_another_account_is_left_to_a_person() -> None:
    office = Office()
    office.approve()
    office.configure(replace(route(), account="other"))  # type: ignore[arg-type]
    assert [each.code for each in office.plan().left] == ["undo_other_account"]


def test_a_route_that_is_switched_off_cannot_post_reversals() -> None:
    office = Office()
    office.approve()
    office.configure(replace(route(), enabled=False))
    assert [each.code for each in office.plan().left] == ["undo_route_off"]


def test_a_reference_without_room_for_the_link_is_left_to_a_person() -> None:
    office = Office()
    office.approve("x" * 190)
    assert [each.code for each in office.plan().left] == ["undo_reference_too_long"]


def test_what_is_in_doubt_is_left_and_what_never_reached_the_ledger_needs_no_undo() -> None:
    office = Office()
    office.ledger.faults = ["cut", NotApplied("tag_missing", Retry.NEVER)]
    office.approve("1")
    office.approve("2")
    plan = office.plan()
    assert [(each.record.key.reference, each.code) for each in plan.left] == [("1", "undo_not_settled")]
    assert plan.reversals == []


def test_a_reversal_whose_reply_is_lost_is_posted_once_all_the_same() -> None:
    office = Office(TargetClass.LOOK_UP)
    office.approve()
    office.ledger.faults = ["cut"]
    assert office.undo().ties_out
    assert office.net() == 0
    assert len(office.ledger.held) == 2


def test_what_the_ledger_does_not_show_cancelled_out_is_told() -> None:
    office = Office()
    office.approve("1")
    office.approve("2")
    plan = office.plan()
    post_reversals(plan, office.undo_ports)
    office.run_queue()
    office.ledger.held = [
        replace(fact, amount=fact.amount - 1) if fact.reference.startswith("1:undo") else fact
        for fact in office.ledger.held
        if not fact.reference.startswith("2:undo")
    ]
    undone = check_undone(plan, office.configuration, office.undo_ports)
    assert undone.cancelled == 0
    assert list(undone.open) == [("1", "the two leave 1.00"), ("2", "the reversal is not in the ledger yet")]


def test_a_ledger_that_does_not_answer_ties_nothing_out() -> None:
    office = Office()
    office.approve()
    plan = office.plan()
    office.ledger.find = lambda *_: NotApplied("ledger_unavailable", Retry.LATER)  # type: ignore[method-assign]
    undone = check_undone(plan, office.configuration, office.undo_ports)
    assert (undone.ties_out, list(undone.unread)) == (False, [("1", "ledger_unavailable")])


APPROVALS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "ü#4"]),
        st.decimals("-999.99", "999.99", places=2).map(str),
        st.integers(1, 3),
        st.sampled_from(["SaleDocumentApproved", "SalePaymentApproved"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(approvals=APPROVALS, target=st.sampled_from([TargetClass.UPSERT, TargetClass.KEY]), cents=st.booleans())
def test_after_an_undo_the_day_comes_to_nothing(approvals: list[Any], target: TargetClass, cents: bool) -> None:
    note = NoteTemplate("{Id}: {Total} {Payment} {Rate}")
    office = Office(target, route(note_template=note))
    for reference, total, revision, detail_type in approvals:
        rate = {"Rate": 0.1} if cents else {}
        office.approve(reference, total, revision=revision, detail_type=detail_type, **rate)
    plan = office.plan()
    for reversal in plan.reversals:
        assert read_event(reversal.event.text) == reversal.event, "the event is one that intake would take"
    undone = office.undo()
    assert undone.ties_out
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for fact in office.ledger.held:
        sums[fact.reference.partition(":undo:")[0]] += fact.amount if fact.type is EntryType.CREDIT else -fact.amount
    reversed_ = {each.original.key.reference for each in plan.reversals}
    assert all(not total for reference, total in sums.items() if reference in reversed_)
    left = {each.record.key.reference for each in plan.left}
    delivered = {
        record.key.reference.partition(":undo:")[0] for record in office.records.records(TENANT, Status.DELIVERED)
    }
    assert delivered <= reversed_ | left
