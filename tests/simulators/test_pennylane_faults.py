"""The Pennylane simulator: rotation of tokens, faults, its own process. Source: pennylane sheet, sections 2 and 11."""

import json
import os
import subprocess
import sys

import pytest

from ledgerpost.simulators.pennylane import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_REFRESH_TOKEN, DEMO_TOKEN
from tests.simulators.pennylane_calls import Company
from tests.simulators.pennypipe_calls import OverHttp
from tests.simulators.replies import Reply

PRODUCT = {"label": "Pack 1", "price_before_tax": "99.00", "vat_rate": "FR_200", "external_reference": "src-1"}


def status_with(company: Company, reply: Reply) -> int:
    return company.call("GET", "me", token=reply.json["access_token"]).status


def test_a_refresh_ends_the_refresh_token_and_the_access_token_before():
    company = Company()
    first = company.refreshed()
    second = company.refreshed(first.json["refresh_token"])

    assert (status_with(company, first), status_with(company, second)) == (401, 200)
    assert company.refreshed(first.json["refresh_token"]).json["error"] == "invalid_grant"


def test_two_refreshes_with_one_token_lock_the_company_out():
    company = Company()
    first = company.refreshed()
    second = company.refreshed(DEMO_REFRESH_TOKEN)

    assert second.status == 400
    assert status_with(company, first) == 401
    assert company.refreshed(first.json["refresh_token"]).status == 400
    assert company.simulator.counts()["reusedRefreshTokens"] == 2


def test_in_the_milder_reading_the_first_pair_lives_on():
    company = Company(family_dies=False)
    first = company.refreshed()

    assert company.refreshed(DEMO_REFRESH_TOKEN).status == 400
    assert status_with(company, first) == 200


def test_an_access_token_lives_a_day_and_a_refresh_token_ninety():
    company = Company()
    first = company.refreshed()
    company.now_s += 86_400
    assert status_with(company, first) == 401
    company.now_s += 90 * 86_400
    assert company.refreshed(first.json["refresh_token"]).status == 400


def test_an_unknown_client_and_another_grant_are_refused():
    company = Company()
    assert company.send("POST", "/oauth/token", {}, b"client_id=x").json["error"] == "invalid_client"
    form = b"client_id=ledgerpost-demo&client_secret=demo-key-opens-only-the-simulator&grant_type=client_credentials"
    assert company.send("POST", "/oauth/token", {}, form).json["error"] == "unsupported_grant_type"


def test_the_answer_of_a_refresh_can_be_lost_after_it_rotated():
    company = Company()
    company.simulator.token_answers_to_cut = 1

    assert company.refreshed().status == 0
    assert company.refreshed().status == 400


@pytest.mark.parametrize(
    ("faults", "status", "rows"),
    [
        ("cut=1", 0, 1),
        ("error_after=1", 500, 1),
        ("html=1", 200, 1),
        ("refuse=1:2", 503, 0),
        ("limit=1:2", 429, 0),
        ("poison=src-1", 422, 0),
        ("slow=1:3", 201, 1),
    ],
)
def test_a_fault_strikes_before_or_after_the_effect(faults: str, status: int, rows: int):
    company = Company(faults=faults)

    reply = company.post("products", PRODUCT)

    assert reply.status == status
    assert company.simulator.counts()["rows"].get("products", 0) == rows
    assert reply.delay_s == (3 if "slow" in faults else 0)


def test_a_page_can_be_slow_and_a_read_refused_once():
    company = Company(faults="slow=1:2,refuse=1:once")

    assert [company.call("GET", "products").status for _ in range(2)] == [503, 200]
    assert company.call("GET", "products").delay_s == 2


def test_a_token_can_be_revoked_mid_run_but_an_api_token_stays():
    company = Company(faults="expire=1:once")
    access = company.refreshed().json["access_token"]

    assert company.call("GET", "products", token=access).status == 401
    assert company.call("GET", "me", token=access).status == 401
    assert company.call("GET", "products").status == 200


def test_a_new_row_can_hide_from_look_ups_for_a_while():
    company = Company(faults="lag=1:5")
    company.post("products", PRODUCT)
    query = {"filter": json.dumps([{"field": "external_reference", "operator": "eq", "value": "src-1"}])}

    assert company.list("products", **query).json["items"] == []
    company.now_s += 5
    assert len(company.list("products", **query).json["items"]) == 1


def test_a_reset_forgets_the_rows_and_keeps_the_chart_of_accounts():
    company = Company()
    company.post("products", PRODUCT)

    assert company.send("POST", "/_simulator/reset", {}, b"").status == 204

    assert company.simulator.counts()["rows"] == {"ledger_accounts": 7, "journals": 2, "category_groups": 2}
    assert company.simulator.counts()["created"] == {}


def test_bulk_data_goes_through_the_rules_of_the_api_and_a_refused_row_is_named():
    company = Company()
    load = json.dumps({"products": [PRODUCT, PRODUCT | {"external_reference": "src-2"}]}).encode()

    ids = company.send("POST", "/_simulator/load", {}, load).json["ids"]["products"]
    refused = company.send("POST", "/_simulator/load", {}, json.dumps({"products": [{"label": "x"}]}).encode())

    rows = company.send("GET", "/_simulator/rows/products", {}, b"").body.splitlines()
    assert [json.loads(row)["id"] for row in rows] == ids
    assert refused.status == 400
    assert "price_before_tax" in refused.json["detail"]


def test_the_log_holds_what_was_asked_and_no_token():
    company = Company()
    company.call("GET", "products?limit=1")

    logged = company.send("GET", "/_simulator/requests", {}, b"")

    assert logged.json["items"][-1]["operation"] == "list products"
    assert DEMO_TOKEN.encode() not in logged.body


def test_the_process_serves_cuts_counts_and_ends():
    with SimulatorProcess(demo_settings()) as simulator:
        caller = OverHttp(simulator.url)
        headers = {"Authorization": f"Bearer {DEMO_TOKEN}", "Content-Type": "application/json"}
        simulator.set_faults("cut=1")
        cut = caller.send("POST", "/api/external/v2/products", headers, json.dumps(PRODUCT).encode())
        simulator.set_faults("")
        (row,) = simulator.rows("products")
        ids = simulator.load({"products": [PRODUCT | {"external_reference": "src-2"}]})["products"]

        assert cut.status == 0
        assert row["external_reference"] == "src-1"
        assert simulator.counts()["created"] == {"products": 2}
        assert len(ids) == 1
        with pytest.raises(ValueError, match="unknown fault"):
            simulator.set_faults("nonsense=1")
        simulator.reset()
        assert simulator.counts()["created"] == {}


def test_the_command_refuses_a_plan_that_it_cannot_read():
    command = [sys.executable, "-m", "ledgerpost.simulators.pennylane", "--faults", "nonsense=1"]
    ended = subprocess.run(command, capture_output=True, timeout=30, env=os.environ, check=False)

    assert ended.returncode == 2
    assert b"unknown fault" in ended.stderr
