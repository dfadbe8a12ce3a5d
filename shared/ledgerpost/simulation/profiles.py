"""From a seed to a plan: how large the histories of a profile are, and which faults they meet."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from ledgerpost.domain.outcome import TargetClass
from ledgerpost.simulation.closing_plan import CLOSING_VERBS, closing_plan
from ledgerpost.simulation.orders_plan import orders_plan
from ledgerpost.simulation.plan import LAG_S_MAX, LATE_S_MAX, SKEW_S_MAX, Fault, Plan, Step, Verb, What
from ledgerpost.simulation.source import ROUTES, TENANTS

ANY_CLASS = (TargetClass.UPSERT, TargetClass.LOOK_UP, TargetClass.KEY, TargetClass.NONE)

TOTALS = ("10.00", "0.1", "139.12", "2.675", "1.005", "-25.50", "508.20000000000005", "90071992547409.93", "0.285", "0")
"""Amounts that binary fractions get wrong, a reversal and a zero."""

INSTANTS = ("2026-03-28T23:30:00Z", "2026-03-29T01:30:00Z", "2026-10-25T22:59:59Z", "2026-06-30T03:00:00Z")
"""Approvals whose day depends on the zone, some on days when clocks change."""

_STORE = (What.FAIL, What.FAIL_AFTER)
_STOP = (What.PAUSE, What.PAUSE, What.PAUSE_AFTER, What.FREEZE, What.FREEZE_AFTER, What.KILL, What.KILL_AFTER)
_ANSWERS = (What.CUT, What.CUT, What.SERVER_ERROR, What.LOST, What.LATE, What.LATE, What.LIMITED, What.BUSY)
_FAULTS: tuple[tuple[str, tuple[What, ...], int, int], ...] = (
    # effect, what may strike it, weight, the highest nth
    ("record create", _STORE + _STOP, 3, 10),
    ("record replace", _STORE + _STOP, 5, 9),
    ("record get", _STORE + _STOP, 2, 6),
    ("record due", _STORE + _STOP, 1, 4),
    ("routes read", _STORE + _STOP, 2, 10),
    ("queue send", _STORE + _STOP, 4, 8),
    ("ledger ability", _STOP, 2, 7),
    ("ledger request", _STOP, 3, 6),
    ("ledger post", _STOP, 4, 6),
    ("ledger find", _STOP, 2, 6),
    ("message", (What.DUPLICATE, What.DUPLICATE, What.DELAY, What.DEAD_LETTER, What.FAIL), 4, 10),
    ("post answer", _ANSWERS, 8, 6),
    ("find answer", (What.BUSY, What.LIMITED, What.LOST), 1, 4),
    ("ability answer", (What.BUSY, What.LIMITED, What.LOST), 1, 4),
    ("pauses read", _STORE + _STOP, 1, 8),
    ("pause write", _STORE + _STOP, 1, 2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the histories of one name are like. The numbers are the most that one history has."""

    name: str
    says: str
    classes: tuple[TargetClass, ...] = ANY_CLASS
    references_max: int = 3
    approvals_max: int = 7
    faults_max: int = 8
    operators_max: int = 3
    updates: bool | None = None
    """Whether a ledger that is searched updates what was found; None: half of them do."""
    is_wire: bool = False
    is_closing: bool = False
    is_orders: bool = False
    is_suspended: bool = False

    def plan(self, seed: int) -> Plan:
        """Give the history of `seed`: the same every time."""
        if self.is_closing:
            return closing_plan(self.name, seed)
        if self.is_orders:
            return orders_plan(seed, approvals_max=self.approvals_max, faults_max=self.faults_max)
        return _Drawing(self, seed).plan()


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(name="quick", says="small histories of every target class, as CI runs them"),
        Profile(name="nightly", says="larger ones with more faults", references_max=5, approvals_max=14, faults_max=16),
        Profile(name="upsert", says="a ledger that writes over", classes=(TargetClass.UPSERT,)),
        Profile(
            name="look-up",
            says="a ledger that only creates and can be searched",
            classes=(TargetClass.LOOK_UP,),
            updates=False,
        ),
        Profile(
            name="look-up-updates",
            says="a ledger that can be searched and updates what is named",
            classes=(TargetClass.LOOK_UP,),
            updates=True,
        ),
        Profile(name="key", says="a ledger that remembers an idempotency key", classes=(TargetClass.KEY,)),
        Profile(name="none", says="a ledger with none of the three", classes=(TargetClass.NONE,)),
        Profile(
            name="wire",
            says="the product's own connector, with tokens that end, are revoked, and secrets that are rotated",
            classes=(TargetClass.UPSERT, TargetClass.LOOK_UP),
            updates=False,
            is_wire=True,
        ),
        Profile(
            name="orders",
            says="sales orders through Acumatica's own connector, which searches before it writes",
            classes=(TargetClass.LOOK_UP,),
            updates=True,
            is_orders=True,
        ),
        Profile(
            name="suspended",
            says="workers that thaw after Lambda would have killed them, on a ledger that writes over",
            classes=(TargetClass.UPSERT,),
            is_suspended=True,
        ),
        Profile(name="closing", says="a shop's days are closed, and their documents delivered", is_closing=True),
    )
}


def _ends_a_repair(fault: Fault) -> bool:
    """Say whether a worker that thawed too late, and so has posted over newer content, may be kept from telling of it.

    That it then stays so is not promised (docs/reliability.md); Lambda kills a worker before it could thaw so late.
    """
    if fault.what in (What.KILL, What.KILL_AFTER):
        return True
    return fault.what in _STORE and fault.effect in ("record replace", "queue send", "message")


class _Drawing:
    """Draws one plan."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self._profile = profile
        self._seed = seed
        self._draw = random.Random(f"{profile.name}/{seed}")  # noqa: S311 - a history that comes again with its seed

    def plan(self) -> Plan:
        draw, profile = self._draw, self._profile
        target_class = draw.choice(profile.classes)
        references = [f"R{n}" for n in range(1, draw.randint(1, profile.references_max) + 1)]
        tenants = TENANTS if self._rarely(3) else TENANTS[:1]
        # A keyed ledger takes no amendment, and what a lost worker left in doubt there cannot be told by version.
        only_first = target_class is TargetClass.KEY
        approvals = self._approvals(references, tenants, only_first=only_first)
        operators = self._operators(references, tenants, only_first=only_first)
        plan = Plan(
            seed=self._seed,
            target_class=target_class,
            steps=tuple(sorted([*approvals, *operators], key=lambda step: step.at_s)),
            faults=tuple(self._faults()),
            batch_size=draw.choice((1, 2, 10)),
            side_by_side=draw.random() < 0.5,
            lag_s=draw.choice((0, 0, 2, LAG_S_MAX)),
            skews_s=draw.choice(((0.0,), (0.0, SKEW_S_MAX, -SKEW_S_MAX), (SKEW_S_MAX, -SKEW_S_MAX))),
            poison=(references[-1],) if len(references) > 1 and self._rarely(5) else (),
            forbidden=(ROUTES["group"][0],) if self._rarely(8) else (),
            is_suspended=profile.is_suspended,
            # Drawn last, so that the histories of the other classes stay what they were.
            updates=self._updates(target_class),
            is_wire=profile.is_wire,
        )
        return self._with_tokens_that_end(plan, tenants) if profile.is_wire else plan

    def _with_tokens_that_end(self, plan: Plan, tenants: tuple[str, ...]) -> Plan:
        """Let tokens be revoked, also twice in a row, and a secret be rotated."""
        draw = self._draw
        nths = draw.sample(range(1, 10), k=draw.randint(0, 4))
        revoked = [Fault(effect="token check", nth=nth, what=What.REVOKED) for nth in nths]
        rotations = [
            Step(at_s=draw.choice((0, 0.5, 2, 40, 450)), verb=Verb.ROTATE_SECRET, tenant=draw.choice(tenants))
            for _ in range(draw.choice((0, 0, 1, 2)))
        ]
        steps = sorted([*plan.steps, *rotations], key=lambda step: step.at_s)
        return replace(plan, steps=tuple(steps), faults=(*plan.faults, *revoked))

    def _updates(self, target_class: TargetClass) -> bool:
        if target_class is not TargetClass.LOOK_UP:
            return False
        return self._draw.random() < 0.5 if self._profile.updates is None else self._profile.updates

    def _rarely(self, one_in: int) -> bool:
        return self._draw.randrange(one_in) == 0

    def _approvals(self, references: list[str], tenants: tuple[str, ...], *, only_first: bool) -> list[Step]:
        draw = self._draw
        made: dict[tuple[str, str, int], Step] = {}
        steps = []
        for _ in range(draw.randint(1, self._profile.approvals_max)):
            tenant, reference, revision = (
                draw.choice(tenants),
                draw.choice(references),
                1 if only_first else draw.randint(1, 3),
            )
            step = Step(
                at_s=draw.choice((0, 0, 0, 1, 5, 30, 95, 400, 4000)) + draw.choice((0, 0, draw.random())),
                verb=Verb.APPROVE,
                tenant=tenant,
                reference=reference,
                revision=revision,
                total=draw.choice(TOTALS),
                approved_at=draw.choice(INSTANTS),
                kind="SalePaymentApproved" if self._rarely(40) else "SaleDocumentApproved",
            )
            known = made.setdefault((tenant, reference, revision), step)
            # The same approval again says the same, but for a rare source that contradicts itself.
            total = step.total if self._rarely(20) and not only_first else known.total
            steps.append(
                Step(
                    at_s=step.at_s,
                    verb=Verb.APPROVE,
                    tenant=tenant,
                    reference=reference,
                    revision=revision,
                    total=total,
                    approved_at=known.approved_at,
                    kind=known.kind,
                )
            )
        return steps

    def _operators(self, references: list[str], tenants: tuple[str, ...], *, only_first: bool) -> list[Step]:
        draw = self._draw
        unwanted = {Verb.APPROVE, Verb.ROTATE_SECRET, *CLOSING_VERBS, *((Verb.EDIT_ROUTE,) if only_first else ())}
        verbs = [verb for verb in Verb if verb not in unwanted]
        count = draw.choice((0, 0, 1, self._profile.operators_max))
        return [
            Step(
                at_s=draw.choice((0, 1, 3, 20, 100, 500, 5000)) + draw.choice((0, draw.random())),
                verb=draw.choice(verbs),
                tenant=draw.choice(tenants),
                route=draw.choice(list(ROUTES)),
                reference=draw.choice(references),
            )
            for _ in range(count)
        ]

    def _faults(self) -> list[Fault]:
        draw = self._draw
        weights = [weight for _, _, weight, _ in _FAULTS]
        chosen = draw.choices(_FAULTS, weights, k=draw.randint(0, self._profile.faults_max))
        faults = [self._fault(effect, draw.choice(whats), nth_max) for effect, whats, _, nth_max in chosen]
        return [fault for fault in faults if not (self._profile.is_suspended and _ends_a_repair(fault))]

    def _fault(self, effect: str, what: What, nth_max: int) -> Fault:
        lengths: dict[What, Callable[[], float]] = {
            What.FREEZE: self._frozen_s,
            What.FREEZE_AFTER: self._frozen_s,
            What.LATE: lambda: self._draw.uniform(0, LATE_S_MAX),
            What.LIMITED: lambda: self._draw.choice((1, 20, 120)),
            What.DUPLICATE: lambda: self._draw.choice((0, 0, 2, 60, 400, 90_000)),
            What.DELAY: lambda: self._draw.choice((1, 30, 900)),
        }
        amount_s = round(lengths[what](), 3) if what in lengths else 0.0
        return Fault(effect=effect, nth=self._draw.randint(1, nth_max), what=what, amount_s=amount_s)

    def _frozen_s(self) -> float:
        if self._profile.is_suspended:
            return self._draw.choice((1, 30, 100, 400, 700))
        return self._draw.choice((1, 10, 30, 50))
