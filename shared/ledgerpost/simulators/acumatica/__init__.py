"""Acumatica's contract-based API on loopback: sign-in, sales orders, customers, items, shipments, and its oddities.

Source: reference/acumatica.md; §12 says what a simulator must be able to do.

`SimulatorProcess` runs it as a process of its own; `serving.served` makes it to be served here. What is exported from
this package needs only the standard library, so that a parent process does not load an HTTP server it never runs.
"""

from ledgerpost.simulators.acumatica.counts import SimulatorCounts
from ledgerpost.simulators.acumatica.demo import demo_settings
from ledgerpost.simulators.acumatica.faults import parse_faults
from ledgerpost.simulators.acumatica.process import SimulatorProcess
from ledgerpost.simulators.acumatica.settings import Customer, SimulatorSettings, StockItem, Tax, Terms

__all__ = [
    "Customer",
    "SimulatorCounts",
    "SimulatorProcess",
    "SimulatorSettings",
    "StockItem",
    "Tax",
    "Terms",
    "demo_settings",
    "parse_faults",
]
