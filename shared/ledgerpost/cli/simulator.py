"""`ledgerpost simulator`: a faithful local server of a target's API, with faults on demand."""

from typing import Annotated

import typer

from ledgerpost.cli.simulator_fincome import fincome
from ledgerpost.errors import UsageError
from ledgerpost.simulators.acumatica.serving import run_from_cli as run_acumatica
from ledgerpost.simulators.codat.serving import demo_served
from ledgerpost.simulators.pennylane.serving import demo_served as pennylane_served
from ledgerpost.simulators.pennypipe.serving import run_from_cli
from ledgerpost.simulators.serving.running import serve

app = typer.Typer(help="Run a local server of a target's API, with faults on demand.", no_args_is_help=True)


@app.callback()
def simulators() -> None:
    """Run a local server of a target's API, with faults on demand."""


@app.command("pennypipe")
def pennypipe(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,refuse=0.05:once,limit=0.02:once.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the faults: the same seed strikes the same entries.")] = 0,
    no_upsert: Annotated[bool, typer.Option("--no-upsert", help="Create only: every post makes a new entry.")] = False,
    token_lifetime_s: Annotated[int, typer.Option(help="Seconds that an OAuth token lives.")] = 3600,
    rate_limit: Annotated[str, typer.Option(help="REQUESTS/SECONDS per token, for example 60/10; none if blank.")] = "",
) -> None:
    """Serve PennyPipe on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""
    try:
        run_from_cli(
            port=port,
            faults=faults,
            seed=seed,
            upsert=not no_upsert,
            token_lifetime_s=token_lifetime_s,
            rate_limit=rate_limit or None,
        )
    except (ValueError, OSError) as error:
        raise UsageError("usage", f"The simulator did not start: {error}") from None


@app.command("codat")
def codat(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,land_late=0.02:5,fail=0.01:once.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the faults: the same seed strikes the same documents.")] = 0,
    push_latency_s: Annotated[float, typer.Option(help="Seconds that a push stays pending.")] = 0.05,
) -> None:
    """Serve Codat on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""
    try:
        serve(demo_served(faults, seed, push_latency_s), port=port)
    except (ValueError, OSError) as error:
        raise UsageError("usage", f"The simulator did not start: {error}") from None


@app.command("acumatica")
def acumatica(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,error_before=0.05:once,limit=0.02:once.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the faults: the same seed strikes the same orders.")] = 0,
    manual_numbering: Annotated[bool, typer.Option("--manual-numbering", help="Honour a sent order number.")] = False,
    api_users: Annotated[int, typer.Option(help="Sessions that the licence lets in at a time.")] = 2,
    token_lifetime_s: Annotated[int, typer.Option(help="Seconds that an OAuth token lives.")] = 3600,
    rate_limit: Annotated[str, typer.Option(help="REQUESTS/SECONDS per session, for example 60/60.")] = "",
) -> None:
    """Serve Acumatica on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""
    try:
        run_acumatica(
            port=port,
            faults=faults,
            seed=seed,
            manual_numbering=manual_numbering,
            api_users_max=api_users,
            token_lifetime_s=token_lifetime_s,
            rate_limit=rate_limit or None,
        )
    except (ValueError, OSError) as error:
        raise UsageError("usage", f"The simulator did not start: {error}") from None


@app.command("pennylane")
def pennylane(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,refuse=0.05:once,limit=0.02:once.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the faults: the same seed strikes the same calls.")] = 0,
    no_rate_limit: Annotated[bool, typer.Option("--no-rate-limit", help="Without 25 requests in 5 seconds.")] = False,
) -> None:
    """Serve Pennylane's API on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""
    try:
        serve(pennylane_served(faults, seed, rate_limit=not no_rate_limit), port=port)
    except (ValueError, OSError) as error:
        raise UsageError("usage", f"The simulator did not start: {error}") from None


app.command("fincome")(fincome)
