"""The PennyPipe simulator, served."""

from dataclasses import replace

from ledgerpost.simulators.pennypipe import dispatch
from ledgerpost.simulators.pennypipe.demo import demo_settings
from ledgerpost.simulators.pennypipe.problems import body_too_large
from ledgerpost.simulators.pennypipe.settings import RateLimit, SimulatorSettings
from ledgerpost.simulators.pennypipe.simulator import Simulator
from ledgerpost.simulators.serving.running import Served, serve


def served(settings: SimulatorSettings) -> Served:
    """A new simulator of these settings, to be served."""
    simulator = Simulator(settings)
    return Served("pennypipe", lambda call: dispatch.answer(simulator, call), body_too_large)


def run_from_cli(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: str = "",
    seed: int = 0,
    upsert: bool = True,
    discovery: bool = True,
    token_lifetime_s: int = 3600,
    rate_limit: str | None = None,
) -> None:
    """Serve the demo's tenant with these options; `rate_limit` is `REQUESTS/SECONDS`.

    Raises `FaultSpecError` or `SettingsError` on an option that cannot be read, `OSError` if the port is taken.
    """
    settings = replace(
        demo_settings(),
        faults=faults,
        seed=seed,
        upsert=upsert,
        discovery=discovery,
        token_lifetime_s=token_lifetime_s,
        rate_limit=RateLimit.parse(rate_limit) if rate_limit else None,
    )
    serve(served(settings), host, port)
