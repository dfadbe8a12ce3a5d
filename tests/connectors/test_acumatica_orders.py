"""Sales orders onto a simulated Acumatica: written once, read back, and told where the site holds something else."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from ledgerpost.app.posting import post_entry
from ledgerpost.domain.delivery import Attempt, DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.event import EventId, EventKind
from ledgerpost.domain.outcome import AccountAbility, Applied, Found, NotApplied, Retry, TargetClass, Unknown
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from ledgerpost.domain.version import SourceVersion, Version
from ledgerpost.simulators.acumatica.site import Condition
from tests.connectors.acumatica_orders import (
    ACCOUNT,
    REFERENCE,
    Bench,
    content,
    document,
)
from tests.connectors.scripted import NOW, TENANT


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
