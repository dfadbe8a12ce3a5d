"""Pauses, in the table of the delivery records: one item per tenant, under `paused#<tenant>`, two parts where a
delivery key has five, so the two never meet.

The delivering function pauses, and it may write that table; the table of routes it may only read, so that whoever broke
into it could not turn a route elsewhere.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock

PREFIX = "paused"

CACHE_S = 60
"""A pause or its end reaches every container within this many seconds (port PauseStore)."""

TENANTS_CACHED_MAX = 1000
CHANGES_TRIED_MAX = 10


class DynamoPauseStore:
    """The pauses of each tenant (port PauseStore), kept for a minute. Every fault is a StoreError."""

    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._cache: dict[TenantId, tuple[datetime, tuple[Pause, ...]]] = {}

    def pauses(self, tenant: TenantId, *, fresh: bool = False) -> Sequence[Pause]:
        """Give the tenant's pauses, at most a minute old, or strongly consistent where `fresh`."""
        cached = self._cache.get(tenant)
        if not fresh and cached is not None and self._clock.now() - cached[0] < timedelta(seconds=CACHE_S):
            return cached[1]
        return self._read(tenant)[0]

    def pause(self, tenant: TenantId, pause: Pause) -> bool:
        """Keep the pause; give False, and keep the earlier one, where the same is paused already."""
        for tried in range(CHANGES_TRIED_MAX):
            stored, revision = self._read(tenant)
            if any(_place(each) == _place(pause) for each in stored):
                # Our own, where the network lost the answer to a write that took effect and botocore wrote again.
                return tried > 0 and pause in stored
            if self._written(tenant, (*stored, pause), revision):
                return True
        raise StoreError("store_unavailable", "The pauses changed with every try.")

    def resume(self, tenant: TenantId, connection: ConnectionId, account: AccountId | None) -> Pause | None:
        """Forget the pause of the connection, or of one account of it, and give it; None where there was none."""
        for _ in range(CHANGES_TRIED_MAX):
            stored, revision = self._read(tenant)
            found = next((each for each in stored if _place(each) == (connection, account)), None)
            if found is None:
                return None
            if self._written(tenant, tuple(each for each in stored if each is not found), revision):
                return found
        raise StoreError("store_unavailable", "The pauses changed with every try.")

    def _read(self, tenant: TenantId) -> tuple[tuple[Pause, ...], int]:
        """Give the stored pauses and the item's revision, 0 where there is no item."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_key(tenant), ConsistentRead=True)
        item = answer.get("Item")
        stored = _pauses_of(item["ps"]["S"]) if item else ()
        self._keep(tenant, stored)
        return stored, int(item["rv"]["N"]) if item else 0

    def _written(self, tenant: TenantId, pauses: tuple[Pause, ...], revision: int) -> bool:
        """Write the item where nobody was faster; say whether it was written."""
        item = {**_key(tenant), "ps": {"S": _text(pauses)}, "rv": {"N": str(revision + 1)}}
        request: dict[str, Any] = {"TableName": self._table, "Item": item}
        if revision:
            request["ConditionExpression"] = "rv = :before"
            request["ExpressionAttributeValues"] = {":before": {"N": str(revision)}}
        else:
            request["ConditionExpression"] = "attribute_not_exists(rv)"
        try:
            with store_errors("PutItem"):
                self._client.put_item(**request)
        except StoreError as error:
            if refused_item(error) is None:
                raise
            return False
        self._keep(tenant, pauses)
        return True

    def _keep(self, tenant: TenantId, pauses: tuple[Pause, ...]) -> None:
        if len(self._cache) >= TENANTS_CACHED_MAX:
            self._cache.clear()
        self._cache[tenant] = (self._clock.now(), pauses)


def _place(pause: Pause) -> tuple[ConnectionId, AccountId | None]:
    return pause.connection, pause.account


def _key(tenant: TenantId) -> dict[str, Any]:
    return {"key": {"S": key_text(PREFIX, tenant)}}


def _text(pauses: Sequence[Pause]) -> str:
    rows = [
        [each.connection, each.account, each.code, each.by, each.at.astimezone(UTC).isoformat(), each.reason]
        for each in pauses
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _pauses_of(text: str) -> tuple[Pause, ...]:
    return tuple(
        Pause(
            connection=ConnectionId(connection),
            account=None if account is None else AccountId(account),
            code=code,
            by=by,
            at=datetime.fromisoformat(at),
            reason=reason,
        )
        for connection, account, code, by, at, reason in json.loads(text)
    )
