"""Port PauseStore: one suite, three implementations, and what the cache of the DynamoDB one may and may not do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb import DynamoDeliveryStore, DynamoPauseStore
from ledgerpost.adapters.memory import MemoryPauseStore
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import StoreError
from ledgerpost.ports import PauseStore
from tests.adapters.fake_clients import AnswerLost, Failing, client_error
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, a_name
from tests.contract.records import NOON, a_claim

ACME = TenantId("acme")
MAIN = ConnectionId("main")


class HandClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> Any:
        return self.time


def a_pause(account: str | None = None, by: str = "ann", connection: str = "main") -> Pause:
    return Pause(
        connection=ConnectionId(connection),
        account=AccountId(account) if account else None,
        code="token_refused",
        by=by,
        at=NOON,
        reason="Umzug der Bücher",
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any], clock: HandClock) -> PauseStore:
    if request.param == "memory":
        return MemoryPauseStore()
    client, table = aws_clients(request.param)("dynamodb"), a_name("deliveries")
    create_deliveries_table(client, table)
    return DynamoPauseStore(client, table, clock)


on_every_store = pytest.mark.parametrize("store", ALL, indirect=True)


@on_every_store
def test_nothing_is_paused_at_first(store: PauseStore) -> None:
    assert tuple(store.pauses(ACME)) == ()
    assert store.resume(ACME, MAIN, None) is None


@on_every_store
def test_a_pause_is_given_back_exactly(store: PauseStore) -> None:
    assert store.pause(ACME, a_pause())
    assert tuple(store.pauses(ACME)) == (a_pause(),)


@on_every_store
def test_the_first_pause_of_a_connection_stays(store: PauseStore) -> None:
    assert store.pause(ACME, a_pause(by="ann"))
    assert not store.pause(ACME, a_pause(by="bob"))
    assert [each.by for each in store.pauses(ACME)] == ["ann"]


@on_every_store
def test_a_connection_and_its_accounts_are_paused_and_resumed_apart(store: PauseStore) -> None:
    for each in (a_pause(), a_pause("sales"), a_pause("stores"), a_pause(connection="second")):
        assert store.pause(ACME, each)
    assert store.resume(ACME, MAIN, AccountId("sales")) == a_pause("sales")
    assert store.resume(ACME, MAIN, None) == a_pause()
    assert set(store.pauses(ACME, fresh=True)) == {a_pause("stores"), a_pause(connection="second")}
    assert store.resume(ACME, MAIN, None) is None


@on_every_store
def test_each_tenant_has_its_own(store: PauseStore) -> None:
    store.pause(ACME, a_pause())
    assert tuple(store.pauses(TenantId("acme2"))) == ()


@pytest.fixture
def table(moto_session: Any) -> tuple[Any, str]:
    client, name = moto_session.client("dynamodb"), a_name("deliveries")
    create_deliveries_table(client, name)
    return client, name


def test_a_pause_and_its_end_reach_another_container_after_a_minute(table: tuple[Any, str], clock: HandClock) -> None:
    operator, container = (DynamoPauseStore(*table, clock) for _ in range(2))
    assert tuple(container.pauses(ACME)) == ()
    operator.pause(ACME, a_pause())
    assert tuple(container.pauses(ACME)) == ()
    assert tuple(container.pauses(ACME, fresh=True)) == (a_pause(),)
    operator.resume(ACME, MAIN, None)
    assert tuple(container.pauses(ACME)) == (a_pause(),)
    clock.time += timedelta(seconds=60)
    assert tuple(container.pauses(ACME)) == ()


def test_two_containers_that_pause_at_once_both_keep_what_they_paused(table: tuple[Any, str], clock: HandClock) -> None:
    client, name = table

    class Interrupted:
        """Lets a rival write between the read and the write, once."""

        def __init__(self) -> None:
            self.is_due = True

        def get_item(self, **request: Any) -> Any:
            return client.get_item(**request)

        def put_item(self, **request: Any) -> Any:
            if self.is_due:
                self.is_due = False
                DynamoPauseStore(client, name, clock).pause(ACME, a_pause("stores"))
            return client.put_item(**request)

    store = DynamoPauseStore(Interrupted(), name, clock)
    assert store.pause(ACME, a_pause("sales"))
    assert set(store.pauses(ACME)) == {a_pause("stores"), a_pause("sales")}


def test_a_pause_whose_answer_was_lost_is_known_as_our_own(table: tuple[Any, str], clock: HandClock) -> None:
    client, name = table
    store = DynamoPauseStore(AnswerLost(client), name, clock)
    assert store.pause(ACME, a_pause()), "it is to be told once, by whoever made it"
    assert tuple(store.pauses(ACME, fresh=True)) == (a_pause(),)


def test_a_container_reads_the_pauses_once_a_minute_however_many_entries_it_delivers(
    table: tuple[Any, str], clock: HandClock
) -> None:
    client, name = table
    reads: list[Any] = []

    class Counted:
        def get_item(self, **request: Any) -> Any:
            reads.append(request)
            return client.get_item(**request)

    store = DynamoPauseStore(Counted(), name, clock)
    for _ in range(100):
        store.pauses(ACME)
    assert len(reads) == 1
    clock.time += timedelta(seconds=60)
    store.pauses(ACME)
    assert len(reads) == 2


def test_pauses_are_no_delivery_records(table: tuple[Any, str], clock: HandClock) -> None:
    DynamoPauseStore(*table, clock).pause(ACME, a_pause())
    deliveries = DynamoDeliveryStore(*table)
    deliveries.create(a_claim())
    assert [record.key for record in deliveries.records(ACME)] == [a_claim().key]


def test_pauses_that_cannot_be_read_are_a_store_error_and_not_nothing(clock: HandClock) -> None:
    store = DynamoPauseStore(Failing(client_error("ThrottlingException")), "deliveries", clock)
    with pytest.raises(StoreError):
        store.pauses(ACME)
