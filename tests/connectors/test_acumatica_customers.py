"""A customer that a simulated Acumatica does not have yet is made before the order."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx

from ledgerpost.domain.outcome import Applied, NotApplied, Retry, Unknown
from ledgerpost.simulators.acumatica.site import Condition
from tests.connectors.acumatica_orders import (
    Bench,
    document,
    for_new_customer,
)


def test_a_missing_customer_is_transferred_before_the_order():
    bench = Bench()

    outcome = bench.deliver(document(for_new_customer()))

    customer = list(bench.site.simulator.record_documents("Customer"))[-1]
    assert isinstance(outcome, Applied)
    assert bench.order()["CustomerID"] == customer["CustomerID"] == {"value": "C000002"}
    assert (customer["CustomerName"]["value"], customer["AccountRef"]["value"]) == ("Bob Cole", "42")
    assert customer["MainContact"]["Email"]["value"] == "bob@example.com"
    assert customer["MainContact"]["Address"]["City"]["value"] == "Albany"


def test_a_customer_of_many_orders_at_once_is_transferred_once():
    bench = Bench({"concurrency": "8"})
    start = threading.Barrier(8)

    def deliver(number: int) -> object:
        start.wait(10)
        body = for_new_customer(SourceId=str(number), Payments=[])
        return bench.deliver(document(body, reference=f"order-{number}"))

    with ThreadPoolExecutor(8) as executor:
        outcomes = list(executor.map(deliver, range(8)))

    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert bench.counts.created("Customer") == 1
    assert bench.counts.records["SalesOrder"] == 8


def test_a_customer_whose_transfer_got_no_answer_is_found_and_not_made_again():
    bench = Bench(faults="cut=1:once", fault_entities=("Customer",))
    wanted = document(for_new_customer())

    first, second = bench.deliver(wanted), bench.deliver(wanted)

    assert isinstance(first, Unknown)
    assert isinstance(second, Applied)
    assert bench.counts.created("Customer") == 1


def test_a_customer_in_doubt_that_does_not_show_yet_is_waited_for():
    bench = Bench(faults="cut=1:once,lag=1:20", fault_entities=("Customer",))
    bench.deliver(document(for_new_customer()))
    another = document(for_new_customer(Payments=[]), reference="5002")

    outcome = bench.deliver(another)
    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("customer_in_transfer", Retry.LATER)

    bench.clock.pass_by(31)
    bench.site.now_s += 31
    assert isinstance(bench.deliver(another), Applied)
    assert bench.counts.created("Customer") == 1


def test_two_customers_of_one_address_stop_for_review():
    bench = Bench()
    for name in ("Bob", "Robert"):
        twin = {"CustomerName": {"value": name}, "MainContact": {"Email": {"value": "bob@example.com"}}}
        bench.site.simulator.site.put("Customer", twin, Condition())

    outcome = bench.deliver(document(for_new_customer()))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("customer_ambiguous", Retry.NEVER)
    assert bench.site.orders() == []


def test_a_customer_that_another_process_made_at_the_same_moment_is_told():
    bench = Bench()
    simulated = bench.site.handle_request

    def another_is_faster(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and request.url.path.endswith("/Customer"):
            twin = {"CustomerName": {"value": "B. Cole"}, "MainContact": {"Email": {"value": "bob@example.com"}}}
            bench.site.simulator.site.put("Customer", twin, Condition())
        return simulated(request)

    bench.site.handle_request = another_is_faster  # type: ignore[method-assign]

    outcome = bench.deliver(document(for_new_customer()))

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "customer_ambiguous"


def test_under_a_prefix_the_customers_id_is_made_of_the_sources_and_the_ledger_keeps_it_single():
    bench, other = Bench({"customerPrefix": "WEB"}), Bench({"customerPrefix": "WEB"})
    other.site.simulator = bench.site.simulator
    simulated = bench.site.handle_request

    def another_process_is_faster(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and request.url.path.endswith("/Customer"):
            bench.site.handle_request = simulated  # type: ignore[method-assign]
            assert isinstance(other.deliver(document(for_new_customer(Payments=[]), reference="5002")), Applied)
        return simulated(request)

    bench.site.handle_request = another_process_is_faster  # type: ignore[method-assign]

    assert isinstance(bench.deliver(document(for_new_customer())), Applied)
    assert bench.counts.created("Customer") == 1
    assert {order["CustomerID"]["value"] for order in bench.site.orders()} == {"WEB42"}


def test_a_customer_that_the_ledger_refuses_blocks_the_order():
    bench = Bench({"customerClass": "GOLD"})

    outcome = bench.deliver(document(for_new_customer()))

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "customer_transfer_failed"
    assert "Customer Class" in outcome.detail
    assert bench.site.orders() == []
