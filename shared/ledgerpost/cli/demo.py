"""`ledgerpost demo`: the main job on real invoices, with no account and nothing to set up."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.demo_grouping import demo_grouping
from ledgerpost.cli.demo_orders import OrdersDemo, demo_orders
from ledgerpost.cli.output import INTERRUPTED, NEEDS_A_PERSON, leave, messages, print_json, results, write_json
from ledgerpost.cli.report import print_outcome
from ledgerpost.cli.retail_invoices import INVOICES, retail_entries
from ledgerpost.cli.retail_orders import LINES
from ledgerpost.cli.run import Engine, Run, RunOptions, RunOutcome
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import UsageError
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, DEMO_SALES_ACCOUNT, demo_settings
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from ledgerpost.simulators.pennypipe.settings import SimulatorSettings
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.event_file import EventEntry

TENANT = "acme"
FEW = 2500
SECRET_NAME = "LEDGERPOST_DEMO_PAT"  # noqa: S105 - the name of a variable


def demo_document(url: str) -> dict[str, Any]:
    """Give the demo's configuration document for a ledger at `url`."""
    return {
        "tenant": TENANT,
        "connections": [
            {
                "id": "main",
                "label": "Main Finance Account (simulator)",
                "target": "pennypipe",
                "baseUrl": url,
                "auth": {"type": "PAT", "token": f"env:{SECRET_NAME}"},
            }
        ],
        "routes": [
            {
                "id": "sales-to-a",
                "connection": "main",
                "streamType": "Sales",
                "accountId": DEMO_SALES_ACCOUNT,
                "enabled": True,
                "timeZone": "Europe/London",
                "rules": {
                    "SaleDocument": {
                        "Enabled": True,
                        "EntryType": "credit",
                        "TagNames": ["Sales", "Retail"],
                        "CreateMissingTags": True,
                        "ReferenceIdSourceProperty": "Id",
                        "NoteTemplate": "Sale #{ReceiptNumber} | Customer: {CustomerDetails} | Total: {Total}",
                        "CustomFieldValueMaps": [
                            {
                                "FieldDefinitionId": "11111111-1111-1111-1111-111111111111",
                                "SourceProperty": "ReceiptNumber",
                            }
                        ],
                    }
                },
            }
        ],
    }


def demo(
    everything: Annotated[bool, typer.Option("--all", help="Post all 27,728 invoices.")] = False,
    invoices: Annotated[Path, typer.Option(help="Another file of invoices of the same form.")] = INVOICES,
    faults: Annotated[str, typer.Option(help="Faults of the ledger, such as cut=0.05,refuse=0.05:once.")] = "",
    no_upsert: Annotated[bool, typer.Option("--no-upsert", help="A ledger that can only create entries.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the faults and ids.")] = 0,
    log: Annotated[Path | None, typer.Option(help="Add the functions' log lines to this file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report there, as JSON.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Function invocations at once.")] = 2,
    grouping: Annotated[bool, typer.Option("--grouping", help="Instead, close a real week of a shop by day.")] = False,
    orders: Annotated[bool, typer.Option("--orders", help="Instead, a real week as orders into Acumatica.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="With --orders: at most so many.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report for scripts.")] = False,
) -> None:
    """Post real invoices to a PennyPipe simulator through the real handlers, and tie the totals out.

    Then the same invoices are approved once more, to show that no call changes the ledger. Exit 0: all terminal and
    tied out; 1: something needs a person; 2: refused input.
    """
    if grouping:
        demo_grouping(LINES, as_json=as_json)
        return
    if orders:
        demo_orders(
            LINES,
            OrdersDemo(count=count, faults=faults, seed=seed, workers=workers, log=log, report=report, as_json=as_json),
        )
        return
    entries = list(retail_entries(invoices, TENANT, None if everything else FEW))
    settings = _settings(faults, seed, upsert=not no_upsert)
    options = _options(seed, workers, log)
    with SimulatorProcess(settings) as simulator:
        outcome, again = _both_runs(Run(demo_configuration(simulator.url), options), simulator, entries)
    document = outcome.as_json() | {"secondRun": again}
    if report is not None:
        write_json(document, report)
    if as_json:
        print_json(document)
    else:
        _print(outcome, again, faults)
    _leave_unless_tied_out(outcome, again)


def _settings(faults: str, seed: int, *, upsert: bool) -> SimulatorSettings:
    try:
        return replace(demo_settings(), faults=faults, seed=seed, upsert=upsert)
    except ValueError as error:
        raise UsageError("usage", f"--faults: {error}") from None


def _options(seed: int, workers: int, log: Path | None) -> RunOptions:
    return RunOptions(
        secrets=EnvironmentSecrets({SECRET_NAME: DEMO_PAT}),
        seed=seed,
        workers=workers,
        log=log,
        # The simulator answers at once: threads that wait for it side by side would only wait for one another.
        overrides={"POSTS_SIDE_BY_SIDE": "1"},
    )


def demo_configuration(url: str) -> TenantConfiguration:
    """Give the demo's configuration for a ledger at `url`."""
    return read_configuration(json.dumps(demo_document(url)), allow_loopback=True).configuration


def _both_runs(
    run: Run, simulator: SimulatorProcess, entries: Sequence[EventEntry]
) -> tuple[RunOutcome, dict[str, int]]:
    with run.engine() as engine:
        summary = run.post(engine, entries, f"Posting {len(entries):,} invoices")
        tally = engine.report(summary)
        if not summary.is_settled:
            return RunOutcome(tally=tally, bad_lines=(), reconciliation=None, is_settled=False), {}
        reconciliation = run.reconcile(entries)
        again = _second_run(run, engine, simulator, entries, posts_before=tally.posts)
    return RunOutcome(tally=tally, bad_lines=(), reconciliation=reconciliation, is_settled=True), again


def _second_run(
    run: Run, engine: Engine, simulator: SimulatorProcess, entries: Sequence[EventEntry], *, posts_before: int
) -> dict[str, int]:
    """Approve the same invoices once more, under new event ids; give what the ledger itself counted."""
    before = _effects(simulator)
    tally = engine.report(run.post(engine, entries, "The same invoices once more"))
    return {
        "events": len(entries),
        "posts": tally.posts - posts_before,
        "ledgerChanges": _effects(simulator) - before,
        "entriesOfOneReference": simulator.counts().duplicates,
    }


def _effects(simulator: SimulatorProcess) -> int:
    counts = simulator.counts()
    return counts.created + counts.updated


def _leave_unless_tied_out(outcome: RunOutcome, again: dict[str, int]) -> None:
    if not outcome.is_settled:
        leave(INTERRUPTED)
    tied = outcome.reconciliation is not None and outcome.reconciliation.ties_out
    if outcome.needs_a_person or not tied or again.get("ledgerChanges"):
        leave(NEEDS_A_PERSON)


def _print(outcome: RunOutcome, again: dict[str, int], faults: str) -> None:
    if faults:
        messages.print(f"Faults of the ledger: {faults}", highlight=False)
    print_outcome(outcome)
    if again:
        results.print(
            f"The same {again['events']:,} approvals once more: {again['posts']:,} posts, "
            f"{again['ledgerChanges']:,} changes there, {again['entriesOfOneReference']:,} references held twice."
        )
    if not os.environ.get("CI"):
        results.print("Next: `ledgerpost local --config C --events E` runs your own; see docs/quick-start.")
