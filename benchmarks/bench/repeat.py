"""How near a second run comes to a first one: rates by their ratio, what is wrong in the ledger by its count. Pure."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.bench.figures import OURS

Document = Mapping[str, Any]

LARGE = 900
"""Entries from which a run's rate is more than that of a few batches."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An engine on a workload in two runs: entries a second in both, of so many entries."""

    engine: str
    workload: str
    entries: int
    first: float
    second: float

    @property
    def ratio(self) -> float:
        """The second rate to the first."""
        return self.second / self.first

    @property
    def apart(self) -> float:
        """How far the two are apart, as a share of the first."""
        return abs(self.ratio - 1)


def pairs(first: Document, second: Document) -> Sequence[Pair]:
    """Give every engine and workload that came to its end in both runs, in the order of the first."""
    return [
        Pair(key, workload, one["entries"], one["entries_per_second"], other["entries_per_second"])
        for key, workload, one, other in _both(first, second)
        if "entries_per_second" in one and "entries_per_second" in other
    ]


def _both(first: Document, second: Document) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    for key, engine in first["engines"].items():
        runs = second["engines"].get(key, {"runs": {}})["runs"]
        for workload, run in engine["runs"].items():
            if workload in runs:
                yield key, workload, run, runs[workload]


def wrongs(document: Document) -> int:
    """Give how much was lost, done twice or left stale by Ledgerpost in any run of a document."""
    return sum(
        run.get(name, 0)
        for key, engine in document["engines"].items()
        if key.startswith(OURS)
        for run in engine["runs"].values()
        for name in ("second_effects", "missing", "stale")
    )


def repeat_said(first: Document, second: Document) -> str:
    """Give the sentence of README.md on how the second run compares."""
    found = pairs(first, second)
    large = [each for each in found if each.entries >= LARGE]
    small = [each for each in found if each.entries < LARGE]
    burst = max(each.apart for each in found if each.workload == "W1" and each.entries >= LARGE)
    return (
        "Run once more on the same machine (`benchmarks/results/bench-again.json`), the rates of W1 came within "
        f"{burst:.0%} for the engines that get at least {LARGE} entries; over all workloads theirs were "
        f"{_spread(large)}, those of engines with fewer entries {_spread(small)}. "
        f"What Ledgerpost lost, did twice or left stale was {wrongs(first)} and {wrongs(second)}."
    )


def _spread(found: Sequence[Pair]) -> str:
    apart = [each.apart for each in found]
    return f"{statistics.median(apart):.0%} apart in the median and {max(apart):.0%} at most"


def repeat_table(first: Document, second: Document) -> str:
    """Give a line for each pair, for who has just run it: the committed rate, this one, and their ratio."""
    lines = [f"{'':4} {'':22} {'committed':>10} {'now':>10} {'ratio':>6}"]
    lines += [
        f"{each.workload:4} {each.engine:22} {each.first:>10,.0f} {each.second:>10,.0f} {each.ratio:>6.2f}"
        for each in pairs(first, second)
    ]
    return "\n".join(lines)
