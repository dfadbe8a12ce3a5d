"""How Lambda and a function speak of a batch of SQS messages: the record in the event, the partial-batch answer."""

import hashlib
from collections.abc import Mapping
from typing import Any

from ledgerpost.local.intrinsics import ACCOUNT, REGION
from ledgerpost.local.queue import Received


def failed_ids(response: Any, batch: set[str]) -> frozenset[str]:
    """Give the ids that a partial-batch answer names; all of the batch where the answer makes no sense.

    Source: AWS Lambda, "Success and failure conditions" of partial batch responses.
    """
    if response is None:
        return frozenset()
    if not isinstance(response, Mapping):
        return frozenset(batch)
    named = [_identifier_of(item) for item in response.get("batchItemFailures") or ()]
    return frozenset(named) if all(id_ in batch for id_ in named) else frozenset(batch)


def _identifier_of(item: Any) -> str:
    """Give what a failure of the answer names; blank, which is in no batch, where it names nothing."""
    identifier = item.get("itemIdentifier") if isinstance(item, Mapping) else None
    return identifier if isinstance(identifier, str) else ""


def sqs_record(message: Received, queue_arn: str) -> dict[str, Any]:
    """Give a message as Lambda hands it to a handler. Source: AWS Lambda, "Example Amazon SQS message event"."""
    attributes = {
        "ApproximateReceiveCount": str(message.receive_count),
        "SentTimestamp": str(message.sent_ms),
        "SenderId": ACCOUNT,
        "ApproximateFirstReceiveTimestamp": str(message.first_received_ms),
    }
    if message.group:
        attributes["MessageGroupId"] = message.group
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(message.body.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
