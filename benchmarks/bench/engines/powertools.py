"""Powertools Batch and Idempotency, after their pages: partial batch answers, and a record handler that is idempotent
by account, reference and version, kept in DynamoDB.

Keeps, in a table, which entries were handled, with the answer; a handler that raised is forgotten there, so that the
entry is posted again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from benchmarks.bench.engines import peer_post
from benchmarks.bench.engines.runner import Job, main
from benchmarks.bench.engines.sqs import REGION, Handle, SqsPeer, client, emulated

TABLE = "idempotency"
KEY = "[account, detail.entity.Id, detail.revision]"
INVOCATION_MS = 60_000


def _handler(ledger: Any) -> Handle:
    """Give a Lambda function of its own: processor, store and configuration are made once for each."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    store = DynamoDBPersistenceLayer(table_name=TABLE, boto3_client=client("dynamodb"))
    config = IdempotencyConfig(event_key_jmespath=KEY)

    @idempotent_function(data_keyword_argument="task", config=config, persistence_store=store)
    def post(task: dict[str, Any]) -> str:
        return peer_post.post(ledger, task)

    def record_handler(record: SQSRecord) -> str:
        answer: str = post(task=record.json_body)
        return answer

    def lambda_handler(event: dict[str, Any], context: Any) -> Any:
        config.register_lambda_context(context)
        return process_partial_response(
            event=event, record_handler=record_handler, processor=processor, context=context
        )

    def handle(messages: list[dict[str, Any]]) -> set[str]:
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: INVOCATION_MS)
        answer = lambda_handler({"Records": [_record(message) for message in messages]}, context)
        return {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}

    return handle


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:posts",
        "awsRegion": REGION,
    }


@contextmanager
def _engine(job: Job) -> Iterator[SqsPeer]:
    os.environ |= {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    ledger = peer_post.client(job.sink, job.in_flight)

    def handler() -> Handle:
        _create_table()
        return _handler(ledger)

    with emulated(job, handler) as peer:
        yield peer


def _create_table() -> None:
    tables = client("dynamodb")
    if TABLE in tables.list_tables()["TableNames"]:
        return
    tables.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


if __name__ == "__main__":
    main(_engine)
