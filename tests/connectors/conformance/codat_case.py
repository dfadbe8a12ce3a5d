"""Codat, for the conformance suite. Source of every answer: codat sheet, sections 1 and 7."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from ledgerpost.domain.outcome import Retry, TargetClass
from ledgerpost.domain.route import AccountId
from ledgerpost.simulators.codat import SimulatorProcess, demo_settings
from ledgerpost.simulators.codat.demo import DEMO_API_KEY, DEMO_COMPANY, DEMO_CONNECTION
from tests.connectors.codat_documents import a_document
from tests.connectors.conformance.case import ConnectorCase, ProblemCase, RunningSimulator
from tests.connectors.scripted import PAT_REFERENCE, a_connection, json_answer

COMPANY = AccountId(DEMO_COMPANY)


def is_write(request: httpx.Request) -> bool:
    return request.method == "POST"


def takes_everything(request: httpx.Request) -> httpx.Response:
    """A Codat before a synchronous accounting software: each push has ended when it is answered."""
    if is_write(request):
        body = json.loads(request.content)
        return json_answer(200, an_operation(request.url.path.rsplit("/", 1)[1], {**body, "id": "record-1"}))
    if request.url.path == f"/companies/{COMPANY}":
        return json_answer(200, a_company())
    return json_answer(200, a_page())


def a_company(*connections: tuple[str, str]) -> dict[str, Any]:
    listed = connections or ((DEMO_CONNECTION, "Linked"),)
    shop = {"id": "shop", "status": "Linked", "sourceType": "Commerce"}
    of_software = [{"id": name, "status": status, "sourceType": "Accounting"} for name, status in listed]
    return {"id": COMPANY, "name": "Acme", "dataConnections": [*of_software, shop]}


def a_page(*results: Mapping[str, Any], has_next: bool = False) -> dict[str, Any]:
    links = {"next": {"href": "/further"}} if has_next else {}
    return {"results": list(results), "pageNumber": 1, "pageSize": 100, "totalResults": len(results), "_links": links}


def an_operation(data_type: str, data: Mapping[str, Any], status: str = "Success", **changes: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "pushOperationKey": "push-1",
        "companyId": COMPANY,
        "dataConnectionKey": DEMO_CONNECTION,
        "dataType": data_type,
        "status": status,
        "requestedOnUtc": "2026-03-01T12:00:00.000Z",
        "data": data,
    }
    return operation | changes


def error(status: int, said: str = "Refused", *messages: str) -> dict[str, Any]:
    errors = [{"itemId": "lineItems", "message": message, "validatorName": "Rule"} for message in messages]
    return {
        "statusCode": status,
        "service": "PublicApi",
        "error": said,
        "correlationId": "c-1",
        "validation": {"errors": errors, "warnings": []} if messages else None,
        "canBeRetried": "False",
        "detailedErrorCode": 0,
    }


def _refusal(status: int, code: str, retry: Retry | None = Retry.NEVER, *messages: str) -> ProblemCase:
    return ProblemCase(status=status, document=error(status, "Refused", *messages), code=code, retry=retry)


@contextmanager
def running_codat() -> Iterator[RunningSimulator]:
    with SimulatorProcess(replace(demo_settings(), push_latency_s=0.0)) as simulator:
        yield RunningSimulator(
            simulator=simulator,
            connection=a_connection("codat", base_url=simulator.url),
            secrets={PAT_REFERENCE: DEMO_API_KEY},
            account=COMPANY,
            currency="GBP",
            stated_currency=None,
            reference_property="reference",
        )


CODAT = ConnectorCase(
    name="codat",
    connection=a_connection("codat"),
    account=COMPANY,
    entry=a_document(),
    posting=lambda reference, currency: a_document(reference=reference, currency=currency),
    credentials=lambda key: f"Basic {base64.b64encode(key.encode()).decode()}",
    answer_all=takes_everything,
    is_write=is_write,
    is_token_request=lambda _: False,
    problems=(
        _refusal(400, "entry_malformed"),
        _refusal(400, "entry_refused", Retry.NEVER, "Account not found"),
        _refusal(401, "token_refused"),
        _refusal(402, "codat_plan_limit"),
        _refusal(403, "account_forbidden"),
        _refusal(404, "account_not_found"),
        _refusal(429, "rate_limited", Retry.LATER),
        _refusal(500, "ledger_failed", None),
        _refusal(503, "ledger_unavailable", Retry.LATER),
    ),
    ledgers={TargetClass.LOOK_UP: running_codat},
)
