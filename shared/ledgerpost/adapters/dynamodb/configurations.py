"""Applying configurations to the table of routes; how a reader never sees half of one stands in `tenant_items.py`.

Each application also leaves a line of its own under `audit#<tenant>`, where no reader of routes looks; it is written
in one transaction with the head, so the two never disagree.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.plain_items import PlainItem, attributes_of, plain_item
from ledgerpost.adapters.dynamodb.routes import FromItems, ToItems
from ledgerpost.adapters.dynamodb.tenant_items import HEAD, SCHEMA_VERSION, TenantItems, read_tenant
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AppliedConfiguration, RouteId
from ledgerpost.errors import StoreError
from ledgerpost.ports_setup import Application

AUDIT = "audit#"
"""No tenant's id begins with it, since none holds the sign."""

CHANGES_KEPT_MAX = 1000
"""Lines of one audit item; an item is at most 400 KB."""

_OURS = frozenset({"item", "generation", "by", "at"})
"""What this store adds to a member; the rest is its content."""


def _random_mark() -> str:
    return secrets.token_hex(4)


class DynamoConfigurationStore:
    """The table of routes as people write it (port ConfigurationStore). Every fault is a StoreError."""

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        from_items: FromItems,
        to_items: ToItems,
        mark: Callable[[], str] = _random_mark,
    ) -> None:
        self._client = client
        self._table = table
        self._from_items = from_items
        self._to_items = to_items
        self._mark = mark

    def tenants(self) -> Sequence[TenantId]:
        """Give the tenants that have a configuration, sorted. Reads the whole table, which is small."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "FilterExpression": "#item = :head",
            "ProjectionExpression": "tenant",
            "ExpressionAttributeNames": {"#item": "item"},
            "ExpressionAttributeValues": {":head": {"S": HEAD}},
        }
        found: list[TenantId] = []
        while True:
            with store_errors("Scan"):
                page = self._client.scan(**request)
            found += [TenantId(item["tenant"]["S"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return sorted(found)
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def applied(self, tenant: TenantId) -> AppliedConfiguration | None:
        """Give what is applied at this moment, strongly consistent; None for an unknown tenant."""
        items = self._read(tenant)
        return None if items is None else self._applied_of(items)

    def apply(self, applying: AppliedConfiguration, changes: Sequence[str]) -> AppliedConfiguration | None:
        """Make `applying` the tenant's where the stored one is of the revision just before, and give None; where it is
        not, change nothing and give the stored one.
        """
        tenant = applying.configuration.tenant
        stored = self._read(tenant)
        if (0 if stored is None else stored.head["revision"]) != applying.revision - 1:
            assert stored is not None, "a tenant without a configuration is of no revision"
            return self._applied_of(stored)
        kept, made = self._members(applying, stored)
        for item in made:
            with store_errors("PutItem"):
                self._client.put_item(TableName=self._table, Item=attributes_of(item))
        names = [*kept, *(item["item"] for item in made)]
        if not self._switch(applying, sorted(names), changes):
            # A definite refusal: no head lists what was just written.
            self._delete(tenant, (item["item"] for item in made))
            return self._winner(applying)
        self._sweep(tenant, applying.revision)
        return None

    def history(self, tenant: TenantId, limit: int) -> Sequence[Application]:
        """Give up to `limit` applications, the latest first."""
        request = {
            "TableName": self._table,
            "KeyConditionExpression": "tenant = :tenant",
            "ExpressionAttributeValues": {":tenant": {"S": f"{AUDIT}{tenant}"}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        with store_errors("Query"):
            page = self._client.query(**request)
        return [_application_of(plain_item(item)) for item in islice(page["Items"], limit)]

    def _read(self, tenant: TenantId) -> TenantItems | None:
        return read_tenant(self._client, self._table, tenant, consistent=True)

    def _applied_of(self, items: TenantItems) -> AppliedConfiguration:
        head = items.head
        return AppliedConfiguration(
            configuration=self._from_items([head, *items.members]),
            revision=head["revision"],
            by=head["by"],
            at=datetime.fromisoformat(head["at"]),
            retired={RouteId(route): revision for route, revision in head["retired"].items()},
        )

    def _members(
        self, applying: AppliedConfiguration, stored: TenantItems | None
    ) -> tuple[list[str], list[dict[str, Any]]]:
        """Give the names of the members that stay as they are, and the items of those that are new or changed."""
        there = {item["item"].partition("@")[0]: item for item in stored.members} if stored else {}
        kept: list[str] = []
        made: list[dict[str, Any]] = []
        mark = self._mark()
        for item in self._to_items(applying.configuration):
            name = item["item"]
            if name == HEAD:
                continue
            if name in there and _content(there[name]) == _content(item):
                kept.append(there[name]["item"])
                continue
            ours = {"item": f"{name}@{applying.revision}.{mark}", "generation": applying.revision, **_who(applying)}
            made.append({**item, **ours})
        return kept, made

    def _switch(self, applying: AppliedConfiguration, names: Sequence[str], changes: Sequence[str]) -> bool:
        """Write head and audit line, if nobody was faster; say whether they were written."""
        tenant = applying.configuration.tenant
        head = {
            "tenant": tenant,
            "item": HEAD,
            "schema": SCHEMA_VERSION,
            "revision": applying.revision,
            "items": names,
            "retired": dict(applying.retired),
            **_who(applying),
        }
        audit = {
            "tenant": f"{AUDIT}{tenant}",
            "item": f"{applying.revision:010}",
            "revision": applying.revision,
            "changes": list(islice(changes, CHANGES_KEPT_MAX)),
            **_who(applying),
        }
        put_head: dict[str, Any] = {"TableName": self._table, "Item": attributes_of(head)}
        put_audit = {"TableName": self._table, "Item": attributes_of(audit)}
        if applying.revision == 1:
            put_head["ConditionExpression"] = "attribute_not_exists(tenant)"
        else:
            # Nobody has applied anything since the configuration was read that these changes were worked out from.
            put_head["ConditionExpression"] = "revision = :before"
            put_head["ExpressionAttributeValues"] = {":before": {"N": str(applying.revision - 1)}}
        try:
            with store_errors("TransactWriteItems"):
                self._client.transact_write_items(TransactItems=[{"Put": put_head}, {"Put": put_audit}])
        except StoreError as error:
            if _is_refused(error):
                return False
            raise
        return True

    def _winner(self, applying: AppliedConfiguration) -> AppliedConfiguration:
        stored = self.applied(applying.configuration.tenant)
        if stored is None or stored.revision < applying.revision:
            # Two transactions met, and neither took.
            raise StoreError("store_unavailable", "Another application was under way at the same moment; try again.")
        return stored

    def _sweep(self, tenant: TenantId, revision: int) -> None:
        """Delete the items that no head will list: those up to this revision that its head does not list.

        What another operator is writing at this moment is of a later one. A fault here changes nothing for a reader,
        and the next application sweeps again.
        """
        try:
            items = self._read(tenant)
            if items is not None:
                self._delete(tenant, (name for name in items.unlisted if _generation(name) <= revision))
        except StoreError:
            return

    def _delete(self, tenant: TenantId, names: Iterable[str]) -> None:
        for name in names:
            with store_errors("DeleteItem"):
                self._client.delete_item(TableName=self._table, Key={"tenant": {"S": tenant}, "item": {"S": name}})


def _who(applying: AppliedConfiguration) -> dict[str, str]:
    return {"by": applying.by, "at": applying.at.isoformat()}


def _content(item: PlainItem) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _OURS}


def _generation(name: str) -> int:
    """Give the revision that an item was written for; what has none in its name is of no revision."""
    number = name.rpartition("@")[2].partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _is_refused(error: StoreError) -> bool:
    """Say whether the transaction was surely not carried out, since somebody else was faster."""
    cause = error.__cause__
    return (
        isinstance(cause, ClientError)
        and cause.response["Error"]["Code"] == "TransactionCanceledException"
        and any(
            reason.get("Code") in ("ConditionalCheckFailed", "TransactionConflict")
            for reason in cause.response.get("CancellationReasons", ())
        )
    )


def _application_of(item: PlainItem) -> Application:
    return Application(
        revision=item["revision"],
        by=item["by"],
        at=datetime.fromisoformat(item["at"]),
        changes=tuple(item["changes"]),
    )
