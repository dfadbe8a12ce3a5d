"""How far backfills are: in the table of routes, and in memory or a file for local runs."""

import json
from pathlib import Path
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.synced_file import replace_file
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError

PREFIX = "backfill#"
"""No tenant's own partition begins so: a tenant's id has no `#`."""


class DynamoCheckpoints:
    """Checkpoints in the table of routes, under `backfill#<tenant>` (port Checkpoints). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def position(self, tenant: TenantId, digest: str) -> int:
        """Give how many approvals of the file were published; 0 for one that is not known."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_key(tenant, digest), ConsistentRead=True)
        return int(answer["Item"]["position"]["N"]) if "Item" in answer else 0

    def keep(self, tenant: TenantId, digest: str, position: int) -> None:
        """Keep that so many were published; a lower number than the kept one changes nothing."""
        number = {"N": str(position)}
        try:
            with store_errors("PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item=_key(tenant, digest) | {"position": number},
                    ConditionExpression="attribute_not_exists(tenant) OR #position < :position",
                    ExpressionAttributeNames={"#position": "position"},
                    ExpressionAttributeValues={":position": number},
                )
        except StoreError as error:
            if refused_item(error) is None:
                raise


def _key(tenant: TenantId, digest: str) -> dict[str, Any]:
    return {"tenant": {"S": f"{PREFIX}{tenant}"}, "item": {"S": digest}}


class MemoryCheckpoints:
    """Checkpoints in memory, and where `path` is given in that file as JSON (port Checkpoints)."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._positions: dict[str, int] = {}
        if path is not None and path.exists():
            try:
                self._positions = {str(key): int(value) for key, value in json.loads(path.read_text("utf-8")).items()}
            except (ValueError, TypeError, AttributeError):
                raise StoreError("store_unavailable", f"{path.name} is damaged.") from None

    def position(self, tenant: TenantId, digest: str) -> int:
        """Give how many approvals of the file were published; 0 for one that is not known."""
        return self._positions.get(f"{tenant}#{digest}", 0)

    def keep(self, tenant: TenantId, digest: str, position: int) -> None:
        """Keep that so many were published; a lower number than the kept one changes nothing."""
        if position <= self.position(tenant, digest):
            return
        self._positions[f"{tenant}#{digest}"] = position
        if self._path is not None:
            replace_file(self._path, json.dumps(self._positions))
