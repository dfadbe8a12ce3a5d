"""Sales orders as they go onto the wire, of what the shipped collection makes: golden bytes, and properties of updates.

`tests/golden/orders` holds the mapped documents, `golden/acumatica` what Acumatica is sent. After a wanted change:
`UPDATE_GOLDEN=1 pytest tests/connectors/test_acumatica_bodies.py`, then review the difference.
"""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.connectors.acumatica.bodies import insert_body, update_body
from ledgerpost.connectors.acumatica.mapped_order import MappedOrder, mapped_order, short_reference
from ledgerpost.connectors.acumatica.options import AcumaticaOptions
from ledgerpost.connectors.acumatica.shipments import shipment_bodies
from ledgerpost.connectors.acumatica.wire import encode
from ledgerpost.domain.outcome import Applied
from tests.connectors.acumatica_orders import Bench, content, document

GOLDEN = Path(__file__).parent / "golden" / "acumatica"
DOCUMENTS = Path(__file__).parent.parent / "golden" / "orders"
OPTIONS = AcumaticaOptions(manual_numbering=True)


def an_order(name: str) -> MappedOrder:
    return mapped_order(document(json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))))


def a_record() -> dict[str, Any]:
    """The order as Acumatica holds it, with an amended line and a payment that is there."""
    lines = [
        {"id": "line-1", "InventoryID": {"value": "SKU1"}, "OrderQty": {"value": Decimal(5)}, "OpenQty": {"value": 5},
         "LineNbr": {"value": 1}, "ExternalRef": {"value": "5001|9001"}},
        {"id": "line-2", "InventoryID": {"value": "OLD"}, "OrderQty": {"value": Decimal(1)}, "OpenQty": {"value": 1},
         "LineNbr": {"value": 2}, "ExternalRef": {"value": "5001|9009"}},
        {"id": "line-3", "InventoryID": {"value": "BY-HAND"}, "OrderQty": {"value": Decimal(1)},
         "LineNbr": {"value": 3}, "OpenQty": {"value": 1}},
    ]  # fmt: skip
    payments = [{"id": "payment-1", "PaymentRef": {"value": "iPaaS.com 77"}, "PaymentAmount": {"value": Decimal(1)}}]
    taxes = [{"id": "tax-1", "TaxID": {"value": "OTHER"}}]
    number = {"value": "SO000123"}
    return {
        "id": "order-1",
        "OrderNbr": number,
        "Details": lines,
        "Payments": payments,
        "TaxDetails": taxes,
    }


def compare(name: str, body: object) -> None:
    golden = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(encode(body) + b"\n")
    assert encode(body) + b"\n" == golden.read_bytes()


@pytest.mark.parametrize("name", ["acumatica-sales-order", "customer-to-be-transferred"])
def test_a_new_order_puts_its_golden_bytes_onto_the_wire(name: str):
    compare(f"{name}.insert", insert_body(an_order(name), OPTIONS))


def test_an_update_names_every_row_that_is_there_by_its_id():
    order = an_order("acumatica-sales-order")

    compare("acumatica-sales-order.update", update_body(order, a_record(), OPTIONS))


def test_a_shipment_has_its_golden_bytes():
    order = an_order("acumatica-sales-order")

    (body,) = shipment_bodies(order, a_record(), frozenset())
    compare("acumatica-sales-order.shipment", body)


def test_no_golden_body_is_left_over():
    assert {path.name for path in GOLDEN.glob("*.json")} == {
        "acumatica-sales-order.insert.json",
        "acumatica-sales-order.update.json",
        "acumatica-sales-order.shipment.json",
        "customer-to-be-transferred.insert.json",
    }


SKUS = ("SKU1", "SKU2", "SKU3", "AALEGO500")
QUANTITIES = st.integers(1, 9)
ORDERS = st.lists(
    st.dictionaries(st.sampled_from(SKUS), QUANTITIES, min_size=1, max_size=len(SKUS)), min_size=1, max_size=5
)


def body_of(lines: dict[str, int]) -> dict[str, Any]:
    """An order of these lines, each item at one dollar, and of one payment of a dollar."""
    total = Decimal(sum(lines.values()))
    return content(
        PremiumFreightValue="0",
        OrderTotal=str(total),
        IsTaxValid=True,
        Taxes=[{"TaxID": "NYSALES", "TaxAmount": "0", "TaxRate": "0"}],
        Lines=[
            {"SourceId": sku, "InventoryID": sku, "OrderQty": str(quantity), "UnitPrice": "1", "ManualPrice": True,
             "ExtendedPrice": str(quantity), "Amount": str(quantity)}
            for sku, quantity in lines.items()
        ],
        Payments=[
            {"PaymentRef": "p-1", "PaymentMethod": "ONLINE", "PaymentAmount": "1", "AppliedToOrder": "1"}
        ],
    )  # fmt: skip


@given(versions=ORDERS)
@settings(max_examples=25, deadline=None)
def test_whatever_the_versions_the_order_holds_the_last_one_and_no_row_twice(versions: list[dict[str, int]]):
    bench = Bench()

    for lines in versions:
        assert isinstance(bench.deliver(document(body_of(lines))), Applied)

    order = bench.order()
    held = {line["InventoryID"]["value"]: int(line["OrderQty"]["value"]) for line in order["Details"]}
    assert held == versions[-1]
    assert len(order["Details"]) == len(held)
    assert (len(order["Payments"]), len(order["TaxDetails"])) == (1, 1)
    assert Decimal(order["OrderTotal"]["value"]) == sum(versions[-1].values())


@given(versions=ORDERS, seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_however_replies_are_lost_there_is_one_order_and_no_row_twice(versions: list[dict[str, int]], seed: int):
    bench = Bench(faults="cut=0.3,error_after=0.2,error_before=0.2", seed=seed)

    for lines in versions:
        wanted = document(body_of(lines))
        attempts = (bench.deliver(wanted) for _ in range(40))
        assert any(isinstance(outcome, Applied) for outcome in attempts)

    order = bench.order()
    assert {line["InventoryID"]["value"]: int(line["OrderQty"]["value"]) for line in order["Details"]} == versions[-1]
    assert len(order["Details"]) == len(versions[-1])
    assert (len(order["Payments"]), len(order["TaxDetails"])) == (1, 1)


@given(reference=st.text(min_size=1, max_size=200))
@settings(deadline=None)
def test_a_reference_always_fits_and_stays_what_it_is_where_it_fits(reference: str):
    short = short_reference(reference)

    assert len(short) <= 40
    assert short == short_reference(reference)
    assert short == reference or len(reference) > 40


@given(text=st.text(max_size=50), amount=st.decimals(allow_nan=False, allow_infinity=False, places=4))
@settings(deadline=None)
def test_what_is_encoded_reads_back_exactly(text: str, amount: Decimal):
    body = {"a": {"value": text}, "b": [{"value": amount}, {"value": None}, {"value": True}]}

    read = json.loads(encode(body), parse_float=Decimal, parse_int=Decimal)

    assert read["a"]["value"] == text.encode("utf-8", "replace").decode()
    assert read["b"] == [{"value": amount}, {"value": None}, {"value": True}]
