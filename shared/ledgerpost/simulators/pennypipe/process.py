"""PennyPipe as a child process, and the handle its parent holds."""

import json
from dataclasses import asdict

from ledgerpost.simulators.pennypipe.counts import SimulatorCounts
from ledgerpost.simulators.pennypipe.settings import AccountSettings, SimulatorSettings
from ledgerpost.simulators.serving.process import SimulatorChild


class SimulatorProcess(SimulatorChild):
    """Runs PennyPipe as its own process for the length of a `with` block."""

    module = "ledgerpost.simulators.pennypipe"

    def __init__(self, settings: SimulatorSettings, *, port: int = 0) -> None:
        super().__init__(settings, port=port)
        self.settings = settings

    def counts(self) -> SimulatorCounts:
        """What happened so far, effects told apart from calls."""
        return SimulatorCounts.from_document(json.loads(self.call_admin("GET", "counts")))

    def set_upsert(self, on: bool) -> None:
        """Switch the capability `referenceIdUpsert`."""
        self.call_admin("POST", "upsert", {"on": on})

    def add_account(self, account: AccountSettings) -> None:
        """Open one more account, or one of the same id anew."""
        self.call_admin("POST", "accounts", asdict(account))
