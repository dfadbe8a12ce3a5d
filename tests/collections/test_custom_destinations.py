"""A tenant's own custom field of the order, from the source's custom field to the one in Acumatica."""

import json
from importlib import resources
from typing import Any

from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.look_up import LookedUp
from ledgerpost.domain.outcome import Applied
from ledgerpost.wire.collection import collection_from
from tests.collections.orders import FORMULAS, Ledger, document, order
from tests.connectors.acumatica_orders import Bench

COLOUR = {"destination": "Custom_Colour", "type": "Field", "source": "Colour", "custom": True, "importance": "optional"}


def a_whole_collection(*rows: dict[str, Any], lines: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """The shipped collection as a document of one's own, with more rows."""
    shipped = resources.files("ledgerpost").joinpath("collections", "acumatica-sales-order.json").read_text("utf-8")
    whole: dict[str, Any] = json.loads(shipped)
    whole["rows"] += rows
    children = {child["name"]: child for child in whole["children"]}
    children["Lines"]["rows"] += lines
    children["TrackingNumbers"]["rows"] = [
        row for row in children["TrackingNumbers"]["rows"] if row["destination"] != "Picked"
    ]
    return whole


def test_a_custom_field_of_the_source_reaches_the_one_that_the_connection_names() -> None:
    checked = collection_from(a_whole_collection(COLOUR), (), FORMULAS)
    assert checked.mapping is not None, checked.problems
    known = Ledger(**{"taxZone/": LookedUp(("NYSTATE",)), "taxId/": LookedUp(("NYSALES",))})
    made = document(order(), checked.mapping, known.ask)
    assert isinstance(made, LedgerDocument)
    bench = Bench({"custom.Colour": "Document.AttributeCOLOR:CustomStringField"})

    assert isinstance(bench.deliver(made), Applied)
    sent = json.loads(bench.site.bodies("SalesOrder")[0])
    assert sent["custom"]["Document"]["AttributeCOLOR"] == {"type": "CustomStringField", "value": "blue"}


def test_a_custom_field_of_a_line_is_refused() -> None:
    checked = collection_from(a_whole_collection(lines=(COLOUR,)), (), FORMULAS)

    assert [problem.message for problem in checked.problems] == ["The form has no such destination."]
