"""Pennylane's invoices, for the conformance suite: a day of sales. Source: pennylane sheet, sections 3, 5.1 and 6."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx

from ledgerpost.connectors.pennylane.target import INVOICES
from ledgerpost.domain.document import DocumentForm, LedgerDocument, canonical_json
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import TargetClass
from ledgerpost.domain.route import AccountId, Connection
from ledgerpost.simulators.pennylane import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from tests.connectors.conformance.case import ConnectorCase
from tests.connectors.conformance.pennylane_case import PENNYLANE, a_page, is_write
from tests.connectors.scripted import PAT_REFERENCE, a_connection, json_answer

FIRST_ID = 1001
"""The number that the simulator gives to its first row: the till's."""

TILL = {
    "name": "Till",
    "billing_address": {"address": "1 rue X", "postal_code": "75001", "city": "Paris", "country_alpha2": "FR"},
}


def takes_everything(request: httpx.Request) -> httpx.Response:
    """A Pennylane that creates whatever is posted and holds nothing else."""
    if is_write(request):
        sent = json.loads(request.content)
        return json_answer(201, {"id": 9001, "external_reference": sent["external_reference"]})
    if request.url.path.endswith("/me"):
        return json_answer(200, {"user": None, "company": {"id": 1}, "scopes": ["customer_invoices:all"]})
    if request.url.path.endswith("/ledger_accounts"):
        return json_answer(200, a_page({"id": 706, "number": "706000"}))
    return json_answer(200, a_page())


def sales_of(reference: str = "R-1", currency: str = "EUR") -> LedgerDocument:
    """A day's sales, whose tax is three cents off what its net gives."""
    line = {
        "kind": "sales",
        "account": {"id": "706000", "type": "sales", "classification": "nominal"},
        "taxRate": {"rate": "20", "id": "FR_200"},
        "net": "100.00",
        "tax": "20.03",
        "total": "120.03",
        "description": "Sales, tax 20 %",
    }
    body = {
        "customer": str(FIRST_ID),
        "currency": currency,
        "status": "Submitted",
        "description": "Sales of 2026-03-01",
        "lines": [line],
    }
    return LedgerDocument(
        reference=Reference(reference),
        form=DocumentForm("codat.invoice"),
        money=Money(Decimal("120.03"), currency),
        day=date(2026, 3, 1),
        source_amount=Decimal("120.03"),
        rounding=Decimal(0),
        body=canonical_json(body),
    )


@dataclass
class RunningInvoices:
    simulator: SimulatorProcess
    connection: Connection
    secrets: Mapping[str, str]
    account: AccountId = INVOICES
    currency: str = "EUR"
    stated_currency: str | None = None

    def cut_replies(self, rate: float) -> None:
        self.simulator.set_faults(f"cut={rate}" if rate else "")

    def effects_of(self, reference: str) -> int:
        rows: Iterator[dict[str, Any]] = self.simulator.rows("customer_invoices")
        return sum(row["external_reference"] == reference for row in rows)


@contextmanager
def running_invoices() -> Iterator[RunningInvoices]:
    with SimulatorProcess(replace(demo_settings(), window_requests=None)) as simulator:
        assert simulator.load({"company_customers": [TILL]}) == {"company_customers": [FIRST_ID]}
        connection = a_connection("pennylane", base_url=simulator.url)
        yield RunningInvoices(simulator, connection, {PAT_REFERENCE: DEMO_TOKEN})


PENNYLANE_DAYS = ConnectorCase(
    name="pennylane/days",
    connection=a_connection("pennylane"),
    account=INVOICES,
    entry=sales_of(),
    posting=sales_of,
    answer_all=takes_everything,
    is_write=is_write,
    is_token_request=lambda _: False,
    problems=PENNYLANE.problems,
    refuses_doubles=True,
    ledgers={TargetClass.LOOK_UP: running_invoices},
)
