"""Pennylane, for the conformance suite: ledger entries of one account. Source: pennylane sheet, sections 3, 5.10 and 6.

Its OAuth is not that of client credentials: the suite of tokens that rotate is `pennylane/test_rotating_tokens.py`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx

from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import Retry, TargetClass
from ledgerpost.domain.route import AccountId, Connection
from ledgerpost.simulators.pennylane import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from tests.connectors.conformance.case import ConnectorCase, ProblemCase
from tests.connectors.scripted import PAT_REFERENCE, a_connection, an_entry, json_answer

ACCOUNT = AccountId("706000")
OPTIONS = {"journal": "1", "counterAccount": "411000"}
ACCOUNT_IDS = {"706000": 706, "411000": 411}


def is_write(request: httpx.Request) -> bool:
    return request.method == "POST"


def takes_everything(request: httpx.Request) -> httpx.Response:
    """A Pennylane that creates whatever is posted and holds nothing else."""
    if is_write(request):
        sent = json.loads(request.content)
        return json_answer(201, {"id": 9001, "piece_number": sent["piece_number"], "label": sent["label"]})
    if request.url.path.endswith("/ledger_accounts"):
        (asked,) = json.loads(request.url.params["filter"])
        items = [{"id": ACCOUNT_IDS[number], "number": number} for number in ACCOUNT_IDS if number == asked["value"]]
        return json_answer(200, a_page(*items))
    return json_answer(200, a_page())


def a_page(*items: Mapping[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "has_more": False, "next_cursor": None}


def entry_of(reference: str = "R-1", currency: str = "EUR") -> LedgerEntry:
    return an_entry(
        reference=Reference(reference), money=Money(Decimal("120.50"), currency), tag_names=(), custom_fields=()
    )


def _refusal(status: int, means: str, retry: Retry | None = Retry.NEVER, **document: Any) -> ProblemCase:
    said = document or {"error": "Refused", "status": status}
    return ProblemCase(status=status, document=said, code=means, retry=retry)


@dataclass
class RunningPennylane:
    simulator: SimulatorProcess
    connection: Connection
    secrets: Mapping[str, str]
    account: AccountId
    currency: str
    stated_currency: str | None

    def cut_replies(self, rate: float) -> None:
        self.simulator.set_faults(f"cut={rate}" if rate else "")

    def effects_of(self, reference: str) -> int:
        return sum(row["piece_number"] == reference for row in self.simulator.rows("ledger_entries"))


@contextmanager
def running_pennylane() -> Iterator[RunningPennylane]:
    with SimulatorProcess(replace(demo_settings(), window_requests=None)) as simulator:
        yield RunningPennylane(
            simulator=simulator,
            connection=a_connection("pennylane", base_url=simulator.url, options=OPTIONS),
            secrets={PAT_REFERENCE: DEMO_TOKEN},
            account=ACCOUNT,
            currency="EUR",
            stated_currency="EUR",
        )


PENNYLANE = ConnectorCase(
    name="pennylane",
    connection=a_connection("pennylane", options=OPTIONS),
    account=ACCOUNT,
    entry=entry_of(),
    posting=entry_of,
    answer_all=takes_everything,
    is_write=is_write,
    is_token_request=lambda _: False,
    problems=(
        _refusal(400, "pennylane_schema_refused"),
        _refusal(400, "pennylane_schema_refused", message="no such key", code="NotExistPropertyDefinition"),
        _refusal(401, "token_refused"),
        _refusal(403, "pennylane_scope_missing"),
        _refusal(404, "pennylane_not_found"),
        _refusal(409, "pennylane_already_exists"),
        _refusal(422, "pennylane_refused", error="unprocessable_entity", message="Not balanced", details={}),
        _refusal(429, "rate_limited", Retry.LATER),
        _refusal(500, "ledger_failed", None),
        _refusal(503, "ledger_unavailable", Retry.LATER),
    ),
    ledgers={TargetClass.LOOK_UP: running_pennylane},
)
