"""A night of the extract: rows that are held, refused or have no clear answer, and what stops a night."""

from typing import Any

import pytest

from ledgerpost.app.extract import Ending
from ledgerpost.app.extract.writing import RepeatPolicy
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.domain.extract.rows import Entity
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from tests.app.extract.world import BUSY, LOST, REFUSED, MemorySource, MemoryTarget, World, a_source, finished


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
