"""What a simulated Acumatica refuses, and what it leaves without an answer."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import Applied, NotApplied, Retry, Unknown
from tests.connectors.acumatica_orders import (
    ACCOUNT,
    REFERENCE,
    Bench,
    content,
    document,
)
from tests.connectors.scripted import an_entry


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"CustomerId": "NOBODY"}, "customer_unresolved"),
        ({"FinancialTerms": "99D"}, "financial_terms_unsupported"),
        ({"FinancialTerms": "3X30"}, "multiple_installment_terms"),
        ({"CustomerTaxZone": "MARS"}, "tax_setup_invalid"),
        ({"Taxes": [{"TaxID": "CASALES", "TaxAmount": "1"}]}, "tax_setup_invalid"),
        ({"Payments": [{"PaymentMethod": "GOLD", "PaymentRef": "1"}]}, "payment_method_unknown"),
        ({"Lines": [{"InventoryID": "NO-SKU", "OrderQty": "1"}]}, "sku_unknown"),
        ({"Lines": []}, "order_without_lines"),
        ({"Lines": [{"InventoryID": "SKU1", "OrderQty": "0"}]}, "quantity_not_positive"),
        ({"Lines": [{"InventoryID": sku, "OrderQty": "1"} for sku in ("SKU1", "sku1 ")]}, "duplicate_skus"),
        ({"Hold": "perhaps"}, "mapped_value_type"),
        ({"ActionType": "Return"}, "document_unsupported"),
    ],
)
def test_a_broken_rule_is_a_definite_refusal_with_its_own_code(changes: dict[str, Any], code: str):
    bench = Bench()

    outcome = bench.deliver(document(content(**changes)))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == (code, Retry.NEVER)
    assert bench.site.orders() == []


def test_what_is_no_sales_order_is_refused():
    outcome = Bench().target.post(ACCOUNT, an_entry(money=Money(Decimal(1), "USD")), "event-1")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "document_unsupported"


@pytest.mark.parametrize("fault", ["cut", "error_after", "html"])
def test_an_order_whose_reply_was_lost_is_found_by_the_next_attempt(fault: str):
    bench = Bench(faults=f"{fault}=1:once")

    first, second = bench.deliver(document()), bench.deliver(document())

    assert isinstance(first, Unknown)
    assert second == Applied("SO SO000001", created=False)
    assert (bench.counts.records["SalesOrder"], bench.counts.lines, bench.counts.payments) == (1, 2, 1)


@pytest.mark.parametrize("fault", ["cut", "error_after", "html"])
def test_an_update_whose_reply_was_lost_doubles_no_row(fault: str):
    bench = Bench()
    bench.deliver(document())
    bench.site.simulator.set_faults(f"{fault}=1:once")
    changed = content(Description="changed")

    first, second = bench.deliver(document(changed)), bench.deliver(document(changed))

    assert isinstance(first, Unknown)
    assert second == Applied("SO SO000001", created=False)
    assert (bench.counts.lines, bench.counts.payments, len(bench.order()["TaxDetails"])) == (2, 1, 1)


@pytest.mark.parametrize(
    ("fault", "code", "retry"),
    [
        ("error_before", "ledger_failed", None),
        ("conflict", "concurrent_update", Retry.LATER),
        ("limit", "rate_limited", Retry.LATER),
        ("poison", "entry_refused", Retry.NEVER),
    ],
)
def test_a_refusal_before_the_write_is_what_the_site_says(fault: str, code: str, retry: Retry | None):
    bench = Bench(faults=f"{fault}={REFERENCE if fault == 'poison' else '1:once'}")

    outcome = bench.deliver(document())

    assert isinstance(outcome, NotApplied | Unknown)
    assert (outcome.code, getattr(outcome, "retry", None)) == (code, retry)
    assert bench.site.orders() == []


def test_a_session_that_ended_is_refreshed_and_the_order_sent_again():
    bench = Bench({"session": "keep"}, faults="expire=1:once")

    assert isinstance(bench.deliver(document()), Applied)
    assert (bench.counts.token_requests, bench.counts.sessions) == (2, 1)


def test_a_refusal_shows_no_name_address_or_description_of_the_customer():
    bench = Bench()
    simulated = bench.site.handle_request

    def echoing(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return simulated(request)
        said = "Ann Bell of 1 A St, ann@example.com, is too long: ann@example.com placed order"
        return httpx.Response(422, json={"Description": {"value": said, "error": said}, "error": "see there"})

    bench.site.handle_request = echoing  # type: ignore[method-assign]

    outcome = bench.deliver(document())

    assert isinstance(outcome, NotApplied)
    assert outcome.detail == "Description: Ann *** of ***, ***, is too long: ***; see there"
