"""Pennylane as a ledger target: entries, documents, look-ups. Source: pennylane sheet, sections 5.1, 5.10 and 6."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.connectors.pennylane import journal
from ledgerpost.connectors.pennylane.calls import BRIEF, Pace, PennylaneCalls
from ledgerpost.connectors.pennylane.target import INVOICES, EntryOptions, PennylaneTarget
from ledgerpost.domain.document import DocumentForm, LedgerDocument, canonical_json
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import AccountAbility, Applied, Found, NotApplied, Retry, TargetClass, Unknown
from ledgerpost.domain.route import AccountId, EntryType
from ledgerpost.simulators.pennylane import ApiToken
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from tests.connectors.pennylane.company import BASE, Company
from tests.connectors.scripted import an_entry

SALES = AccountId("706000")


@pytest.fixture
def company() -> Company:
    return Company()


def target_of(company: Company, **options: Any) -> PennylaneTarget:
    calls = company.calls
    once = PennylaneCalls(
        BASE, calls._sender, Pace(calls._pace.budget, "acme/main"), company.clock, replace(BRIEF, pause=company.pauses)
    )
    entries = EntryOptions(**({"journal": 1, "counter_account": "411000"} | options))
    return PennylaneTarget(once, company.clock, entries)


def entry(reference: str = "R-1", **changes: Any) -> LedgerEntry:
    return an_entry(**({"reference": Reference(reference), "tag_names": (), "custom_fields": ()} | changes))


def document(form: str, body: dict[str, Any], total: str, reference: str = "D-1") -> LedgerDocument:
    return LedgerDocument(
        reference=Reference(reference), form=DocumentForm(form), money=Money(Decimal(total), "EUR"),
        day=date(2026, 3, 1), source_amount=Decimal(total), rounding=Decimal(0), body=canonical_json(body),
    )  # fmt: skip


def a_journal_entry(**changes: Any) -> LedgerDocument:
    lines = [
        {"account": "411000", "debit": "120.00", "credit": "0"},
        {"account": "706000", "debit": "0", "credit": "100.00"},
        {"account": "445710", "debit": "0", "credit": "20.00"},
    ]
    return document("pennylane.ledgerEntry", {"label": "Day", "lines": lines} | changes, "120.00")


def an_invoice(company: Company, **changes: Any) -> LedgerDocument:
    customers = company.rows("customers") or [{"id": company.a_customer()}]
    products = company.rows("products") or [{"id": company.a_product()}]
    body = {
        "deadline": "2026-03-31", "draft": False, "customer_id": customers[0]["id"],
        "invoice_lines": [{"product_id": products[0]["id"], "quantity": "2"}],
    }  # fmt: skip
    return document("pennylane.invoice", body | changes, "237.60")


# Entries.


def test_an_entry_is_balanced_by_the_counter_account_and_carries_its_reference(company: Company):
    outcome = target_of(company).post(SALES, entry(), "event-1")

    (row,) = company.rows("ledger_entries")
    assert outcome == Applied(str(row["id"]), created=True)
    assert (row["piece_number"], row["label"], row["date"]) == ("R-1", "Sale #R-1 total 120.50", "2026-03-01")
    lines = company.simulator.books.children("ledger_entries", row["id"], "ledger_entry_lines")
    assert [(line["ledger_account"]["number"], line["debit"], line["credit"]) for line in lines] == [
        ("706000", "0.00", "120.50"), ("411000", "120.50", "0.00"),
    ]  # fmt: skip


@pytest.mark.parametrize("type_", [EntryType.CREDIT, EntryType.DEBIT])
@pytest.mark.parametrize("note", ["Sale", None])
def test_an_entry_that_was_posted_is_found_and_agrees(company: Company, type_: EntryType, note: str | None):
    target = target_of(company)
    posted = entry(type=type_, note=note)
    target.post(SALES, posted, "event-1")

    found = target.find(SALES, "R-1")

    assert isinstance(found, Found)
    (fact,) = found.facts
    assert (fact.amount, fact.day) == (Decimal("120.50"), date(2026, 3, 1))
    assert fact.agrees_with(posted)
    assert not fact.agrees_with(entry(type=type_, note=note, money=Money(Decimal("9.99"), "EUR")))
    assert not fact.agrees_with(entry(type=type_.flipped, note=note))


def test_a_look_up_reads_the_journal_once_and_then_only_what_is_new(company: Company, monkeypatch: Any):
    monkeypatch.setattr(journal, "LIMIT", 2)
    target = target_of(company)
    for number in range(5):
        target.post(SALES, entry(f"R-{number}"), "event")
    assert target.find(SALES, "none") == Found(())
    before = len(company.transport.sent)

    assert target.find(SALES, "none") == Found(())
    target.post(SALES, entry("R-5"), "event")
    assert isinstance(target.find(SALES, "R-5"), Found)

    pages = [path for method, path, _ in company.transport.sent[before:] if path.endswith("/ledger_entries")]
    assert len(pages) == 3  # one page for each look-up, and the post


def test_a_journal_that_is_too_long_for_one_look_up_is_read_over_several(company: Company, monkeypatch: Any):
    monkeypatch.setattr(journal, "LIMIT", 1)
    monkeypatch.setattr(journal, "PAGES_AT_ONCE_MAX", 2)
    target = target_of(company)
    for number in range(5):
        target.post(SALES, entry(f"R-{number}"), "event")

    first, second, third = (target.find(SALES, "R-4") for _ in range(3))

    for reading in (first, second):
        assert isinstance(reading, NotApplied)
        assert (reading.code, reading.retry) == ("pennylane_journal_reading", Retry.LATER)
    assert isinstance(third, Found)
    assert len(third.facts) == 1


def test_an_entry_that_was_deleted_or_renamed_in_pennylane_is_not_found(company: Company):
    target = target_of(company)
    for reference in ("R-1", "R-2"):
        target.post(SALES, entry(reference), "event")
    target.find(SALES, "R-1")
    first, second = company.rows("ledger_entries")
    company.simulator.books.delete("ledger_entries", first)
    second["piece_number"] = "renamed"

    assert target.find(SALES, "R-1") == Found(())
    assert target.find(SALES, "R-2") == Found(())


def test_two_entries_of_one_reference_are_both_found(company: Company):
    target = target_of(company)
    target.post(SALES, entry(), "event")
    target.post(SALES, entry(), "event")

    found = target.find(SALES, "R-1")

    assert isinstance(found, Found)
    assert len(found.facts) == 2


@pytest.mark.parametrize("changes", [{"tag_names": ("Sales",)}, {"custom_fields": (("f", "v"),)}])
def test_what_an_entry_has_no_place_for_is_refused_and_not_dropped(company: Company, changes: dict[str, Any]):
    outcome = target_of(company).post(SALES, entry(**changes), "event")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("pennylane_field_unsupported", Retry.NEVER)
    assert company.writes() == 0


@pytest.mark.parametrize("options", [{"journal": None}, {"counter_account": ""}])
def test_without_its_options_the_connection_takes_no_entries(company: Company, options: dict[str, Any]):
    outcome = target_of(company, **options).post(SALES, entry(), "event")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "pennylane_option_missing"


def test_an_account_that_is_not_in_the_plan_is_named(company: Company):
    target = target_of(company)

    for answer in (target.ability(AccountId("999")), target.post(AccountId("999"), entry(), "event")):
        assert isinstance(answer, NotApplied)
        assert answer.code == "account_not_found"
        assert "999" in answer.detail


def test_a_fact_that_was_found_is_never_written_over(company: Company):
    target = target_of(company)
    target.post(SALES, entry(), "event")
    found = target.find(SALES, "R-1")
    assert isinstance(found, Found)

    outcome = target.post(SALES, entry(note="other"), "event", found.facts[0])

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "update_unsupported"


# Documents.


def test_a_document_of_several_lines_is_posted_found_and_agrees(company: Company):
    target = target_of(company)
    posted = a_journal_entry()
    assert isinstance(target.post(SALES, posted, "event"), Applied)

    found = target.find(SALES, "D-1")

    assert isinstance(found, Found)
    (fact,) = found.facts
    assert fact.agrees_with(posted)
    assert not fact.agrees_with(a_journal_entry(label="Other"))
    assert not fact.agrees_with(entry("D-1"))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"account": "411000", "debit": "1", "credit": "0"}, {"account": "706000", "debit": "0", "credit": "2"}],
        [{"account": "411000"}],
        [{"account": "411000", "debit": "x", "credit": "0"}],
        "none",
    ],
)
def test_a_document_that_does_not_balance_is_refused_before_it_is_sent(company: Company, lines: Any):
    outcome = target_of(company).post(SALES, a_journal_entry(lines=lines), "event")

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "entry_malformed"
    assert company.writes() == 0


def test_an_invoice_is_posted_by_its_external_reference_found_and_agrees(company: Company):
    target = target_of(company)
    posted = an_invoice(company)

    outcome = target.post(INVOICES, posted, "event")

    (row,) = company.rows("customer_invoices")
    assert outcome == Applied(str(row["id"]), created=True)
    assert (row["external_reference"], row["date"]) == ("D-1", "2026-03-01")
    found = target.find(INVOICES, "D-1")
    assert isinstance(found, Found)
    assert found.facts[0].agrees_with(posted)
    assert not found.facts[0].agrees_with(replace(posted, source_amount=Decimal("237.70")))
    other = an_invoice(company, invoice_lines=[{"product_id": company.rows("products")[0]["id"], "quantity": "3"}])
    assert not found.facts[0].agrees_with(other)


def test_a_second_post_of_one_invoice_is_unknown_and_makes_no_second_one(company: Company):
    target = target_of(company)
    posted = an_invoice(company)
    target.post(INVOICES, posted, "event")

    outcome = target.post(INVOICES, posted, "event")

    assert isinstance(outcome, Unknown)
    assert len(company.rows("customer_invoices")) == 1


def test_an_invoice_of_a_key_that_the_schema_does_not_know_is_refused_before_it_is_sent(company: Company):
    posted = an_invoice(company, plan_item="706")
    writes = company.writes()

    outcome = target_of(company).post(INVOICES, posted, "event")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, "plan_item" in outcome.detail) == ("entry_malformed", True)
    assert company.writes() == writes


def test_a_form_goes_to_its_own_account_alone(company: Company):
    target = target_of(company)
    for account, posted in (
        (SALES, an_invoice(company)),
        (INVOICES, a_journal_entry()),
        (INVOICES, entry()),
        (SALES, document("codat.invoice", {}, "1.00")),
        (SALES, document("acumatica.SalesOrder", {}, "1.00")),
    ):
        outcome = target.post(account, posted, "event")
        assert isinstance(outcome, NotApplied)
        assert outcome.code == "document_unsupported"


# Ability.


def test_the_ability_to_write_invoices_stands_in_the_scopes(company: Company):
    assert target_of(company).ability(INVOICES) == AccountAbility(TargetClass.LOOK_UP, None)
    narrow = Company(tokens=(ApiToken(DEMO_TOKEN, ("customer_invoices:readonly",)),))

    refused = target_of(narrow).ability(INVOICES)

    assert isinstance(refused, NotApplied)
    assert refused.code == "pennylane_scope_missing"


def test_the_ability_is_asked_once_in_ten_minutes(company: Company):
    target = target_of(company)
    for _ in range(3):
        assert target.ability(SALES) == AccountAbility(TargetClass.LOOK_UP, "EUR")
    assert len(company.transport.sent) == 1


@pytest.mark.parametrize("faults", ["refuse=1", "limit=1", "drop=1", "error_after=1", "html=1"])
def test_a_question_that_is_not_answered_is_no_unknown_effect(faults: str):
    company = Company(faults=faults)

    outcome = target_of(company).post(SALES, entry(), "event")

    assert isinstance(outcome, NotApplied)
    assert outcome.retry is Retry.LATER
    assert company.simulator.counts()["created"] == {}
