"""Estimates and their status, on the simulator. Source: seed 002."""

from typing import Any

import pytest

from tests.connectors.pennylane.action_documents import an_estimate, stocked_company
from tests.connectors.pennylane.company import Company


@pytest.fixture
def company() -> Company:
    return stocked_company()


def test_an_estimate_takes_the_three_keys_of_the_seeds_lines(company: Company):
    asked = an_estimate(
        lineItemsSectionsAttributes=[{"title": "A", "rank": 1}],
        lineItems=[{"key": "pro-1", "description": "As agreed", "rank": 1}], specialMention="m",
    )  # fmt: skip

    made = company.outputs("create-estimate", **asked)["estimateId"]

    (line,) = company.lines("quotes", made)
    assert (line["label"], line["quantity"], line["description"]) == ("Pack 1", "1.0", "As agreed")
    assert (line["section_rank"], line["raw_currency_unit_price"]) == (1, "99.000000")
    assert company.row("quotes", made)["special_mention"] == "m"


def test_an_estimate_takes_a_whole_line_without_a_product(company: Company):
    line = {"label": "Hours", "quantity": "2.5", "unit": "hour", "vatRate": "FR_100", "priceWithoutTax": "80"}

    made = company.outputs("create-estimate", **an_estimate(lineItems=[line]))["estimateId"]

    assert company.row("quotes", made)["currency_amount"] == "220.00"


def test_a_line_of_an_estimate_without_price_says_what_it_lacks(company: Company):
    code, message = company.refused("create-estimate", **an_estimate(lineItems=[{"label": "Hours"}]))

    assert code == "pennylane_input_refused"
    assert "unit, priceWithoutTax, vatRate" in message


def test_the_status_of_an_estimate_is_changed_once(company: Company):
    made = company.outputs("create-estimate", **an_estimate())["estimateId"]

    for _ in range(2):
        assert company.outputs("update-estimate-status", id=made, status="accepted") == {"estimateUpdated": made}

    assert company.row("quotes", made)["status"] == "accepted"
    assert company.simulator.counts()["updated"]["quotes"] == 1


def test_a_status_whose_answer_is_lost_is_looked_up(company: Company):
    made = company.outputs("create-estimate", **an_estimate())["estimateId"]
    company.simulator.set_faults("cut=1:once")

    assert company.run("update-estimate-status", id=made, status="denied")["code"] == 200
    assert company.row("quotes", made)["status"] == "denied"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"id": "7", "status": "accepted"}, "pennylane_not_found"),
        ({"id": "x", "status": "accepted"}, "pennylane_not_found"),
        ({"id": "7", "status": "maybe"}, "pennylane_input_refused"),
        ({"id": "7"}, "pennylane_input_refused"),
        ({"status": "accepted"}, "pennylane_input_refused"),
    ],
)
def test_a_status_that_cannot_be_changed_is_refused(company: Company, asked: dict[str, Any], code: str):
    assert company.refused("update-estimate-status", **asked)[0] == code


def test_a_status_that_pennylane_refuses_is_told_in_its_words(company: Company):
    made = company.outputs("create-estimate", **an_estimate())["estimateId"]
    company.row("quotes", made)["status"] = "invoiced"

    code, message = company.refused("update-estimate-status", id=made, status="accepted")

    assert code == "pennylane_refused"
    assert "invoiced already" in message
