"""Delivery records and rejections for the contract suites."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.entry import Fingerprint, Reference
from ledgerpost.domain.event import EventId, EventKind, TenantId
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from ledgerpost.domain.version import SourceVersion, Version

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_key(reference: str = "536365", tenant: str = "acme", **parts: str) -> DeliveryKey:
    return DeliveryKey(
        TenantId(tenant),
        ConnectionId(parts.get("connection", "main")),
        AccountId(parts.get("account", "7d5f0c1e")),
        Reference(reference),
        parts.get("collision", ""),
    )


def a_claim(reference: str = "536365", tenant: str = "acme", *, at: datetime = NOON) -> DeliveryRecord:
    """The first record of a reference, as a worker's claim writes it."""
    return DeliveryRecord(
        key=a_key(reference, tenant),
        route=RouteId("sales-to-a"),
        kind=EventKind.SALE_DOCUMENT,
        event_id=EventId("5f0c7d1e-7d0e-4a55-9d2a-0f6f0f3f2f10"),
        version=Version(SourceVersion(at, 1), 1),
        fingerprint=Fingerprint("ab" * 32),
        status=Status.IN_FLIGHT,
        source='{"detail":{"entity":{"Id":"536365","Total":139.12}}}',
        updated_at=at,
        lease_until=at + timedelta(seconds=90),
        currency="GBP",
        day="2026-03-01",
    )


def retrying(claim: DeliveryRecord, due_at: datetime) -> DeliveryRecord:
    return claim.moved(Status.RETRYING, claim.updated_at, due_at=due_at, attempts=1, code="ledger_unavailable")


def a_rejection(rejection_id: str = "event-1", **changes: object) -> Rejection:
    rejection = Rejection(
        id=rejection_id,
        tenant="acme",
        route="",
        code="malformed_event",
        message="detail.entity: is missing.",
        parked=True,
        at=NOON,
        source="{}",
    )
    return replace(rejection, **changes)  # type: ignore[arg-type]
