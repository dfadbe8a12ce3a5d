"""A night of the extract: what it writes, and what it passes over."""

from decimal import Decimal

from ledgerpost.app.extract import Ending
from ledgerpost.domain.extract.documents import ExtractRules
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.domain.extract.rows import CreditNoteRow, CustomerRow, Entity, InvoiceRow
from tests.app.extract.world import REFUSED, MemoryTarget, World, a_source, finished

ORDER = ["CustomerRow", "ProductRow", "PriceRow", "SubscriptionRow", "InvoiceRow", "CreditNoteRow"]


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
