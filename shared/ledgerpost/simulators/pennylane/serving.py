"""The Pennylane simulator, served."""

from ledgerpost.simulators.pennylane import dispatch
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
