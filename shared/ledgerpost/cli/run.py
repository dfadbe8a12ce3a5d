"""Running events through an engine of this machine: shared by `local` and `demo`."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.app.operate import OperatePorts
from ledgerpost.app.reconcile import Reconciliation, RecordsBook, SourceBook, reconcile_with_ledger, source_book
from ledgerpost.cli.output import messages
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.reconciliation import Balance
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import EventError, UsageError
from ledgerpost.local.engine import EngineOptions, LocalEngine
from ledgerpost.local.realtime import Progress as RunProgress
from ledgerpost.local.realtime import RunSummary
from ledgerpost.local.tally import TallyReport
from ledgerpost.ports import DeliveryList, Secrets
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import BadLine, EventEntry

LOCAL_OVERRIDES = {"ALLOW_LOOPBACK": "true", "RETRY_DELAYS_S": "0.2,0.5,1,2,4", "BREAKER_FAILURES": "0"}
"""What differs from a stage: http on loopback is allowed, and what a stage would try again over a day is tried again
over seconds and no breaker opens, so that a run comes to its end whether the ledger is there or not. What a ledger asks
to wait is waited all the same."""

BUS = "ledgerpost"
"""The name of the bus on every stage. Source: design, section 3.1."""

READ_BACK_SIDE_BY_SIDE = 4

EMULATOR = Path(__file__).parents[3] / ".venv-ministack" / "bin" / "python"
"""The emulator's own interpreter; `make setup-ministack` makes it."""


class EngineName(StrEnum):
    """What runs the handlers: our local cloud in this process, or an emulator of AWS."""

    MEMORY = "memory"
    MINISTACK = "ministack"


class Engine(Protocol):
    """An engine that is open."""

    @property
    def deliveries(self) -> DeliveryList: ...
    def run(
        self, entries: Iterable[Mapping[str, Any]], progress: Callable[[RunProgress], None] | None = None
    ) -> RunSummary: ...
    def report(self, summary: RunSummary) -> TallyReport: ...
    def operate_ports(self) -> OperatePorts: ...


@dataclass(slots=True, kw_only=True)
class RunOptions:
    """How to run: see the options of `ledgerpost local`."""

    secrets: Secrets
    seed: int = 0
    workers: int = 2
    state: Path | None = None
    log: Path | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    engine: EngineName = EngineName.MEMORY
    is_listed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """What came of a run. `is_settled` is False where it was interrupted, `reconciliation` None without read-back."""

    tally: TallyReport
    bad_lines: tuple[BadLine, ...]
    reconciliation: Reconciliation | None
    is_settled: bool

    @property
    def parked(self) -> dict[str, int]:
        """Parked deliveries and set-aside events by code, the lines that never reached the bus included."""
        parked = dict(self.tally.parked)
        for bad in self.bad_lines:
            parked[bad.code] = parked.get(bad.code, 0) + 1
        return parked

    @property
    def needs_a_person(self) -> bool:
        """Whether something is parked, still open or unread."""
        unread = self.reconciliation is not None and bool(self.reconciliation.unread)
        return bool(self.parked) or not self.is_settled or unread

    def as_json(self) -> dict[str, Any]:
        """Give the report. Shape: design, section 3.4."""
        report = self.tally.as_json()
        report["events"] += len(self.bad_lines)
        report["parked"] = self.parked
        parked = report["deliveries"]["parked"] + len(self.bad_lines)
        report["deliveries"] = report["deliveries"] | {"parked": parked}
        balances = self.reconciliation.balances if self.reconciliation else ()
        report["reconciliation"] = [balance_json(balance) for balance in balances]
        if self.reconciliation and self.reconciliation.unread:
            report["unread"] = len(self.reconciliation.unread)
        return report


def balance_json(balance: Balance) -> dict[str, Any]:
    """Give one line of a reconciliation for scripts, amounts as decimal text."""
    line: dict[str, Any] = {
        "route": balance.route,
        "currency": balance.currency,
        "day": balance.day.isoformat(),
        "source": f"{balance.source:f}",
        "ledger": f"{balance.ledger:f}",
        "difference": f"{balance.difference:f}",
    }
    return line | ({"differing": list(balance.differing)} if balance.differing else {})


class Run:
    """One engine with its configuration; events may be run through it several times."""

    def __init__(self, configuration: TenantConfiguration, options: RunOptions) -> None:
        self._configuration = configuration
        self._options = options
        self._clock = SystemClock()

    def engine(self) -> AbstractContextManager[Engine]:
        """Give the engine that was asked for, closed at the end with all that it opened."""
        match self._options.engine:
            case EngineName.MEMORY:
                return self.memory_engine()
            case EngineName.MINISTACK:
                return self._ministack()

    @contextmanager
    def memory_engine(self) -> Iterator[LocalEngine]:
        """Give the local cloud, closed at the end."""
        with _log_stream(self._options.log) as log_stream, ExitStack() as opened:
            engine = LocalEngine(
                EngineOptions(
                    configurations=[self._configuration],
                    targets=lambda allow_loopback: opened.enter_context(closing(self.targets(allow_loopback))),
                    log_stream=log_stream,
                    overrides=self._quiet | self._variables,
                    state_dir=self._options.state,
                    seed=self._options.seed,
                    workers=self._options.workers,
                    is_listed=self._options.is_listed,
                )
            )
            try:
                yield engine
            finally:
                engine.close()

    @contextmanager
    def _ministack(self) -> Iterator[Engine]:
        from ledgerpost.local.ministack import MinistackEngine, MinistackOptions  # noqa: PLC0415 - it loads boto3

        if self._options.state is not None:
            raise UsageError("usage", "--state needs the engine memory: the emulator keeps no records between runs.")
        options = MinistackOptions(
            python=EMULATOR,
            configurations=[self._configuration],
            secrets=self._options.secrets,
            variables=self._variables,
        )
        with _log_stream(self._options.log) as log_stream, MinistackEngine(options) as engine:
            yield engine
            log_stream.writelines(f"{json.dumps(line)}\n" for line in engine.stack.log_lines())

    @property
    def _quiet(self) -> dict[str, str]:
        """Where nobody keeps the log, its usual lines are not made either."""
        return {} if self._options.log is not None else {"LOG_LEVEL": "ERROR"}

    @property
    def _variables(self) -> dict[str, str]:
        return LOCAL_OVERRIDES | dict(self._options.overrides)

    def targets(self, allow_loopback: bool) -> ConnectorTargets:
        """Give the ledgers behind the connections."""
        budget = MemoryRequestBudget(self._clock)
        return ConnectorTargets(self._options.secrets, self._clock, allow_loopback=allow_loopback, budget=budget)

    def post(self, engine: Engine, entries: Sequence[EventEntry], title: str) -> RunSummary:
        """Publish `entries` and run until all is settled, or until Ctrl-C."""
        with progress_bar(title, len(entries)) as advance:
            return engine.run(map(_bus_entry, entries), lambda progress: advance(progress.settled))

    def reconcile(self, entries: Sequence[EventEntry]) -> Reconciliation:
        """Read the ledger back, reference by reference, and compare it with what `entries` ask for."""
        return self.reconcile_book(self.source_book(entries))

    def reconcile_book(self, book: SourceBook, records: RecordsBook | None = None) -> Reconciliation:
        """Read the ledger back and compare it, and `records` where they are given, with the source's book."""
        with (
            closing(self.targets(True)) as targets,
            ThreadPoolExecutor(READ_BACK_SIDE_BY_SIDE) as executor,
            progress_bar("Reading the ledger back", len(book.entries)) as advance,
        ):
            return reconcile_with_ledger(
                book, self._configuration, targets, executor=executor, records=records, progress=advance
            )

    def source_book(self, entries: Sequence[EventEntry]) -> SourceBook:
        """Give what the ledger should hold after `entries`."""
        return source_book(_approvals(entries, self._configuration), self._configuration, RuleEngineFormulas())


def refused_lines(summary: RunSummary, entries: Sequence[EventEntry], file: str) -> tuple[BadLine, ...]:
    """Give the entries that the bus itself did not take, as lines to be mended."""
    return tuple(
        BadLine(
            file=file,
            line=entries[position].line,
            code="event_too_large" if "Size" in (answer.error_code or "") else "malformed_event",
            message=f"The bus refused it: {answer.error_message}.",
            mend="Publish it again when it is mended.",
            text=entries[position].detail,
        )
        for position, answer in summary.refused
    )


def keep_bad_lines(engine: Engine, bad_lines: Sequence[BadLine]) -> None:
    """Set the lines that never reached the bus aside with the other events that cannot be understood."""
    ports = engine.operate_ports()
    for bad in bad_lines:
        ports.rejections.put(
            Rejection(
                id=f"{bad.file}:{bad.line}",
                tenant="",
                route="",
                code=bad.code,
                message=f"{bad.message} {bad.mend}",
                parked=True,
                at=ports.clock.now(),
                source=bad.text,
            )
        )


def _bus_entry(entry: EventEntry) -> dict[str, Any]:
    made: dict[str, Any] = {
        "EventBusName": BUS,
        "Source": entry.source,
        "DetailType": entry.detail_type,
        "Detail": entry.detail,
    }
    return made | ({"Time": entry.time} if entry.time else {})


def _approvals(entries: Sequence[EventEntry], configuration: TenantConfiguration) -> Iterator[ApprovalEvent]:
    """Give the entries that are approvals of the tenant; the others are set aside by intake and have no books."""
    for number, entry in enumerate(entries):
        try:
            event = read_event(entry.envelope(f"line-{number}", time="1970-01-01T00:00:00Z"))
        except EventError:
            continue
        if event.tenant == configuration.tenant:
            yield event


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error while the block runs; the block is told the count so far by calling what it gets."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=messages, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(title, total=total)
        yield lambda count: progress.update(task, completed=min(count, total))


@contextmanager
def _log_stream(path: Path | None) -> Iterator[TextIO]:
    """Give the stream of the functions' log lines: a file that is added to, or nowhere."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with Path(path or os.devnull).open("a", encoding="utf-8") as stream:
        yield stream
