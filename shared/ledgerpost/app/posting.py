"""One attempt at the ledger, careful after the target's class: the only place that decides whether to write."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.document import Postable
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Fact,
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
    target: LedgerTarget, record: DeliveryRecord, entry: Postable, *, now: datetime, read_lag: timedelta
) -> Posted:
    """Bring `entry` into the ledger with at most one effect, given what earlier posts of `record` left in doubt.

    upsert: post; a repeat changes nothing. look-up: search first; adopt what agrees, write onto what does not where the
    target updates, never beside it, and take what the search shows as proof only once `read_lag` has passed since the
    last post; only the very first post may go without. key, none: never a second version beside the first; none: post
    only where nothing is in doubt.
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
    if ability.target_class is TargetClass.LOOK_UP and _has_to_look(record, ability):
        return _post_after_look_up(target, record, entry, ability, proven=not _too_early_to_tell(record, now, read_lag))
    hindrance = _hindrance(ability.target_class, record, entry)
    if hindrance is not None:
        return Posted(outcome=hindrance, target_class=ability.target_class)
    outcome = target.post(record.key.account, entry, record.event_id)
    return Posted(outcome=outcome, target_class=ability.target_class, posts=1)


def _has_to_look(record: DeliveryRecord, ability: AccountAbility) -> bool:
    """Say whether the ledger may hold the entry already, by our own records or by the account's caution.

    After any earlier attempt it may: a document can be written and its refusal be of what belongs to it.
    """
    return ability.looks_first or record.unsettled or record.effect is not None or bool(record.history)


def _hindrance(target_class: TargetClass, record: DeliveryRecord, entry: Postable) -> NotApplied | None:
    """Say why a target that is not searched must not get the entry; None where it may."""
    if target_class is TargetClass.UPSERT:
        return None
    if record.effect is not None and record.effect.fingerprint != entry.fingerprint():
        return NotApplied("update_unsupported", Retry.NEVER, "The ledger holds this reference with other content.")
    if target_class is TargetClass.NONE and record.unsettled:
        return NotApplied("outcome_unknown", Retry.NEVER, "An earlier post is in doubt and cannot be looked up.")
    return None


def _post_after_look_up(
    target: LedgerTarget, record: DeliveryRecord, entry: Postable, ability: AccountAbility, *, proven: bool
) -> Posted:
    """Search, then write at most once. `proven` says whether what the search shows is all that the ledger will show."""
    found = target.find(record.key.account, entry.reference)
    if not isinstance(found, Found):
        outcome = _not_asked(found) if isinstance(found, Unknown) else found
        return Posted(outcome=outcome, target_class=TargetClass.LOOK_UP, lookups=1)
    step = _step_after(found, entry, ability, proven=proven)
    if not isinstance(step, _Write):
        return Posted(outcome=step, target_class=TargetClass.LOOK_UP, lookups=1)
    written = target.post(record.key.account, entry, record.event_id, step.onto)
    return Posted(outcome=written, target_class=TargetClass.LOOK_UP, posts=1, lookups=1)


@dataclass(frozen=True, slots=True)
class _Write:
    """The search allows a write: a new entry, or `onto` the one that is there."""

    onto: Fact | None = None


def _step_after(found: Found, entry: Postable, ability: AccountAbility, *, proven: bool) -> _Write | PostOutcome:
    agreeing = next((fact for fact in found.facts if fact.agrees_with(entry)), None)
    if agreeing is not None:
        return Applied(agreeing.ledger_id, created=False)
    if found.facts and (not ability.updates or len(found.facts) > 1):
        return NotApplied("update_unsupported", Retry.NEVER, "The ledger holds this reference with other content.")
    if not proven:
        return Unknown("reply_lost", "What an earlier post did may not show yet.")
    return _Write(found.facts[0] if found.facts else None)


def _too_early_to_tell(record: DeliveryRecord, now: datetime, read_lag: timedelta) -> bool:
    """Say whether the ledger may hold an entry that it does not show yet: one in doubt, or one that it confirmed."""
    posted = [attempt.at for attempt in record.history if record.unsettled and attempt.outcome == "unknown"]
    if record.effect is not None:
        posted.append(record.effect.at)
    return bool(posted) and now < max(posted) + read_lag


def _not_asked(answer: Unknown) -> NotApplied:
    return NotApplied(answer.code, Retry.LATER, answer.detail, status=answer.status)
