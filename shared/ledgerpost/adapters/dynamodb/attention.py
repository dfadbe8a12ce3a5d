"""The sparse index `attention`: what somebody, a schedule or a person, still has to look at.

Only open and parked work carries the index's two attributes, so an entry that is simply delivered never touches it and
costs two writes of one unit. The partition is spread over shards, since a bad hour of one ledger makes thousands of
items of one status.
"""

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.errors import StoreError

INDEX = "attention"
SHARDS = 8

BATCH_GET_MAX = 100
"""Items of one BatchGetItem. Source: DynamoDB service quotas."""

BATCH_GET_ROUNDS_MAX = 8
"""Calls for what a batch left unread, each after a longer pause: a little over six seconds in all."""

Item = dict[str, Any]
Key = dict[str, dict[str, str]]


def attention_of(mark: str, at: datetime, key: str) -> Item:
    """Give the two attributes that put the item under `key` into the index, as `mark`, ordered by `at`."""
    shard = zlib.crc32(key.encode()) % SHARDS
    return {"attention": {"S": f"{mark}#{shard}"}, "attention_at": {"S": sortable(at)}}


def sortable(at: datetime) -> str:
    """Give an instant as text whose order is that of time: UTC, always with six digits of a second."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class AttentionIndex:
    """Reads the index of one table, and the items that it points to."""

    def __init__(self, client: Any, table: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def keys(self, mark: str, *, before: datetime | None = None, limit: int = 1000) -> Iterator[Iterator[Item]]:
        """Give one stream per shard of the index's items with `mark`, each the earliest first.

        `limit` is the size of a page, not of the answer. The index follows the table within about a second.
        """
        for shard in range(SHARDS):
            yield self._shard(f"{mark}#{shard}", before, limit)

    def _shard(self, partition: str, before: datetime | None, limit: int) -> Iterator[Item]:
        condition, values = "attention = :attention", {":attention": {"S": partition}}
        if before is not None:
            condition += " AND attention_at <= :before"
            values[":before"] = {"S": sortable(before)}
        request = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, "Limit": limit}
        while True:
            with store_errors("Query"):
                page = self._client.query(TableName=self._table, IndexName=INDEX, **request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def items(self, keys: Sequence[Key]) -> Iterator[Item]:
        """Give the items under `keys`, strongly consistent, in no stated order; what is gone is left out.

        Raises StoreError where some stay unread: BatchGetItem answers 200 with part of what was asked.
        """
        for start in range(0, len(keys), BATCH_GET_MAX):
            yield from self._batch(list(keys[start : start + BATCH_GET_MAX]))

    def _batch(self, keys: list[Key]) -> Iterator[Item]:
        asked = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for round_ in range(BATCH_GET_ROUNDS_MAX):
            with store_errors("BatchGetItem"):
                answer = self._client.batch_get_item(RequestItems=asked)
            yield from answer["Responses"].get(self._table, ())
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return
            self._sleep(0.05 * 2**round_)
        raise StoreError("store_unavailable", "BatchGetItem left keys unread.")
