"""Publishing entries: what the bus did not take is sent again or accounted for, never dropped."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ledgerpost.errors import StoreError
from ledgerpost.local.ministack_bus import EventBus
from tests.adapters.fake_clients import Scripted, client_error


def taken(count: int) -> dict[str, Any]:
    return {"FailedEntryCount": 0, "Entries": [{"EventId": str(number)} for number in range(count)]}


def answered(*codes: str | None) -> dict[str, Any]:
    return {"Entries": [{"EventId": "1"} if code is None else {"ErrorCode": code} for code in codes]}


def entries(count: int) -> list[dict[str, Any]]:
    return [{"Source": "stocksmart", "DetailType": "x", "Detail": str(number)} for number in range(count)]


def details(request: dict[str, Any]) -> list[str]:
    return [entry["Detail"] for entry in request["Entries"]]


def test_entries_go_out_in_tens_to_the_bus_of_the_stack() -> None:
    client = Scripted("put_events", [taken(10), taken(3)])
    assert EventBus(client, "ledgerpost").put(entries(13)) == []
    assert [len(request["Entries"]) for request in client.requests] == [10, 3]
    assert client.requests[0]["Entries"][0]["EventBusName"] == "ledgerpost"


def test_an_entry_keeps_the_bus_and_the_time_that_it_names() -> None:
    client = Scripted("put_events", [taken(1)])
    entry = {**entries(1)[0], "EventBusName": "other", "Time": "2010-12-01T08:26:00+01:00"}
    EventBus(client, "ledgerpost").put([entry])
    sent = client.requests[0]["Entries"][0]
    assert (sent["EventBusName"], sent["Time"]) == ("other", datetime(2010, 12, 1, 7, 26, tzinfo=UTC))


def test_entries_that_may_pass_are_sent_again_alone() -> None:
    client = Scripted("put_events", [answered(None, "InternalFailure", "ThrottlingException"), answered(None, None)])
    assert EventBus(client, "ledgerpost").put(entries(3)) == []
    assert [details(request) for request in client.requests] == [["0", "1", "2"], ["1", "2"]]


def test_entries_that_never_pass_are_a_store_error() -> None:
    client = Scripted("put_events", [answered("InternalFailure")] * 4)
    with pytest.raises(StoreError):
        EventBus(client, "ledgerpost").put(entries(1))


def test_an_entry_that_is_refused_is_given_with_its_position() -> None:
    client = Scripted("put_events", [taken(10), answered(None, "MalformedDetail")])
    ((position, answer),) = EventBus(client, "ledgerpost").put(entries(12))
    assert (position, answer.error_code) == (11, "MalformedDetail")


def test_of_a_batch_that_is_refused_as_a_whole_only_the_culprit_stays_out() -> None:
    too_large = client_error("ValidationException", "Total size of the entries in the request is over the limit.")
    client = Scripted("put_events", [too_large, taken(1), too_large, taken(1)])
    ((position, answer),) = EventBus(client, "ledgerpost").put(entries(3))
    assert (position, answer.error_code) == (1, "ValidationException")
