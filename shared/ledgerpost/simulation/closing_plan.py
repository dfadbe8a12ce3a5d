"""From a seed to a history of closes: what a shop sells and when, who closes, and which faults they meet."""

import random
from dataclasses import replace

from ledgerpost.domain.outcome import TargetClass
from ledgerpost.simulation.plan import LAG_S_MAX, LATE_S_MAX, SKEW_S_MAX, Fault, Plan, Step, Verb, What
from ledgerpost.simulation.source import TENANTS

CLOSING_VERBS = frozenset({Verb.SELL, Verb.RUN_SCHEDULE, Verb.REOPEN, Verb.CLOSE_DAY})

MIDNIGHT_S = 6_400
"""The first midnight of UTC after the start of a history, when its companies run; Paris is an hour ahead."""

DAY_S = 86_400
_CREATED = ("2023-11-13T12:00:00Z", "2023-11-14T21:00:00Z", "2023-11-14T22:59:59Z", "2023-11-14T23:00:00Z")
"""Records of three days in Paris, two of them a second from midnight there."""

_DAYS = ("2023-11-13", "2023-11-14", "2023-11-15")
_TOTALS = ("10.00", "139.12", "0.10", "7.00", "-25.50", "508.20", "90071992547409.93", "0")
_STORE = (What.FAIL, What.FAIL_AFTER)
_STOP = (What.PAUSE, What.PAUSE, What.PAUSE_AFTER, What.FREEZE, What.FREEZE_AFTER, What.KILL, What.KILL_AFTER)
_ANSWERS = (What.CUT, What.SERVER_ERROR, What.LOST, What.LATE, What.LIMITED, What.BUSY)
_FAULTS: tuple[tuple[str, tuple[What, ...], int, int], ...] = (
    # effect, what may strike it, weight, the highest nth
    ("head read", _STORE + _STOP, 2, 8),
    ("commerce keep", _STORE + _STOP, 4, 8),
    ("late mark", _STORE + _STOP, 4, 5),
    ("late read", _STORE + _STOP, 2, 5),
    ("late unmark", _STORE + _STOP, 3, 4),
    ("day read", _STORE + _STOP, 5, 10),
    ("company read", _STORE + _STOP, 3, 12),
    ("company write", _STORE + _STOP, 4, 4),
    ("due read", _STORE + _STOP, 1, 4),
    ("close read", _STORE + _STOP, 4, 10),
    ("close write", _STORE + _STOP, 8, 10),
    ("run write", _STORE + _STOP, 2, 6),
    ("queue send", _STORE + _STOP, 8, 8),
    ("message", (What.DUPLICATE, What.DUPLICATE, What.DELAY, What.DEAD_LETTER, What.FAIL), 5, 10),
    ("record create", _STORE + _STOP, 2, 6),
    ("record replace", _STORE + _STOP, 3, 8),
    ("ledger post", _STOP, 3, 6),
    ("ledger find", _STOP, 1, 4),
    ("post answer", _ANSWERS, 6, 6),
)
_FAULTS_MAX = 8
_SALES_MAX = 9


def closing_plan(name: str, seed: int) -> Plan:
    """Give the history of `seed`: the same every time."""
    draw = random.Random(f"{name}/{seed}")  # noqa: S311 - a history that comes again with its seed
    tenants = TENANTS if draw.randrange(3) == 0 else TENANTS[:1]
    steps = [*_sales(draw, tenants), *_runs(draw), *_people(draw, tenants)]
    return Plan(
        seed=seed,
        target_class=draw.choice((TargetClass.UPSERT, TargetClass.LOOK_UP)),
        steps=tuple(sorted(steps, key=lambda step: step.at_s)),
        faults=tuple(_fault(draw) for _ in range(draw.randint(0, _FAULTS_MAX))),
        batch_size=draw.choice((1, 2, 10)),
        side_by_side=draw.random() < 0.5,
        lag_s=draw.choice((0, 0, 2, LAG_S_MAX)),
        skews_s=draw.choice(((0.0,), (0.0, SKEW_S_MAX, -SKEW_S_MAX), (SKEW_S_MAX, -SKEW_S_MAX))),
        is_closing=True,
    )


def _sales(draw: random.Random, tenants: tuple[str, ...]) -> list[Step]:
    """Versions of records in whatever order: before their day is closed, in that very moment, and long after."""
    made: dict[tuple[str, str, int], Step] = {}
    steps = []
    for _ in range(draw.randint(1, _SALES_MAX)):
        step = Step(
            at_s=draw.choice((0, 60, 3_000, MIDNIGHT_S - 1, MIDNIGHT_S, MIDNIGHT_S + 1, 7_000, 20_000, 95_000, 190_000))
            + draw.choice((0, 0, draw.random())),
            verb=Verb.SELL,
            tenant=draw.choice(tenants),
            reference=draw.choice(("o1", "o2", "o3", "o4", "f1")),
            revision=draw.randint(1, 3),
            total=draw.choice(_TOTALS),
            approved_at=draw.choice(_CREATED),
        )
        known = made.setdefault((step.tenant, step.reference, step.revision), step)
        steps.append(replace(known, at_s=step.at_s))
    return steps


def _runs(draw: random.Random) -> list[Step]:
    """The schedule's calls at each midnight: one, two at once, or another when the first one's lease is over."""
    offsets = ((0,), (0, 0), (0, 1), (0, 30), (0, 910), (0, 0, 910), (0, 3_600))
    return [
        Step(at_s=MIDNIGHT_S + night * DAY_S + offset_s, verb=Verb.RUN_SCHEDULE)
        for night in range(3)
        for offset_s in draw.choice(offsets)
    ]


def _people(draw: random.Random, tenants: tuple[str, ...]) -> list[Step]:
    steps = []
    for _ in range(draw.choice((0, 0, 1, 2))):
        at_s = draw.choice((MIDNIGHT_S, 7_000, 8_000, MIDNIGHT_S + DAY_S, 96_000)) + draw.choice((0, draw.random()))
        tenant, day = draw.choice(tenants), draw.choice(_DAYS)
        reopened = Step(at_s=at_s, verb=Verb.REOPEN, tenant=tenant, approved_at=day)
        closed = Step(at_s=at_s + draw.choice((0, 0.5, 1_000)), verb=Verb.CLOSE_DAY, tenant=tenant, approved_at=day)
        steps += draw.choice(([reopened, closed], [reopened], [closed], [closed]))
    if draw.randrange(4) == 0:
        verb = draw.choice((Verb.REPLAY, Verb.REDRIVE_DEAD_LETTERS))
        steps.append(Step(at_s=draw.choice((MIDNIGHT_S, 7_500, 100_000)), verb=verb))
    return steps


def _fault(draw: random.Random) -> Fault:
    effect, whats, _, nth_max = draw.choices(_FAULTS, [weight for _, _, weight, _ in _FAULTS])[0]
    what = draw.choice(whats)
    lengths: dict[What, tuple[float, ...]] = {
        What.FREEZE: (1, 10, 50, 600),
        What.FREEZE_AFTER: (1, 10, 50, 600),
        What.LATE: (0, LATE_S_MAX / 2, LATE_S_MAX),
        What.LIMITED: (1, 20, 120),
        What.DUPLICATE: (0, 2, 400, 90_000),
        What.DELAY: (1, 30, 900),
    }
    return Fault(
        effect=effect, nth=draw.randint(1, nth_max), what=what, amount_s=draw.choice(lengths.get(what, (0.0,)))
    )
