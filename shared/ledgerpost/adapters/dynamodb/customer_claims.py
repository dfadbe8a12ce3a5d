"""Claims of customers, shared by all workers: one item under `customer#<key>` for each that was ever transferred.

`un` is the instant until which nobody else makes the customer, `id` what was made. The key holds no address: whoever
claims hashes it.
"""

from datetime import datetime
from typing import Any

from ledgerpost.adapters.dynamodb.revised_items import RevisedItems
from ledgerpost.domain.customer_claim import CustomerClaim, StoredClaim

PREFIX = "customer"


class DynamoCustomerClaims:
    """Claims as items (port CustomerClaims). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._items = RevisedItems(client, table, PREFIX)

    def read(self, key: str) -> StoredClaim | None:
        """Give what is stored, strongly consistent; None where there is nothing."""
        stored = self._items.read(key)
        if stored is None:
            return None
        item, revision = stored
        return StoredClaim(CustomerClaim(datetime.fromisoformat(item["un"]["S"]), item["id"]["S"]), revision)

    def write(self, key: str, claim: CustomerClaim, revision: int) -> bool:
        """Write where the stored claim is of `revision` (0 for none) and say whether it was written."""
        values = {"un": {"S": claim.until.isoformat()}, "id": {"S": claim.customer_id}}
        return self._items.write(key, values, revision)
