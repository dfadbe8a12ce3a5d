"""PennyPipe on loopback: tokens, accounts, entries, and the faults a real ledger shows.

Source: reference/pennypipe.md §3 (the contract) and §4 (what a simulator must be able to do).

`SimulatorProcess` runs it as a process of its own; `serving.served` makes it to be served here. What is exported from
this package needs only the standard library, so that a parent process does not load an HTTP server it never runs.
"""

from ledgerpost.simulators.pennypipe.counts import SimulatorCounts
from ledgerpost.simulators.pennypipe.demo import demo_settings
from ledgerpost.simulators.pennypipe.faults import parse_faults
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from ledgerpost.simulators.pennypipe.settings import (
    AccountSettings,
    FieldDefinition,
    PersonalAccessToken,
    RateLimit,
    SimulatorSettings,
)
from ledgerpost.simulators.serving.faults import FaultSpecError
from ledgerpost.simulators.serving.process import SimulatorStartError
from ledgerpost.simulators.serving.settings import SettingsError

__all__ = [
    "AccountSettings",
    "FaultSpecError",
    "FieldDefinition",
    "PersonalAccessToken",
    "RateLimit",
    "SettingsError",
    "SimulatorCounts",
    "SimulatorProcess",
    "SimulatorSettings",
    "SimulatorStartError",
    "demo_settings",
    "parse_faults",
]
