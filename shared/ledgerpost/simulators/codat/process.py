"""Codat as a child process, and the handle its parent holds."""

import json
from collections.abc import Sequence
from typing import Any

from ledgerpost.simulators.codat.counts import SimulatorCounts
from ledgerpost.simulators.codat.settings import SimulatorSettings
from ledgerpost.simulators.serving.process import SimulatorChild


class SimulatorProcess(SimulatorChild):
    """Runs Codat as its own process for the length of a `with` block."""

    module = "ledgerpost.simulators.codat"

    def __init__(self, settings: SimulatorSettings, *, port: int = 0) -> None:
        super().__init__(settings, port=port)
        self.settings = settings

    def counts(self) -> SimulatorCounts:
        """What happened so far, effects told apart from calls."""
        return SimulatorCounts.from_document(json.loads(self.call_admin("GET", "counts")))

    def add_orders(self, company: str, orders: Sequence[dict[str, Any]]) -> list[str]:
        """Note orders of the shop; gives what an operator is told of them."""
        answer = json.loads(self.call_admin("POST", "orders", {"companyId": company, "orders": list(orders)}))
        messages: list[str] = answer["messages"]
        return messages
