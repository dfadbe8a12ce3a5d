"""The shell around the handlers: a batch of queue messages in, a partial-batch answer out.

`except Exception` stands here and nowhere else: a record whose handling failed is reported as failed and comes again;
its neighbours are not touched.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from ledgerpost.observability import Log, Metric

SqsRecord = dict[str, Any]
BatchResponse = dict[str, list[dict[str, str]]]


class LambdaContext(Protocol):
    """What Lambda tells a handler of its invocation."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until the invocation is cut off."""
        ...


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Whether another entry may be started: an invocation that is cut off answers nothing, and all its messages come
    back. Source: AWS Lambda, "partial batch responses".
    """

    context: LambdaContext
    budget_s: float

    def is_enough(self) -> bool:
        """Say whether one more entry fits into the time left."""
        return self.context.get_remaining_time_in_millis() >= self.budget_s * 1000


@contextmanager
def invocation(log: Log) -> Iterator[None]:
    """Surround the work of one invocation: its metrics are written at the end, whatever the end is."""
    try:
        yield
    finally:
        log.metrics.flush()


def each_record(
    records: Sequence[SqsRecord],
    handle: Callable[[SqsRecord], object],
    log: Log,
    *,
    time_left: TimeLeft | None = None,
    executor: Executor | None = None,
) -> BatchResponse:
    """Handle every record, side by side where an executor is given, and answer which ones failed.

    A record that is not started for want of time counts as failed, so that it comes again.
    """

    def handled(record: SqsRecord) -> bool:
        if time_left is not None and not time_left.is_enough():
            log.warning("record.not_started", message_id=record["messageId"], code="deadline_reached")
            return False
        try:
            handle(record)
        except Exception as error:  # noqa: BLE001 - the one place: the record is reported as failed and comes again
            log.failure("record.failed", error, message_id=record["messageId"])
            log.metrics.count(Metric.RECORDS_FAILED)
            return False
        return True

    run = executor.map if executor is not None and len(records) > 1 else map
    outcomes = list(run(handled, records))
    return failed_records(record for record, done in zip(records, outcomes, strict=True) if not done)


def failed_records(records: Iterable[SqsRecord]) -> BatchResponse:
    """Give the partial-batch answer that makes `records` come again."""
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]}
