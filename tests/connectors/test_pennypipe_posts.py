"""What of an entry goes onto PennyPipe's wire, and what its answers mean."""

import json
from decimal import Decimal

import pytest

from ledgerpost.connectors.pennypipe.bodies import body_of
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import (
    Applied,
    NotApplied,
    Retry,
    Unknown,
)
from ledgerpost.domain.route import AccountId
from ledgerpost.errors import ConfigurationError
from tests.connectors.conformance.pennypipe_case import (
    ACCOUNT,
    LEDGER_ID,
    an_applied_answer,
    problem,
    takes_everything,
)
from tests.connectors.pennypipe_bench import ENTRY, FIELD, answers, target
from tests.connectors.scripted import (
    a_connection,
    an_entry,
)


def test_the_sample_of_the_contract_is_what_goes_onto_the_wire():
    built, transport = target(takes_everything)
    built.post(ACCOUNT, ENTRY, "event-1")

    sent = transport.requests[0]
    assert (sent.method, sent.url) == ("POST", f"https://ledger.example/api/accounts/{ACCOUNT}/ledger-entries")
    assert sent.headers["authorization"] == "Bearer pat-value"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["host"] == "ledger.example"
    assert json.loads(sent.content) == {
        "entry": {
            "referenceId": "3f0c0000-0000-0000-0000-000000000001",
            "type": "credit",
            "amount": "120.50",
            "date": "2026-03-01",
            "note": "Sale #R-1 total 120.50",
            "tagNames": ["Sales", "Retail"],
            "customFieldValues": [{"fieldDefinitionId": FIELD, "value": "R-1"}],
        },
        "createMissingTags": True,
    }


def test_what_an_entry_does_not_have_is_left_out():
    bare = an_entry(note=None, tag_names=(), custom_fields=(), create_missing_tags=False)

    assert json.loads(body_of(bare)) == {
        "entry": {"referenceId": bare.reference, "type": "credit", "amount": "120.50", "date": "2026-03-01"},
        "createMissingTags": False,
    }


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.10", "0.10"), ("1E+3", "1000"), ("999999999999999.9999", "999999999999999.9999"), ("1E-4", "0.0001")],
)
def test_an_amount_is_decimal_text_without_an_exponent(amount: str, text: str):
    entry = an_entry(money=Money(Decimal(amount), "EUR"))

    assert f'"amount":"{text}"'.encode() in body_of(entry)


def test_text_goes_out_as_utf_8_and_a_lone_surrogate_spoils_nothing():
    assert "Café 日本".encode() in body_of(an_entry(note="Café 日本"))
    assert b'"note":"a?b"' in body_of(an_entry(note="a\ud800b"))


@pytest.mark.parametrize("account", ["", ".", "..", "a/../../admin"])
def test_an_account_id_leads_to_no_other_path(account: str):
    built, transport = target(takes_everything)
    outcome = built.post(AccountId(account), ENTRY, "event-1")

    if transport.requests:
        assert transport.requests[0].url.raw_path == b"/api/accounts/a%2F..%2F..%2Fadmin/ledger-entries"
    else:
        assert isinstance(outcome, NotApplied)
        assert outcome.code == "account_not_found"


def test_the_base_url_may_have_a_path_of_its_own_and_options_replace_paths():
    connection = a_connection(
        base_url="https://gateway.example/pennypipe/", options={"paths.entries": "/v2/{accountId}/entries"}
    )
    built, transport = target(takes_everything, connection=connection)
    built.post(ACCOUNT, ENTRY, "event-1")
    built.ability(ACCOUNT)

    assert [request.url.path for request in transport.requests] == [
        f"/pennypipe/v2/{ACCOUNT}/entries",
        f"/pennypipe/api/accounts/{ACCOUNT}",
    ]


@pytest.mark.parametrize(
    ("option", "value"),
    [("paths.nothing", "/x"), ("colour", "red"), ("paths.entries", "/no/account"), ("paths.entries", "{accountId}")],
)
def test_an_option_that_is_wrong_is_refused_with_its_place(option: str, value: str):
    with pytest.raises(ConfigurationError) as refused:
        target(takes_everything, connection=a_connection(options={option: value}))

    assert refused.value.problems[0].path == f"connections[main].options.{option}"


@pytest.mark.parametrize(
    "changes",
    [
        {"referenceId": "another reference"},
        {"accountId": "another account"},
        {"referenceId": None},
        {"accountId": None},
        {"id": None},
        {"id": 7},
        {"id": ""},
        {"id": "x" * 201},
    ],
)
def test_an_answer_that_speaks_of_another_entry_is_not_applied(changes: dict[str, object]):
    built, _ = target(answers(200, an_applied_answer(ENTRY.reference, **changes)))

    assert isinstance(built.post(ACCOUNT, ENTRY, "event-1"), Unknown)


def test_what_the_contract_does_not_know_is_passed_over():
    document = an_applied_answer(ENTRY.reference, accountId=ACCOUNT.upper(), links={"self": "/x"}, version=7.5)
    built, _ = target(answers(200, document | {"created": False}))

    assert built.post(ACCOUNT, ENTRY, "event-1") == Applied(LEDGER_ID, created=False)


def test_the_ledgers_own_word_names_path_and_message():
    errors = [{"path": "entry.amount", "message": "must be positive"}, "no object", {"path": "entry.date"}]
    built, _ = target(answers(422, problem(422, "validation", detail="Two faults.", errors=errors)))

    outcome = built.post(ACCOUNT, ENTRY, "event-1")

    assert outcome == NotApplied(
        "entry_refused", Retry.NEVER, "Two faults. entry.amount: must be positive; entry.date", status=422
    )


def test_a_value_of_the_entry_that_the_ledger_echoes_is_masked():
    entry = an_entry(note="Payment of Mrs Miller", custom_fields=((FIELD, "DE02 1203 0000 0000"),))
    said = "note 'Payment of Mrs Miller' and value 'DE02 1203 0000 0000' are not wanted"
    built, _ = target(answers(422, problem(422, "validation", detail=said)))

    outcome = built.post(ACCOUNT, entry, "event-1")

    assert isinstance(outcome, NotApplied)
    assert outcome.detail == "note '***' and value '***' are not wanted"


def test_a_long_word_is_cut_and_control_signs_go():
    built, _ = target(answers(422, problem(422, "validation", detail="a\x1b[31m\r\nb" + "x" * 5000)))

    outcome = built.post(ACCOUNT, ENTRY, "event-1")

    assert isinstance(outcome, NotApplied)
    assert outcome.detail.startswith("a [31m bx")
    assert len(outcome.detail) == 300
