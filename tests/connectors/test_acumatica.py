"""Sales orders onto a simulated Acumatica: written once, read back, and told where the site holds something else."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from ledgerpost.app.posting import post_entry
from ledgerpost.domain.delivery import Attempt, DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.event import EventId, EventKind
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import AccountAbility, Applied, Found, NotApplied, Retry, TargetClass, Unknown
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from ledgerpost.domain.version import SourceVersion, Version
from ledgerpost.simulators.acumatica.site import Condition
from tests.connectors.acumatica_orders import (
    ACCOUNT,
    REFERENCE,
    TRACKING,
    Bench,
    content,
    document,
    for_new_customer,
)
from tests.connectors.scripted import NOW, TENANT, an_entry


def lines_of(order: dict[str, Any]) -> list[tuple[str, str, str]]:
    """SKU, quantity and price of each line."""
    return [
        (line["InventoryID"]["value"], line["OrderQty"]["value"], line["UnitPrice"]["value"])
        for line in order["Details"]
    ]


def test_an_order_is_written_as_a_whole_and_read_back():
    bench = Bench()

    outcome = bench.deliver(document())

    order = bench.order()
    assert outcome == Applied("SO SO000001", created=True)
    assert order["ExternalRef"]["value"] == REFERENCE
    assert order["CustomerOrder"]["value"] == "WEB1001"
    assert order["FinancialSettings"]["Terms"]["value"] == "30D"
    assert (order["OrderTotal"]["value"], order["TaxTotal"]["value"]) == ("58.22", "3.39")
    assert order["BillToAddress"]["City"]["value"] == order["ShipToAddress"]["City"]["value"] == "New York"
    assert order["ShipToContact"]["Attention"]["value"] == "Ann Bell"
    assert lines_of(order) == [("SKU1", "2", "10.00"), ("SKU2", "5", "4.4667")]
    assert [line["ExternalRef"]["value"] for line in order["Details"]] == ["5001|9001", "5001|9002"]


def test_the_same_order_again_is_found_and_not_written():
    bench = Bench()
    bench.deliver(document())

    assert bench.deliver(document()) == Applied("SO SO000001", created=False)
    assert bench.counts.effects == {"SalesOrder": {"created": 1}}


def test_what_is_found_tells_the_total_and_the_day_of_the_ledger():
    bench = Bench()
    bench.deliver(document())

    found = bench.target.find(ACCOUNT, REFERENCE)

    assert isinstance(found, Found)
    (fact,) = found.facts
    assert (fact.ledger_id, fact.reference, fact.amount) == ("SO SO000001", REFERENCE, Decimal("58.22"))
    assert fact.day.isoformat() == "2026-03-01"


def test_a_later_version_is_written_onto_the_order_row_by_row():
    bench = Bench()
    bench.deliver(document())
    changed = content()
    changed["Lines"][0] |= {"OrderQty": "3", "ExtendedPrice": "30.00", "Amount": "30.00"}
    changed |= {"OrderTotal": "69.02", "Description": "ann@example.com placed order, amended"}
    changed["Taxes"][0]["TaxAmount"] = "4.19"

    outcome = bench.deliver(document(changed))

    order = bench.order()
    assert outcome == Applied("SO SO000001", created=False)
    assert lines_of(order) == [("SKU1", "3", "10.00"), ("SKU2", "5", "4.4667")]
    assert (len(order["Payments"]), len(order["TaxDetails"])) == (1, 1)
    assert order["Description"]["value"].endswith("amended")
    assert bench.counts.effects["SalesOrder"] == {"created": 1, "updated": 1}


def test_a_line_that_the_source_took_away_goes_and_one_that_a_person_added_stays():
    bench = Bench()
    bench.deliver(document())
    order = bench.order()
    by_hand = {"InventoryID": {"value": "SKU3"}, "OrderQty": {"value": 1}}
    bench.site.simulator.site.put("SalesOrder", {"id": order["id"], "Details": [by_hand]}, Condition())
    changed = content(OrderTotal="35.89")
    changed["Lines"].pop()
    changed["Taxes"][0]["TaxAmount"] = "1.60"

    outcome = bench.deliver(document(changed))

    assert [sku for sku, _, _ in lines_of(bench.order())] == ["SKU1", "SKU3"]
    assert isinstance(outcome, NotApplied)
    assert outcome.code == "acumatica_order_differs", "what a person added is told, not taken away"


def test_a_name_that_is_left_out_is_preserved_and_null_clears():
    bench = Bench()
    bench.deliver(document(content(LocationID="MAIN")))

    bench.deliver(document(content(Description="changed")))
    assert bench.order()["LocationID"]["value"] == "MAIN"

    bench.deliver(document(content() | {"LocationID": None}))
    assert bench.order()["LocationID"] == {}


def test_a_payment_that_is_there_is_sent_again_only_where_it_changed():
    bench = Bench()
    bench.deliver(document())
    more = content(Description="changed")
    more["Payments"][0] |= {"PaymentAmount": "40.00", "AppliedToOrder": "40.00"}
    more["Payments"].append(
        {"PaymentAmount": "18.22", "AppliedToOrder": "18.22", "PaymentMethod": "CHECK", "PaymentRef": "iPaaS.com 78"}
    )

    bench.deliver(document(more))

    payments = bench.order()["Payments"]
    assert [(each["PaymentRef"]["value"], each["PaymentAmount"]["value"]) for each in payments] == [
        ("iPaaS.com 77", "40.00"),
        ("iPaaS.com 78", "18.22"),
    ]


def test_a_payment_without_a_reference_is_known_by_method_and_amount():
    bench = Bench()
    body = content()
    del body["Payments"][0]["PaymentRef"]
    bench.deliver(document(body))

    assert isinstance(bench.deliver(document(body | {"Description": "changed"})), Applied)
    assert bench.counts.payments == 1


def test_an_order_that_a_person_put_on_hold_stays_so_until_it_is_written_again():
    bench = Bench()
    bench.deliver(document())
    held = {"id": bench.order()["id"], "Hold": {"value": True}}
    bench.site.simulator.site.put("SalesOrder", held, Condition())

    assert bench.deliver(document()) == Applied("SO SO000001", created=False)
    assert bench.order()["Hold"]["value"] is True


def test_taxes_stand_as_sent_where_the_mapping_asserts_them():
    bench = Bench()
    asserted = content(IsTaxValid=True, OrderTotal="58.23")
    asserted["Taxes"][0]["TaxAmount"] = "3.40"

    assert isinstance(bench.deliver(document(asserted)), Applied)
    assert bench.order()["TaxTotal"]["value"] == "3.40"


def test_taxes_that_acumatica_computes_itself_are_not_told_as_a_difference():
    bench = Bench()
    own = content(OrderTotal="58.23")
    own["Taxes"][0]["TaxAmount"] = "3.40"
    own["Payments"] = []

    assert isinstance(bench.deliver(document(own)), Applied)
    assert bench.order()["TaxTotal"]["value"] == "3.39"


def test_a_total_that_does_not_add_up_is_told_with_the_number_of_the_order():
    bench = Bench()

    outcome = bench.deliver(document(content(OrderTotal="50.00", Payments=[])))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("acumatica_order_differs", Retry.NEVER)
    assert outcome.detail == "The order SO SO000001 is written, and differs in: OrderTotal."


def test_an_order_that_was_written_and_told_is_found_by_every_later_attempt():
    bench = Bench({"duplicateChecking": "false"})
    wanted = document(content(OrderTotal="50.00", Payments=[]))
    told = Attempt(NOW, "not_applied", "acumatica_order_differs")

    first = post_entry(bench.target, a_record(), wanted, now=NOW, read_lag=timedelta(seconds=30))
    second = post_entry(bench.target, a_record(told), wanted, now=NOW, read_lag=timedelta(seconds=30))

    assert [getattr(each.outcome, "code", None) for each in (first, second)] == ["acumatica_order_differs"] * 2
    assert (first.lookups, second.lookups, bench.counts.records["SalesOrder"]) == (0, 1, 1)


def a_record(*history: Attempt) -> DeliveryRecord:
    """The delivery record of the order at a claim."""
    return DeliveryRecord(
        key=DeliveryKey(TENANT, ConnectionId("main"), ACCOUNT, Reference(REFERENCE)),
        route=RouteId("orders"),
        kind=EventKind.SALES_ORDER,
        event_id=EventId("event-1"),
        version=Version(SourceVersion(NOW), 1),
        fingerprint=document().fingerprint(),
        status=Status.IN_FLIGHT,
        source="{}",
        updated_at=NOW,
        history=history,
    )


def test_a_field_that_the_site_drops_is_told():
    bench = Bench()
    simulated = bench.site.handle_request

    def dropping(request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return simulated(request)
        body = b"".join(request.stream).replace(b'"Description"', b'"Descriptoin"')  # type: ignore[arg-type]
        return simulated(httpx.Request("PUT", request.url, headers=request.headers, content=body))

    bench.site.handle_request = dropping  # type: ignore[method-assign]

    outcome = bench.deliver(document())

    assert isinstance(outcome, NotApplied)
    assert outcome.detail == "The order SO SO000001 is written, and differs in: Description."


def test_a_destination_that_has_no_place_is_refused_before_anything_is_sent():
    bench = Bench()

    outcome = bench.deliver(document(content(Colour="red")))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.detail) == ("acumatica_field_unknown", "Colour has no place in the document.")
    assert bench.site.bodies("SalesOrder") == []


def test_a_custom_field_goes_where_the_connection_says_and_is_compared():
    bench = Bench({"custom.Colour": "Document.AttributeCOLOR:CustomStringField"})

    assert isinstance(bench.deliver(document(content(Custom_Colour="red"))), Applied)
    sent = json.loads(bench.site.bodies("SalesOrder")[0])
    assert sent["custom"] == {"Document": {"AttributeCOLOR": {"type": "CustomStringField", "value": "red"}}}
    assert bench.deliver(document(content(Custom_Colour="red"))) == Applied("SO SO000001", created=False)


def test_the_sources_number_is_sent_under_manual_numbering_alone():
    automatic, manual = Bench(), Bench({"manualNumbering": "true"}, manual_numbering=True)

    assert automatic.deliver(document()) == Applied("SO SO000001", created=True)
    assert manual.deliver(document()) == Applied("SO WEB1001", created=True)
    assert b"OrderNbr" not in automatic.site.bodies("SalesOrder")[0]


def test_a_number_that_another_order_has_is_told_and_that_order_is_let_be():
    bench = Bench({"manualNumbering": "true"}, manual_numbering=True)
    bench.deliver(document())

    outcome = bench.deliver(document(content(SourceId="5002"), reference="5002"))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("acumatica_number_taken", Retry.NEVER)
    assert bench.order()["ExternalRef"]["value"] == REFERENCE


def test_a_long_reference_is_shortened_the_same_way_each_time():
    bench = Bench()
    reference = "a-shop-with-a-very-long-name/orders/2026/03/01/5001"

    first, second = bench.deliver(document(reference=reference)), bench.deliver(document(reference=reference))

    assert (first, second) == (Applied("SO SO000001", created=True), Applied("SO SO000001", created=False))
    assert len(bench.order()["ExternalRef"]["value"]) == 40


def test_an_order_of_a_reference_that_differs_in_case_alone_is_another_one():
    bench = Bench()
    bench.deliver(document(reference="ref-a"))

    assert bench.target.find(ACCOUNT, "REF-A") == Found(())


def test_a_list_that_was_not_filtered_is_no_answer():
    bench = Bench()
    bench.deliver(document(reference="another"))
    simulated = bench.site.handle_request

    def unfiltered(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/SalesOrder"):
            return simulated(request)
        bare = httpx.URL(str(request.url).partition("?")[0])
        return simulated(httpx.Request(request.method, bare, headers=request.headers))

    bench.site.handle_request = unfiltered  # type: ignore[method-assign]

    outcome = bench.target.find(ACCOUNT, REFERENCE)

    assert isinstance(outcome, Unknown)
    assert outcome.detail == "The list of orders was not filtered by ExternalRef."


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


def test_a_tracking_number_makes_one_shipment_with_its_package():
    bench = Bench()
    shipped = document(content(TrackingNumbers=[TRACKING]))

    first, second = bench.deliver(shipped), bench.deliver(shipped)

    (shipment,) = bench.site.simulator.record_documents("Shipment")
    (package,) = shipment["Packages"]
    assert (first, second) == (Applied("SO SO000001", created=True), Applied("SO SO000001", created=False))
    assert (shipment["WarehouseID"]["value"], shipment["Status"]["value"]) == ("MAIN", "Open")
    assert (package["TrackingNbr"]["value"], package["BoxID"]["value"], package["DeclaredValue"]["value"]) == (
        "1Z9",
        "SMALL",
        "5.00",
    )
    assert package["PackageContents"][0]["InventoryID"]["value"] == "SKU1"
    assert bench.counts.created("Shipment") == 1


def test_a_session_that_ends_before_the_shipment_says_nothing_of_the_shipment():
    bench = Bench()
    shipped = document(content(TrackingNumbers=[TRACKING]))
    simulated = bench.site.handle_request

    def keeps_out(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401) if request.method == "PUT" and "Shipment" in request.url.path else simulated(request)

    bench.site.handle_request = keeps_out  # type: ignore[method-assign]
    outcome = bench.deliver(shipped)
    assert isinstance(outcome, NotApplied)
    assert outcome.code == "token_refused"

    bench.site.handle_request = simulated  # type: ignore[method-assign]
    bench.clock.pass_by(31)
    assert bench.deliver(shipped) == Applied("SO SO000001", created=False)
    assert (bench.counts.records["Shipment"], bench.counts.packages) == (1, 1)


@pytest.mark.parametrize("fault", ["cut", "error_after", "html"])
def test_a_shipment_whose_reply_was_lost_is_not_made_again(fault: str):
    bench = Bench(faults=f"{fault}=1:once", fault_entities=("Shipment",))
    shipped = document(content(TrackingNumbers=[TRACKING]))

    first, second = bench.deliver(shipped), bench.deliver(shipped)

    assert isinstance(first, Unknown)
    assert second == Applied("SO SO000001", created=False)
    assert (bench.counts.records["Shipment"], bench.counts.packages) == (1, 1)


def test_a_shipment_that_the_site_puts_off_leaves_the_order_to_be_looked_up():
    bench = Bench(faults="limit=1:once", fault_entities=("Shipment",))
    shipped = document(content(TrackingNumbers=[TRACKING]))

    first, second = bench.deliver(shipped), bench.deliver(shipped)

    assert isinstance(first, Unknown), "the order itself is written"
    assert second == Applied("SO SO000001", created=False)
    assert (bench.counts.records["SalesOrder"], bench.counts.packages) == (1, 1)


def test_an_order_that_comes_back_without_its_number_is_looked_up():
    bench = Bench()
    simulated = bench.site.handle_request

    def nameless(request: httpx.Request) -> httpx.Response:
        answer = simulated(request)
        if request.method != "PUT":
            return answer
        return httpx.Response(200, json={"id": "1"})

    bench.site.handle_request = nameless  # type: ignore[method-assign]

    first, second = bench.deliver(document()), bench.deliver(document())

    assert (isinstance(first, Unknown), second) == (True, Applied("SO SO000001", created=False))


def test_a_tracking_number_that_comes_later_ships_what_is_left_and_leaves_the_order_be():
    bench = Bench()
    bench.deliver(document(content(TrackingNumbers=[TRACKING])))
    later = TRACKING | {"TrackingNbr_Package": "1Z10", "iPaaS_LineItemId": "5001|9002"}

    outcome = bench.deliver(document(content(TrackingNumbers=[TRACKING, later])))

    assert outcome == Applied("SO SO000001", created=False)
    assert (bench.counts.records["Shipment"], bench.counts.packages) == (2, 2)
    assert bench.counts.effects["SalesOrder"] == {"created": 1}


def test_packages_of_one_warehouse_go_on_one_shipment():
    bench = Bench()
    second = TRACKING | {"TrackingNbr_Package": "1Z10", "iPaaS_LineItemId": "5001|9002"}

    assert isinstance(bench.deliver(document(content(TrackingNumbers=[TRACKING, second]))), Applied)

    (shipment,) = bench.site.simulator.record_documents("Shipment")
    assert [row["OrderLineNbr"]["value"] for row in shipment["Details"]] == [1, 2]
    assert [each["TrackingNbr"]["value"] for each in shipment["Packages"]] == ["1Z9", "1Z10"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"BoxID_Package": "HUGE"}, "acumatica_shipment_refused"),
        ({"WarehouseId": "MARS"}, "acumatica_shipment_refused"),
        ({"iPaaS_LineItemId": "5001|9999"}, "acumatica_shipment_refused"),
    ],
)
def test_a_shipment_that_is_refused_is_told_though_the_order_is_written(changes: dict[str, str], code: str):
    bench = Bench()

    outcome = bench.deliver(document(content(TrackingNumbers=[TRACKING | changes])))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == (code, Retry.NEVER)
    assert bench.counts.records["SalesOrder"] == 1


def test_a_shipment_that_the_site_puts_on_hold_is_told():
    bench = Bench(hold_shipments=True)

    outcome = bench.deliver(document(content(TrackingNumbers=[TRACKING])))

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "acumatica_shipment_not_open"


def test_the_ability_is_that_of_a_ledger_that_is_searched_and_updated():
    bench = Bench()

    assert bench.target.ability(ACCOUNT) == AccountAbility(TargetClass.LOOK_UP, None, updates=True, looks_first=True)
    bench.target.ability(ACCOUNT)
    assert bench.counts.calls["endpoints"] == {"200": 1}


def test_a_site_without_the_pinned_version_is_told():
    outcome = Bench({"version": "23.200.001"}).target.ability(ACCOUNT)

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.detail) == (
        "acumatica_endpoint_missing",
        "The site has no endpoint Default 23.200.001.",
    )


def test_an_order_for_another_tenant_than_the_one_signed_in_to_is_not_sent():
    bench = Bench()

    outcome = bench.target.post(AccountId("Elsewhere"), document(), "event-1")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "acumatica_tenant_mismatch"
    assert bench.site.requests == []
    assert bench.target.ability(AccountId("Elsewhere")) == outcome


def test_every_request_carries_the_company_header_where_it_is_set_up():
    bench = Bench({"companyHeader": "X-Company: Company"}, company_header="X-Company: Company")

    assert isinstance(bench.deliver(document()), Applied)
    calls = [request for request in bench.site.requests if "/entity/" in request.url.path]
    assert {request.headers["x-company"] for request in calls} == {"Company"}
