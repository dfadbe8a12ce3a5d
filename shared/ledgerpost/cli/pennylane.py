"""`ledgerpost pennylane`: one of the sixteen actions, with the seed's inputs and outputs."""

import json
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.adapters.extract_folder import FolderExtractFiles
from ledgerpost.cli.inputs import configuration_from, connection_of, targets, text_of_file
from ledgerpost.cli.inputs import secrets as machine_secrets
from ledgerpost.cli.output import NEEDS_A_PERSON, leave
from ledgerpost.connectors.pennylane.actions.connections import TARGET, actions_over
from ledgerpost.connectors.pennylane.actions.run import ACTIONS, action_of
from ledgerpost.connectors.pennylane.wire_json import json_bytes
from ledgerpost.errors import UsageError

STDIN = "-"


def pennylane(
    action: Annotated[str, typer.Argument(help=f"One of {', '.join(each.name for each in ACTIONS)}.")],
    config: Annotated[Path, typer.Option("--config", help="The configuration document.")],
    connection: Annotated[str, typer.Option("--connection", help="The Pennylane connection.")],
    asked: Annotated[str, typer.Option("--input", help="A file with the action's inputs as JSON; - reads stdin.")] = "",
    key: Annotated[str, typer.Option("--key", help="Tells this call from one with the same inputs.")] = "",
    files: Annotated[Path, typer.Option("--files", help="Where extracts are written.")] = Path("extracts"),
    state: Annotated[
        Path | None, typer.Option("--state", help="With OAuth: the folder that keeps the tokens, yours alone.")
    ] = None,
) -> None:
    """Run one Pennylane action and print its answer as JSON. Exit 0: code 200; 1: code 500; 2: refused before."""
    action_of(action)
    document = _document(asked)
    configuration = configuration_from(config, quiet=True)
    chosen = connection_of(configuration, connection)
    if chosen.target != TARGET:
        raise UsageError("usage", f"{connection!r} is a connection to {chosen.target}, not to Pennylane.")
    with closing(targets(machine_secrets(), state)) as opened:
        building, transport = opened.building_of(configuration.tenant, chosen)
        with closing(transport):
            answer = actions_over(building, FolderExtractFiles(files)).answer(action, document, key=key)
    typer.echo(json_bytes(answer).decode())
    if answer["code"] != 200:
        leave(NEEDS_A_PERSON)


def _document(asked: str) -> Any:
    """Read the inputs; numbers exactly. None where none are given."""
    if not asked:
        return None
    text = sys.stdin.read() if asked == STDIN else text_of_file(Path(asked))
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise UsageError("usage", f"--input is no JSON: {error}.") from None
