"""Lists of products, customers, suppliers and categories, and what all lists share. Source: seed 002."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.pennylane import seed_keys
from tests.connectors.pennylane.company import ADDRESS, Company, an_invoice


@pytest.fixture
def company() -> Company:
    return Company()


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
