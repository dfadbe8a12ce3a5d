"""The Codat simulator, served."""

from dataclasses import replace

from ledgerpost.simulators.codat import dispatch
from ledgerpost.simulators.codat.demo import demo_settings
from ledgerpost.simulators.codat.problems import body_too_large
from ledgerpost.simulators.codat.settings import SimulatorSettings
from ledgerpost.simulators.codat.simulator import Simulator
from ledgerpost.simulators.serving.running import Served


def served(settings: SimulatorSettings) -> Served:
    """A new simulator of these settings, to be served."""
    simulator = Simulator(settings)
    return Served("codat", lambda call: dispatch.answer(simulator, call), body_too_large)


def demo_served(faults: str, seed: int, push_latency_s: float = 0.05) -> Served:
    """The demo's client with these faults. Raises `FaultSpecError` or `SettingsError`."""
    return served(replace(demo_settings(), faults=faults, seed=seed, push_latency_s=push_latency_s))
