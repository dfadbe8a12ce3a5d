"""Posting, reading and deleting entries: reference/pennypipe.md §3.2 and §3.3."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.simulators.pennypipe import AccountSettings, FieldDefinition, SimulatorSettings, demo_settings
from ledgerpost.simulators.pennypipe.demo import DEMO_SALES_ACCOUNT
from ledgerpost.simulators.pennypipe.settings import FieldType
from tests.simulators.pennypipe_calls import INVOICE_REF, PAID_AMOUNT, PURCHASING, SALES, SALES_ENTRIES, InMemory, entry


def test_a_first_post_creates_version_one_and_echoes_what_it_keeps() -> None:
    reply = InMemory().post(entry())

    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        "accountId": DEMO_SALES_ACCOUNT,
        "referenceId": "R-1",
        "created": True,
        "version": 1,
        "type": "credit",
        "amount": "120.50",
        "currency": "GBP",
        "date": "2026-03-01",
        "note": "Sale #R-1 total 120.50",
        "tagNames": ["Sales", "Retail"],
        "customFieldValues": [{"fieldDefinitionId": INVOICE_REF, "value": "R-1"}],
    }


def test_a_post_of_a_known_reference_replaces_the_whole_entry_and_keeps_its_id() -> None:
    ledger = InMemory()
    first = ledger.post(entry()).json

    reply = ledger.post({"referenceId": "R-1", "type": "debit", "amount": "9", "date": "2026-03-02"})

    assert reply.status == 200
    assert (reply.json["id"], reply.json["created"], reply.json["version"]) == (first["id"], False, 2)
    assert (reply.json["type"], reply.json["amount"]) == ("debit", "9")
    assert (reply.json["note"], reply.json["tagNames"], reply.json["customFieldValues"]) == (None, [], [])


def test_the_same_content_again_counts_as_unchanged_and_still_raises_the_version() -> None:
    ledger = InMemory()
    ledger.post(entry())

    reply = ledger.post(entry(amount=120.5, tagNames=["retail", "SALES"]))

    assert reply.json["version"] == 2
    assert (ledger.counts.created, ledger.counts.updated, ledger.counts.unchanged) == (1, 0, 1)


def test_an_upsert_with_other_content_counts_as_updated() -> None:
    ledger = InMemory()
    ledger.post(entry())
    ledger.post(entry(amount="120.51"))

    assert (ledger.counts.created, ledger.counts.updated, ledger.counts.unchanged) == (1, 1, 0)


def test_a_post_without_a_reference_always_creates_and_is_no_duplicate_of_a_reference() -> None:
    ledger = InMemory()

    assert [ledger.post(entry(None)).status for _ in range(2)] == [201, 201]
    assert (ledger.counts.entries, ledger.counts.duplicates) == (2, 0)


def test_one_reference_on_two_accounts_is_two_unrelated_entries() -> None:
    ledger = InMemory()
    ledger.post(entry(customFieldValues=[]))
    other = ledger.call(
        "POST", f"{PURCHASING}/ledger-entries", {"entry": entry(customFieldValues=[]), "createMissingTags": True}
    )

    assert other.status == 201
    assert (ledger.counts.entries, ledger.counts.duplicates) == (2, 0)


def test_with_upserts_off_the_capability_is_gone_and_a_repeat_is_a_duplicate() -> None:
    ledger = InMemory(upsert=False)

    assert ledger.call("GET", SALES).json["capabilities"] == ["batch"]
    assert [ledger.post(entry()).status for _ in range(3)] == [201, 201, 201]
    assert (ledger.counts.entries, ledger.counts.duplicates) == (3, 1)
    assert len(ledger.call("GET", f"{SALES_ENTRIES}?referenceId=R-1").json["items"]) == 3


def test_the_account_tells_its_currency_and_capabilities() -> None:
    assert InMemory().call("GET", SALES).json == {
        "id": DEMO_SALES_ACCOUNT,
        "name": "Sales",
        "currency": "GBP",
        "capabilities": ["referenceIdUpsert", "batch"],
    }


def test_a_look_up_finds_by_the_exact_reference_and_is_counted() -> None:
    ledger = InMemory()
    ledger.post(entry("a b/&=é"))

    found = ledger.call("GET", f"{SALES_ENTRIES}?referenceId=a%20b%2F%26%3D%C3%A9").json
    missed = ledger.call("GET", f"{SALES_ENTRIES}?referenceId=A").json

    assert [item["referenceId"] for item in found["items"]] == ["a b/&=é"]
    assert found["nextCursor"] is None
    assert missed == {"items": [], "nextCursor": None}
    assert ledger.counts.lookups == 2


def test_pages_hold_every_entry_once_though_entries_come_and_go_between_them() -> None:
    ledger = InMemory()
    ids = [ledger.post(entry(f"R-{number}")).json["id"] for number in range(5)]
    first = ledger.call("GET", f"{SALES_ENTRIES}?limit=2").json
    ledger.call("DELETE", f"{SALES_ENTRIES}/{ids[0]}")
    ledger.post(entry("R-5"))

    second = ledger.call("GET", f"{SALES_ENTRIES}?limit=2&cursor={first['nextCursor']}").json
    third = ledger.call("GET", f"{SALES_ENTRIES}?limit=2&cursor={second['nextCursor']}").json

    pages = [[item["referenceId"] for item in page["items"]] for page in (first, second, third)]
    assert pages == [["R-0", "R-1"], ["R-2", "R-3"], ["R-4", "R-5"]]
    assert third["nextCursor"] is None


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vuc2U=", "eyJhZnRlciI6IC0xfQ==", "MQ=="])
def test_a_cursor_that_is_none_of_ours_is_malformed(cursor: str) -> None:
    reply = InMemory().call("GET", f"{SALES_ENTRIES}?cursor={cursor}")

    assert (reply.status, reply.code) == (400, "malformed")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", ""])
def test_a_limit_outside_1_to_200_is_refused(limit: str) -> None:
    reply = InMemory().call("GET", f"{SALES_ENTRIES}?limit={limit}")

    assert (reply.status, reply.code, reply.paths) == (422, "validation", ["limit"])


def test_a_deleted_entry_is_gone_and_its_reference_is_free_again() -> None:
    ledger = InMemory()
    path = f"{SALES_ENTRIES}/{ledger.post(entry()).json['id']}"

    assert ledger.call("GET", path).json["referenceId"] == "R-1"
    assert ledger.call("DELETE", path).status == 204
    assert (ledger.call("GET", path).status, ledger.call("DELETE", path).code) == (404, "entry_not_found")
    assert ledger.post(entry()).status == 201
    assert (ledger.counts.deleted, ledger.counts.entries) == (1, 1)


@pytest.mark.parametrize(
    ("written", "kept"), [('"0.0001"', "0.0001"), ("120.50", "120.50"), ("7", "7"), ("1e2", "100"), ('"1000"', "1000")]
)
def test_an_amount_is_read_exactly_from_text_or_number(written: str, kept: str) -> None:
    reply = InMemory().post_raw(written)

    assert (reply.status, reply.json["amount"]) == (201, kept)


@pytest.mark.parametrize(
    "amount", ['"12,50"', '"abc"', '""', '"1e3"', '" 1"', "NaN", "Infinity", "01", "1e" + "9" * 30]
)
def test_an_amount_that_cannot_be_read_is_malformed(amount: str) -> None:
    reply = InMemory().post_raw(amount)

    assert (reply.status, reply.code) == (400, "malformed")


@pytest.mark.parametrize(
    "amount", ['"0"', '"-1"', "0.00", '"1.00001"', "508.20000000000005", "1e15", "true", "null", "[]"]
)
def test_an_amount_that_breaks_a_rule_is_named(amount: str) -> None:
    reply = InMemory().post_raw(amount)

    assert (reply.status, reply.code, reply.paths) == (422, "validation", ["entry.amount"])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"referenceId": ""}, "entry.referenceId"),
        ({"referenceId": "x" * 201}, "entry.referenceId"),
        ({"referenceId": 7}, "entry.referenceId"),
        ({"type": "Credit"}, "entry.type"),
        ({"date": "2026-02-30"}, "entry.date"),
        ({"date": "20260301"}, "entry.date"),
        ({"date": None}, "entry.date"),
        ({"note": "x" * 2001}, "entry.note"),
        ({"tagNames": ["a"] * 21}, "entry.tagNames"),
        ({"tagNames": ["ok", "x" * 65]}, "entry.tagNames[1]"),
        ({"tagNames": [" "]}, "entry.tagNames[0]"),
        ({"tagNames": "Sales"}, "entry.tagNames"),
        ({"customFieldValues": {}}, "entry.customFieldValues"),
        ({"customFieldValues": [{"value": "x"}]}, "entry.customFieldValues[0]"),
        (
            {"customFieldValues": [{"fieldDefinitionId": INVOICE_REF, "value": "x", "name": "y"}]},
            "entry.customFieldValues[0].name",
        ),
        (
            {"customFieldValues": [{"fieldDefinitionId": INVOICE_REF, "value": "x"}] * 2},
            "entry.customFieldValues[1].fieldDefinitionId",
        ),
        ({"ref": "R"}, "entry.ref"),
    ],
)
def test_each_broken_rule_is_named_by_its_path_and_nothing_is_kept(changes: dict[str, Any], path: str) -> None:
    ledger = InMemory()
    reply = ledger.post(entry(**changes))

    assert (reply.status, reply.code, reply.paths) == (422, "validation", [path])
    assert ledger.counts.entries == 0


def test_the_limits_themselves_are_allowed() -> None:
    fits = entry(
        "é" * 200, note="x" * 2000, tagNames=[f"{number:064}" for number in range(20)], amount="9" * 15 + ".9999"
    )

    assert InMemory().post(fits).status == 201


def test_all_broken_rules_are_told_at_once() -> None:
    reply = InMemory().post(entry(type="x", amount="0", extra=1))

    assert sorted(reply.paths) == ["entry.amount", "entry.extra", "entry.type"]


def test_the_envelope_is_closed_too() -> None:
    reply = InMemory().call("POST", SALES_ENTRIES, {"entries": [], "createMissingTags": "yes"})

    assert sorted(reply.paths) == ["createMissingTags", "entries", "entry"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"entry": "\\ud800"}', b"[" * 100_000, b"9" * 5000])
def test_a_body_that_is_no_json_is_malformed(body: bytes) -> None:
    ledger = InMemory()
    reply = ledger.send("POST", SALES_ENTRIES, _headers(), body)

    assert (reply.status, reply.code) == (400, "malformed")


def test_a_body_of_another_media_type_is_refused() -> None:
    headers = _headers() | {"Content-Type": "text/plain"}

    assert InMemory().send("POST", SALES_ENTRIES, headers, json.dumps({"entry": entry()}).encode()).status == 415


def test_an_unknown_tag_is_refused_and_no_tag_is_made_unless_asked() -> None:
    ledger = InMemory()
    ledger.post(entry(tagNames=["Sales"]))

    reply = ledger.post(entry("R-2", tagNames=["sales", "New"]), create_missing_tags=False)

    assert (reply.status, reply.code, reply.paths) == (422, "tag_missing", ["entry.tagNames[1]"])
    assert [tag["name"] for tag in ledger.call("GET", f"{SALES}/tags").json["items"]] == ["Sales"]


def test_tags_match_without_regard_to_case_and_keep_their_first_spelling() -> None:
    ledger = InMemory()
    ledger.post(entry(tagNames=["Sales"]))

    reply = ledger.post(entry("R-2", tagNames=["SALES", "sales"]), create_missing_tags=False)

    assert reply.json["tagNames"] == ["Sales"]


def test_a_field_of_another_account_is_told_apart() -> None:
    value = {"fieldDefinitionId": "55555555-5555-5555-5555-555555555555", "value": "x"}
    reply = InMemory().post(entry(customFieldValues=[value]))

    assert (reply.status, reply.code) == (422, "field_definition_unknown")
    assert reply.paths == ["entry.customFieldValues[0].fieldDefinitionId"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (FieldType.TEXT, ["x", ""], [1, True, None, []]),
        (FieldType.NUMBER, [1, "1.50", -2.5, "-3"], ["1,5", "x", True, None, "1e3", 1e300]),
        (FieldType.DATE, ["2026-02-28"], ["2026-02-30", "1.3.2026", 20260301]),
        (FieldType.BOOLEAN, [True, False], ["true", 0, None]),
    ],
)
def test_a_field_takes_values_of_its_type_alone(kind: FieldType, good: list[object], bad: list[object]) -> None:
    ledger = InMemory(_with_fields(FieldDefinition("F-1", "Field", kind)))

    def posted(value: object) -> str:
        reply = ledger.post(entry(customFieldValues=[{"fieldDefinitionId": "f-1", "value": value}]))
        return "kept" if reply.status < 300 else reply.code

    assert {posted(value) for value in good} == {"kept"}
    assert {posted(value) for value in bad} == {"field_value_type"}


def test_a_number_field_keeps_the_exact_decimal() -> None:
    value = {"fieldDefinitionId": PAID_AMOUNT, "value": "508.20000000000005"}
    reply = InMemory().post(entry(customFieldValues=[value]))

    assert reply.json["customFieldValues"] == [value]


def test_a_required_field_must_be_there_and_an_inactive_one_must_not() -> None:
    settings = _with_fields(FieldDefinition("a", "A", required=True), FieldDefinition("b", "B", active=False))
    ledger = InMemory(settings)

    missing = ledger.post(entry(customFieldValues=[]))
    inactive = ledger.post(entry(customFieldValues=[{"fieldDefinitionId": key, "value": "x"} for key in ("a", "b")]))

    assert (missing.code, missing.paths) == ("validation", ["entry.customFieldValues"])
    assert (inactive.code, inactive.paths) == ("validation", ["entry.customFieldValues[1].fieldDefinitionId"])


def test_field_definitions_are_listed_with_their_types() -> None:
    items = InMemory().call("GET", f"{SALES}/field-definitions").json["items"]

    assert items[0] == {"id": INVOICE_REF, "name": "Invoice Ref", "type": "text", "required": False, "active": True}
    assert {item["id"]: item["type"] for item in items}[PAID_AMOUNT] == "number"


def test_the_items_of_a_batch_are_independent() -> None:
    ledger = InMemory()
    ledger.post(entry("R-1"))
    entries = [entry("R-1"), entry("R-2", amount="0"), entry("R-3", amount="x"), entry("R-4")]

    reply = ledger.call("POST", f"{SALES_ENTRIES}/batch", {"entries": entries, "createMissingTags": True})

    results = reply.json["results"]
    assert reply.status == 200
    assert [(item["index"], item["status"]) for item in results] == [(0, 200), (1, 422), (2, 400), (3, 201)]
    assert results[1]["problem"]["errors"][0]["path"] == "entries[1].amount"
    assert ledger.counts.entries == 2


@pytest.mark.parametrize("number", [0, 101])
def test_a_batch_holds_1_to_100_entries(number: int) -> None:
    ledger = InMemory()
    reply = ledger.call("POST", f"{SALES_ENTRIES}/batch", {"entries": [entry()] * number})

    assert (reply.status, reply.paths, ledger.counts.entries) == (422, ["entries"], 0)


@pytest.mark.parametrize("path", ["/", "/api", "/api/accounts", f"{SALES}/nothing", "/v2/x"])
def test_a_path_the_api_has_not_is_not_found(path: str) -> None:
    reply = InMemory().call("GET", path)

    assert (reply.status, reply.code) == (404, "account_not_found")


def test_an_admin_path_that_is_none_is_told_so() -> None:
    ledger = InMemory()

    assert ledger.call("GET", "/_simulator/nothing").json == {"status": 404, "detail": "no such path"}
    assert ledger.call("GET", "/_simulator/reset").json == {"status": 405, "detail": "this path answers POST"}


def test_an_unknown_account_is_not_found_and_a_known_one_has_no_case() -> None:
    ledger = InMemory()

    assert ledger.call("GET", "/api/accounts/00000000-0000-0000-0000-000000000000").code == "account_not_found"
    assert ledger.call("GET", f"/api/accounts/{DEMO_SALES_ACCOUNT.upper()}").status == 200


def test_another_method_is_told_the_ones_there_are() -> None:
    reply = InMemory().call("PUT", SALES_ENTRIES)

    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST")


def _headers() -> dict[str, str]:
    return {"Authorization": "Bearer demo-pat-opens-only-the-simulator", "Content-Type": "application/json"}


def _with_fields(*fields: FieldDefinition) -> SimulatorSettings:
    account = AccountSettings(DEMO_SALES_ACCOUNT, "Sales", "GBP", fields=fields)
    return replace(demo_settings(), accounts=(account,))
