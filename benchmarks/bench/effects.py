"""What came of a run, from what the sink saw and when the engine took each approval in. Pure.

A *second effect* is a post that changed the ledger although the ledger had the entry already: on a sink that upserts
one that put an older version, or the same one again, over what was there; on a sink that only creates every entry
beyond the first of its reference. *Missing*: the entry never came. *Stale*: it came, and the latest version is not what
stands there in the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.bench.workloads import POISON, Workload

Applied = tuple[float, int, bool]
"""Instant (monotonic seconds), revision, and whether the post changed what the ledger holds."""

MOST = 0.99

Key = tuple[str, str]
"""Account and reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """The figures of a run. Latencies are milliseconds from when the engine took the latest version in to its effect.

    `seconds` runs from the first approval to the last effect; `entries_per_second` is that of the first 99 in a
    hundred, so that one straggler does not stand for the rest: `p99_ms` and `seconds` show it.
    """

    entries: int
    seconds: float
    entries_per_second: float
    p50_ms: float
    p99_ms: float
    posts: int
    lookups: int
    posts_per_entry: float
    second_effects: int
    missing: int
    stale: int
    poison_taken: int

    def as_json(self) -> dict[str, Any]:
        """Give the figures, rounded to what they are good for."""
        digits = {"seconds": 2, "entries_per_second": 1, "p50_ms": 0, "p99_ms": 0, "posts_per_entry": 3}
        return {name: round(value, digits[name]) if name in digits else value for name, value in asdict(self).items()}


def effects_of(
    workload: Workload, accepted: Sequence[float], started: float, report: Mapping[str, Any], mode: str
) -> Effects:
    """Add a run up. `accepted` has an instant for each approval, `report` is the sink's, `mode` the sink's mode."""
    applied: dict[Key, list[Applied]] = {
        (account, reference): [(at, revision, changed) for at, revision, changed in posts]
        for account, reference, posts in report["applied"]
    }
    expected = workload.expected()
    taken_in = _accepted_at(workload, accepted)
    histories = [(applied.get(key, []), revision) for key, revision in expected.items()]
    settled = _settled_at(applied, expected)
    waits = sorted(at - taken_in[(*key, expected[key])] for key, at in settled.items())
    after_s = sorted(at - started for at in settled.values())
    most = max(1, int(MOST * len(after_s)))
    most_s = after_s[most - 1] if after_s else 0.0
    posts_made = report["posts"] - report["poison_posts"]
    return Effects(
        entries=len(expected),
        seconds=after_s[-1] if after_s else 0.0,
        entries_per_second=most / most_s if most_s > 0 else 0.0,
        p50_ms=1000 * _percentile(waits, 0.50),
        p99_ms=1000 * _percentile(waits, 0.99),
        posts=posts_made,
        lookups=report["lookups"],
        posts_per_entry=posts_made / len(expected),
        second_effects=sum(_second_effects(posts, mode) for posts, _ in histories),
        missing=sum(not posts for posts, _ in histories),
        stale=sum(_is_stale(posts, revision, mode) for posts, revision in histories),
        poison_taken=sum(reference.startswith(POISON) for _, reference in applied),
    )


def _accepted_at(workload: Workload, accepted: Sequence[float]) -> dict[tuple[str, str, int], float]:
    return {
        (account, approval.reference, approval.revision): at
        for approval, at in zip(workload.approvals, accepted, strict=True)
        for account in workload.accounts[approval.tenant]
    }


def _settled_at(applied: Mapping[Key, Sequence[Applied]], expected: Mapping[Key, int]) -> dict[Key, float]:
    """Give for each entry the instant at which its latest version took effect, where it did."""
    effects = {
        key: next((at for at, its, changed in applied.get(key, ()) if its == revision and changed), None)
        for key, revision in expected.items()
    }
    return {key: at for key, at in effects.items() if at is not None}


def _is_stale(posts: Sequence[Applied], revision: int, mode: str) -> bool:
    return bool(posts) and mode == "upsert" and posts[-1][1] != revision


def _second_effects(posts: Sequence[Applied], mode: str) -> int:
    if mode == "create":
        return max(0, len(posts) - 1)
    latest = second = 0
    for _, revision, changed in posts:
        second += changed and revision <= latest
        latest = max(latest, revision)
    return second


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Give the smallest value that is not below `share` of all; 0 where there is none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
