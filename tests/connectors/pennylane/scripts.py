"""A Pennylane that follows a script, and a client over it: nothing sleeps, and pauses are only noted."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.pennylane.calls import Pace, Patience, PennylaneCalls
from ledgerpost.connectors.pennylane.client import PennylaneClient
from ledgerpost.connectors.tokens import personal_access_token
from tests.connectors.scripted import PAT_REFERENCE, RecordingTransport, StoppedClock, json_answer, some_secrets

BASE = "https://app.pennylane.example"
API = f"{BASE}/api/external/v2"


class Pauses:
    """What was waited for; waiting moves the clock."""

    def __init__(self, clock: StoppedClock) -> None:
        self.clock = clock
        self.waited: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.pass_by(seconds)


class Scripted:
    """A client over `answer`, with everything a test looks at afterwards."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response], *, tries: int = 4) -> None:
        self.clock = StoppedClock()
        self.pauses = Pauses(self.clock)
        self.transport = RecordingTransport(answer)
        self.budget = MemoryRequestBudget(self.clock)
        tokens = personal_access_token(PAT_REFERENCE, some_secrets(), self.clock)
        sender = AuthorizedSender(HttpSender(self.transport), tokens)
        patience = Patience(tries=tries, pause=self.pauses, draw=lambda: 0.5)
        self.calls = PennylaneCalls(BASE, sender, Pace(self.budget, "acme/main"), self.clock, patience)
        self.client = PennylaneClient(self.calls, side_by_side=1)

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query of each request."""
        return [dict(request.url.params) for request in self.transport.requests]


def page(*items: dict[str, Any], after: str | None = None) -> httpx.Response:
    return json_answer(200, {"items": list(items), "has_more": after is not None, "next_cursor": after})


def raw_json(text: str) -> httpx.Response:
    return httpx.Response(200, content=text.encode(), headers={"Content-Type": "application/json"})


def a_product(product_id: int = 5, **changes: object) -> dict[str, Any]:
    return {
        "id": product_id, "label": "Pack 1", "external_reference": f"src-p{product_id}", "price_before_tax": "123.00",
        "price": "147.60", "vat_rate": "FR_200", "unit": "piece", "currency": "EUR", "reference": "REF-453",
    } | changes  # fmt: skip


def an_invoice(invoice_id: int = 9001, **changes: object) -> dict[str, Any]:
    return {
        "id": invoice_id, "label": "Facture Acme", "invoice_number": "F-2026-012", "currency": "EUR",
        "amount": "237.60", "currency_amount": "237.60", "currency_amount_before_tax": "198.00",
        "exchange_rate": "1.0", "date": "2026-03-01", "deadline": "2026-03-31", "currency_tax": "39.60",
        "tax": "39.60", "language": "fr_FR", "paid": False, "status": "upcoming", "draft": False,
        "discount": {"type": "absolute", "value": "0"}, "customer": {"id": 17, "url": f"{API}/customers/17"},
        "invoice_lines": {"url": f"{API}/customer_invoices/{invoice_id}/invoice_lines"},
        "credited_invoice": None, "external_reference": f"src-{invoice_id}",
    } | changes  # fmt: skip


def a_line(line_id: int = 1, **changes: object) -> dict[str, Any]:
    return {
        "id": line_id, "label": "Hosting", "unit": "piece", "quantity": "2.0", "amount": "237.60",
        "currency_amount": "237.60", "currency_amount_before_tax": "198.00", "currency_tax": "39.60",
        "raw_currency_unit_price": "99.000000", "vat_rate": "FR_200", "product": {"id": 5, "url": f"{API}/products/5"},
        "imputation_dates": {"start_date": "2026-03-01", "end_date": "2026-03-31"},
    } | changes  # fmt: skip


def filters_of(request: httpx.Request) -> list[dict[str, Any]]:
    return json.loads(request.url.params.get("filter", "[]"))
