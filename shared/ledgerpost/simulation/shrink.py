"""From a history that fails to the shortest one that still fails in the same way."""

from collections.abc import Iterator
from dataclasses import replace

from ledgerpost.simulation.history import run_history
from ledgerpost.simulation.plan import Plan

RUNS_MAX = 400
EFFECTS_MAX = 100_000
"""Effects of all runs together: a history that never rests must not be shrunk for ever."""


def shrunk(plan: Plan, invariant: str) -> Plan:
    """Leave out steps, faults and settings as long as the same invariant is violated; within bounds."""
    runs, effects = 0, 0
    is_smaller = True
    while is_smaller and runs < RUNS_MAX and effects < EFFECTS_MAX:
        is_smaller = False
        for candidate in _smaller(plan):
            ending = run_history(candidate)
            runs, effects, violation = runs + 1, effects + ending.effects, ending.violation
            if violation is not None and violation.invariant == invariant:
                plan, is_smaller = candidate, True
                break
            if runs >= RUNS_MAX or effects >= EFFECTS_MAX:
                break
    return plan


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Give plans with one thing less, halves first."""
    for name in ("faults", "steps"):
        parts = getattr(plan, name)
        for length in (len(parts) // 2, 1):
            if not length or length == len(parts) == 1:
                continue
            for start in range(0, len(parts), length):
                yield replace(plan, **{name: parts[:start] + parts[start + length :]})
    plainer: dict[str, object] = {
        "poison": (), "forbidden": (), "skews_s": (0.0,), "lag_s": 0.0, "side_by_side": False, "batch_size": 1
    }  # fmt: skip
    for name, value in plainer.items():
        if getattr(plan, name) != value:
            yield replace(plan, **{name: value})  # type: ignore[arg-type]
    if len(plan.faults) == 1:
        yield replace(plan, faults=())
