"""One tenant's items in the table of routes, and how a reader knows that it sees one application and not half of two.

A Query is no snapshot, not even of what one transaction wrote: it may show some items from before and some from after.
So no item in use is ever written over. Each connection and route is an item under a name of its own,
`route#<id>@<revision>.<random>`, which is written once; the item `tenant`, the head, lists the names that make up the
configuration, and one conditional write of the head is the application:

    t0  an operator reads the head, revision 12
    t1  writes the changed items under new names   ─► nobody reads them: no head lists them
    t2  writes the head, if its revision is still 12, with the new list ─► revision 13 is in force, whole
        another operator who had read 12 as well   ─► refused; what is in force stays whole
    t3  deletes what no head lists any more

A reader that finds every name of the head has revision 12 or 13, since the items under those names never change. One
that misses a name has met t2 or t3: it reads again, strongly consistent, and then finds them. An operator's machine may
die at any point: what stays is unlisted and harmless, and the next application deletes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.plain_items import PlainItem, plain_item
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError

SCHEMA_VERSION = 1
"""The form of the items that this release writes, and the newest that it reads."""

HEAD = "tenant"
READS_MAX = 3


@dataclass(frozen=True, slots=True)
class TenantItems:
    """One application: its head, the members that the head lists, and the names of all other items that lie there."""

    head: PlainItem
    members: Sequence[PlainItem]
    unlisted: Sequence[str]


def read_tenant(client: Any, table: str, tenant: TenantId, *, consistent: bool = False) -> TenantItems | None:
    """Give what is applied; None where the tenant has no head. One Query in the usual case.

    Raises StoreError: store_unavailable, or configuration_unsupported for a form that a later release wrote.
    """
    for _ in range(READS_MAX):
        items = {item["item"]: item for item in _query(client, table, tenant, consistent=consistent)}
        head = items.pop(HEAD, None)
        if head is None:
            return None
        _refuse_unknown_form(head, tenant)
        if all(name in items for name in head["items"]):
            members = [items.pop(name) for name in head["items"]]
            return TenantItems(head, members, tuple(items))
        consistent = True
    raise StoreError("store_unavailable", f"The configuration of {tenant} is being applied at this moment.")


def _refuse_unknown_form(head: PlainItem, tenant: TenantId) -> None:
    schema = head.get("schema", 0)
    if schema != SCHEMA_VERSION:
        raise StoreError(
            "configuration_unsupported",
            f"The configuration of {tenant} has schema version {schema}; this release reads {SCHEMA_VERSION}.",
        )


def _query(client: Any, table: str, tenant: TenantId, *, consistent: bool) -> list[PlainItem]:
    request: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "tenant = :tenant",
        "ExpressionAttributeValues": {":tenant": {"S": tenant}},
        "ConsistentRead": consistent,
    }
    items: list[PlainItem] = []
    while True:
        with store_errors("Query"):
            page = client.query(**request)
        items += map(plain_item, page["Items"])
        if "LastEvaluatedKey" not in page:
            return items
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
