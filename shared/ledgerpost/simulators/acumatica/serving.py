"""The Acumatica simulator, served."""

from dataclasses import replace

from ledgerpost.simulators.acumatica import dispatch
from ledgerpost.simulators.acumatica.demo import demo_settings
from ledgerpost.simulators.acumatica.problems import body_too_large
from ledgerpost.simulators.acumatica.settings import SimulatorSettings
from ledgerpost.simulators.acumatica.simulator import Simulator
from ledgerpost.simulators.pennypipe.settings import RateLimit
from ledgerpost.simulators.serving.running import Served, serve


def served(settings: SimulatorSettings) -> Served:
    """A new simulator of these settings, to be served."""
    simulator = Simulator(settings)
    return Served("acumatica", lambda call: dispatch.answer(simulator, call), body_too_large)


def run_from_cli(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: str = "",
    seed: int = 0,
    manual_numbering: bool = False,
    api_users_max: int = 2,
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
        manual_numbering=manual_numbering,
        api_users_max=api_users_max,
        token_lifetime_s=token_lifetime_s,
        rate_limit=RateLimit.parse(rate_limit) if rate_limit else None,
    )
    serve(served(settings), host, port)
