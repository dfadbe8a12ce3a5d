"""Codat on loopback: configuration, sync runs, pushes that end later, and the faults a real one shows.

Source: seed 003; codat sheet, sections 1, 2, 5 to 8 and 10.

`SimulatorProcess` runs it as a process of its own; `serving.served` makes it to be served here. What is exported from
this package needs only the standard library, so that a parent process does not load an HTTP server it never runs.
"""

from ledgerpost.simulators.codat.counts import SimulatorCounts
from ledgerpost.simulators.codat.demo import demo_settings
from ledgerpost.simulators.codat.faults import parse_faults
from ledgerpost.simulators.codat.process import SimulatorProcess
from ledgerpost.simulators.codat.settings import CompanySettings, Option, SimulatorSettings

__all__ = [
    "CompanySettings",
    "Option",
    "SimulatorCounts",
    "SimulatorProcess",
    "SimulatorSettings",
    "demo_settings",
    "parse_faults",
]
