"""The numbers of a run."""

import pytest

from ledgerpost.local.tally import Tally, TallyReport
from ledgerpost.ports import DeliveryLine


def line(result: str, event_id: str = "e1", *, code: str | None = None, posts: int = 0) -> DeliveryLine:
    return DeliveryLine(result=result, tenant="acme", route="sales", event_id=event_id, code=code, posts=posts)


def report_of(*lines: DeliveryLine, is_settled: bool = True, seconds: float = 2.0) -> TallyReport:
    tally = Tally()
    for each in lines:
        tally.attempted(each)
    return tally.report(events=len(lines), seconds=seconds, is_settled=is_settled)


def test_the_report_has_the_form_of_the_design() -> None:
    report = report_of(
        line("delivered", "e1", posts=1),
        line("unchanged", "e2"),
        line("skipped", "e3", code="zero_amount"),
        line("parked", "e4", code="entry_refused", posts=1),
    )
    assert report.as_json() == {
        "events": 4,
        "deliveries": {"delivered": 2, "skipped": 1, "parked": 1, "superseded": 0},
        "skipped": {"zero_amount": 1},
        "parked": {"entry_refused": 1},
        "posts": 2,
        "lookups": 0,
        "seconds": 2.0,
        "entriesPerSecond": 1.0,
    }


@pytest.mark.parametrize(
    ("results", "end"),
    [
        (["unconfirmed", "retrying", "delivered"], "delivered"),
        (["delivered", "duplicate"], "delivered"),
        (["retrying", "duplicate", "delivered"], "delivered"),
        (["retrying", "duplicate"], "duplicate"),
        (["busy", "parked"], "parked"),
        (["parked", "duplicate"], "parked"),
        (["parked", "delivered"], "delivered"),
        (["parked", "retrying", "skipped"], "skipped"),
        (["delivered", "overtaken", "unconfirmed"], "delivered"),
        (["delivered", "parked"], "delivered"),
    ],
)
def test_of_the_lines_of_one_delivery_the_one_that_says_most_stands(results: list[str], end: str) -> None:
    report = report_of(*(line(result) for result in results))
    assert {name: count for name, count in report.deliveries.items() if count} == {end: 1}


def test_a_delivery_last_seen_open_was_superseded_once_all_is_settled_and_is_open_before() -> None:
    assert report_of(line("retrying")).deliveries["superseded"] == 1
    assert report_of(line("retrying"), is_settled=False).deliveries["open"] == 1


def test_a_parked_delivery_that_is_parked_again_counts_once_under_its_later_code() -> None:
    assert report_of(line("parked", code="a"), line("parked", code="b")).parked == {"b": 1}


def test_the_count_of_settled_deliveries_grows_by_one_for_each() -> None:
    tally = Tally()
    counts = []
    for each in (line("retrying"), line("delivered"), line("duplicate"), line("parked", "e2"), line("delivered", "e2")):
        tally.attempted(each)
        counts.append(tally.settled)
    assert counts == [0, 1, 1, 2, 2]


def test_a_run_of_no_time_has_no_speed() -> None:
    assert report_of(line("delivered"), seconds=0.0).entries_per_second == 0.0
