"""The Pennylane simulator: order, pages and filters of lists. Source: pennylane sheet, section 4."""

import json
from typing import Any

import pytest

from tests.simulators.pennylane_calls import FULL_LINE, Company


def filter_of(field: str, operator: str, value: Any) -> str:
    return json.dumps([{"field": field, "operator": operator, "value": value}])


def labels(document: Any) -> list[str]:
    return [item["label"] for item in document["items"]]


def test_a_list_is_newest_first_and_twenty_at_a_time(company: Company):
    for number in range(25):
        company.a_product(label=f"p{number}")

    first = company.list("products").json
    second = company.list("products", cursor=first["next_cursor"]).json

    assert labels(first)[:2] == ["p24", "p23"]
    assert (len(first["items"]), first["has_more"]) == (20, True)
    assert (labels(second)[-1], second["has_more"], second["next_cursor"]) == ("p0", False, None)


def test_sorted_by_id_a_row_that_comes_meanwhile_stands_at_the_end(company: Company):
    for number in range(3):
        company.a_product(label=f"p{number}")
    first = company.list("products", sort="id", limit=2).json
    company.a_product(label="late")

    assert labels(company.list("products", sort="id", limit=2, cursor=first["next_cursor"]).json) == ["p2", "late"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", ""])
def test_a_limit_out_of_range_is_refused_and_not_clamped(company: Company, limit: str):
    assert company.list("products", limit=limit).status == 400


@pytest.mark.parametrize("cursor", ["x", "aWQ6eA==", "%%", ""])
def test_a_bad_cursor_is_refused(company: Company, cursor: str):
    assert company.list("products", cursor=cursor).status == 400


def test_the_cursor_forgets_the_filter(company: Company):
    for number in range(4):
        company.a_product(label="wanted" if number % 2 else "other")
    text = filter_of("label", "eq", "wanted")
    first = company.list("products", sort="id", limit=1, filter=text).json

    again = company.list("products", sort="id", limit=9, filter=text, cursor=first["next_cursor"]).json
    lost = company.list("products", sort="id", limit=9, cursor=first["next_cursor"]).json

    assert labels(again) == ["wanted"]
    assert labels(lost) == ["other", "wanted"]


@pytest.mark.parametrize(
    ("field", "operator", "value", "count"),
    [
        ("external_reference", "eq", "src-1", 1),
        ("external_reference", "in", ["src-1", "src-2", "none"], 2),
        ("reference", "eq", "REF", 1),
        ("label", "start_with", "pack", 2),
        ("id", "gt", 0, 2),
        ("id", "not_in", [], 2),
    ],
)
def test_a_filter_lets_through_what_it_names(company: Company, field: str, operator: str, value: Any, count: int):
    company.a_product(label="pack a", external_reference="src-1", reference="REF")
    company.a_product(label="pack b", external_reference="src-2")

    assert len(company.list("products", filter=filter_of(field, operator, value)).json["items"]) == count


@pytest.mark.parametrize(
    "text", ["{", "{}", "[7]", '[{"field":"label"}]', filter_of("updated_at", "gt", "x"), filter_of("id", "in", 7),
             filter_of("label", "like", "x")],
)  # fmt: skip
def test_a_filter_that_the_collection_does_not_have_is_refused(company: Company, text: str):
    assert company.list("products", filter=text).status == 400


def test_credit_notes_are_filtered_apart(company: Company):
    company.an_invoice()
    company.an_invoice(invoice_lines=[FULL_LINE | {"quantity": -1}])

    only = company.list("customer_invoices", filter=filter_of("credit_note", "eq", value=True)).json["items"]

    assert [item["status"] for item in only] == ["credit_note"]
