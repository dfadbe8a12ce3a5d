"""Sales orders from the event to Acumatica, on the command line. Source: seed 004, "Test Scenarios"."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.simulators.acumatica import SimulatorProcess, demo_settings
from ledgerpost.simulators.acumatica.demo import DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_TENANT, DEMO_USER, DEMO_USER_KEY
from tests.e2e.conftest import CommandLine


@pytest.fixture(scope="module")
def _acumatica() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(demo_settings()) as simulator:
        yield simulator


@pytest.fixture
def acumatica(_acumatica: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> SimulatorProcess:
    _acumatica.reset()
    monkeypatch.setenv("ACUMATICA", json.dumps({"clientSecret": DEMO_CLIENT_KEY, "password": DEMO_USER_KEY}))
    return _acumatica


@pytest.fixture
def orders_to_acumatica(ledgerpost: CommandLine, acumatica: SimulatorProcess) -> Path:
    auth = {
        "type": "OAuthPassword",
        "identityAuthority": f"{acumatica.url}/identity",
        "clientId": DEMO_CLIENT_ID,
        "clientSecret": "env:ACUMATICA",
        "userName": DEMO_USER,
        "scopes": "api offline_access",
    }
    connection = {
        "id": "erp",
        "label": "Acumatica",
        "target": "acumatica",
        "baseUrl": acumatica.url,
        "auth": auth,
        "options": {"version": "24.200.001"},
    }
    route = {
        "id": "orders",
        "connection": "erp",
        "streamType": "Sales",
        "accountId": DEMO_TENANT,
        "enabled": True,
        "timeZone": "America/New_York",
        "collection": {"use": "acumatica-sales-order", "overrides": {"TrackingNumbers.Picked": None}},
    }
    document = {"tenant": "acme", "connections": [connection], "routes": [route]}
    return ledgerpost.file("config.json", json.dumps(document))


def an_order(number: int, **changes: Any) -> dict[str, Any]:
    """An order of two SKU1, with freight, a payment and the tax that Acumatica computes as well."""
    return {
        "Id": number,
        "Type": "Order",
        "TransactionNumber": f"WEB{number}",
        "EmailAddress": "ann@example.com",
        "Total": 34.1,
        "ShippingAmount": 12.5,
        "TaxZone": "NYSTATE",
        "Lines": [{"Id": number * 10, "Sku": "SKU1", "Qty": 2, "UnitPrice": 10, "ExtendedPrice": 20}],
        "Addresses": [{"Id": 1, "FirstName": "Ann", "LastName": "Bell", "City": "New York", "PostalCode": "10001",
                       "IsPrimaryBilling": True, "IsPrimaryShipping": True}],
        "Payments": [{"Id": number * 10 + 1, "Amount": 34.1}],
        "Taxes": [{"Amount": 1.6, "TaxPercent": 8, "TaxCode": "NYSALES"}],
    } | changes  # fmt: skip


def approved(entity: dict[str, Any], revision: int = 1) -> str:
    detail = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "revision": revision,
        "approvedAt": "2026-03-01T15:00:00Z",
        "currency": "USD",
        "entity": entity,
    }
    return json.dumps({"Source": "ipaas", "DetailType": "SalesOrderApproved", "EventBusName": "ledgerpost",
                       "Time": "2026-03-01T15:00:00Z", "Detail": detail})  # fmt: skip


def test_orders_reach_acumatica_once_with_their_customers_and_shipments(
    ledgerpost: CommandLine, acumatica: SimulatorProcess, orders_to_acumatica: Path
):
    tracked = {
        "TrackingNumbers": [
            {"TrackingNumber": "1Z9", "CustomFields": {"BoxId": "SMALL", "WarehouseId": "MAIN",
                                                       "iPaaS_LineItemId": "5002|50020"}}
        ]
    }  # fmt: skip
    skipped = {
        "Lines": [*an_order(5003)["Lines"], {"Id": 9, "Sku": "GIFT", "Qty": 1, "UnitPrice": 0, "ExtendedPrice": 0}]
    }
    events = ledgerpost.file(
        "events.jsonl",
        "\n".join(
            (
                approved(an_order(5001)),
                approved(an_order(5002, **tracked)),
                approved(an_order(5003, **skipped)),
                approved(an_order(5004, EmailAddress="new@example.com", CustomerId=77)),
                approved(an_order(5005, Type="Quote")),
            )
        ),
    )

    ended = ledgerpost(
        "local", "--config", orders_to_acumatica, "--events", events, "--report", "report.json", "--json"
    )

    assert ended.code == 0, ended.err
    orders = {order["ExternalRef"]["value"]: order for order in acumatica.entries()}
    counts = acumatica.counts()
    assert set(orders) == {"5001", "5002", "5003", "5004"}
    assert {order["OrderTotal"]["value"] for order in orders.values()} == {"34.10"}
    assert (counts.duplicates, counts.created("Shipment"), counts.created("Customer")) == (0, 1, 1)
    assert len(orders["5003"]["Details"]) == 1
    (customer,) = [each for each in acumatica.records("Customer") if each["AccountRef"].get("value") == "77"]
    assert orders["5004"]["CustomerID"] == customer["CustomerID"]
    assert counts.sessions == 0, "the session was logged out"
