"""The two emulators that the adapters' contract suites run on, and the tables as the stack defines them."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

MINISTACK_PYTHON = Path(__file__).parents[2] / ".venv-ministack" / "bin" / "python"

_moto_calls = threading.RLock()
_unlocked_call = BotocoreStubber.__call__


def _locked_call(self: Any, *args: Any, **kwargs: Any) -> Any:
    """Moto loses conditional updates where two threads call it at once; one at a time it does not."""
    with _moto_calls:
        return _unlocked_call(self, *args, **kwargs)


@contextmanager
def moto_clients() -> Iterator[boto3.Session]:
    """Give a session whose calls moto answers, one at a time. Not for tests of concurrency."""
    BotocoreStubber.__call__ = _locked_call
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with mock.patch.dict(os.environ, credentials), mock_aws():
        yield boto3.Session(region_name="us-east-1")


def create_deliveries_table(client: Any, table: str) -> None:
    """Create the table of delivery records and rejections, with its sparse index."""
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("key", "attention", "attention_at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "attention",
                "KeySchema": [
                    {"AttributeName": "attention", "KeyType": "HASH"},
                    {"AttributeName": "attention_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["ws"]},
            }
        ],
    )


def create_routes_table(client: Any, table: str) -> None:
    """Create the table of routes."""
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "tenant", "KeyType": "HASH"},
            {"AttributeName": "item", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("tenant", "item")],
    )
