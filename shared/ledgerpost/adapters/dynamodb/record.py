"""The exact form of a delivery record as an item of the table `deliveries`.

Names are short because DynamoDB bills them with every write; a usual entry stays under one write unit (1 KB).

| attribute      | holds                                                                                            |
| -------------- | ------------------------------------------------------------------------------------------------ |
| `key`          | tenant, connection, account, reference, collision: five parts joined by `#`, escaped              |
| `st`           | status                                                                                           |
| `ve`           | version: approved-at, revision (or blank), route revision, joined by `|`                          |
| `fe`           | fence                                                                                            |
| `wr`           | writer: eight random bytes, new with each write; tells our own retried write from a rival's       |
| `rt` `ki` `ev` | route, kind, event id                                                                            |
| `fp`           | fingerprint, as bytes where it is a hexadecimal SHA-256                                          |
| `so`           | the source event, packed (`source_text.py`)                                                      |
| `up` `le` `du` | updated at, lease until, due at: ISO 8601 in UTC                                                 |
| `at` `us`      | attempts; unsettled                                                                              |
| `co` `de`      | code, detail                                                                                     |
| `hi`           | history: JSON rows of instant, outcome, code, status                                             |
| `op`           | what people did: JSON rows of instant, act, by, reason                                           |
| `ef`           | effect: `id` ledger id, `ve` version, `fp` fingerprint, `up` instant                              |
| `am` `cu` `dy` | amount as decimal text, currency, day                                                            |
| `attention`, `attention_at` | the sparse index; on open and parked records alone                                  |
| `ws`           | waiting since, projected into the index; where the index's attributes are                        |

What is blank, zero or None is left out. Text to text: no amount ever passes a binary float.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ledgerpost.adapters.dynamodb.attention import attention_of
from ledgerpost.adapters.dynamodb.source_text import pack, unpack
from ledgerpost.domain.delivery import Attempt, DeliveryKey, DeliveryRecord, Effect, Operation, Status
from ledgerpost.domain.entry import Fingerprint, Reference
from ledgerpost.domain.event import EventId, EventKind, TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from ledgerpost.domain.version import SourceVersion, Version

Item = dict[str, Any]

ATTENTION_STATUSES = frozenset({Status.RETRYING, Status.UNCONFIRMED, Status.PENDING, Status.PARKED})
"""Records of these carry the index's attributes. A claim in flight does not: its message comes again by itself."""


def key_text(*parts: str) -> str:
    """Join `parts` so that no other parts give the same text."""
    return "#".join(part.replace("%", "%25").replace("#", "%23") for part in parts)


def key_of(text: str) -> DeliveryKey:
    """Read a delivery key back from its joined text."""
    parts = [part.replace("%23", "#").replace("%25", "%") for part in text.split("#")]
    tenant, connection, account, reference, collision = parts
    return DeliveryKey(TenantId(tenant), ConnectionId(connection), AccountId(account), Reference(reference), collision)


def version_text(version: Version) -> str:
    """Give a version as one text: two versions are equal exactly where their texts are."""
    source = version.source
    revision = "" if source.revision is None else str(source.revision)
    return f"{_instant(source.approved_at)}|{revision}|{version.route_revision}"


def _version(text: str) -> Version:
    approved_at, revision, route_revision = text.split("|")
    source = SourceVersion(datetime.fromisoformat(approved_at), int(revision) if revision else None)
    return Version(source, int(route_revision))


def item_of(record: DeliveryRecord, writer: bytes) -> Item:
    """Give the item that holds `record`; `writer` marks this very write."""
    key = key_text(*record.key)
    item: Item = {
        "key": {"S": key},
        "st": {"S": record.status.value},
        "ve": {"S": version_text(record.version)},
        "fe": {"N": str(record.fence)},
        "wr": {"B": writer},
        "rt": {"S": record.route},
        "ki": {"S": record.kind.value},
        "ev": {"S": record.event_id},
        "so": {"B": pack(record.source)},
        "up": {"S": _instant(record.updated_at)},
    }
    item |= _optional_attributes(record)
    if record.status in ATTENTION_STATUSES:
        item |= attention_of(record.status.value, record.due_at or record.updated_at, key)
        item["ws"] = {"S": _instant(record.waiting_since)}
    return item


def _optional_attributes(record: DeliveryRecord) -> Item:
    texts = {
        "le": _instant(record.lease_until) if record.lease_until else "",
        "du": _instant(record.due_at) if record.due_at else "",
        "de": record.detail,
        "hi": _history_text(record.history),
        "op": _operations_text(record.operations),
        "am": "" if record.amount is None else str(record.amount),
        "cu": record.currency,
        "dy": record.day,
    }
    item: Item = {name: {"S": text} for name, text in texts.items() if text}
    if record.code is not None:
        item["co"] = {"S": record.code}
    if record.fingerprint:
        item["fp"] = _fingerprint_value(record.fingerprint)
    if record.attempts:
        item["at"] = {"N": str(record.attempts)}
    if record.unsettled:
        item["us"] = {"BOOL": True}
    if record.effect is not None:
        item["ef"] = {"M": _effect_item(record.effect)}
    return item


def waiting_since_of(item: Item) -> datetime:
    """Give `DeliveryRecord.waiting_since` of an item of the index."""
    return datetime.fromisoformat(item["ws"]["S"])


def record_of(item: Item) -> DeliveryRecord:
    """Read the record that an item holds."""
    return DeliveryRecord(
        key=key_of(item["key"]["S"]),
        route=RouteId(item["rt"]["S"]),
        kind=EventKind(item["ki"]["S"]),
        event_id=EventId(item["ev"]["S"]),
        version=_version(item["ve"]["S"]),
        fingerprint=_fingerprint(item.get("fp")),
        status=Status(item["st"]["S"]),
        source=unpack(bytes(item["so"]["B"])),
        updated_at=datetime.fromisoformat(item["up"]["S"]),
        fence=int(item["fe"]["N"]),
        lease_until=_instant_in(item, "le"),
        due_at=_instant_in(item, "du"),
        attempts=int(item["at"]["N"]) if "at" in item else 0,
        unsettled="us" in item,
        code=_text_in(item, "co") if "co" in item else None,
        detail=_text_in(item, "de"),
        history=_history(_text_in(item, "hi")),
        operations=_operations(_text_in(item, "op")),
        effect=_effect(item["ef"]["M"]) if "ef" in item else None,
        amount=Decimal(item["am"]["S"]) if "am" in item else None,
        currency=_text_in(item, "cu"),
        day=_text_in(item, "dy"),
    )


def _effect_item(effect: Effect) -> Item:
    return {
        "id": {"S": effect.ledger_id},
        "ve": {"S": version_text(effect.version)},
        "fp": _fingerprint_value(effect.fingerprint),
        "up": {"S": _instant(effect.at)},
    }


def _effect(item: Item) -> Effect:
    at = datetime.fromisoformat(item["up"]["S"])
    return Effect(item["id"]["S"], _version(item["ve"]["S"]), _fingerprint(item["fp"]), at)


def _history_text(history: tuple[Attempt, ...]) -> str:
    rows = [[_instant(attempt.at), attempt.outcome, attempt.code, attempt.status] for attempt in history]
    return json.dumps(rows, separators=(",", ":")) if rows else ""


def _history(text: str) -> tuple[Attempt, ...]:
    rows = json.loads(text) if text else []
    return tuple(Attempt(datetime.fromisoformat(at), outcome, code, status) for at, outcome, code, status in rows)


def _operations_text(operations: tuple[Operation, ...]) -> str:
    rows = [[_instant(each.at), each.act, each.by, each.reason] for each in operations]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def _operations(text: str) -> tuple[Operation, ...]:
    rows = json.loads(text) if text else []
    return tuple(Operation(datetime.fromisoformat(at), act, by, reason) for at, act, by, reason in rows)


def _fingerprint_value(fingerprint: Fingerprint) -> Item:
    """Half the bytes for the usual fingerprint; any other text stays text."""
    try:
        packed = bytes.fromhex(fingerprint)
    except ValueError:
        return {"S": fingerprint}
    return {"B": packed} if packed.hex() == fingerprint else {"S": fingerprint}


def _fingerprint(value: Item | None) -> Fingerprint:
    if value is None:
        return Fingerprint("")
    return Fingerprint(bytes(value["B"]).hex() if "B" in value else value["S"])


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _instant_in(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None


def _text_in(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""
