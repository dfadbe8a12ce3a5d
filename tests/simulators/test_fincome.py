"""The Fincome simulator: what is confirmed, what is ours, and its faults."""

import json
from typing import Any

import pytest
from multidict import CIMultiDict

from ledgerpost.simulators.fincome import DEMO_KEY, FincomeProcess, FincomeSettings
from ledgerpost.simulators.fincome.api import FincomeSimulator
from ledgerpost.simulators.serving.exchange import Answer, Call
from ledgerpost.simulators.serving.faults import FaultSpecError

CUSTOMER = {
    "id": "c-1",
    "root_parent_id": None,
    "name": "Acme",
    "email": "a@x.fr",
    "country": "FR",
    "zip_code": "75001",
    "custom_properties": {"reference": "C-1"},
}
PRODUCT = {"id": "p-1", "name": "Plan"}
PRICE = {"id": "p-1", "product_id": "p-1", "name": "Plan", "amount": "50.00", "currency_code": "EUR"}
SUBSCRIPTION = {
    "id": "7-1",
    "customer_id": "c-1",
    "price_id": "p-1",
    "currency_code": "EUR",
    "subscription_start_date": "2026-01-01",
    "monthly_amount": "50.00",
}
LINE = {
    "id": "31",
    "price_id": "p-1",
    "amount_excluding_tax_after_discount": "50.00",
    "tax_amount": "10.00",
    "currency_code": "EUR",
    "period_start": "2026-03-01",
    "period_end": "2026-03-31",
}
INVOICE = {
    "id": "9001",
    "customer_id": "c-1",
    "subscription_id": "7-1",
    "date": "2026-03-01",
    "status": "paid",
    "amount_excluding_tax": "50.00",
    "lines": [LINE],
}
CREDIT_NOTE = {
    "id": "9002",
    "invoice_id": "9001",
    "customer_id": "c-1",
    "date": "2026-03-05",
    "amount": "-50.00",
    "discount_amount": "0.00",
    "lines": [{**LINE, "amount": "-50.00", "tax_amount": "-10.00"}],
}


class Books:
    """A simulator without HTTP, with a clock that stands until it is moved."""

    def __init__(self, **settings: Any) -> None:
        self.now_s = 100.0
        self.simulator = FincomeSimulator(FincomeSettings(**settings), clock_s=lambda: self.now_s)
        self.header = ("Authorization", f"Bearer {DEMO_KEY}")

    def call(self, method: str, path: str, document: object = None) -> Answer:
        body = b"" if document is None else json.dumps(document).encode()
        name, value = self.header
        return self.simulator.answer(Call(method, f"/product/{path}", "", CIMultiDict({name: value}), body))

    def post(self, entity: str, row: object) -> int:
        return self.call("POST", entity, row).status

    def filled(self) -> "Books":
        rows = (CUSTOMER, PRODUCT, PRICE, SUBSCRIPTION, INVOICE, CREDIT_NOTE)
        names = ("customers", "products", "prices", "subscriptions", "invoices", "credit-notes")
        assert [self.post(name, row) for name, row in zip(names, rows, strict=True)] == [201] * 6
        return self


def detail(answer: Answer) -> Any:
    return json.loads(answer.body)["detail"]


def test_rows_are_taken_in_the_order_that_references_ask_for() -> None:
    counts = Books().filled().simulator.books.counts()
    assert counts.total("created") == 6
    assert set(counts.rows.values()) == {1}


def test_the_same_id_again_is_an_update_and_the_same_content_changes_nothing() -> None:
    books = Books().filled()
    assert books.post("invoices", INVOICE) == 200
    assert books.post("invoices", INVOICE | {"status": "unpaid"}) == 200
    effects = books.simulator.books.counts().effects["invoices"]
    assert effects == {"created": 1, "unchanged": 1, "updated": 1}


@pytest.mark.parametrize(
    ("entity", "row", "field"),
    [
        ("invoices", INVOICE | {"customer_id": "nobody"}, "customer_id"),
        ("invoices", INVOICE | {"subscription_id": "none"}, "subscription_id"),
        ("invoices", INVOICE | {"status": "late"}, "status"),
        ("invoices", INVOICE | {"date": "01/03/2026"}, "date"),
        ("invoices", INVOICE | {"amount_excluding_tax": "1,5"}, "amount_excluding_tax"),
        ("invoices", INVOICE | {"lines": [LINE | {"price_id": "none"}]}, "price_id"),
        ("credit-notes", CREDIT_NOTE | {"invoice_id": "none"}, "invoice_id"),
        ("prices", PRICE | {"product_id": "none"}, "product_id"),
        ("customers", {"id": "c-2"}, "name"),
    ],
)
def test_a_row_that_breaks_a_rule_is_422_with_the_path_at_fault(entity: str, row: object, field: str) -> None:
    answer = Books().filled().call("POST", entity, row)
    assert answer.status == 422
    assert [fault["loc"][-1] for fault in detail(answer)] == [field]


def test_detail_may_be_text_as_well_as_a_list() -> None:
    answer = Books(detail_as_text=True).call("POST", "customers", {"id": "c-1"})
    assert (answer.status, detail(answer)) == (422, "name: Field required")


def test_a_customer_is_patched_with_202_and_deleted_with_204() -> None:
    books = Books().filled()
    assert books.call("PATCH", "customers/c-1", {"email": "b@x.fr"}).status == 202
    assert json.loads(books.call("GET", "customers/c-1").body) == CUSTOMER | {"email": "b@x.fr"}
    assert books.call("DELETE", "customers/c-1").status == 204
    assert books.call("GET", "customers/c-1").status == 404


def test_a_wrong_key_is_401_and_writes_nothing() -> None:
    books = Books()
    books.header = ("Authorization", "Bearer another")
    answer = books.call("POST", "customers", CUSTOMER)
    assert (answer.status, isinstance(detail(answer), str)) == (401, True)
    assert books.simulator.books.counts().rows["customers"] == 0


def test_the_header_of_the_key_can_be_another_one() -> None:
    books = Books(key_header="X-Api-Key", key_prefix="")
    assert books.post("customers", CUSTOMER) == 401
    books.header = ("x-api-key", DEMO_KEY)
    assert books.post("customers", CUSTOMER) == 201


def test_calls_beyond_the_rate_are_429_until_the_window_is_over() -> None:
    books = Books(rate_calls=1)
    assert books.post("customers", CUSTOMER) == 201
    refused = books.call("POST", "customers", CUSTOMER)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "2")
    books.now_s += 1
    assert books.post("customers", CUSTOMER) == 200


@pytest.mark.parametrize("fault", ["cut=1", "error_after=1", "html=1"])
def test_a_lost_answer_leaves_the_row_applied(fault: str) -> None:
    books = Books(faults=fault)
    answer = books.call("POST", "customers", CUSTOMER)
    assert answer.cut or answer.status == 500 or answer.content_type == "text/html"
    assert books.simulator.books.counts().rows["customers"] == 1


@pytest.mark.parametrize(("fault", "status"), [("limit=1:2", 429), ("refuse=1", 503), ("poison=c-1", 422)])
def test_a_refusal_leaves_nothing(fault: str, status: int) -> None:
    books = Books(faults=fault)
    assert books.post("customers", CUSTOMER) == status
    assert books.simulator.books.counts().rows["customers"] == 0


def test_a_fault_that_fincome_has_not_is_refused_at_the_start() -> None:
    with pytest.raises(FaultSpecError, match="unknown fault"):
        FincomeSettings(faults="expire=1")


def test_the_process_serves_counts_and_rows_and_ends_with_its_block() -> None:
    from tests.simulators.pennypipe_calls import OverHttp

    with FincomeProcess() as running:
        caller = OverHttp(running.url)
        reply = caller.call("POST", "/product/customers", CUSTOMER, token=DEMO_KEY)
        assert reply.status == 201
        running.set_faults("cut=1")
        assert caller.call("POST", "/product/customers", CUSTOMER | {"name": "B"}, token=DEMO_KEY).status == 0
        counts = running.counts()
        assert counts.calls == {"POST customers": {"201": 1, "cut": 1}}
        assert counts.effects == {"customers": {"created": 1, "updated": 1}}
        assert [(entity, row["name"]) for entity, row in running.rows()] == [("customers", "B")]
        with pytest.raises(ValueError, match="unknown fault"):
            running.set_faults("what=1")
