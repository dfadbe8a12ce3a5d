"""How the tests call a Pennylane simulator: in memory, with a clock of their own."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ledgerpost.simulators.pennylane import SimulatorSettings, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_REFRESH_TOKEN, DEMO_TOKEN
from ledgerpost.simulators.pennylane.dispatch import answer
from ledgerpost.simulators.pennylane.simulator import Simulator
from tests.simulators.replies import Reply, call_of, reply_of

V2 = "/api/external/v2"
V1 = "/api/external/v1"
START_S = 1_772_366_400.0
"""2026-03-01 12:00 UTC."""

ADDRESS = {"address": "1 rue X", "postal_code": "75001", "city": "Paris", "country_alpha2": "FR"}


class Company:
    """A simulator without HTTP, with a clock that stands until it is moved."""

    def __init__(self, settings: SimulatorSettings | None = None, **changes: Any) -> None:
        self.now_s = START_S
        base = settings or replace(demo_settings(), window_requests=None)
        self.simulator = Simulator(replace(base, **changes), clock_s=lambda: self.now_s)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return reply_of(answer(self.simulator, call_of(method, path, headers, body)))

    def call(self, method: str, path: str, document: object = None, *, token: str = DEMO_TOKEN) -> Reply:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": "pennylane.local"}
        body = b"" if document is None else json.dumps(document).encode()
        return self.send(method, path if path.startswith("/") else f"{V2}/{path}", headers, body)

    def post(self, path: str, document: object) -> Reply:
        return self.call("POST", path, document)

    def list(self, path: str, **query: Any) -> Reply:
        return self.call("GET", f"{V2}/{path}?{urlencode(query)}")

    def made(self, path: str, document: object) -> int:
        reply = self.post(path, document)
        assert reply.status == 201, reply.body
        return int(reply.json["id"])

    def refreshed(self, refresh_token: str = DEMO_REFRESH_TOKEN) -> Reply:
        form = {
            "grant_type": "refresh_token", "client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_KEY,
            "refresh_token": refresh_token,
        }  # fmt: skip
        return self.send("POST", "/oauth/token", {}, urlencode(form).encode())

    def a_customer(self, **changes: Any) -> int:
        return self.made("company_customers", {"name": "Acme SAS", "billing_address": ADDRESS} | changes)

    def a_product(self, **changes: Any) -> int:
        return self.made("products", {"label": "Pack 1", "price_before_tax": "99.00", "vat_rate": "FR_200"} | changes)

    def an_invoice(self, **changes: Any) -> Reply:
        return self.post("customer_invoices", self.invoice_body(**changes))

    def invoice_body(self, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"date": "2026-03-01", "deadline": "2026-03-31"}
        if "customer_id" not in changes:
            body["customer_id"] = self.a_customer()
        if "invoice_lines" not in changes:
            body["invoice_lines"] = [{"product_id": self.a_product(), "quantity": 2}]
        return body | changes


FULL_LINE = {
    "label": "Hosting", "quantity": 1, "unit": "piece", "raw_currency_unit_price": "99.00", "vat_rate": "FR_200",
}  # fmt: skip
