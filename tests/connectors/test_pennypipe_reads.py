"""What is read from PennyPipe: accounts, entries, fields and tags."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import httpx
import pytest

from ledgerpost.connectors.pennypipe import (
    Deleted,
    FieldDefinition,
    Tag,
)
from ledgerpost.domain.outcome import (
    AccountAbility,
    Found,
    LedgerFact,
    NotApplied,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import EntryType
from tests.connectors.conformance.pennypipe_case import (
    ACCOUNT,
    LEDGER_ID,
    takes_everything,
)
from tests.connectors.pennypipe_bench import ENTRY, FIELD, answers, target
from tests.connectors.scripted import (
    Handler,
    StoppedClock,
    json_answer,
)


def account_answer(**changes: object) -> dict[str, object]:
    capabilities = ["referenceIdUpsert", "batch"]
    return {"id": ACCOUNT, "name": "Main", "currency": "EUR", "capabilities": capabilities} | changes


@pytest.mark.parametrize(
    ("changes", "ability"),
    [
        ({}, AccountAbility(TargetClass.UPSERT, "EUR")),
        ({"capabilities": ["batch"]}, AccountAbility(TargetClass.LOOK_UP, "EUR")),
        ({"capabilities": []}, AccountAbility(TargetClass.LOOK_UP, "EUR")),
        ({"currency": None}, AccountAbility(TargetClass.UPSERT, None)),
    ],
)
def test_the_ability_is_read_from_the_account(changes: dict[str, object], ability: AccountAbility):
    built, _ = target(answers(200, account_answer(**changes)))

    assert built.ability(ACCOUNT) == ability


def test_an_account_that_names_no_capabilities_is_looked_up_with_care():
    document = account_answer()
    del document["capabilities"]
    built, _ = target(answers(200, document))

    assert built.ability(ACCOUNT) == AccountAbility(TargetClass.LOOK_UP, "EUR")


@pytest.mark.parametrize("changes", [{"id": "another"}, {"capabilities": "batch"}, {"currency": 978}])
def test_an_account_that_is_not_what_was_asked_for_says_nothing(changes: dict[str, object]):
    built, _ = target(answers(200, account_answer(**changes)))

    assert isinstance(built.ability(ACCOUNT), Unknown)


def test_the_ability_is_asked_for_once_in_ten_minutes():
    clock = StoppedClock()
    built, transport = target(takes_everything, clock=clock)
    for _ in range(3):
        built.ability(ACCOUNT)
    clock.pass_by(599)
    built.ability(ACCOUNT)
    assert transport.count("GET") == 1

    clock.pass_by(1)
    built.ability(ACCOUNT)
    assert transport.count("GET") == 2


def test_an_ability_that_could_not_be_learned_is_asked_for_again():
    statuses = iter([503, 200])
    built, _ = target(lambda _: json_answer(next(statuses), account_answer()))

    assert isinstance(built.ability(ACCOUNT), NotApplied)
    assert isinstance(built.ability(ACCOUNT), AccountAbility)


def item(**changes: object) -> dict[str, object]:
    return {
        "id": LEDGER_ID,
        "accountId": ACCOUNT,
        "referenceId": ENTRY.reference,
        "type": "credit",
        "amount": "120.50",
        "date": "2026-03-01",
        "note": "Sale #R-1 total 120.50",
    } | changes


def pages(*documents: dict[str, object]) -> Handler:
    left: Iterator[dict[str, object]] = iter(documents)
    return lambda _: json_answer(200, next(left))


def test_a_look_up_follows_the_cursor_to_the_end():
    built, transport = target(
        pages(
            {"items": [item(id="1")], "nextCursor": "c/1&x"},
            {"items": [], "nextCursor": "c2"},
            {"items": [item(id="2")], "nextCursor": None},
        )
    )

    found = built.find(ACCOUNT, ENTRY.reference)

    assert isinstance(found, Found)
    assert [fact.ledger_id for fact in found.facts] == ["1", "2"]
    assert [dict(request.url.params) for request in transport.requests] == [
        {"referenceId": ENTRY.reference},
        {"referenceId": ENTRY.reference, "cursor": "c/1&x"},
        {"referenceId": ENTRY.reference, "cursor": "c2"},
    ]


def test_a_fact_that_was_found_agrees_with_the_entry_that_made_it():
    built, _ = target(answers(200, {"items": [item()], "nextCursor": None}))

    found = built.find(ACCOUNT, ENTRY.reference)

    fact = LedgerFact(
        ledger_id=LEDGER_ID, reference=ENTRY.reference, type=EntryType.CREDIT, amount=Decimal("120.50"),
        day=date(2026, 3, 1), note="Sale #R-1 total 120.50",
    )  # fmt: skip
    assert found == Found((fact,))
    assert fact.agrees_with(ENTRY)


def test_an_amount_that_is_a_json_number_is_read_exactly():
    content = json.dumps({"items": [item(amount=0)], "nextCursor": None}).replace('"amount": 0', '"amount": 0.1000')
    built, _ = target(lambda _: httpx.Response(200, content=content, headers={"Content-Type": "application/json"}))

    found = built.find(ACCOUNT, ENTRY.reference)

    assert isinstance(found, Found)
    assert str(found.facts[0].amount) == "0.1000"


def test_entries_of_other_references_are_passed_over_where_a_ledger_does_not_know_the_filter():
    others = [item(referenceId="other"), item(referenceId=None, amount="odd"), {"id": "bare"}]
    built, _ = target(answers(200, {"items": [*others, item(id="mine")], "nextCursor": None}))

    found = built.find(ACCOUNT, ENTRY.reference)

    assert isinstance(found, Found)
    assert [fact.ledger_id for fact in found.facts] == ["mine"]


@pytest.mark.parametrize(
    "document",
    [
        {"items": [item(amount="a lot")]},
        {"items": [item(type="both")]},
        {"items": [item(date="yesterday")]},
        {"items": [item(id=None)]},
        {"items": ["no object"]},
        {"items": None},
        {"items": [], "nextCursor": 7},
        {"items": [], "nextCursor": ""},
        {"items": [], "nextCursor": "the same again and again"},
        {},
    ],
)
def test_a_list_that_cannot_be_read_whole_is_no_proof_of_anything(document: dict[str, object]):
    built, transport = target(answers(200, document))

    assert isinstance(built.find(ACCOUNT, ENTRY.reference), Unknown)
    assert len(transport.requests) <= 20


def test_fields_and_tags_are_read():
    definition = {"id": FIELD, "name": "Invoice Ref", "type": "text", "required": True, "active": False}
    built, _ = target(answers(200, {"items": [definition], "nextCursor": None}))

    assert built.fields(ACCOUNT) == (FieldDefinition(FIELD, "Invoice Ref", "text", required=True, active=False),)
    assert built.tags(ACCOUNT) == (Tag(FIELD, "Invoice Ref"),)


@pytest.mark.parametrize(("status", "deleted"), [(204, True), (404, False), (403, False), (500, False)])
def test_only_the_ledgers_yes_counts_as_deleted(status: int, deleted: bool):
    built, transport = target(lambda _: httpx.Response(status))

    assert isinstance(built.delete(ACCOUNT, "an/id"), Deleted) == deleted
    assert transport.requests[0].url.raw_path.endswith(b"/ledger-entries/an%2Fid")
