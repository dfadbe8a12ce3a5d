"""An order with a tracking number is shipped on a simulated Acumatica."""

import httpx
import pytest

from ledgerpost.domain.outcome import Applied, NotApplied, Retry, Unknown
from tests.connectors.acumatica_orders import (
    TRACKING,
    Bench,
    content,
    document,
)


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
