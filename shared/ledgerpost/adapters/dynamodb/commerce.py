"""Commerce records in the table `commerce`: each version once, a day read back by queries alone.

| item    | `pk`                           | `sk`             | holds                                      |
| ------- | ------------------------------ | ---------------- | ------------------------------------------ |
| head    | `head#tenant#company#record`   | `-`              | `ve` latest version, `dg` digest, `dy` day |
| record  | `rec#tenant#company#day#shard` | `record#version` | `bo` the record's text                     |
| late    | `late#tenant#company`          | day              | `tk` token                                 |
| company | `company#tenant`               | company          | see `commerce_companies.py`                |
| day     | `day#tenant#company`           | day              | see `commerce_companies.py`                |
| layer   | `layer#tenant#company#day#digest` | number        | see `commerce_layers.py`                   |
| run     | `run#tenant#company`           | `start#id`       | see `commerce_companies.py`                |

A day's records lie in `SHARDS` partitions, by their id, so that ten million of them a day make no hot one. Keeping one
costs two writes: the head decides which version is the latest and which day the record counts in, then the version is
written; whoever dies in between is made good by the message that comes again.
"""

import secrets
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.commerce_texts import digest_of, version_from, version_key
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.commerce import CommerceRecord, record_key
from ledgerpost.domain.commerce_text import record_from, record_text
from ledgerpost.errors import StoreError
from ledgerpost.ports_commerce import Kept, LateDay, RecordHead

SHARDS = 16
"""Keys of a day: at most 16,000 writes a second, a third or half of it where some share a partition (docs/scale.md).
Source: DynamoDB, 1,000 write units a second and partition."""

Item = dict[str, Any]


class DynamoCommerceStore:
    """The records of companies (port CommerceStore). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def head(self, key: CompanyKey, record: str) -> RecordHead | None:
        """Give what is known of a record, strongly consistent; None where there is none."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_head_key(key, record), ConsistentRead=True)
        item = answer.get("Item")
        return RecordHead(version_from(item["ve"]["S"]), date.fromisoformat(item["dy"]["S"])) if item else None

    def keep(self, key: CompanyKey, day: date, record: CommerceRecord) -> Kept:
        """Keep a version of a record, once, in the day of its first version."""
        version, body = version_key(record.version), record_text(record)
        kept, counted = self._move_head(key, day, record_key(record), version=version, digest=digest_of(body))
        if kept in (Kept.NEW, Kept.LATER, Kept.DUPLICATE):
            # A duplicate as well: whoever moved the head may have died before this write.
            self._put_version(key, counted, record_key(record), version=version, body=body)
        return kept

    def _move_head(self, key: CompanyKey, day: date, record: str, *, version: str, digest: str) -> tuple[Kept, str]:
        """Make the version the record's latest where it is; give what it was, and the day that the record counts in."""
        is_later = "attribute_not_exists(pk) OR ve < :version"
        try:
            with store_errors("UpdateItem"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=_head_key(key, record),
                    UpdateExpression="SET ve = :version, dg = :digest, dy = if_not_exists(dy, :day)",
                    ConditionExpression=is_later,
                    ExpressionAttributeValues={
                        ":version": {"S": version},
                        ":digest": {"S": digest},
                        ":day": {"S": day.isoformat()},
                    },
                    ReturnValues="ALL_OLD",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except StoreError as error:
            stored = refused_item(error)
            if not stored:
                raise
            return _compared(stored, version, digest), stored["dy"]["S"]
        before = answer.get("Attributes")
        return (Kept.LATER, before["dy"]["S"]) if before else (Kept.NEW, day.isoformat())

    def _put_version(self, key: CompanyKey, day: str, record: str, *, version: str, body: str) -> None:
        shard = zlib.crc32(record.encode("utf-8", "surrogatepass")) % SHARDS
        item = {
            "pk": {"S": _day_partition(key, day, shard)},
            "sk": {"S": key_text(record, version)},
            "bo": {"S": body},
        }
        with store_errors("PutItem"):
            self._client.put_item(TableName=self._table, Item=item)

    def records(self, key: CompanyKey, day: date) -> Iterator[CommerceRecord]:
        """Give every kept version of the day, shard after shard, a page at a time; strongly consistent."""
        for shard in range(SHARDS):
            for item in query_all(self._client, self._table, _day_partition(key, day.isoformat(), shard)):
                yield record_from(item["bo"]["S"])

    def mark_late(self, key: CompanyKey, day: date) -> None:
        """Note that something was kept for a day that was over."""
        item = _late_key(key, day) | {"tk": {"S": secrets.token_hex(8)}}
        with store_errors("PutItem"):
            self._client.put_item(TableName=self._table, Item=item)

    def late_days(self, key: CompanyKey) -> Sequence[LateDay]:
        """Give the days that are marked as late, sorted."""
        items = query_all(self._client, self._table, key_text("late", *key))
        return [LateDay(date.fromisoformat(item["sk"]["S"]), item["tk"]["S"]) for item in items]

    def unmark_late(self, key: CompanyKey, late: LateDay) -> None:
        """Forget the mark where nothing came since it was read."""
        try:
            with store_errors("DeleteItem"):
                self._client.delete_item(
                    TableName=self._table,
                    Key=_late_key(key, late.day),
                    ConditionExpression="tk = :token",
                    ExpressionAttributeValues={":token": {"S": late.token}},
                )
        except StoreError as error:
            if refused_item(error) is None:
                raise


def query_all(client: Any, table: str, partition: str, **options: Any) -> Iterator[Item]:
    """Give the items of a partition in the order of their sort keys, a page at a time; strongly consistent."""
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": partition}},
        "ConsistentRead": True,
        **options,
    }
    while True:
        with store_errors("Query"):
            page = client.query(**request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _compared(stored: Item, version: str, digest: str) -> Kept:
    if version < stored["ve"]["S"]:
        return Kept.OLDER
    return Kept.DUPLICATE if digest == stored["dg"]["S"] else Kept.CONFLICT


def _head_key(key: CompanyKey, record: str) -> Item:
    return {"pk": {"S": key_text("head", *key, record)}, "sk": {"S": "-"}}


def _late_key(key: CompanyKey, day: date) -> Item:
    return {"pk": {"S": key_text("late", *key)}, "sk": {"S": day.isoformat()}}


def _day_partition(key: CompanyKey, day: str, shard: int) -> str:
    return key_text("rec", *key, day, str(shard))
