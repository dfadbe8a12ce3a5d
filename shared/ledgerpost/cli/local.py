"""`ledgerpost local`: the pipeline on this machine, on your configuration and events."""

from pathlib import Path
from typing import Annotated

import typer

from ledgerpost.cli.inputs import configuration_from, entries_from, secrets
from ledgerpost.cli.output import INTERRUPTED, NEEDS_A_PERSON, leave, messages, print_json, write_json
from ledgerpost.cli.report import print_outcome
from ledgerpost.cli.run import EngineName, Run, RunOptions, RunOutcome, keep_bad_lines, refused_lines
from ledgerpost.errors import UsageError

PORT = 8765
"""Where the console is served, unless said otherwise."""


def _serve(
    config: Path | None,
    events: Path | None,
    state: Path | None,
    log: Path | None,
    *,
    port: int,
    empty: bool,
    workers: int,
) -> None:
    """Serve the console, over the configuration and events that are given, else over the demo's."""
    from ledgerpost.cli.serve import Serving, serve, serve_demo  # noqa: PLC0415 - a run without it loads no server

    if config is None:
        if events is not None:
            raise UsageError("usage", "--events also needs --config C.")
        serve_demo(port, everything_empty=empty, log=log, state=state)
        return
    entries = entries_from(events)[0] if events is not None else []
    serving = Serving(
        configuration=configuration_from(config),
        entries=entries,
        secrets=secrets(),
        state=state,
        log=log,
        workers=workers,
    )
    serve(serving, port)


def local(
    config: Annotated[Path | None, typer.Option(help="The configuration document.")] = None,
    events: Annotated[Path | None, typer.Option(help="The approval events: JSON Lines, one bus entry a line.")] = None,
    engine: Annotated[EngineName, typer.Option(help="What runs the handlers: this process, or an emulator of AWS.")] = (
        EngineName.MEMORY
    ),
    report: Annotated[Path | None, typer.Option(help="Write the report there, as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of event and message ids (memory).")] = 0,
    state: Annotated[
        Path | None, typer.Option(help="Keep the delivery records in this folder between runs (memory).")
    ] = None,
    log: Annotated[Path | None, typer.Option(help="Add the functions' log lines to this file.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Function invocations at once (memory).")] = 2,
    read_back: Annotated[bool, typer.Option(help="Read the ledger back and reconcile.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report for scripts.")] = False,
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Keep running, with the console; the demo without --config."),
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve: the port; 0 for any free one.")] = PORT,
    empty: Annotated[bool, typer.Option("--empty", help="With --serve: nothing set up yet.")] = False,
) -> None:
    """Run events through the same handlers and wiring that deploy, until all is settled.

    Posts to the base URLs of the configuration. Exit 0: all terminal; 1: something is parked; 2: refused input.
    """
    if serve:
        _serve(config, events, state, log, port=port, empty=empty, workers=workers)
        return
    if config is None or events is None:
        raise UsageError("usage", "Give --config C and --events E; only --serve does without.")
    options = RunOptions(secrets=secrets(), seed=seed, workers=workers, state=state, log=log, engine=engine)
    outcome = _post_file(Run(configuration_from(config), options), events, read_back=read_back)
    if report is not None:
        write_json(outcome.as_json(), report)
    if as_json:
        print_json(outcome.as_json())
    else:
        print_outcome(outcome)
    _leave_if_unfinished(outcome, is_kept=state is not None)


def _post_file(run: Run, events: Path, *, read_back: bool) -> RunOutcome:
    """Post what stands in the file `events`; what is no event is set aside, and counted."""
    entries, bad_lines = entries_from(events)
    with run.engine() as engine:
        summary = run.post(engine, entries, "Posting")
        tally = engine.report(summary)
        keep_bad_lines(engine, bad_lines)
    return RunOutcome(
        tally=tally,
        bad_lines=(*bad_lines, *refused_lines(summary, entries, events.name)),
        reconciliation=run.reconcile(entries) if read_back and summary.is_settled else None,
        is_settled=summary.is_settled,
    )


def _leave_if_unfinished(outcome: RunOutcome, *, is_kept: bool) -> None:
    """End with the code of what is left to do; `is_kept` where another run can go on."""
    if not outcome.is_settled:
        rest = "run the command again to go on with the rest" if is_kept else "the rest was not sent"
        messages.print(f"Interrupted. What was delivered is recorded at the ledger; {rest}.")
        leave(INTERRUPTED)
    if outcome.needs_a_person:
        leave(NEEDS_A_PERSON)
