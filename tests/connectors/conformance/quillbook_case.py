"""Quillbook, the worked example of docs/writing-a-connector.md. Source of every answer: its sheet, sections 2 to 5."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import httpx

from docs.examples.quillbook.simulator import DEMO_BOOK, DEMO_TOKEN, QuillbookProcess, QuillbookSettings
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import Retry, TargetClass
from ledgerpost.domain.route import AccountId
from tests.connectors.conformance.case import ConnectorCase, ProblemCase, RunningSimulator
from tests.connectors.scripted import PAT_REFERENCE, a_connection, an_entry, json_answer, oauth

BOOK = AccountId(DEMO_BOOK)


def is_token_request(request: httpx.Request) -> bool:
    return request.url.path == "/connect/token"


def is_write(request: httpx.Request) -> bool:
    return request.method == "POST" and not is_token_request(request)


def takes_everything(request: httpx.Request) -> httpx.Response:
    """A book that takes whatever is posted, with the identity authority beside it."""
    path = request.url.path
    if is_token_request(request):
        return json_answer(200, {"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"})
    if path.startswith("/.well-known/"):
        return json_answer(404, {})
    if is_write(request):
        return json_answer(201, {"id": "e-1", "externalId": json.loads(request.content)["externalId"]})
    if path.endswith("/entries"):
        return json_answer(200, {"entries": []})
    return json_answer(200, {"id": BOOK, "currency": "EUR", "remembersKeys": True})


def _refusal(status: int, said: str, code: str, retry: Retry | None = Retry.NEVER) -> ProblemCase:
    return ProblemCase(status=status, document={"error": {"code": said, "message": "No."}}, code=code, retry=retry)


@contextmanager
def running_quillbook(*, remembers_keys: bool) -> Iterator[RunningSimulator]:
    with QuillbookProcess(QuillbookSettings(remembers_keys=remembers_keys)) as simulator:
        yield RunningSimulator(
            simulator=simulator,
            connection=a_connection("quillbook", base_url=simulator.url),
            secrets={PAT_REFERENCE: DEMO_TOKEN},
            account=BOOK,
            currency="EUR",
            stated_currency="EUR",
            reference_property="externalId",
        )


def another_entry(reference: str, currency: str) -> LedgerEntry:
    return an_entry(custom_fields=(), reference=Reference(reference), money=Money(Decimal("120.50"), currency))


QUILLBOOK = ConnectorCase(
    name="quillbook",
    connection=a_connection("quillbook"),
    oauth_connection=a_connection("quillbook", auth=oauth()),
    account=BOOK,
    entry=an_entry(custom_fields=()),
    posting=another_entry,
    answer_all=takes_everything,
    is_write=is_write,
    is_token_request=is_token_request,
    problems=(
        _refusal(400, "malformed", "entry_malformed"),
        _refusal(401, "unauthorized", "token_refused"),
        _refusal(403, "forbidden", "account_forbidden"),
        _refusal(404, "no_such_book", "account_not_found"),
        _refusal(409, "book_busy", "concurrent_update", Retry.LATER),
        _refusal(409, "key_reused", "entry_conflict"),
        _refusal(422, "period_closed", "entry_refused"),
        _refusal(429, "slow_down", "rate_limited", Retry.LATER),
        _refusal(503, "maintenance", "ledger_unavailable", Retry.LATER),
        _refusal(500, "internal", "ledger_failed", None),
    ),
    ledgers={
        TargetClass.KEY: lambda: running_quillbook(remembers_keys=True),
        TargetClass.LOOK_UP: lambda: running_quillbook(remembers_keys=False),
    },
)
