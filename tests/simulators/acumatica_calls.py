"""Calls on the Acumatica simulator, in this process: its clock is moved by hand and its ids are counted."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from ledgerpost.simulators.acumatica.counts import SimulatorCounts
from ledgerpost.simulators.acumatica.demo import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_KEY,
    DEMO_TENANT,
    DEMO_USER,
    DEMO_USER_KEY,
    demo_settings,
)
from ledgerpost.simulators.acumatica.dispatch import answer
from ledgerpost.simulators.acumatica.jsontext import decode, encode
from ledgerpost.simulators.acumatica.settings import SimulatorSettings
from ledgerpost.simulators.acumatica.simulator import Simulator
from tests.simulators.replies import Reply, call_of, reply_of

ROOT = "/entity/Default/24.200.001"
EVERYTHING = "Details,Payments,TaxDetails,Shipments,Totals,FinancialSettings,BillToAddress,ShipToAddress,BillToContact"


class SiteReply(Reply):
    """What came back, its numbers exact."""

    @property
    def json(self) -> Any:
        """The body."""
        return decode(self.body)

    @property
    def says(self) -> str:
        """The site's own word in a 500."""
        return str(self.json["exceptionMessage"])


class Caller:
    """A user of the site who signs in by cookie at the first call."""

    def __init__(self, settings: SimulatorSettings | None = None, **changes: Any) -> None:
        self.now_s = 0.0
        ids = itertools.count(1)
        self.simulator = Simulator(
            replace(settings or demo_settings(), **changes),
            clock_s=lambda: self.now_s,
            now=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC),
            new_id=lambda: f"id-{next(ids)}",
        )
        self.cookie = ""

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> SiteReply:
        """One exchange as it is, without a sign-in."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = reply_of(answer(self.simulator, call_of(method, path, named, body)))
        return SiteReply(reply.status, reply.body, reply.headers, reply.delay_s)

    def login(self, **changes: str) -> SiteReply:
        document = {"name": DEMO_USER, "password": DEMO_USER_KEY, "tenant": DEMO_TENANT} | changes
        reply = self.send("POST", "/entity/auth/login", encode(document))
        if reply.status == 204:
            self.cookie = reply.headers["Set-Cookie"].partition(";")[0]
        return reply

    def token(self, **changes: str) -> SiteReply:
        form = {
            "grant_type": "password",
            "client_id": DEMO_CLIENT_ID,
            "client_secret": DEMO_CLIENT_KEY,
            "username": DEMO_USER,
            "password": DEMO_USER_KEY,
            "scope": "api offline_access",
        } | changes
        return self.send("POST", "/identity/connect/token", urlencode(form).encode())

    def call(self, method: str, path: str, document: object = None, **headers: str) -> SiteReply:
        if not self.cookie:
            assert self.login().status == 204
        body = b"" if document is None else encode(document)
        return self.send(method, f"{ROOT}/{path}", body, Cookie=self.cookie, **headers)

    def put(self, document: object, entity: str = "SalesOrder", **headers: str) -> SiteReply:
        expand = (
            "" if entity == "Customer" else f"?$expand={EVERYTHING if entity == 'SalesOrder' else 'Details,Packages'}"
        )
        return self.call("PUT", f"{entity}{expand}", document, **headers)

    def search(self, filter_text: str, entity: str = "SalesOrder", more: str = "") -> Any:
        return self.call("GET", f"{entity}?$filter={quote(filter_text)}{more}").json

    @property
    def counts(self) -> SimulatorCounts:
        return self.simulator.counts()


def value(content: object) -> dict[str, object]:
    return {"value": content}


def line(sku: str = "SKU1", quantity: object = 2, price: object = 10, **more: object) -> dict[str, object]:
    return {
        "InventoryID": value(sku),
        "OrderQty": value(quantity),
        "UnitPrice": value(price),
        "ManualPrice": value(True),
    } | more


def order(reference: str = "R-1", **changes: object) -> dict[str, object]:
    """An order of one line, on no hold."""
    return {
        "CustomerID": value("C000001"),
        "ExternalRef": value(reference),
        "Hold": value(False),
        "Details": [line()],
    } | changes
