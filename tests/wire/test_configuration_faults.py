"""The configuration document: every fault with its path, its code and its mend, and no value of it ever shown."""

import json
from typing import Any

import pytest
import yaml

from ledgerpost.errors import ConfigurationError
from ledgerpost.wire.configuration import read_configuration, rules_from_json
from tests.wire.configuration_documents import (
    AT,
    CANARY,
    RULE,
    Document,
    changed,
    codes,
    document,
    only_problem,
    problems_of,
    route,
)


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
