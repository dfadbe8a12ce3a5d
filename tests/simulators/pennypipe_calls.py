"""How the tests call a PennyPipe simulator: in memory with a clock of their own, or over HTTP on loopback."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from ledgerpost.simulators.pennypipe import SimulatorCounts, SimulatorSettings
from ledgerpost.simulators.pennypipe.demo import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_KEY,
    DEMO_PAT,
    DEMO_PURCHASING_ACCOUNT,
    DEMO_SALES_ACCOUNT,
    demo_settings,
)
from ledgerpost.simulators.pennypipe.dispatch import answer
from ledgerpost.simulators.pennypipe.simulator import Simulator
from tests.simulators.replies import ByHttp, Reply, call_of, reply_of

SALES = f"/api/accounts/{DEMO_SALES_ACCOUNT}"
PURCHASING = f"/api/accounts/{DEMO_PURCHASING_ACCOUNT}"
SALES_ENTRIES = f"{SALES}/ledger-entries"
INVOICE_REF = "11111111-1111-1111-1111-111111111111"
TOKEN_FORM = {"grant_type": "client_credentials", "client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_KEY}
PAID_AMOUNT = "33333333-3333-3333-3333-333333333333"


class Caller:
    """Calls a simulator, however it is reached."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One exchange."""
        raise NotImplementedError

    def call(self, method: str, path: str, document: object = None, *, token: str = DEMO_PAT, **headers: str) -> Reply:
        """One call with a token and a JSON body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} | named
        return self.send(method, path, sent, b"" if document is None else json.dumps(document).encode())

    def post(self, entry: object, *, create_missing_tags: bool = True, token: str = DEMO_PAT) -> Reply:
        """Post one entry to the sales account."""
        return self.call("POST", SALES_ENTRIES, {"entry": entry, "createMissingTags": create_missing_tags}, token=token)

    def post_raw(self, amount: str) -> Reply:
        """Post an entry whose amount stands in the JSON as written."""
        envelope = {"entry": entry("R-1") | {"amount": "@"}, "createMissingTags": True}
        body = json.dumps(envelope).replace('"@"', amount)
        headers = {"Authorization": f"Bearer {DEMO_PAT}", "Content-Type": "application/json"}
        return self.send("POST", SALES_ENTRIES, headers, body.encode())

    def token(self, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        """Ask for an access token."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.send("POST", "/connect/token", sent, urlencode(form).encode())

    def client_token(self, scope: str = "") -> str:
        """The access token of the demo's client."""
        reply = self.token(TOKEN_FORM | {"scope": scope})
        return str(reply.json["access_token"])


class InMemory(Caller):
    """A simulator without HTTP, with a clock that stands until it is moved and ids that count up."""

    def __init__(self, settings: SimulatorSettings | None = None, **changes: Any) -> None:
        self.now_s = 1000.0
        ids = itertools.count(1)
        self.simulator = Simulator(
            replace(settings or demo_settings(), **changes),
            clock_s=lambda: self.now_s,
            new_id=lambda: f"id-{next(ids)}",
        )

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One exchange."""
        return reply_of(answer(self.simulator, call_of(method, path, headers, body)))

    @property
    def counts(self) -> SimulatorCounts:
        """What happened so far."""
        return self.simulator.counts()


class OverHttp(ByHttp, Caller):
    """A simulator behind a URL."""


def entry(reference: str | None = "R-1", **changes: Any) -> dict[str, object]:
    """A valid sales entry."""
    sent: dict[str, object] = {
        "referenceId": reference,
        "type": "credit",
        "amount": "120.50",
        "date": "2026-03-01",
        "note": "Sale #R-1 total 120.50",
        "tagNames": ["Sales", "Retail"],
        "customFieldValues": [{"fieldDefinitionId": INVOICE_REF, "value": "R-1"}],
    }
    return sent | changes
