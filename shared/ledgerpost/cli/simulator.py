"""`ledgerpost simulator`: a faithful local server of a target's API, with faults on demand."""

from typing import Annotated

import typer

from ledgerpost.errors import UsageError
from ledgerpost.simulators.fincome.serving import serve as serve_fincome
from ledgerpost.simulators.fincome.settings import DEMO_KEY, FincomeSettings
from ledgerpost.simulators.pennypipe.serving import run_from_cli

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


@app.command("fincome")
def fincome(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,error_after=0.05,limit=0.02:2:once.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the faults: the same seed strikes the same rows.")] = 0,
    key: Annotated[str, typer.Option(help="The API key that lets a caller in.")] = DEMO_KEY,
    key_header: Annotated[str, typer.Option(help="The header that carries the key.")] = "Authorization",
    key_prefix: Annotated[str, typer.Option(help="What stands before the key in that header.")] = "Bearer ",
    rate_calls: Annotated[int, typer.Option(min=0, help="Calls a second; 0 is no limit.")] = 0,
) -> None:
    """Serve Fincome on loopback until Ctrl-C; prints one line of JSON with its base URL when it is ready."""
    try:
        settings = FincomeSettings(
            key=key, key_header=key_header, key_prefix=key_prefix, faults=faults, seed=seed, rate_calls=rate_calls
        )
        serve_fincome(settings, port=port)
    except (ValueError, OSError) as error:
        raise UsageError("usage", f"The simulator did not start: {error}") from None
