"""The `ministack` engine: the same template and the same handlers, run by an emulator of AWS over the real AWS wire.

Slower than the `memory` engine, and nearer to a stage: boto3 speaks to DynamoDB, SQS, EventBridge and Secrets Manager,
and every function runs in worker processes of its own.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, fields
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ledgerpost.adapters.dynamodb import DynamoDeliveryStore
from ledgerpost.app.operate import OperatePorts
from ledgerpost.domain.claim import Result
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.local.bus import PutAnswer, refusal_code
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.ministack_process import MinistackProcess
from ledgerpost.local.ministack_stack import CODE, MinistackStack
from ledgerpost.local.ministack_template import emulated, running_code
from ledgerpost.local.realtime import Progress, RunSummary
from ledgerpost.local.tally import Tally, TallyReport
from ledgerpost.ports import DeliveryLine, Secrets

PUBLISHED_AT_ONCE: Final = 100
POLL_S: Final = 0.2
SWEEP_S: Final = 5.0
QUIET_POLLS: Final = 3
"""Readings in a row that show nothing left: SQS counts are approximate, also those of the emulator."""

LOCAL_VARIABLES: Final = {"ALLOW_LOOPBACK": "true"}

_RESULTS = {
    Status.DELIVERED: Result.DELIVERED,
    Status.SKIPPED: Result.SKIPPED,
    Status.PARKED: Result.PARKED,
}
_LINE_FIELDS = frozenset(field.name for field in fields(DeliveryLine))


@dataclass(frozen=True, slots=True, kw_only=True)
class MinistackOptions:
    """How to run the template on the emulator.

    `python` is the emulator's own interpreter; `secrets` gives the values that are put into Secrets Manager. `code` is
    the functions' zip, if not said otherwise of the code that runs now. `variables` are laid over every function's
    environment, `properties` over the template's resources by their logical ids. `timeout_s` bounds the wait for all to
    settle; a run that reaches it is not settled.
    """

    python: Path
    configurations: Sequence[TenantConfiguration]
    secrets: Secrets
    code: bytes | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    template: Path = SNAPSHOT
    timeout_s: float = 3600.0


class MinistackEngine:
    """Starts the emulator and deploys the stack for the length of a `with` block."""

    def __init__(self, options: MinistackOptions) -> None:
        self._options = options
        self._open = ExitStack()
        self._emulator: MinistackProcess | None = None
        self._stack: MinistackStack | None = None
        self._runs: list[RunSummary] = []

    def __enter__(self) -> Self:
        options = self._options
        with ExitStack() as opening:
            self._emulator = opening.enter_context(MinistackProcess(options.python))
            template = emulated(
                json.loads(options.template.read_text("utf-8")),
                code=CODE,
                variables={**LOCAL_VARIABLES, **options.variables},
                properties=options.properties,
            )
            self._stack = MinistackStack(self._emulator, template, options.code or running_code())
            for configuration in options.configurations:
                self._stack.apply(configuration, options.secrets)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def stack(self) -> MinistackStack:
        """The deployed stack."""
        assert self._stack is not None, "the engine runs inside its `with` block"
        return self._stack

    @property
    def emulator(self) -> MinistackProcess:
        """The emulator's process."""
        assert self._emulator is not None, "the engine runs inside its `with` block"
        return self._emulator

    def run(
        self, entries: Iterable[Mapping[str, Any]], progress: Callable[[Progress], None] | None = None
    ) -> RunSummary:
        """Publish `entries` and wait until all is settled, until the options' time is over, or until Ctrl-C; may be
        called again with more.

        An entry that the bus refuses is counted as parked, since nothing of it goes on.
        """
        started = time.monotonic()
        summary = RunSummary()
        with suppress(KeyboardInterrupt):
            self._publish(entries, summary)
            summary.is_settled = self._wait(summary, started + self._options.timeout_s, progress)
        summary.seconds = time.monotonic() - started
        self._runs.append(summary)
        return summary

    def report(self, summary: RunSummary) -> TallyReport:
        """Give the numbers of all runs so far; `summary` is the last one's.

        They come from the functions' log, and from the records where the line of a killed worker was lost. `posts` and
        `lookups` are those that were logged.
        """
        tally = Tally()
        for line in self.stack.log_lines():
            if line.get("message") == "delivery.attempted":
                tally.attempted(_line_of_log(line))
        for record in self.records():
            if record.status in _RESULTS:
                tally.attempted(_line_of_record(record))
        for rejection in self.rejections():
            tally.attempted(_line_of_rejection(rejection))
        for number, run in enumerate(self._runs):
            for position, answer in run.refused:
                tally.attempted(_line_of_refusal(f"run {number}, entry {position}", answer))
        events, seconds = sum(run.events for run in self._runs), sum(run.seconds for run in self._runs)
        return tally.report(events=events, seconds=seconds, is_settled=summary.is_settled)

    @property
    def deliveries(self) -> DynamoDeliveryStore:
        """The delivery records, as the delivery function writes them."""
        return self.stack.deliveries

    def operate_ports(self) -> OperatePorts:
        """Give what a person's commands need; what they send is run at once."""
        return self.stack.operate_ports()

    def dead_letters(self) -> int:
        """Give the messages in the dead-letter queues of intake and delivery."""
        return self.stack.dead_letters()

    def records(self) -> list[DeliveryRecord]:
        """Give every delivery record of the configured tenants."""
        return [
            record
            for configuration in self._options.configurations
            for record in self.stack.deliveries.records(configuration.tenant)
        ]

    def rejections(self) -> list[Rejection]:
        """Give every rejection."""
        return list(self.stack.rejections.rejections())

    def workers(self, function: str | None = None) -> tuple[int, ...]:
        """Give the process ids of the workers that run at this moment: all, or those of the function of that logical
        id.
        """
        mark = f"ministack-lambda-{self.stack.names[function] if function else ''}"
        return tuple(pid for pid, command in self.emulator.worker_commands().items() if mark in command)

    def _publish(self, entries: Iterable[Mapping[str, Any]], summary: RunSummary) -> None:
        waiting = iter(entries)
        while batch := list(islice(waiting, PUBLISHED_AT_ONCE)):
            for position, answer in self.stack.bus.put(batch):
                summary.refused.append((summary.events + position, answer))
            summary.events += len(batch)

    def _wait(self, summary: RunSummary, deadline: float, progress: Callable[[Progress], None] | None) -> bool:
        """Wait until neither a queue nor an open record is left; say whether that came about."""
        quiet, swept_at = 0, time.monotonic()
        while quiet < QUIET_POLLS:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
            backlog, records = self.stack.backlog(), self.stack.record_counts()
            is_open = backlog > 0 or records.open > 0
            quiet = 0 if is_open else quiet + 1
            if is_open and not backlog and time.monotonic() - swept_at >= SWEEP_S:
                self.stack.sweep()
                swept_at = time.monotonic()
            if progress is not None:
                progress(Progress(records.total - records.open, summary.events))
        return True


def _line_of_log(line: Mapping[str, Any]) -> DeliveryLine:
    known = {name: value for name, value in line.items() if name in _LINE_FIELDS}
    return DeliveryLine(**{"tenant": "", "route": "", "event_id": "", **known})


def _line_of_record(record: DeliveryRecord) -> DeliveryLine:
    return DeliveryLine(
        result=_RESULTS[record.status],
        tenant=record.key.tenant,
        route=record.route,
        event_id=record.event_id,
        code=record.code,
    )


def _line_of_rejection(rejection: Rejection) -> DeliveryLine:
    event_id, _, _ = rejection.id.partition("/")
    return DeliveryLine(
        result=Result.PARKED if rejection.parked else Result.SKIPPED,
        tenant=rejection.tenant,
        route=rejection.route,
        event_id=event_id,
        code=rejection.code,
    )


def _line_of_refusal(event_id: str, answer: PutAnswer) -> DeliveryLine:
    return DeliveryLine(result=Result.PARKED, tenant="", route="", event_id=event_id, code=refusal_code(answer))
