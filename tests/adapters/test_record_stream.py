"""The stream of the delivery table keeps the listing, whatever else it brings and however often."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.listing import handler
from ledgerpost.adapters.dynamodb import DynamoDeliveryStore, DynamoListing, DynamoPauseStore, DynamoRejectionStore
from ledgerpost.adapters.dynamodb.record_stream import batch_of, changes_of
from ledgerpost.app.listing import Count
from ledgerpost.domain.delivery import Effect, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import RouteId
from ledgerpost.listing_stage import ListingFunction, build
from ledgerpost.observability import Log
from tests.app.world import HandClock, event_text
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.listing_table import create_listing_table
from tests.contract.records import NOON, a_claim, a_rejection, retrying
from tests.contract.test_pause_store import a_pause

ACME = TenantId("acme")
ROUTE = RouteId("sales-to-a")


class Streamed:
    """Passes writes on and keeps them as the table's stream tells of them."""

    def __init__(self, client: Any) -> None:
        self.inner = client
        self._items: dict[str, Any] = {}
        self.records: list[dict[str, Any]] = []

    def put_item(self, **request: Any) -> Any:
        answer = self.inner.put_item(**request)
        item, key = request["Item"], request["Item"]["key"]["S"]
        images = {"NewImage": encoded(item), "SequenceNumber": str(10**21 + len(self.records))}
        if key in self._items:
            images["OldImage"] = encoded(self._items[key])
        self._items[key] = item
        self.records.append({"eventID": "1", "eventName": "MODIFY", "dynamodb": images})
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def encoded(item: dict[str, Any]) -> dict[str, Any]:
    """Give an item as Lambda gives it: JSON, so bytes in base64."""

    def value(each: dict[str, Any]) -> dict[str, Any]:
        [(kind, held)] = each.items()
        if kind == "B":
            return {"B": base64.b64encode(held).decode()}
        return {"M": encoded(held)} if kind == "M" else each

    return {name: value(each) for name, each in item.items()}


@pytest.fixture
def client(moto_session: Any) -> Streamed:
    streamed = Streamed(moto_session.client("dynamodb"))
    create_deliveries_table(streamed, "deliveries")
    create_listing_table(streamed, "listing")
    return streamed


@pytest.fixture
def moto_session() -> Any:
    with moto_clients() as session:
        yield session


def deliver(client: Streamed, reference: str, *, parked: bool = False) -> None:
    store = DynamoDeliveryStore(client, "deliveries")
    claim = replace(a_claim(reference), source=event_text(reference=reference, ReceiptNumber=f"R-{reference}"))
    store.create(claim)
    effect = Effect("led_1", claim.version, claim.fingerprint, NOON)
    settled = claim.moved(Status.PARKED, NOON) if parked else claim.moved(Status.DELIVERED, NOON, effect=effect)
    assert store.replace(settled, claim.expected) is None


def test_a_change_is_read_as_the_record_before_and_after(client: Streamed) -> None:
    deliver(client, "1")
    first, second = changes_of(client.records)
    assert (first.before, first.after.status) == (None, Status.IN_FLIGHT)
    assert second.before == first.after
    assert second.after == DynamoDeliveryStore(client, "deliveries").get(first.after.key)


def test_what_is_no_delivery_record_is_passed_over(client: Streamed) -> None:
    DynamoRejectionStore(client, "deliveries").put(a_rejection())
    DynamoPauseStore(client, "deliveries", HandClock()).pause(ACME, a_pause())
    removed = {"eventName": "REMOVE", "dynamodb": {"OldImage": {"st": {"S": "parked"}}, "SequenceNumber": "9"}}
    assert len(client.records) == 2
    assert list(changes_of([*client.records, removed])) == []


def test_batches_are_named_in_the_order_of_their_changes() -> None:
    def batch(*numbers: int) -> str:
        return batch_of([{"dynamodb": {"SequenceNumber": str(number)}} for number in numbers])

    assert batch(9, 12) < batch(10, 11) < batch(100000000000000000000000000000001)
    assert batch(9, 12) == batch(9, 10, 12)


@pytest.fixture
def function(client: Streamed, monkeypatch: pytest.MonkeyPatch) -> ListingFunction:
    class Services:
        def log(self, service: str, level: str) -> Log:
            return Log(service, level)

        def listing(self, table: str) -> DynamoListing:
            return DynamoListing(client.inner, table, HandClock())

    made: ListingFunction = build({"LISTING_TABLE": "listing"}, Services())
    monkeypatch.setattr(handler, "listing_function", lambda: made)
    return made


def test_the_handler_keeps_the_listing_and_a_batch_that_comes_again_changes_nothing(
    client: Streamed, function: ListingFunction
) -> None:
    deliver(client, "1")
    deliver(client, "2", parked=True)
    store = DynamoDeliveryStore(client, "deliveries")
    waiting = retrying(a_claim("3"), NOON + timedelta(minutes=5))
    store.create(replace(waiting, source=event_text()))
    event = {"Records": client.records}
    for _ in range(2):
        assert handler.lambda_handler(event, None) == {"batchItemFailures": []}  # type: ignore[arg-type]
    listing = function.listing
    day = NOON.date()
    assert [row.key.reference for row in listing.of_day(ACME, ROUTE, day).rows] == ["3", "2", "1"]
    assert {(each.status, each.deliveries) for each in listing.counts(ACME, day)} == {
        (Status.DELIVERED, 1), (Status.PARKED, 1), (Status.RETRYING, 1),
    }  # fmt: skip
    assert Count(ROUTE, Status.PARKED, 1) in listing.counts(ACME, None)
    assert [key.reference for key in listing.by_receipt(ACME, "R-1")] == ["1"]


def test_what_comes_before_a_change_that_cannot_be_read_is_listed_and_the_rest_comes_again(
    client: Streamed, function: ListingFunction
) -> None:
    for reference in ("1", "2", "3"):
        deliver(client, reference)
    # A delivery is two changes, of which the second is listed; the fifth is spoilt, the third delivery's claim.
    client.records[4]["dynamodb"]["NewImage"]["st"] = {"S": "no-such-status"}
    answer = handler.lambda_handler({"Records": client.records}, None)  # type: ignore[arg-type]
    spoilt = client.records[4]["dynamodb"]["SequenceNumber"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": spoilt}]}
    rows = function.listing.of_day(ACME, ROUTE, NOON.date()).rows
    assert [row.key.reference for row in rows] == ["2", "1"]
    with pytest.raises(handler.UnreadableChangeError, match=f"2 changes from {spoilt} on"):
        handler.lambda_handler({"Records": client.records[4:]}, None)  # type: ignore[arg-type]
    handler.lambda_handler({"Records": client.records[5:]}, None)  # type: ignore[arg-type]
    rows = function.listing.of_day(ACME, ROUTE, NOON.date()).rows
    assert [row.key.reference for row in rows] == ["3", "2", "1"]
    counted = function.listing.counts(ACME, NOON.date())
    assert counted == [Count(ROUTE, Status.DELIVERED, 3)]
