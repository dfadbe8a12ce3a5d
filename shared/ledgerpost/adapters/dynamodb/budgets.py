"""Budgets of requests, shared by all containers: one small item per connection, in the table of the delivery records.

Its key is `budget#<key>`, two parts where a delivery key has five, so the two never meet. `ar` is the arrival time in
seconds since 1970. Each reservation is one read and one conditional write.
"""

from decimal import Decimal
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.deliveries import refused_item
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.request_rate import RequestRate
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock

PREFIX = "budget"
CHANGES_TRIED_MAX = 50
"""Every refused write means that another worker's went through, so twenty of them at once all get their turn."""

_MICROSECOND = Decimal("0.000001")


class DynamoRequestBudget:
    """Arrival times as items (port RequestBudget). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def reserve(self, key: str, rate: RequestRate, patience_s: float) -> float | None:
        """Reserve the next free moment of `key`; give the seconds until then, or None beyond `patience_s`."""
        stored = self._read(key)
        for _ in range(CHANGES_TRIED_MAX):
            reservation = rate.reserved(float(stored or 0), self._clock.now().timestamp(), patience_s)
            if reservation.wait_s is None:
                return None
            written, stored = self._written(key, _decimal(reservation.arrival_s), stored)
            if written:
                return reservation.wait_s
        raise StoreError("store_unavailable", "The budget changed with every try.")

    def hold(self, key: str, rate: RequestRate, for_s: float) -> None:
        """Let no request of `key` go for so many seconds."""
        stored = self._read(key)
        for _ in range(CHANGES_TRIED_MAX):
            until_s = self._clock.now().timestamp() + for_s
            written, stored = self._written(key, _decimal(rate.held(float(stored or 0), until_s)), stored)
            if written:
                return
        raise StoreError("store_unavailable", "The budget changed with every try.")

    def _read(self, key: str) -> Decimal | None:
        with store_errors("GetItem"):
            answer = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        return _arrival(answer.get("Item"))

    def _written(self, key: str, arrival: Decimal, stored: Decimal | None) -> tuple[bool, Decimal | None]:
        """Write where nobody was faster; say whether it was written, and what is stored where it was not."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**_key(key), "ar": {"N": f"{arrival:f}"}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if stored is None:
            request["ConditionExpression"] = "attribute_not_exists(ar)"
        else:
            request["ConditionExpression"] = "ar = :before"
            request["ExpressionAttributeValues"] = {":before": {"N": f"{stored:f}"}}
        try:
            with store_errors("PutItem"):
                self._client.put_item(**request)
        except StoreError as error:
            refused = refused_item(error)
            if refused is None:
                raise
            return False, _arrival(refused)
        return True, arrival


def _key(key: str) -> dict[str, Any]:
    return {"key": {"S": key_text(PREFIX, key)}}


def _arrival(item: dict[str, Any] | None) -> Decimal | None:
    return Decimal(item["ar"]["N"]) if item else None


def _decimal(seconds: float) -> Decimal:
    return Decimal(seconds).quantize(_MICROSECOND)
