"""Pennylane as a child process, and the handle its parent holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from ledgerpost.simulators.pennylane.settings import SimulatorSettings
from ledgerpost.simulators.serving.process import SimulatorChild

LOADED_AT_ONCE: Final = 1000
"""Bodies of one bulk call: the server takes five megabytes."""


class SimulatorProcess(SimulatorChild):
    """Runs Pennylane as its own process for the length of a `with` block."""

    module = "ledgerpost.simulators.pennylane"

    def __init__(self, settings: SimulatorSettings, *, port: int = 0) -> None:
        super().__init__(settings, port=port)
        self.settings = settings

    def counts(self) -> dict[str, Any]:
        """What happened so far: `created`, `updated`, `deleted`, `rows`, `duplicates` by collection, `faults`, `calls`
        by operation and status, `limited`, `refreshes`, `reusedRefreshTokens`.
        """
        counts: dict[str, Any] = json.loads(self.call_admin("GET", "counts"))
        return counts

    def rows(self, collection: str) -> Iterator[dict[str, Any]]:
        """Every row of a collection as the API gives it, with its nested rows in place of their links."""
        with closing(self._connection()) as connection:
            connection.request("GET", f"/_simulator/rows/{collection}")
            for line in connection.getresponse():
                yield json.loads(line)

    def load(self, bodies: Mapping[str, Sequence[Any]]) -> dict[str, list[int]]:
        """Create many rows at once: request bodies under their path's name. Give their ids, in the same order.

        Raises `ValueError` with the API's own refusal of the first body that it refuses.
        """
        ids: dict[str, list[int]] = {path: [] for path in bodies}
        for path, listed in bodies.items():
            for start in range(0, len(listed), LOADED_AT_ONCE):
                part = {path: list(listed[start : start + LOADED_AT_ONCE])}
                ids[path] += json.loads(self.call_admin("POST", "load", part))["ids"][path]
        return ids

    def expire_tokens(self) -> None:
        """End every OAuth access token before its time."""
        self.call_admin("POST", "expire")

    def cut_token_answers(self, count: int) -> None:
        """Cut the answers of the next successful token requests: the pair was rotated, and nobody heard of it."""
        self.call_admin("POST", "cut_token_answers", {"next": count})
