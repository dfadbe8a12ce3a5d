"""Lists of billing subscriptions, invoices and estimates, with what lies behind their links. Source: seed 002."""

import json
from typing import Any

import pytest

from tests.connectors.pennylane import seed_keys
from tests.connectors.pennylane.company import LINE, Company, an_invoice


@pytest.fixture
def company() -> Company:
    return Company()


def a_subscription(company: Company, **changes: Any) -> int:
    body = {
        "start": "2026-01-01", "mode": {"type": "awaiting_validation"}, "payment_conditions": "upon_receipt",
        "payment_method": "offline", "recurring_rule": {"type": "monthly", "day_of_month": 5},
        "customer_id": company.a_customer(f"cus-{len(company.rows('customers'))}"),
        "customer_invoice_data": {"invoice_lines": [LINE | {"product_id": company.a_product(
            f"pro-{len(company.rows('products'))}")}]},
    }  # fmt: skip
    return company.made("billing_subscriptions", body | changes)


def test_a_billing_subscription_has_every_key_of_the_seed_down_to_its_lines(company: Company):
    number = a_subscription(company)

    listed = company.outputs("list-billing-subscriptions")

    (subscription,) = listed["billingSubscriptions"]
    assert subscription.keys() == seed_keys.SUBSCRIPTION | {"nextOccurrence", "prevOccurrence"}
    assert subscription["invoiceTemplates"].keys() == seed_keys.TEMPLATE
    assert subscription["recurringRules"].keys() == seed_keys.RULE
    (line,) = subscription["invoiceTemplates"]["lineItems"]
    assert line.keys() == seed_keys.LINE
    assert (subscription["id"], line["productId"]) == (str(number), "pro-0")
    assert subscription["recurringRules"]["dayOfMonth"] == 5
    assert subscription["customer"]["id"] == "cus-0"
    assert listed["totalBillingSubscriptions"] == 1


def test_billing_subscriptions_are_filtered_by_text_and_by_id(company: Company):
    first, second = a_subscription(company), a_subscription(company)
    company.calls.write("PUT", f"/billing_subscriptions/{first}", {"stop": True})

    def ids(**asked: Any) -> list[str]:
        return [each["id"] for each in company.outputs("list-billing-subscriptions", **asked)["billingSubscriptions"]]

    assert ids(filter=["status:eq:stopped"]) == [str(first)]
    assert ids(filter=['{"field":"status","operator":"not_eq","value":"stopped"}']) == [str(second)]
    assert ids(filter=["customerId:eq:cus-1"]) == [str(second)]
    assert ids(filter=["status:in:stopped,in_progress"]) == [str(second), str(first)]
    assert ids(id=[str(first), "none"]) == [str(first)]


@pytest.mark.parametrize(
    "text", ["status", "status:eq", "updated_at:gt:2026", "status:like:x", "{", "[]", '{"field":"id"}']
)
def test_a_filter_that_is_none_is_refused_before_anything_is_asked(company: Company, text: str):
    code, _ = company.refused("list-billing-subscriptions", filter=[text])

    assert code == "pennylane_filter_refused"
    assert not company.transport.sent


def test_an_invoice_has_every_key_of_the_seed_down_to_what_lies_behind_its_links(company: Company):
    product = company.a_product()
    number = an_invoice(
        company, invoice_lines=[{"product_id": product, "quantity": 2}], external_reference="ext-1",
        transaction_reference={"banking_provider": "stripe", "provider_field_name": "payment_id",
                               "provider_field_value": "ch_1"},
    )  # fmt: skip
    category = company.made("categories", {"label": "Retail", "category_group_id": 31})
    company.calls.write("PUT", f"/customer_invoices/{number}/categories", [{"id": category, "weight": "1"}])
    company.calls.write("PUT", f"/customer_invoices/{number}/mark_as_paid")

    listed = company.outputs("list-invoices")

    (invoice,) = listed["invoices"]
    assert invoice.keys() == seed_keys.INVOICE
    assert invoice["lineItems"][0].keys() == seed_keys.LINE
    assert invoice["categories"][0].keys() == seed_keys.INVOICE_CATEGORY | {"weight"}
    (inner,) = invoice["invoices"]
    assert inner.keys() == seed_keys.INNER_INVOICE | {"billingSubscription", "transactionReference"}
    assert inner["payments"][0].keys() == seed_keys.PAYMENT
    assert (invoice["id"], inner["externalId"], invoice["customer"]) == (str(number), "ext-1", "cus-0")
    assert invoice["lineItems"][0]["productId"] == "pro-1"
    assert (invoice["currencyAmount"], invoice["currencyAmountWithoutTax"]) == ("237.60", "198.00")
    assert (invoice["paid"], invoice["status"], invoice["categories"][0]["weigth"]) == (True, "paid", "1")
    assert inner["transactionreference"]["providerFieldValue"] == "ch_1"
    assert listed["totalInvoices"] == 1


def test_invoices_are_paged_and_only_the_rows_of_the_page_are_read_to_the_bottom(company: Company):
    customer = company.a_customer()
    for _ in range(7):
        an_invoice(company, customer_id=customer)
    before = len(company.transport.sent)

    page = company.outputs("list-invoices", page=2, perPage=3)

    assert (page["totalPages"], page["totalInvoices"], len(page["invoices"])) == ("3", 7, 3)
    links = [path for method, path, _ in company.transport.sent[before:] if path.endswith("/invoice_lines")]
    assert len(links) == 3


def test_an_invoice_is_given_by_its_id_or_by_its_external_reference(company: Company):
    number = an_invoice(company, external_reference="ext-1")
    an_invoice(company)

    for asked in (str(number), "ext-1"):
        listed = company.outputs("list-invoices", id=asked)
        assert [invoice["id"] for invoice in listed["invoices"]] == [str(number)]
    assert company.outputs("list-invoices", id="none")["invoices"] == []


def test_invoices_are_filtered_by_objects_of_either_form(company: Company):
    draft = an_invoice(company, draft=True)
    final = an_invoice(company)

    def ids(*filters: dict[str, Any]) -> list[str]:
        return [each["id"] for each in company.outputs("list-invoices", filter=list(filters))["invoices"]]

    assert ids({"isDraft": True}) == [str(draft)]
    assert ids({"draft": "false"}) == [str(final)]
    assert ids({"field": "date", "operator": "gteq", "value": "2026-03-02"}) == []
    assert ids({"customerId": "cus-1"}, {"date": "2026-03-01"}) == [str(final)]


def test_an_extract_of_invoices_leaves_out_the_address_that_dies_after_half_an_hour(company: Company):
    an_invoice(company)
    assert company.outputs("list-invoices")["invoices"][0]["fileUrl"] is not None

    given = company.outputs("list-invoices", extractInMarjoryFile=True)

    (line,) = company.files.files[given["file"]["place"]]
    assert json.loads(line)["fileUrl"] is None
    assert json.loads(line)["lineItems"][0]["currencyPriceWithoutTax"] == "99.00"


def test_an_estimate_has_every_key_of_the_seed_down_to_its_related_invoices(company: Company):
    body = {
        "date": "2026-03-01",
        "deadline": "2026-03-31",
        "customer_id": company.a_customer(),
        "invoice_lines": [LINE],
    }
    number = company.made("quotes", body)
    invoice = an_invoice(company, customer_id=company.rows("customers")[0]["id"])
    company.simulator.books.nested["quotes", number, "linked_invoices"] = [company.row("customer_invoices", invoice)]

    listed = company.outputs("list-estimates")

    (estimate,) = listed["estimates"]
    assert estimate.keys() == seed_keys.ESTIMATE
    assert estimate["lineItems"][0].keys() == seed_keys.LINE
    (related,) = estimate["relatedInvoices"]
    assert related.keys() == seed_keys.RELATED_INVOICE | {"amount"}
    assert (estimate["id"], estimate["status"], estimate["issueDate"]) == (str(number), "pending", "2026-03-01")
    assert (related["id"], related["Amount"]) == (str(invoice), "118.80")
    assert estimate["customer"]["id"] == "cus-1"


def test_estimates_are_filtered_and_given_by_id(company: Company):
    body = {
        "date": "2026-03-01",
        "deadline": "2026-03-31",
        "customer_id": company.a_customer(),
        "invoice_lines": [LINE],
    }
    first, second = company.made("quotes", body), company.made("quotes", body)
    company.calls.write("PUT", f"/quotes/{first}/update_status", {"status": "accepted"})

    def ids(**asked: Any) -> list[str]:
        return [each["id"] for each in company.outputs("list-estimates", **asked)["estimates"]]

    assert ids(filter=["status:eq:accepted"]) == [str(first)]
    assert ids(id=[str(second)]) == [str(second)]
    assert ids() == [str(second), str(first)]
