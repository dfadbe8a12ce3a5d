"""Commerce records as they are published: read exactly, refused with the path of the culprit."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.domain.commerce import Order, PaymentType, Transaction, TransactionType
from ledgerpost.errors import EventError
from ledgerpost.wire.commerce import read_commerce_event, read_order, read_transaction
from ledgerpost.wire.event_file import EventEntry, read_entries

ORDER = """{
 "companyId": "c-1", "id": "o-1", "orderNumber": "1001", "country": "GB", "currency": "GBP",
 "createdDate": "2026-03-01T23:30:00", "sourceModifiedDate": "2026-03-02T08:00:00+01:00",
 "totalAmount": 125.100000000000001, "totalRefund": 0, "totalTaxAmount": "20.85", "totalDiscount": 5,
 "totalGratuity": 3.5,
 "orderLineItems": [{"quantity": 2, "unitPrice": 50, "taxPercentage": 20.0, "totalAmount": 120.1,
   "totalTaxAmount": 20.02, "productRef": {"id": "tea", "name": "Tea"},
   "discountAllocations": [{"name": "x", "totalAmount": 5}]}],
 "serviceCharges": [{"description": "Post", "totalAmount": 5, "taxPercentage": 20, "taxAmount": 0.83, "quantity": 1,
   "type": "Shipping"}],
 "payments": [{"id": "p-1", "amount": 128.60, "currency": "GBP", "type": "Card", "status": "Paid"}],
 "locationRef": {"id": "east"}, "customerRef": {"id": "42"}
}"""


def an_order() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(ORDER, parse_float=Decimal)
    return values


def a_transaction(**changes: Any) -> dict[str, Any]:
    return {
        "companyId": "c-1",
        "id": "t-1",
        "createdDate": "2026-03-01T12:00:00Z",
        "totalAmount": Decimal("0.35"),
        "type": "PaymentFee",
        **changes,
    }


def test_an_order_is_read_exactly() -> None:
    read = read_order(an_order(), "GBP")
    order = read.record
    assert isinstance(order, Order)
    assert read.company == "c-1"
    assert order.total == Decimal("125.100000000000001")
    assert (order.gratuity, order.tax, order.location) == (Decimal("3.5"), Decimal("20.85"), "east")
    assert order.created_at == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert order.version.approved_at == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert (order.lines[0].tax_rate, order.lines[0].product) == ("20", "tea")
    assert order.service_charges[0].tax == Decimal("0.83")
    assert order.payments[0].type is PaymentType.CARD


def test_a_transaction_is_read_exactly() -> None:
    transaction = read_transaction(a_transaction(), "GBP").record
    assert isinstance(transaction, Transaction)
    assert (transaction.type, transaction.total) == (TransactionType.PAYMENT_FEE, Decimal("0.35"))
    assert transaction.version.approved_at == transaction.created_at


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda order: order.pop("id"), "detail.entity.id"),
        (lambda order: order.pop("companyId"), "detail.entity.companyId"),
        (lambda order: order.pop("totalAmount"), "detail.entity.totalAmount"),
        (lambda order: order.update(totalAmount=True), "detail.entity.totalAmount"),
        (lambda order: order.update(totalAmount=1.5), "detail.entity.totalAmount"),
        (lambda order: order.update(totalAmount=Decimal("1E+30")), "detail.entity.totalAmount"),
        (lambda order: order.update(createdDate="yesterday"), "detail.entity.createdDate"),
        (lambda order: order.update(createdDate="0001-01-01T00:00:00"), "detail.entity.createdDate"),
        (lambda order: order.update(currency="EUR"), "detail.entity.currency"),
        (lambda order: order["payments"][0].update(currency="EUR"), "detail.entity.payments[0].currency"),
        (lambda order: order["payments"][0].update(type="Barter"), "detail.entity.payments[0].type"),
        (lambda order: order["payments"][0].update(status="paid"), "detail.entity.payments[0].status"),
        (
            lambda order: order["orderLineItems"][0].pop("totalTaxAmount"),
            "detail.entity.orderLineItems[0].totalTaxAmount",
        ),
        (
            lambda order: order["orderLineItems"][0].pop("taxPercentage"),
            "detail.entity.orderLineItems[0].taxPercentage",
        ),
        (
            lambda order: order["orderLineItems"][0].update(taxPercentage=-1),
            "detail.entity.orderLineItems[0].taxPercentage",
        ),
        (lambda order: order.update(orderLineItems={}), "detail.entity.orderLineItems"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(change: Callable[[dict[str, Any]], object], path: str) -> None:
    order = an_order()
    change(order)
    with pytest.raises(EventError) as caught:
        read_order(order, "GBP")
    assert (caught.value.code, caught.value.path) == ("commerce_malformed", path)


def test_nothing_that_is_found_is_quoted() -> None:
    with pytest.raises(EventError) as caught:
        read_transaction(a_transaction(type="hunter2"), "GBP")
    assert "hunter2" not in str(caught.value)


def test_a_line_without_a_rate_and_without_tax_is_taxed_at_zero() -> None:
    order = an_order()
    del order["orderLineItems"][0]["taxPercentage"], order["orderLineItems"][0]["totalTaxAmount"]
    record = read_order(order, "GBP").record
    assert isinstance(record, Order)
    assert record.lines[0].tax_rate == "0"


SAMPLES = Path(__file__).parents[2] / "events" / "commerce"


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_the_samples_are_read_as_the_bus_would_bring_them(path: Path) -> None:
    (entry,) = read_entries(path.read_bytes(), path.name)
    assert isinstance(entry, EventEntry)
    tenant, read = read_commerce_event(entry.envelope("e-1", time="1970-01-01T00:00:00Z"))
    assert (tenant, read.company) == ("acme", "3f1c5b8e-2a54-4f0e-9a6b-0d7f1f3f2f10")


def test_an_event_of_another_kind_is_no_commerce_record() -> None:
    event = {
        "id": "e-1",
        "detail-type": "SaleDocumentApproved",
        "source": "shop",
        "detail": {"tenantId": "acme", "approvedAt": "2026-03-02T10:00:00Z", "currency": "GBP", "entity": {}},
    }
    with pytest.raises(EventError) as caught:
        read_commerce_event(json.dumps(event))
    assert caught.value.code == "commerce_malformed"
