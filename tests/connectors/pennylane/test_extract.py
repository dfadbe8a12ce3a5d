"""Pennylane as the source of an extract, over its simulator."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.app.extract import SourcePage
from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.pennylane.calls import Pace, Patience, PennylaneCalls
from ledgerpost.connectors.pennylane.extract import PennylaneExtract
from ledgerpost.connectors.tokens import personal_access_token
from ledgerpost.domain.extract.progress import SourceId
from ledgerpost.domain.extract.rows import Entity
from ledgerpost.domain.outcome import NotApplied, Unknown
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from tests.connectors.scripted import PAT_REFERENCE, HeldSecrets, RecordingTransport, StoppedClock, json_answer
from tests.simulators.pennylane_calls import FULL_LINE, START_S, Company

BEGIN = SourceId(0)


class Reading:
    """A source over a company's simulator, or over a script."""

    def __init__(self, answer: Company | Callable[[httpx.Request], httpx.Response], *, tries: int = 3) -> None:
        self.clock = StoppedClock()
        self.transport = RecordingTransport(over(answer) if isinstance(answer, Company) else answer)
        tokens = personal_access_token(PAT_REFERENCE, HeldSecrets({PAT_REFERENCE: DEMO_TOKEN}), self.clock)
        pace = Pace(MemoryRequestBudget(self.clock), "acme")
        patience = Patience(tries=tries, pause=self.clock.pass_by, draw=lambda: 0.5)
        sender = AuthorizedSender(HttpSender(self.transport), tokens)
        self.source = PennylaneExtract(PennylaneCalls("http://pennylane.local", sender, pace, self.clock, patience))

    def ids(self, entity: Entity, after: int = 0) -> list[int]:
        page = self.source.page(entity, SourceId(after))
        assert isinstance(page, SourcePage)
        return [row["id"] for row in page.rows]


def over(company: Company) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        reply = company.send(request.method, request.url.raw_path.decode(), dict(request.headers), request.read())
        return httpx.Response(reply.status, content=reply.body, headers=dict(reply.headers))

    return handle


def a_credited_company() -> tuple[Company, int, int]:
    """A company with an invoice and a credit note over it."""
    company = Company()
    customer = company.a_customer()
    invoice = company.made("customer_invoices", company.invoice_body(customer_id=customer))
    note = company.made(
        "customer_invoices",
        company.invoice_body(customer_id=customer, invoice_lines=[FULL_LINE | {"quantity": -1}]),
    )
    linked = company.post(f"customer_invoices/{invoice}/link_credit_note", {"credit_note_id": note})
    assert linked.status == 200
    return company, invoice, note


def test_a_list_is_read_a_hundred_at_a_time_by_ascending_id_to_its_end() -> None:
    company = Company()
    made = [company.a_product(label=f"P{number}") for number in range(230)]
    reading = Reading(company)
    read: list[int] = []
    pages = 0
    has_more = True
    while has_more:
        page = reading.source.page(Entity.PRODUCTS, SourceId(read[-1] if read else 0))
        assert isinstance(page, SourcePage)
        read += [row["id"] for row in page.rows]
        has_more, pages = page.has_more, pages + 1
    assert (read, pages) == (made, 3)


def test_a_page_may_be_asked_for_again_and_rows_that_came_meanwhile_stand_at_the_end() -> None:
    company = Company()
    first, second, third = (company.a_product() for _ in range(3))
    reading = Reading(company)
    assert reading.ids(Entity.PRODUCTS, first) == [second, third]
    fourth = company.a_product()
    assert reading.ids(Entity.PRODUCTS, first) == [second, third, fourth]


def test_invoices_and_credit_notes_are_told_apart_and_each_has_its_lines() -> None:
    company, invoice, note = a_credited_company()
    reading = Reading(company)
    assert (reading.ids(Entity.INVOICES), reading.ids(Entity.CREDIT_NOTES)) == ([invoice], [note])
    page = reading.source.page(Entity.CREDIT_NOTES, BEGIN)
    assert isinstance(page, SourcePage)
    (row,) = page.rows
    assert row["credited_invoice"]["id"] == invoice
    lines = reading.source.lines(row)
    assert isinstance(lines, tuple)
    assert [line["currency_amount_before_tax"] for line in lines] == ["-99.00"]


def test_all_lines_of_a_long_document_are_read() -> None:
    company = Company()
    body = company.invoice_body(invoice_lines=[FULL_LINE | {"label": f"L{n}"} for n in range(250)])
    company.made("customer_invoices", body)
    reading = Reading(company)
    page = reading.source.page(Entity.INVOICES, BEGIN)
    assert isinstance(page, SourcePage)
    lines = reading.source.lines(page.rows[0])
    assert isinstance(lines, tuple)
    assert [line["label"] for line in lines] == [f"L{n}" for n in range(250)]


def test_the_lines_of_a_billing_template_are_read() -> None:
    company = Company()
    company.made(
        "billing_subscriptions",
        {
            "start": "2026-01-01",
            "mode": {"type": "awaiting_validation"},
            "payment_conditions": "upon_receipt",
            "payment_method": "offline",
            "recurring_rule": {"type": "monthly", "interval": 1, "day_of_month": 1},
            "customer_id": company.a_customer(),
            "customer_invoice_data": {"currency": "EUR", "invoice_lines": [FULL_LINE]},
        },
    )
    reading = Reading(company)
    page = reading.source.page(Entity.SUBSCRIPTIONS, BEGIN)
    assert isinstance(page, SourcePage)
    lines = reading.source.lines(page.rows[0])
    assert isinstance(lines, tuple)
    assert [line["label"] for line in lines] == ["Hosting"]


def test_single_rows_are_read_by_their_ids_and_those_that_are_gone_are_passed_over() -> None:
    company, invoice, note = a_credited_company()
    page = Reading(company).source.rows(Entity.INVOICES, [SourceId(invoice), SourceId(note), SourceId(1)])
    assert isinstance(page, SourcePage)
    assert [row["id"] for row in page.rows] == [invoice]


def test_the_changelog_tells_what_changed_and_leaves_out_what_was_deleted() -> None:
    company = Company()
    company.a_product()
    gone_draft = company.made("customer_invoices", company.invoice_body(draft=True))
    company.now_s += 60
    since = datetime.fromtimestamp(company.now_s, UTC)
    changed = company.a_product()
    draft = company.made("customer_invoices", company.invoice_body(draft=True))
    for deleted in (draft, gone_draft):
        assert company.call("DELETE", f"customer_invoices/{deleted}").status == 204
    source = Reading(company).source
    products = source.changed(Entity.PRODUCTS, since)
    assert isinstance(products, frozenset)
    assert changed in products
    assert source.changed(Entity.INVOICES, since) == frozenset({draft}), "its insert is listed"


def test_more_changes_than_a_page_has_are_all_told() -> None:
    company = Company()
    made = {company.a_product() for _ in range(1005)}
    assert Reading(company).source.changed(Entity.PRODUCTS, datetime.fromtimestamp(START_S, UTC)) == made


def test_beyond_the_changelogs_retention_and_for_subscriptions_the_source_cannot_tell() -> None:
    company = Company()
    long_ago = datetime.fromtimestamp(START_S, UTC) - timedelta(weeks=5)
    source = Reading(company).source
    assert source.changed(Entity.PRODUCTS, long_ago) is None
    assert source.changed(Entity.SUBSCRIPTIONS, datetime.fromtimestamp(START_S, UTC)) is None


def test_a_row_that_cannot_be_understood_is_handed_on_as_it_came() -> None:
    odd = {"id": 5, "label": None, "price_before_tax": {"?": 1}}
    page = Reading(lambda _: json_answer(200, {"items": [odd], "has_more": False})).source.page(Entity.PRODUCTS, BEGIN)
    assert page == SourcePage((odd,), has_more=False)


@pytest.mark.parametrize("document", [{}, {"items": None}, {"items": [1]}, [1]])
def test_an_answer_that_is_no_page_is_unknown(document: object) -> None:
    page = Reading(lambda _: json_answer(200, document)).source.page(Entity.PRODUCTS, BEGIN)
    assert isinstance(page, Unknown)


def test_why_there_is_no_page_is_handed_on() -> None:
    refused = Reading(lambda _: json_answer(403, {"error": "scope products:readonly is missing"}))
    page = refused.source.page(Entity.PRODUCTS, BEGIN)
    assert isinstance(page, NotApplied)
    assert (page.code, "products:readonly" in page.detail) == ("pennylane_scope_missing", True)


def test_a_busy_pennylane_is_asked_again() -> None:
    answers: list[Any] = [
        httpx.Response(429, text="Rate limit exceeded. Please retry in 2 seconds.", headers={"retry-after": "2"}),
        json_answer(200, {"items": [], "has_more": False}),
    ]
    reading = Reading(lambda _: answers.pop(0))
    assert reading.source.page(Entity.PRODUCTS, BEGIN) == SourcePage((), has_more=False)


def test_a_link_that_leads_elsewhere_is_not_followed() -> None:
    reading = Reading(Company())
    lines = reading.source.lines({"invoice_lines": {"url": "http://elsewhere.example/lines"}})
    assert isinstance(lines, Unknown)
    assert (lines.code, reading.transport.requests) == ("pennylane_link_refused", [])


def test_a_row_without_a_link_has_no_lines() -> None:
    assert Reading(Company()).source.lines({"id": 1}) == ()
