"""Keeps the writes of the in-memory stores on disk, so that a later run on the same folder goes on from there.

A file of JSON Lines, only ever appended to. Each line is one write: a record as it stands after it, a rejection, the
id of a rejection that is gone, or all that is paused of a tenant. The last line of a key is its state.
Decimals are text, instants ISO 8601 with offset.

A write outlives the process when its call returns, and a power cut once `sync` has returned after it. A sync holds all
that was written before: what the disk has is always a whole beginning of the file.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledgerpost.adapters.synced_file import Sync, SyncedFile, sync_to_disk
from ledgerpost.domain.delivery import Attempt, DeliveryKey, DeliveryRecord, Effect, Operation, Status
from ledgerpost.domain.entry import Fingerprint, Reference
from ledgerpost.domain.event import EventId, EventKind, TenantId
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from ledgerpost.domain.version import SourceVersion, Version

Json = dict[str, Any]

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class MemoryJournal:
    """One journal file. Replayed when it is opened; a line that a lost process or machine left torn is cut off.

    `records`, `rejections` and `pauses` are what the file says at the start. Raises StoreError for a damaged file, and
    for one that cannot be written.
    """

    def __init__(self, path: Path, sync: Sync = sync_to_disk) -> None:
        self.records: dict[DeliveryKey, DeliveryRecord] = {}
        self.rejections: dict[str, Rejection] = {}
        self.pauses: dict[TenantId, tuple[Pause, ...]] = {}
        self._file = SyncedFile(path, self._replay, sync)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Sync and close the file; further writes raise ValueError."""
        self._file.close()

    def sync(self) -> None:
        """Return when all that was written before this call is on the disk; calls at the same time share a sync."""
        self._file.sync()

    def record_written(self, record: DeliveryRecord) -> None:
        """Keep the state of a record."""
        self._append({"record": record_to_json(record)})

    def rejection_put(self, rejection: Rejection) -> None:
        """Keep a rejection."""
        self._append({"rejection": _rejection_to_json(rejection)})

    def rejection_removed(self, rejection_id: str) -> None:
        """Keep that a rejection is gone."""
        self._append({"removed": rejection_id})

    def pauses_written(self, tenant: TenantId, pauses: Sequence[Pause]) -> None:
        """Keep all that is paused of a tenant."""
        self._append({"paused": {"tenant": tenant, "pauses": [_pause_to_json(pause) for pause in pauses]}})

    def _append(self, line: Json) -> None:
        self._file.append(_encode(line).encode() + b"\n")

    def _replay(self, text: bytes) -> None:
        line = json.loads(text)
        if "record" in line:
            record = record_from_json(line["record"])
            self.records[record.key] = record
        elif "rejection" in line:
            rejection = _rejection_from_json(line["rejection"])
            self.rejections[rejection.id] = rejection
        elif "paused" in line:
            paused = line["paused"]
            self.pauses[TenantId(paused["tenant"])] = tuple(map(_pause_from_json, paused["pauses"]))
        else:
            self.rejections.pop(line["removed"], None)


def record_to_json(record: DeliveryRecord) -> Json:
    """Give a delivery record as JSON values; `record_from_json` gives the same record back."""
    return {
        "key": list(record.key),
        "route": record.route,
        "kind": record.kind.value,
        "eventId": record.event_id,
        "version": _version_to_json(record.version),
        "fingerprint": record.fingerprint,
        "status": record.status.value,
        "source": record.source,
        "updatedAt": record.updated_at.isoformat(),
        "fence": record.fence,
        "leaseUntil": _instant_to_json(record.lease_until),
        "dueAt": _instant_to_json(record.due_at),
        "attempts": record.attempts,
        "unsettled": record.unsettled,
        "code": record.code,
        "detail": record.detail,
        "history": [[each.at.isoformat(), each.outcome, each.code, each.status] for each in record.history],
        "operations": [[each.at.isoformat(), each.act, each.by, each.reason] for each in record.operations],
        "effect": _effect_to_json(record.effect),
        "amount": None if record.amount is None else str(record.amount),
        "currency": record.currency,
        "day": record.day,
    }


def record_from_json(values: Json) -> DeliveryRecord:
    """Give the record that `record_to_json` wrote; raises KeyError, TypeError or ValueError for anything else."""
    tenant, connection, account, reference, collision = values["key"]
    return DeliveryRecord(
        key=DeliveryKey(
            TenantId(tenant), ConnectionId(connection), AccountId(account), Reference(reference), collision
        ),
        route=RouteId(values["route"]),
        kind=EventKind(values["kind"]),
        event_id=EventId(values["eventId"]),
        version=_version_from_json(values["version"]),
        fingerprint=Fingerprint(values["fingerprint"]),
        status=Status(values["status"]),
        source=values["source"],
        updated_at=datetime.fromisoformat(values["updatedAt"]),
        fence=values["fence"],
        lease_until=_instant_from_json(values["leaseUntil"]),
        due_at=_instant_from_json(values["dueAt"]),
        attempts=values["attempts"],
        unsettled=values["unsettled"],
        code=values["code"],
        detail=values["detail"],
        history=tuple(
            Attempt(datetime.fromisoformat(at), outcome, code, status)
            for at, outcome, code, status in values["history"]
        ),
        operations=tuple(
            Operation(datetime.fromisoformat(at), act, by, reason)
            # A line of the first release has none.
            for at, act, by, reason in values.get("operations", ())
        ),
        effect=_effect_from_json(values["effect"]),
        amount=None if values["amount"] is None else Decimal(values["amount"]),
        currency=values["currency"],
        day=values["day"],
    )


def _version_to_json(version: Version) -> list[Any]:
    return [version.source.approved_at.isoformat(), version.source.revision, version.route_revision]


def _version_from_json(values: list[Any]) -> Version:
    approved_at, revision, route_revision = values
    return Version(SourceVersion(datetime.fromisoformat(approved_at), revision), route_revision)


def _effect_to_json(effect: Effect | None) -> list[Any] | None:
    if effect is None:
        return None
    return [effect.ledger_id, _version_to_json(effect.version), effect.fingerprint, effect.at.isoformat()]


def _effect_from_json(values: list[Any] | None) -> Effect | None:
    if values is None:
        return None
    ledger_id, version, fingerprint, at = values
    return Effect(ledger_id, _version_from_json(version), Fingerprint(fingerprint), datetime.fromisoformat(at))


def _rejection_to_json(rejection: Rejection) -> Json:
    return {
        "id": rejection.id,
        "tenant": rejection.tenant,
        "route": rejection.route,
        "code": rejection.code,
        "message": rejection.message,
        "parked": rejection.parked,
        "at": rejection.at.isoformat(),
        "source": rejection.source,
    }


def _rejection_from_json(values: Json) -> Rejection:
    return Rejection(**(values | {"at": datetime.fromisoformat(values["at"])}))


def _pause_to_json(pause: Pause) -> Json:
    return {
        "connection": pause.connection,
        "account": pause.account,
        "code": pause.code,
        "by": pause.by,
        "at": pause.at.isoformat(),
        "reason": pause.reason,
    }


def _pause_from_json(values: Json) -> Pause:
    return Pause(**(values | {"at": datetime.fromisoformat(values["at"])}))


def _instant_to_json(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant_from_json(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
