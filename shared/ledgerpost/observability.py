"""Logs and metrics: JSON lines from one list of event names and one list of fields. Amounts, names, bodies and tokens
are none.

Powertools' Logger writes the lines; what it is given passes the allow-list here first. Powertools' Metrics gives the
one line in CloudWatch's embedded metric format (EMF) that each invocation ends with.
"""

import json
import sys
import threading
from collections import Counter
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from logging import StreamHandler
from typing import TYPE_CHECKING, Any, TextIO

from aws_lambda_powertools import Logger

from ledgerpost.errors import LedgerpostError
from ledgerpost.ports import Backlog, DeliveryLine

if TYPE_CHECKING:
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

FIELDS = frozenset(
    {
        "account", "attempt", "by", "code", "connection", "count", "credentials_days", "due_at", "duration_ms", "error",
        "event_id",
        "fence", "kind", "lookups", "message_id", "outcome", "posts", "reason", "reference", "result", "route",
        "status", "tenant", "version",
    }
)  # fmt: skip
"""Every field a line may carry beside Powertools' own."""

_LINE_FIELDS = tuple(field.name for field in fields(DeliveryLine))

_OF_THE_ROUTE = frozenset({"connection", "account"})
_WENT_WELL = frozenset({"delivered", "unchanged"})

WORTH_A_WARNING = frozenset({"parked", "overtaken"})

NAMESPACE = "Ledgerpost"
SERVICE = "ledgerpost"
"""The one dimension of every metric: CloudWatch asks $0.30 a month for each value of each dimension. Which route, which
code and which function is asked of the log's lines instead, which carry them anyway.
"""


class Metric(StrEnum):
    """Every metric that is emitted; alarms and dashboards name no other."""

    ENTRIES_DELIVERED = "EntriesDelivered"
    """Deliveries that reached the ledger, or were found to be there unchanged."""
    ENTRIES_SKIPPED = "EntriesSkipped"
    ENTRIES_RETRYING = "EntriesRetrying"
    """Attempts after which the entry is tried again."""
    ENTRIES_UNCONFIRMED = "EntriesUnconfirmed"
    """Attempts whose outcome is not known yet."""
    ENTRIES_PARKED = "EntriesParked"
    EVENTS_SET_ASIDE = "EventsSetAside"
    """Of the parked ones, those that have no delivery record and so are not part of the backlog."""
    CONNECTION_REFUSALS = "ConnectionRefusals"
    """Attempts that failed for the connection's credentials."""
    CREDENTIALS_DAYS_LEFT = "CredentialsDaysLeft"
    """Until the credentials of a connection end, where people said when: the fewest of an invocation's posts."""
    CLOSES_FAILED = "ClosesFailed"
    """Companies whose day could not be closed, by the hour: each stays due."""
    RECORDS_FAILED = "RecordsFailed"
    """Queue messages that could not be handled and come again."""
    BACKLOG_RETRYING = "BacklogRetrying"
    BACKLOG_UNCONFIRMED = "BacklogUnconfirmed"
    BACKLOG_PARKED = "BacklogParked"
    """How many there are at each sweep; that it was counted at all shows that the schedule runs."""
    OLDEST_RETRYING_S = "OldestRetryingSeconds"
    OLDEST_UNCONFIRMED_S = "OldestUnconfirmedSeconds"
    """Since the first attempt of the one that waits longest; 0 where none waits."""


_UNITS = {Metric.OLDEST_RETRYING_S: "Seconds", Metric.OLDEST_UNCONFIRMED_S: "Seconds"}

_METRICS_OF_RESULTS = {
    "delivered": Metric.ENTRIES_DELIVERED,
    "unchanged": Metric.ENTRIES_DELIVERED,
    "skipped": Metric.ENTRIES_SKIPPED,
    "retrying": Metric.ENTRIES_RETRYING,
    "unconfirmed": Metric.ENTRIES_UNCONFIRMED,
    "parked": Metric.ENTRIES_PARKED,
}
"""By `domain.claim.Result`. The other results leave the delivery as it was."""

CREDENTIAL_CODES = frozenset({"token_refused", "oauth_client_refused", "secret_unavailable"})
"""Codes that stop every entry of a connection, until a person mends its credentials."""


class Metrics:
    """The numbers of one function, kept until `flush` writes them as one line. Safe for threads."""

    def __init__(self, function: str, stream: TextIO) -> None:
        self._function = function
        self._stream = stream
        self._values: Counter[Metric] = Counter()
        self._fewest: dict[Metric, int] = {}
        self._lock = threading.Lock()

    def count(self, metric: Metric, value: int = 1) -> None:
        """Add to a count."""
        with self._lock:
            self._values[metric] += value

    def fewest(self, metric: Metric, value: int) -> None:
        """Take down a number of which the least counts."""
        with self._lock:
            self._fewest[metric] = min(value, self._fewest.get(metric, value))

    def attempted(self, line: DeliveryLine) -> None:
        """Count what came of one message."""
        if line.credentials_days is not None:
            self.fewest(Metric.CREDENTIALS_DAYS_LEFT, line.credentials_days)
        metric = _METRICS_OF_RESULTS.get(line.result)
        if metric is None:
            return
        self.count(metric)
        if metric is Metric.ENTRIES_PARKED and not line.reference:
            self.count(Metric.EVENTS_SET_ASIDE)
        if line.code in CREDENTIAL_CODES and metric in (Metric.ENTRIES_PARKED, Metric.ENTRIES_RETRYING):
            self.count(Metric.CONNECTION_REFUSALS)

    def backlog(self, backlog: Backlog, now: datetime) -> None:
        """Take down how much is open or parked, zeros too: a gauge that falls silent tells nothing."""
        self.count(Metric.BACKLOG_RETRYING, backlog.retrying)
        self.count(Metric.BACKLOG_UNCONFIRMED, backlog.unconfirmed)
        self.count(Metric.BACKLOG_PARKED, backlog.parked)
        self.count(Metric.OLDEST_RETRYING_S, _seconds_since(backlog.retrying_since, now))
        self.count(Metric.OLDEST_UNCONFIRMED_S, _seconds_since(backlog.unconfirmed_since, now))

    def flush(self) -> None:
        """Write what was taken down since the last time, nothing where that is nothing."""
        with self._lock:
            values, self._values = dict(self._values) | self._fewest, Counter()
            self._fewest = {}
        if not values:
            return
        provider = _provider()
        for metric, value in values.items():
            provider.add_metric(metric.value, _UNITS.get(metric, "Count"), value)
        provider.add_metadata("function", self._function)
        # In one write: lines of several threads must not run into each other.
        self._stream.write(json.dumps(provider.serialize_metric_set(), separators=(",", ":")) + "\n")
        self._stream.flush()


def _provider() -> "AmazonCloudWatchEMFProvider":
    """Give Powertools' collector, empty. The usual `Metrics` shares one among all of a process and prints by itself."""
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (  # noqa: PLC0415 - after the work
        AmazonCloudWatchEMFProvider,
    )

    return AmazonCloudWatchEMFProvider(namespace=NAMESPACE, service=SERVICE)


def _seconds_since(instant: datetime | None, now: datetime) -> int:
    return max(0, int((now - instant).total_seconds())) if instant is not None else 0


class Log:
    """The log of one function; a field that is not on the allow-list is a defect and is left out.

    `metrics` are the function's numbers, which go the same way as its lines.
    """

    def __init__(self, service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
        self.metrics = Metrics(service, stream or sys.stdout)
        # No `location`: every line comes from here, and finding out costs a walk up the stack.
        self._logger = Logger(
            service=service, level=level, stream=stream or sys.stdout, use_rfc3339=True, utc=True, location=None
        )
        if stream is not None:
            _write_to(stream, self._logger)
        # A process has one logger per service, which keeps the level of its first user.
        self._logger.setLevel(level)

    def info(self, event: str, **fields: object) -> None:
        """Write one line at level INFO."""
        self._logger.info(event, extra=_allowed(fields))

    def warning(self, event: str, **fields: object) -> None:
        """Write one line at level WARNING."""
        self._logger.warning(event, extra=_allowed(fields))

    def failure(self, event: str, error: BaseException, **fields: object) -> None:
        """Write one line at level ERROR with the error's type and code, never its text: a foreign library's message
        may carry what it was given.
        """
        code = error.code if isinstance(error, LedgerpostError) else "defect"
        self._logger.error(event, extra=_allowed(fields | {"error": type(error).__name__, "code": code}))

    def attempted(self, line: DeliveryLine) -> None:
        """Write the canonical line of one message and count it (port DeliveryJournal).

        Nothing empty stands in it, no count of look-ups where there was none, and, where all went well, nothing that
        its route says anyway: these lines are most of what is logged, and it is billed by the byte.
        """
        self.metrics.attempted(line)
        write = self.warning if line.result in WORTH_A_WARNING else self.info
        left_out = _OF_THE_ROUTE if line.route and line.result in _WENT_WELL else frozenset()
        values = {name: getattr(line, name) for name in _LINE_FIELDS if name not in left_out}
        if not line.lookups:
            del values["lookups"]
        write("delivery.attempted", **{name: value for name, value in values.items() if value not in ("", None)})


def _write_to(stream: TextIO, logger: Logger) -> None:
    """Point the logger at `stream`: a process has one logger per service, which keeps the stream of its first user."""
    for handler in logger.handlers:
        if isinstance(handler, StreamHandler):
            # Not by `setStream`, which flushes the earlier stream: its user may have closed it.
            handler.stream = stream


def _allowed(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in FIELDS}
