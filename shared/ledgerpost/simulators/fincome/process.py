"""Fincome as a child process, and the handle its parent holds."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from ledgerpost.simulators.fincome.books import FincomeCounts
from ledgerpost.simulators.fincome.settings import FincomeSettings
from ledgerpost.simulators.serving.process import SimulatorChild


class FincomeProcess(SimulatorChild):
    """Runs Fincome as its own process for the length of a `with` block."""

    module = "ledgerpost.simulators.fincome"

    def __init__(self, settings: FincomeSettings | None = None, *, port: int = 0) -> None:
        self.settings = settings or FincomeSettings()
        super().__init__(self.settings, port=port)

    @property
    def base_url(self) -> str:
        """The base URL of the API."""
        return f"{self.url}/product"

    def counts(self) -> FincomeCounts:
        """What happened so far, effects told apart from calls."""
        return FincomeCounts(**json.loads(self.call_admin("GET", "counts")))

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every row with its entity, streamed; amounts are decimal text."""
        with closing(self._connection()) as connection:
            connection.request("GET", "/_simulator/rows")
            for line in connection.getresponse():
                document = json.loads(line)
                yield document["entity"], document["row"]
