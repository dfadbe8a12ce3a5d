"""Pennylane on loopback: API v2, the lists of v1, OAuth with rotation, and the faults a real service shows.

Source: pennylane sheet, section 11 and what it refers to. What the sheet does not settle is marked OURS in the code.

`SimulatorProcess` runs it as a process of its own; `serving.served` makes it to be served here. What is exported from
this package needs only the standard library, so that a parent process does not load an HTTP server it never runs.
"""

from ledgerpost.simulators.pennylane.demo import demo_settings
from ledgerpost.simulators.pennylane.process import SimulatorProcess
from ledgerpost.simulators.pennylane.settings import (
    ALL_SCOPES,
    ApiToken,
    LedgerAccountSettings,
    NamedSettings,
    SimulatorSettings,
)
from ledgerpost.simulators.serving.process import SimulatorStartError
from ledgerpost.simulators.serving.settings import SettingsError

__all__ = [
    "ALL_SCOPES",
    "ApiToken",
    "LedgerAccountSettings",
    "NamedSettings",
    "SettingsError",
    "SimulatorProcess",
    "SimulatorSettings",
    "SimulatorStartError",
    "demo_settings",
]
