"""The Pennylane simulator: customers, products and categories. Source: pennylane sheet, section 5."""

from typing import Any

import pytest

from tests.simulators.pennylane_calls import ADDRESS, Company


def test_a_company_is_created_changed_and_listed_with_the_individuals(company: Company):
    made = company.a_customer(external_reference="src-1")
    company.made("individual_customers", {"first_name": "Ada", "last_name": "L", "billing_address": ADDRESS})

    changed = company.call("PUT", f"company_customers/{made}", {"phone": "+331"})

    assert (changed.status, changed.json["phone"], changed.json["name"]) == (200, "+331", "Acme SAS")
    kinds = [item["customer_type"] for item in company.list("customers").json["items"]]
    assert kinds == ["individual", "company"]
    assert company.call("PUT", f"individual_customers/{made}", {"phone": "1"}).status == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("company_customers", {"name": "Acme", "billing_address": ADDRESS}, 409),
        ("suppliers", {"name": "S"}, 409),
        ("products", {"label": "p", "price_before_tax": "1", "vat_rate": "exempt"}, 422),
    ],
)
def test_an_external_reference_is_taken_once(company: Company, path: str, body: dict[str, Any], status: int):
    assert company.post(path, body | {"external_reference": "src-1"}).status == 201
    assert company.post(path, body | {"external_reference": "src-1"}).status == status


def test_without_an_external_reference_the_same_post_makes_two_rows(company: Company):
    body = company.invoice_body()
    company.post("customer_invoices", body)
    company.post("customer_invoices", body)

    counts = company.simulator.counts()
    assert counts["created"]["customer_invoices"] == 2
    assert counts["duplicates"]["customer_invoices"] == 1


def test_the_price_with_tax_follows_from_the_code(company: Company):
    made = company.made("products", {"label": "x", "price_before_tax": "123.00", "vat_rate": "FR_55"})

    assert company.call("GET", f"products/{made}").json["price"] == "129.77"


def test_a_category_is_unique_in_its_group(company: Company):
    body = {"label": "Retail", "category_group_id": 31}
    assert company.post("categories", body).status == 201
    assert company.post("categories", body).status == 422
    assert company.post("categories", body | {"category_group_id": 32}).status == 201
    assert company.post("categories", body | {"category_group_id": 99}).status == 422
