"""`ledgerpost`: the entry point and the list of commands."""

import sys
from typing import Annotated

import typer

from ledgerpost import __version__
from ledgerpost.cli import (
    apply,
    backfill,
    changes,
    checklist,
    company,
    config,
    connection,
    day,
    delivery,
    demo,
    doctor,
    explain,
    extract,
    local,
    pause,
    pennylane,
    preview,
    reconcile,
    replay,
    secret,
    simulate,
    simulator,
    sweep,
    transfer,
    undo,
    webhook_key,
)
from ledgerpost.cli.output import INTERRUPTED, REFUSED_INPUT, messages, print_error
from ledgerpost.errors import LedgerpostError

app = typer.Typer(
    name="ledgerpost",
    help="Posts approved transactions to the right ledger: nothing lost, nothing posted twice, every cent explained.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("local")(local.local)
app.add_typer(config.app, name="config")
app.command("diff")(apply.diff)
app.command("apply")(apply.apply)
app.add_typer(secret.app, name="secret")
app.command("doctor")(doctor.doctor)
app.add_typer(connection.app, name="connection")
connection.app.command("pause")(pause.pause)
connection.app.command("resume")(pause.resume)
connection.app.command("paused")(pause.paused)
app.command("fields")(connection.fields)
app.command("test-post")(connection.test_post)
app.command("preview")(preview.preview_)
app.command("undo")(undo.undo)
app.command("backfill")(backfill.backfill)
app.command("checklist")(checklist.checklist)
app.add_typer(changes.app, name="changes")
app.add_typer(webhook_key.app, name="webhook-key")
app.command("explain")(explain.explain)
app.add_typer(delivery.app, name="delivery")
app.command("extract")(extract.extract)
app.command("reconcile")(reconcile.reconcile)
app.command("replay")(replay.replay)
app.command("sweep")(sweep.sweep)
app.command("transfer")(transfer.transfer)
app.add_typer(company.app, name="company")
app.add_typer(day.app, name="day")
app.add_typer(simulator.app, name="simulator")
app.command("pennylane")(pennylane.pennylane)
app.command("simulate")(simulate.simulate)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    """Posts approved transactions to the right ledger: nothing lost, nothing posted twice, every cent explained."""
    if version:
        typer.echo(f"ledgerpost {__version__}")
        raise typer.Exit(0)


def main() -> None:
    """Run a command; every fault ends as a sentence with a code and a next step, never as a traceback."""
    try:
        app()
    except LedgerpostError as error:
        print_error(error)
        sys.exit(REFUSED_INPUT)
    except KeyboardInterrupt:
        messages.print("Interrupted. What was delivered is recorded; run the command again to go on.")
        sys.exit(INTERRUPTED)
