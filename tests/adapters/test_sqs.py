"""What SqsQueue sends, and what it does with entries that were not taken."""

from typing import Any

import pytest

from ledgerpost.adapters.sqs import BATCH_BYTES_MAX, SqsQueue
from ledgerpost.errors import StoreError
from ledgerpost.ports import OutgoingMessage
from tests.adapters.fake_clients import Failing, Scripted, client_error

URL = "https://sqs.invalid/1/delivery"
TAKEN: dict[str, Any] = {"Successful": []}


def failed(*ids: str, sender_fault: bool = False, code: str = "ServiceUnavailable") -> dict[str, Any]:
    return {"Failed": [{"Id": entry_id, "SenderFault": sender_fault, "Code": code} for entry_id in ids]}


def queue(client: Any, pauses: list[float] | None = None) -> SqsQueue:
    return SqsQueue(client, URL, sleep=(pauses if pauses is not None else []).append)


def bodies(request: dict[str, Any]) -> list[str]:
    return [entry["MessageBody"] for entry in request["Entries"]]


def messages(count: int) -> list[OutgoingMessage]:
    return [OutgoingMessage(str(number)) for number in range(count)]


def test_messages_go_out_ten_at_a_time_in_their_order() -> None:
    client = Scripted("send_message_batch", [TAKEN] * 3)
    queue(client).send(messages(23))
    assert [bodies(request) for request in client.requests] == [
        [str(number) for number in range(10)],
        [str(number) for number in range(10, 20)],
        ["20", "21", "22"],
    ]


def test_nothing_is_sent_for_no_messages() -> None:
    client = Scripted("send_message_batch", [])
    queue(client).send([])
    assert client.requests == []


def test_a_batch_stays_within_a_mebibyte_counted_in_bytes() -> None:
    # Each body is a third of the limit in characters, and twice that in bytes.
    body = "é" * (BATCH_BYTES_MAX // 3)
    client = Scripted("send_message_batch", [TAKEN] * 3)
    queue(client).send([OutgoingMessage(body)] * 3)
    assert [len(request["Entries"]) for request in client.requests] == [1, 1, 1]


def test_two_bodies_that_fill_a_mebibyte_exactly_go_together() -> None:
    client = Scripted("send_message_batch", [TAKEN])
    queue(client).send([OutgoingMessage("x" * (BATCH_BYTES_MAX // 2))] * 2)
    assert len(client.requests[0]["Entries"]) == 2


def test_only_the_entries_that_failed_are_sent_again() -> None:
    client = Scripted("send_message_batch", [failed("1", "3"), failed("3"), TAKEN])
    pauses: list[float] = []
    queue(client, pauses).send(messages(5))
    assert [bodies(request) for request in client.requests] == [["0", "1", "2", "3", "4"], ["1", "3"], ["3"]]
    assert len(pauses) == 2


def test_entries_that_fail_again_and_again_are_a_store_error() -> None:
    client = Scripted("send_message_batch", [failed("0")] * 4)
    with pytest.raises(StoreError, match="1 messages unsent: ServiceUnavailable"):
        queue(client).send(messages(1))
    assert len(client.requests) == 4


def test_an_entry_that_is_refused_for_what_it_is_is_not_sent_again() -> None:
    client = Scripted("send_message_batch", [failed("0", sender_fault=True, code="InvalidMessageContents")])
    with pytest.raises(StoreError, match="InvalidMessageContents"):
        queue(client).send(messages(2))


def test_a_fault_of_aws_is_a_store_error() -> None:
    with pytest.raises(StoreError):
        queue(Failing(client_error("AWS.SimpleQueueService.NonExistentQueue"))).send(messages(1))


def test_delay_and_group_go_along_and_are_left_out_where_there_are_none() -> None:
    client = Scripted("send_message_batch", [TAKEN])
    queue(client).send([OutgoingMessage("a", group="sales-to-a", delay_s=7), OutgoingMessage("b")])
    first, second = client.requests[0]["Entries"]
    assert (first["MessageGroupId"], first["DelaySeconds"]) == ("sales-to-a", 7)
    assert set(second) == {"Id", "MessageBody"}


@pytest.mark.parametrize("group", ["Laden Köln", "with blank", "x" * 129])
def test_a_group_that_sqs_would_refuse_is_sent_as_its_hash(group: str) -> None:
    client = Scripted("send_message_batch", [TAKEN])
    queue(client).send([OutgoingMessage("a", group=group), OutgoingMessage("b", group=group)])
    one, other = (entry["MessageGroupId"] for entry in client.requests[0]["Entries"])
    assert one == other
    assert one.isascii()
    assert one.isalnum()
    assert len(one) == 64
