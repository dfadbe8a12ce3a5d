"""Rejections, in the table of the delivery records: few, and looked at beside the parked ones.

They lie under `rejected#<id>`, two parts where a delivery key has five, so the two never meet.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.attention import AttentionIndex, Item, attention_of
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.adapters.dynamodb.source_text import pack, unpack
from ledgerpost.domain.rejection import Rejection
from ledgerpost.errors import StoreError

PREFIX = "rejected"

ID_BYTES_MAX = 1000
"""A longer id is kept under its hash: a key has at most 2,048 bytes. Source: DynamoDB service quotas."""

SOURCE_BYTES_MAX = 350_000
"""Packed bytes of a source that are kept; an item has at most 400 KB. Source: DynamoDB service quotas."""

SOURCE_LEFT_OUT = "[The event is too large to be kept here; the archive of the bus has it.]"


class DynamoRejectionStore:
    """Rejections in the table of delivery records (port RejectionStore). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._attention = AttentionIndex(client, table)

    def put(self, rejection: Rejection) -> None:
        """Keep the rejection; the same id again changes nothing."""
        # The first rejection of an id stays: a message that comes again tells nothing new.
        is_first = "attribute_not_exists(#key)"
        try:
            with store_errors("PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=_item_of(rejection),
                    ConditionExpression=is_first,
                    ExpressionAttributeNames={"#key": "key"},
                )
        except StoreError as error:
            if refused_item(error) is None:
                raise

    def rejections(self) -> Iterator[Rejection]:
        """Give all that are kept, in no stated order."""
        for shard in self._attention.keys(PREFIX):
            keys = [{"key": item["key"]} for item in shard]
            yield from map(_rejection_of, self._attention.items(keys))

    def remove(self, rejection_id: str) -> None:
        """Forget the rejection, after it was redriven."""
        with store_errors("DeleteItem"):
            self._client.delete_item(TableName=self._table, Key={"key": {"S": _key_of(rejection_id)}})


def _key_of(rejection_id: str) -> str:
    key = key_text(PREFIX, rejection_id)
    if len(key.encode("utf-8", "surrogatepass")) <= ID_BYTES_MAX:
        return key
    return key_text(PREFIX, hashlib.sha256(rejection_id.encode("utf-8", "surrogatepass")).hexdigest())


def _item_of(rejection: Rejection) -> Item:
    key = _key_of(rejection.id)
    source = pack(rejection.source)
    return {
        "key": {"S": key},
        "id": {"S": rejection.id},
        "tn": {"S": rejection.tenant},
        "rt": {"S": rejection.route},
        "co": {"S": rejection.code},
        "de": {"S": rejection.message},
        "pk": {"BOOL": rejection.parked},
        "up": {"S": rejection.at.astimezone(UTC).isoformat()},
        "so": {"B": source if len(source) <= SOURCE_BYTES_MAX else pack(SOURCE_LEFT_OUT)},
    } | attention_of(PREFIX, rejection.at, key)


def _rejection_of(item: Item) -> Rejection:
    return Rejection(
        id=item["id"]["S"],
        tenant=item["tn"]["S"],
        route=item["rt"]["S"],
        code=item["co"]["S"],
        message=item["de"]["S"],
        parked=item["pk"]["BOOL"],
        at=datetime.fromisoformat(item["up"]["S"]),
        source=unpack(bytes(item["so"]["B"])),
    )
