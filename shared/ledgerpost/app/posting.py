"""One attempt at the ledger, careful after the target's class: the only place that decides whether to write."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Found,
    NotApplied,
    PostOutcome,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.ports import LedgerTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What an attempt came to, by which class of target, and how many writes and look-ups it made."""

    outcome: PostOutcome
    target_class: TargetClass
    posts: int = 0
    lookups: int = 0


def post_entry(
    target: LedgerTarget, record: DeliveryRecord, entry: LedgerEntry, *, now: datetime, read_lag: timedelta
) -> Posted:
    """Bring `entry` into the ledger with at most one effect, given what earlier posts of `record` left in doubt.

    upsert: post; a repeat changes nothing. look-up: search first; adopt what agrees, never write beside what is there,
    and take "not found" as proof only once `read_lag` has passed since the last post. key, none: never a second version
    beside the one that is there; none: post only where nothing is in doubt.
    """
    ability = target.ability(record.key.account)
    match ability:
        case AccountAbility():
            pass
        case Unknown():
            # Asking changes nothing, so an unanswered question is a refusal that may pass later.
            return Posted(outcome=_not_asked(ability), target_class=TargetClass.UPSERT)
        case NotApplied():
            return Posted(outcome=ability, target_class=TargetClass.UPSERT)
    if ability.currency is not None and ability.currency != entry.money.currency:
        mismatch = NotApplied("currency_mismatch", Retry.NEVER, f"The account is kept in {ability.currency}.")
        return Posted(outcome=mismatch, target_class=ability.target_class)
    if ability.target_class is TargetClass.LOOK_UP:
        return _post_after_look_up(target, record, entry, now=now, read_lag=read_lag)
    hindrance = _hindrance(ability.target_class, record, entry)
    if hindrance is not None:
        return Posted(outcome=hindrance, target_class=ability.target_class)
    outcome = target.post(record.key.account, entry, record.event_id)
    return Posted(outcome=outcome, target_class=ability.target_class, posts=1)


def _hindrance(target_class: TargetClass, record: DeliveryRecord, entry: LedgerEntry) -> NotApplied | None:
    """Say why a target that is not searched must not get the entry; None where it may."""
    if target_class is TargetClass.UPSERT:
        return None
    if record.effect is not None and record.effect.fingerprint != entry.fingerprint():
        return NotApplied("update_unsupported", Retry.NEVER, "The ledger holds this reference with other content.")
    if target_class is TargetClass.NONE and record.unsettled:
        return NotApplied("outcome_unknown", Retry.NEVER, "An earlier post is in doubt and cannot be looked up.")
    return None


def _post_after_look_up(
    target: LedgerTarget, record: DeliveryRecord, entry: LedgerEntry, *, now: datetime, read_lag: timedelta
) -> Posted:
    found = target.find(record.key.account, entry.reference)
    match found:
        case Found(facts=()):
            if _too_early_to_tell(record, now, read_lag):
                early = Unknown("reply_lost", "Not found yet; the ledger may still show it.")
                return Posted(outcome=early, target_class=TargetClass.LOOK_UP, lookups=1)
            outcome = target.post(record.key.account, entry, record.event_id)
            return Posted(outcome=outcome, target_class=TargetClass.LOOK_UP, posts=1, lookups=1)
        case Found():
            return Posted(outcome=_adopted(found, entry), target_class=TargetClass.LOOK_UP, lookups=1)
        case Unknown():
            return Posted(outcome=_not_asked(found), target_class=TargetClass.LOOK_UP, lookups=1)
        case NotApplied():
            return Posted(outcome=found, target_class=TargetClass.LOOK_UP, lookups=1)


def _adopted(found: Found, entry: LedgerEntry) -> PostOutcome:
    agreeing = next((fact for fact in found.facts if fact.agrees_with(entry)), None)
    if agreeing is None:
        return NotApplied("update_unsupported", Retry.NEVER, "The ledger holds this reference with other content.")
    return Applied(agreeing.ledger_id, created=False)


def _too_early_to_tell(record: DeliveryRecord, now: datetime, read_lag: timedelta) -> bool:
    """Say whether the ledger may hold an entry that it does not show yet: one in doubt, or one that it confirmed."""
    posted = [attempt.at for attempt in record.history if record.unsettled and attempt.outcome == "unknown"]
    if record.effect is not None:
        posted.append(record.effect.at)
    return bool(posted) and now < max(posted) + read_lag


def _not_asked(answer: Unknown) -> NotApplied:
    return NotApplied(answer.code, Retry.LATER, answer.detail, status=answer.status)
