"""A night of the extract: rows that move between pages while it reads, and going on after anything."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ledgerpost.app.extract import Ending
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.domain.extract.rows import Entity
from ledgerpost.domain.outcome import NotApplied, Unknown
from tests.app.extract.world import Fuse, FusedStore, Killed, MemorySource, MemoryTarget, World, a_source, finished


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
