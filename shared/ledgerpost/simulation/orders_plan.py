"""From a seed to a history of sales orders on Acumatica."""

import random

from ledgerpost.domain.outcome import TargetClass
from ledgerpost.simulation.plan import LAG_S_MAX, LATE_S_MAX, SKEW_S_MAX, Fault, Plan, Step, Verb, What

REFERENCES = ("R1", "R2", "R3")

_STORE = (What.FAIL, What.FAIL_AFTER)
_STOP = (What.PAUSE, What.PAUSE_AFTER, What.FREEZE, What.FREEZE_AFTER, What.KILL, What.KILL_AFTER)
_WRITE = (
    What.CUT, What.CUT, What.SERVER_ERROR, What.SERVER_ERROR, What.LOST, What.LATE, What.LIMITED, What.BUSY,
    What.REVOKED,
)  # fmt: skip
_READ = (What.LOST, What.LIMITED, What.BUSY, What.REVOKED)
_FAULTS: tuple[tuple[str, tuple[What, ...], int, int], ...] = (
    # effect, what may strike it, weight, the highest nth
    ("record create", _STORE + _STOP, 1, 4),
    ("record replace", _STORE + _STOP, 4, 9),
    ("queue send", _STORE + _STOP, 2, 8),
    ("claim read", _STORE + _STOP, 1, 3),
    ("claim write", _STORE + _STOP, 4, 4),
    ("message", (What.DUPLICATE, What.DUPLICATE, What.DELAY), 3, 8),
    ("order request", _STOP, 5, 40),
    ("order write", _STOP, 8, 12),
    ("order read", _STOP, 3, 40),
    ("order write answer", _WRITE, 14, 12),
    ("order write answer", (What.SERVER_ERROR, What.LATE, What.CUT), 5, 2),
    ("order read answer", _READ, 3, 40),
)


def orders_plan(seed: int, *, approvals_max: int, faults_max: int) -> Plan:
    """Give the history of `seed`: the same every time."""
    draw = random.Random(f"orders/{seed}")  # noqa: S311 - a history that comes again with its seed
    references = REFERENCES[: draw.randint(1, len(REFERENCES))]
    approvals = [
        Step(
            at_s=draw.choice((0, 0, 0, 1, 5, 30, 95, 400)) + draw.choice((0, 0, draw.random())),
            verb=Verb.APPROVE,
            tenant="acme",
            reference=draw.choice(references),
            revision=draw.randint(1, 3),
            approved_at="2026-03-01T15:00:00Z",
            kind="SalesOrderApproved",
        )
        for _ in range(draw.randint(1, approvals_max))
    ]
    people = [
        Step(
            at_s=draw.choice((1, 20, 100, 500)),
            verb=draw.choice((Verb.REDRIVE, Verb.REPLAY, Verb.GARBAGE)),
            tenant="acme",
            reference=draw.choice(references),
        )
        for _ in range(draw.choice((0, 0, 1, 2)))
    ]
    return Plan(
        seed=seed,
        target_class=TargetClass.LOOK_UP,
        steps=tuple(sorted([*approvals, *people], key=lambda step: step.at_s)),
        faults=tuple(_faults(draw, faults_max)),
        batch_size=draw.choice((1, 2, 10)),
        # The connector's threads wait for one another on locks, which fibers must not: here workers are processes.
        side_by_side=False,
        lag_s=draw.choice((0, 0, 2, LAG_S_MAX)),
        skews_s=draw.choice(((0.0,), (0.0, SKEW_S_MAX, -SKEW_S_MAX))),
        updates=True,
        is_orders=True,
        numbers_customers=draw.random() < 0.7,
    )


def _faults(draw: random.Random, faults_max: int) -> list[Fault]:
    weights = [weight for _, _, weight, _ in _FAULTS]
    chosen = draw.choices(_FAULTS, weights, k=draw.randint(0, faults_max))
    return [_fault(draw, effect, draw.choice(whats), nth_max) for effect, whats, _, nth_max in chosen]


def _fault(draw: random.Random, effect: str, what: What, nth_max: int) -> Fault:
    lengths: dict[What, tuple[float, ...]] = {
        What.FREEZE: (1, 10, 30, 50),
        What.FREEZE_AFTER: (1, 10, 30, 50),
        What.LATE: (0, 1, 5, LATE_S_MAX),
        What.LIMITED: (1, 20, 120),
        What.DUPLICATE: (0, 0, 2, 60, 400),
        What.DELAY: (1, 30, 900),
    }
    return Fault(
        effect=effect, nth=draw.randint(1, nth_max), what=what, amount_s=draw.choice(lengths.get(what, (0.0,)))
    )
