"""Reading Pennylane: pages, links, exact numbers, patience. Source: pennylane sheet, sections 3 to 6."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx
import pytest

from ledgerpost.connectors.pennylane.calls import BRIEF
from ledgerpost.connectors.pennylane.client import Listing, every
from ledgerpost.connectors.pennylane.filters import FIELDS, Filter
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import Product
from ledgerpost.domain.outcome import NotApplied, Unknown
from ledgerpost.error_catalogue import CATALOGUE
from tests.connectors.pennylane.scripts import API, Scripted, a_line, a_product, an_invoice, filters_of, page, raw_json
from tests.connectors.scripted import json_answer


def in_three_pages(request: httpx.Request) -> httpx.Response:
    match request.url.params.get("cursor"):
        case None:
            return page(a_product(1), a_product(2), after="c1")
        case "c1":
            return page(a_product(3), after="c2")
        case _:
            return page(a_product(4))


def test_a_list_is_read_to_its_end_oldest_first():
    scripted = Scripted(in_three_pages)

    assert [product.id for product in every(scripted.client.products())] == [1, 2, 3, 4]
    assert {query["sort"] for query in scripted.queries} == {"id"}
    assert {query["limit"] for query in scripted.queries} == {"100"}


def test_the_filter_goes_with_every_page_since_the_cursor_does_not_remember_it():
    scripted = Scripted(in_three_pages)

    list(scripted.client.products(Listing(filters=(Filter("label", "eq", "Pack 1"),))))

    expected = [{"field": "label", "operator": "eq", "value": "Pack 1"}]
    assert [filters_of(request) for request in scripted.transport.requests] == [expected] * 3


def test_a_list_is_taken_up_again_at_the_cursor_of_the_page_before():
    first = next(Scripted(in_three_pages).client.products())
    rest = Scripted(in_three_pages).client.products(Listing(start=first.next_cursor))

    assert [product.id for product in every(rest)] == [3, 4]


def test_the_last_page_has_no_next_cursor():
    pages = list(Scripted(in_three_pages).client.products())

    assert [each.next_cursor for each in pages] == ["c1", "c2", None]


def test_a_list_that_turns_in_a_circle_is_left():
    scripted = Scripted(lambda _: page(a_product(), after="c1"))

    with pytest.raises(PennylaneError) as caught:
        list(scripted.client.products())
    assert caught.value.code == "reply_unreadable"


def with_lines(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/invoice_lines"):
        number = int(request.url.path.split("/")[-2])
        return page(a_line(number * 10)) if "cursor" in request.url.params else page(a_line(number), after="more")
    return page(an_invoice(1), an_invoice(2), an_invoice(3))


def test_invoices_come_with_their_lines_from_every_page_of_the_link():
    scripted = Scripted(with_lines)

    (listed,) = scripted.client.customer_invoices()

    assert [[line.id for line in invoice.lines] for invoice in listed.items] == [[1, 10], [2, 20], [3, 30]]


def test_links_followed_side_by_side_keep_the_order_of_the_invoices():
    scripted = Scripted(with_lines)
    scripted.client._side_by_side = 5

    (listed,) = scripted.client.customer_invoices()

    assert [invoice.lines[0].id for invoice in listed.items] == [1, 2, 3]


def test_an_invoice_is_read_exactly():
    scripted = Scripted(with_lines)

    invoice = next(scripted.client.customer_invoices()).items[0]

    assert invoice.currency_amount == Decimal("237.60")
    assert invoice.date == date(2026, 3, 1)
    assert invoice.lines[0].currency_amount_before_tax == Decimal("198.00")
    assert invoice.lines[0].product is not None
    assert invoice.lines[0].product.id == 5
    assert invoice.lines[0].imputation_dates is not None
    assert invoice.lines[0].imputation_dates.start_date == date(2026, 3, 1)


def test_credit_notes_are_asked_for_by_the_filter_of_the_api():
    scripted = Scripted(lambda request: with_lines(request) if "lines" in request.url.path else page(an_invoice()))

    list(scripted.client.credit_notes(with_lines=False))

    assert filters_of(scripted.transport.requests[0]) == [{"field": "credit_note", "operator": "eq", "value": True}]


def test_a_number_beyond_a_binary_float_is_kept_to_its_last_digit():
    text = '{"items":[{"id":1,"label":"x","price_before_tax":12345678901234567.89}],"has_more":false}'
    scripted = Scripted(lambda _: raw_json(text))

    (product,) = every(scripted.client.products())

    assert product.price_before_tax == Decimal("12345678901234567.89")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "12,5", "", "abc", [], {}])
def test_money_that_is_none_spoils_the_answer_and_is_not_repeated_in_the_error(value: object):
    scripted = Scripted(lambda _: page(a_product(price_before_tax=value)))

    with pytest.raises(PennylaneError) as caught:
        list(scripted.client.products())
    assert caught.value.code == "reply_unreadable"
    assert "price_before_tax" in caught.value.message
    assert not str(value) or str(value) not in caught.value.message.replace("price_before_tax", "")


@pytest.mark.parametrize("document", [{}, [], {"items": None}, {"items": [], "has_more": True}, {"items": [7]}, "text"])
def test_an_answer_that_is_no_page_is_an_error_and_no_empty_list(document: object):
    scripted = Scripted(lambda _: json_answer(200, document))

    with pytest.raises(PennylaneError):
        list(scripted.client.products())


def test_a_link_to_another_host_is_not_followed_with_our_token():
    elsewhere = an_invoice(invoice_lines={"url": "https://elsewhere.example/lines"})
    scripted = Scripted(lambda _: page(elsewhere))

    with pytest.raises(PennylaneError) as caught:
        list(scripted.client.customer_invoices())
    assert caught.value.code == "pennylane_link_refused"
    assert {request.url.host for request in scripted.transport.requests} == {httpx.URL(API).host}


def test_a_filter_that_the_collection_does_not_know_is_not_sent():
    scripted = Scripted(in_three_pages)

    with pytest.raises(PennylaneError) as caught:
        list(scripted.client.products(Listing(filters=(Filter("updated_at", "gt", "2026-01-01"),))))
    assert caught.value.code == "pennylane_filter_refused"
    assert not scripted.transport.requests


def test_every_collection_that_is_listed_has_its_fields():
    scripted = Scripted(lambda _: page())
    for name in ("customers", "products", "suppliers", "categories", "billing_subscriptions", "customer_invoices",
                 "credit_notes", "quotes"):  # fmt: skip
        list(getattr(scripted.client, name)(Listing(filters=(Filter("id", "eq", 1),))))
        assert scripted.transport.requests[-1].url.path.rpartition("/")[2] in FIELDS


# Patience.


def failing(times: int, refusal: Callable[[], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    left = [times]

    def answer(request: httpx.Request) -> httpx.Response:
        if left[0]:
            left[0] -= 1
            return refusal()
        return page(a_product())

    return answer


def plain_429(retry_after: str = "3") -> httpx.Response:
    text = f"Rate limit exceeded. Please retry in {retry_after} seconds."
    return httpx.Response(429, text=text, headers={"Retry-After": retry_after})


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_read_is_asked_again_after_what_may_pass(status: int):
    scripted = Scripted(failing(3, lambda: httpx.Response(status, text="no")))

    assert len(list(every(scripted.client.products()))) == 1
    assert len(scripted.transport.requests) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_read_that_is_refused_is_not_asked_again(status: int):
    scripted = Scripted(failing(9, lambda: json_answer(status, {"error": "no", "status": status})))

    with pytest.raises(PennylaneError) as caught:
        list(scripted.client.products())
    assert caught.value.status == status
    assert len(scripted.transport.requests) == (2 if status == 401 else 1)  # a 401 asks for another token once


def test_the_plain_text_of_a_429_is_read_and_its_seconds_are_waited_for():
    scripted = Scripted(failing(1, plain_429))

    list(scripted.client.products())

    assert sum(scripted.pauses.waited) >= 3


def test_after_a_429_no_other_worker_of_the_token_goes_before_its_end():
    scripted = Scripted(failing(1, plain_429), tries=1)
    with pytest.raises(PennylaneError) as caught:
        list(scripted.client.products())
    outcome = caught.value.outcome
    assert isinstance(outcome, NotApplied)
    assert outcome.code == "rate_limited"
    assert "Rate limit exceeded" in outcome.detail

    list(scripted.client.customers(Listing(limit=1)))

    assert sum(scripted.pauses.waited) == pytest.approx(3)


def test_more_than_the_budget_lets_through_waits_its_turn():
    scripted = Scripted(lambda _: page(a_product()))

    for _ in range(30):
        list(scripted.client.products())

    assert sum(scripted.pauses.waited) == pytest.approx((30 - 5) * 0.25)


def test_a_lost_answer_to_a_read_is_asked_for_again():
    left = [1]

    def cut_once(_: httpx.Request) -> httpx.Response:
        if left:
            left.pop()
            raise httpx.ReadTimeout("slow")
        return page(a_product())

    assert [product.id for product in every(Scripted(cut_once).client.products())] == [5]


@pytest.mark.parametrize("write", [False, True])
def test_nobody_sleeps_longer_than_there_is_patience_for(write: bool):
    scripted = Scripted(lambda _: plain_429("900"))

    outcome = scripted.calls.write("POST", "/products", {}) if write else scripted.calls.get("/products")

    assert isinstance(outcome, NotApplied)
    assert outcome.retry_after_s == 900
    assert scripted.pauses.waited == []


def test_a_delivery_asks_again_only_where_a_short_time_is_named_and_never_writes_again():
    for answer, requests in ((plain_429("2"), 2), (plain_429("30"), 1), (httpx.Response(500), 1)):
        scripted = Scripted(failing(1, lambda answer=answer: answer))
        scripted.calls._patience = replace(BRIEF, pause=scripted.pauses)
        scripted.calls.get("/products")
        assert len(scripted.transport.requests) == requests

    writing = Scripted(lambda _: plain_429("1"))
    writing.calls._patience = replace(BRIEF, pause=writing.pauses)
    writing.calls.write("POST", "/products", {})
    assert len(writing.transport.requests) == 1


# Shapes of errors.

SHAPES = [
    (400, {"error": "bad", "status": 400}, "bad"),
    (400, {"message": "Invalid date"}, "Invalid date"),
    (400, {"message": "Invalid date", "code": "InvalidDateFormat"}, "Invalid date"),
    (400, {"message": "is wrong", "field": "date", "code": "InvalidDateFormat"}, "date: is wrong"),
    (400, {"message": "is wrong", "payload": {"a": 1}, "code": "ValidateError"}, "is wrong"),
    (400, {"message": "is wrong", "field": "x", "payload": {"a": 1}, "code": "NotOneOf"}, "x: is wrong"),
    (404, {"status": 404, "error": "Couldn't find Product with 'id'=7"}, "Couldn't find Product with 'id'=7"),
    (409, {"status": 409, "error": "A document with ID 7 already exists"}, "A document with ID 7 already exists"),
    (422, {"error": "unprocessable_entity", "message": "Label is too long", "details": {}}, "Label is too long"),
    (422, {"error": "Label is too long", "status": 422}, "Label is too long"),
]


@pytest.mark.parametrize(("status", "document", "said"), SHAPES)
def test_every_shape_of_error_comes_to_its_sentence(status: int, document: object, said: str):
    scripted = Scripted(lambda _: json_answer(status, document))

    outcome = scripted.calls.write("POST", "/products", {})

    assert isinstance(outcome, NotApplied)
    assert outcome.detail == said
    assert outcome.code in CATALOGUE


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"7", b"{", b"\xff"])
def test_a_refusal_without_a_readable_body_still_says_its_status(content: bytes):
    scripted = Scripted(lambda _: httpx.Response(422, content=content))

    outcome = scripted.calls.write("POST", "/products", {})

    assert isinstance(outcome, NotApplied)
    assert outcome.detail == "Pennylane answered 422."


def test_a_key_that_the_schema_does_not_know_is_our_defect():
    problem = {"message": "unknown key", "code": "NotExistPropertyDefinition"}
    outcome = Scripted(lambda _: json_answer(400, problem)).calls.write("POST", "/products", {"x": 1})

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "pennylane_schema_refused"


def test_a_write_is_sent_again_only_after_a_429():
    for status, requests in ((429, 4), (500, 1), (503, 1), (422, 1)):
        scripted = Scripted(lambda _, status=status: httpx.Response(status))
        outcome = scripted.calls.write("POST", "/products", {})
        assert isinstance(outcome, Unknown if status == 500 else NotApplied)
        assert len(scripted.transport.requests) == requests


def test_a_success_without_a_body_is_none():
    assert Scripted(lambda _: httpx.Response(204)).calls.write("PUT", "/x", {}) is None


def test_what_a_refusal_repeats_of_the_token_is_masked():
    scripted = Scripted(lambda request: json_answer(422, {"error": request.headers["Authorization"]}))

    outcome = scripted.calls.write("POST", "/products", {})

    assert isinstance(outcome, NotApplied)
    assert "pat-value" not in outcome.detail


def test_the_source_id_is_the_external_reference_and_else_the_id():
    assert Product(id=5, label="x", external_reference="src").source_id == "src"
    assert Product(id=5, label="x").source_id == "5"
