"""Create-or-update of products, suppliers, customers and categories, on the simulator. Source: seed 002."""

from typing import Any

import pytest

from tests.connectors.pennylane.company import STREET, Company

PRODUCT = {
    "label": "Pack 1", "unit": "piece", "description": "This is the package", "priceWithoutTax": 123,
    "priceWithTax": 1234, "vatRate": "FR_200", "currency": "EUR", "reference": "REF-453", "substance": "services",
}  # fmt: skip
SUPPLIER = {
    "companyName": "Papier SA", "registrationNumber": "123456789", "recipient": "Compta", "billingAddress": STREET,
    "emails": ["s@x.fr"], "iban": "FR76", "vatNumber": "FR1", "paymentCondition": "45_days", "phone": 33642424242,
    "reference": "S-1", "notes": "n",
}  # fmt: skip
COMPANY = {
    "name": "Acme SAS", "registrationNumber": "123456789", "recipient": "Compta", "VATnumber": "FR1",
    "billingAddress": STREET, "emails": ["a@x.fr"], "iban": "FR76", "deliveryAddress": STREET,
    "paymentCondition": "30_days", "phone": "+33642424242", "reference": "C-1", "notes": "n",
    "planItem": {"number": "411ACME", "label": "Acme", "vatRate": "FR_200"},
}  # fmt: skip
INDIVIDUAL = {"firstName": "Ada", "lastName": "L", "gender": "madam", "billingAddress": STREET}
CATEGORY = {"groupSourceId": "31", "groupLabel": "Activités", "label": "Retail", "direction": "cash_in",
            "isEditable": "true"}  # fmt: skip

CREATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "create-or-update-product": (PRODUCT, "products", "productId"),
    "create-or-update-supplier": (SUPPLIER, "suppliers", "supplierId"),
    "create-or-update-customer": ({"company": COMPANY}, "customers", "companyId"),
    "create-or-update-category": (CATEGORY, "categories", "categoryId"),
}
"""Action → an input, the collection that it makes a row in, and the output that names it."""


@pytest.fixture
def company() -> Company:
    return Company()


# Each of them.


@pytest.mark.parametrize("action", CREATES)
def test_a_create_answers_with_the_id_that_the_list_gives(company: Company, action: str):
    asked, collection, output = CREATES[action]

    given = company.run(action, **asked)

    assert (given["code"], given["created"]) == (200, True)
    assert len(company.rows(collection)) == 1
    (row,) = company.rows(collection)
    assert given["outputs"][output] in (row.get("external_reference"), str(row["id"]))


@pytest.mark.parametrize("action", CREATES)
def test_the_same_create_again_finds_what_the_first_one_made(company: Company, action: str):
    asked, collection, _output = CREATES[action]
    first = company.run(action, **asked)

    second = company.run(action, **asked)

    assert second["outputs"] == first["outputs"]
    assert second["created"] is False
    assert len(company.rows(collection)) == 1


@pytest.mark.parametrize("action", CREATES)
@pytest.mark.parametrize("faults", ["cut=1:once", "error_after=1:once", "html=1:once", "limit=1:once:1"])
def test_a_create_whose_answer_is_lost_makes_one_row_and_says_so(action: str, faults: str):
    asked, collection, _output = CREATES[action]
    company = Company(faults=faults)

    given = company.run(action, **asked)

    assert given["code"] == 200
    assert len(company.rows(collection)) == 1


@pytest.mark.parametrize("action", CREATES)
def test_a_create_whose_look_up_is_lost_as_well_says_so_and_a_repeat_settles_it(action: str):
    asked, collection, _ = CREATES[action]
    company = Company(tries=1, faults="cut=1")
    write = company.calls.write

    def written_and_then_silent(*arguments: Any, **more: Any) -> Any:
        outcome = write(*arguments, **more)
        company.simulator.set_faults("drop=1")
        return outcome

    company.calls.write = written_and_then_silent  # type: ignore[method-assign]
    code, _ = company.refused(action, **asked)
    assert code == "reply_lost"

    company.simulator.set_faults("")
    company.calls.write = write  # type: ignore[method-assign]
    assert company.run(action, **asked)["created"] is False
    assert len(company.rows(collection)) == 1


@pytest.mark.parametrize("action", CREATES)
def test_an_id_means_an_update_and_nothing_new(company: Company, action: str):
    asked, collection, output = CREATES[action]
    made = company.outputs(action, **asked)[output]
    changed = _with_id(asked, made)

    given = company.run(action, **changed)

    assert given["code"] == 200
    assert given["outputs"][output] == made
    assert "created" not in given
    assert len(company.rows(collection)) == 1
    assert company.simulator.counts()["updated"][collection] == 1


@pytest.mark.parametrize("action", CREATES)
def test_an_update_of_what_is_not_there_is_refused(company: Company, action: str):
    asked, _, _ = CREATES[action]

    code, message = company.refused(action, **_with_id(asked, "none"))

    assert code == "pennylane_not_found"
    assert "none" in message


@pytest.mark.parametrize("action", CREATES)
def test_an_update_whose_answer_is_lost_is_written_again(action: str):
    asked, _, output = CREATES[action]
    company = Company()
    made = company.outputs(action, **asked)[output]
    company.simulator.set_faults("cut=1:once")

    assert company.run(action, **_with_id(asked, made))["code"] == 200


def _with_id(asked: dict[str, Any], made: str) -> dict[str, Any]:
    if "company" in asked:
        return {"company": asked["company"] | {"id": made}}
    return asked | {"id": made}


@pytest.mark.parametrize(
    ("action", "required"),
    [
        ("create-or-update-product", ["label", "unit", "priceWithoutTax", "vatRate", "currency"]),
        ("create-or-update-supplier", ["companyName"]),
        ("create-or-update-category", ["groupSourceId", "groupLabel", "label"]),
    ],
)
def test_what_the_seed_marks_as_required_is_required_and_nothing_else(
    company: Company, action: str, required: list[str]
):
    asked, _, _ = CREATES[action]
    for key in asked:
        given = company.run(action, **{name: value for name, value in asked.items() if name != key})
        assert given["code"] == (500 if key in required else 200), key
        if key in required:
            assert key in given["outputs"]["message"]


@pytest.mark.parametrize(
    ("kind", "asked", "required"),
    [
        ("company", COMPANY, ["name", "billingAddress"]),
        ("individual", INDIVIDUAL, ["firstName", "lastName", "billingAddress"]),
    ],
)
def test_what_the_seed_marks_as_required_of_a_customer_is_required(
    company: Company, kind: str, asked: dict[str, Any], required: list[str]
):
    for key in asked:
        given = company.run(
            "create-or-update-customer", **{kind: {name: value for name, value in asked.items() if name != key}}
        )
        assert given["code"] == (500 if key in required else 200), key
    for part in STREET:
        address = {name: value for name, value in STREET.items() if name != part}
        _code, message = company.refused("create-or-update-customer", **{kind: asked | {"billingAddress": address}})
        assert part in message


# Products.


def test_a_product_is_written_in_the_words_of_the_wire(company: Company):
    given = company.run("create-or-update-product", **PRODUCT)

    (row,) = company.rows("products")
    assert (row["label"], row["unit"], row["vat_rate"], row["currency"]) == ("Pack 1", "piece", "FR_200", "EUR")
    assert (row["price_before_tax"], row["price"], row["reference"]) == ("123", "147.60", "REF-453")
    assert given["notSent"] == ["priceWithTax", "substance"]


@pytest.mark.parametrize(
    ("price", "sent"), [(123.45, "123.45"), ("123.45", "123.45"), (0.1, "0.1"), ("99.000001", "99.000001")]
)
def test_a_price_is_sent_to_its_last_digit(company: Company, price: object, sent: str):
    company.outputs("create-or-update-product", **(PRODUCT | {"priceWithoutTax": price}))

    assert company.rows("products")[0]["price_before_tax"] == sent


@pytest.mark.parametrize("price", ["abc", "NaN", True, None, [], 0.1 + 0.2, "1.0000001"])
def test_a_price_that_is_none_is_refused(company: Company, price: object):
    code, message = company.refused("create-or-update-product", **(PRODUCT | {"priceWithoutTax": price}))

    assert code == "pennylane_input_refused"
    assert "priceWithoutTax" in message
    assert company.writes() == 0


def test_what_pennylane_refuses_is_told_in_its_own_words(company: Company):
    code, message = company.refused("create-or-update-product", **(PRODUCT | {"vatRate": "FR_055"}))

    assert code == "pennylane_schema_refused"
    assert "vat_rate" in message
    assert not company.rows("products")


def test_another_key_makes_a_second_one_of_the_same_content(company: Company):
    first = company.outputs("create-or-update-product", **PRODUCT)
    second = company.run("create-or-update-product", key="2", **PRODUCT)

    assert second["created"] is True
    assert second["outputs"] != first
    assert len(company.rows("products")) == 2


def test_another_input_makes_another_product(company: Company):
    company.outputs("create-or-update-product", **PRODUCT)
    company.outputs("create-or-update-product", **(PRODUCT | {"label": "Pack 2"}))

    assert {row["label"] for row in company.rows("products")} == {"Pack 1", "Pack 2"}


def test_a_product_of_pennylanes_own_id_is_updated_by_it(company: Company):
    number = company.a_product("src-1")

    assert company.outputs("create-or-update-product", **(PRODUCT | {"id": str(number)})) == {"productId": "src-1"}
    assert company.row("products", number)["label"] == "Pack 1"


# Suppliers.


def test_a_supplier_is_written_in_the_words_of_the_wire_and_the_rest_is_told(company: Company):
    given = company.run("create-or-update-supplier", **SUPPLIER)

    (row,) = company.rows("suppliers")
    assert (row["name"], row["reg_no"], row["iban"], row["vat_number"]) == ("Papier SA", "123456789", "FR76", "FR1")
    assert row["postal_address"]["address"] == "1 rue X"
    assert (row["supplier_due_date_delay"], row["supplier_due_date_rule"]) == (45, "days")
    assert given["notSent"] == ["recipient", "phone", "reference", "notes"]


@pytest.mark.parametrize(
    ("condition", "delay"), [("upon_receipt", 0), ("15_days", 15), ("30_days", 30), ("60_days", 60), ("custom", None)]
)
def test_a_payment_condition_becomes_a_delay(company: Company, condition: str, delay: int | None):
    given = company.run("create-or-update-supplier", companyName="S", paymentCondition=condition)

    assert company.rows("suppliers")[0]["supplier_due_date_delay"] == delay
    assert ("notSent" in given) == (condition == "custom")


def test_an_address_in_part_is_refused_before_anything_is_written(company: Company):
    code, message = company.refused("create-or-update-supplier", companyName="S", billingAddress={"city": "Paris"})

    assert code == "pennylane_input_refused"
    assert "street" in message
    assert company.writes() == 0


def test_blank_inputs_are_as_if_they_were_not_given(company: Company):
    blank = {"recipient": "", "iban": "", "phone": "", "paymentCondition": "", "emails": [], "id": ""}
    given = company.run("create-or-update-supplier", companyName="S", billingAddress={"street": ""}, **blank)

    assert given["code"] == 200
    assert "notSent" not in given
    assert company.refused("create-or-update-supplier", companyName="  ")[0] == "pennylane_input_refused"


# Customers.


def test_a_company_and_an_individual_are_written_in_the_words_of_the_wire(company: Company):
    given = company.run("create-or-update-customer", company=COMPANY, individual=INDIVIDUAL)

    acme, ada = company.rows("customers")
    assert given["outputs"] == {
        "companyId": acme["external_reference"], "individualId": ada["external_reference"],
    }  # fmt: skip
    assert (acme["name"], acme["reg_no"], acme["vat_number"]) == ("Acme SAS", "123456789", "FR1")
    assert (acme["payment_conditions"], acme["billing_iban"]) == ("30_days", "FR76")
    assert acme["ledger_account"] == {"number": "411ACME"}
    assert (ada["first_name"], ada["last_name"], ada["customer_type"]) == ("Ada", "L", "individual")
    assert given["notSent"] == ["company.planItem.label", "company.planItem.vatRate", "individual.gender"]


def test_one_kind_alone_leaves_the_other_id_empty(company: Company):
    outputs = company.outputs("create-or-update-customer", individual=INDIVIDUAL)

    assert outputs["companyId"] is None
    assert outputs["individualId"]


def test_a_customer_of_neither_kind_is_refused(company: Company):
    assert company.refused("create-or-update-customer")[0] == "pennylane_input_refused"


def test_an_update_names_the_number_of_its_plan_item(company: Company):
    made = company.outputs("create-or-update-customer", company=COMPANY)["companyId"]
    changed = COMPANY | {"id": made, "planItem": {"label": "Acme"}}

    code, message = company.refused("create-or-update-customer", company=changed)

    assert code == "pennylane_input_refused"
    assert "planItem.number" in message


def test_a_company_is_not_updated_as_an_individual(company: Company):
    made = company.outputs("create-or-update-customer", company=COMPANY)["companyId"]

    code, _ = company.refused("create-or-update-customer", individual=INDIVIDUAL | {"id": made})

    assert code == "pennylane_input_refused"


def test_both_spellings_of_a_key_are_taken_and_no_key_beside_them(company: Company):
    other = {key: value for key, value in COMPANY.items() if key not in ("VATnumber", "paymentCondition")}
    company.outputs("create-or-update-customer", company=other | {"vatNumber": "FR9", "paymentConditions": "60_days"})

    (row,) = company.rows("customers")
    assert (row["vat_number"], row["payment_conditions"]) == ("FR9", "60_days")
    code, message = company.refused("create-or-update-customer", company=COMPANY | {"vat": "FR9"})
    assert code == "pennylane_input_refused"
    assert "company.vat" in message


# Categories.


def test_the_group_of_a_category_is_found_by_its_id_or_its_label(company: Company):
    company.outputs("create-or-update-category", **CATEGORY)
    by_label = CATEGORY | {"groupSourceId": "of-another-time", "groupLabel": "Pays", "label": "France"}
    company.outputs("create-or-update-category", **by_label)

    assert [row["category_group"]["id"] for row in company.rows("categories")] == [31, 32]


def test_a_group_that_is_not_there_is_refused_with_those_that_are(company: Company):
    asked = CATEGORY | {"groupSourceId": "x", "groupLabel": "y"}

    code, message = company.refused("create-or-update-category", **asked)

    assert code == "pennylane_not_found"
    assert "Activités, Pays" in message


def test_a_category_moves_to_another_group(company: Company):
    made = company.outputs("create-or-update-category", **CATEGORY)["categoryId"]

    company.outputs("create-or-update-category", **(CATEGORY | {"id": made, "groupSourceId": "32", "label": "Europe"}))

    assert company.row("categories", made)["category_group"]["id"] == 32
