"""The PennyPipe simulator, served."""

from ledgerpost.simulators.pennypipe import dispatch
from ledgerpost.simulators.pennypipe.problems import body_too_large
from ledgerpost.simulators.pennypipe.settings import SimulatorSettings
from ledgerpost.simulators.pennypipe.simulator import Simulator
from ledgerpost.simulators.serving.running import Served


def served(settings: SimulatorSettings) -> Served:
    """A new simulator of these settings, to be served."""
    simulator = Simulator(settings)
    return Served("pennypipe", lambda call: dispatch.answer(simulator, call), body_too_large)
