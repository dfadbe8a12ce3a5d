"""What DynamoDeliveryStore does where the network or AWS lets it down."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from ledgerpost.adapters.dynamodb import DynamoDeliveryStore
from ledgerpost.adapters.dynamodb.attention import AttentionIndex
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError
from tests.adapters.fake_clients import AnswerLost, Failing, Scripted, client_error
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.records import NOON, a_claim

TABLE = "deliveries"


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with moto_clients() as session:
        client = session.client("dynamodb")
        create_deliveries_table(client, TABLE)
        yield client


def test_a_create_whose_answer_was_lost_and_that_was_sent_again_is_a_success(dynamodb: Any) -> None:
    claim = a_claim()
    assert DynamoDeliveryStore(AnswerLost(dynamodb), TABLE).create(claim) is None
    assert DynamoDeliveryStore(dynamodb, TABLE).get(claim.key) == claim


def test_a_replacement_whose_answer_was_lost_and_that_was_sent_again_is_a_success(dynamodb: Any) -> None:
    claim = a_claim()
    DynamoDeliveryStore(dynamodb, TABLE).create(claim)
    delivered = claim.moved(Status.DELIVERED, NOON)
    assert DynamoDeliveryStore(AnswerLost(dynamodb), TABLE).replace(delivered, claim.expected) is None


def test_the_same_record_written_by_another_worker_is_not_taken_for_our_own(dynamodb: Any) -> None:
    # Two workers may come to the very same record in the same instant; only one of them holds the claim.
    claim = a_claim()
    assert DynamoDeliveryStore(dynamodb, TABLE).create(claim) is None
    assert DynamoDeliveryStore(dynamodb, TABLE).create(claim) == claim


def test_a_write_whose_answer_was_lost_is_no_success_where_a_rival_followed_it(dynamodb: Any) -> None:
    claim = a_claim()
    takeover = claim.moved(Status.IN_FLIGHT, NOON)

    def rival_takes_over() -> None:
        DynamoDeliveryStore(dynamodb, TABLE).replace(takeover, claim.expected)

    store = DynamoDeliveryStore(AnswerLost(dynamodb, between=rival_takes_over), TABLE)
    assert store.create(claim) == takeover


def test_a_lost_race_costs_no_second_read() -> None:
    stored = replace(a_claim(), source="{}")
    probe = Scripted("put_item", [{}])
    DynamoDeliveryStore(probe, TABLE).create(stored)
    refusal = client_error("ConditionalCheckFailedException", Item=probe.requests[0]["Item"])
    client = Scripted("put_item", [refusal])
    assert DynamoDeliveryStore(client, TABLE).create(a_claim()) == stored
    assert client.requests[0]["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


@pytest.mark.parametrize(
    "error",
    [
        client_error("ProvisionedThroughputExceededException"),
        client_error("InternalServerError"),
        client_error("AccessDeniedException"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_fault_of_aws_is_a_store_error(error: Exception) -> None:
    store = DynamoDeliveryStore(Failing(error), TABLE)
    claim = a_claim()
    calls = [
        lambda: store.create(claim),
        lambda: store.replace(claim, claim.expected),
        lambda: store.get(claim.key),
        lambda: store.due(NOON, 10),
        lambda: list(store.records(TenantId("acme"))),
        lambda: list(store.records(TenantId("acme"), Status.PARKED)),
    ]
    for call in calls:
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.code == "store_unavailable"


def test_an_error_of_aws_does_not_bring_the_values_that_it_repeats() -> None:
    error = client_error("ValidationException", "Invalid value canary-4711")
    with pytest.raises(StoreError) as caught:
        DynamoDeliveryStore(Failing(error), TABLE).create(a_claim())
    assert "canary-4711" not in str(caught.value)


def test_keys_that_a_batch_left_unread_are_asked_for_again() -> None:
    key = {"key": {"S": "a"}}
    left = {"Responses": {TABLE: []}, "UnprocessedKeys": {TABLE: {"Keys": [key]}}}
    client = Scripted("batch_get_item", [left, left, {"Responses": {TABLE: [key]}, "UnprocessedKeys": {}}])
    pauses: list[float] = []
    assert list(AttentionIndex(client, TABLE, sleep=pauses.append).items([key])) == [key]
    assert pauses == [0.05, 0.1]


def test_keys_that_stay_unread_are_a_store_error() -> None:
    key = {"key": {"S": "a"}}
    left = {"Responses": {}, "UnprocessedKeys": {TABLE: {"Keys": [key]}}}
    index = AttentionIndex(Scripted("batch_get_item", [left] * 8), TABLE, sleep=lambda _: None)
    with pytest.raises(StoreError):
        list(index.items([key]))
