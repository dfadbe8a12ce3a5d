"""Closing a day: once, completely, and never a second time for what is closed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledgerpost.app.close_day import preview_day, reopen_day
from ledgerpost.app.commerce import Intake
from ledgerpost.app.run_company import run_on_request, run_range
from ledgerpost.domain.closing import DayRange, RunRefused, SyncStatus
from ledgerpost.domain.commerce import PaymentType
from ledgerpost.domain.company import AccountType
from ledgerpost.domain.grouping.assemble import Assembled, Stopped
from ledgerpost.domain.grouping.close import DayStatus
from ledgerpost.domain.version import SourceVersion
from ledgerpost.errors import EventError, StoreError, UsageError
from tests.grouping.builders import DAY, NOON, a_company, a_fee, a_line, a_payment, an_order, with_account
from tests.grouping.world import Shop, later

SALE = an_order("1", [a_line("100", "20")], [a_payment("120")])
AFTER = "2026-03-03T02:00"


@pytest.fixture
def shop() -> Shop:
    return Shop()


def totals(shop: Shop) -> list[tuple[str, str]]:
    return [(entity["Form"], entity["Total"]) for entity in shop.outbox.entities]


def test_a_day_is_closed_into_one_event_per_document(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    result = shop.closes()
    assert result.status is SyncStatus.SUCCESS
    assert totals(shop) == [("codat.invoice", "120.00"), ("codat.payment", "120.00")]
    event = shop.outbox.events[0]
    assert (event["detail-type"], event["source"]) == ("CommerceDocumentApproved", "ledgerpost")
    assert (event["detail"]["tenantId"], event["detail"]["revision"]) == ("acme", 1)
    assert event["detail"]["entity"]["Document"]["reference"] == event["detail"]["entity"]["Id"]


def test_a_second_close_changes_nothing(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    shop.closes()
    state, sent = shop.stores.days.day(shop.key, DAY), len(shop.outbox.events)
    assert shop.takes(SALE).intake is Intake.DROPPED
    result = shop.closes()
    assert (result.status, result.documents) == (SyncStatus.NOTHING_TO_WRITE, ())
    assert (shop.stores.days.day(shop.key, DAY), len(shop.outbox.events)) == (state, sent)


def test_a_late_sale_becomes_an_adjustment_and_never_a_second_invoice(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    first = shop.closes()
    taken = shop.takes(an_order("2", [a_line("10", "2")], [a_payment("12", PaymentType.CARD)]))
    assert (taken.intake, taken.is_late) == (Intake.KEPT, True)
    second = shop.closes()
    invoice = second.documents[0]
    assert [(each.form.value, each.money) for each in second.documents] == [
        ("codat.invoice", "12.00"),
        ("codat.payment", "12.00"),
    ]
    assert invoice.as_json()["adjusts"] == first.documents[0].reference
    assert not {each.reference for each in first.documents} & {each.reference for each in second.documents}


def test_an_order_that_is_amended_after_the_close_is_adjusted_by_the_difference(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    shop.closes()
    amended = an_order("1", [a_line("90", "18")], [a_payment("108")])
    shop.takes(replace(amended, version=later(SALE).version))
    note, payment = shop.closes().documents
    assert (note.form.value, note.money, payment.money) == ("codat.creditNote", "-12.00", "-12.00")


def test_an_order_that_is_refunded_after_the_close_becomes_a_credit_note(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    shop.closes()
    lines = [*SALE.lines, a_line("-100", "-20", quantity="-1")]
    payments = [*SALE.payments, a_payment("-120")]
    shop.takes(later(an_order("1", lines, payments), 600))
    note, payment = shop.closes().documents
    assert (note.form.value, note.money) == ("codat.creditNote", "-120.00")
    assert payment.allocations[0].reference == note.reference


def test_adjustments_follow_one_another_each_with_references_of_its_own(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    seen = [each.reference for each in shop.closes().documents]
    for name in ("2", "3"):
        shop.takes(an_order(name, [a_line("10")]))
        seen += [each.reference for each in shop.closes().documents]
    assert len(set(seen)) == len(seen) == 4
    state = shop.stores.days.day(shop.key, DAY)
    assert state is not None
    assert (state.revision, len(state.layers)) == (3, 3)


def test_an_update_of_a_record_that_was_never_there_is_for_a_person(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until("2026-03-09T02:00")
    shop.closes()
    unknown = replace(an_order("9", [a_line("5")]), version=later(SALE, 60 * 24 * 3).version)
    taken = shop.takes(unknown)
    assert (taken.intake, taken.code) == (Intake.RECONCILE_MANUALLY, "commerce_reconcile_manually")
    assert shop.closes().documents == ()


def test_a_record_from_before_the_start_date_is_left_aside_and_one_that_changed_since_is_for_a_person(
    shop: Shop,
) -> None:
    long_ago = NOON - timedelta(days=9)
    old = an_order("0", [a_line("5")], created_at=long_ago, version=SourceVersion(long_ago))
    assert shop.takes(old).intake is Intake.BEFORE_START
    assert shop.takes(replace(old, version=SourceVersion(NOON))).intake is Intake.RECONCILE_MANUALLY
    assert list(shop.stores.records.records(shop.key, long_ago.date())) == []


def test_a_record_of_a_company_that_is_not_configured_is_refused(shop: Shop) -> None:
    shop.company = replace(a_company(), id="other")  # type: ignore[arg-type]
    with pytest.raises(EventError) as caught:
        shop.takes(SALE)
    assert caught.value.code == "company_unknown"


def test_a_record_counts_by_the_merchants_midnight(shop: Shop) -> None:
    """Half past eleven at night in March in London is the same day; half an hour past midnight is the next."""
    evening = an_order("1", [a_line("1")], created_at=NOON.replace(hour=23, minute=30))
    night = an_order("2", [a_line("2")], created_at=NOON.replace(hour=23, minute=30) + timedelta(hours=1))
    assert (shop.takes(evening).day, shop.takes(night).day) == (DAY, DAY + timedelta(days=1))


def test_an_unmapped_payment_type_sends_nothing_and_the_next_close_covers_the_day(shop: Shop) -> None:
    shop.configure(a_company(unmapped=[AccountType.CARD]))
    shop.takes(SALE)
    shop.takes(an_order("2", [a_line("10")], [a_payment("10", PaymentType.CARD)]))
    shop.waits_until(AFTER)
    result = shop.closes()
    assert result.status is SyncStatus.CONFIGURATION_ERROR
    assert "Card" in str(result.problems[0])
    assert shop.outbox.events == []
    assert shop.stores.days.day(shop.key, DAY) is None
    shop.configure(a_company())
    assert shop.closes().status is SyncStatus.SUCCESS
    assert len(shop.outbox.events) == 3


def test_a_record_that_does_not_add_up_is_a_fault_of_the_data(shop: Shop) -> None:
    shop.takes(an_order("1", [a_line("3")], total=Decimal(9)))
    shop.waits_until(AFTER)
    assert shop.closes().status is SyncStatus.PROCESSING_ERROR


def test_a_day_that_still_runs_can_be_previewed_and_not_closed(shop: Shop) -> None:
    shop.takes(SALE)
    preview = preview_day(shop.company, shop.key, DAY, shop.close_ports)
    assert isinstance(preview, Assembled)
    assert [each.money for each in preview.documents] == ["120.00", "120.00"]
    with pytest.raises(UsageError) as caught:
        shop.closes()
    assert caught.value.code == "close_day_not_over"
    assert shop.outbox.events == []


def test_a_preview_gives_the_very_documents_of_the_close_and_writes_nothing(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    preview = preview_day(shop.company, shop.key, DAY, shop.close_ports)
    assert not isinstance(preview, Stopped)
    assert shop.stores.days.day(shop.key, DAY) is None
    assert shop.closes().documents == preview.documents


def test_a_day_before_the_start_date_is_never_closed(shop: Shop) -> None:
    with pytest.raises(UsageError) as caught:
        shop.closes(date(2026, 2, 28))
    assert caught.value.code == "close_before_start"


def test_a_reopened_day_is_written_anew_under_the_same_references_and_a_later_revision(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    first = shop.closes()
    shop.takes(an_order("2", [a_line("10")]))
    adjusted = shop.closes()
    reopen_day(shop.key, DAY, shop.close_ports, by="ann", reason="wrong account")
    shop.configure(with_account(a_company(), AccountType.SALES, "4001"))
    again = shop.closes()
    assert [each.reference for each in again.documents] == [
        each.reference for each in (*first.documents, *adjusted.documents)
    ]
    assert {each.lines[0].account.option.id for each in again.documents if each.lines} == {"4001"}
    assert shop.outbox.events[-1]["detail"]["revision"] == 3
    state = shop.stores.days.day(shop.key, DAY)
    assert state is not None
    assert [(each.act, each.by, each.reason) for each in state.operations] == [("reopened", "ann", "wrong account")]


def test_a_document_that_a_reopened_day_does_not_make_any_more_is_named(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    _, payment = shop.closes().documents
    reopen_day(shop.key, DAY, shop.close_ports, by="ann", reason="payments are booked by hand")
    company = a_company()
    shop.configure(replace(company, payments=replace(company.payments, sync=False)))
    assert shop.closes().vanished == (payment.reference,)


def test_only_a_closed_day_can_be_reopened(shop: Shop) -> None:
    with pytest.raises(UsageError) as caught:
        reopen_day(shop.key, DAY, shop.close_ports, by="ann", reason="?")
    assert caught.value.code == "close_not_closed"


def test_a_close_that_died_while_it_sent_is_taken_over_and_sends_every_document(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    shop.outbox.takes = 1
    with pytest.raises(StoreError):
        shop.closes()
    shop.outbox.takes = None
    with pytest.raises(UsageError) as caught:
        shop.closes()
    assert caught.value.code == "close_overtaken"
    shop.clock.time += timedelta(minutes=15)
    assert shop.closes().status is SyncStatus.SUCCESS
    sent = [(entity["Id"], entity["Document"]) for entity in shop.outbox.entities]
    assert len(sent) == 3
    assert sent[0] == sent[1], "what was sent before is sent again, the same"
    state = shop.stores.days.day(shop.key, DAY)
    assert state is not None
    assert (state.status, len(state.layers)) == (DayStatus.CLOSED, 1)


def test_a_close_that_was_overtaken_while_it_read_writes_and_sends_nothing(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    original = shop.stores.records

    class Slow:
        """Lets another close come first between the reading of the state and its writing."""

        def __getattr__(self, name: str) -> object:
            return getattr(original, name)

        def records(self, key: object, day: date) -> object:
            shop.stores = replace(shop.stores, records=original)
            shop.closes()
            return original.records(key, day)  # type: ignore[arg-type]

    shop.stores = replace(shop.stores, records=Slow())  # type: ignore[arg-type]
    with pytest.raises(UsageError) as caught:
        shop.closes()
    assert caught.value.code == "close_overtaken"
    assert len(shop.outbox.events) == 2


def test_a_run_closes_every_day_that_is_due_and_covers_it(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    run = shop.runs()
    assert run is not None
    assert [result.day.day for result in run.days] == [1, 2]
    assert (run.run.status, run.run.data_pushed) == (SyncStatus.SUCCESS, True)
    assert shop.kept.progress.covered == (DayRange(date(2026, 3, 1), DAY),)
    assert shop.stores.runs.runs(shop.key, 9)[0].status is SyncStatus.SUCCESS
    assert list(shop.stores.companies.due(shop.clock.now(), 9)) == []


def test_a_run_takes_up_the_days_that_something_came_late_for(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until(AFTER)
    shop.runs()
    shop.takes(an_order("2", [a_line("10")]))
    shop.waits_until("2026-03-04T02:00")
    run = shop.runs()
    assert run is not None
    assert [(result.day.day, len(result.documents)) for result in run.days] == [(3, 0), (2, 1)]
    assert list(shop.stores.records.late_days(shop.key)) == []


def test_a_late_day_that_fails_holds_no_other_day_back_and_stays_late(shop: Shop) -> None:
    shop.waits_until(AFTER)
    shop.runs()
    shop.takes(an_order("2", [a_line("10")], total=Decimal(99)))
    shop.waits_until("2026-03-04T02:00")
    run = shop.runs()
    assert run is not None
    assert run.run.status is SyncStatus.PROCESSING_ERROR
    assert shop.kept.progress.covers(date(2026, 3, 3))
    assert [late.day for late in shop.stores.records.late_days(shop.key)] == [DAY]


def test_a_day_that_fails_ends_the_run_and_the_next_success_covers_it(shop: Shop) -> None:
    shop.configure(a_company(unmapped=[AccountType.CASH]))
    shop.takes(SALE)
    shop.waits_until("2026-03-04T02:00")
    run = shop.runs()
    assert run is not None
    assert (run.run.status, run.run.code) == (SyncStatus.CONFIGURATION_ERROR, "company_payment_type_unmapped")
    assert shop.kept.progress.covered == (DayRange(date(2026, 3, 1), date(2026, 3, 1)),)
    shop.configure(a_company())
    shop.waits_until("2026-03-05T02:00")
    assert [result.day.day for result in (shop.runs() or run).days] == [2, 3, 4]


def test_thirty_one_failing_days_switch_the_company_off(shop: Shop) -> None:
    shop.configure(a_company(unmapped=[AccountType.CASH]))
    shop.takes(SALE)
    shop.waits_until(AFTER)
    runs = []
    for _ in range(31):
        run = shop.runs()
        assert run is not None
        runs.append(run.disabled)
        shop.clock.time += timedelta(days=1)
    assert runs == [*[False] * 30, True]
    assert not shop.kept.company.enabled
    assert shop.runs() is None


def test_a_run_that_is_asked_for_before_the_start_is_refused_with_status_500(shop: Shop) -> None:
    shop.waits_until("2026-02-27T02:00")
    refused = run_on_request(shop.kept, "run", shop.close_ports)
    assert isinstance(refused, RunRefused)
    assert refused.status == 500
    assert shop.stores.runs.runs(shop.key, 9) == []


def test_a_historic_range_is_run_once_and_refused_where_it_overlaps(shop: Shop) -> None:
    shop.takes(SALE)
    shop.waits_until("2026-03-09T02:00")
    ran = run_range(shop.kept, "h-1", DayRange(DAY, DAY), shop.close_ports)
    assert not isinstance(ran, RunRefused)
    assert ran.run.status is SyncStatus.SUCCESS
    refused = run_range(shop.kept, "h-2", DayRange(date(2026, 3, 1), DAY), shop.close_ports)
    assert isinstance(refused, RunRefused)
    assert refused.message == "Date overlaps with a previous sync date range"


def test_fees_of_the_day_are_billed(shop: Shop) -> None:
    shop.takes(a_fee("f", "2.50"))
    shop.waits_until(AFTER)
    shop.closes()
    assert totals(shop) == [("codat.bill", "-2.50")]
