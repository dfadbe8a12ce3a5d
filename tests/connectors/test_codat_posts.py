"""Posting through Codat: pushed once, asked for until it has ended. Source: codat sheet, sections 1 and 7."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ledgerpost.connectors.codat.options import CodatOptions, options_from
from ledgerpost.connectors.codat.target import POLL_LONGEST_S, POST_TOTAL_S
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.outcome import AccountAbility, Applied, NotApplied, PostOutcome, Retry, TargetClass, Unknown
from ledgerpost.domain.route import AccountId
from ledgerpost.errors import ConfigurationError
from ledgerpost.simulators.codat.demo import DEMO_CONNECTION
from tests.connectors.codat_bench import Bench, bench_of
from tests.connectors.codat_documents import CREDIT_NOTE, INVOICE, a_document
from tests.connectors.conformance.codat_case import COMPANY, a_company, a_page, an_operation, error, takes_everything
from tests.connectors.scripted import (
    TENANT,
    RecordingTransport,
    StoppedClock,
    a_connection,
    an_entry,
    json_answer,
    oauth,
    some_secrets,
)

Polls = list[httpx.Response | httpx.HTTPError]


def pending(data_type: str = "invoices", **changes: Any) -> dict[str, Any]:
    return an_operation(data_type, {}, "Pending", **changes)


def ending(status: str, **changes: Any) -> httpx.Response:
    data = {"invoiceNumber": INVOICE, "id": "record-1"}
    return json_answer(200, an_operation("invoices", data, status, **changes))


def codat(
    *polls: httpx.Response | httpx.HTTPError, pushed: httpx.Response | None = None
) -> Callable[[httpx.Request], httpx.Response]:
    """A Codat that takes a push as pending and answers each question for it in turn, the last one for ever."""
    left = list(polls)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return pushed or json_answer(200, pending())
        if "/push/" not in request.url.path:
            return takes_everything(request)
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, httpx.HTTPError):
            raise given
        return httpx.Response(given.status_code, content=given.content, headers=given.headers)

    return answer


def post(bench: Bench, **changes: Any) -> PostOutcome:
    return bench.target.post(COMPANY, a_document(**changes), "event-1")


def test_a_push_is_asked_for_with_growing_waits_until_it_has_ended():
    bench = bench_of(codat(ending("Pending"), ending("Pending"), ending("Success")))

    assert post(bench) == Applied("record-1", created=True)
    assert bench.waits == [0.2, 0.4, 0.8]
    assert bench.paths("GET") == ["", "push/push-1", "push/push-1", "push/push-1"]
    assert bench.paths("POST") == [f"connections/{DEMO_CONNECTION}/push/invoices"]
    sent = next(request for request in bench.transport.requests if request.method == "POST")
    assert sent.url.query == b"timeoutInMinutes=60"
    assert json.loads(sent.content)["invoiceNumber"] == INVOICE


def test_a_push_that_stays_pending_is_unknown_when_the_time_is_up():
    bench = bench_of(codat(ending("Pending")))

    outcome = post(bench)

    assert outcome == Unknown("codat_push_pending", outcome.detail, 200)
    assert sum(bench.waits) <= POST_TOTAL_S
    assert max(bench.waits) == POLL_LONGEST_S


def test_a_push_that_timed_out_is_unknown_for_it_may_still_land():
    outcome = post(bench_of(codat(ending("TimedOut"))))

    assert outcome == Unknown("codat_push_timed_out", outcome.detail, 200)


def test_a_push_that_failed_was_not_applied_and_the_reason_is_told():
    validation = {"errors": [{"itemId": "lineItems[0].accountRef", "message": "Account not found"}], "warnings": []}

    outcome = post(bench_of(codat(ending("Failed", validation=validation, errorMessage="Refused.", statusCode=400))))

    said = "Refused. lineItems[0].accountRef: Account not found"
    assert outcome == NotApplied("codat_push_failed", Retry.NEVER, said, None, 400)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (429, ("codat_software_unavailable", Retry.LATER)),
        (503, ("codat_software_unavailable", Retry.LATER)),
        (500, ("codat_push_failed", Retry.NEVER)),
        (None, ("codat_push_failed", Retry.NEVER)),
    ],
)
def test_only_a_push_that_failed_since_the_software_was_away_is_tried_again(
    code: int | None, expected: tuple[str, Retry]
):
    outcome = post(bench_of(codat(ending("Failed", statusCode=code))))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == expected


@pytest.mark.parametrize(
    "question",
    [
        json_answer(401, error(401)),
        json_answer(404, error(404)),
        json_answer(429, error(429)),
        json_answer(500, error(500)),
        httpx.Response(200, content=b"<html>"),
        json_answer(200, an_operation("invoices", {}, "Failed", pushOperationKey="of-another")),
        json_answer(200, an_operation("invoices", {}, "Exploded")),
        httpx.ReadError("cut"),
        httpx.ConnectError("refused"),
    ],
    ids=str,
)
def test_whatever_goes_wrong_with_a_question_the_push_was_taken(question: httpx.Response | httpx.HTTPError):
    assert isinstance(post(bench_of(codat(question))), Unknown)
    assert post(bench_of(codat(question, ending("Success")))) == Applied("record-1", created=True)


def test_a_success_without_an_id_is_unknown():
    operation = an_operation("invoices", {"invoiceNumber": INVOICE})

    assert isinstance(post(bench_of(codat(pushed=json_answer(200, operation)))), Unknown)


def test_the_id_may_stand_in_the_change_alone():
    changes = [{"type": "Created", "recordRef": {"id": "record-9", "dataType": "invoices"}}]
    operation = an_operation("invoices", {"invoiceNumber": INVOICE}, changes=changes)

    assert post(bench_of(codat(pushed=json_answer(200, operation)))) == Applied("record-9", created=True)


@pytest.mark.parametrize(
    "operation",
    [
        an_operation("bills", {"reference": INVOICE, "id": "x"}),
        an_operation("invoices", {"invoiceNumber": "another", "id": "x"}),
        an_operation("invoices", {}, "Success", pushOperationKey=7),
    ],
)
def test_an_answer_that_speaks_of_another_push_is_no_answer(operation: dict[str, Any]):
    assert isinstance(post(bench_of(codat(pushed=json_answer(200, operation)))), Unknown)


def test_an_entry_is_no_document():
    bench = bench_of(takes_everything)

    for posting in (an_entry(), a_document(), a_document()):
        outcome = bench.target.post(COMPANY, posting, "event-1")
        assert isinstance(outcome, NotApplied) == (posting == an_entry())
    assert len(bench.paths("POST")) == 2


def test_a_document_that_lacks_something_is_never_sent():
    bench = bench_of(takes_everything)

    outcome = post(bench, customer=None)

    assert outcome == NotApplied("codat_document_incomplete", Retry.NEVER, "The document names no customer.")
    assert bench.paths("POST") == []


# What a payment settles.


def with_records(records: dict[str, list[dict[str, Any]]], *pushes: dict[str, Any]) -> Bench:
    """A target before a Codat that holds these records by data type, and these pushes."""

    def answer(request: httpx.Request) -> httpx.Response:
        kind = request.url.path.rsplit("/", 1)[1]
        if request.method == "POST" or request.url.path == f"/companies/{COMPANY}":
            return takes_everything(request)
        return json_answer(200, a_page(*(pushes if kind == "push" else records.get(kind, ()))))

    return bench_of(answer)


def an_invoice(record_id: str = "invoice-id", **changes: Any) -> dict[str, Any]:
    record = {"id": record_id, "invoiceNumber": INVOICE, "issueDate": "2026-03-01T00:00:00", "totalAmount": 1249.99}
    return record | changes


def pay(bench: Bench, **changes: Any) -> PostOutcome:
    return bench.target.post(COMPANY, a_document("codat.payment", **changes), "event-1")


def test_a_payment_is_linked_to_the_record_that_has_its_reference():
    bench = with_records({"invoices": [an_invoice("of-another", invoiceNumber="another"), an_invoice()]})

    assert isinstance(pay(bench), Applied)
    sent = next(request for request in bench.transport.requests if request.method == "POST")
    assert json.loads(sent.content)["lines"][0]["links"][0]["id"] == "invoice-id"
    asked = next(request for request in bench.transport.requests if request.url.path.endswith("/data/invoices"))
    assert dict(asked.url.params)["query"] == f"invoiceNumber={INVOICE}"


def test_a_payment_is_linked_to_a_push_whose_record_does_not_show_yet():
    bench = with_records({}, an_operation("invoices", an_invoice("just-pushed")))

    assert isinstance(pay(bench), Applied)


def test_a_payment_waits_for_the_document_that_it_settles():
    bench = with_records({}, an_operation("invoices", an_invoice(), "Pending"))

    outcome = pay(bench)

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("codat_settles_nothing", Retry.LATER)
    assert bench.paths("POST") == []


def test_a_payment_of_a_document_that_is_there_twice_asks_a_person():
    outcome = pay(with_records({"invoices": [an_invoice("one"), an_invoice("two")]}))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("codat_settles_several", Retry.NEVER)


def test_a_payment_that_settles_a_bill_is_refused():
    allocation = {"reference": CREDIT_NOTE, "form": "codat.bill", "amount": "1.00"}

    assert isinstance(pay(with_records({}), allocations=[allocation]), NotApplied)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_question_before_the_push_that_fails_puts_the_post_off(status: int):
    def answer(request: httpx.Request) -> httpx.Response:
        is_data = "/data/" in request.url.path
        return json_answer(status, error(status)) if is_data else takes_everything(request)

    bench = bench_of(answer)
    outcome = pay(bench)

    assert isinstance(outcome, NotApplied)
    assert outcome.retry is Retry.LATER
    assert bench.paths("POST") == []


# The company and its connection.


def linked(*connections: tuple[str, str], options: CodatOptions | None = None) -> Bench:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/companies/{COMPANY}":
            return json_answer(200, a_company(*connections))
        return takes_everything(request)

    return bench_of(answer, options)


def test_the_companys_only_linked_connection_is_found_and_kept_for_ten_minutes():
    bench = linked(("old", "Unlinked"), ("new", "Linked"))

    assert bench.target.ability(COMPANY) == AccountAbility(TargetClass.LOOK_UP, None)
    assert isinstance(post(bench), Applied)
    assert bench.paths("POST") == ["connections/new/push/invoices"]
    assert bench.paths("GET") == [""]
    bench.clock.pass_by(600)
    bench.target.ability(COMPANY)
    assert bench.paths("GET") == ["", ""]


def test_an_option_names_one_of_several():
    bench = linked(("a", "Linked"), ("b", "Linked"), options=CodatOptions(connection_id="b", timeout_minutes=5))

    assert isinstance(post(bench), Applied)
    assert bench.paths("POST") == ["connections/b/push/invoices"]


@pytest.mark.parametrize(
    ("connections", "options"),
    [
        ((("a", "Deauthorized"),), CodatOptions()),
        ((("a", "Linked"), ("b", "Linked")), CodatOptions()),
        ((("a", "Linked"), ("b", "Unlinked")), CodatOptions(connection_id="b")),
    ],
)
def test_a_company_without_one_linked_connection_takes_nothing(
    connections: tuple[tuple[str, str], ...], options: CodatOptions
):
    bench = linked(*connections, options=options)

    for outcome in (bench.target.ability(COMPANY), post(bench)):
        assert isinstance(outcome, NotApplied)
        assert (outcome.code, outcome.retry) == ("codat_not_linked", Retry.NEVER)


@pytest.mark.parametrize("company", ["", ".", ".."])
def test_a_company_id_that_is_a_step_of_a_path_is_none(company: str):
    bench = bench_of(takes_everything)

    assert isinstance(bench.target.ability(AccountId(company)), NotApplied)
    assert bench.transport.requests == []


def test_a_company_id_stays_one_segment():
    bench = bench_of(takes_everything)
    bench.target.ability(AccountId("a/../b?c"))

    assert bench.transport.requests[0].url.raw_path == b"/companies/a%2F..%2Fb%3Fc"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"connectionId": "a b"}, "config_wrong_value"),
        ({"timeoutInMinutes": "soon"}, "config_wrong_value"),
        ({"timeoutInMinutes": "0"}, "config_wrong_value"),
        ({"timeoutInMinutes": "99999"}, "config_wrong_value"),
        ({"connection": "x"}, "config_unknown_key"),
    ],
)
def test_an_option_that_is_none_is_refused(options: dict[str, str], code: str):
    with pytest.raises(ConfigurationError) as refused:
        options_from(options, "connections[main]")

    assert [problem.code for problem in refused.value.problems] == [code]


def test_options_are_read():
    assert options_from({}, "at") == CodatOptions()
    assert options_from({"connectionId": "x-1", "timeoutInMinutes": "5"}, "at") == CodatOptions(
        connection_id="x-1", timeout_minutes=5
    )


def test_an_oauth_client_is_no_api_key():
    targets = ConnectorTargets(
        some_secrets(), StoppedClock(), transport_factory=lambda _: RecordingTransport(takes_everything)
    )

    with pytest.raises(ConfigurationError):
        targets.target_of(TENANT, a_connection("codat", auth=oauth()))
