"""A night of the extract that reads what the source lists as changed, and no more."""

from datetime import timedelta

from ledgerpost.app.extract import Ending
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.domain.extract.rows import Entity, InvoiceRow
from ledgerpost.domain.outcome import Applied
from tests.app.extract.world import REFUSED, STARTED, MemoryTarget, World, a_source, finished


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
