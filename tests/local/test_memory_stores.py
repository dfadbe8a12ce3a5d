"""What the in-memory adapters have beside the contract of their ports."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerpost.adapters.memory import MemoryDeliveryStore, MemoryQueue
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError, StoreError
from ledgerpost.ports import OutgoingMessage
from tests.local.records import NOW, record


def test_of_many_threads_that_create_one_record_one_wins() -> None:
    store = MemoryDeliveryStore()
    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            offers = [record(f"R{number}", detail=str(worker)) for worker in range(8)]
            answers = list(pool.map(store.create, offers))
            assert answers.count(None) == 1
            winner = offers[answers.index(None)]
            assert all(answer in (None, winner) for answer in answers)


def test_of_many_threads_that_replace_one_state_one_wins() -> None:
    store = MemoryDeliveryStore([record()])
    with ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            seen = store.get(record().key)
            assert seen is not None
            moves = [seen.moved(Status.IN_FLIGHT, NOW, detail=str(worker)) for worker in range(8)]
            answers = list(pool.map(store.replace, moves, [seen.expected] * len(moves)))
            assert answers.count(None) == 1
    last = store.get(record().key)
    assert last is not None
    assert last.fence == 51


def test_replacing_what_is_not_there_is_a_fault() -> None:
    with pytest.raises(StoreError):
        MemoryDeliveryStore().replace(record(), record().expected)


def test_due_gives_the_longest_due_first_and_no_claim_in_flight() -> None:
    waiting = [
        record(f"R{n}", status=Status.RETRYING, lease_until=None, due_at=NOW + timedelta(seconds=n)) for n in (3, 1, 2)
    ]
    store = MemoryDeliveryStore([*waiting, record("flying"), record("done", status=Status.DELIVERED)])
    assert [key.reference for key in store.due(NOW + timedelta(seconds=2), 10)] == ["R1", "R2"]
    assert [key.reference for key in store.due(NOW + timedelta(seconds=9), 2)] == ["R1", "R2"]


def test_open_records_are_those_that_are_moved_on_without_a_person() -> None:
    store = MemoryDeliveryStore([record(status.value, status=status) for status in Status])
    assert {each.status for each in store.open_records()} == {
        Status.PENDING,
        Status.IN_FLIGHT,
        Status.RETRYING,
        Status.UNCONFIRMED,
    }
    flying = record(Status.IN_FLIGHT.value)
    store.replace(flying.moved(Status.DELIVERED, NOW), flying.expected)
    assert store.open_count() == 3


def test_records_are_the_tenant_s_own() -> None:
    other = replace(record(), key=record().key._replace(tenant=TenantId("other")))
    store = MemoryDeliveryStore([record(), other])
    assert list(store.records(TenantId("other"))) == [other]
    assert list(store.records(TenantId("acme"), Status.PARKED)) == []


def test_a_queue_hands_over_all_messages_and_nothing_for_none() -> None:
    taken: list[list[OutgoingMessage]] = []
    queue = MemoryQueue(lambda messages: taken.append(list(messages)))
    queue.send([])
    queue.send([OutgoingMessage("a"), OutgoingMessage("b")])
    assert taken == [[OutgoingMessage("a"), OutgoingMessage("b")]]


def test_a_secret_is_read_from_its_variable_each_time() -> None:
    environment = {"TOKEN": "one"}
    secrets = EnvironmentSecrets(environment)
    assert secrets.read(SecretReference("env:TOKEN")) == "one"
    environment["TOKEN"] = "two"
    assert secrets.read(SecretReference("env:TOKEN")) == "two"


@pytest.mark.parametrize("reference", ["env:MISSING", "env:BLANK", "env:", "secretsmanager:arn", "canary-literal"])
def test_what_is_no_set_variable_is_refused(reference: str) -> None:
    with pytest.raises(SecretError) as refused:
        EnvironmentSecrets({"BLANK": "", "canary-literal": "canary-value"}).read(SecretReference(reference))
    assert refused.value.code == "secret_unavailable"
    assert "canary-value" not in str(refused.value)
