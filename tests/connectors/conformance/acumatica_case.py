"""Acumatica, for the conformance suite. Source of every answer: acumatica sheet, sections 2, 4 and 10."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.outcome import Retry, TargetClass
from ledgerpost.simulators.acumatica import SimulatorProcess, demo_settings
from tests.connectors.acumatica_orders import (
    ACCOUNT,
    SimulatedSite,
    acumatica_auth,
    acumatica_connection,
    acumatica_secrets,
    content,
    document,
)
from tests.connectors.conformance.case import ConnectorCase, ProblemCase, RunningSimulator
from tests.connectors.scripted import CLIENT_SECRET_REFERENCE, a_connection, json_answer

MANY = {"concurrency": "20", "session": "keep"}
"""The suite's twenty workers come all at once, and it counts the tokens of one session."""


def is_token_request(request: httpx.Request) -> bool:
    return request.url.path.endswith("/connect/token")


def is_write(request: httpx.Request) -> bool:
    return request.method == "PUT"


class OpenSite(SimulatedSite):
    """The simulated site, which lets everybody in and finds no order in a search: each post is the first one."""

    def __init__(self) -> None:
        super().__init__()
        self.simulator.sessions.admit = lambda _: "anybody"  # type: ignore[method-assign]
        self._one_at_a_time = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if is_token_request(request):
            return json_answer(200, {"access_token": "token-1", "expires_in": 3600, "token_type": "Bearer"})
        if "/.well-known/" in path:
            return json_answer(404, {"message": "no such page"})
        if request.method == "GET" and path.endswith("/SalesOrder"):
            return json_answer(200, [])
        with self._one_at_a_time:
            answer = self.handle_request(request)
            self.requests.clear()
            return answer


takes_everything = OpenSite()


def an_exception(message: str, kind: str = "PX.Data.PXException", **more: object) -> dict[str, object]:
    said = {"message": "An error has occurred.", "exceptionMessage": message, "exceptionType": kind}
    return {**said, "stackTrace": "at PX.Api", **more}


def _refusal(status: int, said: object, code: str, retry: Retry | None = Retry.NEVER) -> ProblemCase:
    return ProblemCase(status=status, document=said, code=code, retry=retry)


def _field(name: str, error: str, *, inside: str = "") -> dict[str, Any]:
    field: dict[str, Any] = {name: {"value": "x", "error": error}, "error": "The record has errors."}
    return {inside: [field]} if inside else field


def another_order(reference: str, currency: str) -> LedgerDocument:
    return document(content(SourceId=reference), reference=reference, currency=currency)


class RunningAcumatica(RunningSimulator):
    """Its values are wrapped."""

    def effects_of(self, reference: str) -> int:
        return sum(entry[self.reference_property]["value"] == reference for entry in self.simulator.entries())


@contextmanager
def running_acumatica() -> Iterator[RunningAcumatica]:
    with SimulatorProcess(demo_settings()) as simulator:
        yield RunningAcumatica(
            simulator=simulator,
            connection=acumatica_connection(simulator.url),
            secrets=acumatica_secrets().values,
            account=ACCOUNT,
            currency="USD",
            stated_currency=None,
            reference_property="ExternalRef",
        )


ACUMATICA = ConnectorCase(
    name="acumatica",
    connection=a_connection("acumatica", options=MANY),
    oauth_connection=a_connection(
        "acumatica",
        auth=replace(
            acumatica_auth("https://identity.example"),
            client_id=f"client-1@{ACCOUNT}",
            client_secret=CLIENT_SECRET_REFERENCE,
        ),
        options=MANY,
    ),
    secret_text=lambda secret: json.dumps({"clientSecret": secret, "password": secret}),
    account=ACCOUNT,
    entry=document(),
    posting=another_order,
    answer_all=takes_everything,
    is_write=is_write,
    is_token_request=is_token_request,
    problems=(
        _refusal(400, {"message": "The request is invalid.", "modelState": {"": ["bad"]}}, "entry_malformed"),
        _refusal(401, {}, "token_refused"),
        _refusal(403, {"message": "licence"}, "account_forbidden"),
        _refusal(404, {}, "account_not_found"),
        _refusal(412, {}, "acumatica_number_taken"),
        _refusal(422, _field("CustomerID", "cannot be found"), "customer_unresolved"),
        _refusal(422, _field("InventoryID", "cannot be found", inside="Details"), "sku_unknown"),
        _refusal(422, _field("TaxID", "cannot be found", inside="TaxDetails"), "tax_setup_invalid"),
        _refusal(422, _field("PaymentMethod", "cannot be found", inside="Payments"), "payment_method_unknown"),
        _refusal(422, _field("Colour", "is ugly"), "entry_refused"),
        _refusal(429, "text", "rate_limited", Retry.LATER),
        _refusal(503, {}, "ledger_unavailable", Retry.LATER),
        _refusal(500, an_exception("Error: Invalid credentials. Please try again."), "token_refused"),
        _refusal(500, an_exception("x", "PX.Data.PXUndefinedCompanyException"), "acumatica_tenant_unknown"),
        _refusal(500, an_exception("API Login Limit"), "acumatica_login_limit", Retry.LATER),
        _refusal(500, an_exception("x", "PX.Data.PXSetupNotEnteredException"), "acumatica_not_set_up"),
        _refusal(
            500,
            an_exception("x", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"),
            "acumatica_record_gone",
            Retry.LATER,
        ),
        _refusal(
            500,
            an_exception(
                "Error: No applications can be created for documents with multiple installment credit terms specified."
            ),
            "multiple_installment_terms",
        ),
        _refusal(500, an_exception("Error: The order is wrong."), "acumatica_rule_broken"),
        _refusal(
            500,
            an_exception("x", innerException=an_exception("time-out", "System.Data.SqlClient.SqlException")),
            "ledger_failed",
            None,
        ),
        _refusal(500, an_exception("time-out", "System.TimeoutException"), "ledger_failed", None),
        _refusal(500, {"message": "An error has occurred."}, "ledger_failed", None),
    ),
    ledgers={TargetClass.LOOK_UP: running_acumatica},
)
