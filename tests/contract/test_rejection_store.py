"""Port RejectionStore: one suite, three implementations."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb import DynamoDeliveryStore, DynamoRejectionStore
from ledgerpost.adapters.memory import MemoryRejectionStore
from ledgerpost.domain.event import TenantId
from ledgerpost.ports import RejectionStore
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, AWS, a_name
from tests.contract.records import a_claim, a_rejection


@pytest.fixture
def store(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> RejectionStore:
    if request.param == "memory":
        return MemoryRejectionStore()
    client = aws_clients(request.param)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    return DynamoRejectionStore(client, table)


on_every_store = pytest.mark.parametrize("store", ALL, indirect=True)


@on_every_store
def test_nothing_is_kept_at_first(store: RejectionStore) -> None:
    assert list(store.rejections()) == []


@on_every_store
def test_a_rejection_is_given_back_exactly(store: RejectionStore) -> None:
    rejection = a_rejection(source='{"broken": "naïve ☕', parked=False, route="sales-to-a", tenant="")
    store.put(rejection)
    assert list(store.rejections()) == [rejection]


@on_every_store
def test_the_first_rejection_of_an_id_stays(store: RejectionStore) -> None:
    first = a_rejection()
    store.put(first)
    store.put(replace(first, code="unknown_tenant"))
    assert list(store.rejections()) == [first]


@on_every_store
def test_a_removed_rejection_is_gone_and_the_others_stay(store: RejectionStore) -> None:
    for rejection_id in ("event-1", "event-2"):
        store.put(a_rejection(rejection_id))
    store.remove("event-1")
    assert list(store.rejections()) == [a_rejection("event-2")]


@on_every_store
def test_removing_what_is_not_there_changes_nothing(store: RejectionStore) -> None:
    store.put(a_rejection())
    store.remove("another")
    assert list(store.rejections()) == [a_rejection()]


@on_every_store
def test_a_very_long_id_is_kept_and_removed(store: RejectionStore) -> None:
    rejection = a_rejection("é" * 5000)
    store.put(rejection)
    assert list(store.rejections()) == [rejection]
    store.remove(rejection.id)
    assert list(store.rejections()) == []


@on_every_store
def test_more_rejections_than_one_read_takes_are_all_given(store: RejectionStore) -> None:
    # A batch read of DynamoDB takes 100 items, and each of the eight shards is one batch at least.
    for number in range(130):
        store.put(a_rejection(f"event-{number}"))
    kept = [rejection.id for rejection in store.rejections()]
    assert sorted(kept) == sorted(f"event-{number}" for number in range(130))


@pytest.mark.parametrize("emulator", AWS)
def test_rejections_and_delivery_records_share_a_table_without_seeing_each_other(
    emulator: str, aws_clients: Callable[[str], Any]
) -> None:
    client = aws_clients(emulator)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    record, rejection = a_claim("1", tenant="rejected"), a_rejection("main#7d5f0c1e#1#")
    DynamoDeliveryStore(client, table).create(record)
    DynamoRejectionStore(client, table).put(rejection)
    assert list(DynamoDeliveryStore(client, table).records(TenantId("rejected"))) == [record]
    assert list(DynamoRejectionStore(client, table).rejections()) == [rejection]


@pytest.mark.parametrize("emulator", AWS)
def test_a_source_that_no_item_can_hold_is_named_and_left_out(emulator: str, aws_clients: Callable[[str], Any]) -> None:
    import random

    client = aws_clients(emulator)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    store = DynamoRejectionStore(client, table)
    store.put(a_rejection(source=random.Random(1).randbytes(500_000).hex()))
    (kept,) = store.rejections()
    assert "too large" in kept.source
