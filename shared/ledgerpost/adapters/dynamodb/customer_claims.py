"""Claims of customers, shared by all workers: one item under `customer#<key>` for each that was ever transferred.

`un` is the instant until which nobody else makes the customer, `id` what was made, `rv` the revision. The key holds no
address: whoever claims hashes it.
"""

import secrets
from datetime import datetime
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.customer_claim import CustomerClaim, StoredClaim
from ledgerpost.errors import StoreError

PREFIX = "customer"


class DynamoCustomerClaims:
    """Claims as items (port CustomerClaims). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, key: str) -> StoredClaim | None:
        """Give what is stored, strongly consistent; None where there is nothing."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        item = answer.get("Item")
        if not item:
            return None
        claim = CustomerClaim(datetime.fromisoformat(item["un"]["S"]), item["id"]["S"])
        return StoredClaim(claim, int(item["rv"]["N"]))

    def write(self, key: str, claim: CustomerClaim, revision: int) -> bool:
        """Write where the stored claim is of `revision` (0 for none) and say whether it was written.

        `wr` is new with each write: a refusal that shows our own is botocore's second try of a write that took effect.
        """
        writer = secrets.token_bytes(8)
        request: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                **_key(key),
                "un": {"S": claim.until.isoformat()},
                "id": {"S": claim.customer_id},
                "rv": {"N": str(revision + 1)},
                "wr": {"B": writer},
            },
            "ConditionExpression": "attribute_not_exists(rv)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if revision:
            request["ConditionExpression"] = "rv = :before"
            request["ExpressionAttributeValues"] = {":before": {"N": str(revision)}}
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
