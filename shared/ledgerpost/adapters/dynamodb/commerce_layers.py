"""The layers of a day that is too large for one item, in parts of their own beside it.

A layer never changes once it was made, so its parts are written under the digest of its text and never written over:
moving the day on (closing, closed, reopened) names the same parts again. Parts are written before the day that names
them; who dies in between leaves parts that nobody names, and the next close writes the same ones. A part is never
deleted, so whoever read the day can read its layers.

| item  | `pk`                                  | `sk`                   | holds                          |
| ----- | ------------------------------------- | ---------------------- | ------------------------------ |
| part  | `layer#tenant#company#day#digest`     | number, four digits    | `bo` a piece of deflated text  |
| day   | see `commerce_companies.py`           |                        | `la` digest and count of parts |
"""

import hashlib
import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.commerce import Item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.errors import StoreError

PART_BYTES = 350_000
"""Packed bytes of one part; an item has at most 400 KB. Source: DynamoDB service quotas."""


class DayLayers:
    """The parts of layers in the table `commerce`. Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put(self, key: CompanyKey, day: date, layers: Sequence[str]) -> Item:
        """Write the parts of every layer, and give the attribute that names them."""
        return {"L": [{"S": self._put_layer(key, day, layer)} for layer in layers]}

    def read(self, key: CompanyKey, day: date, named: Item) -> tuple[str, ...]:
        """Give the layers that an attribute names, strongly consistent."""
        return tuple(self._layer(key, day, name["S"]) for name in named["L"])

    def _put_layer(self, key: CompanyKey, day: date, layer: str) -> str:
        packed = packed_text(layer)
        digest = hashlib.sha256(packed).hexdigest()
        pieces = [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]
        for number, piece in enumerate(pieces):
            item = _part_key(key, day, digest, number) | {"bo": {"B": piece}}
            with store_errors("PutItem"):
                self._client.put_item(TableName=self._table, Item=item)
        return f"{digest}/{len(pieces)}"

    def _layer(self, key: CompanyKey, day: date, name: str) -> str:
        digest, _, count = name.partition("/")
        packed = b"".join(self._piece(key, day, digest, number) for number in range(int(count)))
        if hashlib.sha256(packed).hexdigest() != digest:
            # Never added up from what is left of it: the difference would be posted as an adjustment.
            raise StoreError("store_unavailable", f"A part of a layer of {day} is missing or damaged.")
        return unpacked_text(packed)

    def _piece(self, key: CompanyKey, day: date, digest: str, number: int) -> bytes:
        """Give one part, blank where it is missing. By GetItem, since who reads a day may not be allowed to query."""
        with store_errors("GetItem"):
            answer = self._client.get_item(
                TableName=self._table, Key=_part_key(key, day, digest, number), ConsistentRead=True
            )
        item = answer.get("Item")
        return bytes(item["bo"]["B"]) if item else b""


def packed_text(text: str) -> bytes:
    """Give a text deflated: the same bytes for the same text."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 9)


def unpacked_text(packed: bytes) -> str:
    """Give the text back."""
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


def _part_key(key: CompanyKey, day: date, digest: str, number: int) -> Item:
    return {"pk": {"S": key_text("layer", *key, day.isoformat(), digest)}, "sk": {"S": f"{number:04}"}}
