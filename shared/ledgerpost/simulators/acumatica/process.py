"""Acumatica as a child process, and the handle its parent holds."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ledgerpost.simulators.acumatica.counts import SimulatorCounts
from ledgerpost.simulators.acumatica.settings import SimulatorSettings
from ledgerpost.simulators.serving.process import SimulatorChild


class SimulatorProcess(SimulatorChild):
    """Runs Acumatica as its own process for the length of a `with` block."""

    module = "ledgerpost.simulators.acumatica"

    def __init__(self, settings: SimulatorSettings, *, port: int = 0) -> None:
        super().__init__(settings, port=port)
        self.settings = settings

    def counts(self) -> SimulatorCounts:
        """What happened so far, effects told apart from calls."""
        return SimulatorCounts.from_document(json.loads(self.call_admin("GET", "counts")))

    def records(self, entity: str) -> Iterator[dict[str, Any]]:
        """Every record of an entity, everything expanded, amounts as decimal text."""
        for line in self.call_admin("GET", f"records/{entity}").splitlines():
            yield json.loads(line)

    def turn(self, **switches: object) -> None:
        """Turn switches of the settings. Raises `ValueError` with the simulator's reason."""
        self.call_admin("POST", "settings", switches)

    def put(self, entity: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Write a document as a user of the site would. Raises `ValueError` with the site's refusal."""
        written: dict[str, Any] = json.loads(self.call_admin("POST", f"put/{entity}", document))
        return written
