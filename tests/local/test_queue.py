"""The queue, against what SQS documents."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.errors import StoreError
from ledgerpost.local.counts import Counts
from ledgerpost.local.queue import LocalQueue
from ledgerpost.local.wiring import QueueSpec, Redrive


def queue_of(spec: QueueSpec | None = None, counts: Counts | None = None) -> LocalQueue:
    ids = count()
    return LocalQueue(spec or QueueSpec(name="q"), counts or Counts(), lambda: f"m{next(ids)}")


def test_messages_come_in_the_order_they_were_sent() -> None:
    queue = queue_of()
    for body in "abc":
        queue.send(body, 0)
    assert [each.body for each in queue.receive(2, 0)] == ["a", "b"]
    assert [each.body for each in queue.receive(2, 0)] == ["c"]


def test_a_received_message_is_invisible_until_its_time_out_and_then_comes_again() -> None:
    queue = queue_of()
    queue.send("a", 0)
    queue.receive(1, 100)
    assert queue.receive(1, 30_099) == []
    (again,) = queue.receive(1, 30_100)
    assert (again.receive_count, again.first_received_ms) == (2, 100)


def test_a_delayed_message_waits_for_its_own_delay_else_for_the_queue_s() -> None:
    queue = queue_of(QueueSpec(name="q", delay_ms=2_000))
    queue.send("own", 0, delay_ms=5_000)
    queue.send("queue's", 0)
    assert queue.next_visible_at() == 2_000
    assert queue.receive(10, 1_999) == []
    assert [each.body for each in queue.receive(10, 2_000)] == ["queue's"]
    assert [each.body for each in queue.receive(10, 5_000)] == ["own"]


def test_a_stale_receipt_deletes_nothing() -> None:
    counts = Counts()
    queue = queue_of(counts=counts)
    queue.send("a", 0)
    (first,) = queue.receive(1, 0)
    (second,) = queue.receive(1, 30_000)
    assert not queue.delete(first.receipt)
    assert queue.size() == 1
    assert counts.deletes_refused == 1
    assert queue.delete(second.receipt)
    assert queue.size() == 0
    assert queue.receive(1, 100_000) == []


def test_the_latest_receipt_deletes_also_after_its_time_out() -> None:
    queue = queue_of()
    queue.send("a", 0)
    (first,) = queue.receive(1, 0)
    assert queue.has_visible(40_000)
    assert queue.delete(first.receipt)
    assert queue.receive(1, 50_000) == []


def test_changing_the_visibility_brings_a_message_back_sooner_or_later() -> None:
    queue = queue_of()
    queue.send("a", 0)
    (first,) = queue.receive(1, 0)
    assert queue.change_visibility(first.receipt, 90_000, 10_000)
    assert queue.receive(1, 30_000) == []
    (second,) = queue.receive(1, 100_000)
    assert queue.change_visibility(second.receipt, 0, 100_001)
    assert len(queue.receive(1, 100_001)) == 1
    assert not queue.change_visibility(first.receipt, 0, 100_002)


def test_a_message_received_too_often_goes_to_the_dead_letter_queue_with_its_age() -> None:
    counts = Counts()
    dead = queue_of(QueueSpec(name="dead", retention_ms=100_000), counts)
    queue = queue_of(QueueSpec(name="q", redrive=Redrive("dead", 2)), counts)
    queue.dead_letter_queue = dead
    queue.send("poison", 5)
    for at_ms in (10, 40_000):
        assert len(queue.receive(1, at_ms)) == 1
    assert queue.receive(1, 80_000) == []
    assert (queue.size(), dead.size(), counts.dead_lettered, counts.lost) == (0, 1, 1, 0)
    (letter,) = dead.receive(1, 80_000)
    assert (letter.body, letter.sent_ms, letter.receive_count) == ("poison", 5, 1)
    assert dead.receive(1, 200_000) == [], "the retention counts from the first send"
    assert counts.lost_expired == 1


def test_a_message_older_than_the_retention_is_dropped_and_counted_as_lost() -> None:
    counts = Counts()
    queue = queue_of(QueueSpec(name="q", retention_ms=60_000), counts)
    queue.send("a", 0)
    assert queue.receive(1, 60_000) == []
    assert (queue.size(), counts.lost_expired, counts.lost) == (0, 1, 1)


@pytest.mark.parametrize(("body", "delay_ms"), [("é" * 600_000, 0), ("a", 900_001)])
def test_what_sqs_does_not_take_is_refused(body: str, delay_ms: int) -> None:
    queue = queue_of()
    with pytest.raises(StoreError):
        queue.send(body, 0, delay_ms=delay_ms)
    assert queue.size() == 0


def test_a_message_of_just_one_mebibyte_is_taken() -> None:
    queue = queue_of()
    queue.send("a" * 1_048_576, 0)
    assert queue.size() == 1


def test_a_group_with_few_under_way_goes_before_one_with_many() -> None:
    queue = queue_of()
    for number in range(4):
        queue.send(f"past {number}", 0, group="past")
    queue.receive(1, 0)
    queue.send("now", 1, group="now")
    assert [each.body for each in queue.receive(4, 1)] == ["now", "past 1", "past 2", "past 3"]


def test_groups_take_turns_while_they_have_as_many_under_way() -> None:
    queue = queue_of()
    for body in ("a1", "a2", "a3", "b1", "b2"):
        queue.send(body, 0, group=body[0])
    assert [each.body for each in queue.receive(9, 0)] == ["a1", "b1", "a2", "b2", "a3"]


def test_a_group_has_its_turn_back_once_its_messages_are_deleted_or_visible_again() -> None:
    queue = queue_of()
    for body in ("a1", "a2", "b1", "b2", "b3"):
        queue.send(body, 0, group=body[0])
    first, second = queue.receive(2, 0)
    queue.delete(second.receipt)
    assert [each.body for each in queue.receive(1, 0)] == ["b2"]
    assert (first.body, second.body) == ("a1", "b1")
    assert [each.body for each in queue.receive(2, 30_000)] == ["a2", "b3"]


def test_messages_without_a_group_wait_for_no_other() -> None:
    queue = queue_of()
    for number in range(3):
        queue.send(f"grouped {number}", 0, group="g")
    queue.receive(1, 0)
    queue.send("one", 0)
    queue.send("two", 0)
    assert [each.body for each in queue.receive(3, 0)] == ["one", "two", "grouped 1"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 3)),
        st.tuples(st.just("receive"), st.integers(1, 4)),
        st.tuples(st.just("delete"), st.integers(0, 20)),
        st.tuples(st.just("pass"), st.integers(1, 40)),
    ),
    max_size=60,
)


@given(STEPS)
def test_no_message_vanishes_unless_it_was_deleted_by_its_latest_receipt(steps: list[tuple[str, int]]) -> None:
    queue, now_ms = queue_of(), 0
    alive: dict[str, str] = {}
    receipts: list[tuple[str, str]] = []
    for step, number in steps:
        match step:
            case "send":
                alive[queue.send("x", now_ms, delay_ms=number * 1000, group=("", "a", "b")[number % 3])] = ""
            case "receive":
                for each in queue.receive(number, now_ms):
                    alive[each.id] = each.receipt
                    receipts.append((each.id, each.receipt))
            case "delete" if receipts:
                id_, receipt = receipts[number % len(receipts)]
                is_latest = alive.get(id_) == receipt
                assert queue.delete(receipt) is is_latest
                if is_latest:
                    del alive[id_]
            case "pass":
                now_ms += number * 1000
        assert queue.size() == len(alive)
    found = {each.id for each in queue.receive(1000, now_ms + 1_000_000)}
    assert found == set(alive)
