"""The business side of a history of sales orders: what is approved, and what the site must hold of it.

`expected_order` is written from the seed's words and not from the code that is under test.
"""

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.simulation.plan import Step
from ledgerpost.simulators.acumatica.demo import DEMO_CLIENT_ID, DEMO_TENANT, DEMO_USER
from ledgerpost.wire.configuration import read_configuration

TENANT = "acme"
URL = "https://acme.site.example"
PREFIX = "WEB"
CURRENCY = "USD"
TAX = "NYSALES"
TAX_RATE = Decimal(8)

_PRICES = {"SKU1": "10.00", "SKU2": "4.50", "SKU3": "120.00", "AALEGO500": "25.00"}
_LINES: dict[int, dict[str, int]] = {
    1: {"SKU1": 2, "SKU2": 5},
    2: {"SKU1": 2, "SKU2": 7, "SKU3": 1},
    3: {"SKU1": 2, "AALEGO500": 4},
}
"""Revision → SKU → quantity: a later version changes a quantity, adds a line, and takes lines out."""


@dataclass(frozen=True, slots=True)
class ExpectedOrder:
    """What the site must hold of an order, each list sorted."""

    lines: tuple[tuple[str, Decimal, Decimal], ...]
    payments: tuple[str, ...]
    tax: Decimal
    tracking: tuple[str, ...]
    customer: str
    total: Decimal


def customer_of(reference: str) -> str:
    """Give the source's id of the order's customer: two orders of three share one."""
    return "42" if reference in ("R1", "R2") else "43"


def email_of(customer: str) -> str:
    """Give the customer's e-mail address."""
    return f"buyer-{customer}@shop.example"


def expected_order(reference: str, revision: int) -> ExpectedOrder:
    """Give what the version asks for. Source: seed 004, "Mappings" and "System Caveats"."""
    lines = [(sku, Decimal(quantity), Decimal(_PRICES[sku])) for sku, quantity in _LINES[revision].items()]
    return ExpectedOrder(
        lines=tuple(sorted(lines)),
        payments=tuple(f"iPaaS.com {number}" for number in _payments(reference, revision)),
        tax=_tax(revision),
        tracking=(f"1Z-{reference}",),
        customer=email_of(customer_of(reference)),
        total=_net(revision) + _tax(revision),
    )


def order_entry(step: Step) -> dict[str, Any]:
    """Give the approval of a step as its entry for the bus."""
    detail = {
        "schemaVersion": "1",
        "tenantId": TENANT,
        "revision": step.revision,
        "approvedAt": step.approved_at,
        "currency": CURRENCY,
        "entity": _entity(step.reference, step.revision),
    }
    return {
        "Source": "ipaas",
        "DetailType": "SalesOrderApproved",
        "EventBusName": "ledgerpost",
        "Time": step.approved_at,
        "Detail": json.dumps(detail),
    }


def _net(revision: int) -> Decimal:
    return sum((quantity * Decimal(_PRICES[sku]) for sku, quantity in _LINES[revision].items()), Decimal(0))


def _tax(revision: int) -> Decimal:
    """The tax as the shop took it, and as the site computes it."""
    return (_net(revision) * TAX_RATE / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _payments(reference: str, revision: int) -> list[str]:
    """Payments only grow: nobody deletes one."""
    return [f"{reference}-{number}" for number in range(1, 3 if revision > 1 else 2)]


def _entity(reference: str, revision: int) -> dict[str, Any]:
    customer = customer_of(reference)
    lines = [
        {
            "Id": f"{reference}-{sku}",
            "Sku": sku,
            "Qty": quantity,
            "UnitPrice": _PRICES[sku],
            "ExtendedPrice": f"{quantity * Decimal(_PRICES[sku]):f}",
        }
        for sku, quantity in _LINES[revision].items()
    ]
    return {
        "Id": reference,
        "Type": "Order",
        "TransactionNumber": reference,
        "Date": "2026-03-01",
        "CustomerId": customer,
        "EmailAddress": email_of(customer),
        "Total": f"{expected_order(reference, revision).total:f}",
        "ShippingAmount": None,
        "TaxZone": "NYSTATE",
        "CustomFields": [{"Name": "WarehouseId", "Value": "MAIN"}, {"Name": "BoxId", "Value": "SMALL"}],
        "Lines": lines,
        "Addresses": [],
        "Payments": [{"Id": number, "Amount": "5.00"} for number in _payments(reference, revision)],
        "Taxes": [
            {"Id": f"{reference}-tax", "TaxCode": TAX, "Amount": f"{_tax(revision):f}", "TaxPercent": f"{TAX_RATE}"}
        ],
        "TrackingNumbers": [{"Id": 31, "TrackingNumber": f"1Z-{reference}", "ShippingMethod": "UPS"}],
    }


@cache
def orders_configuration(*, numbers_customers: bool) -> TenantConfiguration:
    """Give the tenant's configuration: the shipped collection; customers that the ledger numbers, or that have our ids,
    which it keeps unique.
    """
    auth = {
        "type": "OAuthPassword",
        "identityAuthority": f"{URL}/identity",
        "clientId": DEMO_CLIENT_ID,
        "clientSecret": "env:ACUMATICA",
        "scopes": "api offline_access",
        "userName": DEMO_USER,
    }
    connection = {
        "id": "main",
        "label": "Acumatica",
        "target": "acumatica",
        "baseUrl": URL,
        "auth": auth,
        "options": {} if numbers_customers else {"customerPrefix": PREFIX},
    }
    route = {
        "id": "orders",
        "connection": "main",
        "streamType": "Sales",
        "accountId": DEMO_TENANT,
        "enabled": True,
        "timeZone": "America/New_York",
        "collection": {"use": "acumatica-sales-order", "overrides": {"TrackingNumbers.Picked": None}},
    }
    document = {"tenant": TENANT, "connections": [connection], "routes": [route]}
    return read_configuration(json.dumps(document), formulas=RuleEngineFormulas()).configuration
