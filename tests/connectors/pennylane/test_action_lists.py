"""The list actions on the simulator: the seed's keys, pages and extracts. Source: seed 002."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.pennylane import seed_keys
from tests.connectors.pennylane.company import ADDRESS, Company

LINE = {"label": "Hosting", "quantity": 1, "unit": "piece", "raw_currency_unit_price": "99.00", "vat_rate": "FR_200"}


@pytest.fixture
def company() -> Company:
    return Company()


def an_invoice(company: Company, **changes: Any) -> int:
    body = {
        "date": "2026-03-01", "deadline": "2026-03-31", "customer_id": changes.pop("customer_id", None) or
        company.a_customer(f"cus-{len(company.rows('customers'))}"), "invoice_lines": [LINE],
    }  # fmt: skip
    return company.made("customer_invoices", body | changes)


# Products.


def test_a_product_has_every_key_of_the_seed_and_the_misspelled_one_spelled_right_beside_it(company: Company):
    company.a_product(unit="piece", reference="REF-453", description="This is the package")

    (product,) = company.outputs("list-products")["products"]

    assert product.keys() == seed_keys.PRODUCT | {"updatedAt"}
    assert (product["id"], product["label"], product["vatRate"]) == ("pro-1", "Pack 1", "FR_200")
    assert (product["priceWithoutTax"], product["priceWithTax"]) == (Decimal("99.00"), Decimal("118.80"))
    assert product["udpatedAt"] == product["updatedAt"]


def test_products_are_listed_twenty_a_page_with_exact_totals(company: Company):
    for number in range(45):
        company.a_product(f"pro-{number}")

    pages = [company.outputs("list-products", page=page) for page in (1, 2, 3, 4)]

    assert [len(page["products"]) for page in pages] == [20, 20, 5, 0]
    assert {page["totalPages"] for page in pages} == {"3"}
    assert [page["currentPage"] for page in pages] == ["1", "2", "3", "4"]
    assert pages[0]["products"][0]["id"] == "pro-44"  # the newest first
    listed = [product["id"] for page in pages for product in page["products"]]
    assert sorted(listed) == sorted(f"pro-{number}" for number in range(45))


def test_nothing_to_list_is_an_empty_page(company: Company):
    assert company.outputs("list-products") == {"totalPages": "0", "currentPage": "1", "products": []}


def test_products_are_given_by_their_ids_of_either_kind_and_unknown_ones_are_left_out(company: Company):
    company.a_product("pro-1")
    number = company.a_product("pro-2")

    listed = company.outputs("list-products", id=["pro-1", str(number), "none"])

    assert [product["id"] for product in listed["products"]] == ["pro-1", "pro-2"]
    assert (listed["totalPages"], listed["currentPage"]) == ("1", "1")


def test_an_id_that_two_products_answer_to_is_refused(company: Company):
    number = company.a_product("pro-1")
    company.a_product(str(number))

    code, message = company.refused("list-products", id=[str(number)])

    assert code == "pennylane_ambiguous_id"
    assert str(number) in message


def test_an_extract_holds_the_whole_list_as_lines_of_json_and_gives_its_place(company: Company):
    for number in range(25):
        company.a_product(f"pro-{number}")

    given = company.outputs("list-products", extractInMarjoryFile=True)

    assert given["products"] == []
    assert given["file"]["rows"] == 25
    lines = company.files.files[given["file"]["place"]]
    assert {json.loads(line)["id"] for line in lines} == {f"pro-{number}" for number in range(25)}
    assert '"priceWithoutTax":99.00' in lines[0]  # a number, and exactly the one that the wire had


def test_an_extract_without_a_place_is_refused(company: Company):
    company.actions._files = None

    code, message = company.refused("list-products", extractInMarjoryFile=True)

    assert code == "pennylane_input_refused"
    assert "extractInMarjoryFile" in message


# Customers and suppliers.


def test_customers_come_apart_as_individuals_and_companies(company: Company):
    company.a_customer("cus-1", reg_no="123456789", payment_conditions="30_days", vat_number="FR1")
    company.made("individual_customers", {"first_name": "Ada", "last_name": "L", "billing_address": ADDRESS})

    listed = company.outputs("list-customers")

    assert listed.keys() == {"totalPages", "totalCustomers", "customers", "currentPage"}
    assert listed["totalCustomers"] == 2
    (acme,), (ada,) = listed["customers"]["company"], listed["customers"]["individual"]
    assert (acme["id"], acme["name"], acme["registrationNumber"]) == ("cus-1", "Acme SAS", "123456789")
    assert acme["billingAddress"] == {"street": "1 rue X", "postalCode": "75001", "city": "Paris", "countryCode": "FR"}
    assert acme["planItem"]["number"].startswith("411")
    assert (ada["firstName"], ada["lastName"]) == ("Ada", "L")


def test_an_extract_of_customers_holds_both_kinds(company: Company):
    company.a_customer()
    company.made("individual_customers", {"first_name": "Ada", "last_name": "L", "billing_address": ADDRESS})

    given = company.outputs("list-customers", extractInMarjoryFile=True)

    assert given["customers"] == {"individual": [], "company": []}
    assert len(company.files.files[given["file"]["place"]]) == 2


def test_a_supplier_has_every_key_of_the_seed(company: Company):
    company.made("suppliers", {"name": "Papier SA", "postal_address": ADDRESS, "supplier_due_date_delay": 30,
                               "external_reference": "sup-1", "iban": "FR76"})  # fmt: skip

    listed = company.outputs("list-suppliers")

    (supplier,) = listed["suppliers"]
    assert supplier.keys() == seed_keys.SUPPLIER
    assert supplier["planItem"].keys() == seed_keys.SUPPLIER_PLAN_ITEM | {"vatRate"}
    assert supplier["supplierAddress"] == {"city": "Paris", "countryCode": "FR", "postalCode": "75001"}
    assert (supplier["id"], supplier["paymentCondition"]) == ("sup-1", "30_days")
    assert listed["totalCustomers"] == listed["totalSuppliers"] == 1


# Categories.


def some_categories(company: Company) -> None:
    for label, group, direction in (("b", 31, "cash_in"), ("a", 32, "cash_out"), ("c", 31, "cash_out")):
        company.made("categories", {"label": label, "category_group_id": group, "direction": direction})


def test_a_category_has_every_key_of_the_seed(company: Company):
    some_categories(company)

    listed = company.outputs("list-categories")

    assert {frozenset(category) for category in listed["categories"]} == {frozenset(seed_keys.CATEGORY)}
    assert listed["totalCategories"] == 3
    assert (listed["categories"][0]["groupId"], listed["categories"][0]["groupLabel"]) == ("31", "Activités")


@pytest.mark.parametrize(
    ("sort", "labels"),
    [(None, "cab"), ("id", "bac"), ("-id", "cab"), ("label", "abc"), ("-label", "cba"), ("group_id,label", "bca"),
     ("direction,-label", "bca"), ("", "cab")],
)  # fmt: skip
def test_categories_are_sorted_by_what_the_seed_names(company: Company, sort: str | None, labels: str):
    some_categories(company)

    listed = company.outputs("list-categories", **({} if sort is None else {"sort": sort}))

    assert "".join(category["label"] for category in listed["categories"]) == labels


def test_categories_are_not_sorted_by_anything_else(company: Company):
    assert company.refused("list-categories", sort="updated_at")[0] == "pennylane_input_refused"


def test_categories_have_pages_of_the_size_that_is_asked_for(company: Company):
    some_categories(company)

    page = company.outputs("list-categories", perPage=2, page=2)

    assert (page["totalPages"], page["currentPage"], len(page["categories"])) == ("2", "2", 1)


def test_categories_are_given_by_id_and_extracted_whole(company: Company):
    some_categories(company)
    number = company.rows("categories")[0]["id"]

    assert len(company.outputs("list-categories", id=[str(number), "x"])["categories"]) == 1
    given = company.outputs("list-categories", extractInMarjoryFile=True, perPage=1)
    assert given["file"]["rows"] == 3


# Billing subscriptions.


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


# Invoices.


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


# Estimates.


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


# What goes wrong.

LISTS = ("list-products", "list-customers", "list-suppliers", "list-categories", "list-billing-subscriptions",
         "list-estimates", "list-invoices")  # fmt: skip


@pytest.mark.parametrize("action", LISTS)
def test_a_list_outlasts_refusals_cuts_and_slow_pages(action: str):
    company = Company(faults="refuse=0.3:once,drop=0.3:once,error_after=0.3:once,limit=0.2:once:2,slow=0.2:1", tries=6)

    assert company.run(action)["code"] == 200


@pytest.mark.parametrize("action", LISTS)
def test_a_list_that_stays_refused_is_500_with_a_message(action: str):
    company = Company(faults="refuse=1", tries=2)

    code, message = company.refused(action)

    assert code == "ledger_unavailable"
    assert "Please try again later" in message


@pytest.mark.parametrize("action", LISTS)
def test_a_list_without_its_scope_names_it(action: str):
    from ledgerpost.simulators.pennylane import ApiToken
    from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN

    company = Company(tokens=(ApiToken(DEMO_TOKEN, ()),))

    code, message = company.refused(action)

    assert code == "pennylane_scope_missing"
    assert ":readonly" in message


@pytest.mark.parametrize("action", LISTS)
@pytest.mark.parametrize("asked", [{"page": 0}, {"page": "x"}, {"unknown": 1}])
def test_an_input_that_the_action_does_not_take_is_refused_before_anything_is_asked(action: str, asked: dict[str, Any]):
    company = Company()

    code, message = company.refused(action, **asked)

    assert code == "pennylane_input_refused"
    assert next(iter(asked)) in message
    assert not company.transport.sent


def test_many_lists_stay_within_the_limit_of_the_token():
    company = Company(window_requests=25)
    for number in range(30):
        company.a_product(f"pro-{number}")
    for _ in range(10):
        an_invoice(company)

    company.outputs("list-invoices")

    assert company.simulator.counts()["limited"] == 0
