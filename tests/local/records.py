"""Delivery records for tests: one by hand, any by hypothesis."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ledgerpost.domain.delivery import Attempt, DeliveryKey, DeliveryRecord, Effect, Operation, Status
from ledgerpost.domain.entry import Fingerprint, Reference
from ledgerpost.domain.event import EventId, EventKind, TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from ledgerpost.domain.version import SourceVersion, Version

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

RECORD = DeliveryRecord(
    key=DeliveryKey(TenantId("acme"), ConnectionId("main"), AccountId("7d5f"), Reference("536365")),
    route=RouteId("sales"),
    kind=EventKind.SALE_DOCUMENT,
    event_id=EventId("e1"),
    version=Version(SourceVersion(NOW, 1), 1),
    fingerprint=Fingerprint("ab" * 32),
    status=Status.IN_FLIGHT,
    source="{}",
    updated_at=NOW,
    lease_until=NOW + timedelta(seconds=90),
)


def record(reference: str = "536365", **changes: Any) -> DeliveryRecord:
    return replace(RECORD, key=RECORD.key._replace(reference=Reference(reference)), **changes)


_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_instants = st.timedeltas(timedelta(0), timedelta(days=40_000)).map(
    lambda past: datetime(1990, 1, 1, tzinfo=UTC) + past
)
_versions = st.builds(
    Version, st.builds(SourceVersion, _instants, st.none() | st.integers(0, 2**63)), st.integers(1, 9)
)

any_record = st.builds(
    DeliveryRecord,
    key=st.builds(DeliveryKey, _texts, _texts, _texts, _texts, _texts),
    route=_texts,
    kind=st.sampled_from(EventKind),
    event_id=_texts,
    version=_versions,
    fingerprint=_texts,
    status=st.sampled_from(Status),
    source=_texts,
    updated_at=_instants,
    fence=st.integers(1, 10**9),
    lease_until=st.none() | _instants,
    due_at=st.none() | _instants,
    attempts=st.integers(0, 99),
    unsettled=st.booleans(),
    code=st.none() | _texts,
    detail=_texts,
    history=st.lists(
        st.builds(Attempt, _instants, _texts, st.none() | _texts, st.none() | st.integers(100, 599)), max_size=3
    ).map(tuple),
    operations=st.lists(st.builds(Operation, _instants, _texts, _texts, _texts), max_size=2).map(tuple),
    effect=st.none() | st.builds(Effect, _texts, _versions, _texts, _instants),
    amount=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=4).map(Decimal),
    currency=_texts,
    day=_texts,
)
