"""`ledgerpost secret`: the secrets of a stage's connections, put there once and never shown again."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app import acts
from ledgerpost.app.stage_secrets import Put, PutSecret, refresh_token_holder
from ledgerpost.cli.books import ByOption
from ledgerpost.cli.inputs import text_of_file
from ledgerpost.cli.output import messages, print_json, results
from ledgerpost.cli.stage import NeededStage, Stage
from ledgerpost.cli.stage_secrets import put_on_stage
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import ConnectionId, TenantConfiguration
from ledgerpost.wire.configuration import read_configuration

app = typer.Typer(help="Put a connection's secret onto a stage, or go back to the one before.", no_args_is_help=True)

ConnectionArgument = Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection's id.")]
TenantOption = Annotated[str, typer.Option("--tenant", help="The tenant whose connection it is.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]


@app.command("put")
def put(
    connection: ConnectionArgument,
    tenant: TenantOption,
    stage: NeededStage,
    config: Annotated[
        Path | None, typer.Option("--config", help="The document to try the secret by; else what is applied.")
    ] = None,
    untested: Annotated[bool, typer.Option("--untested", help="Put it to use without asking the ledger.")] = False,
    refresh_token: Annotated[
        bool,
        typer.Option("--refresh-token", help="It is the connection's first refresh token; a trial would end it."),
    ] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store a token or client secret, read from standard input or a prompt, and print its reference.

    A secret that is there already is replaced without a pause: the new version is kept aside, tried on the accounts of
    the connection's enabled routes, and only then put to use; the old one stays as the previous version. The functions
    follow within ten minutes, or at once where the ledger refuses the old one. Exit 0: in use; 2: refused, the one in
    use is unchanged.
    """
    target = Stage(stage)
    value = _value(connection)
    holder = refresh_token_holder(ConnectionId(connection)) if refresh_token else ConnectionId(connection)
    is_tried = not (untested or refresh_token)
    done = put_on_stage(
        target,
        TenantId(tenant),
        holder,
        value,
        configuration=_tried_by(target, TenantId(tenant), connection, config) if is_tried else None,
        doing=target.doing(by),
    )
    if as_json:
        print_json({"result": done.put, "reference": done.reference, "accountsTested": done.accounts_tested})
    else:
        _show(done)


def _tried_by(stage: Stage, tenant: TenantId, connection: str, config: Path | None) -> TenantConfiguration | None:
    """Give the configuration to try the secret by; None where no connection of it would use it."""
    configuration = _configuration(stage, tenant, config)
    return configuration if configuration is not None and connection in configuration.connections else None


def _show(done: PutSecret) -> None:
    if done.put is not Put.UNCHANGED:
        tested = f"tried on {done.accounts_tested} accounts" if done.accounts_tested else "not tried at the ledger"
        messages.print(f"The secret is {done.put}, {tested}.", highlight=False)
    else:
        messages.print("This very secret is in use already; nothing was changed.")
    results.print(done.reference, highlight=False, soft_wrap=True)


@app.command("rollback")
def rollback(
    connection: ConnectionArgument,
    tenant: TenantOption,
    stage: NeededStage,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the version before the present one to use again. The functions follow within ten minutes, or at a 401."""
    target = Stage(stage)
    name = target.secret_name(TenantId(tenant), ConnectionId(connection))
    doing = target.doing(by)
    kept = acts.roll_back_secret(TenantId(tenant), ConnectionId(connection), name, target.vault, doing)
    if as_json:
        print_json({"result": "rolled_back", "reference": kept.reference})
        return
    results.print(f"The previous secret of {connection} is in use again.", highlight=False)


def _value(connection: str) -> str:
    """Read the secret, never from the arguments: those are seen in the list of processes and kept by the shell."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"Secret of {connection}", hide_input=True, err=True))
    return sys.stdin.read()


def _configuration(stage: Stage, tenant: TenantId, config: Path | None) -> TenantConfiguration | None:
    if config is not None:
        return read_configuration(
            text_of_file(config), allow_loopback=stage.is_emulated, formulas=RuleEngineFormulas()
        ).configuration
    applied = stage.configurations.applied(tenant)
    return applied.configuration if applied else None
