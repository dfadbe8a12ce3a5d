"""The breaker of one connection: whether its ledger is to be called at all. A state machine; pure.

    closed ─ failures in a row ─► open ─ its time is over ─► half-open ─ the probe is answered ─► closed
                                    ▲                            │
                                    └──── the probe failed ──────┘   each time for twice as long, up to a bound

While it is open no post of the connection is made, so that an outage burns no attempts and the ledger is left alone.
In half-open one post goes as the probe and the others wait for its answer. `epoch` grows with every opening, probe and
closing: an answer to a post of an earlier epoch tells nothing about this one and is left aside.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome

OUTAGE_CODES = frozenset(
    {"ledger_unavailable", "ledger_unreachable", "rate_limited", "ledger_failed", "reply_lost", "reply_unreadable"}
)
"""Codes that tell of the connection, not of the entry. One entry that always fails so does not open a breaker by
itself: between its attempts lies more than the window."""


class Phase(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Health(StrEnum):
    """What an outcome tells of the connection."""

    ANSWERED = "answered"
    FAILED = "failed"
    UNTOLD = "untold"
    """The ledger was not asked, or only something of ours failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """When a breaker opens, and for how long; all spans in seconds.

    It opens after `failures_max` failures in a row within `window_s`; 0: never. The n-th opening in a row lasts
    `open_s` · 2^(n - 1), at most `open_s_max` and never less than the ledger asked for. `probe_s` is how long a probe
    may take before it counts as lost; `poll_s` how soon others look again whether it was answered.
    """

    failures_max: int = 5
    window_s: float = 60.0
    open_s: float = 30.0
    open_s_max: float = 900.0
    probe_s: float = 90.0
    poll_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The state. `until`: open, when a probe may go; half-open, when the probe counts as lost."""

    phase: Phase = Phase.CLOSED
    failures: int = 0
    failing_since: datetime | None = None
    openings: int = 0
    until: datetime | None = None
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Pass:
    """The post may go; to be handed back with its answer."""

    epoch: int
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """No post may go before `until`."""

    until: datetime


def health_told_by(outcome: PostOutcome) -> Health:
    """Say what `outcome` tells of the connection. A refusal of the entry is an answer: the ledger is there."""
    if isinstance(outcome, Applied):
        return Health.ANSWERED
    if outcome.code in OUTAGE_CODES:
        return Health.FAILED
    return Health.UNTOLD if outcome.status is None else Health.ANSWERED


def admit(breaker: Breaker, policy: BreakerPolicy, now: datetime) -> tuple[Breaker, Pass | Blocked]:
    """Ask for a post: give the breaker after it, and whether the post may go."""
    if breaker.phase is Phase.CLOSED:
        return breaker, Pass(breaker.epoch)
    assert breaker.until is not None, "an open breaker says until when"
    if now < breaker.until:
        if breaker.phase is Phase.OPEN:
            return breaker, Blocked(breaker.until)
        return breaker, Blocked(min(breaker.until, now + timedelta(seconds=policy.poll_s)))
    epoch = breaker.epoch + 1
    until = now + timedelta(seconds=policy.probe_s)
    return replace(breaker, phase=Phase.HALF_OPEN, until=until, epoch=epoch), Pass(epoch, is_probe=True)


def answered(breaker: Breaker, passed: Pass, outcome: PostOutcome, policy: BreakerPolicy, now: datetime) -> Breaker:
    """Give the breaker after the post that `passed` let through came to `outcome`."""
    if passed.epoch != breaker.epoch:
        return breaker
    match health_told_by(outcome):
        case Health.ANSWERED:
            is_fresh = breaker.phase is Phase.CLOSED and not breaker.failures
            return breaker if is_fresh else Breaker(epoch=breaker.epoch + 1)
        case Health.FAILED:
            return _failed(breaker, outcome, policy, now)
        case Health.UNTOLD:
            return abandoned(breaker, passed, now)


def abandoned(breaker: Breaker, passed: Pass, now: datetime) -> Breaker:
    """Give the breaker after the post that `passed` let through was not made: the next comer probes."""
    if not passed.is_probe or passed.epoch != breaker.epoch:
        return breaker
    return replace(breaker, phase=Phase.OPEN, until=now)


def _failed(breaker: Breaker, outcome: PostOutcome, policy: BreakerPolicy, now: datetime) -> Breaker:
    if breaker.phase is Phase.HALF_OPEN:
        return _opened(breaker, outcome, policy, now)
    since = breaker.failing_since
    in_window = since is not None and now - since <= timedelta(seconds=policy.window_s)
    counted = replace(
        breaker,
        failures=breaker.failures + 1 if in_window else 1,
        failing_since=since if in_window else now,
    )
    opens = 0 < policy.failures_max <= counted.failures
    return _opened(counted, outcome, policy, now) if opens else counted


def _opened(breaker: Breaker, outcome: PostOutcome, policy: BreakerPolicy, now: datetime) -> Breaker:
    asked_s = (outcome.retry_after_s or 0.0) if isinstance(outcome, NotApplied) else 0.0
    open_s = max(asked_s, policy.open_s * 2.0 ** min(breaker.openings, 32))
    return Breaker(
        phase=Phase.OPEN,
        openings=breaker.openings + 1,
        until=now + timedelta(seconds=min(open_s, policy.open_s_max)),
        epoch=breaker.epoch + 1,
    )
