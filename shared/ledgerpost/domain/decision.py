"""What follows from an outcome: the next status, when, and who acts. One table; pure."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from ledgerpost.domain.claim import Result
from ledgerpost.domain.delivery import HISTORY_LENGTH_MAX, Attempt, DeliveryRecord, Effect, Status
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry, TargetClass, Unknown, name_of

RETRY_AFTER_S_MAX = 900.0
"""What a ledger may ask us to wait. Source: http-conventions, section 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a post is tried again.

    Before attempt n + 1 lies a wait drawn evenly from [0, `delays_s[n - 1]`] (full jitter), never less than what the
    ledger asked for; after the last delay the entry is parked. `read_lag_s` is how long a target that is searched may
    take to show what it applied: an unknown outcome there is not settled earlier. `lease_s` bounds one attempt.
    Source: design, section 5 (Svix's schedule); http-conventions, section 3.
    """

    delays_s: tuple[float, ...] = (5, 300, 1800, 7200, 18000, 36000, 36000)
    read_lag_s: float = 30.0
    lease_s: float = 90.0

    @property
    def attempts_max(self) -> int:
        """Posts of one version before it is parked."""
        return len(self.delays_s) + 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The record after an attempt, and what to report of it."""

    record: DeliveryRecord
    result: Result


def decide(
    record: DeliveryRecord,
    outcome: PostOutcome,
    target_class: TargetClass,
    policy: RetryPolicy,
    now: datetime,
    *,
    open_until: datetime | None = None,
) -> Verdict:
    """Give what becomes of a claimed `record` after `outcome`.

    | outcome                | next status                                      | who acts             |
    | ---------------------- | ------------------------------------------------ | -------------------- |
    | applied                | delivered                                        | nobody               |
    | not applied, later     | retrying; parked after the schedule              | nobody, then a person |
    | not applied, never     | parked with the ledger's code                    | a person             |
    | unknown                | unconfirmed: settled by look-up, key or upsert   | nobody               |
    | unknown, class none    | parked: outcome_unknown                          | a person             |

    `open_until` is given where the connection's breaker is open: nothing is tried before, and a refusal that says only
    that the ledger cannot be reached is no attempt of the entry's own.
    """
    assert record.status is Status.IN_FLIGHT, "only a claim is decided on"
    match outcome:
        case Applied():
            return _applied(record, outcome, now)
        case NotApplied(retry=Retry.NEVER):
            return _parked(record, outcome, now, outcome.code)
        case NotApplied():
            if open_until is not None and record.attempts:
                return _put_off(record, outcome, open_until, now)
            verdict = _again(record, outcome, Status.RETRYING, target_class=target_class, policy=policy, now=now)
            return _not_before(open_until, verdict)
        case Unknown():
            if target_class is TargetClass.NONE:
                return _parked(record, outcome, now, "outcome_unknown")
            verdict = _again(record, outcome, Status.UNCONFIRMED, target_class=target_class, policy=policy, now=now)
            return _not_before(open_until, verdict)
        case _:
            assert_never(outcome)


def _applied(record: DeliveryRecord, outcome: Applied, now: datetime) -> Verdict:
    effect = Effect(outcome.ledger_id, record.version, record.fingerprint, now)
    changes = _attempted(record, outcome, now) | {"effect": effect, "unsettled": False}
    return Verdict(record.moved(Status.DELIVERED, now, **changes), Result.DELIVERED)


def _parked(record: DeliveryRecord, outcome: NotApplied | Unknown, now: datetime, code: str) -> Verdict:
    unsettled = record.unsettled or isinstance(outcome, Unknown)
    changes = _attempted(record, outcome, now) | {"unsettled": unsettled, "code": code, "detail": outcome.detail}
    return Verdict(record.moved(Status.PARKED, now, **changes), Result.PARKED)


def _again(
    record: DeliveryRecord,
    outcome: NotApplied | Unknown,
    status: Status,
    *,
    target_class: TargetClass,
    policy: RetryPolicy,
    now: datetime,
) -> Verdict:
    if record.attempts + 1 >= policy.attempts_max:
        in_doubt = record.unsettled or status is Status.UNCONFIRMED
        return _parked(record, outcome, now, "outcome_unknown" if in_doubt else "retries_exhausted")
    # A claim that was in doubt stays in doubt after a refusal: only an answer about that earlier post settles it.
    status = Status.UNCONFIRMED if record.unsettled else status
    due_at = now + timedelta(seconds=_wait_s(record, outcome, status, target_class, policy))
    changes = _attempted(record, outcome, now) | {"due_at": due_at, "code": outcome.code, "detail": outcome.detail}
    result = Result.UNCONFIRMED if status is Status.UNCONFIRMED else Result.RETRYING
    return Verdict(record.moved(status, now, **changes), result)


def _put_off(record: DeliveryRecord, outcome: NotApplied, until: datetime, now: datetime) -> Verdict:
    """Give the record as waiting for the connection; the first attempt alone is counted, so that its time is known."""
    status = Status.UNCONFIRMED if record.unsettled else Status.RETRYING
    moved = record.moved(status, now, due_at=until, code=outcome.code, detail=outcome.detail)
    return Verdict(moved, Result.UNCONFIRMED if record.unsettled else Result.RETRYING)


def _not_before(open_until: datetime | None, verdict: Verdict) -> Verdict:
    due_at = verdict.record.due_at
    if open_until is None or due_at is None or due_at >= open_until:
        return verdict
    return replace(verdict, record=replace(verdict.record, due_at=open_until))


def _wait_s(
    record: DeliveryRecord,
    outcome: NotApplied | Unknown,
    status: Status,
    target_class: TargetClass,
    policy: RetryPolicy,
) -> float:
    asked_s = min(outcome.retry_after_s or 0.0, RETRY_AFTER_S_MAX) if isinstance(outcome, NotApplied) else 0.0
    lag_s = policy.read_lag_s if status is Status.UNCONFIRMED and target_class is TargetClass.LOOK_UP else 0.0
    return max(_draw(record) * policy.delays_s[record.attempts], asked_s, lag_s)


def _draw(record: DeliveryRecord) -> float:
    """Draw evenly from [0, 1), from the record itself: the same history gives the same waits (invariant I14)."""
    seed = f"{record.key}|{record.version}|{record.fence}".encode()
    return int.from_bytes(hashlib.blake2b(seed, digest_size=7).digest()) / 2**56


def _attempted(record: DeliveryRecord, outcome: PostOutcome, now: datetime) -> dict[str, object]:
    code, status = (None, None) if isinstance(outcome, Applied) else (outcome.code, outcome.status)
    attempt = Attempt(now, name_of(outcome), code, status)
    history = (*record.history, attempt)[-HISTORY_LENGTH_MAX:]
    return {"attempts": record.attempts + 1, "history": history}
