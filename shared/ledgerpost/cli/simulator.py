"""`ledgerpost simulator`: a faithful local server of a target's API, with faults on demand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from ledgerpost.errors import UsageError
from ledgerpost.simulators import acumatica, codat, pennylane, pennypipe
from ledgerpost.simulators.acumatica import serving as acumatica_serving
from ledgerpost.simulators.codat import serving as codat_serving
from ledgerpost.simulators.fincome import serving as fincome_serving
from ledgerpost.simulators.fincome.settings import DEMO_KEY, FincomeSettings
from ledgerpost.simulators.pennylane import serving as pennylane_serving
from ledgerpost.simulators.pennypipe import RateLimit
from ledgerpost.simulators.pennypipe import serving as pennypipe_serving
from ledgerpost.simulators.serving.running import Served, serve

Port = Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")]
Seed = Annotated[int, typer.Option(help="Seed of the faults: the same seed strikes the same calls.")]
TokenLifetime = Annotated[int, typer.Option(help="Seconds that an OAuth token lives.")]

app = typer.Typer(help="Run a local server of a target's API, with faults on demand.", no_args_is_help=True)


@app.callback()
def simulators() -> None:
    """Run a local server of a target's API, with faults on demand."""


@app.command("pennypipe")
def pennypipe_command(
    port: Port = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,refuse=0.05:once,limit=0.02:once.")] = "",
    seed: Seed = 0,
    no_upsert: Annotated[bool, typer.Option("--no-upsert", help="Create only: every post makes a new entry.")] = False,
    token_lifetime_s: TokenLifetime = 3600,
    rate_limit: Annotated[str, typer.Option(help="REQUESTS/SECONDS per token, for example 60/10; none if blank.")] = "",
) -> None:
    """Serve PennyPipe on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""
    _serve(
        lambda: pennypipe_serving.served(
            replace(
                pennypipe.demo_settings(),
                faults=faults,
                seed=seed,
                upsert=not no_upsert,
                token_lifetime_s=token_lifetime_s,
                rate_limit=RateLimit.parse(rate_limit) if rate_limit else None,
            )
        ),
        port,
    )


@app.command("codat")
def codat_command(
    port: Port = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,land_late=0.02:5,fail=0.01:once.")] = "",
    seed: Seed = 0,
    push_latency_s: Annotated[float, typer.Option(help="Seconds that a push stays pending.")] = 0.05,
) -> None:
    """Serve Codat on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""
    _serve(
        lambda: codat_serving.served(
            replace(codat.demo_settings(), faults=faults, seed=seed, push_latency_s=push_latency_s)
        ),
        port,
    )


@app.command("acumatica")
def acumatica_command(
    port: Port = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,error_before=0.05:once,limit=0.02:once.")] = "",
    seed: Seed = 0,
    manual_numbering: Annotated[bool, typer.Option("--manual-numbering", help="Honour a sent order number.")] = False,
    api_users: Annotated[int, typer.Option(help="Sessions that the licence lets in at a time.")] = 2,
    token_lifetime_s: TokenLifetime = 3600,
    rate_limit: Annotated[str, typer.Option(help="REQUESTS/SECONDS per session, for example 60/60.")] = "",
) -> None:
    """Serve Acumatica on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""
    _serve(
        lambda: acumatica_serving.served(
            replace(
                acumatica.demo_settings(),
                faults=faults,
                seed=seed,
                manual_numbering=manual_numbering,
                api_users_max=api_users,
                token_lifetime_s=token_lifetime_s,
                rate_limit=RateLimit.parse(rate_limit) if rate_limit else None,
            )
        ),
        port,
    )


@app.command("pennylane")
def pennylane_command(
    port: Port = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,refuse=0.05:once,limit=0.02:once.")] = "",
    seed: Seed = 0,
    no_rate_limit: Annotated[bool, typer.Option("--no-rate-limit", help="Without 25 requests in 5 seconds.")] = False,
) -> None:
    """Serve Pennylane's API on loopback until Ctrl-C; prints one line of JSON with its URL when it is ready."""

    def served() -> Served:
        settings = replace(pennylane.demo_settings(), faults=faults, seed=seed)
        return pennylane_serving.served(replace(settings, window_requests=None) if no_rate_limit else settings)

    _serve(served, port)


@app.command("fincome")
def fincome_command(
    port: Port = 0,
    faults: Annotated[str, typer.Option(help="For example cut=0.05,error_after=0.05,limit=0.02:2:once.")] = "",
    seed: Seed = 0,
    key: Annotated[str, typer.Option(help="The API key that lets a caller in.")] = DEMO_KEY,
    key_header: Annotated[str, typer.Option(help="The header that carries the key.")] = "Authorization",
    key_prefix: Annotated[str, typer.Option(help="What stands before the key in that header.")] = "Bearer ",
    rate_calls: Annotated[int, typer.Option(min=0, help="Calls a second; 0 is no limit.")] = 0,
) -> None:
    """Serve Fincome on loopback until Ctrl-C; prints one line of JSON with its base URL when it is ready."""
    _serve(
        lambda: fincome_serving.served(
            FincomeSettings(
                key=key, key_header=key_header, key_prefix=key_prefix, faults=faults, seed=seed, rate_calls=rate_calls
            )
        ),
        port,
    )


def _serve(served: Callable[[], Served], port: int) -> None:
    """Serve what the options describe. Raises `UsageError` on options that cannot be read, or a port that is taken."""
    try:
        serve(served(), port=port)
    except (ValueError, OSError) as error:
        raise UsageError("usage", f"The simulator did not start: {error}") from None
