"""The seed's test scenarios on the command line: orders of iPaaS.com through the pipeline to the Acumatica simulator.

Source: seed 004, "Test Scenarios".
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.simulators.acumatica import SimulatorProcess, demo_settings
from ledgerpost.simulators.acumatica.demo import DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_TENANT, DEMO_USER, DEMO_USER_KEY
from tests.collections.orders import order
from tests.e2e.conftest import CommandLine

LINES = [{"Id": 9001, "Sku": "SKU1", "Qty": 2, "UnitPrice": 10, "ExtendedPrice": 20}]
TOTALS = {"Total": "34.10", "ShippingAmount": "12.50"}
KNOWN = {"TaxZone": "NYSTATE", "CustomFields": [], "TrackingNumbers": []}


@pytest.fixture(scope="module")
def _site() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(demo_settings()) as site:
        yield site


@pytest.fixture
def site(_site: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> SimulatorProcess:
    _site.reset()
    monkeypatch.setenv("ACUMATICA", json.dumps({"clientSecret": DEMO_CLIENT_KEY, "password": DEMO_USER_KEY}))
    return _site


@pytest.fixture
def configuration(ledgerpost: CommandLine, site: SimulatorProcess) -> Path:
    return ledgerpost.file("orders.json", json.dumps(a_document(site.url)))


def a_document(url: str, options: dict[str, str] | None = None, **overrides: Any) -> dict[str, Any]:
    auth = {
        "type": "OAuthPassword",
        "identityAuthority": f"{url}/identity",
        "clientId": DEMO_CLIENT_ID,
        "clientSecret": "env:ACUMATICA",
        "scopes": "api offline_access",
        "userName": DEMO_USER,
    }
    connection = {"id": "erp", "label": "Acumatica", "target": "acumatica", "baseUrl": url, "auth": auth}
    connection |= {"options": options or {}}
    route = {
        "id": "orders",
        "connection": "erp",
        "streamType": "Sales",
        "accountId": DEMO_TENANT,
        "enabled": True,
        "timeZone": "America/New_York",
        "collection": {"use": "acumatica-sales-order", "overrides": {"TrackingNumbers.Picked": None} | overrides},
    }
    return {"tenant": "acme", "connections": [connection], "routes": [route]}


def approval(revision: int = 1, **changes: Any) -> str:
    entity = json.loads(json.dumps(order(**({"Lines": LINES} | TOTALS | KNOWN | changes)), default=str))
    detail = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "revision": revision,
        "approvedAt": "2026-03-01T15:00:00Z",
        "currency": "USD",
        "entity": entity,
    }
    return json.dumps({"Source": "ipaas", "DetailType": "SalesOrderApproved", "Detail": detail})


def post(ledgerpost: CommandLine, configuration: Path, *approvals: str) -> dict[str, Any]:
    events = ledgerpost.file("events.jsonl", "\n".join(approvals))
    state = ledgerpost.folder / "state"
    ended = ledgerpost("local", "--config", configuration, "--events", events, "--state", state, "--json")
    report: dict[str, Any] = ended.document
    return report


def value(record: dict[str, Any], *path: str) -> Any:
    at: Any = record
    for name in path:
        at = at[name]
    return at.get("value") if isinstance(at, dict) else at


def only(records: Iterator[dict[str, Any]]) -> dict[str, Any]:
    [record] = records
    return record


def test_a_valid_order_is_created_with_all_its_child_records(
    ledgerpost: CommandLine, configuration: Path, site: SimulatorProcess
) -> None:
    report = post(ledgerpost, configuration, approval())
    assert report["deliveries"] == {"delivered": 1, "skipped": 0, "parked": 0, "superseded": 0}
    made = only(site.records("SalesOrder"))
    assert value(made, "CustomerID") == "C000001"
    assert value(made, "FinancialSettings", "Terms") == "30D"
    assert [value(line, "InventoryID") for line in made["Details"]] == ["SKU1"]
    assert [Decimal(value(each, "PaymentAmount")) for each in made["Payments"]] == [Decimal("34.10")]
    assert [value(each, "TaxID") for each in made["TaxDetails"]] == ["NYSALES"]
    assert value(made, "BillToAddress", "City") == "New York"
    assert value(made, "ShipToAddress", "City") == "Toronto"
    assert [line["difference"] for line in report["reconciliation"]] == ["0.00"]


def test_a_customer_that_is_not_there_is_transferred_before_the_order(
    ledgerpost: CommandLine, configuration: Path, site: SimulatorProcess
) -> None:
    before = site.counts().records["Customer"]
    post(ledgerpost, configuration, approval(EmailAddress="new@example.com", CustomerId=777))
    assert site.counts().records["Customer"] == before + 1
    assert value(only(site.records("SalesOrder")), "CustomerID") not in (None, "C000001")
    post(ledgerpost, configuration, approval(EmailAddress="new@example.com", CustomerId=777))
    assert site.counts().records["Customer"] == before + 1, "the same approval again transfers nobody"


def test_an_unknown_sku_is_skipped_and_an_order_of_unknown_skus_alone_is_not_created(
    ledgerpost: CommandLine, configuration: Path, site: SimulatorProcess
) -> None:
    gone = {"Id": 9002, "Sku": "NOT-THERE", "Qty": 1, "UnitPrice": 5, "ExtendedPrice": 5}
    both = approval(Lines=[*LINES, gone])
    none = approval(Id=5002, TransactionNumber="WEB1002", Lines=[gone])
    report = post(ledgerpost, configuration, both, none)
    assert report["parked"] == {"sku_unknown": 1}
    made = only(site.records("SalesOrder"))
    assert [value(line, "InventoryID") for line in made["Details"]] == ["SKU1"]


def test_one_order_is_transferred_by_its_transaction_id(
    ledgerpost: CommandLine, configuration: Path, site: SimulatorProcess
) -> None:
    events = ledgerpost.file("all.jsonl", "\n".join([approval(), approval(Id=5002, TransactionNumber="WEB1002")]))
    state = ledgerpost.folder / "state"
    state.mkdir()
    ended = ledgerpost("transfer", "--id", "5002", "--events", events, "--config", configuration, "--state", state)
    assert ended.code == 0, ended.out + ended.err
    assert value(only(site.records("SalesOrder")), "ExternalRef") == "5002"


def test_a_later_version_updates_the_order_and_its_lines_and_makes_no_second_one(
    ledgerpost: CommandLine, configuration: Path, site: SimulatorProcess
) -> None:
    post(ledgerpost, configuration, approval())
    more = [LINES[0] | {"Qty": 3, "ExtendedPrice": 30}]
    report = post(ledgerpost, configuration, approval(revision=2, Lines=more, Total="44.10"))
    assert report["deliveries"]["delivered"] == 1, report
    made = only(site.records("SalesOrder"))
    assert [Decimal(value(line, "OrderQty")) for line in made["Details"]] == [Decimal(3)]


def test_tracking_makes_a_shipment_only_with_box_and_warehouse(
    ledgerpost: CommandLine, configuration: Path, site: SimulatorProcess
) -> None:
    fields = [{"Name": "WarehouseId", "Value": "MAIN"}, {"Name": "BoxId", "Value": "SMALL"}]
    tracking = [{"Id": 31, "TrackingNumber": "1Z9", "ShippingMethod": "UPS"}]
    without = approval(Id=5002, TransactionNumber="WEB1002", CustomFields=fields[:1], TrackingNumbers=tracking)
    report = post(ledgerpost, configuration, approval(CustomFields=fields, TrackingNumbers=tracking), without)
    assert report["deliveries"]["delivered"] == 2, report
    shipment = only(site.records("Shipment"))
    assert [value(package, "TrackingNbr") for package in shipment["Packages"]] == ["1Z9"]


def test_terms_of_several_installments_are_explained_in_acumaticas_own_words(
    ledgerpost: CommandLine, site: SimulatorProcess
) -> None:
    terms = {"FinancialTerms": {"type": "Static", "value": "3X30"}}
    configuration = ledgerpost.file("terms.json", json.dumps(a_document(site.url, **terms)))
    report = post(ledgerpost, configuration, approval())
    assert report["parked"] == {"multiple_installment_terms": 1}
    assert list(site.records("SalesOrder")) == []


def test_what_is_no_order_is_skipped(ledgerpost: CommandLine, configuration: Path, site: SimulatorProcess) -> None:
    report = post(ledgerpost, configuration, approval(Type="Return"))
    assert report["skipped"] == {"collection_filtered": 1}
    assert site.counts().calls == {}, "nothing is asked of the ledger for it"


@pytest.mark.parametrize(("checking", "orders"), [("true", 1), ("false", 2)])
def test_with_duplicate_checking_an_order_that_is_there_already_is_updated(
    checking: str, orders: int, ledgerpost: CommandLine, site: SimulatorProcess
) -> None:
    there = {"CustomerID": "C000001", "ExternalRef": "5001", "Description": "entered by hand"}
    site.put("SalesOrder", {name: {"value": each} for name, each in there.items()})
    options = {"duplicateChecking": checking}
    configuration = ledgerpost.file("checking.json", json.dumps(a_document(site.url, options)))
    report = post(ledgerpost, configuration, approval())
    assert report["deliveries"]["delivered"] == 1, report
    assert len(list(site.records("SalesOrder"))) == orders
