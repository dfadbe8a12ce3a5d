"""What happened, effects told apart from calls.

A client may call five times for one effect, or have one call applied whose answer it never saw. Only the ledger's own
count settles which it was.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What one applied write did to the ledger."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class SimulatorCounts:
    """A reading of the counts.

    `updated` are upserts that changed the content, `unchanged` those that did not. `duplicates` is the number of
    (account, referenceId) with more than one entry now; `entries` the entries there are now. `calls` is operation →
    status → number, where the status of an aborted connection is `cut`. `lookups` are reads by referenceId.
    """

    created: int
    updated: int
    unchanged: int
    deleted: int
    entries: int
    duplicates: int
    lookups: int
    token_requests: int
    faults: Mapping[str, int]
    calls: Mapping[str, Mapping[str, int]]

    def document(self) -> dict[str, Any]:
        """The reading as the object that `GET /_simulator/counts` answers."""
        return {
            "effects": {effect.value: getattr(self, effect.value) for effect in Effect},
            "entries": self.entries,
            "duplicates": self.duplicates,
            "lookups": self.lookups,
            "tokenRequests": self.token_requests,
            "faults": dict(self.faults),
            "calls": {operation: dict(statuses) for operation, statuses in self.calls.items()},
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "SimulatorCounts":
        """The reading that `document` wrote."""
        return SimulatorCounts(
            **document["effects"],
            entries=document["entries"],
            duplicates=document["duplicates"],
            lookups=document["lookups"],
            token_requests=document["tokenRequests"],
            faults=document["faults"],
            calls=document["calls"],
        )


@dataclass(slots=True)
class Tally:
    """The running counts of one simulator."""

    effects: Counter[Effect] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    lookups: int = 0
    token_requests: int = 0

    def fault(self, kind: str) -> None:
        """Count one injected fault."""
        self.faults[kind] += 1

    def clear(self) -> None:
        """Count from zero again."""
        self.effects.clear()
        self.faults.clear()
        self.lookups = self.token_requests = 0

    def reading(self, *, entries: int, duplicates: int, calls: Mapping[str, Mapping[str, int]]) -> SimulatorCounts:
        """The counts now, with the two numbers that only the ledger knows and the calls that the log has."""
        return SimulatorCounts(
            **{effect.value: self.effects[effect] for effect in Effect},
            entries=entries,
            duplicates=duplicates,
            lookups=self.lookups,
            token_requests=self.token_requests,
            faults=dict(sorted(self.faults.items())),
            calls=calls,
        )
