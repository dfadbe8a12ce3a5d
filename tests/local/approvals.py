"""A tenant with one route, and approvals for it."""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from ledgerpost.domain.event import EventKind, StreamType, TenantId
from ledgerpost.domain.route import (
    AccountId,
    Connection,
    ConnectionId,
    EntryType,
    PatAuth,
    Route,
    RouteId,
    Rule,
    SecretReference,
    TenantConfiguration,
)

CONNECTION = Connection(
    id=ConnectionId("main"),
    label="Main",
    target="pennypipe",
    base_url="https://ledger.example",
    auth=PatAuth(SecretReference("env:TOKEN")),
)
ROUTE = Route(
    id=RouteId("sales"),
    connection=CONNECTION.id,
    stream=StreamType.SALES,
    account=AccountId("7d5f"),
    enabled=True,
    time_zone=ZoneInfo("Europe/London"),
    rules={EventKind.SALE_DOCUMENT: Rule(enabled=True, entry_type=EntryType.CREDIT)},
)
CONFIGURATION = TenantConfiguration(TenantId("acme"), {CONNECTION.id: CONNECTION}, {ROUTE.id: ROUTE})


def approval(reference: str = "536365", *, total: str = "139.12", revision: int = 1, **changes: Any) -> dict[str, Any]:
    """Give an entry for the bus; `changes` are other parts of it."""
    entity = {"Id": reference, "ReceiptNumber": reference, "Total": "@", "Notes": None}
    detail: Mapping[str, Any] = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "revision": revision,
        "approvedAt": "2010-12-01T08:26:00Z",
        "currency": "GBP",
        "entity": entity,
    }
    entry = {
        "Source": "stocksmart",
        "DetailType": "SaleDocumentApproved",
        "EventBusName": "ledgerpost",
        "Time": "2010-12-01T08:26:00Z",
        "Detail": json.dumps(detail).replace('"@"', total),
    }
    return entry | changes
