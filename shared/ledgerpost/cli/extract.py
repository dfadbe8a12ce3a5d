"""`ledgerpost extract`: everything that the source holds into the target, once or every night."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ledgerpost.adapters.approval_file import ApprovalFile
from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.ecb_rates import rates_from_file
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.adapters.sqlite_extract import SqliteExtractStore
from ledgerpost.adapters.sqlite_token_pairs import SqliteTokenPairs
from ledgerpost.adapters.synced_file import sync_folder
from ledgerpost.app.extract import Ending, ExtractPlan, ExtractPorts, ExtractReport, RowTarget, run_extract
from ledgerpost.bootstrap_extract import fetched_rates
from ledgerpost.cli.extract_report import as_json, progress_of, show_report
from ledgerpost.cli.inputs import secrets, text_of_file
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json
from ledgerpost.connectors.extract_sides import SideParts, loopback_or_public, source_of, target_of
from ledgerpost.domain.extract.configuration import ExtractConfiguration
from ledgerpost.domain.extract.progress import ExtractId
from ledgerpost.domain.extract.rates import RateTable
from ledgerpost.errors import UsageError
from ledgerpost.ports import RequestBudget
from ledgerpost.wire.extract_document import read_extract

STATE_FILE = "extracts.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractOptions:
    """What a call may set beside the document."""

    state: Path
    night: str
    all_lines: bool = False
    changes_only: bool = False
    events_out: Path | None = None
    workers: int = 5


def extract(
    config: Annotated[Path, typer.Option(help="The document of the extract.")],
    state: Annotated[Path, typer.Option(help="Keep checkpoints and fingerprints in this folder between runs.")],
    night: Annotated[
        str, typer.Option(help="The night's name; one that is finished is not done again. By default each run is new.")
    ] = "",
    all_lines: Annotated[bool, typer.Option("--all-lines", help="Read lines though a header did not change.")] = False,
    changes: Annotated[bool, typer.Option("--changes", help="Read changes alone, where the source can tell.")] = False,
    events_out: Annotated[
        Path | None, typer.Option(help="Add approval events to this file instead of writing to the target.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=50, help="Requests side by side.")] = 5,
    as_json_: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Bring what the source holds into the target, page by page; a run that was cut off goes on where it was.

    Rows that the target holds as they are are not sent. Exit 0: everything is there; 1: rows are held, refused or
    unclear, or a side did not answer; 2: refused input.
    """
    configuration = read_extract(text_of_file(config), allow_loopback=True)
    options = ExtractOptions(
        state=state,
        night=night or f"{datetime.now(configuration.time_zone):%Y-%m-%d %H:%M:%S.%f}",
        all_lines=all_lines,
        changes_only=changes or configuration.changes_only,
        events_out=events_out,
        workers=workers,
    )
    begun = time.monotonic()
    parts = parts_here(state=state)
    report = run(configuration, options, rates=rates_of(configuration, config.parent, parts), parts=parts)
    seconds = time.monotonic() - begun
    if as_json_:
        print_json(as_json(report, seconds))
    else:
        show_report(report, seconds)
    if report.ending is Ending.STOPPED:
        messages.print("Run the command again: it goes on with the page that was under way.")
    if report.ending is Ending.STOPPED or report.checkpoint.open_rows:
        leave(NEEDS_A_PERSON)


def rates_of(configuration: ExtractConfiguration, folder: Path, parts: SideParts) -> RateTable:
    """Give the rates of the document: from its URL, or its path taken from the document's folder; none without one.

    Raises UsageError(rates_unreadable).
    """
    if configuration.rates is None:
        return RateTable({})
    if configuration.rates.startswith("https://"):
        return fetched_rates(configuration.rates, parts)
    return rates_from_file(folder / configuration.rates)


def parts_here(budget: RequestBudget | None = None, state: Path | None = None) -> SideParts:
    """Give what the sides are built from on this machine. `budget` is what paces the requests to the source; the tokens
    of a consent are kept in the folder `state`.
    """
    clock = SystemClock()
    return SideParts(
        secrets=secrets(),
        clock=clock,
        budget=budget or MemoryRequestBudget(clock),
        pairs=None if state is None else SqliteTokenPairs(state),
        transport_of=loopback_or_public(allow_loopback=True),
    )


def run(
    configuration: ExtractConfiguration, options: ExtractOptions, *, rates: RateTable, parts: SideParts
) -> ExtractReport:
    """Run a call of the extract with the adapters of this machine."""
    with ExitStack() as stack:
        store = stack.enter_context(closing(_store(options.state)))
        executor = stack.enter_context(ThreadPoolExecutor(options.workers, thread_name_prefix="extract"))
        target, extract_id = stack.enter_context(_target(configuration, options, parts))
        ports = ExtractPorts(
            source=source_of(configuration, parts),
            target=target,
            rates=rates,
            store=store,
            clock=parts.clock,
            pause=parts.pause,
            progress=stack.enter_context(progress_of()),
            executor=executor,
        )
        plan = ExtractPlan(
            extract=extract_id,
            night=options.night,
            rules=configuration.rules,
            all_lines=options.all_lines,
            changes_only=options.changes_only,
        )
        return run_extract(plan, ports)


def _store(state: Path) -> SqliteExtractStore:
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("usage", f"{state} cannot be used as the state: {error.strerror}.") from None
    return SqliteExtractStore(state / STATE_FILE)


@contextmanager
def _target(
    configuration: ExtractConfiguration, options: ExtractOptions, parts: SideParts
) -> Iterator[tuple[RowTarget, ExtractId]]:
    """Give the target, and what its state lies under: what one target holds says nothing of the file of events."""
    if options.events_out is None:
        yield target_of(configuration, parts), configuration.id
        return
    try:
        file = options.events_out.open("a", encoding="utf-8")
        sync_folder(options.events_out.parent)
    except OSError as error:
        raise UsageError("usage", f"{options.events_out} cannot be written: {error.strerror}.") from None
    with file:
        yield ApprovalFile(file, configuration.tenant, parts.clock), ExtractId(f"{configuration.id}/events")
