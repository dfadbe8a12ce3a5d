"""Reading delivery records for pages: chosen ones, and those that wait for something (port DeliveryLookup)."""

import base64
import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.attention import INDEX, SHARDS, AttentionIndex, Item
from ledgerpost.adapters.dynamodb.record import ATTENTION_STATUSES, key_of, key_text, record_of
from ledgerpost.app.browse import Page
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import UsageError

READ_AT_ONCE = 4
"""Times the size of a page that is read of each shard: the index holds the work of all tenants."""


class DynamoDeliveryLookup:
    """The table of delivery records, as pages read it. Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._attention = AttentionIndex(client, table)

    def get_all(self, keys: Sequence[DeliveryKey]) -> Sequence[DeliveryRecord]:
        """Give the records under `keys`, strongly consistent, in no stated order; what is not there is left out.

        One BatchGetItem for each hundred.
        """
        asked = [{"key": {"S": key_text(*key)}} for key in dict.fromkeys(keys)]
        return [record_of(item) for item in self._attention.items(asked)]

    def waiting(self, tenant: TenantId, status: Status, limit: int, after: str = "") -> Page:
        """Give up to `limit` of the tenant's records in an open or parked `status`, the longest waiting first.

        Eight queries, one for each shard of the index, and one BatchGetItem for each hundred records. Raises
        UsageError for an `after` that no page gave.
        """
        if status not in ATTENTION_STATUSES:
            return Page(())
        shards = self._shards(status, limit, after)
        keys = _take(shards, tenant, limit)
        records = {record.key: record for record in self.get_all(keys)}
        # The index lags behind: what has moved on since is left out.
        shown = [records[key] for key in keys if key in records and records[key].status is status]
        return Page(shown, "" if all(shard.is_done for shard in shards) else _cursor_of(shards))

    def _shards(self, status: Status, limit: int, after: str) -> list["_Shard"]:
        marks = _marks_of(after) if after else [""] * SHARDS
        return [self._shard(f"{status.value}#{number}", limit, mark) for number, mark in enumerate(marks)]

    def _shard(self, partition: str, limit: int, mark: Any) -> "_Shard":
        if mark is None:
            return _Shard([], leads_on=False, mark=None)
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": "attention = :attention",
            "ExpressionAttributeValues": {":attention": {"S": partition}},
            "Limit": limit * READ_AT_ONCE,
        }
        if mark:
            at, key = mark
            request["ExclusiveStartKey"] = {"attention": {"S": partition}, "attention_at": {"S": at}, "key": {"S": key}}
        with store_errors("Query"):
            page = self._client.query(**request)
        return _Shard(page["Items"], leads_on="LastEvaluatedKey" in page, mark=mark)


@dataclass(slots=True)
class _Shard:
    """What was read of one shard. `mark` is the last item that was taken of it: where the next page goes on."""

    items: list[Item]
    leads_on: bool
    mark: Any
    taken: int = field(default=0)

    def marks(self) -> Iterator[tuple[str, str]]:
        return ((item["attention_at"]["S"], item["key"]["S"]) for item in self.items)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of the shard."""
        return self.taken == len(self.items) and not self.leads_on

    @property
    def is_read_to_its_end(self) -> bool:
        """Whether all that was read is taken, and there is more that was not."""
        return self.taken == len(self.items) and self.leads_on


def _take(shards: Sequence[_Shard], tenant: TenantId, limit: int) -> list[DeliveryKey]:
    """Take the tenant's first `limit` keys over all shards, in the order of time. Ends early where a shard has more
    that was not read: what comes next may be there.
    """
    own = key_text(tenant, "")
    streams = [[(*mark, number) for mark in shard.marks()] for number, shard in enumerate(shards)]
    keys: list[DeliveryKey] = []
    for at, key, number in heapq.merge(*streams):
        shards[number].mark, shards[number].taken = (at, key), shards[number].taken + 1
        if key.startswith(own) and key.count("#") == own.count("#") + 3:
            keys.append(key_of(key))
        if len(keys) == limit or shards[number].is_read_to_its_end:
            break
    return keys


def _cursor_of(shards: Sequence[_Shard]) -> str:
    marks = [None if shard.is_done else shard.mark for shard in shards]
    return base64.urlsafe_b64encode(json.dumps(marks).encode()).decode()


def _marks_of(after: str) -> list[Any]:
    try:
        marks = json.loads(base64.urlsafe_b64decode(after.encode()))
        valid = len(marks) == SHARDS and all(
            mark is None or mark == "" or [type(part) for part in mark] == [str, str] for mark in marks
        )
    except (ValueError, TypeError):
        valid = False
    if not valid:
        raise UsageError("usage", "There is no such page.")
    return list(marks)
