"""Rotating token pairs, shared by all containers: one item per connection under `tokens#<key>`.

The pair is one JSON text, `tp`. The item holds secrets: its table is encrypted with the stage's own key, and only the
functions that call such a connection may read it.
"""

from typing import Any

from ledgerpost.adapters.dynamodb.revised_items import RevisedItems
from ledgerpost.adapters.token_pair_text import token_pair_of, token_pair_text
from ledgerpost.domain.token_pair import StoredPair, TokenPair

PREFIX = "tokens"


class DynamoTokenPairs:
    """Pairs as items (port TokenPairs). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._items = RevisedItems(client, table, PREFIX)

    def read(self, key: str) -> StoredPair | None:
        """Give what is stored, strongly consistent; None where there is nothing."""
        stored = self._items.read(key)
        if stored is None:
            return None
        item, revision = stored
        return StoredPair(token_pair_of(item["tp"]["S"]), revision)

    def write(self, key: str, pair: TokenPair, revision: int) -> bool:
        """Write where the stored pair is of `revision` (0 for none) and say whether it was written."""
        return self._items.write(key, {"tp": {"S": token_pair_text(pair)}}, revision)
