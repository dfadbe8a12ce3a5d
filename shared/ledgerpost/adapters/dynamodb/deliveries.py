"""Delivery records in DynamoDB: every transition is one conditional write.

Why the condition is enough, on a time line. A and B are workers with the same message; the lease of A runs out at t2:

    t0      A: create, `key` does not exist             ─► written, in_flight, fence 1
    t1      B: create, `key` does not exist             ─► refused; the stored record comes back with the refusal
    t1..t2  A posts, and freezes
    t2      A's lease is over
    t3      B: replace, in_flight, version, fence 1     ─► written, in_flight, fence 2: B holds the claim
    t4      A thaws: replace, in_flight, version, fence 1 ─► refused: the fence is 2. A cannot write, whatever it did
    t5      B: replace, in_flight, version, fence 2     ─► written, delivered, fence 3

The fence grows with every transition, so each (status, version, fence) is seen at most once in a record's life, and
DynamoDB serialises the writes of one item: of all writes that expect one state, one succeeds. No lock, no transaction,
and no second read for the loser, since the refusal carries the record that won.

One case needs more. The network may lose the answer to a write that took effect; botocore then sends the write again,
and the condition is refused by our own record. `wr`, eight random bytes per write, tells that case: a refusal that
shows our own writer is a success.
"""

import heapq
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from botocore.exceptions import ClientError

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.attention import SHARDS, AttentionIndex, Item
from ledgerpost.adapters.dynamodb.record import (
    ATTENTION_STATUSES,
    item_of,
    key_of,
    key_text,
    record_of,
    version_text,
    waiting_since_of,
)
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Expected, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError
from ledgerpost.ports import Backlog

DUE_STATUSES = (Status.RETRYING, Status.UNCONFIRMED, Status.PENDING)
"""Open records that wait for a time; a claim in flight waits for its message."""


def _random_writer() -> bytes:
    return secrets.token_bytes(8)


class DynamoDeliveryStore:
    """The table of delivery records (ports DeliveryStore, DeliveryList, DeliveryBacklog). A fault is a StoreError."""

    def __init__(self, client: Any, table: str, *, writer: Callable[[], bytes] = _random_writer) -> None:
        self._client = client
        self._table = table
        self._writer = writer
        self._attention = AttentionIndex(client, table)

    def create(self, record: DeliveryRecord) -> DeliveryRecord | None:
        """Write the first record of its key and give None; where there is one already, write nothing and give it."""
        # Nobody has taken this reference up: the key is not there. (DynamoDB checks it on the item, not on a page.)
        is_first = "attribute_not_exists(#key)"
        return self._put(record, is_first, names={"#key": "key"}, values={})

    def replace(self, record: DeliveryRecord, expected: Expected) -> DeliveryRecord | None:
        """Write `record` where the stored one still has the expected status, version and fence, and give None;
        where it has not, write nothing and give the stored one.
        """
        # The state we decided on is still the stored one.
        is_in_state = "st = :status"
        # No later version came in between: its content is not what we worked on.
        is_same_version = "ve = :version"
        # No other worker took over our claim, even to the same state of the same version.
        holds_fence = "fe = :fence"
        condition = f"{is_in_state} AND {is_same_version} AND {holds_fence}"
        values = {
            ":status": {"S": expected.status.value},
            ":version": {"S": version_text(expected.version)},
            ":fence": {"N": str(expected.fence)},
        }
        return self._put(record, condition, names={}, values=values)

    def _put(
        self, record: DeliveryRecord, condition: str, *, names: dict[str, str], values: Item
    ) -> DeliveryRecord | None:
        writer = self._writer()
        request: dict[str, Any] = {"TableName": self._table, "Item": item_of(record, writer)}
        request["ConditionExpression"] = condition
        if names:
            request["ExpressionAttributeNames"] = names
        if values:
            request["ExpressionAttributeValues"] = values
        try:
            with store_errors("PutItem"):
                self._client.put_item(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except StoreError as error:
            return self._refused(error, record, writer)
        return None

    def _refused(self, error: StoreError, record: DeliveryRecord, writer: bytes) -> DeliveryRecord | None:
        """Give the record that won, or None where it is our own; raise `error` where it was no refusal."""
        stored = refused_item(error)
        if stored is None:
            raise error
        if not stored:
            raise StoreError("store_unavailable", "The record to replace is not there.") from error
        is_our_own_write = bytes(stored["wr"]["B"]) == writer and int(stored["fe"]["N"]) == record.fence
        return None if is_our_own_write else record_of(stored)

    def get(self, key: DeliveryKey) -> DeliveryRecord | None:
        """Give the record, strongly consistent; None where there is none."""
        with store_errors("GetItem"):
            answer = self._client.get_item(
                TableName=self._table, Key={"key": {"S": key_text(*key)}}, ConsistentRead=True
            )
        return record_of(answer["Item"]) if "Item" in answer else None

    def due(self, before: datetime, limit: int) -> Sequence[DeliveryKey]:
        """Give up to `limit` keys of open deliveries whose due time is not after `before`, the longest due first.

        Reads the index: 24 queries where nothing is due, half a read unit each. A page is a shard's part of `limit`:
        where more is due, about as much is read as is given.
        """
        of_shard = -(-limit // SHARDS)
        streams = chain.from_iterable(
            self._attention.keys(status.value, before=before, limit=of_shard) for status in DUE_STATUSES
        )
        items = heapq.merge(*streams, key=lambda item: str(item["attention_at"]["S"]))
        return [key_of(item["key"]["S"]) for item in islice(items, limit)]

    def backlog(self, limit: int) -> Backlog:
        """Count the open and parked deliveries, up to about `limit` of each status.

        Reads the index: 32 queries where there are none, half a read unit each. The limit is shared out among the
        shards, so the longest wait of more than that is the longest of each shard's first ones.
        """
        retrying = [*self._waits(Status.RETRYING, limit), *self._waits(Status.PENDING, limit)]
        unconfirmed = self._waits(Status.UNCONFIRMED, limit)
        return Backlog(
            retrying=len(retrying),
            unconfirmed=len(unconfirmed),
            parked=len(self._in_attention(Status.PARKED, limit)),
            retrying_since=min(retrying, default=None),
            unconfirmed_since=min(unconfirmed, default=None),
        )

    def _waits(self, status: Status, limit: int) -> list[datetime]:
        return [waiting_since_of(item) for item in self._in_attention(status, limit)]

    def _in_attention(self, status: Status, limit: int) -> list[Item]:
        of_shard = -(-limit // SHARDS)
        shards = self._attention.keys(status.value, limit=of_shard)
        return [item for shard in shards for item in islice(shard, of_shard)]

    def records(self, tenant: TenantId, status: Status | None = None) -> Iterator[DeliveryRecord]:
        """Give the tenant's records, all or those of one status, in no stated order.

        Parked and waiting records come from the index. For the others every page of the table is read, one read unit
        per 8 KB, whatever the tenant: for a reconciliation by night, not for a page that a person waits for.
        """
        if status in ATTENTION_STATUSES:
            return self._records_in_attention(tenant, status)
        return self._records_in_table(tenant, status)

    def _records_in_attention(self, tenant: TenantId, status: Status) -> Iterator[DeliveryRecord]:
        for shard in self._attention.keys(status.value):
            keys = [{"key": item["key"]} for item in shard if key_of(item["key"]["S"]).tenant == tenant]
            records = map(record_of, self._attention.items(keys))
            # The index lags behind: what has moved on since is left out.
            yield from (record for record in records if record.status is status)

    def _records_in_table(self, tenant: TenantId, status: Status | None) -> Iterator[DeliveryRecord]:
        # Rejections lie in the same table; only delivery records have a status.
        condition = "begins_with(#key, :tenant) AND attribute_exists(st)"
        values = {":tenant": {"S": key_text(tenant, "")}}
        if status is not None:
            condition += " AND st = :status"
            values[":status"] = {"S": status.value}
        request: dict[str, Any] = {
            "TableName": self._table,
            "FilterExpression": condition,
            "ExpressionAttributeNames": {"#key": "key"},
            "ExpressionAttributeValues": values,
        }
        while True:
            with store_errors("Scan"):
                page = self._client.scan(**request)
            yield from map(record_of, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def refused_item(error: StoreError) -> Item | None:
    """Give the item that a refused condition found, {} where it found none; None where nothing was refused."""
    cause = error.__cause__
    if isinstance(cause, ClientError) and cause.response["Error"]["Code"] == "ConditionalCheckFailedException":
        stored: Item = cause.response.get("Item", {})
        return stored
    return None
