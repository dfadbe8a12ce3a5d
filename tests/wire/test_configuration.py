"""The configuration document: what is accepted, and what it then says."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledgerpost.domain.event import EventKind
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.route import EntryType, OAuthAuth, PatAuth
from ledgerpost.wire.configuration import normalised, read_configuration, rules_from_json
from tests.wire.configuration_documents import changed, document

ROOT = Path(__file__).parents[2]
SEED_RULES = sorted((ROOT / "tests" / "golden" / "seed_rules").glob("*.json"))
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ledgerpost/main-a1B2c3"


def test_a_document_without_faults_becomes_the_configuration_it_says() -> None:
    checked = read_configuration(json.dumps(document()))
    configuration = checked.configuration
    assert checked.warnings == ()
    assert configuration.tenant == "acme"
    (connection,) = configuration.connections.values()
    assert connection.auth == PatAuth("env:PENNYPIPE_PAT")  # type: ignore[arg-type]
    sales = configuration.routes["sales"]  # type: ignore[index]
    assert (sales.account, sales.enabled, sales.time_zone.key, sales.revision) == (
        "account-a",
        True,
        "Europe/London",
        1,
    )
    assert sales.rules[EventKind.SALE_DOCUMENT].entry_type is EntryType.CREDIT


def test_yaml_and_json_say_the_same() -> None:
    as_json = read_configuration(json.dumps(document()))
    as_yaml = read_configuration(yaml.safe_dump(document()))
    flow = read_configuration(yaml.safe_dump(document(), default_flow_style=True, width=10_000))
    assert as_json.configuration == as_yaml.configuration == flow.configuration


def test_the_example_is_accepted_without_a_warning() -> None:
    checked = read_configuration((ROOT / "events" / "configuration.example.yaml").read_text(encoding="utf-8"))
    assert checked.warnings == ()
    assert [len(route.rules) for route in checked.configuration.routes.values()] == [2, 2]


def test_oauth_and_a_secret_in_secrets_manager_are_taken() -> None:
    auth = {
        "type": "OAuth",
        "identityAuthority": "https://id.example",
        "clientId": "ledgerpost",
        "clientSecret": f"secretsmanager:{ARN}",
        "scopes": "a b",
    }
    checked = read_configuration(json.dumps(changed("connections.0.auth", auth)))
    (connection,) = checked.configuration.connections.values()
    assert isinstance(connection.auth, OAuthAuth)
    assert connection.auth.client_secret == f"secretsmanager:{ARN}"


@pytest.mark.parametrize("path", SEED_RULES, ids=lambda path: path.stem)
def test_each_json_block_of_the_guide_is_accepted_unchanged(path: Path) -> None:
    checked = rules_from_json(path.read_text(encoding="utf-8"))
    assert checked.warnings == ()
    assert normalised(checked.document) == json.loads(path.read_text(encoding="utf-8"))
    assert all(rule.enabled for rule in checked.rules.values())


@pytest.mark.parametrize("path", SEED_RULES, ids=lambda path: path.stem)
def test_camel_case_rules_are_the_same_rules(path: Path) -> None:
    pascal = json.loads(path.read_text(encoding="utf-8"))
    assert normalised(rules_from_json(json.dumps(in_camel_case(pascal))).document) == pascal


def in_camel_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: in_camel_case(inner) for key, inner in value.items()}
    return [in_camel_case(inner) for inner in value] if isinstance(value, list) else value


def test_the_normalised_document_reads_as_the_same_configuration() -> None:
    whole = document()
    whole["routes"][0]["rules"] = in_camel_case(whole["routes"][0]["rules"])
    checked = read_configuration(json.dumps(whole))
    assert normalised(checked.document) == document()
    assert read_configuration(json.dumps(normalised(checked.document))).configuration == checked.configuration


def test_what_is_left_out_takes_the_documented_default() -> None:
    configuration = read_configuration(json.dumps(changed("routes.0.timeZone", ...))).configuration
    sales = configuration.routes["sales"]  # type: ignore[index]
    rule = sales.rules[EventKind.SALE_DOCUMENT]
    assert sales.time_zone.key == "UTC"
    assert (rule.reference_source, rule.create_missing_tags, rule.tag_names, rule.note_template) == (
        "Id",
        False,
        (),
        None,
    )


def test_null_and_an_empty_template_count_as_left_out() -> None:
    rule = {"Enabled": True, "EntryType": "debit", "TagNames": None, "NoteTemplate": "", "CustomFieldValueMaps": None}
    read = rules_from_json(json.dumps({"SaleDocument": rule, "SalePayment": None})).rules
    assert list(read) == [EventKind.SALE_DOCUMENT]
    assert read[EventKind.SALE_DOCUMENT].note_template is None


def test_a_rule_that_is_off_needs_no_entry_type() -> None:
    assert not rules_from_json('{"SaleDocument": {"Enabled": false}}').rules[EventKind.SALE_DOCUMENT].enabled


def test_yaml_anchors_let_two_routes_share_a_rule() -> None:
    text = (
        "{SaleDocument: &rule {Enabled: true, EntryType: credit, TagNames: [Sales]},"
        " SalePayment: {<<: *rule, TagNames: [Payments]}}"
    )
    rules = rules_from_json(text).rules
    assert (rules[EventKind.SALE_PAYMENT].enabled, rules[EventKind.SALE_PAYMENT].tag_names) == (True, ("Payments",))
    assert rules[EventKind.SALE_DOCUMENT].tag_names == ("Sales",)


def test_the_template_is_kept_as_it_was_written() -> None:
    given = changed("routes.0.rules.SaleDocument.NoteTemplate", "  {Total}\n")
    sales = read_configuration(json.dumps(given)).configuration.routes["sales"]  # type: ignore[index]
    assert sales.rules[EventKind.SALE_DOCUMENT].note_template == NoteTemplate("  {Total}\n")
