"""What happened, effects told apart from calls: a push may be taken whose answer nobody saw, and land after its end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SimulatorCounts:
    """A reading of the counts.

    `pushes` were taken; of these `created` have landed in the books (`landed_late` of them after their operation had
    timed out), `failed` and `timed_out` are what their operations ended as. `duplicates` is the number of (company,
    data type, reference) with more than one document now. `lookups` are lists of data by a query, `syncs` the
    runs. `calls` is operation → status → number, where the status of an aborted connection is `cut`.
    """

    pushes: int
    created: int
    landed_late: int
    failed: int
    timed_out: int
    documents: int
    duplicates: int
    lookups: int
    syncs: int
    faults: Mapping[str, int]
    calls: Mapping[str, Mapping[str, int]]

    def document(self) -> dict[str, Any]:
        """The reading as the object that `GET /_simulator/counts` answers."""
        return asdict(self)

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "SimulatorCounts":
        """The reading that `document` wrote."""
        return SimulatorCounts(**document)


@dataclass(slots=True)
class Tally:
    """The running counts of one simulator."""

    faults: Counter[str] = field(default_factory=Counter)
    pushes: int = 0
    lookups: int = 0
    syncs: int = 0

    def fault(self, kind: str) -> None:
        """Count one injected fault."""
        self.faults[kind] += 1

    def clear(self) -> None:
        """Count from zero again."""
        self.faults.clear()
        self.pushes = self.lookups = self.syncs = 0
