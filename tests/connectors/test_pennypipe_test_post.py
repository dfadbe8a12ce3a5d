"""The test post: a small real entry, told with what to check, and cleaned up (the guide's step 6)."""

import json
from uuid import UUID

import httpx
import pytest

from ledgerpost.connectors.pennypipe import (
    run_test_post,
)
from ledgerpost.domain.outcome import (
    Applied,
    NotApplied,
    Unknown,
)
from ledgerpost.domain.route import EntryType
from tests.connectors.conformance.pennypipe_case import (
    LEDGER_ID,
    is_write,
    problem,
    takes_everything,
)
from tests.connectors.pennypipe_bench import plan, target
from tests.connectors.scripted import (
    json_answer,
)


def test_a_test_post_is_a_small_real_entry():
    built, transport = target(takes_everything)

    report = run_test_post(built, plan(type=EntryType.DEBIT))

    posted = next(request for request in transport.requests if is_write(request))
    assert json.loads(posted.content) == {
        "entry": {
            "referenceId": f"test:{UUID(int=7)}",
            "type": "debit",
            "amount": "0.01",
            "date": "2026-03-01",
            "note": "Test post",
        },
        "createMissingTags": False,
    }
    assert report.outcome == Applied(LEDGER_ID, created=True)
    assert report.leaves_an_entry
    assert report.advice == ()


@pytest.mark.parametrize(("status", "cleaned_up"), [(204, True), (403, False)])
def test_a_test_post_is_cleaned_up_where_that_is_allowed(status: int, cleaned_up: bool):
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status) if request.method == "DELETE" else takes_everything(request)

    report = run_test_post(target(handler)[0], plan(clean_up=True))

    assert report.cleaned_up is cleaned_up
    assert report.leaves_an_entry is not cleaned_up


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (
            (403, "client_not_allowlisted"),
            "client_not_allowlisted",
            ["allow-list", "account id", "connection", "right"],
        ),
        ((403, "account_forbidden"), "account_forbidden", ["allow-list", "account id", "connection", "right"]),
        ((401, "token_invalid"), "token_refused", ["credentials", "expired or revoked", "base URL"]),
        ((404, "account_not_found"), "account_not_found", ["account id", "base URL"]),
        ((422, "field_value_type"), "field_value_type", ["field's type"]),
    ],
)
def test_a_refused_test_post_says_what_to_check(answer: tuple[int, str], code: str, words: list[str]):
    status, ledger_code = answer

    def handler(request: httpx.Request) -> httpx.Response:
        return json_answer(status, problem(status, ledger_code)) if is_write(request) else takes_everything(request)

    report = run_test_post(target(handler)[0], plan())

    assert isinstance(report.outcome, NotApplied)
    assert report.outcome.code == code
    assert not report.leaves_an_entry
    for word in words:
        assert word in " ".join(report.advice)


def test_a_test_post_without_an_answer_warns_that_the_entry_may_be_there():
    def handler(request: httpx.Request) -> httpx.Response:
        if is_write(request):
            raise httpx.ReadTimeout("silent")
        return takes_everything(request)

    report = run_test_post(target(handler)[0], plan())

    assert isinstance(report.outcome, Unknown)
    assert report.leaves_an_entry
    assert "Look for its reference" in report.advice[0]


def test_a_test_post_whose_question_is_not_answered_posts_nothing():
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            raise httpx.ReadTimeout("silent")
        raise AssertionError("nothing may be posted")

    report = run_test_post(target(handler)[0], plan())

    assert isinstance(report.outcome, NotApplied)
    assert not report.leaves_an_entry
