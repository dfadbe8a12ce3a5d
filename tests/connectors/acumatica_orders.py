"""Mapped sales orders for the tests of the Acumatica connector, and a target before its simulator, in this process."""

import copy
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from multidict import CIMultiDict

from ledgerpost.connectors.acumatica.mapped_order import SALES_ORDER
from ledgerpost.connectors.acumatica.target import AcumaticaTarget
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.document import LedgerDocument, canonical_json
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import Applied, Found, PostOutcome
from ledgerpost.domain.route import AccountId, Connection, OAuthPasswordAuth, SecretReference
from ledgerpost.simulators.acumatica.demo import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_KEY,
    DEMO_TENANT,
    DEMO_USER,
    DEMO_USER_KEY,
    demo_settings,
)
from ledgerpost.simulators.acumatica.dispatch import answer
from ledgerpost.simulators.acumatica.simulator import Simulator
from ledgerpost.simulators.serving.exchange import Call
from tests.connectors.scripted import TENANT, HeldSecrets, StoppedClock, a_connection

ACCOUNT = AccountId(DEMO_TENANT)
SECRET = SecretReference("env:ACUMATICA")
REFERENCE = "5001"

ORDER: dict[str, Any] = {
    "SourceId": "5001",
    "CurrencyID": "USD",
    "ActionType": "Order",
    "CustomerId": "C000001",
    "FinancialTerms": "30D",
    "OrderNbr": "WEB1001",
    "OrderTotal": "58.22",
    "Hold": False,
    "CustomerTaxZone": "NYSTATE",
    "PremiumFreightValue": "12.50",
    "Description": "ann@example.com placed order",
    "Lines": [
        {"SourceId": "9001", "InventoryID": "SKU1", "OrderQty": "2", "UnitPrice": "10.00",
         "DiscountedUnitPrice": "10.00", "ExtendedPrice": "20.00", "Amount": "20.00", "ManualPrice": True},
        {"SourceId": "9002", "InventoryID": "SKU2", "OrderQty": "5", "UnitPrice": "4.4667",
         "DiscountedUnitPrice": "4.4667", "ExtendedPrice": "22.33", "Amount": "22.33", "ManualPrice": True},
    ],
    "Addresses": [
        {"SourceId": "71", "FirstName": "Ann", "LastName": "Bell", "Address1": "1 A St", "City": "New York",
         "Region": "NY", "ZipCode": "10001", "Email": "ann@example.com", "IsBillToAddress": True,
         "IsShipToAddress": True, "IsBillToContact": False, "IsShipToContact": True}
    ],
    "Payments": [
        {"SourceId": "77", "PaymentAmount": "58.22", "AppliedToOrder": "58.22", "PaymentMethod": "ONLINE",
         "PaymentRef": "iPaaS.com 77"}
    ],
    "Taxes": [{"TaxID": "NYSALES", "TaxAmount": "3.39", "TaxRate": "8"}],
    "TrackingNumbers": [],
    "Prerequisites": [],
    "SkippedLines": [],
}  # fmt: skip
"""The sheet's order: two lines, one address for both roles, one payment and one tax, which Acumatica computes alike."""

TRACKING: dict[str, Any] = {
    "WarehouseId": "MAIN",
    "BoxID_Package": "SMALL",
    "iPaaS_LineItemId": "5001|9001",
    "CustomerID": "C000001",
    "OrderNbr": "WEB1001",
    "OrderType": "SO",
    "Operation": "Issue",
    "Status": "Open",
    "TrackingNbr_Package": "1Z9",
    "Type_Package": "UPS",
    "DeclaredValue_Package": "5.00",
}

NEW_CUSTOMER: dict[str, Any] = {
    "Kind": "Customer",
    "SourceId": "42",
    "Email": "bob@example.com",
    "FirstName": "Bob",
    "LastName": "Cole",
    "City": "Albany",
}


def content(**changes: Any) -> dict[str, Any]:
    """The order's content; a change of None takes the name away."""
    changed = copy.deepcopy(ORDER) | changes
    return {name: value for name, value in changed.items() if value is not None}


def for_new_customer(**changes: Any) -> dict[str, Any]:
    """The order of a customer whom Acumatica does not have."""
    return content(CustomerId=None, Prerequisites=[NEW_CUSTOMER], **changes)


def document(body: dict[str, Any] | None = None, reference: str = REFERENCE, currency: str = "USD") -> LedgerDocument:
    """The mapped order as a document."""
    body = content() if body is None else body
    total = Decimal(body["OrderTotal"])
    return LedgerDocument(
        reference=Reference(reference),
        form=SALES_ORDER,
        money=Money(total, currency),
        day=date(2026, 3, 1),
        source_amount=total,
        rounding=Decimal(0),
        body=canonical_json(body),
    )


def acumatica_auth(authority: str = "https://ledger.example/identity") -> OAuthPasswordAuth:
    return OAuthPasswordAuth(
        identity_authority=authority,
        client_id=DEMO_CLIENT_ID,
        client_secret=SECRET,
        scopes="api offline_access",
        user_name=DEMO_USER,
    )


def acumatica_connection(base_url: str = "https://ledger.example", **options: str) -> Connection:
    auth = acumatica_auth(f"{base_url}/identity")
    return a_connection("acumatica", base_url, auth=auth, options=options)


def acumatica_secrets() -> HeldSecrets:
    return HeldSecrets({SECRET: canonical_json({"clientSecret": DEMO_CLIENT_KEY, "password": DEMO_USER_KEY})})


class SimulatedSite(httpx.BaseTransport):
    """The simulator as a transport: the same answers as over a socket, and a cut reply is a connection that ends."""

    def __init__(self, **changes: Any) -> None:
        self.now_s = 0.0
        self.simulator = Simulator(replace(demo_settings(), **changes), clock_s=lambda: self.now_s)
        self.requests: list[httpx.Request] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path, _, query = request.url.raw_path.decode().partition("?")
        body = b"".join(request.stream)  # type: ignore[arg-type]
        with self._lock:
            self.requests.append(httpx.Request(request.method, request.url, headers=request.headers, content=body))
            headers = CIMultiDict(request.headers.items())
            given = answer(self.simulator, Call(request.method, path, query, headers, body))
        if given.cut:
            raise httpx.RemoteProtocolError("The connection ended without an answer.")
        return httpx.Response(
            given.status, headers={"Content-Type": given.content_type, **given.headers}, content=given.body
        )

    def bodies(self, entity: str) -> list[bytes]:
        """What was put to an entity, oldest first."""
        return [
            request.content
            for request in self.requests
            if request.method == "PUT" and request.url.path.endswith(f"/{entity}")
        ]

    def orders(self) -> list[dict[str, Any]]:
        """Every order as it stands, amounts as text."""
        return list(self.simulator.record_documents("SalesOrder"))


class Bench:
    """A target before a simulated site, and a delivery's way of using it: look up, then write at most once."""

    def __init__(self, options: dict[str, str] | None = None, **changes: Any) -> None:
        self.site = SimulatedSite(**changes)
        self.clock = StoppedClock()
        self.secrets = acumatica_secrets()
        self.targets = ConnectorTargets(self.secrets, self.clock, transport_factory=lambda _: self.site)
        target = self.targets.target_of(TENANT, acumatica_connection(**(options or {})))
        assert isinstance(target, AcumaticaTarget)
        self.target = target

    def deliver(self, wanted: LedgerDocument) -> PostOutcome:
        """One attempt, as the delivery makes it."""
        found = self.target.find(ACCOUNT, wanted.reference)
        assert isinstance(found, Found), found
        agreeing = [fact for fact in found.facts if fact.agrees_with(wanted)]
        if agreeing:
            return Applied(agreeing[0].ledger_id, created=False)
        return self.target.post(ACCOUNT, wanted, "event-1", found.facts[0] if found.facts else None)

    def order(self) -> dict[str, Any]:
        """The one order that there is."""
        orders = self.site.orders()
        assert len(orders) == 1
        return orders[0]

    @property
    def counts(self) -> Any:
        return self.site.simulator.counts()
