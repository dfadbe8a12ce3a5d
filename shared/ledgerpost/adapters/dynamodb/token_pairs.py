"""Rotating token pairs, shared by all containers: one item per connection under `tokens#<key>`.

The pair is one JSON text, `tp`; `rv` is its revision. The item holds secrets: its table is encrypted with the stage's
own key, and only the functions that call such a connection may read it.
"""

import json
import secrets
from datetime import datetime
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
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
        return StoredPair(_pair_of(item["tp"]["S"]), int(item["rv"]["N"])) if item else None

    def write(self, key: str, pair: TokenPair, revision: int) -> bool:
        """Write where the stored pair is of `revision` (0 for none) and say whether it was written.

        `wr` is new with each write: a refusal that shows our own is botocore's second try of a write that took effect.
        """
        writer = secrets.token_bytes(8)
        request: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                **_key(key),
                "tp": {"S": _text(pair)},
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


def _text(pair: TokenPair) -> str:
    return json.dumps(
        {
            "generation": pair.generation,
            "origin": pair.origin,
            "refresh": pair.refresh_token,
            "access": pair.access_token,
            "goodUntil": _instant(pair.good_until),
            "lease": pair.lease,
            "leaseUntil": _instant(pair.lease_until),
            "inDoubt": pair.in_doubt,
            "lost": pair.lost,
        }
    )


def _pair_of(text: str) -> TokenPair:
    document = json.loads(text)
    return TokenPair(
        generation=document["generation"],
        origin=document["origin"],
        refresh_token=document["refresh"],
        access_token=document["access"],
        good_until=_read_instant(document["goodUntil"]),
        lease=document["lease"],
        lease_until=_read_instant(document["leaseUntil"]),
        in_doubt=document["inDoubt"],
        lost=document["lost"],
    )


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
