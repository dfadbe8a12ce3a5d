"""The Acumatica simulator, served."""

from ledgerpost.simulators.acumatica import dispatch
from ledgerpost.simulators.acumatica.problems import body_too_large
from ledgerpost.simulators.acumatica.settings import SimulatorSettings
from ledgerpost.simulators.acumatica.simulator import Simulator
from ledgerpost.simulators.serving.running import Served


def served(settings: SimulatorSettings) -> Served:
    """A new simulator of these settings, to be served."""
    simulator = Simulator(settings)
    return Served("acumatica", lambda call: dispatch.answer(simulator, call), body_too_large)
