"""Publishing: ten at a time, and what the bus refused of a batch alone is sent again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.adapters.event_bus import ROUNDS_MAX, EventBridgeBus
from ledgerpost.app.webhook import BusEntry
from ledgerpost.errors import StoreError
from tests.adapters.fake_clients import Scripted, client_error
from tests.app.world import TENANT
from tests.contract.aws_emulators import moto_clients

GOOD = {"EventId": "1"}
THROTTLED = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
MALFORMED = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}


def entries(count: int, detail: str = "{}", time: str | None = None) -> Sequence[BusEntry]:
    return [
        BusEntry(source=f"shop-{number}", detail_type="SaleDocumentApproved", detail=detail, tenant=TENANT, time=time)
        for number in range(count)
    ]


def answer(*each: dict[str, str]) -> dict[str, Any]:
    return {"FailedEntryCount": sum("ErrorCode" in one for one in each), "Entries": list(each)}


class Waits(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def sources(request: dict[str, Any]) -> list[str]:
    return [entry["Source"] for entry in request["Entries"]]


def test_entries_go_to_the_bus_ten_at_a_time() -> None:
    client = Scripted("put_events", [answer(*[GOOD] * 10), answer(GOOD, GOOD)])
    EventBridgeBus(client, "approvals").put(entries(12, time="2026-03-01T11:00:00+00:00"))
    assert [len(request["Entries"]) for request in client.requests] == [10, 2]
    first = client.requests[0]["Entries"][0]
    assert first.pop("Time").isoformat() == "2026-03-01T11:00:00+00:00"
    assert first == {
        "EventBusName": "approvals", "Source": "shop-0", "DetailType": "SaleDocumentApproved", "Detail": "{}",
    }  # fmt: skip


def test_what_an_entry_carries_beside_its_detail_goes_along() -> None:
    client = Scripted("put_events", [answer(GOOD)])
    (entry,) = entries(1)
    EventBridgeBus(client, "approvals").put([replace(entry, resources=("ledgerpost:backfill",))])
    assert client.requests[0]["Entries"][0]["Resources"] == ["ledgerpost:backfill"]


def test_a_batch_stays_under_the_limit_of_its_bytes() -> None:
    client = Scripted("put_events", [answer(GOOD, GOOD), answer(GOOD)])
    EventBridgeBus(client, "approvals").put(entries(3, detail=f'"{"ü" * 50_000}"'))
    assert [len(request["Entries"]) for request in client.requests] == [2, 1]


def test_only_what_was_refused_is_sent_again_after_a_longer_wait_each_time() -> None:
    waits = Waits()
    client = Scripted("put_events", [answer(GOOD, THROTTLED, THROTTLED), answer(THROTTLED, GOOD), answer(GOOD)])
    EventBridgeBus(client, "approvals", sleep=waits).put(entries(3))
    assert list(map(sources, client.requests)) == [["shop-0", "shop-1", "shop-2"], ["shop-1", "shop-2"], ["shop-1"]]
    assert list(waits) == [0.1, 0.2]


def test_what_the_bus_never_takes_is_not_sent_again() -> None:
    client = Scripted("put_events", [answer(GOOD, MALFORMED)])
    with pytest.raises(StoreError, match="1 entries unpublished: MalformedDetail"):
        EventBridgeBus(client, "approvals").put(entries(2))
    assert len(client.requests) == 1


def test_after_five_rounds_the_entries_count_as_not_taken() -> None:
    client = Scripted("put_events", [answer(THROTTLED)] * ROUNDS_MAX)
    with pytest.raises(StoreError):
        EventBridgeBus(client, "approvals", sleep=Waits()).put(entries(1))
    assert len(client.requests) == ROUNDS_MAX


def test_a_fault_of_the_bus_is_a_store_error() -> None:
    with pytest.raises(StoreError):
        EventBridgeBus(Scripted("put_events", [client_error("InternalException")]), "approvals").put(entries(1))


def test_nothing_is_published_for_no_entries() -> None:
    EventBridgeBus(Scripted("put_events", []), "approvals").put(())


def test_the_request_is_one_that_eventbridge_knows() -> None:
    with moto_clients() as session:
        client = session.client("events")
        client.create_event_bus(Name="approvals")
        EventBridgeBus(client, "approvals").put(entries(11, time="2026-03-01T11:00:00Z"))
