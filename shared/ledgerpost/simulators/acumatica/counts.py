"""What happened, effects told apart from calls.

A client may call five times for one order, or have one call applied whose answer it never saw. Only the site's own
count settles which it was.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What one applied write did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class SimulatorCounts:
    """A reading of the counts.

    `effects` is entity → effect → number. `records` are those there now; `lines`, `payments` and `packages` are the
    rows of all orders and shipments. `duplicates` is the number of external references with more than one order.
    `calls` is operation → status → number, where an aborted connection is `cut`. `sessions` are open now,
    `sessions_peak` at most so far; `logins` by cookie and `token_requests` are as they were asked for.
    """

    effects: Mapping[str, Mapping[str, int]]
    records: Mapping[str, int]
    lines: int
    payments: int
    packages: int
    duplicates: int
    sessions: int
    sessions_peak: int
    logins: int
    logouts: int
    token_requests: int
    faults: Mapping[str, int]
    calls: Mapping[str, Mapping[str, int]]

    def created(self, entity: str) -> int:
        """How many records of `entity` were created."""
        return self.effects.get(entity, {}).get(Effect.CREATED, 0)

    def document(self) -> dict[str, Any]:
        """The reading as the object that `GET /_simulator/counts` answers."""
        return {name: getattr(self, name) for name in self.__slots__}

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "SimulatorCounts":
        """The reading that `document` wrote."""
        return SimulatorCounts(**document)


@dataclass(slots=True)
class Tally:
    """The running counts of one simulator."""

    effects: Counter[tuple[str, Effect]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    logins: int = 0
    logouts: int = 0
    token_requests: int = 0

    def fault(self, kind: str) -> None:
        """Count one injected fault."""
        self.faults[kind] += 1

    def clear(self) -> None:
        """Count from zero again."""
        self.effects.clear()
        self.faults.clear()
        self.logins = self.logouts = self.token_requests = 0


def nested(counter: Mapping[tuple[str, Effect], int]) -> dict[str, dict[str, int]]:
    """A counter of pairs as an object of objects, sorted."""
    found: dict[str, dict[str, int]] = {}
    for (outer, inner), number in sorted(counter.items()):
        found.setdefault(outer, {})[str(inner)] = number
    return found
