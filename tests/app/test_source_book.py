"""What was approved stands in the source's book, also where no ledger can hold it."""

from decimal import Decimal

from ledgerpost.app.reconcile import source_book
from ledgerpost.domain.event import EventKind, TenantId
from ledgerpost.domain.route import TenantConfiguration
from tests.collections.orders import FORMULAS, SHIPPED, event_of, order, route_with


def test_an_order_without_a_reference_shows_as_a_difference_of_its_total() -> None:
    route = route_with(SHIPPED)
    configuration = TenantConfiguration(tenant=TenantId("acme"), connections={}, routes={route.id: route})
    book = source_book([event_of(order(Id=..., Total="34.10"))], configuration, FORMULAS)
    assert [(line.reference, line.amount) for line in book.without_reference] == [("", Decimal("34.10"))]


def test_every_kind_says_where_its_amount_stands() -> None:
    assert {kind.value: kind.amount_property for kind in EventKind} == {
        "SaleDocument": "Total",
        "SalePayment": "Payment",
        "PurchaseDocument": "Total",
        "SupplierPayment": "Payment",
        "SalesOrder": "Total",
        "CommerceOrder": "totalAmount",
        "CommerceTransaction": "totalAmount",
        "CommerceDocument": "Total",
    }
