"""From a transaction to an entry, case by case. Source: design, section 4; the guide's rules stand in tests/golden."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import RULE_KINDS, ApprovalEvent, EventId, EventKind, StreamType, TenantId
from ledgerpost.domain.mapping import Refusal, Skip, map_entry
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.route import (
    AccountId,
    ConnectionId,
    CustomFieldMap,
    EntryType,
    Route,
    RouteId,
    Rule,
    TenantConfiguration,
)
from ledgerpost.domain.version import SourceVersion
from ledgerpost.wire.message import read_json

APPROVED_AT = datetime(2010, 12, 1, 23, 30, tzinfo=UTC)


def event_of(
    entity: Mapping[str, Any] | str,
    kind: EventKind = EventKind.SALE_DOCUMENT,
    *,
    currency: str = "GBP",
    approved_at: datetime = APPROVED_AT,
) -> ApprovalEvent:
    return ApprovalEvent(
        event_id=EventId("e"),
        source="stocksmart",
        kind=kind,
        tenant=TenantId("acme"),
        version=SourceVersion(approved_at, 1),
        currency=currency,
        entity=read_json(entity) if isinstance(entity, str) else entity,
        text="",
    )


def route_of(rules: Mapping[EventKind, Rule], *, zone: str = "UTC", enabled: bool = True, name: str = "r") -> Route:
    return Route(
        id=RouteId(name),
        connection=ConnectionId("main"),
        stream=StreamType.SALES,
        account=AccountId("a"),
        enabled=enabled,
        time_zone=ZoneInfo(zone),
        rules=rules,
    )


def mapped(event: ApprovalEvent, *, zone: str = "UTC", **rule: Any) -> LedgerEntry | Skip | Refusal:
    given: dict[str, Any] = {"enabled": True, "entry_type": EntryType.CREDIT}
    made = Rule(**(given | rule))
    return map_entry(event, route_of({event.kind: made}, zone=zone), made)


def entry_of(entity: Mapping[str, Any] | str, **rule: Any) -> LedgerEntry:
    entry = mapped(event_of(entity), **rule)
    assert isinstance(entry, LedgerEntry)
    return entry


SALE = {"Id": "536365", "ReceiptNumber": "R-1", "Total": Decimal("139.12")}


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_documents_carry_total_and_payments_payment(kind: EventKind) -> None:
    entity = {"Id": "1", "Total": Decimal("1.00"), "Payment": Decimal("2.00")}
    entry = mapped(event_of(entity, kind))
    assert isinstance(entry, LedgerEntry)
    expected = "2.00" if kind in (EventKind.SALE_PAYMENT, EventKind.SUPPLIER_PAYMENT) else "1.00"
    assert str(entry.money) == expected


@pytest.mark.parametrize(
    ("side", "flipped"), [(EntryType.CREDIT, EntryType.DEBIT), (EntryType.DEBIT, EntryType.CREDIT)]
)
def test_a_cancellation_is_a_reversal_on_the_other_side(side: EntryType, flipped: EntryType) -> None:
    entry = entry_of(SALE | {"Total": Decimal("-27.50")}, entry_type=side)
    assert (entry.type, str(entry.money), entry.source_amount) == (flipped, "27.50", Decimal("-27.50"))


@pytest.mark.parametrize("total", ["0", "0.0", "-0", "-0.004", "0.005", '"0.00"', "0E+999"])
def test_zero_is_skipped_with_its_reference(total: str) -> None:
    assert mapped(event_of(f'{{"Id": "7", "Total": {total}}}')) == Skip("zero_amount", "7")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", RULE_KINDS)
@pytest.mark.parametrize("entity", [{}, {"Id": None}, {"Id": ""}, {"Id": " \t "}])
def test_without_a_reference_nothing_is_posted_whatever_the_kind(kind: EventKind, entity: dict[str, Any]) -> None:
    assert mapped(event_of(entity | {"Total": 1, "Payment": 1}, kind)) == Skip("no_reference", None)


@pytest.mark.parametrize(
    ("value", "reference"), [("  536365 ", "536365"), (536365, "536365"), (Decimal("5.0"), "5"), ("x" * 200, "x" * 200)]
)
def test_a_reference_is_trimmed_text_of_at_most_200_characters(value: object, reference: str) -> None:
    assert entry_of(SALE | {"Id": value}).reference == reference


@pytest.mark.parametrize("value", ["x" * 201, "a\nb", "a\x00b", True, [], ["a"], {"Value": 1}, "\ud800"])
def test_an_unusable_reference_is_refused(value: object) -> None:
    refusal = mapped(event_of(SALE | {"Id": value}))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.reference) == ("reference_invalid", None)


def test_the_reference_comes_from_the_property_of_the_rule_in_any_casing() -> None:
    assert entry_of(SALE, reference_source="receiptnumber").reference == "R-1"


@pytest.mark.parametrize(
    ("total", "code"),
    [
        ("null", "amount_missing"),
        ('""', "amount_missing"),
        ('"12,50"', "amount_not_a_number"),
        ("true", "amount_not_a_number"),
        ("[1]", "amount_not_a_number"),
        ("1E+20", "amount_out_of_range"),
    ],
)
def test_an_amount_that_is_none_is_refused_under_the_reference(total: str, code: str) -> None:
    refusal = mapped(event_of(f'{{"Id": "7", "Total": {total}}}'))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.reference) == (code, "7")
    assert "Total" in refusal.message


@pytest.mark.parametrize(
    ("approved_at", "zone", "day"),
    [
        (datetime(2010, 12, 1, 23, 30, tzinfo=UTC), "Europe/London", date(2010, 12, 1)),
        (datetime(2011, 6, 30, 23, 30, tzinfo=UTC), "Europe/London", date(2011, 7, 1)),
        (datetime(2011, 1, 1, 3, 0, tzinfo=UTC), "America/New_York", date(2010, 12, 31)),
        (datetime(2010, 12, 31, 12, 0, tzinfo=UTC), "Pacific/Kiritimati", date(2011, 1, 1)),
    ],
)
def test_the_business_day_is_that_of_the_approval_in_the_routes_zone(
    approved_at: datetime, zone: str, day: date
) -> None:
    entry = mapped(event_of(SALE, approved_at=approved_at), zone=zone)
    assert isinstance(entry, LedgerEntry)
    assert entry.day == day


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2010-11-30", date(2010, 11, 30)),
        ("2010-11-30T23:59:59", date(2010, 11, 30)),
        ("2010-11-30T23:59:59.1234567", date(2010, 11, 30)),
        ("2011-06-30T23:30:00Z", date(2011, 7, 1)),
        ("2011-07-01T00:30:00+02:00", date(2011, 6, 30)),
        (" ", date(2010, 12, 1)),
        (None, date(2010, 12, 1)),
    ],
)
def test_the_entitys_own_date_comes_first(written: str | None, day: date) -> None:
    entry = mapped(event_of(SALE | {"Date": written}), zone="Europe/London")
    assert isinstance(entry, LedgerEntry)
    assert entry.day == day


@pytest.mark.parametrize(
    "written",
    ["01/12/2010", "yesterday", "2010-13-01", "0001-01-01T00:00:00", "1899-12-31", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:59-14:00", 5, True, []],
)  # fmt: skip
def test_a_date_that_is_none_is_refused_and_not_guessed(written: object) -> None:
    refusal = mapped(event_of(SALE | {"Date": written}))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.reference) == ("entity_date_invalid", "536365")


def test_null_blank_and_white_space_are_left_out_of_the_custom_fields() -> None:
    fields = tuple(CustomFieldMap(name, name) for name in ("A", "B", "C", "D", "E", "F"))
    entity = SALE | {"A": None, "B": "", "C": " \t", "D": 0, "E": False}
    assert entry_of(entity, custom_fields=fields).custom_fields == (("D", "0"), ("E", "false"))


def test_money_reads_in_minor_units_in_notes_and_fields() -> None:
    entry = entry_of(
        SALE | {"Total": Decimal("508.20000000000005")},
        note_template=NoteTemplate("{Total} {total}"),
        custom_fields=(CustomFieldMap("f", "TOTAL"),),
    )
    assert (entry.note, entry.custom_fields) == ("508.20 508.20", (("f", "508.20"),))


def test_noise_makes_no_other_body() -> None:
    rule = {"note_template": NoteTemplate("{Total}"), "custom_fields": (CustomFieldMap("f", "Tax"),)}
    noisy = entry_of('{"Id": "1", "Total": 508.20000000000005, "Tax": 84.70000000000002}', **rule)
    plain = entry_of('{"Id": "1", "Total": 508.20, "Tax": 84.7}', **rule)
    assert noisy.fingerprint() == plain.fingerprint()
    assert noisy.rounding != plain.rounding == 0


def test_the_currency_decides_the_decimals() -> None:
    entry = mapped(event_of(SALE | {"Total": Decimal("1200.00")}, currency="JPY"))
    assert isinstance(entry, LedgerEntry)
    assert (str(entry.money), entry.money.currency) == ("1200", "JPY")


def test_a_blank_note_is_no_note() -> None:
    assert entry_of(SALE, note_template=NoteTemplate("{Notes}")).note is None


def test_a_refusal_never_holds_a_value_of_the_entity() -> None:
    for entity in ({"Id": ["canary"]}, {"Id": "1", "Total": "canary"}, {"Id": "1", "Total": 1, "Date": "canary"}):
        refusal = mapped(event_of(entity))
        assert isinstance(refusal, Refusal)
        assert "canary" not in refusal.message


ENABLED = Rule(enabled=True, entry_type=EntryType.CREDIT)
DISABLED = Rule(enabled=False, entry_type=EntryType.CREDIT)


@pytest.mark.parametrize(
    ("kind", "rules", "enabled", "verdict"),
    [
        (EventKind.SALE_DOCUMENT, {EventKind.SALE_DOCUMENT: ENABLED}, True, None),
        (EventKind.PURCHASE_DOCUMENT, {EventKind.PURCHASE_DOCUMENT: ENABLED}, True, "no_matching_route"),
        (EventKind.SALE_DOCUMENT, {EventKind.SALE_DOCUMENT: ENABLED}, False, "route_disabled"),
        (EventKind.SALE_DOCUMENT, {EventKind.SALE_DOCUMENT: DISABLED}, True, "rule_disabled"),
        (EventKind.SALE_PAYMENT, {EventKind.SALE_DOCUMENT: ENABLED}, True, "rule_disabled"),
    ],
)
def test_a_route_says_why_it_does_not_take_a_transaction(
    kind: EventKind, rules: dict[EventKind, Rule], enabled: bool, verdict: str | None
) -> None:
    assert route_of(rules, enabled=enabled).verdict_on(kind) == verdict


def test_every_matching_route_takes_the_event_in_the_order_of_the_ids() -> None:
    rules = {EventKind.SALE_DOCUMENT: ENABLED}
    routes = [route_of(rules, name="b"), route_of(rules, name="a"), route_of(rules, name="c", enabled=False)]
    configuration = TenantConfiguration(TenantId("acme"), {}, {route.id: route for route in routes})
    assert [route.id for route in configuration.routes_for(event_of(SALE))] == ["a", "b"]


def test_the_reason_nearest_to_a_delivery_is_told() -> None:
    off = route_of({EventKind.SALE_DOCUMENT: ENABLED}, name="off", enabled=False)
    ruled_out = route_of({EventKind.SALE_DOCUMENT: DISABLED}, name="ruled-out")
    for routes, code in (((), "no_matching_route"), ((off,), "route_disabled"), ((off, ruled_out), "rule_disabled")):
        configuration = TenantConfiguration(TenantId("acme"), {}, {route.id: route for route in routes})
        assert configuration.why_not_taken(event_of(SALE)) == code
