"""Mapping collections in a configuration document: what is taken, what is refused and how it is mended."""

import json
import subprocess
import sys
from typing import Any

import jsonschema
import pytest
import yaml

from ledgerpost.domain.collection import RowType
from ledgerpost.domain.event import EventKind
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire import configuration_model
from ledgerpost.wire.configuration import CheckedConfiguration, normalised, read_configuration
from ledgerpost.wire.schemas import configuration_schema
from ledgerpost.wire.stored_configuration import from_items, to_items
from tests.collections.orders import FORMULAS

ROUTE = {
    "id": "orders",
    "connection": "erp",
    "streamType": "Sales",
    "accountId": "MAIN",
    "enabled": True,
    "collection": "acumatica-sales-order",
}
CONNECTION = {
    "id": "erp",
    "label": "ERP",
    "target": "acumatica",
    "baseUrl": "https://erp.example",
    "auth": {"type": "PAT", "token": "env:TOKEN"},
}
OWN = {
    "name": "own",
    "kind": "SalesOrder",
    "form": "acumatica.SalesOrder",
    "filter": {"formula": 'Type == "Order"'},
    "rows": [
        {"destination": "CustomerId", "type": "Static", "value": "C1", "importance": "required"},
        {"destination": "OrderNbr", "type": "Field", "source": "Number"},
    ],
    "children": [
        {
            "name": "Lines",
            "records": "Items",
            "rows": [
                {"destination": "InventoryID", "type": "Field", "source": "Sku"},
                {"destination": "OrderQty", "type": "Dynamic Formula", "formula": "Qty * 2"},
            ],
        }
    ],
}


@pytest.fixture(autouse=True)
def acumatica(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a connection lead to Acumatica, whose connector is no part of these tests."""
    monkeypatch.setattr(configuration_model, "TARGETS", ("pennypipe", "acumatica"))


def document(*routes: dict[str, Any], target: str = "acumatica") -> dict[str, Any]:
    return {"tenant": "acme", "connections": [CONNECTION | {"target": target}], "routes": list(routes)}


def read(*routes: dict[str, Any], target: str = "acumatica") -> CheckedConfiguration:
    return read_configuration(json.dumps(document(*routes, target=target)), formulas=FORMULAS)


def refused(collection: Any, **route: Any) -> list[Problem]:
    with pytest.raises(ConfigurationError) as caught:
        read(ROUTE | {"collection": collection} | route)
    return list(caught.value.problems)


def test_a_route_takes_orders_by_the_name_of_a_shipped_collection_and_needs_no_rules() -> None:
    checked = read(ROUTE)
    route = next(iter(checked.configuration.routes.values()))
    assert route.verdict_on(EventKind.SALES_ORDER) is None
    assert route.verdict_on(EventKind.SALE_DOCUMENT) == "rule_disabled"
    assert {warning.code for warning in checked.warnings} == {"placeholder_in_use"}


def test_rules_may_stand_beside_a_collection() -> None:
    rules = {"saleDocument": {"enabled": True, "entryType": "credit"}}
    route = next(iter(read(ROUTE | {"rules": rules}).configuration.routes.values()))
    assert route.verdict_on(EventKind.SALE_DOCUMENT) is None
    assert route.verdict_on(EventKind.SALES_ORDER) is None


def test_a_route_with_neither_is_told_that_its_rules_are_missing() -> None:
    problems = refused(None)
    assert [(each.code, each.path) for each in problems] == [("config_missing_key", "routes[0].rules")]


def test_a_whole_collection_may_be_written() -> None:
    route = next(iter(read(ROUTE | {"collection": OWN}).configuration.routes.values()))
    assert route.collection is not None
    lines = route.collection.collection.children[0]
    assert (lines.records, [row.type for row in lines.rows]) == ("Items", [RowType.FIELD, RowType.FORMULA])


@pytest.mark.parametrize("collection", ["acumatica-sales-order", OWN], ids=["shipped", "own"])
def test_a_stored_collection_maps_as_the_written_one(collection: Any) -> None:
    configuration = read(ROUTE | {"collection": collection}).configuration
    stored = json.loads(json.dumps(to_items(configuration)))
    again = from_items(stored)
    assert to_items(again) == to_items(configuration)
    mapped = next(iter(again.routes.values())).collection
    assert mapped is not None
    written = next(iter(configuration.routes.values())).collection
    assert written is not None
    assert mapped.names_read == written.names_read


def test_what_is_stored_has_the_overrides_applied_and_fits_an_item() -> None:
    overrides = {"FinancialTerms": {"type": "Static", "value": "NET30"}}
    collection = {"use": "acumatica-sales-order", "overrides": overrides}
    item = to_items(read(ROUTE | {"collection": collection}).configuration)[-1]
    text = json.dumps(item)
    assert '"NET30"' in text
    assert '"30D"' not in text
    assert len(text) < 12_000, "an item of the store holds 400 KB, and every container reads it each minute"


def test_a_normalised_document_reads_as_the_same_again() -> None:
    checked = read(ROUTE | {"collection": OWN})
    again = read_configuration(json.dumps(normalised(checked.document)), formulas=FORMULAS)
    assert again.configuration == checked.configuration


@pytest.mark.parametrize(
    ("collection", "code", "path"),
    [
        ("acumatica-sale-order", "config_unknown_collection", "collection.use"),
        (3, "config_wrong_value", "collection"),
        ({"use": "acumatica-sales-order", "override": {}}, "config_unknown_key", "collection.override"),
        ({"overrides": {}}, "config_missing_key", "collection.name"),
    ],
)
def test_what_is_no_collection_is_refused_where_it_stands(collection: Any, code: str, path: str) -> None:
    problems = refused(collection)
    assert (code, f"routes[0].{path}") in [(each.code, each.path) for each in problems]
    assert all(each.mend for each in problems)


@pytest.mark.parametrize(
    ("override", "code", "path"),
    [
        ({"FinancialTerm": None}, "config_unknown_key", "FinancialTerm"),
        ({"PaymentMethod": None}, "config_unknown_key", "PaymentMethod"),
        ({"Hold": {"type": "static", "value": True}}, "config_wrong_value", "Hold.type"),
        ({"Hold": {"type": "Field"}}, "config_missing_key", "Hold.source"),
        ({"Hold": {"type": "Field", "source": "a b"}}, "config_wrong_value", "Hold.source"),
        ({"Hold": {"type": "Static", "value": 1.5}}, "config_wrong_value", "Hold.value"),
        ({"Hold": {"type": "Static", "formula": "true"}}, "config_wrong_value", "Hold.formula"),
        ({"Hold": {"type": "Dynamic Formula", "formula": "true +"}}, "formula_invalid", "Hold.formula"),
        ({"Hold": {"type": "Dynamic Formula", "formula": "$now"}}, "formula_invalid", "Hold.formula"),
        ({"Hold": {"type": "Static", "value": True, "colour": 1}}, "config_unknown_key", "Hold.colour"),
    ],
)
def test_a_faulty_override_is_refused_where_it_stands(override: Any, code: str, path: str) -> None:
    problems = refused({"use": "acumatica-sales-order", "overrides": override})
    assert [(each.code, each.path) for each in problems] == [(code, f"routes[0].collection.overrides.{path}")]
    assert problems[0].mend


def test_a_misspelt_override_is_given_the_nearest_row() -> None:
    problem = refused({"use": "acumatica-sales-order", "overrides": {"Payments.PaymentMetod": None}})[0]
    assert problem.mend == "Did you mean Payments.PaymentMethod?"


def test_a_formula_that_cannot_be_read_is_refused_with_its_position() -> None:
    overrides = {"Hold": {"type": "Dynamic Formula", "formula": "Qty ++"}}
    assert "At character 6" in refused({"use": "acumatica-sales-order", "overrides": overrides})[0].message


def own_with(path: str, value: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(OWN))
    *way, last = path.split(".")
    at: Any = made
    for part in way:
        at = at[int(part)] if part.isdigit() else at[part]
    at[last] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "code", "at"),
    [
        ("form", "sap.Order", "config_wrong_value", "form"),
        ("kind", "SaleDocument", "config_wrong_value", "kind"),
        ("rows", [], "config_wrong_value", "rows"),
        ("rows.0.destination", "CustomerID", "config_wrong_value", "rows[0].destination"),
        ("rows.1.destination", "CustomerId", "config_wrong_value", "rows[1].destination"),
        ("rows.0.importance", "Required", "config_wrong_value", "rows[0].importance"),
        ("children.0.name", "Items", "config_wrong_value", "children[0].name"),
        ("children.0.rows.0.destination", "Sku", "config_wrong_value", "children[0].rows[0].destination"),
        ("children.0.rows.1.formula", "Qty *", "formula_invalid", "children[0].rows[1].formula"),
        ("filter.formula", "Type = 'Order'", "formula_invalid", "filter.formula"),
    ],
)
def test_a_faulty_collection_is_refused_where_it_stands(path: str, value: Any, code: str, at: str) -> None:
    problems = refused(own_with(path, value))
    assert (code, f"routes[0].collection.{at}") in [(each.code, each.path) for each in problems]


def test_a_collection_for_another_ledger_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="makes documents for acumatica"):
        read(ROUTE, target="pennypipe")


def test_a_collection_of_another_stream_is_refused() -> None:
    assert "stream Sales" in refused("acumatica-sales-order", streamType="Purchasing")[0].message


def test_two_collections_that_write_into_one_account_are_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(ROUTE, ROUTE | {"id": "again"})
    assert [(each.code, each.path) for each in caught.value.problems] == [
        ("config_shared_reference", "routes[1].collection")
    ]


def test_no_value_of_a_collection_is_quoted_in_a_problem() -> None:
    problems = refused({"use": "acumatica-sales-order", "overrides": {"Hold": {"type": "secretword"}}})
    assert not any("secretword" in str(each) for each in problems)


@pytest.mark.parametrize(
    ("collection", "is_taken"),
    [
        ("acumatica-sales-order", True),
        (
            {
                "use": "acumatica-sales-order",
                "overrides": {"Hold": None, "OrderNbr": {"type": "Field", "source": "No"}},
            },
            True,
        ),
        (OWN, True),
        ("another", False),
        ({"use": "acumatica-sales-order", "override": {}}, False),
        ({"name": "x", "kind": "SalesOrder", "form": "acumatica.SalesOrder", "rows": []}, False),
    ],
)
def test_the_schema_for_editors_takes_what_the_check_takes(collection: Any, is_taken: bool) -> None:
    validator = jsonschema.Draft202012Validator(configuration_schema())
    assert validator.is_valid(document(ROUTE | {"collection": collection}, target="pennypipe")) is is_taken


def test_the_schema_asks_for_rules_or_a_collection() -> None:
    validator = jsonschema.Draft202012Validator(configuration_schema())
    neither = {name: value for name, value in ROUTE.items() if name != "collection"}
    assert not validator.is_valid(document(neither, target="pennypipe"))


def test_a_stored_collection_is_read_without_the_library_of_formulas_or_pydantic() -> None:
    items = json.dumps(to_items(read(ROUTE).configuration))
    script = (
        "import json, sys\n"
        "from ledgerpost.adapters.formulas import RuleEngineFormulas\n"
        "from ledgerpost.app.map_event import map_event\n"
        "from ledgerpost.wire.stored_configuration import from_items\n"
        "from_items(json.loads(sys.stdin.read())), RuleEngineFormulas()\n"
        "print([name for name in ('pydantic', 'rule_engine', 'dateutil') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], input=items, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]", "a container whose routes have no formula pays for none of them"


def test_a_collection_may_be_written_in_yaml() -> None:
    written = document(ROUTE | {"collection": OWN})
    assert (
        read_configuration(yaml.safe_dump(written), formulas=FORMULAS).configuration
        == read(*written["routes"]).configuration
    )
