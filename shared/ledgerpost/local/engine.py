"""The `memory` engine put together: one local cloud, its tables and functions, and the tally of what came of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.memory import MemoryDeliveryStore, MemoryPauseStore, MemoryQueue
from ledgerpost.adapters.memory_listing import MemoryListing
from ledgerpost.adapters.synced_file import Sync, sync_to_disk
from ledgerpost.app.call_again import DELAY_S_MAX
from ledgerpost.app.operate import OperatePorts
from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import StoreError
from ledgerpost.local.accepted import ACCEPTED_FILE, AcceptedFile
from ledgerpost.local.bus import refusal_code
from ledgerpost.local.clock import milliseconds
from ledgerpost.local.cloud import LocalCloud
from ledgerpost.local.functions import LocalFunctions
from ledgerpost.local.realtime import Progress, RealTimeRun, RunSummary
from ledgerpost.local.services import LocalServices, LocalTables
from ledgerpost.local.tally import Tally, TallyReport
from ledgerpost.local.template import read_template
from ledgerpost.local.wiring import FunctionSpec, Wiring
from ledgerpost.ports import Clock, DeliveryJournal, DeliveryLine, LedgerTargets, OutgoingMessage
from ledgerpost.wire.message import wake_up_for

SNAPSHOT = Path(__file__).with_name("template.json")
"""The reviewed snapshot of the synthesized template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """How to run the template on this machine.

    `targets` builds the ledgers, given whether http on loopback is allowed. `log_stream` gets the functions' log lines.
    `overrides` are laid over every function's variables. `workers` bounds the invocations at once. `seed` gives the
    ids of events and messages. `state_dir` keeps records between runs, and what the bus took until all is settled;
    `sync` has the disk hold a file of it. `listeners` hear of every message. `is_listed` keeps what pages find
    deliveries by.
    """

    configurations: Sequence[TenantConfiguration]
    targets: Callable[[bool], LedgerTargets]
    log_stream: TextIO
    overrides: Mapping[str, str] | None = None
    listeners: Sequence[DeliveryJournal] = ()
    state_dir: Path | None = None
    sync: Sync = sync_to_disk
    seed: int = 0
    workers: int = 2
    is_listed: bool = False


class LocalEngine:
    """Runs entries through the template's wiring in real time. Close it when it is done with."""

    def __init__(self, options: EngineOptions, wiring: Wiring | None = None, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.wiring = wiring or read_template(SNAPSHOT)
        self.cloud = LocalCloud(self.wiring, seed=options.seed, started_ms=milliseconds(self._clock.now()))
        self.tables = LocalTables(
            options.configurations, options.state_dir, is_listed=options.is_listed, sync=options.sync
        )
        self.tally = Tally()
        self._accepted = _accepted(options, self.tables)
        self._run = RealTimeRun(
            self.cloud, self._clock, self.tables.open_count, workers=options.workers, accepted=self._accepted
        )
        self._services = LocalServices(
            clock=self._clock,
            tables=self.tables,
            send_to=self._run.send,
            targets=options.targets,
            log_stream=options.log_stream,
            listeners=(self.tally, *options.listeners),
        )
        self._bus = min(self.wiring.buses - {"default"}, default="default")
        self._runs, self._events, self._seconds = 0, 0, 0.0
        self._functions = LocalFunctions(self.wiring, self._services, self._clock, options.overrides)

    def run(
        self, entries: Iterable[Mapping[str, object]], progress: Callable[[Progress], None] | None = None
    ) -> RunSummary:
        """Publish `entries` and run until all is settled, or until Ctrl-C; may be called again with more.

        An entry that names no bus goes to the template's own. One that the bus refuses is counted as parked, since
        nothing of it goes on; `RunSummary.refused` has the bus's answer.
        """
        if not self._runs:
            self._take_up_what_an_earlier_run_left()
        addressed = ({"EventBusName": self._bus} | dict(entry) for entry in entries)
        summary = self._run.run(addressed, self._functions.run, settled=lambda: self.tally.settled, progress=progress)
        for position, answer in summary.refused:
            event_id = f"run {self._runs}, entry {position}"
            self.tally.attempted(
                DeliveryLine(result="parked", tenant="", route="", event_id=event_id, code=refusal_code(answer))
            )
        self._runs += 1
        self._events += summary.events
        self._seconds += summary.seconds
        return summary

    def publish(self, entries: Sequence[Mapping[str, object]]) -> None:
        """Put entries on the bus, from any thread; they are run by the run that goes on, or by the next.

        Raises StoreError where the bus did not take one.
        """
        answers = self._run.publish([{"EventBusName": self._bus} | dict(entry) for entry in entries])
        refused = [answer for answer in answers if answer.event_id is None]
        if refused:
            raise StoreError("store_unavailable", f"The bus did not take {len(refused)} of {len(answers)} entries.")

    def interrupt(self) -> None:
        """Let the present run end as by Ctrl-C, from any thread."""
        self._run.interrupt()

    def wait_for_work(self, seconds: float) -> None:
        """Wait until there is work for a run, or so many seconds; for the thread that calls `run`."""
        self._run.wait_for_work(lambda: self.has_work, seconds)

    @property
    def has_work(self) -> bool:
        """Whether there is anything that a run would move on."""
        is_left = not self._runs and self._accepted is not None and bool(self._accepted.left)
        return is_left or bool(self.cloud.backlog() or self.tables.open_count())

    def _take_up_what_an_earlier_run_left(self) -> None:
        """Publish again what an earlier process took and did not settle, and call its open records again: its queues
        ended with it, where SQS would have kept them.

        Each call comes when the record is due, or when the lease of the lost worker is over.
        """
        if self._accepted is not None:
            self._run.publish_again(self._accepted.left)
        now_ms = milliseconds(self._clock.now())
        wake_ups = [_wake_up(record, now_ms) for record in self.deliveries.open_records()]
        self._run.send(self._deliver.environment["DELIVERY_QUEUE_URL"], wake_ups)

    def report(self, summary: RunSummary) -> TallyReport:
        """Give the numbers of all runs so far; `summary` is the last one's."""
        incidents = self.cloud.counts.incidents()
        return self.tally.report(
            events=self._events, seconds=self._seconds, is_settled=summary.is_settled, incidents=incidents
        )

    @property
    def deliveries(self) -> MemoryDeliveryStore:
        """The delivery records, as the delivery function writes them."""
        return self.tables.deliveries(self._deliver.environment["DELIVERIES_TABLE"])

    def operate_ports(self) -> OperatePorts:
        """Give what a person's commands need; what they send is run by the next `run`."""
        intake = self._function("functions.intake.handler.lambda_handler")
        fed = next(mapping.queue for mapping in self.wiring.mappings.values() if mapping.function == intake.name)
        intake_url = self.wiring.queues[fed].url
        delivery_url = self._deliver.environment["DELIVERY_QUEUE_URL"]
        return OperatePorts(
            wake_up_for=wake_up_for,
            records=self.deliveries,
            rejections=self.tables.rejections(self._deliver.environment["DELIVERIES_TABLE"]),
            approvals=MemoryQueue(lambda messages: self._run.send(intake_url, messages)),
            deliveries=MemoryQueue(lambda messages: self._run.send(delivery_url, messages)),
            clock=self._clock,
            notices=self._services.log("operate", "INFO"),
        )

    @property
    def listing(self) -> MemoryListing:
        """What pages find deliveries by."""
        return self.tables.listing(self._deliver.environment["DELIVERIES_TABLE"])

    @property
    def pauses(self) -> MemoryPauseStore:
        """What is paused."""
        return self.tables.pauses(self._deliver.environment["DELIVERIES_TABLE"])

    @property
    def _deliver(self) -> FunctionSpec:
        return self._function("functions.deliver.handler.lambda_handler")

    def _function(self, handler: str) -> FunctionSpec:
        return next(spec for spec in self.wiring.functions.values() if spec.handler == handler)

    def close(self) -> None:
        """End the functions' threads and close the journals."""
        with ExitStack() as closing:
            if self._accepted is not None:
                closing.callback(self._accepted.close)
            closing.callback(self.tables.close)
            closing.callback(self._functions.close)


def _accepted(options: EngineOptions, tables: LocalTables) -> AcceptedFile | None:
    if options.state_dir is None:
        return None
    return AcceptedFile(options.state_dir / ACCEPTED_FILE, tables.sync, options.sync)


def _wake_up(record: DeliveryRecord, now_ms: int) -> OutgoingMessage:
    due = record.due_at or record.lease_until
    delay_s = (milliseconds(due) - now_ms) // 1000 + 1 if due is not None else 0
    return OutgoingMessage(wake_up_for(record.key, False), delay_s=min(DELAY_S_MAX, max(0, delay_s)))
