"""The listing in a table of its own: partition `part`, sort key `at`.

| `part`                    | `at`                    | holds                                             |
| ------------------------- | ----------------------- | ------------------------------------------------- |
| `day#tenant#route#day`    | batch, number           | rows of a route's day: key, status, fence, receipt |
| `receipt#tenant#bucket`   | batch, number           | rows of receipt number and key                    |
| `count#tenant`            | day and route, or `all` and route | one number per status                   |
| `account#tenant`          | connection and account  | nothing more                                      |
| `batch`                   | batch, number           | that it was counted; gone after a week (`ttl`)    |

Rows lie together, up to a hundred in an item, packed: so a delivery costs the listing a fraction of a write, and never
one of the two that delivering costs. Batches come in the order of the table's stream, under ids that grow.
"""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.record import key_of, key_text
from ledgerpost.app.listing import Count, ListedPage
from ledgerpost.domain.delivery import DeliveryKey, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed, Move
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock

ROWS_MAX = 100
"""Rows of one item, about 5 KB packed."""

ITEMS_READ_MAX = 50
"""Items of one query of a day: one row each where little is delivered, a hundred where much is."""

PAGE_ROWS = 100
"""Rows after which a page of a day is full."""

BUCKETS = 64
"""Partitions of a tenant's receipt numbers. At 100,000 deliveries each holds about 80 KB: a search is one query."""

RECEIPT_PAGES_MAX = 20
"""Queries of a search by receipt number, a megabyte each: thirty million deliveries."""

TRANSACTION_ITEMS_MAX = 100
"""Source: DynamoDB API, TransactWriteItems."""

BATCHES_KEPT = timedelta(days=7)
"""How long a batch is known: a stream keeps its changes for a day. Source: DynamoDB Streams, data retention limit."""

Item = dict[str, Any]
T = TypeVar("T")


class DynamoListing:
    """The listing of all tenants (port Listing). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._known_accounts: set[tuple[str, str]] = set()

    def add(self, batch: str, moves: Sequence[Move]) -> None:
        """Take `moves` in, in their order. The same `batch` again changes nothing.

        Rows are written first: written twice they are the same items. The counts, which may not be added twice, go in
        one transaction with the mark of the batch.
        """
        rows = [move.after for move in moves if move.after is not None]
        for item in (*day_items(batch, rows), *receipt_items(batch, rows), *self._account_items(rows)):
            with store_errors("PutItem"):
                self._client.put_item(TableName=self._table, Item=item)
        sums = _sums(moves)
        for number, part in enumerate(cut(sorted(sums.items()), TRANSACTION_ITEMS_MAX - 1)):
            self._count(f"{batch}#{number}", part)

    def _account_items(self, rows: Iterable[Listed]) -> Iterator[Item]:
        for row in rows:
            key = (key_text("account", row.key.tenant), key_text(row.key.connection, row.key.account))
            if key not in self._known_accounts:
                yield item_key(*key)
                self._known_accounts.add(key)

    def _count(self, mark: str, sums: Sequence[tuple[tuple[str, str], Counter[Status]]]) -> None:
        updates = [self._update(key, counted) for key, counted in sums if any(counted.values())]
        until = int((self._clock.now() + BATCHES_KEPT).timestamp())
        put = {
            "TableName": self._table,
            "Item": item_key("batch", mark) | {"ttl": {"N": str(until)}},
            "ConditionExpression": "attribute_not_exists(part)",
        }
        try:
            with store_errors("TransactWriteItems"):
                self._client.transact_write_items(TransactItems=[{"Put": put}, *updates])
        except StoreError as error:
            if not _is_counted_already(error):
                raise

    def _update(self, key: tuple[str, str], counted: Counter[Status]) -> dict[str, Any]:
        moved = [(status, number) for status, number in sorted(counted.items()) if number]
        update = {
            "TableName": self._table,
            "Key": item_key(*key),
            "UpdateExpression": "ADD " + ", ".join(f"#{status.value} :{status.value}" for status, _ in moved),
            "ExpressionAttributeNames": {f"#{status.value}": status.value for status, _ in moved},
            "ExpressionAttributeValues": {f":{status.value}": {"N": str(number)} for status, number in moved},
        }
        return {"Update": update}

    def of_day(self, tenant: TenantId, route: RouteId, day: date, after: str = "") -> ListedPage:
        """Give a page of what was listed for a route's day, the latest change first; one query."""
        items, leads_on = self._query(day_part(tenant, route, day), limit=ITEMS_READ_MAX, newest_first=True, at=after)
        rows: list[Listed] = []
        for number, item in enumerate(items, start=1):
            rows += [row_of(row, route, day) for row in reversed(unpacked(item))]
            if len(rows) >= PAGE_ROWS and (number < len(items) or leads_on):
                return ListedPage(rows, item["at"]["S"])
        return ListedPage(rows, items[-1]["at"]["S"] if items and leads_on else "")

    def by_receipt(self, tenant: TenantId, receipt: str) -> Sequence[DeliveryKey]:
        """Give the deliveries that ever had this receipt number; one query for each megabyte of its bucket."""
        found: dict[DeliveryKey, None] = {}
        part, at = receipt_part(tenant, receipt), ""
        for _ in range(RECEIPT_PAGES_MAX):
            items, leads_on = self._query(part, newest_first=True, at=at)
            for item in items:
                found |= {key_of(key): None for number, key in unpacked(item) if number == receipt}
            if not leads_on:
                break
            at = items[-1]["at"]["S"]
        return tuple(found)

    def counts(self, tenant: TenantId, day: date | None) -> Sequence[Count]:
        """Give how many deliveries of a business day, or of all days, each route has in each status; one query."""
        prefix = f"{day_text(day)}#"
        items, _ = self._query(key_text("count", tenant), prefix=prefix)
        counts: list[Count] = []
        for item in items:
            route = RouteId(parts_of(item["at"]["S"])[1])
            counts += [Count(route, status, int(item[status.value]["N"])) for status in Status if status.value in item]
        return sorted((each for each in counts if each.deliveries), key=lambda each: (each.route, each.status))

    def latest_days(self, tenant: TenantId, limit: int) -> Sequence[tuple[date, RouteId]]:
        """Give up to `limit` business days that a route has had deliveries on, the latest day first; one query."""
        # Downwards from the counts of all days, which come after every day.
        part, all_days = key_text("count", tenant), f"{day_text(None)}#"
        items, _ = self._query(part, limit=limit, newest_first=True, at=all_days)
        pairs = (parts_of(item["at"]["S"]) for item in items)
        return [(date.fromisoformat(day), RouteId(route)) for day, route in pairs]

    def accounts(self, tenant: TenantId) -> Sequence[tuple[ConnectionId, AccountId]]:
        """Give every connection and account that the tenant has deliveries on; one query."""
        items, _ = self._query(key_text("account", tenant))
        pairs = (parts_of(item["at"]["S"]) for item in items)
        return tuple((ConnectionId(connection), AccountId(account)) for connection, account in pairs)

    def _query(
        self, part: str, *, limit: int | None = None, newest_first: bool = False, at: str = "", prefix: str = ""
    ) -> tuple[list[Item], bool]:
        """Make one query; give its items and whether there are more."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "part = :part",
            "ExpressionAttributeValues": {":part": {"S": part}},
            "ScanIndexForward": not newest_first,
        }
        if prefix:
            request["KeyConditionExpression"] += " AND begins_with(#at, :prefix)"
            request["ExpressionAttributeNames"] = {"#at": "at"}
            request["ExpressionAttributeValues"][":prefix"] = {"S": prefix}
        if limit is not None:
            request["Limit"] = limit
        if at:
            request["ExclusiveStartKey"] = item_key(part, at)
        with store_errors("Query"):
            page = self._client.query(**request)
        return page["Items"], "LastEvaluatedKey" in page


def _sums(moves: Iterable[Move]) -> dict[tuple[str, str], Counter[Status]]:
    """Give what is added to each count item, by its key."""
    sums: dict[tuple[str, str], Counter[Status]] = defaultdict(Counter)
    for move in moves:
        for row, by in ((move.before, -1), (move.after, 1)):
            if row is not None:
                part = key_text("count", row.key.tenant)
                for day in (row.day, None):
                    sums[part, key_text(day_text(day), row.route)][row.status] += by
    return sums


def day_items(batch: str, rows: Iterable[Listed]) -> Iterator[Item]:
    days: dict[str, list[list[Any]]] = defaultdict(list)
    for row in rows:
        part = day_part(row.key.tenant, row.route, row.day)
        days[part].append([key_text(*row.key), row.status.value, row.fence, row.receipt])
    return _chunks(batch, days)


def receipt_items(batch: str, rows: Iterable[Listed]) -> Iterator[Item]:
    buckets: dict[str, list[list[Any]]] = defaultdict(list)
    for row in rows:
        if row.receipt:
            buckets[receipt_part(row.key.tenant, row.receipt)].append([row.receipt, key_text(*row.key)])
    return _chunks(batch, buckets)


def _chunks(batch: str, parts: dict[str, list[list[Any]]]) -> Iterator[Item]:
    for part, rows in sorted(parts.items()):
        for number, chunk in enumerate(cut(rows, ROWS_MAX)):
            text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
            yield item_key(part, f"{batch}#{number:04}") | {"rows": {"B": zlib.compress(text.encode(), 9)}}


def unpacked(item: Item) -> list[list[Any]]:
    rows: list[list[Any]] = json.loads(zlib.decompress(bytes(item["rows"]["B"])))
    return rows


def row_of(row: list[Any], route: RouteId, day: date) -> Listed:
    key, status, fence, receipt = row
    return Listed(key=key_of(key), route=route, day=day, status=Status(status), fence=fence, receipt=receipt)


def cut(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def item_key(part: str, at: str) -> Item:
    return {"part": {"S": part}, "at": {"S": at}}


def day_part(tenant: TenantId, route: RouteId, day: date) -> str:
    return key_text("day", tenant, route, day.isoformat())


def receipt_part(tenant: TenantId, receipt: str) -> str:
    return key_text("receipt", tenant, str(zlib.crc32(receipt.encode()) % BUCKETS))


def day_text(day: date | None) -> str:
    return day.isoformat() if day else "all"


def parts_of(text: str) -> list[str]:
    return [part.replace("%23", "#").replace("%25", "%") for part in text.split("#")]


def _is_counted_already(error: StoreError) -> bool:
    """Say whether the transaction was refused for the mark of the batch, and for nothing else."""
    cause = error.__cause__
    if not isinstance(cause, ClientError):
        return False
    reasons = [reason.get("Code") for reason in cause.response.get("CancellationReasons", ())]
    return bool(reasons) and reasons[0] == "ConditionalCheckFailed"
