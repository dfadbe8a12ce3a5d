"""A night of the extract: what it writes, what it passes over, and how it goes on after anything."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.app.extract import Ending
from ledgerpost.app.extract.writing import RepeatPolicy
from ledgerpost.domain.extract.documents import ExtractRules
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.domain.extract.rows import CreditNoteRow, CustomerRow, Entity, InvoiceRow
from ledgerpost.domain.outcome import Applied, NotApplied, Retry, Unknown
from tests.app.extract.world import STARTED, Fuse, FusedStore, Killed, MemorySource, MemoryTarget, World, a_source

ORDER = ["CustomerRow", "ProductRow", "PriceRow", "SubscriptionRow", "InvoiceRow", "CreditNoteRow"]
BUSY = NotApplied("rate_limited", Retry.LATER, "slow down", 7.0)
LOST = Unknown("reply_lost", "cut")
REFUSED = NotApplied("extract_row_refused", Retry.NEVER, "customer_id: unknown")


def finished(world: World, name: str = "1", **plan: Any) -> World:
    assert world.night(name, **plan).ending is Ending.FINISHED
    return world


# What a night does.


def test_everything_of_the_source_is_in_the_target_in_the_order_that_it_needs() -> None:
    world = finished(World(a_source()))
    assert len(world.target.rows) == 3 + 2 * 2 + 2 + 4 + 2
    assert sorted(world.target.order, key=lambda kind: 1 if kind == "PriceRow" else ORDER.index(kind)) == (
        world.target.order
    )


def test_documents_refer_to_what_the_target_has_and_notes_are_reversed() -> None:
    rows = finished(World(a_source())).target.rows
    invoice, note = rows["InvoiceRow", "9001"], rows["CreditNoteRow", "9006"]
    assert isinstance(invoice, InvoiceRow)
    assert isinstance(note, CreditNoteRow)
    assert (invoice.customer_id, invoice.lines[0].price_id, invoice.subscription_id) == ("src-c18", "src-p5", "7-61")
    assert (note.invoice_id, note.sums.amount) == ("9003", Decimal("-198.00"))


def test_a_quiet_night_writes_nothing_and_asks_for_no_lines() -> None:
    world = finished(World(a_source()))
    writes, lines = world.target.writes, world.source.count("lines")
    report = world.night("2")
    assert report.ending is Ending.FINISHED
    assert (world.target.writes, world.source.count("lines")) == (writes, lines)
    assert report.checkpoint.total(RowFate.UNCHANGED) == 3 + 2 + 1 + 4 + 2


def test_a_night_that_reads_all_lines_writes_nothing_where_nothing_changed() -> None:
    world = finished(World(a_source()))
    writes = world.target.writes
    finished(world, "2", all_lines=True)
    assert world.target.writes == writes
    assert world.source.count("lines") == 2 * (1 + 4 + 2)


def test_only_what_changed_is_written() -> None:
    world = finished(World(a_source()))
    writes = world.target.writes
    world.source.customers[1]["emails"] = ["new@x.fr"]
    report = world.night("2")
    assert world.target.writes == writes + 1
    changed = world.target.rows["CustomerRow", "src-c18"]
    assert isinstance(changed, CustomerRow)
    assert changed.email == "new@x.fr"
    assert report.checkpoint.counts[Entity.CUSTOMERS].of(RowFate.WRITTEN) == 1


def test_a_change_that_the_target_does_not_see_is_read_once_and_never_written() -> None:
    world = finished(World(a_source()))
    writes = world.target.writes
    world.source.documents[0]["updated_at"] = "2026-03-03T08:00:00.000Z"
    finished(world, "2")
    lines = world.source.count("lines")
    finished(world, "3")
    assert (world.target.writes, world.source.count("lines")) == (writes, lines)


def test_a_link_that_the_source_signs_anew_each_night_is_no_change() -> None:
    world = finished(World(a_source()))
    lines = world.source.count("lines")
    for row in world.source.documents:
        row["public_file_url"] = f"https://pennylane.example/file?signature=2-{row['id']}"
    finished(world, "2")
    assert world.source.count("lines") == lines


def test_the_price_of_a_product_that_was_refused_is_not_written() -> None:
    world = World(a_source(), MemoryTarget(refuses={"src-p5": REFUSED}))
    world.night()
    assert [row_id for kind, row_id in world.target.rows if kind in ("ProductRow", "PriceRow")] == ["src-p6"] * 2
    assert world.target.writes == 15 - 1, "the product was tried, its price was not"


def test_a_customer_that_goes_by_another_id_takes_its_documents_along() -> None:
    world = finished(World(a_source()))
    world.source.customers[0]["external_reference"] = "src-new"
    finished(world, "2")
    ids = {row.customer_id for row in world.target.rows.values() if isinstance(row, InvoiceRow)}
    assert "src-new" in ids
    assert "src-c17" not in ids


def test_what_is_gone_in_the_source_stays_in_the_target() -> None:
    world = finished(World(a_source()))
    held = dict(world.target.rows)
    world.source.customers.pop()
    world.source.documents.clear()
    finished(world, "2")
    assert world.target.rows == held


def test_other_rules_are_a_reason_to_read_and_write_again() -> None:
    world = finished(World(a_source()))
    finished(world, "2", rules=ExtractRules(base_currency="USD"))
    invoice = world.target.rows["InvoiceRow", "9001"]
    assert isinstance(invoice, InvoiceRow)
    assert (invoice.sums.base_currency, invoice.sums.base_amount) == ("USD", Decimal("247.50"))


def test_a_draft_is_left_out_without_a_request_for_its_lines() -> None:
    source = a_source()
    source.documents[0]["draft"] = True
    report = World(source).night()
    counts = report.checkpoint.counts[Entity.INVOICES]
    assert (counts.of(RowFate.LEFT_OUT), counts.codes) == (1, {"extract_draft": 1})
    assert ("lines", 9001) not in source.calls
    assert report.checkpoint.findings == ()


def test_an_invoice_that_was_sent_and_is_cancelled_is_told_and_stays() -> None:
    world = finished(World(a_source()))
    world.source.documents[0]["status"] = "cancelled"
    report = world.night("2")
    assert [finding.code for finding in report.checkpoint.findings] == ["extract_left_in_target"]
    assert ("InvoiceRow", "9001") in world.target.rows


def test_a_credit_note_over_an_invoice_that_never_was_sent_is_left_out_with_it() -> None:
    source = a_source()
    source.documents[1]["status"] = "cancelled"  # 9003, credited in full by 9006
    world = World(source)
    report = world.night()
    assert report.checkpoint.counts[Entity.CREDIT_NOTES].codes == {"extract_invoice_not_sent": 1}
    assert (report.checkpoint.open_rows, ("lines", 9006) in source.calls) == (0, False)
    assert ("CreditNoteRow", "9006") not in world.target.rows


def test_a_credit_note_over_an_invoice_that_was_sent_before_it_was_cancelled_is_sent() -> None:
    source = a_source()
    note = source.documents.pop()
    world = finished(World(source))
    source.documents[1]["status"] = "cancelled"
    source.documents.append(note)
    report = world.night("2")
    assert ("CreditNoteRow", "9006") in world.target.rows
    assert [finding.code for finding in report.checkpoint.findings] == ["extract_left_in_target"]


def test_what_is_left_out_costs_a_quiet_night_nothing_and_is_sent_once_it_counts() -> None:
    source = a_source()
    source.documents[0]["draft"] = True
    source.documents[4]["credited_invoice"] = {"id": 9004}
    world = finished(World(source))
    marks = world.store.all_marks()
    report = world.night("2")
    assert (world.store.all_marks(), report.checkpoint.total(RowFate.LEFT_OUT)) == (marks, 1)
    source.documents[0]["draft"] = False
    assert world.night("3").checkpoint.total(RowFate.WRITTEN) == 1
    assert ("InvoiceRow", "9001") in world.target.rows


# What is held, refused or unclear.


def test_a_row_without_a_rate_is_held_and_sent_the_night_that_there_is_one() -> None:
    source = a_source()
    source.documents[2].update(currency="USD", date="2026-03-03")
    world = World(source)
    report = world.night()
    (finding,) = report.checkpoint.findings
    assert (finding.entity, finding.source_id, finding.code) == (Entity.INVOICES, "9004", "extract_rate_missing")
    assert report.checkpoint.open_rows == 1
    source.documents[2].update(date="2026-03-02")
    assert world.night("2").checkpoint.open_rows == 0
    assert ("InvoiceRow", "9004") in world.target.rows


def test_a_row_that_the_target_refuses_is_told_the_others_go_on_and_it_is_sent_again() -> None:
    world = World(a_source(), MemoryTarget(refuses={"9003": REFUSED}))
    report = world.night()
    assert report.ending is Ending.FINISHED
    assert [(each.source_id, each.code, each.message) for each in report.checkpoint.findings] == [
        ("9003", "extract_row_refused", "customer_id: unknown"),
        ("9006", "extract_invoice_unknown", "credited_invoice: It was not extracted."),
    ]
    assert ("InvoiceRow", "9004") in world.target.rows
    world.target.refuses.clear()
    assert world.night("2").checkpoint.total(RowFate.WRITTEN) == 2


def test_documents_of_a_customer_that_was_refused_are_held() -> None:
    world = World(a_source(), MemoryTarget(refuses={"src-c17": REFUSED}))
    codes = {finding.code for finding in world.night().checkpoint.findings}
    assert codes == {"extract_row_refused", "extract_customer_unknown", "extract_invoice_unknown"}


def test_an_unknown_outcome_is_settled_by_writing_the_row_again() -> None:
    world = finished(World(a_source(), MemoryTarget(script=[LOST, LOST])))
    assert world.waits == [1.0, 2.0]
    assert world.target.order[:4] == ["CustomerRow"] * 4
    assert len(world.target.rows) == 15


def test_a_target_that_asks_for_time_gets_it() -> None:
    world = finished(World(a_source(), MemoryTarget(script=[BUSY])))
    assert world.waits == [7.0]


def test_a_row_that_never_gets_a_clear_answer_is_told_and_sent_again_the_next_night() -> None:
    world = World(a_source(), MemoryTarget(refuses={"src-c18": LOST}))
    report = world.night()
    assert report.ending is Ending.FINISHED
    assert report.checkpoint.counts[Entity.CUSTOMERS].of(RowFate.UNSETTLED) == 1
    assert world.waits[:4] == [1.0, 2.0, 4.0, 8.0]
    world.target.refuses.clear()
    assert world.night("2").checkpoint.open_rows == 0


@pytest.mark.parametrize(
    "answer",
    [BUSY, NotApplied("ledger_unreachable", Retry.LATER), NotApplied("token_refused", Retry.NEVER, "401")],
)
def test_a_target_that_is_away_stops_the_night_and_the_next_call_goes_on(answer: NotApplied) -> None:
    away = dict.fromkeys(("9003", "9004", "9005"), answer)
    world = World(a_source(), MemoryTarget(refuses=dict(away)))
    report = world.night()
    assert (report.ending, report.code, report.checkpoint.entity) == (Ending.STOPPED, answer.code, Entity.INVOICES)
    before = world.target.writes
    world.target.refuses.clear()
    again = world.night("another name")
    assert (again.ending, again.resumed, again.checkpoint.night) == (Ending.FINISHED, True, "1")
    assert world.target.writes == before + 3 + 2, "9001 was marked before the night stopped"


def test_an_outage_without_clear_answers_stops_the_night() -> None:
    source = a_source(page_rows=100)
    source.customers = [{**source.customers[0], "id": number, "external_reference": None} for number in range(1, 20)]
    target = MemoryTarget(refuses={str(number): LOST for number in range(1, 20)})
    world = World(source, target)
    report = world.night(policy=RepeatPolicy(attempts_max=2))
    assert (report.ending, report.code, target.writes) == (Ending.STOPPED, "reply_lost", 10)


def test_a_source_that_does_not_answer_stops_the_night_at_the_page() -> None:
    world = World(a_source(answers=[BUSY]))
    report = world.night()
    assert (report.ending, report.code, report.detail) == (Ending.STOPPED, "rate_limited", "slow down")
    assert world.night().ending is Ending.FINISHED


def test_a_row_without_an_id_is_told_and_spoils_no_page() -> None:
    class Odd(MemorySource):
        def page(self, entity: Any, after: Any) -> Any:
            page = super().page(entity, after)
            assert not isinstance(page, NotApplied | Unknown)
            return type(page)((*page.rows, {"id": "x"}), page.has_more) if entity is Entity.PRODUCTS else page

    source = a_source()
    world = World(Odd(source.customers, source.products, source.subscriptions, source.documents, source.lines_of))
    report = world.night()
    assert (report.ending, report.checkpoint.open_rows) == (Ending.FINISHED, 1)
    assert report.checkpoint.findings[0].code == "extract_row_malformed"


# Pages.


def test_rows_that_come_and_go_while_a_night_reads_move_no_other_row_across_a_page() -> None:
    source = a_source(page_rows=1)
    source.customers = [
        {**source.customers[0], "id": number, "external_reference": f"src-c{number}"} for number in (17, 18, 19, 20)
    ]

    def shift(changing: MemorySource) -> None:
        if changing.count("page") == 2:  # 17 and 18 are read: 17 goes, and a new one comes at the end
            changing.customers = [row for row in changing.customers if row["id"] != 17]
            changing.customers.append({**changing.customers[0], "id": 21, "external_reference": "src-c21"})

    source.on_page = shift
    world = finished(World(source))
    customers = [row_id for kind, row_id in world.target.rows if kind == "CustomerRow"]
    assert customers == ["src-c17", "src-c18", "src-c19", "src-c20", "src-c21"]


def test_a_source_that_gives_rows_again_has_them_done_once() -> None:
    class Overlapping(MemorySource):
        def page(self, entity: Any, after: Any) -> Any:
            return super().page(entity, type(after)(max(0, after - 1)))

    source = a_source()
    world = World(Overlapping(source.customers, source.products, source.subscriptions, source.documents))
    world.source.lines_of = source.lines_of
    assert world.night().checkpoint.counts[Entity.CUSTOMERS].read == 3


def test_a_source_that_never_gets_further_stops_the_night() -> None:
    class Circling(MemorySource):
        def page(self, entity: Any, after: Any) -> Any:
            page = super().page(entity, 0)  # type: ignore[arg-type]
            assert not isinstance(page, NotApplied | Unknown)
            return type(page)(page.rows, True)

    source = a_source()
    report = World(Circling(source.customers)).night()
    assert (report.ending, report.code) == (Ending.STOPPED, "extract_order")


# Going on.


def state_of(world: World) -> Any:
    return world.target.rows, world.store.all_marks()


def until_killed_no_more(make: Any) -> int:
    """Kill at the first call, then at the second, and so on; give how many kills there were."""
    expected = state_of(finished(World(a_source())))
    kills = 0
    while True:
        world, fuse = make(kills + 1)
        try:
            world.night()
        except Killed:
            kills += 1
            fuse.at = 0
            assert world.night("next").ending is Ending.FINISHED
            assert state_of(world) == expected
            assert world.night("quiet").checkpoint.total(RowFate.WRITTEN) == 0
            continue
        return kills


def test_killed_at_any_request_to_the_source_a_night_ends_the_same() -> None:
    def make(at: int) -> Any:
        fuse = Fuse(at)
        return World(a_source(fuse=fuse)), fuse

    assert until_killed_no_more(make) == 7 + 7, "seven pages, seven requests for lines"


def test_killed_at_any_write_a_night_ends_the_same() -> None:
    def make(at: int) -> Any:
        fuse = Fuse(at)
        return World(a_source(), MemoryTarget(fuse=fuse)), fuse

    assert until_killed_no_more(make) == 15


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_write_of_the_store_a_night_ends_the_same(after: bool) -> None:
    def make(at: int) -> Any:
        fuse = Fuse(at)
        return World(a_source(), store=FusedStore(fuse=fuse, after=after)), fuse

    assert until_killed_no_more(make) == 1 + 7 + 7, "the beginning, and the marks and the checkpoint of each page"


def test_a_call_without_time_left_ends_at_a_page_and_the_next_one_goes_on() -> None:
    world = World(a_source(), pages_left=3)
    report = world.night()
    assert (report.ending, report.checkpoint.entity) == (Ending.PAUSED, Entity.SUBSCRIPTIONS)
    world.pages_left = None
    again = world.night()
    assert (again.ending, again.resumed) == (Ending.FINISHED, True)
    assert again.checkpoint.counts[Entity.CUSTOMERS].read == 3, "the report is of the whole night"


def test_a_finished_night_is_not_done_twice_under_one_name() -> None:
    world = finished(World(a_source()))
    calls = len(world.source.calls)
    assert world.night().ending is Ending.DONE_BEFORE
    assert len(world.source.calls) == calls


def test_side_by_side_a_night_ends_the_same() -> None:
    expected = state_of(finished(World(a_source())))
    with ThreadPoolExecutor(4) as executor:
        world = finished(World(a_source(page_rows=100), executor=executor))
    assert state_of(world) == expected


# Changes alone.


def test_the_first_night_reads_everything_even_where_changes_are_wanted() -> None:
    world = finished(World(a_source(changed_ids={})), changes_only=True)
    assert (world.source.count("changed"), len(world.target.rows)) == (0, 15)


def test_a_later_night_reads_what_the_source_lists_as_changed() -> None:
    world = finished(World(a_source(changed_ids={})))
    world.source.calls.clear()
    world.source.documents[1]["status"] = "paid"
    world.source.changed_ids = {Entity.INVOICES: frozenset({9003, 8000})}
    report = world.night("2", changes_only=True)
    assert ("rows", (Entity.INVOICES, (8000, 9003))) in world.source.calls
    assert [call for call in world.source.calls if call[0] == "page"] == [("page", (Entity.SUBSCRIPTIONS, 0))]
    assert report.checkpoint.total(RowFate.WRITTEN) == 1
    changed = world.target.rows["InvoiceRow", "9003"]
    assert isinstance(changed, InvoiceRow)
    assert changed.status == "paid"


def test_changes_are_read_from_a_little_before_the_last_night_began() -> None:
    world = finished(World(a_source(changed_ids={})))
    world.night("2", changes_only=True)
    _, (_, since) = next(call for call in world.source.calls if call[0] == "changed")
    assert since == STARTED + timedelta(minutes=1) - timedelta(minutes=10)


def test_where_the_source_cannot_tell_everything_is_read() -> None:
    world = finished(World(a_source()))
    pages = world.source.count("page")
    finished(world, "2", changes_only=True)
    assert world.source.count("page") == 2 * pages


def test_after_a_night_that_left_rows_open_everything_is_read() -> None:
    world = World(a_source(changed_ids={}), MemoryTarget(refuses={"9003": REFUSED}))
    world.night()
    world.target.refuses.clear()
    report = world.night("2", changes_only=True)
    assert world.source.count("changed") == 0
    assert report.checkpoint.total(RowFate.WRITTEN) == 2


def test_many_changes_are_read_a_hundred_at_a_time_and_taken_up_where_they_were_cut() -> None:
    world = finished(World(a_source(changed_ids={})))
    many = [{**world.source.customers[0], "id": number, "external_reference": None} for number in range(100, 350)]
    world.source.customers += many
    world.source.changed_ids = {Entity.CUSTOMERS: frozenset(range(100, 350))}
    world.pages_left = 1
    assert world.night("2", changes_only=True).ending is Ending.PAUSED
    world.pages_left = None
    assert world.night("2", changes_only=True).checkpoint.total(RowFate.WRITTEN) == 250
    asked = [ids for name, ids in world.source.calls if name == "rows" and ids[0] is Entity.CUSTOMERS]
    assert [len(ids) for _, ids in asked] == [100, 100, 50]


def test_an_applied_row_is_what_the_target_says_not_what_was_hoped() -> None:
    world = World(a_source(), MemoryTarget(script=[Applied("src-c17", created=False)]))
    assert world.night().checkpoint.counts[Entity.CUSTOMERS].of(RowFate.WRITTEN) == 3
