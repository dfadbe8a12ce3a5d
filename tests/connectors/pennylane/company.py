"""The Pennylane simulator behind a transport, in this process and with a clock of its own, and actions over it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from multidict import CIMultiDict

from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.pennylane.actions.run import PennylaneActions
from ledgerpost.connectors.pennylane.calls import Pace, Patience, PennylaneCalls
from ledgerpost.connectors.pennylane.client import PennylaneClient
from ledgerpost.connectors.tokens import personal_access_token
from ledgerpost.simulators.pennylane import demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from ledgerpost.simulators.pennylane.dispatch import answer
from ledgerpost.simulators.pennylane.simulator import Simulator
from ledgerpost.simulators.serving.exchange import Call
from tests.connectors.pennylane.scripts import Pauses
from tests.connectors.scripted import PAT_REFERENCE, HeldSecrets, StoppedClock

BASE = "http://pennylane.local"
ADDRESS = {"address": "1 rue X", "postal_code": "75001", "city": "Paris", "country_alpha2": "FR"}
STREET = {"street": "1 rue X", "postalCode": "75001", "city": "Paris", "countryCode": "FR"}

LINE = {"label": "Hosting", "quantity": 1, "unit": "piece", "raw_currency_unit_price": "99.00", "vat_rate": "FR_200"}


class SimulatorTransport(httpx.BaseTransport):
    """Hands each request to the simulator; a cut connection is a ReadError, a slow answer moves the clock."""

    def __init__(self, simulator: Simulator, clock: StoppedClock) -> None:
        self._simulator = simulator
        self._clock = clock
        self.sent: list[tuple[str, str, bytes]] = []
        self.strikes: Callable[[str], httpx.Response | None] = lambda _method: None
        """What a call of a method is answered in place of the simulator's answer; None lets it through."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = b"".join(request.stream)  # type: ignore[arg-type]
        path, _, query = request.url.raw_path.decode().partition("?")
        self.sent.append((request.method, path, body))
        struck = self.strikes(request.method)
        if struck is not None:
            return struck
        given = answer(self._simulator, Call(request.method, path, query, CIMultiDict(request.headers), body))
        self._clock.pass_by(given.delay_s)
        if given.cut:
            raise httpx.ReadError("cut")
        return httpx.Response(given.status, content=given.body, headers={"Content-Type": given.content_type})


class Company:
    """A company's Pennylane, and Ledgerpost's client and actions on it."""

    def __init__(self, *, window_requests: int | None = None, tries: int = 4, **changes: Any) -> None:
        self.clock = StoppedClock()
        settings = replace(demo_settings(), window_requests=window_requests, **changes)
        self.simulator = Simulator(settings, clock_s=lambda: self.clock.now().timestamp())
        self.transport = SimulatorTransport(self.simulator, self.clock)
        self.pauses = Pauses(self.clock)
        self.secrets = HeldSecrets({PAT_REFERENCE: DEMO_TOKEN})
        tokens = personal_access_token(PAT_REFERENCE, self.secrets, self.clock)
        sender = AuthorizedSender(HttpSender(self.transport), tokens)
        budget = MemoryRequestBudget(self.clock)
        patience = Patience(tries=tries, pause=self.pauses, draw=lambda: 0.5)
        self.calls = PennylaneCalls(BASE, sender, Pace(budget, "acme/main"), self.clock, patience)
        self.client = PennylaneClient(self.calls, side_by_side=1)
        self.files = Folder()
        self.actions = PennylaneActions(self.client, "acme/main", self.files)

    def run(self, action: str, key: str = "", **asked: Any) -> dict[str, Any]:
        """Run an action and give the seed's answer."""
        return self.actions.answer(action, asked, key=key)

    def outputs(self, action: str, **asked: Any) -> dict[str, Any]:
        """Run an action that has to succeed and give its outputs."""
        given = self.run(action, **asked)
        assert given["code"] == 200, given
        outputs: dict[str, Any] = given["outputs"]
        return outputs

    def refused(self, action: str, **asked: Any) -> tuple[str, str]:
        """Run an action that has to fail; give our code and the message."""
        given = self.run(action, **asked)
        assert given["code"] == 500, given
        assert given["outputs"].keys() == {"message"}
        return given["error"], given["outputs"]["message"]

    def made(self, path: str, body: object) -> int:
        """Make a row in Pennylane itself, past our client."""
        document = self.calls.write("POST", f"/{path}", body)
        assert isinstance(document, dict), document
        return int(document["id"])

    def row(self, collection: str, row_id: object) -> dict[str, Any]:
        """The row as the simulator holds it."""
        return self.simulator.books.tables[collection][int(str(row_id))]

    def rows(self, collection: str) -> list[dict[str, Any]]:
        return list(self.simulator.books.rows(collection))

    def lines(self, collection: str, row_id: object) -> list[dict[str, Any]]:
        return self.simulator.books.children(collection, int(str(row_id)), "invoice_lines")

    def writes(self) -> int:
        return sum(method != "GET" for method, _, _ in self.transport.sent)

    def a_customer(self, source_id: str = "cus-1", /, **changes: Any) -> int:
        body = {"name": "Acme SAS", "billing_address": ADDRESS, "external_reference": source_id, "emails": ["a@x.fr"]}
        return self.made("company_customers", body | changes)

    def a_product(self, source_id: str = "pro-1", /, **changes: Any) -> int:
        body = {"label": "Pack 1", "price_before_tax": "99.00", "vat_rate": "FR_200", "external_reference": source_id}
        return self.made("products", body | changes)


class Folder:
    """Extracts in memory (port ExtractFiles)."""

    def __init__(self) -> None:
        self.files: dict[str, list[str]] = {}

    def write(self, name: str, lines: Any) -> str:
        place = f"memory:{len(self.files)}-{name}"
        self.files[place] = list(lines)
        return place


def an_invoice(company: Company, **changes: Any) -> int:
    """Make an invoice of one line, for a customer of its own unless one is given; give its number."""
    body = {
        "date": "2026-03-01", "deadline": "2026-03-31", "customer_id": changes.pop("customer_id", None) or
        company.a_customer(f"cus-{len(company.rows('customers'))}"), "invoice_lines": [LINE],
    }  # fmt: skip
    return company.made("customer_invoices", body | changes)
