"""Port Queue: what is sent arrives, over the real wire of the emulators."""

from collections.abc import Callable
from typing import Any

import pytest

from ledgerpost.adapters.sqs import SqsQueue
from ledgerpost.errors import StoreError
from ledgerpost.ports import OutgoingMessage
from tests.contract.conftest import AWS, a_name


@pytest.fixture
def sqs(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> Any:
    return aws_clients(request.param)("sqs")


@pytest.fixture
def url(sqs: Any) -> str:
    created: str = sqs.create_queue(QueueName=a_name("delivery"))["QueueUrl"]
    return created


on_every_emulator = pytest.mark.parametrize("sqs", AWS, indirect=True)


def received(sqs: Any, url: str, count: int) -> list[str]:
    bodies: list[str] = []
    for _ in range(count):
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in answer.get("Messages", [])]
    return bodies


@on_every_emulator
def test_every_message_of_many_arrives_once(sqs: Any, url: str) -> None:
    SqsQueue(sqs, url).send([OutgoingMessage(f"message {number}") for number in range(23)])
    assert sorted(received(sqs, url, 4)) == sorted(f"message {number}" for number in range(23))


@on_every_emulator
def test_a_body_arrives_as_it_was_sent(sqs: Any, url: str) -> None:
    body = '{"route":"Läden","event":"{\\"Total\\":508.20000000000005,\\"Notes\\":\\"☕\\"}"}'
    SqsQueue(sqs, url).send([OutgoingMessage(body, group="Läden Köln")])
    assert received(sqs, url, 1) == [body]


@on_every_emulator
def test_large_bodies_are_sent_in_batches_that_the_queue_takes(sqs: Any, url: str) -> None:
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": str(1024 * 1024)})
    bodies = [letter * 400_000 for letter in "abcde"]
    SqsQueue(sqs, url).send([OutgoingMessage(body) for body in bodies])
    assert sorted(received(sqs, url, 5)) == bodies


@on_every_emulator
def test_a_delayed_message_is_not_there_yet(sqs: Any, url: str) -> None:
    SqsQueue(sqs, url).send([OutgoingMessage("later", delay_s=900), OutgoingMessage("now")])
    assert received(sqs, url, 2) == ["now"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert attributes["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"


@on_every_emulator
def test_a_queue_that_is_not_there_is_a_store_error(sqs: Any, url: str) -> None:
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(StoreError):
        SqsQueue(sqs, url).send([OutgoingMessage("x")])
