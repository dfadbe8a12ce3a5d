"""Setting up from the pages: connections, secrets, routes, rules, the test post. Source: seed 000, steps 2 to 6."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.stage_secrets import secret_reference
from ledgerpost.cli.demo import demo_configuration
from ledgerpost.connectors.pennypipe.answers import FieldDefinition
from ledgerpost.console.editing import document_of
from ledgerpost.console.requests import Fields
from ledgerpost.console.routing import rule_of_form
from ledgerpost.console.views.routes import mapping_mistakes, route_called
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import EventKind, TenantId
from ledgerpost.domain.route import RouteId
from ledgerpost.simulators.pennypipe.demo import DEMO_ADMIN_PAT, DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_PAT
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from ledgerpost.simulators.pennypipe.settings import AccountSettings
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.stored_configuration import to_items
from tests.console.desk import ACCOUNT, Desk, a_sale, opened_desk

ACME = TenantId("acme")
SCOPES = "webjala_pennypipe_api pennypipe.integration.ledger.write"

GUIDE_A = {
    "saleDocument": {
        "enabled": True,
        "entryType": "credit",
        "tagNames": ["Sales", "Retail"],
        "createMissingTags": True,
        "referenceIdSourceProperty": "Id",
        "noteTemplate": "Sale #{ReceiptNumber} | Customer: {CustomerDetails} | Total: {Total}",
        "customFieldValueMaps": [
            {"fieldDefinitionId": "11111111-1111-1111-1111-111111111111", "sourceProperty": "ReceiptNumber"}
        ],
    }
}
"""The seed's mapping example A in the other casing that the editor takes."""


@pytest.fixture
def empty(simulator: SimulatorProcess) -> Iterator[Desk]:
    nothing = replace(demo_configuration(simulator.url), connections={}, routes={})
    with opened_desk(simulator.url, nothing) as opened:
        yield opened


def pat(desk: Desk, **changes: str) -> dict[str, str]:
    return {"label": "Main Finance Account", "base_url": desk.ledger, "auth_type": "PAT", "token": DEMO_PAT} | changes


def test_a_saved_connection_is_there_and_its_secret_never_comes_back(empty: Desk) -> None:
    admin = empty.browser()
    saved = admin.post("/connections", **pat(empty))
    assert "The connection is saved." in saved.words
    assert "Main Finance Account" in saved.words
    for address in ("/connections", "/connections/main-finance-account", "/audit", "/v1/connections", "/v1/audit"):
        assert DEMO_PAT not in admin.get(address).text


def test_an_oauth_connection_reaches_its_account(empty: Desk) -> None:
    admin = empty.browser()
    form = pat(empty, auth_type="OAuth", identity_authority=empty.ledger, client_id=DEMO_CLIENT_ID, scopes=SCOPES)
    admin.post("/connections", **form, client_secret=DEMO_CLIENT_KEY)
    tested = admin.post("/connections/main-finance-account/test", account=ACCOUNT)
    assert "Reached; kept in GBP." in tested.words


def test_a_refused_connection_keeps_no_secret_and_gives_back_all_that_was_typed_but_it(empty: Desk) -> None:
    refused = empty.browser().post("/connections", **pat(empty, base_url="ftp://ledger.example"))
    assert refused.status == 422
    assert "config_base_url_refused" in refused.text
    assert 'value="Main Finance Account"' in refused.text
    assert DEMO_PAT not in refused.text
    assert empty.ports.vault.find(empty.ports.secret_name(ACME, "main-finance-account")) is None  # type: ignore[arg-type]


def test_a_connection_needs_its_secret(empty: Desk) -> None:
    refused = empty.browser().post("/connections", **pat(empty, token=""))
    assert (refused.status, "Fill it in; it is never shown again." in refused.words) == (422, True)


def test_a_secret_that_the_ledger_refuses_does_not_replace_the_one_in_use(desk: Desk) -> None:
    admin = desk.browser()
    admin.post("/connections/main/secret", secret=DEMO_PAT)
    refused = admin.post("/connections/main/secret", secret="revoked-token")
    assert (refused.status, "secret_refused" in refused.text) == (422, True)
    assert "revoked-token" not in refused.text
    assert "Reached" in admin.post("/connections/main/test").words


@pytest.mark.parametrize(
    ("changes", "status", "advice"),
    [
        ({"account": "no-such-account"}, 404, "Check that the account id is correct."),
        ({"connection": "wrong"}, 401, "Check that the token is active and not expired or revoked."),
    ],
)
def test_a_refused_test_post_says_what_to_check(desk: Desk, changes: dict[str, str], status: int, advice: str) -> None:
    admin = desk.browser()
    admin.post("/connections", **pat(desk, label="wrong", token="a-revoked-token"))
    form = {"connection": "main", "account": ACCOUNT, "amount": "0.01"} | changes
    tried = admin.post("/test-post", **form)
    assert advice in tried.words
    assert f"{status}" in tried.words


def test_a_client_that_is_not_allow_listed_is_told_the_guides_advice_on_403(
    simulator: SimulatorProcess, desk: Desk
) -> None:
    admin = desk.browser()
    form = pat(
        desk, label="OAuth", auth_type="OAuth", identity_authority=desk.ledger, client_id=DEMO_CLIENT_ID, scopes=SCOPES
    )
    admin.post("/connections", **form, client_secret=DEMO_CLIENT_KEY)
    simulator.add_account(AccountSettings(id="closed", name="Closed", currency="GBP"))
    tried = admin.post("/test-post", connection="oauth", account="closed", amount="0.01")
    assert "403 (access denied)" in tried.words
    for advice in ("the account id is correct", "the right connection is selected", "allow-list"):
        assert advice in tried.words


def test_a_test_post_that_passes_ticks_the_checklist(desk: Desk) -> None:
    admin = desk.browser()
    assert "Test post succeeded (to do)" in admin.get("/checklist").words
    tried = admin.post("/test-post", connection="main", account=ACCOUNT, amount="0.01", clean_up="true")
    assert "The test post succeeded: you can go live." in tried.words
    assert "Test post succeeded (done)" in admin.get("/checklist").words


@pytest.mark.parametrize("amount", ["0", "-1", "a lot", ""])
def test_a_test_post_needs_an_amount_above_zero(desk: Desk, amount: str) -> None:
    assert desk.browser().post("/test-post", connection="main", account=ACCOUNT, amount=amount).status == 400


def test_rules_in_camel_case_are_taken_and_shown_in_pascal_case(desk: Desk) -> None:
    admin = desk.browser()
    applied = admin.post("/routes/sales-to-a/rules", rules=json.dumps(GUIDE_A))
    assert "with their keys in PascalCase" in applied.words
    assert "&#34;CustomFieldValueMaps&#34;" in applied.text
    assert "customFieldValueMaps" not in applied.text


def test_refused_rules_stay_in_the_editor_with_each_problem_and_its_mend(desk: Desk) -> None:
    refused = desk.browser().post(
        "/routes/sales-to-a/rules", rules='{"SaleDocument": {"Enabled": true, "Entrytype": 1}}'
    )
    assert refused.status == 422
    assert "Entrytype" in refused.text
    assert "EntryType" in refused.words


def test_a_rule_saved_by_its_form_is_the_guides_json(desk: Desk) -> None:
    form = {
        "Enabled": "true",
        "EntryType": "credit",
        "TagNames": "Customer payments, Retail",
        "NoteTemplate": "Payment {Payment}",
    }
    saved = desk.browser().post("/routes/sales-to-a/rules/SalePayment", **form)
    assert "The rule is saved." in saved.words
    configuration = desk.ports.configurations.applied(ACME)
    assert configuration is not None
    route = configuration.configuration.routes[RouteId("sales-to-a")]
    assert route.rules[EventKind.SALE_PAYMENT].tag_names == ("Customer payments", "Retail")
    assert route.rules[EventKind.SALE_DOCUMENT].enabled, "the other rule stays"
    assert route.revision == 2


def test_empty_rows_of_the_form_are_passed_over() -> None:
    form = Fields(
        {"EntryType": ["debit"], "FieldDefinitionId": ["f-1", "", ""], "SourceProperty": ["ReceiptNumber", "", ""]}
    )
    assert rule_of_form(form) == {
        "Enabled": False,
        "EntryType": "debit",
        "CreateMissingTags": False,
        "CustomFieldValueMaps": [{"FieldDefinitionId": "f-1", "SourceProperty": "ReceiptNumber"}],
    }


def test_another_account_of_a_live_route_has_to_be_agreed_to(desk: Desk) -> None:
    admin = desk.browser()
    form = {"id": "sales-to-a", "connection": "main", "stream_type": "Sales", "account_id": "other", "enabled": "true"}
    assert "config_new_references" in admin.post("/routes", **form).text
    assert "The route is saved." in admin.post("/routes", **form, new_references="true").words


def test_who_saves_over_what_somebody_else_changed_meanwhile_is_told(desk: Desk) -> None:
    ada, bob = desk.browser(), desk.browser(name="bob@acme.example")
    form = {"Enabled": "true", "EntryType": "credit", "revision": "1"}
    assert ada.post("/routes/sales-to-a/rules/SalePayment", **form).status == 200
    late = bob.post("/routes/sales-to-a/rules/SalePayment", **form)
    assert (late.status, "ada@acme.example" in late.words) == (409, True)


def test_a_route_is_switched_off_and_on(desk: Desk) -> None:
    admin = desk.browser()
    assert "The route is switched off" in admin.post("/routes/sales-to-a/enabled", enabled="false").words
    assert "The route is enabled." in admin.post("/routes/sales-to-a/enabled", enabled="true").words


def test_the_fields_of_the_account_are_loaded_and_offered(desk: Desk) -> None:
    page = desk.browser().get("/routes/sales-to-a?fields=1")
    assert "Sale Invoice Ref" in page.words
    assert '<option value="a1111111-1111-1111-1111-111111111111">' in page.text


def test_a_field_of_another_account_is_warned_of_when_the_fields_are_loaded(desk: Desk) -> None:
    admin = desk.browser()
    rules = {"SaleDocument": {"Enabled": True, "EntryType": "credit", "CustomFieldValueMaps": [
        {"FieldDefinitionId": "55555555-5555-5555-5555-555555555555", "SourceProperty": "ReceiptNumber"}]}}  # fmt: skip
    admin.post("/routes/sales-to-a/rules", rules=json.dumps(rules))
    assert "mapping_wrong_account" not in admin.get("/routes/sales-to-a").text
    assert "mapping_wrong_account" in admin.get("/routes/sales-to-a?fields=1").text


def mistakes(desk: Desk, rules: dict[str, object], fields: list[FieldDefinition] | None = None) -> set[str]:
    desk.browser().post("/routes/sales-to-a/rules", rules=json.dumps(rules))
    route = route_called(ACME, "sales-to-a", desk.ports).route
    return {each.code for each in mapping_mistakes(route, fields)}


def a_rule(*pairs: tuple[str, str], enabled: bool = True) -> dict[str, object]:
    maps = [{"FieldDefinitionId": field, "SourceProperty": source} for field, source in pairs]
    return {"Enabled": enabled, "EntryType": "credit", "CustomFieldValueMaps": maps}


def test_the_guides_mapping_mistakes_are_warned_of(desk: Desk) -> None:
    assert mistakes(desk, {"SalePayment": a_rule(("f-1", "Total"))}) == {"mapping_irrelevant"}
    assert mistakes(desk, {"SaleDocument": a_rule(), "SalePayment": a_rule(("f-1", "Payment"), enabled=False)}) == {
        "mapping_unused"
    }
    many = [(f"f-{number}", f"Property{number}") for number in range(5)]
    assert mistakes(desk, {"SaleDocument": a_rule(*many), "SalePayment": a_rule(*many)}) == {"mapping_many_at_once"}
    gone = FieldDefinition("f-1", "Old", "text", required=False, active=False)
    assert mistakes(desk, {"SaleDocument": a_rule(("f-1", "Notes"))}, [gone]) == {"mapping_unused"}
    assert mistakes(desk, {"SaleDocument": a_rule(("f-1", "Notes"))}) == set()


def test_a_pause_holds_back_until_it_is_resumed(desk: Desk) -> None:
    operator = desk.browser(role="operator")
    paused = operator.post("/connections/main/pause", account=ACCOUNT, reason="audit")
    assert "was paused by ada@acme.example" in paused.words
    assert "It is resumed" in operator.post("/connections/main/resume", account=ACCOUNT).words
    assert desk.ports.pauses.pauses(ACME) == ()


def test_every_change_is_in_the_audit_with_who_and_the_chain_holds(desk: Desk) -> None:
    admin = desk.browser()
    admin.post("/routes/sales-to-a/enabled", enabled="false")
    admin.post("/connections/main/secret", secret=DEMO_PAT)
    admin.post("/test-post", connection="main", account=ACCOUNT, amount="0.01")
    page = admin.get("/audit?check=1").words
    assert "All 5 entries hold." in page  # the moved secret is applied; a test post has one of what came of it too
    for act in ("apply", "put secret", "test post"):
        assert f"ada@acme.example {act}" in page


def test_a_preview_says_what_changed_rules_would_do_and_saves_nothing(desk: Desk) -> None:
    desk.publish(a_sale("1"), a_sale("2"))
    admin = desk.browser()
    before = desk.ports.configurations.applied(ACME)
    rules = {"Enabled": "true", "EntryType": "debit", "ReferenceIdSourceProperty": "Id"}
    page = admin.post("/routes/sales-to-a/preview/SaleDocument", **rules)
    assert "0 created, 2 changed, 0 unchanged" in page.words
    assert "25.00 GBP" in page.words
    assert desk.ports.configurations.applied(ACME) == before
    entries = {each.key.reference: each.fence for each in desk.engine.deliveries.records(ACME)}
    assert desk.browser(role="viewer").post("/routes/sales-to-a/preview/SaleDocument", **rules).status == 200
    assert {each.key.reference: each.fence for each in desk.engine.deliveries.records(ACME)} == entries


def test_what_was_previewed_is_what_is_applied(desk: Desk) -> None:
    desk.publish(a_sale("1"))
    admin = desk.browser()
    text = json.dumps({"SaleDocument": {"Enabled": True, "EntryType": "debit"}})
    previewed = admin.post("/routes/sales-to-a/preview", rules=text)
    shown = re.search(r'name="rules" value="([^"]*)"', previewed.text)
    assert shown is not None
    admin.post("/routes/sales-to-a/rules", rules=html.unescape(shown[1]))
    applied = desk.ports.configurations.applied(ACME)
    assert applied is not None
    assert applied.configuration.routes[RouteId("sales-to-a")].rules[EventKind.SALE_DOCUMENT].entry_type == "debit"


def test_the_document_that_a_page_changes_is_the_one_that_is_applied() -> None:
    text = Path("events/configuration.example.yaml").read_text()
    configuration = read_configuration(text, formulas=RuleEngineFormulas()).configuration
    again = json.dumps(document_of(configuration, to_items))
    assert read_configuration(again, formulas=RuleEngineFormulas()).configuration == configuration


def test_a_rotated_secret_is_the_one_that_the_ledger_is_asked_with(desk: Desk) -> None:
    admin = desk.browser()
    rotated = admin.post("/connections/main/secret", secret=DEMO_ADMIN_PAT)
    assert "The ledger took the new secret" in rotated.words
    applied = desk.ports.configurations.applied(ACME)
    assert applied is not None
    [connection] = applied.configuration.connections.values()
    assert desk.ports.secrets.read(secret_reference(connection), fresh=True) == DEMO_ADMIN_PAT
    desk.publish(a_sale("1"))
    [record] = desk.engine.deliveries.records(ACME)
    assert record.status is Status.DELIVERED


def test_who_saves_over_a_change_they_have_not_seen_leaves_the_secret_as_it_was(desk: Desk) -> None:
    admin = desk.browser()
    late = admin.post("/connections", **pat(desk, id="main", revision="7", token=DEMO_ADMIN_PAT))
    assert late.status == 409
    assert desk.ports.vault.find(desk.ports.secret_name(ACME, "main")) is None  # type: ignore[arg-type]
