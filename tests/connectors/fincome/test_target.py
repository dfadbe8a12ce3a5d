"""Fincome as a target: what goes on the wire, and what every answer means."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledgerpost.connectors.fincome import options_from
from ledgerpost.connectors.fincome.bodies import body_of
from ledgerpost.domain.extract.rows import TargetRow
from ledgerpost.domain.outcome import Applied, NotApplied, Retry, Unknown
from ledgerpost.errors import ConfigurationError
from ledgerpost.simulators.fincome import DEMO_KEY, FincomeSettings
from ledgerpost.simulators.fincome.api import FincomeSimulator
from tests.connectors.fincome.scripts import CUSTOMER, IN_ORDER, INVOICE, KEY, handler_of, target_over
from tests.connectors.scripted import Handler, json_answer

GOLDEN = Path(__file__).parent / "golden"


def answers(status: int, document: object, **headers: str) -> Handler:
    return lambda _: json_answer(status, document, headers)


def raises(error: Exception) -> Handler:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return handler


def outcome_of(handler: Handler) -> Any:
    return target_over(handler)[0].write(CUSTOMER)


# The wire.


@pytest.mark.parametrize("row", IN_ORDER, ids=lambda row: type(row).__name__)
def test_a_row_goes_on_the_wire_as_reviewed(row: TargetRow) -> None:
    """After a wanted change: `UPDATE_GOLDEN=1 pytest tests/connectors/fincome`, then review the difference."""
    path = GOLDEN / f"{type(row).__name__}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(body_of(row) + b"\n")
    assert body_of(row) + b"\n" == path.read_bytes()


def test_each_kind_of_row_has_its_path_and_the_key_its_header() -> None:
    target, transport, _ = target_over(handler_of(FincomeSimulator(FincomeSettings())))
    assert [type(target.write(row)) for row in IN_ORDER] == [Applied] * 6
    paths = [request.url.path for request in transport.requests]
    assert paths == [
        f"/product/{name}" for name in ("customers", "products", "prices", "subscriptions", "invoices", "credit-notes")
    ]
    first = transport.requests[0]
    assert first.headers["authorization"] == f"Bearer {DEMO_KEY}"
    assert (first.method, first.headers["content-type"]) == ("POST", "application/json")


def test_header_prefix_and_paths_are_configuration() -> None:
    options = {"keyHeader": "X-Api-Key", "keyPrefix": "", "paths.customers": "/v2/people"}
    target, transport, _ = target_over(answers(200, {"id": "src-c1"}), **options)
    target.write(CUSTOMER)
    (request,) = transport.requests
    assert request.headers["x-api-key"] == DEMO_KEY
    assert "authorization" not in request.headers
    assert request.url.path == "/product/v2/people"


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("keyHeader", "X Api\r\nKey", "config_wrong_value"),
        ("keyPrefix", "Bearer\n", "config_wrong_value"),
        ("paths.customers", "customers?", "config_wrong_value"),
        ("paths.people", "/people", "config_unknown_key"),
        ("customers", "/people", "config_unknown_key"),
    ],
)
def test_an_option_that_is_none_is_refused_with_its_path(option: str, value: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        options_from({option: value}, "target")
    assert (refused.value.code, refused.value.problems[0].path) == (code, f"target.options.{option}")


# Outcomes.


@pytest.mark.parametrize(("status", "created"), [(200, False), (201, True), (202, False)])
def test_a_success_is_applied(status: int, created: bool) -> None:
    assert outcome_of(answers(status, {"id": "src-c1"})) == Applied("src-c1", created)


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [
        (400, "extract_row_refused", Retry.NEVER),
        (401, "token_refused", Retry.NEVER),
        (403, "account_forbidden", Retry.NEVER),
        (404, "extract_path_unknown", Retry.NEVER),
        (409, "extract_row_refused", Retry.NEVER),
        (422, "extract_row_refused", Retry.NEVER),
        (429, "rate_limited", Retry.LATER),
        (503, "ledger_unavailable", Retry.LATER),
    ],
)
def test_a_refusal_is_not_applied(status: int, code: str, retry: Retry) -> None:
    outcome = outcome_of(answers(status, {"detail": "no"}))
    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry, outcome.status) == (code, retry, status)


@pytest.mark.parametrize(
    "handler",
    [
        answers(500, {"detail": "Internal Server Error"}),
        answers(502, {}),
        answers(200, {"id": "another"}),
        answers(200, ["no object"]),
        lambda _: httpx.Response(200, html="<html>welcome</html>"),
        raises(httpx.ReadTimeout("late")),
        raises(httpx.ReadError("cut")),
    ],
)
def test_an_answer_that_is_lost_or_unclear_is_unknown(handler: Handler) -> None:
    assert isinstance(outcome_of(handler), Unknown)


def test_what_never_left_is_not_applied_and_may_be_tried_later() -> None:
    outcome = outcome_of(raises(httpx.ConnectError("refused")))
    assert isinstance(outcome, NotApplied)
    assert outcome.retry is Retry.LATER


def test_retry_after_is_read() -> None:
    outcome = outcome_of(answers(429, {"detail": "slow"}, **{"retry-after": "2"}))
    assert isinstance(outcome, NotApplied)
    assert outcome.retry_after_s == 2.0


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ("Customer is unknown", "Customer is unknown"),
        ([{"loc": ["body", "customer_id"], "msg": "unknown", "type": "x"}], "customer_id: unknown"),
        (["first", {"loc": ["body", "lines", 0, "id"], "msg": "bad"}], "first; lines.0.id: bad"),
        ([{"msg": "a"}, {"msg": "b"}, {"msg": "c"}, {"msg": "d"}], "a; b; c; and 1 more"),
        ([7, {}, {"loc": 3, "msg": 4}], "Fincome answered 422."),
        (None, "Fincome answered 422."),
    ],
)
def test_detail_is_read_as_text_and_as_a_list(detail: object, sentence: str) -> None:
    outcome = outcome_of(answers(422, {"detail": detail}))
    assert isinstance(outcome, NotApplied)
    assert outcome.detail == sentence


def test_the_same_id_again_is_an_update() -> None:
    simulator = FincomeSimulator(FincomeSettings())
    target, _, _ = target_over(handler_of(simulator))
    assert target.write(CUSTOMER) == Applied("src-c1", created=True)
    assert target.write(CUSTOMER) == Applied("src-c1", created=False)
    assert simulator.books.counts().rows["customers"] == 1


def test_an_unknown_outcome_is_settled_by_writing_the_row_again() -> None:
    simulator = FincomeSimulator(FincomeSettings(faults="cut=1:once"))
    target, _, _ = target_over(handler_of(simulator))
    assert isinstance(target.write(CUSTOMER), Unknown)
    assert target.write(CUSTOMER) == Applied("src-c1", created=False)
    assert simulator.books.counts().effects["customers"] == {"created": 1, "unchanged": 1}


def test_an_invoice_of_an_unknown_customer_is_refused_with_the_field() -> None:
    outcome = target_over(handler_of(FincomeSimulator(FincomeSettings())))[0].write(INVOICE)
    assert isinstance(outcome, NotApplied)
    assert "customer_id: There is no such row" in outcome.detail


# The key.


def test_a_key_that_was_rotated_is_read_anew_and_the_row_is_sent_again() -> None:
    target, transport, secrets = target_over(handler_of(FincomeSimulator(FincomeSettings(key="the-next-key"))))
    secrets.read(KEY)
    secrets.values[KEY] = "the-next-key"
    assert isinstance(target.write(CUSTOMER), Applied)
    assert [request.headers["authorization"] for request in transport.requests] == [
        f"Bearer {DEMO_KEY}",
        "Bearer the-next-key",
    ]


def test_a_key_that_the_answer_quotes_is_masked() -> None:
    outcome = outcome_of(answers(422, {"detail": f"the key {DEMO_KEY} is odd"}))
    assert isinstance(outcome, NotApplied)
    assert outcome.detail == "the key *** is odd"


def test_a_key_that_is_not_there_sends_nothing() -> None:
    target, transport, secrets = target_over(answers(200, {}))
    secrets.values.clear()
    outcome = target.write(CUSTOMER)
    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry, len(transport.requests)) == ("secret_unavailable", Retry.LATER, 0)


def test_amounts_are_decimal_text_and_a_missing_value_is_null() -> None:
    document = json.loads(body_of(INVOICE))
    assert document["amount_excluding_tax"] == "198.00"
    assert all(isinstance(document["lines"][0][key], str) for key in ("quantity", "tax_amount", "discount_amount"))
    assert json.loads(body_of(IN_ORDER[3]))["canceled_at"] is None
