"""Connections to the other ledgers, from the form and by calls: saved, tested, rotated, and no secret comes back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.adapters.memory_token_pairs import MemoryTokenPairs
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from ledgerpost.domain.event import TenantId
from ledgerpost.simulators.codat.demo import DEMO_API_KEY, DEMO_COMPANY, demo_settings
from ledgerpost.simulators.codat.process import SimulatorProcess as CodatSimulator
from tests.console.desk import Browser, Desk

SECRETS = ("client-secret-1", "password-1", "refresh-1", "another-secret", "another-password", DEMO_API_KEY)
ACUMATICA = {
    "label": "Erp", "target": "acumatica", "base_url": "https://erp.example/Acme", "auth_type": "OAuthPassword",
    "identity_authority": "https://erp.example/Acme/identity", "client_id": "c@Company", "scopes": "api",
    "client_secret": "client-secret-1", "user_name": "ledgerpost", "password": "password-1",
    "option": "version", "option_value": "24.200.001",
}  # fmt: skip
PENNYLANE = {
    "label": "Pl", "target": "pennylane", "base_url": "https://app.pennylane.example", "auth_type": "OAuth",
    "identity_authority": "https://app.pennylane.example/oauth", "client_id": "c", "scopes": "all",
    "client_secret": "client-secret-1", "refresh_token": "refresh-1", "option": "journal", "option_value": "1",
}  # fmt: skip


def connection(desk: Desk, id_: str) -> Any:
    """Give what is applied."""
    applied = desk.ports.configurations.applied(TenantId("acme"))
    assert applied is not None
    return next(each for each in applied.configuration.connections.values() if each.id == id_)


def shows_no_secret(browser: Browser, id_: str) -> bool:
    """Say whether nothing that the console shows has any of the secrets."""
    addresses = ("/connections", f"/connections/{id_}", "/v1/connections", "/audit", "/v1/audit")
    return not any(secret in browser.get(address).text for address in addresses for secret in SECRETS)


def test_acumatica_signs_in_as_a_user_whose_password_is_kept_with_the_client_secret(desk: Desk) -> None:
    admin = desk.browser()
    saved = admin.post("/connections", **ACUMATICA)
    assert "The connection is saved." in saved.words
    made = connection(desk, "erp")
    assert (made.target, made.auth.user_name, dict(made.options)) == (
        "acumatica",
        "ledgerpost",
        {"version": "24.200.001"},
    )
    kept = json.loads(desk.ports.secrets.read(made.auth.client_secret))
    assert kept == {"clientSecret": "client-secret-1", "password": "password-1"}
    rotated = admin.post("/connections/erp/secret", secret="another-secret", password="another-password")
    assert "is in use now" in rotated.words
    kept = json.loads(desk.ports.secrets.read(connection(desk, "erp").auth.client_secret))
    assert kept == {"clientSecret": "another-secret", "password": "another-password"}
    assert shows_no_secret(admin, "erp")


def test_half_of_a_secret_is_not_kept(desk: Desk) -> None:
    refused = desk.browser().post("/connections", **ACUMATICA | {"password": ""})
    assert (refused.status, "Fill in both." in refused.words) == (422, True)
    desk.browser().post("/connections", **ACUMATICA)
    refused = desk.browser().post("/connections/erp/secret", secret="another-secret")
    assert refused.status == 400


def test_saving_again_with_blank_secrets_leaves_what_is_kept(desk: Desk) -> None:
    admin = desk.browser()
    admin.post("/connections", **ACUMATICA)
    blank = ACUMATICA | {"id": "erp", "client_secret": "", "password": "", "label": "Erp, renamed"}
    assert "The connection is saved." in admin.post("/connections", **blank).words
    made = connection(desk, "erp")
    assert made.label == "Erp, renamed"
    assert "password-1" in desk.ports.secrets.read(made.auth.client_secret)


def test_pennylanes_refresh_token_is_kept_as_a_secret_and_never_shown(desk: Desk) -> None:
    clock = desk.ports.clock
    pairs = MemoryTokenPairs()
    ports = replace(
        desk.ports,
        targets=lambda secrets: ConnectorTargets(secrets, clock, allow_loopback=True, token_pairs=pairs),
    )
    admin = Browser(Console(ports, caller_of_claims, desk.console._log))
    assert "The connection is saved." in admin.post("/connections", **PENNYLANE).words
    options = dict(connection(desk, "pl").options)
    assert desk.ports.secrets.read(options.pop("refreshToken")) == "refresh-1"
    assert options == {"journal": "1"}
    assert shows_no_secret(admin, "pl")
    blank = PENNYLANE | {"id": "pl", "client_secret": "", "refresh_token": "", "option_value": "2"}
    assert "The connection is saved." in admin.post("/connections", **blank).words
    options = dict(connection(desk, "pl").options)
    assert (desk.ports.secrets.read(options["refreshToken"]), options["journal"]) == ("refresh-1", "2")


def test_where_no_pairs_are_kept_pennylanes_oauth_is_refused_before_a_secret_is_kept(desk: Desk) -> None:
    refused = desk.browser().post("/connections", **PENNYLANE)
    assert (refused.status, "There is no store for tokens that rotate." in refused.words) == (422, True)
    assert desk.ports.vault.find(desk.ports.secret_name(TenantId("acme"), "pl")) is None  # type: ignore[arg-type]


def test_an_option_that_the_target_does_not_have_is_named_at_once(desk: Desk) -> None:
    refused = desk.browser().post("/connections", **ACUMATICA | {"option": "journal"})
    assert (refused.status, "options.journal" in refused.words) == (422, True)


@pytest.mark.parametrize("reference", ["env:LEDGERPOST_KEPT_SECRET_1", "secretsmanager:arn:of:another:tenant"])
def test_a_refresh_token_of_somebody_else_cannot_be_named(desk: Desk, reference: str) -> None:
    body = {
        "label": "Pl", "target": "pennylane", "baseUrl": "https://app.pennylane.example", "authType": "PAT",
        "secret": "client-secret-1", "options": {"refreshToken": reference},
    }  # fmt: skip
    refused = desk.browser().call("POST", "/v1/connections", body)
    assert (refused.status, refused.json["code"]) == (422, "config_secret_not_on_stage")


def test_codat_is_saved_tested_and_rotated_by_calls(desk: Desk) -> None:
    with CodatSimulator(demo_settings()) as codat:
        program = desk.browser()
        body = {
            "label": "Books", "target": "codat", "baseUrl": codat.url, "authType": "PAT", "secret": DEMO_API_KEY,
            "options": {"timeoutInMinutes": "5"},
        }  # fmt: skip
        assert program.call("POST", "/v1/connections", body).json["connection"] == "books"
        asked = program.call("POST", "/v1/connections/books/test", {"accounts": [DEMO_COMPANY]})
        assert asked.json["accounts"][0]["reached"] is True, asked.text
        route = {"connection": "books", "streamType": "Sales", "accountId": DEMO_COMPANY}
        assert program.call("POST", "/v1/routes", route).status == 200
        refused = program.call("POST", "/v1/connections/books/secret", {"secret": "another-secret"})
        assert (refused.status, refused.json["code"]) == (422, "secret_refused")
        [books] = [each for each in program.get("/v1/connections").json["connections"] if each["id"] == "books"]
        assert (books["target"], books["options"]) == ("codat", {"timeoutInMinutes": "5"})
        assert shows_no_secret(program, "books")
