"""How the tests call a Codat simulator: in memory with a clock of their own, or over HTTP on loopback."""

import base64
import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from ledgerpost.simulators.codat import SimulatorCounts, SimulatorSettings, demo_settings
from ledgerpost.simulators.codat.demo import DEMO_API_KEY, DEMO_COMPANY, DEMO_CONNECTION
from ledgerpost.simulators.codat.dispatch import answer
from ledgerpost.simulators.codat.simulator import Simulator
from tests.simulators.replies import ByHttp, Reply, call_of, reply_of

COMPANY = f"/companies/{DEMO_COMPANY}"
CONFIGURATION = f"/config{COMPANY}/sync/commerce"
PUSH = f"{COMPANY}/connections/{DEMO_CONNECTION}/push"
LATEST = f"{COMPANY}/sync/commerce/latest"
HISTORIC = f"/meta{COMPANY}/sync/commerce/historic"
SYNCS = f"{COMPANY}/sync/commerce/syncs"
LATENCY_S = 2.0


class Caller:
    """Calls a simulator, however it is reached."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One exchange."""
        raise NotImplementedError

    def call(self, method: str, path: str, document: object = None, *, key: str = DEMO_API_KEY, **more: str) -> Reply:
        """One call with a key and a JSON body."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        basic = base64.b64encode(key.encode()).decode()
        sent = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"} | named
        return self.send(method, path, sent, b"" if document is None else json.dumps(document).encode())

    def push(self, body: object, data_type: str = "invoices", query: str = "") -> Reply:
        """Push one record."""
        return self.call("POST", f"{PUSH}/{data_type}{query}", body)

    def operation(self, pushed: Reply) -> dict[str, Any]:
        """The operation that a push made, as it stands now."""
        found: dict[str, Any] = self.call("GET", f"{COMPANY}/push/{pushed.json['pushOperationKey']}").json
        return found

    def data(self, data_type: str = "invoices", query: str = "") -> list[dict[str, Any]]:
        """The records of a data type that the query finds."""
        reply = self.call("GET", f"{COMPANY}/data/{data_type}?page=1&query={quote(query)}")
        assert reply.status == 200
        results: list[dict[str, Any]] = reply.json["results"]
        return results


class InMemory(Caller):
    """A simulator without HTTP, with a clock that stands until it is moved and ids that count up."""

    def __init__(self, settings: SimulatorSettings | None = None, **changes: Any) -> None:
        self.at = datetime(2026, 3, 2, 2, tzinfo=UTC)
        ids = itertools.count(1)
        self.simulator = Simulator(
            replace(settings or demo_settings(), **({"push_latency_s": LATENCY_S} | changes)),
            now=lambda: self.at,
            new_id=lambda: f"id-{next(ids)}",
        )

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One exchange."""
        return reply_of(answer(self.simulator, call_of(method, path, headers, body)))

    def pass_by(self, seconds: float = LATENCY_S) -> None:
        """Move the clock; by default as long as a push takes."""
        self.at += timedelta(seconds=seconds)

    @property
    def counts(self) -> SimulatorCounts:
        """What happened so far."""
        return self.simulator.counts()


class OverHttp(ByHttp, Caller):
    """A simulator behind a URL."""


def invoice(number: str = "SI-1", **changes: Any) -> dict[str, Any]:
    """A valid invoice."""
    line = {
        "description": "Sales",
        "unitAmount": 1000,
        "quantity": 1,
        "taxAmount": 200,
        "totalAmount": 1200,
        "accountRef": {"id": "a1"},
        "taxRateRef": {"id": "t1"},
    }
    sent: dict[str, Any] = {
        "invoiceNumber": number,
        "customerRef": {"id": "c1"},
        "issueDate": "2026-03-01",
        "dueDate": "2026-03-01",
        "currency": "GBP",
        "status": "Submitted",
        "totalAmount": 1200,
        "lineItems": [line],
    }
    return sent | changes


def payment(linked: str, amount: int = 1200, link_type: str = "Invoice", **changes: Any) -> dict[str, Any]:
    """A payment that settles one document."""
    link = {"type": link_type, "id": linked, "amount": -amount}
    sent: dict[str, Any] = {
        "reference": "PY-1",
        "customerRef": {"id": "c1"},
        "accountRef": {"id": "b1"},
        "totalAmount": amount,
        "currency": "GBP",
        "date": "2026-03-01",
        "lines": [{"amount": amount, "links": [link]}],
    }
    return sent | changes


def journal(*amounts: int, **changes: Any) -> dict[str, Any]:
    """A journal entry of these amounts; debits are positive."""
    accounts = itertools.cycle(("b1", "a1"))
    lines = [{"netAmount": amount, "currency": "GBP", "accountRef": {"id": next(accounts)}} for amount in amounts]
    sent: dict[str, Any] = {"description": "JE-1", "postedOn": "2026-03-01", "journalLines": lines}
    return sent | changes
