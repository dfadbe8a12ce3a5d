"""How far extracts have come, in the table of the delivery records (port ExtractStore).

A checkpoint lies under `extract#<id>`, a mark under `extracted#<id>#<entity>#<source id>`: two and four parts where a
delivery key has five, so none ever meet. Marks are many and small, hence the short names of their attributes.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.checkpoint_text import checkpoint_of, checkpoint_text
from ledgerpost.adapters.dynamodb.attention import AttentionIndex
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.extract.progress import Checkpoint, ExtractId, RowMark
from ledgerpost.domain.extract.rows import Entity, RowFingerprint, RowId

Item = dict[str, Any]


class DynamoExtractStore:
    """Checkpoints and marks in a table whose hash key is `key`. Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._reader = AttentionIndex(client, table)

    def checkpoint(self, extract: ExtractId) -> Checkpoint | None:
        """Give the latest checkpoint, strongly consistent; None before the first night."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_checkpoint_key(extract), ConsistentRead=True)
        item = answer.get("Item")
        return None if item is None else checkpoint_of(item["tx"]["S"])

    def keep_checkpoint(self, extract: ExtractId, checkpoint: Checkpoint) -> None:
        """Put the checkpoint in place of the one before."""
        item = {**_checkpoint_key(extract), "tx": {"S": checkpoint_text(checkpoint)}}
        with store_errors("PutItem"):
            self._client.put_item(TableName=self._table, Item=item)

    def marks(self, extract: ExtractId, entity: Entity, ids: Collection[str]) -> Mapping[str, RowMark]:
        """Give the marks of those rows that have one, strongly consistent."""
        keys = {_mark_key(extract, entity, row_id): row_id for row_id in ids}
        items = self._reader.items([{"key": {"S": key}} for key in keys])
        return {keys[item["key"]["S"]]: _mark_of(item) for item in items}

    def keep_marks(self, extract: ExtractId, entity: Entity, marks: Mapping[str, RowMark]) -> None:
        """Keep each mark in place of the one of its id; on an error any of them may be kept."""
        # One by one: a batch that may write may also delete, and no function is to be able to do that in this table.
        for row_id, mark in marks.items():
            with store_errors("PutItem"):
                self._client.put_item(TableName=self._table, Item=_item_of(_mark_key(extract, entity, row_id), mark))


def _checkpoint_key(extract: ExtractId) -> Item:
    return {"key": {"S": key_text("extract", extract)}}


def _mark_key(extract: ExtractId, entity: Entity, row_id: str) -> str:
    return key_text("extracted", extract, entity, row_id)


def _item_of(key: str, mark: RowMark) -> Item:
    return {
        "key": {"S": key},
        "hd": {"B": bytes.fromhex(mark.header)},
        "ct": {"B": bytes.fromhex(mark.content)},
        "ti": {"S": mark.target_id},
    }


def _mark_of(item: Item) -> RowMark:
    return RowMark(
        RowFingerprint(bytes(item["hd"]["B"]).hex()),
        RowFingerprint(bytes(item["ct"]["B"]).hex()),
        RowId(item["ti"]["S"]),
    )
