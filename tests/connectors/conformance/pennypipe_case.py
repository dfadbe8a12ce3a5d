"""PennyPipe, for the conformance suite. Source of every answer: pennypipe.md, section 3."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import httpx

from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import Retry, TargetClass
from ledgerpost.domain.route import AccountId
from ledgerpost.simulators.pennypipe import (
    AccountSettings,
    PersonalAccessToken,
    SimulatorProcess,
    SimulatorSettings,
)
from tests.connectors.conformance.case import ConnectorCase, ProblemCase, RunningSimulator
from tests.connectors.scripted import PAT_REFERENCE, a_connection, an_entry, json_answer, oauth

ACCOUNT = AccountId("7d5f0000-0000-0000-0000-00000000000a")
LEDGER_ID = "0b0e0000-0000-0000-0000-000000000001"


def is_token_request(request: httpx.Request) -> bool:
    return request.url.path == "/connect/token"


def is_write(request: httpx.Request) -> bool:
    return request.method == "POST" and not is_token_request(request)


def takes_everything(request: httpx.Request) -> httpx.Response:
    """A ledger that applies whatever is posted, with the identity authority beside it."""
    path = request.url.path
    if is_token_request(request):
        return json_answer(200, {"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"})
    if path.startswith("/.well-known/"):
        return json_answer(404, {"title": "no such page"})
    if is_write(request):
        return json_answer(201, an_applied_answer(json.loads(request.content)["entry"]["referenceId"]))
    if path.endswith("/ledger-entries"):
        return json_answer(200, {"items": [], "nextCursor": None})
    return json_answer(200, {"id": ACCOUNT, "name": "Main", "currency": "EUR", "capabilities": ["referenceIdUpsert"]})


def an_applied_answer(reference: str, **changes: object) -> dict[str, object]:
    answer = {"id": LEDGER_ID, "accountId": ACCOUNT, "referenceId": reference, "created": True, "version": 1}
    return answer | changes


def problem(status: int, code: str, **more: object) -> dict[str, object]:
    return {"type": "about:blank", "title": "Refused", "status": status, "code": code} | more


def _refusal(status: int, ledger_code: str, code: str, retry: Retry | None = Retry.NEVER) -> ProblemCase:
    return ProblemCase(status=status, document=problem(status, ledger_code), code=code, retry=retry)


@contextmanager
def running_pennypipe(*, upsert: bool) -> Iterator[RunningSimulator]:
    settings = SimulatorSettings(
        accounts=(AccountSettings(id=ACCOUNT, name="Main", currency="EUR"),),
        pats=(PersonalAccessToken(token="pat-of-simulator"),),
        upsert=upsert,
    )
    with SimulatorProcess(settings) as simulator:
        yield RunningSimulator(
            simulator=simulator,
            connection=a_connection(base_url=simulator.url),
            secrets={PAT_REFERENCE: "pat-of-simulator"},
            account=ACCOUNT,
            currency="EUR",
            stated_currency="EUR",
            reference_property="referenceId",
        )


def another_entry(reference: str, currency: str) -> LedgerEntry:
    return an_entry(custom_fields=(), reference=Reference(reference), money=Money(Decimal("120.50"), currency))


PENNYPIPE = ConnectorCase(
    name="pennypipe",
    connection=a_connection(),
    oauth_connection=a_connection(auth=oauth()),
    account=ACCOUNT,
    entry=an_entry(custom_fields=()),
    posting=another_entry,
    answer_all=takes_everything,
    is_write=is_write,
    is_token_request=is_token_request,
    problems=(
        _refusal(400, "malformed", "entry_malformed"),
        _refusal(401, "token_invalid", "token_refused"),
        _refusal(403, "client_not_allowlisted", "client_not_allowlisted"),
        _refusal(403, "account_forbidden", "account_forbidden"),
        _refusal(403, "a code of tomorrow", "account_forbidden"),
        _refusal(404, "account_not_found", "account_not_found"),
        _refusal(409, "concurrent_update", "concurrent_update", Retry.LATER),
        _refusal(409, "another conflict", "entry_conflict"),
        _refusal(422, "tag_missing", "tag_missing"),
        _refusal(422, "field_definition_unknown", "field_definition_unknown"),
        _refusal(422, "field_value_type", "field_value_type"),
        _refusal(422, "validation", "entry_refused"),
        _refusal(429, "rate_limited", "rate_limited", Retry.LATER),
        _refusal(503, "unavailable", "ledger_unavailable", Retry.LATER),
        _refusal(500, "anything", "ledger_failed", None),
    ),
    ledgers={
        TargetClass.UPSERT: lambda: running_pennypipe(upsert=True),
        TargetClass.LOOK_UP: lambda: running_pennypipe(upsert=False),
    },
)
