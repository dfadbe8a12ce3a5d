"""Ports DeliveryStore and DeliveryList: one suite, three implementations."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any, Protocol

import pytest

from ledgerpost.adapters.dynamodb import DynamoDeliveryStore
from ledgerpost.adapters.memory import MemoryDeliveryStore
from ledgerpost.domain.delivery import Attempt, Effect, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.version import SourceVersion, Version
from ledgerpost.errors import StoreError
from ledgerpost.ports import Backlog, DeliveryBacklog, DeliveryList, DeliveryStore
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, SAFE_WITH_THREADS, a_name
from tests.contract.records import NOON, a_claim, a_key, retrying

ACME = TenantId("acme")
WORKERS = 16


class Store(DeliveryStore, DeliveryList, DeliveryBacklog, Protocol):
    """The ports of the delivery records."""


@pytest.fixture
def store(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> Store:
    if request.param == "memory":
        return MemoryDeliveryStore()
    client = aws_clients(request.param)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    return DynamoDeliveryStore(client, table)


on_every_store = pytest.mark.parametrize("store", ALL, indirect=True)
on_stores_safe_with_threads = pytest.mark.parametrize("store", SAFE_WITH_THREADS, indirect=True)


@on_every_store
def test_a_created_record_is_read_back_exactly(store: Store) -> None:
    claim = a_claim()
    assert store.create(claim) is None
    assert store.get(claim.key) == claim


@on_every_store
def test_there_is_no_record_under_a_key_that_was_never_written(store: Store) -> None:
    assert store.get(a_key()) is None


@on_every_store
def test_every_field_of_a_record_survives(store: Store) -> None:
    later = Version(SourceVersion(NOON + timedelta(microseconds=1), None), 7)
    effect = Effect("led_1", a_claim().version, a_claim().fingerprint, NOON + timedelta(seconds=2))
    history = (Attempt(NOON, "unknown", "reply_lost"), Attempt(NOON, "not_applied", "rate_limited", 429))
    record = replace(
        retrying(a_claim(), NOON + timedelta(minutes=5)),
        version=later,
        unsettled=True,
        detail="Zu viele Anfragen – später",
        history=history,
        effect=effect,
        amount=Decimal("-0.10"),
        source='{"Notes":"naïve ☕ \\ud83d"}',
    )
    store.create(record)
    assert store.get(record.key) == record


@on_every_store
def test_the_amount_keeps_its_digits(store: Store) -> None:
    record = replace(a_claim(), amount=Decimal("1E+2"))
    store.create(record)
    stored = store.get(record.key)
    assert stored is not None
    assert str(stored.amount) == "1E+2"


@on_every_store
def test_a_second_create_writes_nothing_and_gives_the_first_record(store: Store) -> None:
    first, second = a_claim(), replace(a_claim(), source="{}")
    store.create(first)
    assert store.create(second) == first
    assert store.get(first.key) == first


@on_every_store
def test_keys_whose_parts_run_together_the_same_way_are_two_records(store: Store) -> None:
    one = replace(a_claim(), key=a_key("c", connection="a#b"))
    other = replace(a_claim(), key=a_key("b#c", connection="a"), source="{}")
    assert store.create(one) is None
    assert store.create(other) is None
    assert store.get(one.key) == one
    assert store.get(other.key) == other


@on_every_store
def test_a_replacement_of_the_expected_state_is_written(store: Store) -> None:
    claim = a_claim()
    store.create(claim)
    delivered = claim.moved(Status.DELIVERED, NOON)
    assert store.replace(delivered, claim.expected) is None
    assert store.get(claim.key) == delivered


@on_every_store
@pytest.mark.parametrize(
    "difference",
    [
        {"status": Status.RETRYING},
        {"version": Version(SourceVersion(NOON, 2), 1)},
        {"version": Version(SourceVersion(NOON, None), 1)},
        {"version": Version(SourceVersion(NOON, 1), 2)},
        {"fence": 2},
    ],
    ids=["status", "revision", "no revision", "route revision", "fence"],
)
def test_a_replacement_of_another_state_writes_nothing_and_gives_the_stored_record(
    store: Store, difference: dict[str, Any]
) -> None:
    claim = a_claim()
    store.create(claim)
    delivered = claim.moved(Status.DELIVERED, NOON)
    assert store.replace(delivered, claim.expected._replace(**difference)) == claim
    assert store.get(claim.key) == claim


@on_every_store
def test_a_worker_whose_claim_was_taken_over_cannot_write(store: Store) -> None:
    first = a_claim()
    store.create(first)
    taken_over = first.moved(Status.IN_FLIGHT, NOON, lease_until=NOON + timedelta(minutes=5))
    store.replace(taken_over, first.expected)
    assert store.replace(first.moved(Status.DELIVERED, NOON), first.expected) == taken_over


@on_every_store
def test_a_record_that_is_not_there_cannot_be_replaced(store: Store) -> None:
    claim = a_claim()
    with pytest.raises(StoreError):
        store.replace(claim.moved(Status.DELIVERED, NOON), claim.expected)
    assert store.get(claim.key) is None


@on_every_store
def test_due_gives_open_work_the_longest_due_first(store: Store) -> None:
    for reference, minutes in [("c", 3), ("a", 1), ("late", 60), ("b", 2)]:
        store.create(retrying(a_claim(reference), NOON + timedelta(minutes=minutes)))
    due = store.due(NOON + timedelta(minutes=3), 10)
    assert [key.reference for key in due] == ["a", "b", "c"]


@on_every_store
def test_due_orders_instants_with_and_without_a_fraction_of_a_second(store: Store) -> None:
    store.create(retrying(a_claim("whole"), NOON + timedelta(seconds=1)))
    store.create(retrying(a_claim("fraction"), NOON + timedelta(seconds=1, microseconds=5)))
    store.create(retrying(a_claim("before"), NOON + timedelta(microseconds=999_999)))
    due = store.due(NOON + timedelta(seconds=2), 10)
    assert [key.reference for key in due] == ["before", "whole", "fraction"]


@on_every_store
def test_due_gives_no_more_than_its_limit(store: Store) -> None:
    for number in range(12):
        store.create(retrying(a_claim(f"r{number:02}"), NOON + timedelta(seconds=number)))
    due = store.due(NOON + timedelta(hours=1), 5)
    assert [key.reference for key in due] == ["r00", "r01", "r02", "r03", "r04"]


@on_every_store
def test_due_leaves_out_what_is_settled_claimed_or_parked(store: Store) -> None:
    store.create(a_claim("claimed"))
    for reference, status in [("delivered", Status.DELIVERED), ("parked", Status.PARKED), ("skipped", Status.SKIPPED)]:
        store.create(a_claim(reference).moved(status, NOON))
    waiting = retrying(a_claim("taken up"), NOON)
    store.create(waiting)
    store.replace(waiting.moved(Status.IN_FLIGHT, NOON), waiting.expected)
    assert list(store.due(NOON + timedelta(days=1), 10)) == []


@on_every_store
def test_due_finds_unconfirmed_and_pending_work_too(store: Store) -> None:
    store.create(a_claim("unknown").moved(Status.UNCONFIRMED, NOON, due_at=NOON))
    store.create(a_claim("redriven").moved(Status.PARKED, NOON).moved(Status.PENDING, NOON, due_at=NOON))
    assert {key.reference for key in store.due(NOON, 10)} == {"unknown", "redriven"}


@on_every_store
def test_the_backlog_counts_what_is_open_or_parked_and_names_the_longest_waits(store: Store) -> None:
    for reference, minute in [("a", 4), ("b", 2), ("c", 9)]:
        first = Attempt(NOON + timedelta(minutes=minute), "unknown", "reply_lost")
        # Tried again at five to one; the record has waited since its first attempt.
        history = (first, Attempt(NOON + timedelta(minutes=55), "unknown", "reply_lost"))
        store.create(
            a_claim(reference).moved(
                Status.UNCONFIRMED,
                NOON + timedelta(minutes=55),
                due_at=NOON + timedelta(hours=2),
                attempts=2,
                history=history,
            )
        )
    store.create(retrying(a_claim("refused", at=NOON + timedelta(minutes=7)), NOON + timedelta(hours=1)))
    store.create(a_claim("redriven").moved(Status.PARKED, NOON).moved(Status.PENDING, NOON + timedelta(minutes=8)))
    for reference in ("p", "q"):
        store.create(a_claim(reference).moved(Status.PARKED, NOON))
    for reference, status in [("d", Status.DELIVERED), ("s", Status.SKIPPED)]:
        store.create(a_claim(reference).moved(status, NOON))
    assert store.backlog(100) == Backlog(
        retrying=2,
        unconfirmed=3,
        parked=2,
        retrying_since=NOON + timedelta(minutes=7),
        unconfirmed_since=NOON + timedelta(minutes=2),
    )


@on_every_store
def test_what_was_settled_is_in_the_backlog_no_more(store: Store) -> None:
    waiting = retrying(a_claim("a"), NOON)
    parked = a_claim("b").moved(Status.PARKED, NOON)
    for record, status in [(waiting, Status.DELIVERED), (parked, Status.SKIPPED)]:
        store.create(record)
        store.replace(record.moved(status, NOON), record.expected)
    assert store.backlog(100) == Backlog()


@on_every_store
def test_the_backlog_stops_counting_near_its_limit(store: Store) -> None:
    for number in range(60):
        store.create(a_claim(f"r{number}").moved(Status.PARKED, NOON))
    assert 1 <= store.backlog(16).parked <= 16
    assert store.backlog(1000).parked == 60


@on_every_store
def test_records_are_those_of_the_tenant_alone(store: Store) -> None:
    # "acme" begins the name of the other tenant, and "rejected" that of what else lies in the table.
    mine, others = a_claim("1", "acme"), [a_claim("1", "acme2"), a_claim("1", "acme#main"), a_claim("1", "rejected")]
    for record in [mine, *others]:
        store.create(record)
    assert list(store.records(ACME)) == [mine]
    assert list(store.records(TenantId("acme#main"))) == [others[1]]


@on_every_store
@pytest.mark.parametrize("status", list(Status))
def test_records_of_one_status_are_all_of_it_and_nothing_else(store: Store, status: Status) -> None:
    of_status: list[str] = []
    for tenant in ("acme", "globex"):
        for number, other in enumerate(Status):
            record = replace(a_claim(f"r{number}", tenant), status=other, due_at=NOON)
            store.create(record)
            of_status += [record.key.reference] if other is status and tenant == "acme" else []
    assert [record.key.reference for record in store.records(ACME, status)] == of_status


@on_every_store
def test_records_are_read_beyond_one_page(store: Store) -> None:
    # A page of a scan ends at 1 MB; random text cannot be packed away.
    for number in range(12):
        store.create(replace(a_claim(f"r{number}"), source=_noise(number, 120_000)))
    assert len(list(store.records(ACME))) == 12


def _noise(seed: int, length: int) -> str:
    import random

    return random.Random(seed).randbytes(length).hex()


@on_stores_safe_with_threads
def test_of_sixteen_workers_that_claim_one_reference_one_wins(store: Store) -> None:
    for round_ in range(10):
        claims = [replace(a_claim(f"r{round_}"), source=str(worker)) for worker in range(WORKERS)]
        answers = _all_at_once(store.create, claims)
        winners = [claim for claim, answer in zip(claims, answers, strict=True) if answer is None]
        assert len(winners) == 1
        assert all(answer == winners[0] for answer in answers if answer is not None)
        assert store.get(winners[0].key) == winners[0]


@on_stores_safe_with_threads
def test_two_hundred_transitions_by_racing_workers_are_two_hundred_fences(store: Store) -> None:
    claim = a_claim()
    store.create(claim)

    def move_on(times: int) -> int:
        """Take the claim over `times` times, asking again with whatever record won."""
        record, written = claim, 0
        while written < times:
            moved = record.moved(Status.IN_FLIGHT, NOON)
            winner = store.replace(moved, record.expected)
            record, written = (moved, written + 1) if winner is None else (winner, written)
        return written

    assert sum(_all_at_once(move_on, [25] * 8)) == 200
    last = store.get(claim.key)
    assert last is not None
    assert last.fence == claim.fence + 200


@on_stores_safe_with_threads
def test_of_sixteen_workers_that_take_over_a_stranded_claim_one_wins(store: Store) -> None:
    for round_ in range(10):
        stranded = a_claim(f"r{round_}")
        store.create(stranded)
        takeovers = [
            replace(stranded.moved(Status.IN_FLIGHT, NOON), detail=f"worker {worker}") for worker in range(WORKERS)
        ]
        answers = _all_at_once(lambda record, expected=stranded.expected: store.replace(record, expected), takeovers)
        assert answers.count(None) == 1
        winner = takeovers[answers.index(None)]
        assert all(answer == winner for answer in answers if answer is not None)


def _all_at_once(work: Callable[[Any], Any], arguments: list[Any]) -> list[Any]:
    """Run `work` on every argument at the same moment, each in a thread of its own."""
    barrier = Barrier(len(arguments))

    def start(argument: Any) -> Any:
        barrier.wait()
        return work(argument)

    with ThreadPoolExecutor(len(arguments)) as executor:
        return list(executor.map(start, arguments))
