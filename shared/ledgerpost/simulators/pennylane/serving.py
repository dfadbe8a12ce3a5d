"""The Pennylane simulator, served."""

from dataclasses import replace

from ledgerpost.simulators.pennylane import dispatch
from ledgerpost.simulators.pennylane.demo import demo_settings
from ledgerpost.simulators.pennylane.exchange import bad_request
from ledgerpost.simulators.pennylane.settings import SimulatorSettings
from ledgerpost.simulators.pennylane.simulator import Simulator
from ledgerpost.simulators.serving.running import Served


def served(settings: SimulatorSettings) -> Served:
    """A new simulator of these settings, to be served."""
    simulator = Simulator(settings)
    return Served(
        "pennylane", lambda call: dispatch.answer(simulator, call), lambda: bad_request("the body is too large").answer
    )


def demo_served(faults: str, seed: int, *, rate_limit: bool = True) -> Served:
    """The demo's company with a fault plan and a seed. Raises `FaultSpecError`."""
    settings = replace(demo_settings(), faults=faults, seed=seed)
    return served(settings if rate_limit else replace(settings, window_requests=None))
