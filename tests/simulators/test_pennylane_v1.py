"""The Pennylane simulator: API v1. Source: pennylane sheet, section 11."""

from decimal import Decimal

from tests.simulators.pennylane_calls import FULL_LINE, V1, Company


def test_v1_lists_in_pages_with_totals_and_an_empty_one_past_the_end(company: Company):
    for number in range(3):
        company.a_product(label=f"p{number}", external_reference=f"src-{number}")

    page = company.call("GET", f"{V1}/products?page=2&per_page=2").json
    beyond = company.call("GET", f"{V1}/products?page=9")

    assert {key: page[key] for key in ("total_pages", "current_page", "total_products")} == {
        "total_pages": 2, "current_page": 2, "total_products": 3,
    }  # fmt: skip
    assert [product["source_id"] for product in page["products"]] == ["src-0"]
    assert (beyond.status, beyond.json["products"]) == (200, [])


def test_v1_gives_an_invoice_with_its_lines_and_its_credit_notes(company: Company):
    invoice = company.an_invoice().json["id"]
    note = company.an_invoice(invoice_lines=[FULL_LINE | {"quantity": -1}]).json["id"]
    company.post(f"customer_invoices/{invoice}/link_credit_note", {"credit_note_id": note})

    (listed,) = company.call("GET", f"{V1}/customer_invoices").json["invoices"]

    assert listed["line_items"][0]["currency_price_before_tax"] == "198.00"
    assert Decimal(listed["credit_notes"][0]["line_items"][0]["currency_price_before_tax"]) == Decimal(-99)
    assert company.call("GET", f"{V1}/customer_invoices/none").json == {"error": "Not found"}
    assert company.call("GET", f"{V1}/billing_subscriptions").json["billing_subscriptions"] == []
