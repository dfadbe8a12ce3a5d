"""Sales orders on the Acumatica simulator: its oddities, as the sheet records them."""

from decimal import Decimal

import pytest

from ledgerpost.simulators.acumatica.problems import MULTIPLE_INSTALLMENTS
from tests.simulators.acumatica_calls import Caller, line, order, value


def test_two_puts_without_a_key_make_two_orders():
    site = Caller()

    first, second = site.put(order()), site.put(order())

    assert (first.status, second.status) == (200, 200)
    assert first.json["OrderNbr"] != second.json["OrderNbr"]
    assert (site.counts.created("SalesOrder"), site.counts.duplicates) == (2, 1)


def test_a_put_with_the_keys_of_an_order_updates_it():
    site = Caller()
    number = site.put(order()).json["OrderNbr"]["value"]

    changed = site.put({"OrderType": value("SO"), "OrderNbr": value(number), "Description": value("changed")})

    assert changed.json["Description"] == value("changed")
    assert changed.json["ExternalRef"] == value("R-1"), "what is omitted is preserved"
    assert site.counts.effects["SalesOrder"] == {"created": 1, "updated": 1}


def test_a_put_by_id_or_by_filter_updates_and_an_unknown_id_is_a_500():
    site = Caller()
    record_id = site.put(order()).json["id"]

    assert site.put({"id": record_id, "Description": value("by id")}).status == 200
    by_filter = site.call("PUT", "SalesOrder?$filter=ExternalRef%20eq%20'R-1'", {"Description": value("by filter")})
    assert by_filter.json["Description"] == value("by filter")
    assert site.put({"id": "no-such-id"}).status == 500
    assert site.counts.records["SalesOrder"] == 1


def test_unknown_fields_are_dropped_without_a_word():
    reply = Caller().put(order(Details=[{"InventoryID": value("SKU1"), "Quantity": value(2)}], Colour=value("red")))

    assert reply.status == 200
    assert "Colour" not in reply.json
    assert reply.json["Details"][0]["OrderQty"] == value(Decimal(0)) or reply.json["Details"][0]["OrderQty"] == value(0)


def test_totals_are_computed_whatever_was_sent():
    reply = Caller().put(order(OrderTotal=value(999), TaxTotal=value(99), Totals={"PremiumFreight": value(12.5)}))

    assert (reply.json["OrderTotal"], reply.json["TaxTotal"]) == (value(Decimal("32.50")), value(0))
    assert reply.json["Totals"]["LineTotalAmount"] == value(Decimal("20.00"))


def test_an_order_is_on_hold_unless_it_says_otherwise():
    held = {name: content for name, content in order().items() if name != "Hold"}

    assert Caller().put(held).json["Status"] == value("On Hold")
    assert Caller().put(order()).json["Status"] == value("Open")


def test_an_empty_field_reads_as_an_empty_object_and_null_clears():
    site = Caller()
    record_id = site.put(order(Description=value("text"))).json["id"]

    assert site.put({"id": record_id, "Description": value(None)}).json["Description"] == {}


def test_a_row_without_its_id_is_added_and_one_with_it_is_changed_or_deleted():
    site = Caller()
    written = site.put(order()).json
    record_id, line_id = written["id"], written["Details"][0]["id"]

    doubled = site.put({"id": record_id, "Details": [line()]}).json
    assert [row["LineNbr"]["value"] for row in doubled["Details"]] == [1, 2]

    changed = site.put({"id": record_id, "Details": [{"id": line_id, "OrderQty": value(5)}]}).json
    assert changed["Details"][0]["OrderQty"] == value(5)

    left = site.put({"id": record_id, "Details": [{"id": line_id, "delete": True}]}).json
    assert [row["LineNbr"]["value"] for row in left["Details"]] == [2]


def test_a_sent_number_is_honoured_under_manual_numbering_alone():
    assert Caller().put(order(OrderNbr=value("WEB1"))).json["OrderNbr"] == value("SO000001")
    manual = Caller(manual_numbering=True)
    assert manual.put(order(OrderNbr=value("WEB1"))).json["OrderNbr"] == value("WEB1")
    assert "Order Nbr." in manual.put(order()).says


def test_if_none_match_inserts_only_and_if_match_updates_only():
    site = Caller(manual_numbering=True)
    keyed = order(OrderType=value("SO"), OrderNbr=value("WEB1"))

    assert site.put(keyed, If_Match="*").status == 412
    assert site.put(keyed, If_None_Match="*").status == 200
    assert site.put(keyed, If_None_Match="*").status == 412
    assert site.put(keyed, If_Match="*").status == 200
    assert site.counts.records["SalesOrder"] == 1


def test_without_a_manual_price_the_site_prices_the_line_itself():
    reply = Caller().put(order(Details=[line(price=7, ManualPrice=value(False))]))

    assert reply.json["Details"][0]["UnitPrice"] == value(Decimal("10.00"))


def test_taxes_are_computed_of_the_zone_unless_the_order_asserts_them():
    site = Caller()
    taxed = {
        "FinancialSettings": {"CustomerTaxZone": value("NYSTATE"), "OverrideTaxZone": value(True)},
        "TaxDetails": [{"TaxID": value("NYSALES"), "TaxAmount": value(1.55), "TaxRate": value(8)}],
    }

    computed = site.put(order("R-1", **taxed)).json
    asserted = site.put(order("R-2", **taxed, IsTaxValid=value(True))).json

    assert computed["TaxTotal"] == value(Decimal("1.60"))
    assert asserted["TaxTotal"] == value(Decimal("1.55"))
    assert len(computed["TaxDetails"]) == len(asserted["TaxDetails"]) == 1


def test_a_payment_on_terms_of_many_instalments_is_refused_in_the_sites_own_words():
    payment = {"PaymentMethod": value("ONLINE"), "PaymentAmount": value(5), "AppliedToOrder": value(5)}
    settings = {"FinancialSettings": {"Terms": value("3X30")}}

    assert Caller().put(order(**settings)).status == 200
    assert MULTIPLE_INSTALLMENTS in Caller().put(order(Payments=[payment], **settings)).says


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"CustomerID": value("NOBODY")}, ("CustomerID",)),
        ({"Details": [line("NO-SUCH-SKU")]}, ("Details", 0, "InventoryID")),
        ({"Details": [line(quantity=-1)]}, ("Details", 0, "OrderQty")),
        ({"FinancialSettings": {"Terms": value("99D")}}, ("FinancialSettings", "Terms")),
        ({"FinancialSettings": {"CustomerTaxZone": value("MARS")}}, ("FinancialSettings", "CustomerTaxZone")),
        ({"TaxDetails": [{"TaxID": value("MARS")}]}, ("TaxDetails", 0, "TaxID")),
        ({"Payments": [{"PaymentMethod": value("GOLD")}]}, ("Payments", 0, "PaymentMethod")),
        (
            {"BillToAddressOverride": value(True), "BillToAddress": {"PostalCode": value("K1A 0B1")}},
            ("BillToAddress", "PostalCode"),
        ),
    ],
)
def test_a_broken_rule_is_a_422_that_echoes_the_order_with_the_error_in_its_place(changes, path):
    reply = Caller().put(order(**changes))

    at = reply.json
    for step in path:
        at = at[step]
    assert reply.status == 422
    assert at["error"]
    assert reply.json["error"]


def test_a_sent_address_counts_only_with_its_override():
    address = {"City": value("Ithaca")}

    assert Caller().put(order(BillToAddress=address)).json["BillToAddress"]["City"] == {}
    overridden = order(BillToAddress=address, BillToAddressOverride=value(True))
    assert Caller().put(overridden).json["BillToAddress"]["City"] == value("Ithaca")


def test_only_what_is_expanded_and_selected_is_shown():
    site = Caller()
    site.put(order())

    plain = site.search("ExternalRef eq 'R-1'")[0]
    slim = site.search("ExternalRef eq 'R-1'", more="&$select=OrderNbr&$expand=Details")[0]

    assert "Details" not in plain
    assert "CustomerID" not in slim
    assert slim["Details"][0]["InventoryID"] == value("SKU1")


def test_a_list_is_filtered_and_paged():
    site = Caller()
    for number in range(5):
        site.put(order(f"it''s {number}".replace("''", "'")))

    assert [found["ExternalRef"]["value"] for found in site.search("ExternalRef eq 'it''s 3'")] == ["it's 3"]
    paged = site.search("substringof('it',ExternalRef) and OrderTotal gt 1", more="&$top=2&$skip=3")
    assert [found["ExternalRef"]["value"] for found in paged] == ["it's 3", "it's 4"]
    assert site.search("MainContact/Email eq 'ANN@example.com'", "Customer")[0]["CustomerID"] == value("C000001")


def test_a_filter_over_detail_rows_is_a_500():
    site = Caller()

    reply = site.call("GET", "SalesOrder?$filter=Details/InventoryID%20eq%20'SKU1'")

    assert (reply.status, "not supported" in reply.says) == (500, True)


def test_a_get_by_key_that_finds_nothing_is_a_500():
    reply = Caller().call("GET", "StockItem/NOTHING")

    assert reply.status == 500
    assert "NoEntitySatisfiesTheCondition" in reply.json["exceptionType"]


def test_a_custom_field_is_kept_with_its_type_and_read_by_its_path():
    site = Caller()
    custom = {"Document": {"AttributeCOLOR": {"type": "CustomStringField", "value": "red"}}}
    site.put(order(custom=custom))

    assert site.search("ExternalRef eq 'R-1'", more="&$custom=Document.AttributeCOLOR")[0]["custom"] == custom


def test_a_shipment_takes_the_lines_of_its_order_once():
    site = Caller()
    number = site.put(order()).json["OrderNbr"]["value"]
    shipment = {
        "CustomerID": value("C000001"),
        "WarehouseID": value("MAIN"),
        "Details": [{"OrderType": value("SO"), "OrderNbr": value(number), "OrderLineNbr": value(1)}],
        "Packages": [{"BoxID": value("SMALL"), "TrackingNbr": value("1Z9")}],
    }

    first = site.put(shipment, "Shipment")
    listed = site.call("GET", f"SalesOrder/SO/{number}?$expand=Shipments").json["Shipments"]

    assert (first.json["Status"], first.json["Details"][0]["ShippedQty"]) == (value("Open"), value(2))
    assert listed[0]["ShipmentNbr"] == first.json["ShipmentNbr"]
    assert "nothing more to ship" in site.put(shipment, "Shipment").says


def test_shipments_on_hold_and_orders_on_hold_are_told():
    site = Caller(hold_shipments=True)
    number = site.put(order(Hold=value(True))).json["OrderNbr"]["value"]
    shipment = {
        "CustomerID": value("C000001"),
        "WarehouseID": value("MAIN"),
        "Details": [{"OrderType": value("SO"), "OrderNbr": value(number), "OrderLineNbr": value(1)}],
    }

    assert "on hold" in site.put(shipment, "Shipment").says
    site.put({"OrderType": value("SO"), "OrderNbr": value(number), "Hold": value(False)})
    assert site.put(shipment, "Shipment").json["Status"] == value("On Hold")


def test_an_action_is_accepted_and_polled_until_it_is_done():
    site = Caller(action_polls=2)
    number = site.put(order()).json["OrderNbr"]["value"]
    body = {
        "entity": {"OrderType": value("SO"), "OrderNbr": value(number)},
        "parameters": {"WarehouseID": value("MAIN")},
    }

    accepted = site.call("POST", "SalesOrder/SalesOrderCreateShipment", body)
    location = accepted.headers["Location"]
    polls = [site.send("GET", location, Cookie=site.cookie).status for _ in range(2)]

    assert (accepted.status, polls) == (202, [202, 204])
    assert site.counts.records["Shipment"] == 1


def test_a_body_of_the_wrong_shape_is_a_400():
    for wrong in ({"CustomerID": "C1"}, {"Details": {}}, {"Totals": {"PremiumFreight": value("much")}}):
        reply = Caller().put(order(**wrong))
        assert (reply.status, reply.json["message"]) == (400, "The request is invalid.")
