"""The rules of a sales order, each of them from the seed. Source: seed 004."""

from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.look_up import Absent, Ambiguous, LookedUp
from ledgerpost.domain.mapping import Refusal, Skip
from tests.collections.orders import (
    FULL_ORDER,
    Ledger,
    changed,
    document,
    draft,
    order,
    refusal,
    tree,
    with_overrides,
)

LINE = FULL_ORDER["Lines"][0]
ADDRESS = FULL_ORDER["Addresses"][0]
NO_LINK = {"externalId/Customer/42": Absent()}


# Which transactions.


@pytest.mark.parametrize("type_", ["Return", "order", "", None])
def test_only_transactions_of_type_order_are_processed(type_: str | None) -> None:
    assert draft(order(Type=type_)) == Skip("collection_filtered", "5001")


def test_a_transaction_without_id_makes_no_document() -> None:
    assert draft(order(Id=...)) == Skip("no_reference", None)


# The customer.


def test_the_customer_that_is_linked_is_taken_and_its_address_is_not_asked_for() -> None:
    ledger = Ledger()
    made = document(order(), ask=ledger.ask)
    assert isinstance(made, LedgerDocument)
    assert made.content()["CustomerId"] == "C000001"
    assert not [name for name in ledger.asked if name.startswith("customerByEmail")]


def test_a_customer_without_link_is_found_by_e_mail() -> None:
    found = {"customerByEmail/ann@example.com": LookedUp(("C2",))}
    made = tree(order(), **NO_LINK, **found)
    assert made["CustomerId"] == "C2"
    assert made["TrackingNumbers"][0]["CustomerID"] == "C2"
    assert made["Prerequisites"] == []


def test_a_customer_that_is_not_there_is_a_prerequisite_of_the_order() -> None:
    made = tree(order(), **NO_LINK)
    assert "CustomerId" not in made
    assert "CustomerID" not in made["TrackingNumbers"][0]
    assert made["Prerequisites"] == [
        {
            "Kind": "Customer",
            "SourceId": "42",
            "Email": "ann@example.com",
            "FirstName": "Ann",
            "LastName": "Bell",
            "Address1": "1 A St",
            "City": "New York",
            "Region": "NY",
            "ZipCode": "10001",
        }
    ]


@pytest.mark.parametrize("email", [None, "", "ann"])
def test_an_order_whose_customer_can_neither_be_found_nor_transferred_is_refused(email: str | None) -> None:
    assert refusal(order(EmailAddress=email), **NO_LINK).code == "customer_unresolved"


def test_two_customers_with_the_address_stop_the_order_for_review() -> None:
    refused = refusal(order(), **NO_LINK, **{"customerByEmail/ann@example.com": Ambiguous(2)})
    assert refused.code == "customer_ambiguous"
    assert "row CustomerId" in refused.message
    assert "ann@" not in refused.message


# Lines.


def test_a_line_with_an_unknown_sku_is_skipped_and_named() -> None:
    made = tree(order())
    assert [line["InventoryID"] for line in made["Lines"]] == ["SKU1"]
    assert made["SkippedLines"] == [{"Place": "Lines[2]", "SourceId": "9002", "Sku": "GONE"}]


def test_a_line_without_sku_is_skipped_without_a_question() -> None:
    ledger = Ledger()
    made = document(changed("Lines.1.Sku", None), ask=ledger.ask)
    assert isinstance(made, LedgerDocument)
    assert [name for name in ledger.asked if name.startswith("stockItem")] == ["stockItemExists/SKU1"]


def test_an_order_whose_lines_are_all_skipped_is_refused() -> None:
    assert refusal(order(), **{"stockItemExists/SKU1": Absent()}).code == "sku_unknown"


@pytest.mark.parametrize("lines", [[], None, ...])
def test_an_order_without_lines_is_refused_before_anything_is_asked(lines: Any) -> None:
    refused = draft(order(Lines=lines))
    assert isinstance(refused, Refusal)
    assert refused.code == "order_without_lines"


@pytest.mark.parametrize("sku", ["SKU1", " sku1 "])
def test_the_same_sku_on_two_lines_is_refused_before_anything_is_asked(sku: str) -> None:
    refused = draft(order(Lines=[LINE, LINE | {"Sku": sku, "Qty": 5}]))
    assert isinstance(refused, Refusal)
    assert refused.code == "duplicate_skus"
    assert "Lines[2]" in refused.message
    assert "Lines[1]" in refused.message


@pytest.mark.parametrize("quantity", [0, -1, Decimal("-0.5"), "0"])
def test_a_quantity_that_is_not_positive_refuses_the_order(quantity: object) -> None:
    refused = draft(changed("Lines.0.Qty", quantity))
    assert isinstance(refused, Refusal)
    assert refused.code == "quantity_not_positive"


def test_a_line_without_quantity_is_refused_and_named() -> None:
    refused = refusal(changed("Lines.0.Qty", None))
    assert refused.code == "required_value_missing"
    assert "Collection Lines, row OrderQty, record Lines[1]" in refused.message


def test_a_skipped_line_may_lack_its_quantity() -> None:
    assert tree(changed("Lines.1.Qty", None))["SkippedLines"]


def test_prices_are_carried_and_held_by_the_manual_price() -> None:
    line = tree(changed("Lines.0.UnitPrice", Decimal("10.1250")))["Lines"][0]
    assert line["UnitPrice"] == line["DiscountedUnitPrice"] == "10.125"
    assert line["ExtendedPrice"] == line["Amount"] == "20.00"
    assert line["ManualPrice"] is True


# Addresses.


def roles(*addresses: dict[str, Any]) -> tuple[list[bool], list[bool]]:
    made = tree(order(Addresses=list(addresses)))["Addresses"]
    return [each["IsBillToAddress"] for each in made], [each["IsShipToAddress"] for each in made]


BILL = ADDRESS | {"IsPrimaryBilling": True, "IsPrimaryShipping": False}
SHIP = ADDRESS | {"IsPrimaryBilling": False, "IsPrimaryShipping": True}
PLAIN = ADDRESS | {"IsPrimaryBilling": False, "IsPrimaryShipping": None}


def test_a_single_address_fills_both_roles() -> None:
    assert roles(PLAIN) == ([True], [True])
    assert roles(BILL) == ([True], [True])


def test_of_several_addresses_the_flags_select_the_roles() -> None:
    assert roles(PLAIN, SHIP, BILL) == ([False, False, True], [False, True, False])


def test_a_role_that_no_address_is_flagged_for_falls_back_to_the_available_one() -> None:
    assert roles(PLAIN, SHIP) == ([False, True], [False, True])
    assert roles(PLAIN, PLAIN) == ([True, False], [True, False])


def test_of_two_addresses_with_one_flag_the_first_fills_the_role() -> None:
    assert roles(BILL, BILL | SHIP | {"IsPrimaryBilling": True}) == ([True, False], [False, True])


def test_the_ship_to_contact_follows_the_shipping_address_and_no_address_is_the_bill_to_contact() -> None:
    made = tree(order(Addresses=[PLAIN]))["Addresses"][0]
    assert (made["IsShipToContact"], made["IsBillToContact"]) == (True, False)


def test_without_its_row_no_contact_is_filled() -> None:
    mapping = with_overrides({"Addresses.IsShipToContact": None})
    assert "IsShipToContact" not in tree(order(Addresses=[PLAIN]), mapping)["Addresses"][0]


def test_an_order_without_addresses_has_none() -> None:
    assert tree(order(Addresses=None))["Addresses"] == []


def test_the_e_mail_of_an_address_is_that_of_the_order() -> None:
    made = tree(order(Addresses=[ADDRESS | {"EmailAddress": "other@example.com"}]))
    assert made["Addresses"][0]["Email"] == "ann@example.com"


@pytest.mark.parametrize(
    ("postal_code", "expected"),
    [("10001", "10001"), ("M5V 2T6", None), ("10001-1234", None), (10001, "10001"), ("007", "007")],
)
def test_a_postal_code_is_written_only_where_it_is_digits_and_else_cleared(postal_code: Any, expected: Any) -> None:
    address = tree(order(Addresses=[ADDRESS | {"PostalCode": postal_code}]))["Addresses"][0]
    assert "ZipCode" in address
    assert address["ZipCode"] == expected


@pytest.mark.parametrize("postal_code", [None, "", "  "])
def test_a_blank_postal_code_keeps_what_the_ledger_holds(postal_code: str | None) -> None:
    assert "ZipCode" not in tree(order(Addresses=[ADDRESS | {"PostalCode": postal_code}]))["Addresses"][0]


# Taxes.


def test_the_tax_zone_that_the_order_names_is_taken_else_the_first_one() -> None:
    assert tree(order())["CustomerTaxZone"] == "NYSTATE"
    assert tree(order(TaxZone="unheard of"))["CustomerTaxZone"] == "AVALARA"
    assert tree(order(TaxZone=...))["CustomerTaxZone"] == "AVALARA"


def test_an_acumatica_without_tax_zones_gets_none() -> None:
    assert "CustomerTaxZone" not in tree(order(), **{"taxZone/": Absent()})


def test_the_tax_code_that_the_tax_names_is_taken_else_the_first_one() -> None:
    assert tree(order())["Taxes"] == [
        {"TaxID": "NYSALES", "TaxAmount": "1.60", "TaxRate": "8", "Spaceport_SystemId": "7"}
    ]
    assert tree(changed("Taxes.0.TaxCode", ...))["Taxes"][0]["TaxID"] == "EXEMPT"


def test_a_tax_without_any_code_in_the_ledger_refuses_the_order() -> None:
    assert refusal(order(), **{"taxId/": Absent()}).code == "tax_setup_invalid"


def test_an_order_without_taxes_needs_no_code() -> None:
    assert tree(order(Taxes=[]), **{"taxId/": Absent()})["Taxes"] == []


@pytest.mark.parametrize(("formula", "expected"), [("null", ...), ("true", True), ("false", False)])
def test_the_tax_override_is_asserted_only_where_its_row_says_so(formula: str, expected: Any) -> None:
    mapping = with_overrides({"IsTaxValid": {"type": "Dynamic Formula", "formula": formula}})
    assert tree(order(), mapping).get("IsTaxValid", ...) is expected


# Payments.


def test_a_payment_carries_its_amount_twice_and_a_generated_reference() -> None:
    assert tree(order())["Payments"] == [
        {
            "SourceId": "77",
            "PaymentAmount": "34.10",
            "AppliedToOrder": "34.10",
            "PaymentMethod": "ONLINE",
            "PaymentRef": "iPaaS.com 77",
        }
    ]


def test_another_method_is_mapped_from_the_payment_of_the_source() -> None:
    formula = 'Method == "paypal" ? "PAYPAL" : "CARD"'
    mapping = with_overrides({"Payments.PaymentMethod": {"type": "Dynamic Formula", "formula": formula}})
    payments = [{"Id": 1, "Amount": 1, "Method": "paypal"}, {"Id": 2, "Amount": 2, "Method": "visa"}]
    made = tree(order(Payments=payments), mapping)["Payments"]
    assert [each["PaymentMethod"] for each in made] == ["PAYPAL", "CARD"]


# Tracking.


def test_tracking_has_its_warehouse_from_the_transaction_and_its_box_from_its_own_custom_fields() -> None:
    assert tree(order())["TrackingNumbers"] == [
        {
            "SourceId": "31",
            "WarehouseId": "MAIN",
            "BoxID_Package": "SMALL",
            "iPaaS_LineItemId": "5001|9001",
            "CustomerID": "C000001",
            "OrderNbr": "WEB1001",
            "OrderType": "SO",
            "Operation": "Issue",
            "Status": "Open",
            "TrackingNbr_Package": "1Z9",
            "Type_Package": "UPS",
            "DeclaredValue_Package": "20.00",
            "Description_Package": "UPS Ground",
            "Picked": "yes",
        }
    ]


@pytest.mark.parametrize("missing", [{}, {"BoxId": ""}, {"BoxId": None}, {"WarehouseId": "MAIN"}])
def test_tracking_without_box_is_skipped(missing: dict[str, Any]) -> None:
    assert tree(changed("TrackingNumbers.0.CustomFields", missing))["TrackingNumbers"] == []


def test_tracking_without_warehouse_is_skipped() -> None:
    assert tree(order(CustomFields=None))["TrackingNumbers"] == []


def test_one_tracking_number_is_there_once() -> None:
    tracking = FULL_ORDER["TrackingNumbers"][0]
    made = tree(
        order(TrackingNumbers=[tracking, tracking | {"Id": 32, "Cost": 99}, tracking | {"TrackingNumber": "2"}])
    )
    assert [(each["SourceId"], each["TrackingNbr_Package"]) for each in made["TrackingNumbers"]] == [
        ("31", "1Z9"),
        ("31", "2"),
    ]


# What is kept, what is cleared, and which types.


@pytest.mark.parametrize("value", [None, "", "   ", ...])
def test_a_blank_field_keeps_what_the_ledger_holds(value: Any) -> None:
    assert "PremiumFreightValue" not in tree(order(ShippingAmount=value))


def test_an_explicit_empty_value_clears_what_the_ledger_holds() -> None:
    mapping = with_overrides({"Description": {"type": "Static", "value": ""}})
    assert tree(order(), mapping)["Description"] is None


def test_a_row_that_is_left_out_keeps_what_the_ledger_holds() -> None:
    assert "Hold" not in tree(order(), with_overrides({"Hold": None}))


def test_hold_is_written_as_a_fixed_false() -> None:
    assert tree(order())["Hold"] is False


def test_the_description_names_the_customers_address() -> None:
    assert tree(order())["Description"] == "ann@example.com placed order"


def test_amounts_are_in_the_minor_units_of_the_currency() -> None:
    noisy = order(Total=Decimal("34.100000000000001"), ShippingAmount=Decimal("12.50000000000000004"))
    made = tree(noisy)
    assert (made["OrderTotal"], made["PremiumFreightValue"], made["CurrencyID"]) == ("34.10", "12.50", "USD")


@pytest.mark.parametrize(
    ("path", "value", "row"),
    [
        ("Lines.0.Qty", "two", "row OrderQty, record Lines[1]"),
        ("Payments.0.Amount", True, "row PaymentAmount, record Payments[1]"),
        ("Addresses.0.IsPrimaryBilling", "perhaps", "row IsBillToAddress, record Addresses[1]"),
        ("TransactionNumber", True, "row OrderNbr, record of the transaction itself"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_named(path: str, value: Any, row: str) -> None:
    refused = refusal(changed(path, value))
    assert refused.code == "mapped_value_type"
    assert row in refused.message
    assert str(value) not in refused.message.replace("true or false", "")


def test_an_order_without_total_is_refused_since_nobody_could_reconcile_it() -> None:
    assert refusal(order(Total=None)).code == "amount_missing"


@pytest.mark.parametrize("records", [{"Id": 1}, [1], "x"])
def test_child_records_that_are_no_list_of_objects_are_refused(records: Any) -> None:
    assert refusal(order(Payments=records)).code == "child_records_malformed"


def test_more_records_than_a_document_may_have_are_refused() -> None:
    assert refusal(order(Payments=[{"Id": 1, "Amount": 1}] * 1001)).code == "too_many_records"
