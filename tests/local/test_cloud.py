"""The core: batches, endings, and what a broken template costs."""

from typing import Any

import pytest

from ledgerpost.errors import StoreError
from ledgerpost.local.cloud import Failed, FailureReason, Invocation, LocalCloud, Returned
from ledgerpost.local.template import wiring_of
from ledgerpost.ports import OutgoingMessage
from tests.local.wirings import template

RAISED = Failed(FailureReason.RAISED, "ValueError")


def cloud_of(**changes: dict[str, Any] | None) -> LocalCloud:
    return LocalCloud(wiring_of(template(**changes)))


def sent(cloud: LocalCloud, *bodies: str, now_ms: int = 0) -> None:
    url = cloud.wiring.queues["jobs"].url
    cloud.send(url, [OutgoingMessage(body, group="g") for body in bodies], now_ms)


def taken(cloud: LocalCloud, now_ms: int) -> Invocation:
    invocation = cloud.take("Mapping", now_ms)
    assert invocation is not None
    return invocation


def bodies_of(invocation: Invocation) -> list[str]:
    return [record["body"] for record in invocation.event["Records"]]


def failing(invocation: Invocation, *bodies: str) -> Returned:
    ids = [record["messageId"] for record in invocation.event["Records"] if record["body"] in bodies]
    return Returned({"batchItemFailures": [{"itemIdentifier": id_} for id_ in ids]})


def test_a_handler_gets_its_batch_as_lambda_shapes_it() -> None:
    cloud = cloud_of()
    sent(cloud, "hello", now_ms=5)
    (record,) = taken(cloud, 7).event["Records"]
    assert record["messageId"]
    assert record["receiptHandle"]
    del record["messageId"], record["receiptHandle"]
    assert record == {
        "body": "hello",
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "5",
            "SenderId": "000000000000",
            "ApproximateFirstReceiveTimestamp": "7",
            "MessageGroupId": "g",
        },
        "messageAttributes": {},
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:jobs",
        "awsRegion": "us-east-1",
    }


def test_batches_hold_at_most_the_mapping_s_size_in_the_order_sent() -> None:
    cloud = cloud_of(Mapping={"BatchSize": 2})
    sent(cloud, "a", "b", "c")
    assert bodies_of(taken(cloud, 0)) == ["a", "b"]
    assert bodies_of(taken(cloud, 0)) == ["c"]
    assert cloud.take("Mapping", 0) is None


def test_a_handled_batch_is_deleted() -> None:
    cloud = cloud_of()
    sent(cloud, "a", "b")
    cloud.finish(taken(cloud, 0), Returned({"batchItemFailures": []}), 10)
    assert (cloud.backlog(), cloud.running, cloud.counts.incidents()) == (0, 0, {})


def test_of_a_partly_failed_batch_only_the_failed_comes_again() -> None:
    cloud = cloud_of()
    sent(cloud, "a", "b", "c")
    batch = taken(cloud, 0)
    cloud.finish(batch, failing(batch, "b"), 10)
    assert cloud.take("Mapping", 59_999) is None
    assert bodies_of(taken(cloud, 60_000)) == ["b"]
    assert (cloud.counts.retried, cloud.counts.repeated, cloud.counts.lost) == (1, 0, 0)


def test_without_report_batch_item_failures_a_reported_failure_is_deleted_and_lost() -> None:
    cloud = cloud_of(Mapping={"FunctionResponseTypes": None})
    sent(cloud, "a", "b", "c")
    batch = taken(cloud, 0)
    cloud.finish(batch, failing(batch, "b"), 10)
    assert cloud.backlog() == 0
    assert cloud.counts.incidents() == {"lost": 1}


def test_an_exception_brings_the_whole_batch_back_with_or_without_reported_failures() -> None:
    for types in (["ReportBatchItemFailures"], None):
        cloud = cloud_of(Mapping={"FunctionResponseTypes": types})
        sent(cloud, "a", "b")
        cloud.finish(taken(cloud, 0), RAISED, 10)
        assert bodies_of(taken(cloud, 60_000)) == ["a", "b"]
        assert (cloud.counts.invocations_failed, cloud.counts.lost) == (1, 0)


def test_an_answer_after_the_time_out_is_none_and_the_batch_comes_again() -> None:
    cloud = cloud_of()
    sent(cloud, "a")
    cloud.finish(taken(cloud, 0), Returned(None), 10_001)
    assert cloud.backlog() == 1
    assert bodies_of(taken(cloud, 60_000)) == ["a"]
    assert cloud.counts.invocations_timed_out == 1


@pytest.mark.parametrize(
    "response",
    [
        "no object",
        {"batchItemFailures": [{"itemIdentifier": "someone else's"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"wrongKey": "x"}]},
    ],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(response: object) -> None:
    cloud = cloud_of()
    sent(cloud, "a", "b")
    cloud.finish(taken(cloud, 0), Returned(response), 10)
    assert cloud.backlog() == 2


@pytest.mark.parametrize("response", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_answer_means_success(response: object) -> None:
    cloud = cloud_of()
    sent(cloud, "a")
    cloud.finish(taken(cloud, 0), Returned(response), 10)
    assert cloud.backlog() == 0


def test_a_visibility_shorter_than_the_run_repeats_the_message_while_it_is_worked_on() -> None:
    cloud = cloud_of(Jobs={"VisibilityTimeout": 5})
    sent(cloud, "a")
    slow = taken(cloud, 0)
    again = taken(cloud, 5_000)
    assert bodies_of(again) == ["a"]
    cloud.finish(slow, Returned(None), 6_000)
    assert cloud.backlog() == 1, "the first receipt is stale, so its delete does nothing"
    cloud.finish(again, Returned(None), 7_000)
    assert cloud.backlog() == 0
    assert cloud.counts.incidents() == {"repeated": 1}
    assert cloud.counts.deletes_refused == 1


def test_a_message_that_a_window_kept_too_long_is_repeated_after_it_was_handled() -> None:
    cloud = cloud_of(Jobs={"VisibilityTimeout": 5}, Mapping={"MaximumBatchingWindowInSeconds": 4})
    sent(cloud, "a")
    assert cloud.take("Mapping", 0) is None
    batch = taken(cloud, 4_000)
    assert cloud.ready(5_000) == [], "the message came back and waits for its window"
    cloud.finish(batch, Returned(None), 6_000)
    assert bodies_of(taken(cloud, 9_000)) == ["a"]
    assert cloud.counts.repeated == 1


def test_poison_goes_to_the_dead_letters_after_the_receipts_that_the_policy_allows() -> None:
    cloud = cloud_of()
    sent(cloud, "poison")
    for turn in range(3):
        cloud.finish(taken(cloud, turn * 60_000), RAISED, turn * 60_000 + 1)
    assert cloud.take("Mapping", 180_000) is None
    assert cloud.queue("Dead").bodies() == ["poison"]
    assert cloud.backlog() == 0
    assert cloud.counts.incidents() == {"deadLettered": 1}


def test_without_a_dead_letter_queue_poison_is_tried_until_the_retention_drops_it() -> None:
    cloud = cloud_of(Jobs={"RedrivePolicy": None, "MessageRetentionPeriod": 600})
    sent(cloud, "poison")
    now_ms, tries = 0, 0
    while (invocation := cloud.take("Mapping", now_ms)) is not None:
        tries += 1
        cloud.finish(invocation, RAISED, now_ms)
        now_ms += 60_000
    assert tries == 10
    assert cloud.counts.incidents() == {"lost": 1}


def test_a_batch_waits_for_its_window_unless_it_is_full_or_hurried() -> None:
    changes: dict[str, Any] = {"Mapping": {"BatchSize": 3, "MaximumBatchingWindowInSeconds": 2}}
    cloud = cloud_of(**changes)
    sent(cloud, "a")
    assert cloud.ready(0) == []
    sent(cloud, "b", now_ms=500)
    assert cloud.ready(1_000) == []
    assert cloud.next_event_at() == 2_000
    assert bodies_of(taken(cloud, 2_000)) == ["a", "b"]
    sent(cloud, "c", "d", "e", "f", now_ms=3_000)
    assert bodies_of(taken(cloud, 3_000)) == ["c", "d", "e"]
    hurried = cloud.take("Mapping", 3_000, hurry=True)
    assert hurried is not None
    assert bodies_of(hurried) == ["f"]


def test_the_visibility_clock_starts_at_the_receipt_before_the_window() -> None:
    cloud = cloud_of(Mapping={"MaximumBatchingWindowInSeconds": 20})
    sent(cloud, "a")
    assert cloud.take("Mapping", 0) is None
    batch = taken(cloud, 20_000)
    cloud.finish(batch, RAISED, 20_001)
    assert cloud.queue("jobs").next_visible_at() == 60_000


@pytest.mark.parametrize(
    "changes",
    [
        {"Mapping": {"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}}},
        {"Mapping": {"BatchSize": 1}, "Work": {"ReservedConcurrentExecutions": 2}},
    ],
)
def test_no_more_batches_run_at_once_than_the_template_allows(changes: dict[str, Any]) -> None:
    cloud = cloud_of(**changes)
    sent(cloud, "a", "b", "c")
    first, _ = taken(cloud, 0), taken(cloud, 0)
    assert cloud.ready(0) == []
    cloud.finish(first, Returned(None), 1)
    assert cloud.ready(1) == ["Mapping"]


def test_a_disabled_mapping_takes_nothing() -> None:
    cloud = cloud_of(Mapping={"Enabled": False})
    sent(cloud, "a")
    assert cloud.ready(0) == []
    assert cloud.take("Mapping", 0) is None
    assert cloud.backlog() == 0


def test_a_schedule_fires_at_its_interval_with_the_bus_s_own_event() -> None:
    cloud = cloud_of()
    assert cloud.due_schedules(59_999) == []
    assert cloud.due_schedules(60_000) == ["Minute"]
    invocation = cloud.fire("Minute", 60_000)
    assert invocation.event["detail-type"] == "Scheduled Event"
    assert cloud.due_schedules(60_000) == []
    assert cloud.next_event_at() == 120_000
    cloud.finish(invocation, RAISED, 60_001)
    assert (cloud.running, cloud.counts.invocations_failed) == (0, 1)


def test_a_message_for_no_queue_of_the_template_is_refused() -> None:
    with pytest.raises(StoreError, match="no queue"):
        cloud_of().send("https://elsewhere", [OutgoingMessage("a")], 0)


def test_what_waits_for_a_busy_mapping_is_no_event_to_come() -> None:
    cloud = cloud_of(Mapping={"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}}, Minute=None)
    sent(cloud, "a", "b", "c")
    taken(cloud, 0), taken(cloud, 0)
    assert cloud.next_event_at() is None
