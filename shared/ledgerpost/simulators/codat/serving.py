"""The Codat simulator, served."""

from ledgerpost.simulators.codat import dispatch
from ledgerpost.simulators.codat.problems import body_too_large
from ledgerpost.simulators.codat.settings import SimulatorSettings
from ledgerpost.simulators.codat.simulator import Simulator
from ledgerpost.simulators.serving.running import Served


def served(settings: SimulatorSettings) -> Served:
    """A new simulator of these settings, to be served."""
    simulator = Simulator(settings)
    return Served("codat", lambda call: dispatch.answer(simulator, call), body_too_large)
