"""One table of DynamoDB on disk, as much of it as our adapters of delivery records ask for: ten million items, counted.

It stands where the client of botocore stands, so the adapters run on it unchanged. Items lie in SQLite under their key;
the sparse index `attention` is an index of SQLite. A Scan is refused, and so is every expression that it does not know.
What each call would be billed is added up. Source: Amazon DynamoDB, "On-demand capacity mode" (a write unit is 1 KB of
the larger of the item before and after, also where its condition is refused; a read unit 4 KB read consistently, half
of one else), "Item sizes and formats", and "Global secondary indexes", the section on writes (an item that enters,
changes in or leaves an index is written there; one whose index key changes is written twice).
"""

import marshal
import math
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.infra.metering import item_size

Item = dict[str, Any]
Row = tuple[str, str | None, str | None, bytes]
"""An item as it lies in the file: its key, the two keys of the index, and all of it."""

PROJECTED = ("key", "attention", "attention_at", "ws")
"""What the index holds of an item. Source: the stack, construct of the table."""

SCHEMA = """
CREATE TABLE items (key TEXT PRIMARY KEY, attention TEXT, attention_at TEXT, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX attention ON items (attention, attention_at, key) WHERE attention IS NOT NULL;
"""


@dataclass
class Bill:
    """What was asked for: requests by operation, units, and the processor time in here."""

    requests: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    read_units: float = 0.0
    own_ns: int = 0


def _billed(operation: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Count a call as one request of `operation`, and its processor time as the table's own."""

    def around(call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def counted(self: "DiskTable", **request: Any) -> Any:
            began = time.thread_time_ns()
            self.bill.requests[operation] += 1
            try:
                return call(self, **request)
            finally:
                self.bill.own_ns += time.thread_time_ns() - began

        return counted

    return around


class DiskTable:
    """The table in the file at `path`, made where there is none. For one thread."""

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        self._database = sqlite3.connect(path, isolation_level=None)
        # Nothing has to outlive a power cut here.
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")
        if is_new:
            self._database.executescript(SCHEMA)
        self.bill = Bill()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def count(self) -> int:
        """Give how many items there are; nothing that DynamoDB would tell at once."""
        [(count,)] = self._database.execute("SELECT count(*) FROM items")
        return int(count)

    def fill(self, rows: Iterable[Row]) -> None:
        """Put `row_of` many items in at once, unbilled; quick where their keys come sorted."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def items(self) -> list[Item]:
        """Give all items, unbilled, in the order of their keys: for a small table."""
        return [_item_of(body) for (body,) in self._database.execute("SELECT body FROM items ORDER BY key")]

    def item(self, key: str) -> Item | None:
        """Give an item, unbilled; None where there is none."""
        row = self._database.execute("SELECT body FROM items WHERE key = ?", (key,)).fetchone()
        return _item_of(row[0]) if row else None

    @_billed("PutItem")
    def put_item(self, *, TableName: str, Item: Item, **options: Any) -> dict[str, Any]:  # noqa: N803, ARG002
        """Write an item where its condition holds of the stored one."""
        before = self.item(Item["key"]["S"])
        self.bill.write_units += _write_units(max(item_size(Item), item_size(before or {})))
        if not _holds(before or {}, options):
            raise _refusal(before, options)
        self.bill.write_units += _index_units(before, Item)
        self._database.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?)", row_of(Item))
        return {}

    @_billed("GetItem")
    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803, ARG002
        """Read an item."""
        item = self.item(Key["key"]["S"])
        self.bill.read_units += _read_units(item_size(item or {}), consistent=ConsistentRead)
        return {"Item": item} if item else {}

    @_billed("BatchGetItem")
    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        """Read up to a hundred items, each billed alone."""
        [(table, asked)] = RequestItems.items()
        found = [item for key in asked["Keys"] if (item := self.item(key["key"]["S"]))]
        self.bill.read_units += sum(_read_units(item_size(item), consistent=asked["ConsistentRead"]) for item in found)
        return {"Responses": {table: found}}

    @_billed("Query")
    def query(self, *, IndexName: str, KeyConditionExpression: str, Limit: int, **options: Any) -> dict[str, Any]:  # noqa: N803
        """Read a page of a partition of the index, the earliest first."""
        assert IndexName == "attention", IndexName
        values = {name[1:]: value["S"] for name, value in options["ExpressionAttributeValues"].items()}
        known = ("attention = :attention", "attention = :attention AND attention_at <= :before")
        assert KeyConditionExpression in known, KeyConditionExpression
        where = KeyConditionExpression
        if "ExclusiveStartKey" in options:
            where += " AND (attention_at, key) > (:last_at, :last_key)"
            last = options["ExclusiveStartKey"]
            values |= {"last_at": last["attention_at"]["S"], "last_key": last["key"]["S"]}
        sql = f"SELECT body FROM items WHERE {where} ORDER BY attention_at, key LIMIT {Limit}"  # noqa: S608
        items = [_projected(_item_of(body)) for (body,) in self._database.execute(sql, values)]
        self.bill.read_units += _read_units(sum(map(item_size, items)), consistent=False)
        if len(items) < Limit:
            return {"Items": items}
        return {"Items": items, "LastEvaluatedKey": {name: items[-1][name] for name in PROJECTED[:3]}}


def row_of(item: Item) -> Row:
    """Give an item as it lies in the file."""
    mark, at = (item[name]["S"] if name in item else None for name in ("attention", "attention_at"))
    return item["key"]["S"], mark, at, marshal.dumps(item, 2)


def _item_of(body: bytes) -> Item:
    item: Item = marshal.loads(body)  # noqa: S302 - written by this very class
    return item


def _projected(item: Item) -> Item:
    return {name: item[name] for name in PROJECTED if name in item}


def _holds(before: Item, options: Mapping[str, Any]) -> bool:
    """Say whether the condition holds of the stored item; raises AssertionError for a term that is not known here."""
    names, values = options.get("ExpressionAttributeNames", {}), options.get("ExpressionAttributeValues", {})
    for term in options.get("ConditionExpression", "").split(" AND "):
        if term.startswith("attribute_not_exists("):
            name = term[len("attribute_not_exists(") : -1]
            if names.get(name, name) in before:
                return False
        elif term:
            name, is_equal, value = term.split(" ")
            assert is_equal == "=", term
            if before.get(names.get(name, name)) != values[value]:
                return False
    return True


def _refusal(before: Item | None, options: Mapping[str, Any]) -> ClientError:
    answer: dict[str, Any] = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "refused"}}
    if before and options.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
        answer["Item"] = before
    return ClientError(answer, "PutItem")


def _write_units(size: int) -> int:
    return max(1, math.ceil(size / 1024))


def _read_units(size: int, *, consistent: bool) -> float:
    return max(1, math.ceil(size / 4096)) * (1.0 if consistent else 0.5)


def _index_units(before: Item | None, after: Item) -> int:
    """Give what the index is written for; what is in it takes less than 1 KB."""
    old, new = ({} if item is None or "attention" not in item else _projected(item) for item in (before, after))
    if old == new:
        return 0
    is_moved = bool(old and new) and any(old[name] != new[name] for name in PROJECTED[:3])
    return 2 if is_moved else 1
