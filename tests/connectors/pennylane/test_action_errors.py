"""Every action on every shape of error that Pennylane has. Source: pennylane sheet, section 5; seed 002, "Errors"."""

from typing import Any

import httpx
import pytest

from ledgerpost.connectors.pennylane.actions.run import ACTIONS
from ledgerpost.errors import describe
from tests.connectors.pennylane.action_documents import CREATES as DOCUMENTS
from tests.connectors.pennylane.action_documents import an_estimate, an_invoice, an_update
from tests.connectors.pennylane.company import Company
from tests.connectors.pennylane.test_action_masters import CREATES as MASTERS
from tests.connectors.pennylane.test_client import SHAPES
from tests.connectors.scripted import json_answer

LISTS = tuple(action.name for action in ACTIONS if action.name.startswith("list-"))
OTHER_SHAPES = [
    (401, {"error": "Access denied", "status": 401}, ""),
    (403, {"error": "Forbidden: insufficient scopes", "status": 403}, ""),
    (429, "Rate limit exceeded. Retry in 1 seconds.", ""),
    (500, "<html>Internal Server Error</html>", ""),
    (503, "", ""),
    (422, "", "Pennylane answered 422."),
]
EVERY_SHAPE = [*SHAPES, *OTHER_SHAPES]


def struck_by(status: int, content: object) -> httpx.Response:
    if isinstance(content, str):
        return httpx.Response(status, content=content.encode(), headers={"Content-Type": "text/plain"})
    return json_answer(status, content)


@pytest.fixture
def company() -> Company:
    company = Company(tries=2)
    company.a_customer()
    company.a_product()
    return company


def inputs_of(company: Company) -> dict[str, dict[str, Any]]:
    """Give an input for each of the sixteen actions with which it would succeed, and have there what it updates."""
    invoice = company.outputs("create-invoice", **an_invoice(draft=True))["invoiceId"]
    estimate = company.outputs("create-estimate", **an_estimate())["estimateId"]
    lines = [{"quantity": 5, "product": {"id": "pro-1"}}]
    inputs: dict[str, dict[str, Any]] = {name: {} for name in LISTS}
    inputs |= {name: asked for name, (asked, _, _) in {**MASTERS, **DOCUMENTS}.items()}
    inputs["create-invoice"] = an_invoice(date="2026-04-01")
    inputs["create-estimate"] = an_estimate(date="2023-12-22")
    inputs["update-invoice"] = an_update(invoice, lineItems=lines)
    inputs["update-estimate-status"] = {"id": estimate, "status": "accepted"}
    return inputs


def test_without_an_error_each_of_the_inputs_succeeds(company: Company):
    inputs = inputs_of(company)

    assert inputs.keys() == {action.name for action in ACTIONS}
    for action, asked in inputs.items():
        company.outputs(action, **asked)


@pytest.mark.parametrize(("status", "content", "said"), EVERY_SHAPE)
def test_every_action_tells_an_error_of_its_first_call_and_writes_nothing(
    company: Company, status: int, content: object, said: str
):
    inputs = inputs_of(company)
    before = {name: len(rows) for name, rows in company.simulator.books.tables.items()}
    company.transport.strikes = lambda _method: struck_by(status, content)

    for action, asked in inputs.items():
        code, message = company.refused(action, **asked)
        assert describe(code).code == code
        assert said in message, action
        assert len(message) > len("Pennylane")

    assert {name: len(rows) for name, rows in company.simulator.books.tables.items()} == before


@pytest.mark.parametrize(("status", "content", "said"), EVERY_SHAPE)
def test_every_action_that_writes_tells_an_error_of_its_write(
    company: Company, status: int, content: object, said: str
):
    inputs = {name: asked for name, asked in inputs_of(company).items() if name not in LISTS}
    assert len(inputs) == 9
    company.transport.strikes = lambda method: None if method == "GET" else struck_by(status, content)

    for action, asked in inputs.items():
        before = company.writes()
        code, message = company.refused(action, **asked)
        assert company.writes() > before, f"{action} was struck before it wrote"
        assert describe(code).code == code
        assert said in message, action
