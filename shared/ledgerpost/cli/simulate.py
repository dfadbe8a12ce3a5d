"""`ledgerpost simulate`: seeded histories of faults through the real handlers, until an invariant breaks."""

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json, results, table
from ledgerpost.errors import UsageError

if TYPE_CHECKING:
    from ledgerpost.simulation.campaign import Outcome
    from ledgerpost.simulation.mutants import Mutant
    from ledgerpost.simulation.profiles import Profile

# The simulator is loaded where it runs: it brings every handler, which no other command needs.

SEED_BITS = 32


def simulate(
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many histories to run.")] = 1000,
    profile: Annotated[
        str, typer.Option("--profile", help="quick, nightly, upsert, look-up, key, none, suspended or closing.")
    ] = "quick",
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="The first seed; without it a fresh one.")] = None,
    mutant: Annotated[str | None, typer.Option("--mutant", help="Run with this defect in place, or `all`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run seeded histories with faults and look at every invariant. Exit 1: one is violated."""
    first = secrets.randbits(SEED_BITS) if seed is None else seed
    if mutant is not None:
        _hunt(mutant, seeds, first if seed is not None else 0, as_json=as_json)
        return
    chosen = _profile_of(profile)
    outcome = _run(chosen, range(first, first + seeds), None)
    if as_json:
        print_json(_document(chosen, first, outcome))
    else:
        _print(chosen, first, outcome)
    if outcome.finding is not None:
        leave(NEEDS_A_PERSON)


def _profile_of(name: str) -> "Profile":
    from ledgerpost.simulation.profiles import PROFILES  # noqa: PLC0415

    if name not in PROFILES:
        raise UsageError("usage", f"There is no profile {name!r}; there are {', '.join(PROFILES)}.")
    return PROFILES[name]


def _run(profile: "Profile", seeds: range, mutant: "Mutant | None") -> "Outcome":
    from ledgerpost.simulation.campaign import run_campaign  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, TimeRemainingColumn(), console=messages, transient=True) as progress:
        task = progress.add_task(mutant.name if mutant else profile.name, total=len(seeds), rate="")

        def told(outcome: "Outcome") -> None:
            progress.update(task, completed=outcome.histories, rate=f"{outcome.per_second:.0f}/s")

        return run_campaign(profile, seeds, mutant=mutant, progress=told)


def _print(profile: "Profile", first: int, outcome: "Outcome") -> None:
    shown = table(f"Simulation: {profile.name}, {profile.says}", "what", "count", numbers=("count",))
    shown.add_row("histories", f"{outcome.histories:,}")
    for target_class, count in sorted(outcome.classes.items()):
        shown.add_row(f"  on a target of class {target_class}", f"{count:,}")
    shown.add_row("effects, each a place to fail", f"{outcome.effects:,}")
    shown.add_row("faults that struck", f"{outcome.faults:,}")
    shown.add_row("histories per second", f"{outcome.per_second:,.0f}")
    shown.add_row("violations", "0" if outcome.finding is None else "1")
    results.print(shown)
    if outcome.finding is None:
        results.print(f"Every invariant held. Seeds {first} to {first + outcome.histories - 1}.")
        return
    finding = outcome.finding
    for line in finding.timeline:
        results.print(line, highlight=False, markup=False)
    results.print(f"{finding.invariant} is violated: {finding.what}", highlight=False, markup=False)
    results.print(
        f"Again: ledgerpost simulate --profile {profile.name} --seed {finding.seed} --seeds 1", highlight=False
    )


def _hunt(name: str, seeds: int, first: int, *, as_json: bool) -> None:
    """Run with a defect in place, or with each: a defect that is not caught ends with exit code 1."""
    from ledgerpost.simulation.mutants import MUTANTS  # noqa: PLC0415
    from ledgerpost.simulation.profiles import PROFILES  # noqa: PLC0415

    if name != "all" and name not in MUTANTS:
        raise UsageError("usage", f"There is no mutant {name!r}; there are {', '.join(MUTANTS)}.")
    hunted = [MUTANTS[name]] if name != "all" else list(MUTANTS.values())
    caught = [(each, _run(PROFILES[each.profile], range(first, first + seeds), each)) for each in hunted]
    if as_json:
        print_json([{"mutant": m.name} | _document(PROFILES[m.profile], first, outcome) for m, outcome in caught])
    else:
        shown = table("Mutants", "mutant", "defect", "caught by", "histories", numbers=("histories",))
        for each, outcome in caught:
            by = outcome.finding.invariant if outcome.finding else "nobody"
            shown.add_row(each.name, each.says, by, f"{outcome.histories:,}")
        results.print(shown)
    if any(outcome.finding is None or outcome.finding.invariant not in m.caught_by for m, outcome in caught):
        leave(NEEDS_A_PERSON)


def _document(profile: "Profile", first: int, outcome: "Outcome") -> dict[str, Any]:
    document: dict[str, Any] = {
        "profile": profile.name,
        "seed": first,
        "histories": outcome.histories,
        "classes": dict(outcome.classes),
        "effects": outcome.effects,
        "faults": outcome.faults,
        "seconds": round(outcome.seconds, 1),
        "historiesPerSecond": round(outcome.per_second, 1),
        "violation": None,
    }
    if outcome.finding is not None:
        finding = outcome.finding
        document["violation"] = {
            "seed": finding.seed,
            "invariant": finding.invariant,
            "what": finding.what,
            "plan": asdict(finding.plan),
            "timeline": list(finding.timeline),
        }
    return document
