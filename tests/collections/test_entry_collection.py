"""Collections that make entries: an extracted invoice of Pennylane becomes one of PennyPipe."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.app.map_event import map_transaction
from ledgerpost.domain.document import Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent, TenantId
from ledgerpost.domain.extract.approvals import approval_of
from ledgerpost.domain.extract.rows import CreditNoteRow, InvoiceRow, RowId, Sums
from ledgerpost.domain.mapping import Refusal, Skip
from ledgerpost.domain.money import Money
from ledgerpost.domain.route import EntryType
from ledgerpost.errors import ConfigurationError
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.collection import collection_from
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.stored_collection import collection_item, collection_of
from tests.collections.orders import FORMULAS, route_with

NAME = "pennylane-invoice-to-pennypipe"
TENANT, AT, DAY = TenantId("acme"), datetime(2026, 3, 2, 8, tzinfo=UTC), date(2026, 3, 1)
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2)


def sums(net: Decimal, tax: Decimal) -> Sums:
    return Sums(
        currency_code="EUR",
        amount=net,
        tax_amount=tax,
        base_currency="EUR",
        base_amount=net,
        base_tax_amount=tax,
        rate=Decimal(1),
        rate_day=None,
    )


def an_invoice(net: str = "100.00", tax: str = "20.00", number: str = "7") -> InvoiceRow:
    return InvoiceRow(
        original_id=RowId(number),
        customer_id=RowId("src-1"),
        subscription_id=None,
        date=DAY,
        invoice_number=f"F-{number}",
        status="open",
        sums=sums(Decimal(net), Decimal(tax)),
        lines=(),
    )


def a_credit_note(net: str = "-50.00", tax: str = "-10.00", number: str = "8", of: str | None = "7") -> CreditNoteRow:
    return CreditNoteRow(
        original_id=RowId(number),
        invoice_id=None if of is None else RowId(of),
        customer_id=RowId("src-1"),
        date=DAY,
        invoice_number=f"AV-{number}",
        sums=sums(Decimal(net), Decimal(tax)),
        lines=(),
    )


def event_of(row: InvoiceRow | CreditNoteRow) -> ApprovalEvent:
    """What intake reads of the line that the extract writes."""
    entry = approval_of(row, TENANT, AT)
    envelope = {"id": "e-1", "source": entry["Source"], "detail-type": entry["DetailType"], "detail": entry["Detail"]}
    return read_event(json.dumps(envelope))


def mapped(row: InvoiceRow | CreditNoteRow, overrides: dict[str, Any] | None = None) -> Postable | Skip | Refusal:
    checked = collection_from({"use": NAME, "overrides": overrides or {}}, (), FORMULAS)
    assert checked.mapping is not None, checked.problems
    return map_transaction(event_of(row), route_with(checked.mapping), FORMULAS)


def test_an_invoice_becomes_a_credit_of_its_total_with_tax_on_its_own_day() -> None:
    assert mapped(an_invoice()) == LedgerEntry(
        reference="7",  # type: ignore[arg-type]
        type=EntryType.CREDIT,
        money=Money(Decimal("120.00"), "EUR"),
        day=DAY,
        source_amount=Decimal("120.00"),
        rounding=Decimal(0),
        note="Invoice F-7 | net 100.00, tax 20.00",
        tag_names=("Pennylane",),
        create_missing_tags=True,
    )


@pytest.mark.parametrize(
    ("credited", "note"),
    [
        ("7", "Credit note AV-8 on invoice 7 | net -50.00, tax -10.00"),
        (None, "Credit note AV-8 | net -50.00, tax -10.00"),
    ],
)
def test_a_credit_note_becomes_a_debit_that_names_what_it_takes_back(credited: str | None, note: str) -> None:
    entry = mapped(a_credit_note(of=credited))
    assert isinstance(entry, LedgerEntry)
    assert (entry.type, str(entry.money), entry.source_amount) == (EntryType.DEBIT, "60.00", Decimal("-60.00"))
    assert entry.note == note


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=8), st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=8))
def test_credits_less_debits_are_the_invoices_less_the_credit_notes(
    sold: Sequence[tuple[Decimal, Decimal]], returned: Sequence[tuple[Decimal, Decimal]]
) -> None:
    rows: list[InvoiceRow | CreditNoteRow] = [an_invoice(str(net), str(tax)) for net, tax in sold]
    rows += [a_credit_note(str(-net), str(-tax)) for net, tax in returned]
    entries = [entry for row in rows if isinstance(entry := mapped(row), LedgerEntry)]
    ledger = sum(each.money.amount * (1 if each.type is EntryType.CREDIT else -1) for each in entries)
    assert ledger == sum(net + tax for net, tax in sold) - sum(net + tax for net, tax in returned)
    assert all(each.money.amount > 0 for each in entries)


def test_a_document_of_zero_is_skipped() -> None:
    assert mapped(an_invoice("0.00", "0.00")) == Skip("zero_amount", "7")  # type: ignore[arg-type]


def test_a_route_overrides_a_row_and_fills_a_custom_field_of_the_account() -> None:
    checked = collection_from(
        {
            "name": "own",
            "kind": "SaleDocument",
            "form": "pennypipe.Entry",
            "rows": [
                {"destination": "EntryType", "type": "Static", "value": "debit"},
                {"destination": "Custom_11", "type": "Field", "source": "CustomerDetails"},
                {"destination": "Custom_12", "type": "Field", "source": "CreditedInvoice"},
            ],
        },
        (),
        FORMULAS,
    )
    assert checked.mapping is not None, checked.problems
    entry = map_transaction(event_of(an_invoice()), route_with(checked.mapping), FORMULAS)
    assert isinstance(entry, LedgerEntry)
    assert (entry.type, entry.custom_fields, entry.tag_names) == (EntryType.DEBIT, (("11", "src-1"),), ())


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"EntryType": {"type": "Static", "value": "sideways"}}, "mapped_value_type"),
        ({"EntryType": {"type": "Field", "source": "NothingOfTheKind"}}, "required_value_missing"),
        ({"Note": {"type": "Dynamic Formula", "formula": '$customerByEmail("a@example.com")'}}, "look_up_unsupported"),
        ({"Note": {"type": "Static", "value": True}}, "mapped_value_type"),
    ],
)
def test_what_makes_no_entry_is_refused_with_its_row(overrides: dict[str, Any], code: str) -> None:
    refused = mapped(an_invoice(), overrides)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.reference) == (code, "7")
    assert f"row {next(iter(overrides))}" in refused.message


def test_the_stored_collection_makes_the_same_entry() -> None:
    mapping = collection_from(NAME, (), FORMULAS).mapping
    assert mapping is not None
    route = route_with(collection_of(json.loads(json.dumps(collection_item(mapping)))))
    event = event_of(a_credit_note())
    assert map_transaction(event, route, FORMULAS) == map_transaction(event, route_with(mapping), FORMULAS)


def a_document(target: str, collection: Any) -> str:
    auth = {"type": "PAT", "token": "env:TOKEN"}
    connection = {"id": "main", "label": "Main", "target": target, "baseUrl": "https://x.example", "auth": auth}
    route = {
        "id": "sales", "connection": "main", "streamType": "Sales", "accountId": "a", "enabled": True,
        "timeZone": "UTC", "collection": collection,
    }  # fmt: skip
    return json.dumps({"tenant": "acme", "connections": [connection], "routes": [route]})


@pytest.mark.parametrize(
    ("target", "collection", "path"),
    [
        ("acumatica", NAME, "routes[0].collection"),
        (
            "pennypipe",
            {
                "name": "own",
                "kind": "SalesOrder",
                "form": "pennypipe.Entry",
                "rows": [{"destination": "EntryType", "type": "Static", "value": "credit"}],
            },
            "routes[0].collection.kind",
        ),
    ],
)
def test_a_collection_that_fits_neither_ledger_nor_kind_is_refused(target: str, collection: Any, path: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(a_document(target, collection), formulas=FORMULAS)
    assert [problem.path for problem in refused.value.problems] == [path]
