"""What an invocation tells CloudWatch: one line in the embedded metric format, and no metric that nobody emits."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledgerpost.domain.claim import Result
from ledgerpost.errors import StoreError
from ledgerpost.lambda_host import each_record, invocation
from ledgerpost.observability import Log, Metric
from ledgerpost.ports import Backlog, DeliveryLine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = DeliveryLine(
    result="delivered", tenant="acme", route="sales-to-a", event_id="e-1", reference="536365", account="7d5f"
)


class Written:
    """A function's log, and the metric lines in it."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.log = Log("deliver", stream=self.stream)

    def documents(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in lines if "_aws" in line]

    def values(self) -> dict[str, float]:
        (document,) = self.documents()
        (metrics,) = document["_aws"]["CloudWatchMetrics"]
        return {metric["Name"]: sum(document[metric["Name"]]) for metric in metrics["Metrics"]}


@pytest.fixture
def written() -> Written:
    return Written()


def attempted(written: Written, *lines: DeliveryLine) -> dict[str, float]:
    with invocation(written.log):
        for line in lines:
            written.log.attempted(line)
    return written.values()


def test_the_entries_of_an_invocation_are_counted_by_outcome(written: Written) -> None:
    results = ["delivered", "delivered", "unchanged", "skipped", "retrying", "unconfirmed", "parked", "duplicate"]
    assert attempted(written, *(replace(LINE, result=result) for result in results)) == {
        "EntriesDelivered": 3,
        "EntriesSkipped": 1,
        "EntriesRetrying": 1,
        "EntriesUnconfirmed": 1,
        "EntriesParked": 1,
    }


@pytest.mark.parametrize("result", ["duplicate", "superseded", "busy", "not_due", "overtaken"])
def test_what_leaves_a_delivery_as_it_was_is_no_metric(written: Written, result: str) -> None:
    assert result in set(Result)
    with invocation(written.log):
        written.log.attempted(replace(LINE, result=result))
    assert written.documents() == []


@pytest.mark.parametrize("code", ["token_refused", "oauth_client_refused", "secret_unavailable"])
def test_refused_credentials_are_told_apart_from_what_is_wrong_with_an_entry(written: Written, code: str) -> None:
    parked, retrying = replace(LINE, result="parked"), replace(LINE, result="retrying")
    lines = [replace(parked, code=code), replace(retrying, code=code), replace(parked, code="entry_refused")]
    assert attempted(written, *lines)["ConnectionRefusals"] == 2


def test_a_later_message_for_an_entry_parked_so_is_no_new_refusal(written: Written) -> None:
    with invocation(written.log):
        written.log.attempted(replace(LINE, result="duplicate", code="token_refused"))
    assert written.documents() == []


def test_an_event_without_a_delivery_record_is_counted_for_its_own_alarm(written: Written) -> None:
    set_aside = replace(LINE, result="parked", reference="", code="malformed_event")
    assert attempted(written, set_aside) == {"EntriesParked": 1, "EventsSetAside": 1}


def test_the_line_has_one_dimension_and_names_its_function_beside_it(written: Written) -> None:
    attempted(written, LINE)
    (document,) = written.documents()
    (metrics,) = document["_aws"]["CloudWatchMetrics"]
    assert (metrics["Namespace"], metrics["Dimensions"]) == ("Ledgerpost", [["service"]])
    assert (document["service"], document["function"]) == ("ledgerpost", "deliver")


def test_the_line_says_nothing_of_the_entry(written: Written) -> None:
    attempted(written, replace(LINE, result="parked", code="entry_refused"))
    (document,) = written.documents()
    assert set(document) == {"_aws", "service", "function", "EntriesParked"}


def test_an_invocation_that_counted_nothing_writes_no_line(written: Written) -> None:
    with invocation(written.log):
        pass
    assert written.stream.getvalue() == ""


def test_what_was_written_is_not_written_again(written: Written) -> None:
    for _ in range(2):
        with invocation(written.log):
            written.log.attempted(LINE)
    assert [document["EntriesDelivered"] for document in written.documents()] == [[1.0], [1.0]]


def test_an_invocation_that_breaks_off_still_says_what_it_did(written: Written) -> None:
    def break_off() -> None:
        with invocation(written.log):
            written.log.attempted(LINE)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        break_off()
    assert written.values() == {"EntriesDelivered": 1}


def test_counting_in_ten_threads_loses_none(written: Written) -> None:
    with invocation(written.log), ThreadPoolExecutor(10) as executor:
        list(executor.map(written.log.metrics.attempted, [LINE] * 2000))
    assert written.values() == {"EntriesDelivered": 2000}


def test_a_record_that_failed_is_counted_though_its_invocation_is_no_error(written: Written) -> None:
    def handle(record: dict[str, Any]) -> None:
        if record["messageId"] == "b":
            raise StoreError("store_unavailable", "no answer")

    with invocation(written.log):
        response = each_record([{"messageId": name} for name in "abc"], handle, written.log)
    assert response == {"batchItemFailures": [{"itemIdentifier": "b"}]}
    assert written.values() == {"RecordsFailed": 1}


def test_the_backlog_is_told_with_its_longest_waits(written: Written) -> None:
    backlog = Backlog(
        retrying=4,
        unconfirmed=1,
        parked=2,
        retrying_since=NOON - timedelta(hours=2),
        unconfirmed_since=NOON - timedelta(seconds=90, microseconds=1),
    )
    with invocation(written.log):
        written.log.metrics.backlog(backlog, NOON)
    assert written.values() == {
        "BacklogRetrying": 4,
        "BacklogUnconfirmed": 1,
        "BacklogParked": 2,
        "OldestRetryingSeconds": 7200,
        "OldestUnconfirmedSeconds": 90,
    }


def test_of_several_credentials_the_ones_that_end_first_are_told(written: Written) -> None:
    lines = [replace(LINE, credentials_days=days) for days in (40, 3, None, 90)]
    assert attempted(written, *lines)["CredentialsDaysLeft"] == 3


def test_an_empty_backlog_is_told_too_or_an_alarm_could_not_end(written: Written) -> None:
    with invocation(written.log):
        written.log.metrics.backlog(Backlog(), NOON)
    values = written.values()
    assert len(values) == 5
    assert set(values.values()) == {0}


def test_every_metric_is_emitted_by_something(written: Written) -> None:
    with invocation(written.log):
        for result in Result:
            written.log.attempted(replace(LINE, result=result))
        written.log.attempted(replace(LINE, result="parked", reference="", code="token_refused", credentials_days=30))
        each_record([{"messageId": "a"}], lambda record: record["missing"], written.log)
        written.log.metrics.backlog(Backlog(), NOON)
    # Counted by its own handler: tests/grouping/test_functions.py.
    assert set(written.values()) == set(Metric) - {Metric.CLOSES_FAILED}
