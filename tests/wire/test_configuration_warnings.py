"""The configuration document: what is accepted, though it is hardly meant."""

import json

import pytest

from ledgerpost.domain.event import EventKind
from ledgerpost.wire.configuration import read_configuration
from tests.wire.configuration_documents import AT, changed, codes, document, route


def test_a_placeholder_that_is_no_property_name_is_warned_of() -> None:
    given = changed("routes.0.rules.SaleDocument.NoteTemplate", "{Total} {__class__} {a.b} {}")
    warnings = read_configuration(json.dumps(given)).warnings
    assert {code for code, _ in codes(warnings)} == {"placeholder_not_a_property"}
    assert [warning.message.split(":")[0] for warning in warnings] == ["{__class__}", "{a.b}", "{}"]


def test_a_rule_without_enabled_counts_as_off_and_is_warned_of() -> None:
    checked = read_configuration(json.dumps(changed("routes.0.rules.SaleDocument.Enabled", ...)))
    assert codes(checked.warnings) == [
        ("route_without_rule", "routes[0].rules"),
        ("rule_enabled_absent", f"{AT}.Enabled"),
    ]
    sales = checked.configuration.routes["sales"]  # type: ignore[index]
    assert sales.verdict_on(EventKind.SALE_DOCUMENT) == "rule_disabled"


def test_a_rule_of_the_other_stream_is_warned_of() -> None:
    given = changed("routes.0.rules.SupplierPayment", {"Enabled": True, "EntryType": "debit"})
    assert codes(read_configuration(json.dumps(given)).warnings) == [
        ("rule_of_other_stream", "routes[0].rules.SupplierPayment")
    ]


@pytest.mark.parametrize("together", [True, False])
def test_two_rules_of_an_account_with_one_reference_source_other_than_id_are_warned_of(together: bool) -> None:
    whole = document()
    source = {"ReferenceIdSourceProperty": "ReceiptNumber"}
    if together:
        whole["routes"][0] = route("sales", "Sales", "account-a", "SaleDocument", "SalePayment", **source)
        at = "routes[0].rules.SalePayment.ReferenceIdSourceProperty"
    else:
        whole["routes"][0] = route("sales", "Sales", "account-a", "SaleDocument", **source)
        whole["routes"][1] = route(
            "pay", "Sales", "account-a", "SalePayment", ReferenceIdSourceProperty="receiptNumber"
        )
        at = "routes[1].rules.SalePayment.ReferenceIdSourceProperty"
    assert codes(read_configuration(json.dumps(whole)).warnings) == [("reference_source_shared", at)]
