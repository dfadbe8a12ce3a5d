"""SQS on moto, in this process, polled by threads as Lambda polls it: what the two AWS peers have in common.

A batch of up to ten goes to a handler, which says which messages failed; those come again after a second.
moto keeps everything in the memory of the process.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
from moto import mock_aws

from benchmarks.bench.engines import peer_post
from benchmarks.bench.engines.runner import Entries, Job

REGION = "eu-west-1"
BATCH = 10
VISIBILITY_S = 30
AGAIN_AFTER_S = 1
"""A message that failed is made visible again after so long; SQS by itself would let it wait for its visibility time.
"""

RECEIVES_MAX = 9
"""After so many receipts a message goes to the dead-letter queue."""

IDLE_S = 0.02

Handle = Callable[[list[dict[str, Any]]], set[str]]
"""Handles a batch of SQS messages and gives the ids of those that failed."""


class SqsPeer:
    """A queue and the threads that empty it. Each thread has clients of its own."""

    def __init__(self, job: Job, handler: Callable[[], Handle]) -> None:
        self._job = job
        self._sqs = client("sqs")
        dead = self._sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": str(RECEIVES_MAX)}
        attributes = {"VisibilityTimeout": str(VISIBILITY_S), "RedrivePolicy": json.dumps(redrive)}
        self._url = self._sqs.create_queue(QueueName="posts", Attributes=attributes)["QueueUrl"]
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._poll, args=(handler(),)) for _ in range(job.in_flight)]

    def run(self, entries: Entries) -> list[float]:
        """Send one message for each account of each entry, in tens, and wait until the queue is empty."""
        for thread in self._threads:
            thread.start()
        accepted: list[float] = []
        waiting: list[dict[str, Any]] = []
        for entry in entries:
            waiting += peer_post.tasks_of(entry, self._job.accounts)
            if len(waiting) >= BATCH:
                self._send(waiting)
                waiting = []
            accepted.append(time.monotonic())
        self._send(waiting)
        while self._left():
            time.sleep(IDLE_S)
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        return accepted

    def _send(self, tasks: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(tasks), BATCH):
            bodies = tasks[start : start + BATCH]
            batch = [{"Id": str(number), "MessageBody": json.dumps(body)} for number, body in enumerate(bodies)]
            self._sqs.send_message_batch(QueueUrl=self._url, Entries=batch)

    def _left(self) -> int:
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(names))
        return sum(int(answer["Attributes"][name]) for name in names)

    def _poll(self, handle: Handle) -> None:
        sqs = client("sqs")
        while not self._stopping.is_set():
            answer = sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=BATCH, AttributeNames=["All"])
            messages = answer.get("Messages", [])
            if not messages:
                self._stopping.wait(IDLE_S)
                continue
            failed = handle(messages)
            done = [each for each in messages if each["MessageId"] not in failed]
            batch = [{"Id": each["MessageId"], "ReceiptHandle": each["ReceiptHandle"]} for each in done]
            if batch:
                sqs.delete_message_batch(QueueUrl=self._url, Entries=batch)
            for message in messages:
                if message["MessageId"] in failed:
                    sqs.change_message_visibility(
                        QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=AGAIN_AFTER_S
                    )


def client(service: str) -> Any:
    """Give a client of moto."""
    return boto3.client(
        service,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
    )


@contextmanager
def emulated(job: Job, handler: Callable[[], Handle]) -> Iterator[SqsPeer]:
    """Give the peer inside of moto."""
    with mock_aws():
        yield SqsPeer(job, handler)
