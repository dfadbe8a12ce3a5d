"""The messages of the delivery queue, and the one reading of an event's text.

A message carries the event exactly as it came, so that no number is written anew on the way. What was validated at
intake is read here without pydantic: the delivery function starts faster without it.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from ledgerpost.app.delivery_work import Approval, DeliveryMessage, WakeUp
from ledgerpost.domain.delivery import DeliveryKey
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.event import BACKFILL, KIND_BY_DETAIL_TYPE, ApprovalEvent, EventId, TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId
from ledgerpost.domain.version import SourceVersion


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` and `json.dumps` make one for every call that has options.
_EXACT = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def read_json(text: str) -> Any:
    """Read JSON text with its fractions as Decimal; raises ValueError for what is no JSON, NaN included, for numbers
    that no Decimal holds and for nesting that no stack holds.
    """
    try:
        return _EXACT.decode(text)
    except InvalidOperation:
        raise ValueError("a number's exponent is out of all range") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def event_of(envelope: dict[str, Any], text: str) -> ApprovalEvent:
    """Give the event of a bus envelope (`detail-type`, `detail`, …) that `wire.approval` has found valid."""
    detail = envelope["detail"]
    approved_at = datetime.fromisoformat(detail["approvedAt"]).astimezone(UTC)
    return ApprovalEvent(
        event_id=EventId(envelope["id"]),
        source=envelope["source"],
        kind=KIND_BY_DETAIL_TYPE[envelope["detail-type"]],
        tenant=TenantId(detail["tenantId"]),
        version=SourceVersion(approved_at, detail.get("revision")),
        currency=detail["currency"],
        entity=detail["entity"],
        text=text,
        in_bulk=_is_in_bulk(envelope),
    )


def _is_in_bulk(envelope: dict[str, Any]) -> bool:
    """Say whether a backfill or a replay published it. Source: Amazon EventBridge, "Replaying archived events": a
    replayed event has a `replay-name`.
    """
    resources = envelope.get("resources")
    return "replay-name" in envelope or (isinstance(resources, list) and BACKFILL in resources)


def read_accepted_event(text: str) -> ApprovalEvent:
    """Read an event that intake has accepted."""
    return event_of(read_json(text), text)


def message_for(event: ApprovalEvent, route: Route) -> str:
    """Give the body of the message that delivers `event` on `route`."""
    return _COMPACT.encode({"route": route.id, "event": event.text})


def wake_up_for(key: DeliveryKey, doubted: bool) -> str:
    """Give the body of the message that takes up the record under `key`."""
    # In ASCII: a reference may hold a character that a queue does not take.
    return json.dumps({"wakeUp": list(key), "doubted": doubted})


def read_message(body: str) -> DeliveryMessage:
    """Read a message of the delivery queue, which only Ledgerpost writes; raises ValueError or KeyError for others."""
    message = json.loads(body)
    if "wakeUp" in message:
        tenant, connection, account, reference, collision = message["wakeUp"]
        key = DeliveryKey(
            TenantId(tenant), ConnectionId(connection), AccountId(account), Reference(reference), collision
        )
        return WakeUp(key, body, doubted=message["doubted"])
    return Approval(read_accepted_event(message["event"]), RouteId(message["route"]), body)
