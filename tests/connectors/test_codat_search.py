"""Looking a reference up at Codat: what is there, and what may still appear. Source: codat sheet, section 7."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from ledgerpost.connectors.codat.search import LANDS_WITHIN, PAGES_MAX, PUSHES_WATCHED
from ledgerpost.domain.outcome import FindOutcome, Found, NotApplied, Retry, Unknown
from tests.connectors.codat_bench import Bench, bench_of
from tests.connectors.codat_documents import INVOICE, a_document
from tests.connectors.conformance.codat_case import COMPANY, a_page, an_operation, error, takes_everything
from tests.connectors.scripted import NOW, json_answer


def a_record(record_id: str = "record-1", **changes: Any) -> dict[str, Any]:
    record = {"id": record_id, "invoiceNumber": INVOICE, "issueDate": "2026-03-01T00:00:00", "totalAmount": 1249.99}
    return record | changes


def a_push(status: str, age: timedelta = timedelta(minutes=5), **changes: Any) -> dict[str, Any]:
    at = (NOW - age).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return an_operation("invoices", a_record(), status, requestedOnUtc=at) | changes


def codat(
    pushes: list[dict[str, Any]] | httpx.Response, records: list[dict[str, Any]] | httpx.Response | None = None
) -> Bench:
    """A target before a Codat that lists these pushes, and these invoices."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/push"):
            return pushes if isinstance(pushes, httpx.Response) else json_answer(200, a_page(*pushes))
        if request.url.path.endswith("/data/invoices"):
            return records if isinstance(records, httpx.Response) else json_answer(200, a_page(*(records or ())))
        return takes_everything(request)

    return bench_of(answer)


def find(bench: Bench) -> FindOutcome:
    return bench.target.find(COMPANY, INVOICE)


def ids(found: FindOutcome) -> list[str]:
    assert isinstance(found, Found)
    return [fact.ledger_id for fact in found.facts]


def test_a_reference_that_was_never_pushed_is_looked_for_in_every_kind_of_data():
    bench = codat([])

    assert find(bench) == Found(())
    assert bench.paths("GET") == [
        "push", "data/invoices", "data/creditNotes", "data/payments", "data/bills", "data/billCreditNotes",
        "data/journalEntries",
    ]  # fmt: skip
    assert dict(bench.transport.requests[0].url.params)["orderBy"] == "-requestedOnUtc"


def test_a_push_tells_which_kind_of_data_to_look_in():
    bench = codat([a_push("Failed")])

    assert find(bench) == Found(())
    assert bench.paths("GET") == ["push", "data/invoices"]


def test_a_push_that_is_pending_leaves_the_answer_open():
    found = find(codat([a_push("Pending")], [a_record()]))

    assert isinstance(found, Unknown)
    assert found.code == "codat_push_pending"


def test_a_push_that_timed_out_leaves_the_answer_open_until_it_cannot_land_any_more():
    found = find(codat([a_push("TimedOut")]))

    assert isinstance(found, Unknown)
    assert found.code == "codat_push_timed_out"
    assert isinstance(find(codat([a_push("TimedOut", LANDS_WITHIN - timedelta(seconds=1))])), Unknown)
    assert find(codat([a_push("TimedOut", LANDS_WITHIN)])) == Found(())
    assert isinstance(find(codat([a_push("TimedOut", requestedOnUtc=None)])), Unknown)


def test_what_landed_late_is_found_though_its_push_timed_out():
    assert ids(find(codat([a_push("TimedOut")], [a_record("late")]))) == ["late"]


def test_a_push_that_succeeded_is_found_though_no_record_shows_it_yet():
    bench = codat([a_push("Success")])

    assert ids(find(bench)) == ["record-1"]


def test_a_record_and_its_push_are_one():
    assert ids(find(codat([a_push("Success")], [a_record()]))) == ["record-1"]


def test_a_record_that_is_there_twice_is_found_twice():
    assert ids(find(codat([a_push("Success")], [a_record(), a_record("record-2")]))) == ["record-1", "record-2"]


def test_a_success_that_does_not_say_what_it_wrote_leaves_the_answer_open():
    push = an_operation("invoices", {"invoiceNumber": INVOICE}, requestedOnUtc="2026-03-01T11:59:00Z")

    assert isinstance(find(codat([push])), Unknown)


def test_another_reference_is_passed_over_even_where_the_filter_is_not_known():
    other = an_operation("invoices", a_record(invoiceNumber="another"), "Pending")
    of_other_data = an_operation("suppliers", {"supplierName": INVOICE}, "Pending")

    assert find(codat([other, of_other_data], [a_record("x", invoiceNumber="another")])) == Found(())


def test_what_is_found_is_compared_with_the_document():
    found = find(codat([], [a_record(), a_record("record-2", totalAmount=1250)]))

    assert isinstance(found, Found)
    assert [fact.agrees_with(a_document()) for fact in found.facts] == [True, False]


@pytest.mark.parametrize(
    "pushes",
    [
        [a_push("Exploded")],
        [a_push("Success", pushOperationKey=None)],
        [{"dataType": "invoices"}],
        ["x"],
    ],
)
def test_a_push_that_cannot_be_read_may_be_the_one_that_is_looked_for(pushes: list[Any]):
    assert isinstance(find(codat(pushes)), Unknown)


@pytest.mark.parametrize("record", [a_record(id=7), a_record(totalAmount="much"), a_record(issueDate=None), "x"])
def test_a_record_that_cannot_be_read_spoils_the_answer(record: Any):
    assert isinstance(find(codat([], [record])), Unknown)


def test_data_that_the_software_does_not_have_holds_nothing():
    assert find(codat([], json_answer(404, error(404, "Datatype invoices not supported by platform")))) == Found(())


def test_data_that_was_never_read_is_no_proof():
    found = find(codat([], json_answer(409, error(409))))

    assert isinstance(found, NotApplied)
    assert (found.code, found.retry) == ("codat_data_not_ready", Retry.LATER)


def test_a_company_that_is_not_known_is_told_by_the_pushes():
    found = find(codat(json_answer(404, error(404, "Company not found"))))

    assert isinstance(found, NotApplied)
    assert (found.code, found.detail) == ("account_not_found", "Company not found")


def paged(pages: list[list[dict[str, Any]]]) -> Bench:
    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/push"):
            return takes_everything(request)
        page = int(dict(request.url.params)["page"])
        return json_answer(200, a_page(*pages[page - 1], has_next=page < len(pages)))

    return bench_of(answer)


def test_pushes_are_read_to_their_end():
    other = an_operation("invoices", a_record(invoiceNumber="another"))

    assert isinstance(find(paged([[other], [other], [a_push("Pending")]])), Unknown)


def test_pushes_are_read_no_further_back_than_they_matter():
    old = an_operation("invoices", a_record(invoiceNumber="another"), requestedOnUtc=(NOW - PUSHES_WATCHED).isoformat())
    older = a_push("Success", PUSHES_WATCHED + timedelta(seconds=1), data=a_record(invoiceNumber="another"))
    bench = paged([[old], [older], [a_push("Pending")]])

    assert find(bench) == Found(())
    assert bench.paths("GET").count("push") == 2


def test_a_list_without_end_is_no_answer():
    other = an_operation("invoices", a_record(invoiceNumber="another"))

    assert isinstance(find(paged([[other]] * (PAGES_MAX + 1))), Unknown)


@pytest.mark.parametrize("reference", ["", "a&&b=c", "a||b", "x" * 201, "a=b"])
def test_a_reference_that_would_be_read_as_a_query_is_not_searched(reference: str):
    bench = codat([])

    assert isinstance(bench.target.find(COMPANY, reference), NotApplied)
    assert bench.transport.requests == []
