"""When days are closed. Source: seed 003, schedule; codat sheet, sections 5 and 6."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.domain.closing import (
    OVERLAP_TEXT,
    DayRange,
    Progress,
    SyncRun,
    SyncStatus,
    due_days,
    next_run,
    refusal_of_range,
    refusal_of_run,
)
from ledgerpost.domain.company import Company, TextChoice
from tests.grouping.builders import COMPANY, a_company


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def march(day: int) -> date:
    return date(2026, 3, day)


def scheduled(zone: str = "Europe/London", **changes: Any) -> Company:
    """A company that starts on 1 March and runs at two o'clock UTC."""
    company = a_company(extras={"time_zone": ZoneInfo(zone)})
    return replace(company, schedule=replace(company.schedule, **changes))


def test_the_first_period_runs_from_the_start_date() -> None:
    assert due_days(scheduled(), Progress(), at("2026-03-04T02:00")) == (march(1), march(2), march(3))


def test_the_next_period_begins_where_the_last_success_ended() -> None:
    progress = Progress().with_covered(DayRange(march(1), march(3)))
    assert due_days(scheduled(), progress, at("2026-03-05T02:00")) == (march(4),)


def test_a_failed_day_is_covered_by_the_next_success() -> None:
    progress = Progress().with_covered(DayRange(march(1), march(1))).with_failure(march(3))
    assert due_days(scheduled(), progress, at("2026-03-04T02:00")) == (march(2), march(3))


def test_a_day_is_not_due_before_the_hour_of_the_run() -> None:
    assert due_days(scheduled(), Progress(), at("2026-03-02T01:59")) == ()
    assert due_days(scheduled(), Progress(), at("2026-03-02T02:00")) == (march(1),)


def test_a_day_that_ends_after_the_run_hour_waits_for_the_next_run() -> None:
    """In Los Angeles the day ends at eight o'clock UTC, so the run at two covers the day before it."""
    company = scheduled("America/Los_Angeles")
    assert due_days(company, Progress(), at("2026-03-03T03:00")) == (march(1),)
    assert due_days(company, Progress(), at("2026-03-03T09:00")) == (march(1),)
    assert due_days(company, Progress(), at("2026-03-04T02:00")) == (march(1), march(2))


def test_an_hour_in_a_zone_of_its_own_follows_the_clock_there() -> None:
    company = scheduled(run_hour=2, run_zone=ZoneInfo("Europe/Berlin"))
    assert next_run(company, at("2026-03-27T12:00")) == at("2026-03-28T01:00")
    assert next_run(company, at("2026-03-29T12:00")) == at("2026-03-30T00:00")


def test_a_monthly_company_closes_its_month_on_the_first() -> None:
    company = scheduled(frequency=TextChoice(selected="Monthly", options=("Daily", "Monthly")))
    assert due_days(company, Progress(), at("2026-03-31T12:00")) == ()
    assert due_days(company, Progress(), at("2026-04-01T02:00")) == tuple(march(day) for day in range(1, 32))
    assert next_run(company, at("2026-04-01T02:00")) == at("2026-05-01T02:00")


def test_a_disabled_company_has_nothing_due() -> None:
    assert due_days(replace(scheduled(), enabled=False), Progress(), at("2026-03-09T02:00")) == ()


def test_a_run_before_the_start_date_is_refused_with_status_500_and_says_when_the_first_is_due() -> None:
    refused = refusal_of_run(scheduled(), at("2026-02-28T23:59"))
    assert refused is not None
    assert (refused.code, refused.status) == ("close_before_start", 500)
    assert "2026-03-01T00:00:00Z" in refused.message
    assert "2026-03-01T02:00:00Z" in refused.message
    assert refusal_of_run(scheduled(), at("2026-03-01T00:00")) is None


def test_a_range_that_overlaps_an_earlier_success_is_refused_in_the_known_words() -> None:
    progress = Progress().with_covered(DayRange(march(2), march(4)))
    now = at("2026-03-20T00:00")
    refused = refusal_of_range(scheduled(), progress, DayRange(march(4), march(6)), now)
    assert refused is not None
    assert refused.message == OVERLAP_TEXT
    assert refusal_of_range(scheduled(), progress, DayRange(march(5), march(6)), now) is None


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (DayRange(date(2026, 2, 27), march(1)), "close_before_start"),
        (DayRange(march(3), march(2)), "usage"),
        (DayRange(march(3), march(20)), "close_day_not_over"),
    ],
)
def test_a_range_that_cannot_be_run_is_refused(days: DayRange, code: str) -> None:
    refused = refusal_of_range(scheduled(), Progress(), days, at("2026-03-20T12:00"))
    assert refused is not None
    assert refused.code == code


def test_thirty_one_failing_days_in_a_row_switch_a_company_off() -> None:
    progress = Progress()
    for day in range(1, 31):
        progress = progress.with_failure(march(day)).with_failure(march(day))
    assert not progress.is_to_be_disabled
    assert progress.with_failure(march(31)).is_to_be_disabled
    assert not progress.with_covered(DayRange(march(1), march(1))).with_failure(march(31)).is_to_be_disabled


@settings(max_examples=50, deadline=None)
@given(days=st.permutations(range(1, 20)), taken=st.integers(min_value=0, max_value=19))
def test_covered_days_are_known_whatever_the_order_in_which_they_were_covered(days: list[int], taken: int) -> None:
    progress = Progress()
    for day in days[:taken]:
        progress = progress.with_covered(DayRange(march(day), march(day)))
    assert {day for day in range(1, 20) if progress.covers(march(day))} == set(days[:taken])
    assert list(progress.covered) == sorted(progress.covered)
    due = due_days(scheduled(), progress, at("2026-03-20T02:00"))
    assert {day.day for day in due} == set(range(1, 20)) - set(days[:taken])


def a_run(**changes: Any) -> SyncRun:
    run = SyncRun(
        id="run-1",
        company=COMPANY,
        days=DayRange(march(29), march(29)),
        status=SyncStatus.IN_PROGRESS,
        started_at=at("2026-03-30T02:00"),
    )
    return replace(run, **changes)


def test_a_run_is_told_as_the_status_of_the_api_with_a_day_of_23_hours() -> None:
    run = a_run(status=SyncStatus.SUCCESS, data_pushed=True)
    assert run.summary(ZoneInfo("Europe/London"), at("2026-03-30T03:00"), ["shop", "books"]) == {
        "companyId": COMPANY,
        "commerceSyncId": "run-1",
        "syncDateRangeUtc": {"start": "2026-03-29T00:00:00Z", "finish": "2026-03-29T23:00:00Z"},
        "syncStatusCode": 2000,
        "syncStatus": "Success, data written",
        "errorMessage": None,
        "syncExceptionMessage": None,
        "syncUtc": "2026-03-30T02:00:00Z",
        "dataConnections": ["shop", "books"],
        "dataPushed": True,
    }


def test_a_run_that_takes_more_than_ten_minutes_says_so() -> None:
    started = a_run().started_at
    assert a_run().status_at(started + timedelta(minutes=10)) is SyncStatus.IN_PROGRESS
    assert a_run().status_at(started + timedelta(minutes=11)) is SyncStatus.IN_PROGRESS_SLOW


def test_the_codes_are_those_of_the_sheet() -> None:
    assert [status.value for status in SyncStatus] == [
        *(1000, 1010, 2000, 2040, 4000, 4040, 4220, 4260, 5000, 5080, 5120, 5130)
    ]
