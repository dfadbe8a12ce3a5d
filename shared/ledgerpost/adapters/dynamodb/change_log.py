"""The change log in the table of routes: one item per entry, under `changes#<tenant>`, ordered by its number.

An append is a transaction of two: the entry before it is still there with the digest that the new one is chained to,
and nobody has written the next number yet. So two that append at once cannot both succeed, and no gap can come about.
botocore gives each transaction a client token of its own, so one that is sent again after a lost answer counts once.
Source: DynamoDB API, TransactWriteItems, ClientRequestToken.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.domain.access import Act
from ledgerpost.domain.change_log import Change, ChangeEntry
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError

PREFIX = "changes#"
"""No tenant's own partition begins so: a tenant's id has no `#`."""

Item = dict[str, Any]


class DynamoChangeLog:
    """The chains of all tenants (port ChangeLog). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def last(self, tenant: TenantId) -> ChangeEntry | None:
        """Give the tenant's last entry, strongly consistent; None where there is none."""
        return next(iter(self._query(tenant, limit=1, forward=False)), None)

    def append(self, entry: ChangeEntry) -> ChangeEntry | None:
        """Write `entry` where the tenant's last one is the one that it is chained to, and give None; where it is not,
        write nothing and give the last one.
        """
        tenant = entry.change.tenant
        put = {
            "Put": {
                "TableName": self._table,
                "Item": _item_of(entry),
                "ConditionExpression": "attribute_not_exists(tenant)",
            }
        }
        try:
            with store_errors("TransactWriteItems"):
                self._client.transact_write_items(TransactItems=[*self._follows(entry), put])
        except StoreError as error:
            if not _is_refused(error):
                raise
            last = self.last(tenant)
            if last is None:
                raise StoreError("store_unavailable", "The change log has no entry to follow.") from error
            return last
        return None

    def _follows(self, entry: ChangeEntry) -> list[dict[str, Any]]:
        """Give the check that the entry before is the one that `entry` is chained to; none for the first."""
        if entry.number == 1:
            return []
        check = {
            "TableName": self._table,
            "Key": _key(entry.change.tenant, entry.number - 1),
            "ConditionExpression": "digest = :before",
            "ExpressionAttributeValues": {":before": {"S": entry.before}},
        }
        return [{"ConditionCheck": check}]

    def latest(self, tenant: TenantId, limit: int, before: int | None = None) -> Sequence[ChangeEntry]:
        """Give up to `limit` entries, the latest first; one query."""
        bound = ("#item < :bound", _sort_key(before)) if before is not None else None
        return self._query(tenant, limit=limit, forward=False, bound=bound)

    def from_number(self, tenant: TenantId, first: int, limit: int) -> Sequence[ChangeEntry]:
        """Give up to `limit` entries from number `first` on, in their order; one query."""
        return self._query(tenant, limit=limit, forward=True, bound=("#item >= :bound", _sort_key(first)))

    def _query(
        self, tenant: TenantId, *, limit: int, forward: bool, bound: tuple[str, str] | None = None
    ) -> Sequence[ChangeEntry]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "tenant = :tenant",
            "ExpressionAttributeValues": {":tenant": {"S": f"{PREFIX}{tenant}"}},
            "ScanIndexForward": forward,
            "ConsistentRead": True,
            "Limit": limit,
        }
        if bound is not None:
            request["KeyConditionExpression"] += f" AND {bound[0]}"
            request["ExpressionAttributeNames"] = {"#item": "item"}
            request["ExpressionAttributeValues"][":bound"] = {"S": bound[1]}
        with store_errors("Query"):
            page = self._client.query(**request)
        return [_entry_of(item, tenant) for item in page["Items"]]


def _sort_key(number: int) -> str:
    return f"{number:012}"


def _key(tenant: TenantId, number: int) -> Item:
    return {"tenant": {"S": f"{PREFIX}{tenant}"}, "item": {"S": _sort_key(number)}}


def _item_of(entry: ChangeEntry) -> Item:
    change = entry.change
    return _key(change.tenant, entry.number) | {
        "act": {"S": change.act.value},
        "by": {"S": change.by},
        "at": {"S": change.at.isoformat()},
        "facts": {"S": json.dumps(dict(change.facts), ensure_ascii=False, separators=(",", ":"))},
        "refused": {"S": change.refused},
        "before": {"S": entry.before},
        "digest": {"S": entry.digest},
    }


def _entry_of(item: Item, tenant: TenantId) -> ChangeEntry:
    change = Change(
        tenant=tenant,
        act=Act(item["act"]["S"]),
        by=item["by"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        facts=json.loads(item["facts"]["S"]),
        refused=item["refused"]["S"],
    )
    return ChangeEntry(change, int(item["item"]["S"]), item["before"]["S"], item["digest"]["S"])


def _is_refused(error: StoreError) -> bool:
    """Say whether the append was surely not made, since somebody else appended."""
    cause = error.__cause__
    return (
        isinstance(cause, ClientError)
        and cause.response["Error"]["Code"] == "TransactionCanceledException"
        and any(
            reason.get("Code") in ("ConditionalCheckFailed", "TransactionConflict")
            for reason in cause.response.get("CancellationReasons", ())
        )
    )
