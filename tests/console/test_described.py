"""Schemathesis knocks on every call with what its description allows, and with what it does not.

Whatever is sent, the answer is one that docs/openapi.json describes: never a defect, never an undescribed status,
always the described type. The requests follow from the description alone and are the same on every run.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ledgerpost.console.api import API
from tests.console.desk import COMPANY_ID, Answer, Browser, Desk

ROOT = Path(__file__).parents[2]
SCHEMA = schemathesis.openapi.from_dict(json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8")))
OPERATIONS = {f"{each.ok().method.upper()} {each.ok().path}": each.ok() for each in SCHEMA.get_all_operations()}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
KNOWN = {
    ("id", "connections"): "main",
    ("id", "routes"): "sales-to-a",
    ("id", "companies"): COMPANY_ID,
    ("day", "companies"): "2026-01-31",
    ("name", "column-maps"): "till",
}
EXAMPLES = 8
"""Requests for each call and mode."""


def answer_to(case: schemathesis.Case, browser: Browser) -> httpx.Response:
    """Send what was made up, as a program does, and give the answer as HTTP has it."""
    sent = case.as_transport_kwargs(base_url="https://console.example")
    request = httpx.Request(
        case.method, sent["url"], params=sent.get("params"), json=sent.get("json"), content=sent.get("data")
    )
    headers = {str(name).lower(): str(value) for name, value in (case.headers or {}).items()}
    answer: Answer = browser.send(
        case.method,
        request.url.raw_path.decode("ascii"),
        request.content.decode("utf-8", "replace"),
        headers | {"content-type": "application/json"},
    )
    names = {name: value for name, value in answer.headers.items() if isinstance(value, str)}
    response = httpx.Response(answer.status, headers=names, content=answer.text.encode(), request=request)
    response.elapsed = timedelta(0)
    return response


def test_schemathesis_knows_every_call() -> None:
    described = {(name.partition(" ")[0], name.partition(" ")[2]) for name in OPERATIONS}
    assert described == {(each.method, each.path.replace("<", "{").replace(">", "}")) for each in API}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_that_is_described(shared_desk: Desk, name: str, mode: GenerationMode) -> None:
    browser = shared_desk.browser()

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=made_up(name, mode))
    def holds(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            # Made up ids lead nowhere: what is behind an address is reached by those that are there.
            case.path_parameters |= {part: KNOWN[part, name.split("/")[2]] for part in case.path_parameters}
        response = answer_to(case, browser)
        case.validate_response(response, checks=CHECKS)

    holds()


def made_up(name: str, mode: GenerationMode) -> st.SearchStrategy[Any]:
    """Give requests to a call: those that its description allows, or those that it does not."""
    return OPERATIONS[name].as_strategy(generation_mode=mode)
