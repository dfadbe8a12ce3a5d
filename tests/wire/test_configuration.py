"""The configuration document: what is accepted, and every fault with its path, its code and its mend."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledgerpost.domain.event import EventKind
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.route import EntryType, OAuthAuth, PatAuth
from ledgerpost.error_catalogue import CATALOGUE
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire.configuration import normalised, read_configuration, rules_from_json

ROOT = Path(__file__).parents[2]
SEED_RULES = sorted((ROOT / "tests" / "golden" / "seed_rules").glob("*.json"))
CANARY = "canary-7d1f"
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ledgerpost/main-a1B2c3"
RULE, AT = "routes.0.rules.SaleDocument", "routes[0].rules.SaleDocument"
Document = dict[str, Any]


def document() -> Document:
    """Give a document without faults and without warnings: two routes, each to its own account."""
    return {
        "tenant": "acme",
        "connections": [
            {
                "id": "main",
                "label": "Main Finance Account",
                "target": "pennypipe",
                "baseUrl": "https://api.example",
                "auth": {"type": "PAT", "token": "env:PENNYPIPE_PAT"},
            }
        ],
        "routes": [
            route("sales", "Sales", "account-a", "SaleDocument"),
            route("buys", "Purchasing", "account-b", "PurchaseDocument"),
        ],
    }


def route(name: str, stream: str, account: str, *kinds: str, **rule: Any) -> Document:
    return {
        "id": name,
        "connection": "main",
        "streamType": stream,
        "accountId": account,
        "enabled": True,
        "timeZone": "Europe/London",
        "rules": {kind: {"Enabled": True, "EntryType": "credit"} | rule for kind in kinds},
    }


def changed(path: str, value: Any) -> Document:
    """Give the document with the value at a path (`routes.0.enabled`) changed, or taken away where it is ...."""
    whole = document()
    at: Any = whole
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in parents:
        at = at[part]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return whole


def problems_of(given: Document | str, **options: bool) -> list[Problem]:
    text = given if isinstance(given, str) else json.dumps(given)
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(text, **options)
    assert all(problem.code in CATALOGUE and problem.mend and problem.message for problem in caught.value.problems)
    return list(caught.value.problems)


def only_problem(given: Document | str, **options: bool) -> Problem:
    (problem,) = problems_of(given, **options)
    return problem


def codes(warnings: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(warning.code, warning.path) for warning in warnings]


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


@pytest.mark.parametrize(
    ("path", "value", "code", "at"),
    [
        ("tenant", ..., "config_missing_key", "tenant"),
        ("tenant", "a b", "config_wrong_value", "tenant"),
        ("tenant", "acme\n", "config_wrong_value", "tenant"),
        ("connections", {}, "config_wrong_value", "connections"),
        ("connections.0", "main", "config_wrong_value", "connections[0]"),
        ("connections.0.label", " ", "config_wrong_value", "connections[0].label"),
        ("connections.0.target", "quickbooks", "config_wrong_value", "connections[0].target"),
        ("connections.0.baseUrl", "http://api.example", "config_base_url_refused", "connections[0].baseUrl"),
        ("connections.0.baseUrl", "https://10.1.2.3", "config_base_url_refused", "connections[0].baseUrl"),
        ("connections.0.auth", {}, "config_missing_key", "connections[0].auth.type"),
        ("connections.0.auth.type", "pat", "config_wrong_value", "connections[0].auth.type"),
        ("connections.0.auth.token", ..., "config_missing_key", "connections[0].auth.token"),
        ("connections.0.auth.pat", "x", "config_unknown_key", "connections[0].auth.pat"),
        ("connections.0.options", {"path": 3}, "config_wrong_value", "connections[0].options.path"),
        ("routes.0.id", ..., "config_missing_key", "routes[0].id"),
        ("routes.0.enabled", ..., "config_missing_key", "routes[0].enabled"),
        ("routes.0.enabled", "true", "config_wrong_value", "routes[0].enabled"),
        ("routes.0.enabled", 1, "config_wrong_value", "routes[0].enabled"),
        ("routes.0.streamType", "sales", "config_wrong_value", "routes[0].streamType"),
        ("routes.0.timeZone", "Europe/Londn", "config_wrong_value", "routes[0].timeZone"),
        ("routes.0.timeZone", "../etc/passwd", "config_wrong_value", "routes[0].timeZone"),
        ("routes.0.accountId", 42, "config_wrong_value", "routes[0].accountId"),
        ("routes.0.accountId", "a/../b", "config_wrong_value", "routes[0].accountId"),
        ("routes.0.accountId", "", "config_wrong_value", "routes[0].accountId"),
        ("routes.0.connection", "mian", "config_unknown_connection", "routes[0].connection"),
        ("routes.1.id", "SALES", "config_duplicate_id", "routes[1].id"),
        ("routes.0.rules", None, "config_wrong_value", "routes[0].rules"),
        ("routes.0.rules.SaleDocument", [], "config_wrong_value", "routes[0].rules.SaleDocument"),
        (f"{RULE}.EntryType", ..., "config_missing_key", f"{AT}.EntryType"),
        (f"{RULE}.EntryType", "Credit", "config_wrong_value", f"{AT}.EntryType"),
        (f"{RULE}.Enable", True, "config_unknown_key", f"{AT}.Enable"),
        (f"{RULE}.TagNames", "Sales", "config_wrong_value", f"{AT}.TagNames"),
        (f"{RULE}.TagNames", ["t"] * 21, "config_wrong_value", f"{AT}.TagNames"),
        (f"{RULE}.TagNames", ["t" * 65], "config_wrong_value", f"{AT}.TagNames[0]"),
        (f"{RULE}.TagNames", ["a", " "], "config_wrong_value", f"{AT}.TagNames[1]"),
        (
            f"{RULE}.ReferenceIdSourceProperty",
            "Customer.Id",
            "config_wrong_value",
            f"{AT}.ReferenceIdSourceProperty",
        ),
        (
            f"{RULE}.CustomFieldValueMaps",
            [{"FieldDefinitionId": "f"}],
            "config_missing_key",
            f"{AT}.CustomFieldValueMaps[0].SourceProperty",
        ),
        (
            f"{RULE}.CustomFieldValueMaps",
            [{"FieldDefinitionId": "f1", "SourceProperty": "A"}, {"fieldDefinitionId": "F1", "SourceProperty": "B"}],
            "config_wrong_value",
            f"{AT}.CustomFieldValueMaps[1].FieldDefinitionId",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_refused_with_its_code_and_path(path: str, value: Any, code: str, at: str) -> None:
    problem = only_problem(changed(path, value))
    assert (problem.code, problem.path) == (code, at)


@pytest.mark.parametrize(
    ("path", "value", "mend"),
    [
        ("routes.0.acountId", "x", "Did you mean accountId?"),
        ("routes.0.rules.SaleDokument", {}, "Did you mean SaleDocument?"),
        ("routes.0.rules.SaleDocument.NoteTemplat", "x", "Did you mean NoteTemplate?"),
        ("routes.0.streamType", "sales", "Write Sales in this casing."),
        (f"{RULE}.EntryType", "CREDIT", "Write credit in this casing."),
        ("routes.0.timeZone", "Europe/Londn", "Did you mean Europe/London?"),
        ("routes.0.connection", "mian", "Did you mean main?"),
        ("routes.0.enabled", "true", "Write true or false without quotes."),
    ],
)
def test_the_mend_names_what_was_likely_meant(path: str, value: Any, mend: str) -> None:
    assert only_problem(changed(path, value)).mend == mend


@pytest.mark.parametrize("written", ["0123", "12345", "1e3", "yes", "2010-12-01", "12:30:45", "0x1F"])
def test_an_account_id_that_yaml_makes_something_else_of_is_to_be_quoted(written: str) -> None:
    text = yaml.safe_dump(document()).replace("account-a", written)
    if isinstance(yaml.safe_load(written), str):  # YAML 1.1 leaves 1e3 a text
        assert read_configuration(text).configuration.routes["sales"].account == written  # type: ignore[index]
        return
    problem = only_problem(text)
    assert (problem.code, problem.path) == ("config_wrong_value", "routes[0].accountId")
    assert "quotes" in problem.mend
    quoted = text.replace(written, f'"{written}"')
    assert read_configuration(quoted).configuration.routes["sales"].account == written  # type: ignore[index]


def test_an_empty_value_in_yaml_asks_for_a_value() -> None:
    problem = only_problem(yaml.safe_dump(document()).replace("accountId: account-a", "accountId:"))
    assert (problem.message[-5:], problem.mend) == ("null.", "Write a value after the key.")


@pytest.mark.parametrize(
    "secret",
    [CANARY, f"env:{CANARY}", f"Bearer {CANARY}", f"secretsmanager:{CANARY}", "", 12, None, [CANARY], {"a": CANARY}],
)
@pytest.mark.parametrize("auth", ["PAT", "OAuth"])
def test_a_secret_in_the_document_is_refused_and_never_shown(secret: Any, auth: str) -> None:
    oauth = {"type": "OAuth", "identityAuthority": "https://id.example", "clientId": "c", "scopes": "a"}
    written = {"type": "PAT", "token": secret} if auth == "PAT" else oauth | {"clientSecret": secret}
    problem = only_problem(changed("connections.0.auth", written))
    assert problem.code == "config_literal_secret"
    assert "canary" not in str(problem)
    assert "secretsmanager:<arn>" in problem.mend


@pytest.mark.parametrize(
    "place",
    ["tenant", "connections.0.label", "connections.0.target", "connections.0.baseUrl", "connections.0.auth",
     "connections.0.auth.type", "connections.0.auth.token", "routes.0.accountId", "routes.0.connection",
     "routes.0.streamType", "routes.0.enabled", "routes.0.timeZone", "routes.0.rules",
     f"{RULE}.EntryType", "routes.0.rules.SaleDocument.TagNames"],
)  # fmt: skip
def test_no_message_quotes_a_value_wherever_it_stands(place: str) -> None:
    problems = problems_of(changed(place, f"{CANARY} " * 50))
    assert not any("canary" in str(problem) for problem in problems)


def test_a_password_in_a_base_url_is_not_shown() -> None:
    assert CANARY not in str(only_problem(changed("connections.0.baseUrl", f"https://u:{CANARY}@api.example")))


@pytest.mark.parametrize("text", [f"a: 'x\nb: {CANARY}: [", f"a: {{b: {CANARY}", f"a: *{CANARY}", f"a: !{CANARY} b"])
def test_unreadable_yaml_is_not_quoted(text: str) -> None:
    problem = only_problem(text)
    assert problem.code == "config_unreadable"
    assert CANARY not in str(problem)


def test_loopback_is_for_local_engines_alone() -> None:
    given = changed("connections.0.baseUrl", "http://127.0.0.1:8080")
    assert only_problem(given).code == "config_base_url_refused"
    assert read_configuration(json.dumps(given), allow_loopback=True).configuration.tenant == "acme"


def test_all_problems_are_told_at_once_also_those_of_the_whole() -> None:
    whole = document() | {"tenant": 1, "foo": 2}
    whole["routes"][0] |= {"connection": "nowhere", "timeZone": "Mars/Olympus"}
    whole["routes"][1] |= {"id": "sales"}
    whole["routes"].append(route("third", "Purchasing", "ACCOUNT-B", "PurchaseDocument"))
    whole["connections"][0]["auth"]["token"] = "x"
    assert {(problem.code, problem.path) for problem in problems_of(whole)} == {
        ("config_wrong_value", "tenant"),
        ("config_unknown_key", "foo"),
        ("config_literal_secret", "connections[0].auth.token"),
        ("config_unknown_connection", "routes[0].connection"),
        ("config_wrong_value", "routes[0].timeZone"),
        ("config_duplicate_id", "routes[1].id"),
    }


def two_connections(**second: Any) -> Document:
    whole = document()
    whole["connections"].append(whole["connections"][0] | {"id": "other"} | second)
    whole["routes"][1] = route("again", "Sales", "ACCOUNT-A", "SaleDocument") | {"connection": "other"}
    return whole


@pytest.mark.parametrize("base_url", ["https://api.example", "https://API.example:443/"])
def test_two_enabled_routes_that_write_one_reference_are_refused(base_url: str) -> None:
    problem = only_problem(two_connections(baseUrl=base_url))
    assert (problem.code, problem.path) == ("config_shared_reference", "routes[1].rules.SaleDocument")


def test_two_routes_to_two_ledgers_or_of_two_kinds_are_fine() -> None:
    assert read_configuration(json.dumps(two_connections(baseUrl="https://test.example"))).warnings == ()
    whole = two_connections()
    whole["routes"][1]["rules"] = route("x", "Sales", "a", "SalePayment")["rules"]
    assert read_configuration(json.dumps(whole)).warnings == ()


def test_a_disabled_route_or_rule_shares_nothing() -> None:
    whole = two_connections()
    whole["routes"][1]["enabled"] = False
    assert read_configuration(json.dumps(whole)).warnings == ()
    whole = two_connections()
    whole["routes"][1]["rules"]["SaleDocument"]["Enabled"] = False
    assert codes(read_configuration(json.dumps(whole)).warnings) == [("route_without_rule", "routes[1].rules")]


@pytest.mark.parametrize("key", ["SaleDocument", "saleDocument"])
def test_a_key_in_both_casings_at_once_is_refused(key: str) -> None:
    rules = {"SaleDocument": {"Enabled": True, "EntryType": "credit"}}
    doubled = {"saleDocument": {}} if key == "SaleDocument" else {}
    rules["SaleDocument"] |= {} if doubled else {"entryType": "debit"}
    with pytest.raises(ConfigurationError) as caught:
        rules_from_json(json.dumps(rules | doubled))
    (problem,) = caught.value.problems
    assert problem.path == ("SaleDocument" if doubled else "SaleDocument.EntryType")
    assert "stands twice" in problem.message


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"tenant": "a", "tenant": "b"}', "tenant"),
        ('{"routes": [{"id": "a", "id": "b"}]}', "id"),
        ("tenant: a\ntenant: b\n", "line 2, column 1"),
        ("routes:\n  - id: a\n    id: b\n", "line 3, column 5"),
    ],
)
def test_a_key_that_stands_twice_is_refused_in_json_and_yaml(text: str, path: str) -> None:
    problem = only_problem(text)
    assert (problem.code, problem.path) == ("config_unreadable", path)
    assert "stands twice" in problem.message


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "just text"])
def test_a_document_that_is_no_object_is_refused(text: str) -> None:
    assert (only_problem(text).code, only_problem(text).path) == ("config_wrong_value", "document")


@pytest.mark.parametrize(
    "text",
    ["{", '{"a": ' + "1" * 5000 + "}", "a: [b", "\x00", "[" * 50_000, "a: 2010-13-45", "x" * 2_000_001,
     "- !!python/object:os.x {}"],
    ids=range(8),
)  # fmt: skip
def test_a_text_that_cannot_be_read_is_refused_and_never_a_crash(text: str) -> None:
    assert only_problem(text).code == "config_unreadable"


def test_yaml_anchors_let_two_routes_share_a_rule() -> None:
    text = (
        "{SaleDocument: &rule {Enabled: true, EntryType: credit, TagNames: [Sales]},"
        " SalePayment: {<<: *rule, TagNames: [Payments]}}"
    )
    rules = rules_from_json(text).rules
    assert (rules[EventKind.SALE_PAYMENT].enabled, rules[EventKind.SALE_PAYMENT].tag_names) == (True, ("Payments",))
    assert rules[EventKind.SALE_DOCUMENT].tag_names == ("Sales",)


def test_a_placeholder_that_is_no_property_name_is_warned_of() -> None:
    given = changed("routes.0.rules.SaleDocument.NoteTemplate", "{Total} {__class__} {a.b} {}")
    warnings = read_configuration(json.dumps(given)).warnings
    assert {code for code, _ in codes(warnings)} == {"placeholder_not_a_property"}
    assert [warning.message.split(":")[0] for warning in warnings] == ["{__class__}", "{a.b}", "{}"]


def test_a_rule_without_enabled_counts_as_off_and_is_warned_of() -> None:
    checked = read_configuration(json.dumps(changed("routes.0.rules.SaleDocument.Enabled", ...)))
    assert codes(checked.warnings) == [
        ("route_without_rule", "routes[0].rules"),
        ("rule_enabled_absent", f"{AT}.Enabled"),
    ]
    sales = checked.configuration.routes["sales"]  # type: ignore[index]
    assert sales.verdict_on(EventKind.SALE_DOCUMENT) == "rule_disabled"


def test_a_rule_of_the_other_stream_is_warned_of() -> None:
    given = changed("routes.0.rules.SupplierPayment", {"Enabled": True, "EntryType": "debit"})
    assert codes(read_configuration(json.dumps(given)).warnings) == [
        ("rule_of_other_stream", "routes[0].rules.SupplierPayment")
    ]


@pytest.mark.parametrize("together", [True, False])
def test_two_rules_of_an_account_with_one_reference_source_other_than_id_are_warned_of(together: bool) -> None:
    whole = document()
    source = {"ReferenceIdSourceProperty": "ReceiptNumber"}
    if together:
        whole["routes"][0] = route("sales", "Sales", "account-a", "SaleDocument", "SalePayment", **source)
        at = "routes[0].rules.SalePayment.ReferenceIdSourceProperty"
    else:
        whole["routes"][0] = route("sales", "Sales", "account-a", "SaleDocument", **source)
        whole["routes"][1] = route(
            "pay", "Sales", "account-a", "SalePayment", ReferenceIdSourceProperty="receiptNumber"
        )
        at = "routes[1].rules.SalePayment.ReferenceIdSourceProperty"
    assert codes(read_configuration(json.dumps(whole)).warnings) == [("reference_source_shared", at)]


def test_the_template_is_kept_as_it_was_written() -> None:
    given = changed("routes.0.rules.SaleDocument.NoteTemplate", "  {Total}\n")
    sales = read_configuration(json.dumps(given)).configuration.routes["sales"]  # type: ignore[index]
    assert sales.rules[EventKind.SALE_DOCUMENT].note_template == NoteTemplate("  {Total}\n")
