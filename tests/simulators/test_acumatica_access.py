"""Signing in to the Acumatica simulator, its licence's slots, and the faults that strike its writes."""

import json
import subprocess
import sys
from dataclasses import replace

import httpx
import pytest

from ledgerpost.simulators.acumatica import SimulatorProcess, SimulatorSettings, demo_settings, parse_faults
from ledgerpost.simulators.acumatica.__main__ import main
from ledgerpost.simulators.acumatica.demo import DEMO_CLIENT_ID
from ledgerpost.simulators.pennypipe import RateLimit
from ledgerpost.simulators.serving.settings import SettingsError
from tests.simulators.acumatica_calls import ROOT, Caller, order, value


def bearer(site: Caller, token: str, path: str = f"{ROOT}/StockItem") -> int:
    return site.send("GET", path, Authorization=f"Bearer {token}").status


def test_bad_credentials_are_a_500():
    reply = Caller().login(password="wrong")

    assert (reply.status, reply.says) == (500, "Error: Invalid credentials. Please try again.")


def test_an_unknown_tenant_is_a_500_of_its_own_kind():
    reply = Caller().login(tenant="Elsewhere")

    assert (reply.status, reply.json["exceptionType"]) == (500, "PX.Data.PXUndefinedCompanyException")


def test_a_call_without_a_session_is_a_401_with_an_empty_body():
    reply = Caller().send("GET", f"{ROOT}/SalesOrder")

    assert (reply.status, reply.body) == (401, b"")


def test_every_session_takes_a_slot_until_it_is_logged_out():
    site = Caller(api_users_max=2)
    assert [site.login().status for _ in range(2)] == [204, 204]
    assert "API Login Limit" in site.login().says

    assert site.send("POST", "/entity/auth/logout", Cookie=site.cookie).status == 411
    assert site.send("POST", "/entity/auth/logout", Cookie=site.cookie, Content_Length="0").status == 204
    assert site.login().status == 204
    assert (site.counts.sessions, site.counts.sessions_peak) == (2, 2)


def test_a_cookie_session_ends_when_it_is_idle():
    site = Caller(session_idle_s=60)
    site.call("GET", "StockItem")
    site.now_s += 61

    assert site.call("GET", "StockItem").status == 401
    assert site.counts.sessions == 0


def test_the_client_id_must_end_in_the_tenant():
    site = Caller()

    assert site.token().status == 200
    assert site.token(client_id=DEMO_CLIENT_ID.partition("@")[0]).json["error"] == "invalid_client"
    assert site.token(client_id=DEMO_CLIENT_ID.replace("Company", "Other")).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "wrong"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"scope": "offline_access"}, "invalid_scope"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, "invalid_grant"),
    ],
)
def test_the_token_endpoint_refuses_by_the_codes_of_oauth(changes: dict[str, str], error: str):
    reply = Caller().token(**changes)

    assert (reply.status, reply.json["error"]) == (400, error)


def test_a_token_lives_an_hour_and_its_refresh_goes_on_with_the_session_once():
    site = Caller(api_users_max=1)
    first = site.token().json
    assert bearer(site, first["access_token"]) == 200
    site.now_s += 3600
    assert bearer(site, first["access_token"]) == 401

    second = site.token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json

    assert bearer(site, second["access_token"]) == 200
    assert site.counts.sessions == 1
    again = site.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again.json["error"] == "invalid_grant", "a refresh token is good once"


def test_each_password_grant_is_a_session_of_its_own():
    site = Caller(api_users_max=1)
    assert bearer(site, site.token().json["access_token"]) == 200

    second = site.send("GET", f"{ROOT}/StockItem", Authorization=f"Bearer {site.token().json['access_token']}")

    assert "API Login Limit" in second.says


def test_a_logout_by_token_frees_the_slot():
    site = Caller(api_users_max=1)
    token = site.token().json["access_token"]
    bearer(site, token)

    site.send("POST", "/entity/auth/logout", Authorization=f"Bearer {token}", Content_Length="0")

    assert (bearer(site, token), site.counts.sessions) == (401, 0)


def test_a_revoked_token_is_refused():
    site = Caller()
    token = site.token().json["access_token"]

    assert site.send("POST", "/identity/connect/revocation", f"token={token}".encode()).status == 200
    assert bearer(site, token) == 401


def test_a_company_header_is_wanted_where_it_is_set_up():
    site = Caller(company_header="X-Company: Company")

    assert site.call("GET", "StockItem").status == 500
    assert site.call("GET", "StockItem", X_Company="Company").status == 200


def test_other_versions_and_absent_entities_are_404():
    site = Caller(absent_entities=("TaxZone",))
    site.login()

    assert site.call("GET", "TaxZone").status == 404
    assert site.send("GET", "/entity/Default/26.200.001/StockItem", Cookie=site.cookie).status == 404
    endpoints = site.send("GET", "/entity", Cookie=site.cookie).json["endpoints"]
    assert [(each["name"], each["version"]) for each in endpoints] == [("Default", "24.200.001")]


def test_too_many_requests_are_a_429_of_plain_text():
    site = Caller(rate_limit=RateLimit(1, 60.0))
    site.call("GET", "StockItem")

    reply = site.call("GET", "StockItem")

    assert (reply.status, reply.headers.get("Retry-After")) == (429, None)
    assert reply.body == b"The custom error module does not recognize this error."


@pytest.mark.parametrize(("kind", "status"), [("cut", 0), ("error_after", 500), ("html", 200)])
def test_a_fault_after_writing_hides_that_the_order_is_there(kind: str, status: int):
    site = Caller(faults=f"{kind}=1:once")

    assert site.put(order()).status == status
    assert (site.counts.records["SalesOrder"], site.counts.faults) == (1, {kind: 1})


@pytest.mark.parametrize(
    ("faults", "status"),
    [("error_before=1", 500), ("conflict=1", 500), ("limit=1", 429), ("expire=1", 401), ("poison=R-1", 422)],
)
def test_a_fault_before_writing_leaves_no_order(faults: str, status: int):
    site = Caller(faults=faults)

    assert site.put(order()).status == status
    assert site.counts.records["SalesOrder"] == 0


def test_slow_delays_the_answer_whatever_it_is():
    assert Caller(faults="slow=1:120").put(order()).delay_s == 120.0


def test_a_search_misses_a_young_order_while_it_lags():
    site = Caller(faults="lag=1:5")
    site.put(order())

    assert site.search("ExternalRef eq 'R-1'") == []
    site.now_s += 5
    assert len(site.search("ExternalRef eq 'R-1'")) == 1


def test_faults_may_strike_one_entity_alone():
    site = Caller(faults="cut=1", fault_entities=("Shipment",))

    assert site.put(order()).status == 200


def test_a_fault_is_drawn_by_seed_and_reference_alone():
    def struck(references: list[str]) -> set[str]:
        site = Caller(faults="error_before=0.3", seed=5)
        return {reference for reference in references if site.put(order(reference)).status == 500}

    references = [f"R-{number}" for number in range(60)]
    assert struck(references) == struck(references[::-1])
    assert 0 < len(struck(references)) < 60


def test_a_plan_names_its_own_kinds():
    assert set(parse_faults("cut=0.1,error_before=0.2:once,limit=1:0")) == {"cut", "error_before", "limit"}
    with pytest.raises(ValueError, match="unknown fault 'refuse'"):
        parse_faults("refuse=1")


def test_settings_survive_the_way_to_the_child():
    settings = replace(demo_settings(), seed=3, faults="cut=0.1", rate_limit=RateLimit(6, 1.0), api_users_max=4)

    assert SimulatorSettings.from_json(settings.to_json()) == settings
    with pytest.raises(SettingsError, match="unexpected"):
        SimulatorSettings.from_json('{"sead": 1}')


def test_it_runs_as_a_process_and_counts_effects_apart_from_calls():
    with SimulatorProcess(demo_settings()) as simulator, httpx.Client(base_url=simulator.url) as client:
        client.post(
            "/entity/auth/login", json={"name": simulator.settings.user, "password": simulator.settings.password}
        )
        simulator.set_faults("cut=1:once")
        with pytest.raises(httpx.RemoteProtocolError):
            client.put(f"{ROOT}/SalesOrder", json=order())
        client.put(f"{ROOT}/SalesOrder", json=order())
        counts = simulator.counts()

        assert counts.effects == {"SalesOrder": {"created": 2}}
        assert counts.calls["put_SalesOrder"] == {"200": 1, "cut": 1}
        assert (counts.duplicates, counts.lines) == (1, 2)
        assert [entry["ExternalRef"]["value"] for entry in simulator.entries()] == ["R-1", "R-1"]
        simulator.put("Customer", {"CustomerName": value("New"), "MainContact": {"Email": value("new@example.com")}})
        assert [each["CustomerID"]["value"] for each in simulator.records("Customer")][-1] == "C000002"
        simulator.turn(manual_numbering=True)
        with pytest.raises(ValueError, match="no switch"):
            simulator.turn(colour="red")


def test_the_module_prints_its_ready_line_and_ends_with_its_settings_pipe():
    child = subprocess.Popen(
        [sys.executable, "-m", "ledgerpost.simulators.acumatica", "--settings", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(demo_settings().to_json().encode() + b"\n")
    child.stdin.flush()
    assert json.loads(child.stdout.readline())["simulator"] == "acumatica"
    child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()


def test_faults_that_cannot_be_read_stop_the_command(capsys: pytest.CaptureFixture[str]):
    assert main(["--faults", "cut=2"]) == 2
    assert "above 1" in capsys.readouterr().err
