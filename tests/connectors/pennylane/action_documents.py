"""Inputs of the actions on invoices, estimates and billing subscriptions, and a company for them. Source: seed 002."""

from typing import Any

from tests.connectors.pennylane.company import Company

REFERENCE = {"bankingProvider": "stripe", "providerFieldName": "payment_id", "providerFieldValue": "ch_1"}


def an_invoice(**changes: Any) -> dict[str, Any]:
    asked = {
        "date": "2026-03-01", "deadline": "2026-03-31", "draft": False, "customer": {"source_id": "cus-1"},
        "lineItems": [{"quantity": 2, "product": {"id": "pro-1"}}],
    }  # fmt: skip
    return asked | changes


def an_update(invoice_id: str, **changes: Any) -> dict[str, Any]:
    asked = {
        "id": invoice_id, "transactionsReference": REFERENCE, "categories": [],
        "lineItems": [{"quantity": 2, "product": {"id": "pro-1"}}],
    }  # fmt: skip
    return asked | changes


def an_estimate(**changes: Any) -> dict[str, Any]:
    asked = {
        "date": "2023-12-21", "deadline": "2024-01-21", "customerId": "cus-1",
        "lineItems": [{"key": "pro-1", "description": "As agreed"}],
    }  # fmt: skip
    return asked | changes


def a_subscription(**changes: Any) -> dict[str, Any]:
    asked = {
        "mode": "awaiting_validation", "start": "2026-01-01", "paymentConditions": "upon_receipt",
        "paymentMethod": "offline", "recurringRule": {"type": "monthly", "dayOfMonth": 1},
        "customer": {"id": "cus-1"}, "invoiceLines": [{"quantity": 3, "product": {"id": "pro-1"}}],
    }  # fmt: skip
    return asked | changes


CREATES = {
    "create-invoice": (an_invoice(), "customer_invoices", "invoiceId"),
    "create-estimate": (an_estimate(), "quotes", "estimateId"),
    "create-or-update-billing-subscription": (a_subscription(), "billing_subscriptions", "billingSubscriptionId"),
}


def stocked_company() -> Company:
    """Give a company with a customer and two products."""
    company = Company()
    company.a_customer("cus-1")
    company.a_product("pro-1")
    company.a_product("pro-2", label="Pack 2", price_before_tax="10.00")
    return company
