"""Companies, the states of their days and their runs, in the table `commerce`; the keys stand in `commerce.py`.

| attribute       | of           | holds                                                                |
| --------------- | ------------ | -------------------------------------------------------------------- |
| `fe`            | company, day | fence: grows with every write                                        |
| `wr`            | company, day | writer: new with each write; tells our own retried write from a rival's |
| `bo`            | all          | the text, deflated                                                   |
| `la`            | day          | where its layers lie, if they are too large for it                   |
| `pr` `nr`       | company      | progress; next run                                                   |
| `due` `due_at`  | company      | the sparse index `due`: shard and next run, of enabled companies     |
"""

import secrets
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.commerce_texts import (
    day_from,
    day_text,
    instant_text,
    progress_from,
    progress_text,
    run_from,
    run_text,
)
from ledgerpost.adapters.dynamodb.commerce import Item, query_all
from ledgerpost.adapters.dynamodb.commerce_layers import DayLayers, packed_text, unpacked_text
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.closing import CompanyKey, SyncRun
from ledgerpost.domain.commerce import CompanyId
from ledgerpost.domain.company import Company
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.close import DayClose
from ledgerpost.errors import StoreError
from ledgerpost.ports_commerce import KeptCompany

INDEX = "due"
DUE_SHARDS = 4

BODY_BYTES_MAX = 350_000
"""Packed bytes of one text; an item has at most 400 KB. Source: DynamoDB service quotas."""


class DynamoCompanyStore:
    """Companies (port CompanyStore); how a configuration is written down is given. Every fault is a StoreError."""

    def __init__(
        self, client: Any, table: str, *, to_text: Callable[[Company], str], from_text: Callable[[str], Company]
    ) -> None:
        self._client = client
        self._table = table
        self._to_text = to_text
        # A configuration is read with every record and hardly ever changes; the same text gives the same company.
        self._from_text = lru_cache(maxsize=64)(from_text)

    def company(self, key: CompanyKey) -> KeptCompany | None:
        """Give the company, strongly consistent; None where there is none."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_company_key(key), ConsistentRead=True)
        item = answer.get("Item")
        return self._kept(item) if item is not None else None

    def companies(self, tenant: TenantId, limit: int) -> Sequence[KeptCompany]:
        """Give up to `limit` companies of a tenant, in the order of their ids: one query of one partition."""
        items = query_all(self._client, self._table, key_text("company", tenant), Limit=limit)
        return [self._kept(item) for item in islice(items, limit)]

    def _kept(self, item: Item) -> KeptCompany:
        return KeptCompany(
            company=self._from_text(_unpacked(item)),
            progress=progress_from(item["pr"]["S"]),
            next_run=datetime.fromisoformat(item["nr"]["S"]),
            fence=int(item["fe"]["N"]),
        )

    def put(self, kept: KeptCompany) -> bool:
        """Write the company where the stored one has the fence just before; say whether."""
        next_run = instant_text(kept.next_run)
        item = {
            **_company_key(kept.key),
            "bo": _packed(self._to_text(kept.company)),
            "pr": {"S": progress_text(kept.progress)},
            "nr": {"S": next_run},
        }
        if kept.company.enabled:
            shard = zlib.crc32(key_text(*kept.key).encode()) % DUE_SHARDS
            item |= {"due": {"S": f"due#{shard}"}, "due_at": {"S": next_run}}
        return put_fenced(self._client, self._table, item, kept.fence)

    def due(self, now: datetime, limit: int) -> Sequence[CompanyKey]:
        """Give up to `limit` companies whose next run is not after `now`, the longest due first: a query per shard."""
        shards = [self._due_in(shard, now, limit) for shard in range(DUE_SHARDS)]
        ordered = merge(*shards, key=lambda item: (item["due_at"]["S"], item["pk"]["S"], item["sk"]["S"]))
        return [_key_of(item) for item in islice(ordered, limit)]

    def _due_in(self, shard: int, now: datetime, limit: int) -> list[Item]:
        items = query_all(
            self._client,
            self._table,
            "",
            IndexName=INDEX,
            KeyConditionExpression="due = :due AND due_at <= :now",
            ExpressionAttributeValues={":due": {"S": f"due#{shard}"}, ":now": {"S": instant_text(now)}},
            ConsistentRead=False,
            Limit=limit,
        )
        return list(islice(items, limit))


class DynamoDayStore:
    """The states of days, and the runs (ports DayStore and RunStore). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._layers = DayLayers(client, table)

    def day(self, key: CompanyKey, day: date) -> DayClose | None:
        """Give the state of a day, strongly consistent; None where it was never closed."""
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_day_key(key, day), ConsistentRead=True)
        item = answer.get("Item")
        return self._read(key, day, item) if item else None

    def put_day(self, state: DayClose) -> bool:
        """Write the state where the stored one has the fence just before; say whether.

        A state that is too large for one item has its layers beside it, written first.
        """
        item = _day_key(state.key, state.day)
        text = packed_text(day_text(state))
        if len(text) <= BODY_BYTES_MAX:
            return put_fenced(self._client, self._table, item | {"bo": {"B": text}}, state.fence)
        named = self._layers.put(state.key, state.day, state.layers)
        head = item | {"la": named, "bo": _packed(day_text(replace(state, layers=())))}
        return put_fenced(self._client, self._table, head, state.fence)

    def days(self, key: CompanyKey, limit: int) -> Sequence[DayClose]:
        """Give up to `limit` days that were closed, the latest day first."""
        items = query_all(self._client, self._table, key_text("day", *key), ScanIndexForward=False, Limit=limit)
        return [self._read(key, date.fromisoformat(item["sk"]["S"]), item) for item in islice(items, limit)]

    def _read(self, key: CompanyKey, day: date, item: Item) -> DayClose:
        state = day_from(key, day, _unpacked(item))
        return replace(state, layers=self._layers.read(key, day, item["la"])) if "la" in item else state

    def put_run(self, key: CompanyKey, run: SyncRun) -> None:
        """Keep the run, in place of an earlier state of it."""
        item = {
            "pk": {"S": key_text("run", *key)},
            "sk": {"S": key_text(instant_text(run.started_at), run.id)},
            "bo": _packed(run_text(run)),
        }
        with store_errors("PutItem"):
            self._client.put_item(TableName=self._table, Item=item)

    def runs(self, key: CompanyKey, limit: int) -> Sequence[SyncRun]:
        """Give up to `limit` runs, the latest first."""
        items = query_all(self._client, self._table, key_text("run", *key), ScanIndexForward=False, Limit=limit)
        return [run_from(_unpacked(item)) for item in islice(items, limit)]


def put_fenced(client: Any, table: str, item: Item, fence: int) -> bool:
    """Write an item where the stored one has the fence just before, or where there is none and the fence is 1.

    Our own write whose answer was lost counts as written: the client tries again, and finds its own mark.
    """
    writer = secrets.token_bytes(8)
    is_next = "attribute_not_exists(pk)" if fence == 1 else "fe = :before"
    values = {} if fence == 1 else {"ExpressionAttributeValues": {":before": {"N": str(fence - 1)}}}
    try:
        with store_errors("PutItem"):
            client.put_item(
                TableName=table,
                Item=item | {"fe": {"N": str(fence)}, "wr": {"B": writer}},
                ConditionExpression=is_next,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **values,
            )
    except StoreError as error:
        stored = refused_item(error)
        if stored is None:
            raise
        return bool(stored) and bytes(stored["wr"]["B"]) == writer
    return True


def _packed(text: str) -> Item:
    packed = packed_text(text)
    if len(packed) > BODY_BYTES_MAX:
        raise StoreError("store_unavailable", "A text is too large for one item.")
    return {"B": packed}


def _unpacked(item: Item) -> str:
    return unpacked_text(bytes(item["bo"]["B"]))


def _company_key(key: CompanyKey) -> Item:
    return {"pk": {"S": key_text("company", key.tenant)}, "sk": {"S": key.company}}


def _key_of(item: Item) -> CompanyKey:
    _, tenant = item["pk"]["S"].split("#")
    return CompanyKey(TenantId(tenant.replace("%23", "#").replace("%25", "%")), CompanyId(item["sk"]["S"]))


def _day_key(key: CompanyKey, day: date) -> Item:
    return {"pk": {"S": key_text("day", *key)}, "sk": {"S": day.isoformat()}}
