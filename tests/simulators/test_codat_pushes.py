"""Pushes and what can be read of them: codat sheet, sections 1, 7 and 8."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.simulators.codat import demo_settings
from ledgerpost.simulators.codat.demo import DEMO_API_KEY
from tests.simulators.codat_calls import COMPANY, LATENCY_S, PUSH, InMemory, invoice, journal, payment


def landed(ledger: InMemory, body: dict[str, Any], data_type: str = "invoices") -> dict[str, Any]:
    """Push a record, wait, and give its operation."""
    pushed = ledger.push(body, data_type)
    assert pushed.status == 200
    ledger.pass_by()
    return ledger.operation(pushed)


def test_a_push_is_pending_until_it_was_processed_and_the_record_then_has_an_id() -> None:
    ledger = InMemory()
    pushed = ledger.push(invoice())

    assert (pushed.status, pushed.json["status"], pushed.json["completedOnUtc"]) == (200, "Pending", None)
    assert ledger.data() == []
    ledger.pass_by()
    done = ledger.operation(pushed)
    assert (done["status"], done["dataType"], done["data"]["id"]) == ("Success", "invoices", "id-2")
    assert done["changes"] == [{"type": "Created", "recordRef": {"id": "id-2", "dataType": "invoices"}}]
    assert [record["id"] for record in ledger.data()] == ["id-2"]


def test_amounts_come_back_with_the_digits_that_were_sent() -> None:
    ledger = InMemory()
    body = json.dumps(journal(1, -1)).replace('"netAmount": 1,', '"netAmount": 12345678901234.10,')
    body = body.replace('"netAmount": -1,', '"netAmount": -12345678901234.10,')
    headers = {"Authorization": ledger_key(), "Content-Type": "application/json"}
    pushed = ledger.send("POST", f"{PUSH}/journalEntries", headers, body.encode())
    ledger.pass_by()
    reply = ledger.call("GET", f"{COMPANY}/push/{pushed.json['pushOperationKey']}")

    assert b'"netAmount": 12345678901234.10,' in reply.body


def ledger_key() -> str:
    return f"Basic {base64.b64encode(DEMO_API_KEY.encode()).decode()}"


@pytest.mark.parametrize(
    ("data_type", "reference", "party"),
    [
        ("invoices", "invoiceNumber", "customerRef"),
        ("creditNotes", "creditNoteNumber", "customerRef"),
        ("bills", "reference", "supplierRef"),
        ("billCreditNotes", "billCreditNoteNumber", "supplierRef"),
        ("directIncomes", "reference", "contactRef"),
    ],
)
def test_each_itemised_record_is_found_by_the_reference_of_its_own(data_type: str, reference: str, party: str) -> None:
    ledger = InMemory()
    ids = {"customerRef": "c1", "supplierRef": "s1", "contactRef": "c1"}
    body = {name: value for name, value in invoice().items() if name not in ("invoiceNumber", "customerRef")}

    for number in ("R-1", "R-2"):
        assert landed(ledger, body | {reference: number, party: {"id": ids[party]}}, data_type)["status"] == "Success"

    assert [record[reference] for record in ledger.data(data_type, f"{reference}=R-2")] == ["R-2"]
    assert ledger.counts.lookups == 1


def test_a_payment_settles_an_invoice_that_has_landed() -> None:
    ledger = InMemory()
    of_invoice = landed(ledger, invoice())["data"]["id"]

    assert landed(ledger, payment(of_invoice), "payments")["status"] == "Success"
    assert landed(ledger, payment("nowhere"), "payments")["errorMessage"] == "lines[0].links: Invoice not found"


def test_a_payment_back_names_the_credit_note_with_the_other_sign() -> None:
    ledger = InMemory()
    note = invoice() | {"creditNoteNumber": "CN-1"}
    of_note = landed(ledger, note, "creditNotes")["data"]["id"]

    assert landed(ledger, payment(of_note, -1200, "CreditNote"), "payments")["status"] == "Success"


@pytest.mark.parametrize(
    ("data_type", "body", "says"),
    [
        ("invoices", invoice(customerRef={"id": "c9"}), "customerRef.id: Customer not found"),
        ("invoices", invoice(totalAmount=1199), "totalAmount: The lines add up to 1200, not to 1199"),
        ("payments", payment("x", lines=[{"amount": 1200, "links": []}], totalAmount=1), "add up to 1200"),
        ("payments", payment("x") | {"accountRef": {"id": "x1"}}, "accountRef.id: Account is not active"),
        ("journalEntries", journal(5, -4), "journalLines: Journal lines must balance"),
        ("journalEntries", journal(0), "journalLines: Journal lines must balance"),
    ],
)
def test_what_the_accounting_software_refuses_ends_as_failed_with_the_reason(
    data_type: str, body: dict[str, Any], says: str
) -> None:
    ledger = InMemory()

    operation = landed(ledger, body, data_type)

    assert operation["status"] == "Failed"
    assert says in operation["errorMessage"]
    assert operation["validation"]["errors"]
    assert ledger.counts.documents == 0


def test_each_line_at_fault_is_named() -> None:
    line = {"unitAmount": 1, "quantity": 1, "totalAmount": 1, "accountRef": {"id": "?"}, "taxRateRef": {"id": "?"}}

    operation = landed(InMemory(), invoice(lineItems=[line], totalAmount=1))

    assert [error["itemId"] for error in operation["validation"]["errors"]] == [
        "lineItems[0].accountRef.id",
        "lineItems[0].taxRateRef.id",
    ]


def test_a_journal_is_kept_in_the_base_currency_alone() -> None:
    body = journal(5, -5)
    body["journalLines"][0]["currency"] = "EUR"

    assert "base currency" in landed(InMemory(), body, "journalEntries")["errorMessage"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"issueDate": None}, "issueDate"),
        ({"issueDate": "2026-02-30"}, "issueDate"),
        ({"currency": "pounds"}, "currency"),
        ({"totalAmount": "1200"}, "totalAmount"),
        ({"customerRef": "c1"}, "customerRef"),
        ({"lineItems": []}, "lineItems"),
        ({"lineItems": [{"quantity": 1}]}, "lineItems[0].unitAmount"),
        ({"invoiceNumber": 7}, "invoiceNumber"),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_at_once(changes: dict[str, Any], path: str) -> None:
    ledger = InMemory()

    reply = ledger.push(invoice(**changes))

    assert reply.status == 400
    assert [error["itemId"] for error in reply.json["validation"]["errors"]] == [path]
    assert ledger.counts.pushes == 0


def test_a_body_that_is_no_json_has_the_error_of_the_contract() -> None:
    reply = InMemory().send("POST", f"{PUSH}/invoices", {"Authorization": ledger_key(), "Content-Type": "x"}, b"{")

    assert reply.status == 400
    assert set(reply.json) == {
        "statusCode", "service", "error", "correlationId", "validation", "canBeRetried", "detailedErrorCode"
    }  # fmt: skip
    assert (reply.json["statusCode"], reply.json["validation"]) == (400, None)


def test_the_callers_time_limit_ends_a_push_that_is_pending_too_long() -> None:
    ledger = InMemory(faults="pend=1:120:once")
    pushed = ledger.push(invoice(), query="?timeoutInMinutes=1")

    ledger.pass_by(60)

    assert ledger.operation(pushed)["status"] == "TimedOut"
    ledger.pass_by(3600)
    assert ledger.data() == []


@pytest.mark.parametrize("query", ["?timeoutInMinutes=0", "?timeoutInMinutes=soon", "?timeoutInMinutes=99999999"])
def test_a_time_limit_that_is_none_is_refused(query: str) -> None:
    assert InMemory().push(invoice(), query=query).status == 400


def test_customers_and_accounts_that_are_pushed_can_be_used() -> None:
    ledger = InMemory()
    customer = landed(ledger, {"customerName": "Till 2"}, "customers")["data"]["id"]
    account = landed(ledger, {"name": "Sales 2", "nominalCode": "4001"}, "accounts")["data"]["id"]
    line = invoice()["lineItems"][0] | {"accountRef": {"id": account}}

    assert landed(ledger, invoice(customerRef={"id": customer}, lineItems=[line]))["status"] == "Success"


def test_operations_are_listed_in_pages_the_latest_first_if_asked() -> None:
    ledger = InMemory()
    for number in range(5):
        ledger.push(invoice(f"SI-{number}"))
        ledger.pass_by(1)

    page = ledger.call("GET", f"{COMPANY}/push?page=1&pageSize=2&orderBy=-requestedOnUtc").json

    assert [item["data"]["invoiceNumber"] for item in page["results"]] == ["SI-4", "SI-3"]
    assert (page["totalResults"], "next" in page["_links"]) == (5, True)
    pending = ledger.call("GET", f"{COMPANY}/push?query=status%3DPending%26%26dataType%3Dinvoices").json
    assert len(pending["results"]) == 1
    last = ledger.call("GET", f"{COMPANY}/push?page=3&pageSize=2").json
    assert (len(last["results"]), "next" in last["_links"]) == (1, False)


@pytest.mark.parametrize("query", ["page=0", "pageSize=5001", "query=a%3D1%7C%7Cb%3D2", "query=nothing"])
def test_a_list_that_cannot_be_read_is_refused(query: str) -> None:
    assert InMemory().call("GET", f"{COMPANY}/push?{query}").status == 400


def test_two_pushes_of_one_reference_make_two_documents() -> None:
    ledger = InMemory()
    landed(ledger, invoice())
    landed(ledger, invoice())

    assert (ledger.counts.documents, ledger.counts.duplicates) == (2, 1)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PUSH}/orders", 404),
        (f"{PUSH}/invoices/x", 404),
        (f"{COMPANY}/connections/other/push/invoices", 404),
        ("/companies/nobody/connections/x/push/invoices", 404),
        ("/nothing", 404),
        (f"{COMPANY}/push", 405),
    ],
)
def test_a_path_that_is_none_takes_no_push(path: str, status: int) -> None:
    assert InMemory().call("POST", path, invoice()).status == status


def test_a_company_whose_connection_was_taken_away_takes_nothing() -> None:
    company = replace(demo_settings().companies[0], active=False)
    ledger = InMemory(companies=(company,))

    assert ledger.push(invoice()).status == 403
    assert [each["status"] for each in ledger.call("GET", COMPANY).json["dataConnections"]] == [
        "Deauthorized",
        "Linked",
    ]


def test_only_a_known_key_is_let_in() -> None:
    ledger = InMemory()

    for more in ({"key": "wrong"}, {"Authorization": "Bearer x"}, {"Authorization": ""}):
        reply = ledger.call("GET", COMPANY, **more)
        assert (reply.status, reply.json["error"]) == (401, "The supplied Codat API key is incorrect")
    assert ledger.call("GET", COMPANY).status == 200


def test_every_answer_tells_the_quota_and_429_when_to_come_again() -> None:
    ledger = InMemory(requests_per_day=2)

    headers = [ledger.call("GET", COMPANY).headers for _ in range(2)]
    limited = ledger.call("GET", COMPANY)

    assert [(each["X-Rate-Limit-Limit"], each["X-Rate-Limit-Remaining"]) for each in headers] == [
        ("2", "1"),
        ("2", "0"),
    ]
    assert headers[0]["X-Rate-Limit-Reset"] == "2026-03-03T00:00:00Z"
    assert (limited.status, limited.headers["Retry-After"]) == (429, str(22 * 3600))
    assert limited.headers["X-Rate-Limit-Remaining"] == "0"
    ledger.pass_by(22 * 3600)
    assert ledger.call("GET", COMPANY).status == 200


def test_the_quota_grows_with_the_companies_and_a_minute_has_a_limit_of_its_own() -> None:
    ledger = InMemory(requests_per_minute=1)

    assert ledger.call("GET", COMPANY).headers["X-Rate-Limit-Limit"] == "2000"
    ledger.pass_by(15)
    limited = ledger.call("GET", COMPANY)
    assert (limited.status, limited.headers["Retry-After"]) == (429, "45")
    ledger.pass_by(45)
    assert ledger.call("GET", COMPANY).status == 200


@pytest.mark.parametrize(
    ("faults", "status", "retry_after"), [("refuse=1:30", 503, "30"), ("limit=1:0", 429, "0"), ("limit=1", 429, "1")]
)
def test_a_fault_before_taking_leaves_the_books_alone(faults: str, status: int, retry_after: str) -> None:
    ledger = InMemory(faults=faults)

    reply = ledger.push(invoice())
    ledger.pass_by()

    assert (reply.status, reply.headers["Retry-After"]) == (status, retry_after)
    assert (ledger.counts.pushes, ledger.counts.documents) == (0, 0)


@pytest.mark.parametrize(("kind", "status"), [("cut", 0), ("error_after", 500), ("html", 200)])
def test_a_fault_after_taking_hides_that_the_document_will_land(kind: str, status: int) -> None:
    ledger = InMemory(faults=f"{kind}=1:once")

    reply = ledger.push(invoice())
    ledger.pass_by()

    assert reply.status == status
    assert (ledger.counts.created, ledger.counts.faults) == (1, {kind: 1})
    assert ledger.counts.calls == {"push": {"cut" if kind == "cut" else str(status): 1}}


def test_a_push_that_timed_out_may_land_late_and_its_label_stays() -> None:
    ledger = InMemory(faults="land_late=1:60")
    pushed = ledger.push(invoice())

    ledger.pass_by()
    assert (ledger.operation(pushed)["status"], ledger.data()) == ("TimedOut", [])
    ledger.pass_by(60)
    assert (ledger.operation(pushed)["status"], len(ledger.data())) == ("TimedOut", 1)
    assert (ledger.counts.timed_out, ledger.counts.landed_late) == (1, 1)


def test_a_push_that_timed_out_may_as_well_never_land() -> None:
    ledger = InMemory(faults="time_out=1:once")
    pushed = ledger.push(invoice())

    ledger.pass_by(86_400)

    assert (ledger.operation(pushed)["status"], ledger.counts.documents) == ("TimedOut", 0)


def test_a_push_that_fails_once_succeeds_when_it_is_made_again() -> None:
    ledger = InMemory(faults="fail=1:once,poison=SI-9")

    assert [landed(ledger, invoice())["status"] for _ in range(2)] == ["Failed", "Success"]
    assert [landed(ledger, invoice("SI-9"))["status"] for _ in range(2)] == ["Failed", "Failed"]


def test_data_shows_only_after_the_lag_though_its_operation_has_ended() -> None:
    ledger = InMemory(faults="lag=1:10")
    operation = landed(ledger, invoice())

    assert (operation["status"], ledger.data()) == ("Success", [])
    ledger.pass_by(10)
    assert len(ledger.data()) == 1
    assert ledger.counts.faults == {"lag": 1}


def test_slow_delays_whatever_the_answer_is() -> None:
    ledger = InMemory(faults="slow=1:0.25,refuse=1:once")

    assert [(reply.status, reply.delay_s) for reply in (ledger.push(invoice()), ledger.push(invoice()))] == [
        (503, 0.25),
        (200, 0.25),
    ]


def test_a_run_repeats_after_a_reset() -> None:
    ledger = InMemory(faults="refuse=0.3,cut=0.3:once,fail=0.3", seed=3)

    def run() -> list[int]:
        return [ledger.push(invoice(f"SI-{number % 20}")).status for number in range(60)]

    first = run()
    ledger.call("POST", "/_simulator/reset")

    assert (ledger.counts.faults, ledger.counts.pushes) == ({}, 0)
    assert run() == first
    assert set(first) == {0, 200, 503}


def test_a_push_is_pending_for_the_whole_of_its_latency() -> None:
    ledger = InMemory()
    pushed = ledger.push(invoice())
    ledger.pass_by(LATENCY_S - 0.001)

    assert ledger.operation(pushed)["status"] == "Pending"
