"""The table of the listing as a rebuild writes it: the rows of a day anew, its counts where they stood still.

The rows of a rebuild lie under a batch of their own, `000…0-rebuild`, before every batch of the stream; so a second
rebuild writes over the first, and what the stream brings is later than both.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.listing import (
    Item,
    day_items,
    day_part,
    day_text,
    item_key,
    parts_of,
    receipt_items,
    row_of,
    unpacked,
)
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.adapters.dynamodb.record_stream import SEQUENCE_DIGITS
from ledgerpost.app.rebuild_listing import Counts, RouteDay
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed
from ledgerpost.domain.route import RouteId
from ledgerpost.errors import StoreError

FIRST = "0" * SEQUENCE_DIGITS
REBUILD = f"{FIRST}-rebuild"
BEFORE_EVERY_BATCH = f"{FIRST}-~"
"""Later than the rows of a rebuild, and earlier than the first batch of any stream."""

ALL_DAYS = "all"
LEVELS_MAX = 50


class DynamoListingRebuild:
    """The listing of all tenants (port ListingRebuild). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._known_accounts: set[tuple[str, str]] = set()

    def newest_batch(self) -> str:
        """Give the batch that was counted last; one before every other where none was."""
        for item in self._query("batch", ScanIndexForward=False, Limit=1):
            return str(item["at"]["S"]).rpartition("#")[0]
        return BEFORE_EVERY_BATCH

    def counts_of(self, day: RouteDay) -> Counts:
        """Give the counts of a route's day as they are at this moment."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_count_key(day), ConsistentRead=True)
        return _counts_in(answer.get("Item", {}))

    def rows_since(self, day: RouteDay, batch: str) -> tuple[Sequence[Listed], bool]:
        """Give the rows of batches later than `batch`, in their order, and whether every one of them is counted."""
        # `~` is later than every number that follows the batch.
        items = list(self._query(_part(day), after=f"{batch}#~" if batch else ""))
        rows = [row_of(row, day.route, day.day) for item in items for row in unpacked(item)]
        batches = {str(item["at"]["S"]).rpartition("#")[0] for item in items} - {REBUILD}
        return rows, all(self._is_counted(each) for each in batches)

    def _is_counted(self, batch: str) -> bool:
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=item_key("batch", f"{batch}#0"))
        return "Item" in answer

    def replace_rows(self, day: RouteDay, rows: Iterable[Listed], batch: str) -> None:
        """Write `rows`, and take away what was listed up to `batch`. The same again changes nothing."""
        listed = sorted(rows, key=lambda row: key_text(*row.key))
        written = list(day_items(REBUILD, listed))
        receipts = receipt_items(f"{REBUILD}-{key_text(day.route, day.day.isoformat())}", listed)
        for item in (*written, *receipts, *self._accounts(listed)):
            with store_errors("PutItem"):
                self._client.put_item(TableName=self._table, Item=item)
        kept = {item["at"]["S"] for item in written}
        for item in list(self._query(_part(day), up_to=f"{batch}#~", ProjectionExpression="part, #at")):
            if item["at"]["S"] not in kept:
                with store_errors("DeleteItem"):
                    self._client.delete_item(TableName=self._table, Key=item_key(_part(day), item["at"]["S"]))

    def _accounts(self, rows: Iterable[Listed]) -> Iterator[Item]:
        for row in rows:
            key = (key_text("account", row.key.tenant), key_text(row.key.connection, row.key.account))
            if key not in self._known_accounts:
                self._known_accounts.add(key)
                yield item_key(*key)

    def set_counts(self, day: RouteDay, counts: Counts, instead_of: Counts) -> bool:
        """Set the counts where they are still `instead_of`; say whether they were."""
        return self._put_counts(_count_key(day), counts, instead_of)

    def _put_counts(self, key: Item, counts: Counts, instead_of: Counts) -> bool:
        # What became zero stands as a zero, or as nothing: both are read alike, so both are expected alike.
        expected = [
            f"#{status.value} = :{status.value}"
            if status in instead_of
            else f"(attribute_not_exists(#{status.value}) OR #{status.value} = :zero)"
            for status in Status
        ]
        values = {f":{status.value}": {"N": str(number)} for status, number in instead_of.items()}
        if len(instead_of) < len(Status):
            values[":zero"] = {"N": "0"}
        try:
            with store_errors("PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=key | {status.value: {"N": str(number)} for status, number in counts.items()},
                    ConditionExpression=" AND ".join(expected),
                    ExpressionAttributeNames={f"#{status.value}": status.value for status in Status},
                    ExpressionAttributeValues=values,
                )
        except StoreError as error:
            if refused_item(error) is None:
                raise
            return False
        return True

    def counted_days(self, tenant: TenantId) -> Iterable[RouteDay]:
        """Give the days that have counts."""
        for item in self._counts(tenant):
            day, route = parts_of(item["at"]["S"])
            if day != ALL_DAYS:
                yield RouteDay(tenant, RouteId(route), date.fromisoformat(day))

    def level(self, tenant: TenantId) -> None:
        """Set the counts of all days to the sum of the days. They are read twice: where both are the same, no batch was
        counted in between.
        """
        for _ in range(LEVELS_MAX):
            before, again = self._levels(tenant), self._levels(tenant)
            if before == again and all(self._is_level(tenant, *each) for each in before.items()):
                return
        raise StoreError("store_unavailable", "The counts of all days never stood still; run it again.")

    def _levels(self, tenant: TenantId) -> Mapping[str, tuple[Counts, Counts]]:
        """Give the sum of the days and the counts of all days, by route."""
        sums: dict[str, Counter[Status]] = defaultdict(Counter)
        standing: dict[str, Counts] = {}
        for item in self._counts(tenant):
            day, route = parts_of(item["at"]["S"])
            if day == ALL_DAYS:
                standing[route] = _counts_in(item)
            else:
                sums[route].update(_counts_in(item))
        return {
            route: ({status: number for status, number in sums[route].items() if number}, standing.get(route, {}))
            for route in sums.keys() | standing.keys()
        }

    def _is_level(self, tenant: TenantId, route: str, counts: tuple[Counts, Counts]) -> bool:
        wanted, standing = counts
        key = item_key(key_text("count", tenant), key_text(day_text(None), route))
        return wanted == standing or self._put_counts(key, wanted, standing)

    def _counts(self, tenant: TenantId) -> Iterator[Item]:
        return self._query(key_text("count", tenant))

    def _query(self, part: str, *, after: str = "", up_to: str = "", **more: Any) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "part = :part",
            "ExpressionAttributeValues": {":part": {"S": part}},
            "ConsistentRead": True,
            **more,
        }
        if after or up_to:
            request["KeyConditionExpression"] += f" AND #at {'>' if after else '<='} :bound"
            request["ExpressionAttributeNames"] = {"#at": "at"}
            request["ExpressionAttributeValues"][":bound"] = {"S": after or up_to}
        while True:
            with store_errors("Query"):
                page = self._client.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _part(day: RouteDay) -> str:
    return day_part(day.tenant, day.route, day.day)


def _count_key(day: RouteDay) -> Item:
    return item_key(key_text("count", day.tenant), key_text(day_text(day.day), day.route))


def _counts_in(item: Item) -> Counts:
    counts = {status: int(item[status.value]["N"]) for status in Status if status.value in item}
    return {status: number for status, number in counts.items() if number}
