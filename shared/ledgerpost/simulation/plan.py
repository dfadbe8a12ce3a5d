"""A history before it happens: what is approved, what people do, and which faults strike where. Plain values.

A plan is all that a run depends on, so leaving out a part of it gives a smaller history that can be run as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledgerpost.domain.outcome import TargetClass

LATE_S_MAX = 12.0
"""How long after we gave up on a post the ledger may still apply it."""

LAG_S_MAX = 6.0
"""How long an applied entry may stay hidden from a look-up. Together with `LATE_S_MAX` and clocks ten seconds apart it
stays below the read lag that the delivery function waits (30 s)."""

SKEW_S_MAX = 5.0


class Verb(StrEnum):
    """What happens from outside, at a time."""

    APPROVE = "approve"
    """The source publishes an approval, under a new event id each time."""
    EDIT_ROUTE = "edit route"
    DISABLE_ROUTE = "disable route"
    ENABLE_ROUTE = "enable route"
    REDRIVE = "redrive"
    """A person redrives every parked delivery."""
    SKIP = "skip"
    """A person skips a delivery."""
    REPLAY = "replay"
    """The archive publishes every event so far again, under its own id."""
    REDRIVE_DEAD_LETTERS = "redrive dead letters"
    ROTATE_SECRET = "rotate secret"  # noqa: S105 - what a person does
    """The client secret is replaced; the one before, and its tokens, let nobody in any more."""
    SELL = "sell"
    """A shop approves a version of a commerce record; `approved_at` is when the record was created."""
    RUN_SCHEDULE = "run the schedule"
    """The scheduled function is called, whatever else runs."""
    REOPEN = "reopen"
    """A person reopens the day that `approved_at` names."""
    CLOSE_DAY = "close a day"
    """A person closes the day that `approved_at` names."""
    GARBAGE = "garbage"
    """A message that nobody can read lies in the delivery queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happens from outside, `at_s` seconds after the start."""

    at_s: float
    verb: Verb
    tenant: str = ""
    route: str = ""
    reference: str = ""
    revision: int = 0
    total: str = ""
    approved_at: str = ""
    kind: str = "SaleDocumentApproved"


class What(StrEnum):
    """A fault. Those of the ledger strike a post, a look-up or a question; the others any effect, or a message."""

    PAUSE = "another worker goes first"
    PAUSE_AFTER = "another worker goes on, after the effect"
    FREEZE = "frozen before"
    FREEZE_AFTER = "frozen after"
    KILL = "killed before"
    KILL_AFTER = "killed after"
    FAIL = "fails, without effect"
    FAIL_AFTER = "fails, after taking effect"
    DUPLICATE = "message twice"
    DELAY = "message late"
    DEAD_LETTER = "message to the dead letters"
    CUT = "applied, reply lost"
    SERVER_ERROR = "applied, then answered 500"
    LOST = "not applied, reply lost"
    LATE = "reply lost, applied later"
    REVOKED = "all tokens revoked"
    LIMITED = "429 with Retry-After"
    BUSY = "503"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`what` strikes the `nth` effect (from 1) of that `effect` name; `amount_s` is its length in seconds."""

    effect: str
    nth: int
    what: What
    amount_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One history. `skews_s` are the clock errors of the workers, in their order, over and over.

    `is_suspended` lets a frozen worker outlive its invocation, as a suspended laptop does; Lambda kills it. `poison`
    are references that the ledger refuses, `forbidden` the accounts that it does not let us write to.
    """

    seed: int
    target_class: TargetClass
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...] = ()
    batch_size: int = 10
    side_by_side: bool = True
    lag_s: float = 0.0
    skews_s: tuple[float, ...] = (0.0,)
    poison: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    outage: tuple[str, float, float] | None = None
    """The tenant whose ledger cannot be reached, from and to in seconds after the start."""
    updates: bool = False
    """Whether a ledger that is searched writes over what was found."""
    is_wire: bool = False
    """Whether the product's own connector speaks to the ledger, by tokens that end."""
    is_closing: bool = False
    """Whether a shop's records are kept and its days closed; the documents are what is delivered."""
    is_orders: bool = False
    """Whether the ledger is Acumatica's simulator, and what is approved are sales orders."""
    numbers_customers: bool = False
    """Whether that ledger numbers customers itself, so that writing one twice makes two."""
    is_suspended: bool = False
    is_replayed: bool = True

    def faults_by_place(self) -> Mapping[tuple[str, int], tuple[Fault, ...]]:
        """Give the faults by the effect that they strike."""
        places: dict[tuple[str, int], tuple[Fault, ...]] = {}
        for fault in self.faults:
            place = fault.effect, fault.nth
            places[place] = (*places.get(place, ()), fault)
        return places
