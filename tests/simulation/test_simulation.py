"""Seeded histories of faults: fresh ones with every run, and those that once found something."""

import os
import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest

from ledgerpost.domain.delivery import Status
from ledgerpost.domain.outcome import TargetClass
from ledgerpost.simulation.campaign import run_campaign
from ledgerpost.simulation.history import run_history
from ledgerpost.simulation.mutants import MUTANTS, Mutant
from ledgerpost.simulation.plan import Fault, Plan, Step, Verb, What
from ledgerpost.simulation.profiles import PROFILES

SHARES = {"nightly": 3, "orders": 5}
"""A history of these profiles takes so many times as long."""

FRESH = int(os.environ.get("SIMULATION_HISTORIES", "300"))
"""Fresh histories of each profile; a nightly run sets more."""


@pytest.mark.parametrize("name", list(PROFILES))
def test_whatever_strikes_every_invariant_holds(name: str, record_property: Callable[[str, object], None]) -> None:
    base = secrets.randbits(32)
    record_property("seed", base)
    outcome = run_campaign(PROFILES[name], range(base, base + FRESH // SHARES.get(name, 1)))
    found = outcome.finding
    again = f"ledgerpost simulate --profile {name} --seed {found.seed if found else base} --seeds 1"
    assert found is None, "\n".join([again, *found.timeline, f"{found.invariant}: {found.what}"])
    assert outcome.faults > outcome.histories / 2, "a simulation that strikes nowhere proves nothing"


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_each_defect_is_caught_by_an_invariant_that_is_named_for_it(mutant: Mutant) -> None:
    outcome = run_campaign(PROFILES[mutant.profile], range(600), mutant=mutant, is_shrunk=False)
    assert outcome.finding is not None, f"{mutant.name} was not caught in {outcome.histories} histories"
    assert outcome.finding.invariant in mutant.caught_by


def test_a_finding_is_shrunk_to_few_steps_and_faults() -> None:
    mutant = MUTANTS["amend-beside"]
    finding = run_campaign(PROFILES[mutant.profile], range(100), mutant=mutant).finding
    assert finding is not None
    assert len(finding.plan.steps) + len(finding.plan.faults) <= 3, "an approval and its amendment, or one lost reply"
    assert any("VIOLATION I2" in line for line in finding.timeline)


@pytest.mark.parametrize("seed", [3, 51, 148, 225])
@pytest.mark.parametrize("name", ["quick", "suspended", "closing", "orders"])
def test_the_same_seed_gives_the_same_posts_and_records(name: str, seed: int) -> None:
    plan = PROFILES[name].plan(seed)
    assert plan == PROFILES[name].plan(seed)
    assert run_history(plan).digest == run_history(plan).digest


def _approve(at_s: float, revision: int, total: str) -> Step:
    return Step(
        at_s=at_s,
        verb=Verb.APPROVE,
        tenant="acme",
        reference="R1",
        revision=revision,
        total=total,
        approved_at="2026-06-30T03:00:00Z",
    )


AMENDED = (_approve(0, 1, "10.00"), _approve(1, 2, "12.00"))

FOUND = {
    "a look-up ledger hides for a moment what it has just confirmed, and the amendment was created beside it": Plan(
        seed=1, target_class=TargetClass.LOOK_UP, steps=AMENDED, lag_s=6.0
    ),
    "an amendment was created beside the entry of a keyed ledger": Plan(
        seed=1, target_class=TargetClass.KEY, steps=AMENDED
    ),
    "an amendment was created beside the entry of a ledger of no class": Plan(
        seed=1, target_class=TargetClass.NONE, steps=AMENDED
    ),
    "a post whose reply was lost landed on top of the later version": Plan(
        seed=1,
        target_class=TargetClass.UPSERT,
        steps=AMENDED,
        faults=tuple(Fault(effect="post answer", nth=n, what=What.LATE, amount_s=10) for n in (1, 2)),
    ),
    "a route switched off and on again posted its delivered entries a second time": Plan(
        seed=1,
        target_class=TargetClass.NONE,
        steps=(
            AMENDED[0],
            Step(at_s=5, verb=Verb.DISABLE_ROUTE, tenant="acme", route="sales"),
            # Under way when the route was switched off: the first delivery message comes again.
        ),
        faults=tuple(Fault(effect="message", nth=n, what=What.DUPLICATE, amount_s=60) for n in (1, 2)),
    ),
    "a thawed worker's late post landed after it had been put right": Plan(
        seed=1,
        target_class=TargetClass.UPSERT,
        steps=AMENDED,
        faults=(
            Fault(effect="ledger ability", nth=1, what=What.FREEZE, amount_s=100),
            Fault(effect="post answer", nth=4, what=What.LATE, amount_s=7),
        ),
        is_suspended=True,
    ),
}


@pytest.mark.parametrize("plan", FOUND.values(), ids=FOUND)
def test_what_was_found_once_stays_mended(plan: Plan) -> None:
    for seed in range(6):
        ending = run_history(replace(plan, seed=seed), is_traced=True)
        assert ending.violation is None, "\n".join(ending.trace)


def test_an_outage_of_two_hours_burns_no_attempts_and_slows_no_other_ledger() -> None:
    steps = tuple(
        Step(
            at_s=n * 60,
            verb=Verb.APPROVE,
            tenant=tenant,
            reference=f"R{n}",
            revision=1,
            total=f"{n + 1}.25",
            approved_at="2026-06-30T03:00:00Z",
        )
        for n in range(100)
        for tenant in ("acme", "birch")
    )
    plan = Plan(seed=7, target_class=TargetClass.UPSERT, steps=steps, outage=("acme", 600, 7800))
    ending = run_history(plan)
    assert ending.violation is None, ending.violation
    records = ending.world.records()
    assert {record.status for record in records} == {Status.DELIVERED}, "all drains, and nothing was parked"
    assert len(records) == 400
    posted_late = [
        line
        for at_ms, line in ending.world.lines
        if line.tenant == "birch" and line.result not in ("delivered", "duplicate", "unchanged")
    ]
    assert posted_late == [], "the other ledger's entries never waited"
    assert max(record.attempts for record in records) <= 3, "no attempt budget was burnt on the outage"
    assert not any(record.code for record in records)
