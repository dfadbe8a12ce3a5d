"""Items that several workers write: each write says which revision it follows, and one of those that race is refused.

An item lies under `PREFIX#<key>` in the table of delivery records; `rv` is its revision, counted from 1.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.errors import StoreError

Item = Mapping[str, Any]


class RevisedItems:
    """The items of one prefix. Every fault is a StoreError."""

    def __init__(self, client: Any, table: str, prefix: str) -> None:
        self._client = client
        self._table = table
        self._prefix = prefix

    def read(self, key: str) -> tuple[Item, int] | None:
        """Give an item and its revision, strongly consistent; None where there is none."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=self._key(key), ConsistentRead=True)
        item = answer.get("Item")
        return (item, int(item["rv"]["N"])) if item else None

    def write(self, key: str, values: Item, revision: int) -> bool:
        """Write where the stored item is of `revision` (0 for none) and say whether it was written.

        `wr` is new with each write: a refusal that shows our own is botocore's second try of a write that took effect.
        """
        writer = secrets.token_bytes(8)
        item = {**self._key(key), **values, "rv": {"N": str(revision + 1)}, "wr": {"B": writer}}
        try:
            with store_errors("PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **_follows(revision),
                )
        except StoreError as error:
            refused = refused_item(error)
            if refused is None:
                raise
            return bool(refused) and bytes(refused["wr"]["B"]) == writer
        return True

    def _key(self, key: str) -> dict[str, Any]:
        return {"key": {"S": key_text(self._prefix, key)}}


def _follows(revision: int) -> dict[str, Any]:
    """Give the condition that the item is still of `revision`."""
    if not revision:
        return {"ConditionExpression": "attribute_not_exists(rv)"}
    return {"ConditionExpression": "rv = :before", "ExpressionAttributeValues": {":before": {"N": str(revision)}}}
