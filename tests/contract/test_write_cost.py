"""What a delivery costs in write units, by the rules of DynamoDB as ministack applies them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb import DynamoDeliveryStore
from ledgerpost.domain.delivery import Status
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import a_name
from tests.contract.records import NOON, a_claim, retrying


class Metered:
    """Passes writes on and adds up what they consumed, the index's share included."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.units: list[float] = []

    def put_item(self, **request: Any) -> Any:
        answer = self._client.put_item(**request, ReturnConsumedCapacity="TOTAL")
        self.units.append(answer["ConsumedCapacity"]["CapacityUnits"])
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def metered(aws_clients: Callable[[str], Any]) -> tuple[Metered, DynamoDeliveryStore]:
    client = aws_clients("ministack")("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    meter = Metered(client)
    return meter, DynamoDeliveryStore(meter, table)


@pytest.mark.ministack
def test_an_entry_that_is_simply_delivered_costs_two_write_units(metered: tuple[Metered, DynamoDeliveryStore]) -> None:
    meter, store = metered
    claim = a_claim()
    store.create(claim)
    store.replace(claim.moved(Status.DELIVERED, NOON), claim.expected)
    assert meter.units == [1.0, 1.0]


@pytest.mark.ministack
def test_only_work_that_waits_pays_for_the_index(metered: tuple[Metered, DynamoDeliveryStore]) -> None:
    meter, store = metered
    claim = a_claim()
    store.create(claim)
    waiting = retrying(claim, NOON + timedelta(minutes=5))
    store.replace(waiting, claim.expected)
    taken_up = waiting.moved(Status.IN_FLIGHT, NOON)
    store.replace(taken_up, waiting.expected)
    assert meter.units == [1.0, 2.0, 2.0]
