"""`ledgerpost`: the entry point and the list of commands."""

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Annotated

import typer

from ledgerpost import __version__
from ledgerpost.cli.output import INTERRUPTED, REFUSED_INPUT, messages, print_error
from ledgerpost.errors import LedgerpostError

COMMANDS: Mapping[str, str] = {
    "demo": "demo.demo",
    "local": "local.local",
    "config": "config.app",
    "diff": "apply.diff",
    "apply": "apply.apply",
    "secret": "secret.app",
    "doctor": "doctor.doctor",
    "connection": "connection.app",
    "fields": "connection.fields",
    "test-post": "connection.test_post",
    "preview": "preview.preview_",
    "undo": "undo.undo",
    "backfill": "backfill.backfill",
    "checklist": "checklist.checklist",
    "changes": "changes.app",
    "webhook-key": "webhook_key.app",
    "explain": "explain.explain",
    "delivery": "delivery.app",
    "extract": "extract.extract",
    "listing": "listing.app",
    "reconcile": "reconcile.reconcile",
    "replay": "replay.replay",
    "sweep": "sweep.sweep",
    "transfer": "transfer.transfer",
    "company": "company.app",
    "day": "day.app",
    "simulator": "simulator.app",
    "pennylane": "pennylane.pennylane",
    "simulate": "simulate.simulate",
}
"""Each command, or group of commands, and where it stands in this package. Only the one that is typed is loaded: all of
them together take more than a second.
"""


def command_line(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Give the command line with the commands of these names."""
    app = typer.Typer(
        name="ledgerpost",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(root)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(".")
        command = getattr(import_module(f"ledgerpost.cli.{module}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    """Posts approved transactions to the right ledger: nothing lost, nothing posted twice, every cent explained."""
    if version:
        typer.echo(f"ledgerpost {__version__}")
        raise typer.Exit(0)


def main() -> None:
    """Run a command; every fault ends as a sentence with a code and a next step, never as a traceback."""
    try:
        command_line(_asked_for(sys.argv[1:]))()
    except LedgerpostError as error:
        print_error(error)
        sys.exit(REFUSED_INPUT)
    except KeyboardInterrupt:
        messages.print("Interrupted. What was delivered is recorded; run the command again to go on.")
        sys.exit(INTERRUPTED)


def _asked_for(words: list[str]) -> Iterable[str]:
    """Give the names that a line needs: its own command; all of them for the help, and for one that there is not."""
    match words:
        case ["--version"]:
            return ()
        case [name, *_] if name in COMMANDS:
            return (name,)
        case _:
            return COMMANDS
