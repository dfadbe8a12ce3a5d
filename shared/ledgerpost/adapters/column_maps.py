"""Saved column maps: in the table of routes, and in memory or a file for local runs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.synced_file import replace_file
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError

PREFIX = "columnmap#"
"""No tenant's own partition begins so: a tenant's id has no `#`."""


class DynamoColumnMaps:
    """Column maps in the table of routes, under `columnmap#<tenant>` (port ColumnMaps). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def names(self, tenant: TenantId) -> Sequence[str]:
        """Give the names of the tenant's maps, sorted: a query of one small partition."""
        with store_errors("Query"):
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="tenant = :tenant",
                ExpressionAttributeValues={":tenant": {"S": f"{PREFIX}{tenant}"}},
                ProjectionExpression="#item",
                ExpressionAttributeNames={"#item": "item"},
                ConsistentRead=True,
            )
        return [item["item"]["S"] for item in page["Items"]]

    def read(self, tenant: TenantId, name: str) -> str | None:
        """Give the text of a map; None where there is none of that name."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_key(tenant, name), ConsistentRead=True)
        return str(answer["Item"]["text"]["S"]) if "Item" in answer else None

    def keep(self, tenant: TenantId, name: str, text: str) -> None:
        """Keep a map, in the place of an earlier one of that name."""
        with store_errors("PutItem"):
            self._client.put_item(TableName=self._table, Item=_key(tenant, name) | {"text": {"S": text}})


def _key(tenant: TenantId, name: str) -> dict[str, Any]:
    return {"tenant": {"S": f"{PREFIX}{tenant}"}, "item": {"S": name}}


class MemoryColumnMaps:
    """Column maps in memory, and where `path` is given in that file as JSON (port ColumnMaps)."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._maps: dict[str, dict[str, str]] = {}
        if path is not None and path.exists():
            try:
                found = json.loads(path.read_text("utf-8"))
                self._maps = {str(tenant): {str(n): str(t) for n, t in maps.items()} for tenant, maps in found.items()}
            except (ValueError, AttributeError):
                raise StoreError("store_unavailable", f"{path.name} is damaged.") from None

    def names(self, tenant: TenantId) -> Sequence[str]:
        """Give the names of the tenant's maps, sorted."""
        return sorted(self._maps.get(tenant, {}))

    def read(self, tenant: TenantId, name: str) -> str | None:
        """Give the text of a map; None where there is none of that name."""
        return self._maps.get(tenant, {}).get(name)

    def keep(self, tenant: TenantId, name: str, text: str) -> None:
        """Keep a map, in the place of an earlier one of that name."""
        self._maps.setdefault(tenant, {})[name] = text
        if self._path is not None:
            replace_file(self._path, json.dumps(self._maps))
