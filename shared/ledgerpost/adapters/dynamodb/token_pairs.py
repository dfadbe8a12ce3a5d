"""Rotating token pairs, shared by all containers: one item per connection under `tokens#<key>`.

The pair is one JSON text, `tp`; `rv` is its revision. The item holds secrets: its table is encrypted with the stage's
own key, and only the functions that call such a connection may read it.
"""

import secrets
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.adapters.token_pair_text import token_pair_of, token_pair_text
from ledgerpost.domain.token_pair import StoredPair, TokenPair
from ledgerpost.errors import StoreError

PREFIX = "tokens"


class DynamoTokenPairs:
    """Pairs as items (port TokenPairs). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: str) -> StoredPair | None:
        """Give what is stored, strongly consistent; None where there is nothing."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        item = answer.get("Item")
        return StoredPair(token_pair_of(item["tp"]["S"]), int(item["rv"]["N"])) if item else None

    def write(self, key: str, pair: TokenPair, revision: int) -> bool:
        """Write where the stored pair is of `revision` (0 for none) and say whether it was written.

        `wr` is new with each write: a refusal that shows our own is botocore's second try of a write that took effect.
        """
        writer = secrets.token_bytes(8)
        request: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                **_key(key),
                "tp": {"S": token_pair_text(pair)},
                "rv": {"N": str(revision + 1)},
                "wr": {"B": writer},
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if revision:
            request["ConditionExpression"] = "rv = :before"
            request["ExpressionAttributeValues"] = {":before": {"N": str(revision)}}
        else:
            request["ConditionExpression"] = "attribute_not_exists(rv)"
        try:
            with store_errors("PutItem"):
                self._client.put_item(**request)
        except StoreError as error:
            refused = refused_item(error)
            if refused is None:
                raise
            return bool(refused) and bytes(refused["wr"]["B"]) == writer
        return True


def _key(key: str) -> dict[str, Any]:
    return {"key": {"S": key_text(PREFIX, key)}}
