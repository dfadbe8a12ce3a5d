"""Many histories: run them by their seeds, stop at a violation, shrink it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ledgerpost.simulation.history import Ending, run_history
from ledgerpost.simulation.mutants import Mutant, installed_mutant
from ledgerpost.simulation.plan import Plan
from ledgerpost.simulation.profiles import Profile
from ledgerpost.simulation.shrink import shrunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violated invariant: the seed that shows it, the shortest plan that still does, and its timeline."""

    seed: int
    invariant: str
    what: str
    plan: Plan
    timeline: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a campaign. `histories` were run; `classes` counts them by target class."""

    histories: int = 0
    effects: int = 0
    faults: int = 0
    seconds: float = 0.0
    classes: Counter[str] = field(default_factory=Counter)
    finding: Finding | None = None

    @property
    def per_second(self) -> float:
        """Histories a second."""
        return self.histories / self.seconds if self.seconds else 0.0


def run_campaign(
    profile: Profile,
    seeds: Iterable[int],
    *,
    mutant: Mutant | None = None,
    is_shrunk: bool = True,
    progress: Callable[[Outcome], None] = lambda _: None,
) -> Outcome:
    """Run the history of each seed until one violates an invariant; that one is shrunk."""
    outcome, started = Outcome(), time.perf_counter()
    with installed_mutant(mutant):
        for seed in seeds:
            plan = profile.plan(seed)
            ending = run_history(plan)
            _count(outcome, plan, ending)
            outcome.seconds = time.perf_counter() - started
            if ending.violation is not None:
                outcome.finding = _finding(seed, plan, ending, is_shrunk=is_shrunk)
                break
            progress(outcome)
    return outcome


def _count(outcome: Outcome, plan: Plan, ending: Ending) -> None:
    outcome.histories += 1
    outcome.effects += ending.effects
    outcome.faults += ending.faults_struck
    outcome.classes[plan.target_class.value] += 1


def _finding(seed: int, plan: Plan, ending: Ending, *, is_shrunk: bool) -> Finding:
    assert ending.violation is not None, "a finding is a violation"
    shortest = shrunk(plan, ending.violation.invariant) if is_shrunk else plan
    told = run_history(shortest, is_traced=True)
    violation = told.violation or ending.violation
    return Finding(seed=seed, invariant=violation.invariant, what=violation.what, plan=shortest, timeline=told.trace)
