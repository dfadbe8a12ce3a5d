"""`ledgerpost simulator fincome`."""

from typing import Annotated

import typer

from ledgerpost.errors import UsageError
from ledgerpost.simulators.fincome.serving import served
from ledgerpost.simulators.fincome.settings import DEMO_KEY, FincomeSettings
from ledgerpost.simulators.serving.running import serve


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
        serve(served(settings), port=port)
    except (ValueError, OSError) as error:
        raise UsageError("usage", f"The simulator did not start: {error}") from None
