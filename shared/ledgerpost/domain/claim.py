"""What is to be done with an approval, given the delivery record that is there: claim it, leave it, wait or park.

Every answer is a value; the caller makes the one conditional write that it asks for and, where that write loses a race,
asks again with the record that won.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Expected, Status, Work


class Result(StrEnum):
    """What came of one message of the delivery queue."""

    DELIVERED = "delivered"
    UNCHANGED = "unchanged"
    """A later version with the same body: recorded, no call to the ledger."""
    DUPLICATE = "duplicate"
    """The same version with the same body again: no call, no write."""
    SUPERSEDED = "superseded"
    """An older version than the one seen: no call, no write."""
    SKIPPED = "skipped"
    PARKED = "parked"
    RETRYING = "retrying"
    UNCONFIRMED = "unconfirmed"
    BUSY = "busy"
    """Another worker holds the claim; a later version waits for it."""
    NOT_DUE = "not_due"
    HELD = "held"
    """The connection's breaker is open: put off, nothing used up."""
    OVERTAKEN = "overtaken"
    """The claim was lost to another worker; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Write `record` where `expected` still holds (None: where there is none), then post its entry."""

    record: DeliveryRecord
    expected: Expected | None


@dataclass(frozen=True, slots=True)
class Put:
    """Write `record` where `expected` still holds (None: where there is none); that settles it, without a post."""

    record: DeliveryRecord
    expected: Expected | None
    result: Result


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing to write: the record says it all."""

    result: Result
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Collide:
    """The reference belongs to another transaction: park `work` beside it, under `key`."""

    key: DeliveryKey


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Take the message up again at `at`: another worker's lease runs until then, or the work is not due before."""

    at: datetime
    result: Result = Result.BUSY


Answer = Claim | Put | Leave | Collide | WaitUntil


def first_record(work: Work, now: datetime, lease: timedelta) -> Claim | Put:
    """Give the first write for a reference that has no record yet."""
    if work.entry is None:
        record = _fresh_record(work, now, _settled_status(work))
        return Put(record, None, _result_of(record.status))
    return Claim(_fresh_record(work, now, Status.IN_FLIGHT, lease_until=now + lease), None)


def _fresh_record(work: Work, now: datetime, status: Status, lease_until: datetime | None = None) -> DeliveryRecord:
    entry = work.entry
    return DeliveryRecord(
        key=work.key,
        route=work.route,
        kind=work.kind,
        event_id=work.event_id,
        version=work.version,
        fingerprint=work.fingerprint,
        status=status,
        source=work.source,
        updated_at=now,
        lease_until=lease_until,
        code=work.code,
        detail=work.detail,
        amount=entry.source_amount if entry else None,
        currency=entry.money.currency if entry else "",
        day=entry.day.isoformat() if entry else "",
    )


def _settled_status(work: Work) -> Status:
    return Status.PARKED if work.park else Status.SKIPPED


def _result_of(status: Status) -> Result:
    return Result.PARKED if status is Status.PARKED else Result.SKIPPED


def offer(record: DeliveryRecord, work: Work, now: datetime, lease: timedelta) -> Answer:
    """Decide on an approval whose reference has a record: the later version wins, an equal one is a duplicate or a
    conflict, an older one is superseded. Source: design, section 3.1.
    """
    if record.kind is not work.kind:
        return _another_owner(record, work)
    order = work.version.compare(record.version)
    if order < 0:
        return Leave(Result.SUPERSEDED)
    if order == 0:
        return _same_version(record, work, now, lease)
    return _later_version(record, work, now, lease)


def _another_owner(record: DeliveryRecord, work: Work) -> Answer:
    assert not record.key.collision, "a parked collision is never offered again"
    return Collide(work.key._replace(collision=work.kind.value))


_END_AGAIN = {Status.PARKED: Result.PARKED, Status.SKIPPED: Result.SKIPPED}
"""An approval that comes again ends as it did: what is parked still waits for a person."""


def _same_version(record: DeliveryRecord, work: Work, now: datetime, lease: timedelta) -> Answer:
    if record.status is Status.IN_FLIGHT and not _lease_over(record, now):
        # Not left alone: this may be the message of the very worker that died, and the only one to come again.
        return _wait(record)
    if record.fingerprint == work.fingerprint:
        stranded = record.status is Status.IN_FLIGHT
        return (
            take(record, work, now, lease)
            if stranded
            else Leave(_END_AGAIN.get(record.status, Result.DUPLICATE), record.code)
        )
    if record.code in ("version_conflict", "skipped_by_operator"):
        return Leave(_END_AGAIN[record.status], record.code)
    parked = _moved_to(work, record, Status.PARKED, now, code="version_conflict")
    return Put(parked, record.expected, Result.PARKED)


def _later_version(record: DeliveryRecord, work: Work, now: datetime, lease: timedelta) -> Answer:
    if record.status is Status.IN_FLIGHT and not _lease_over(record, now):
        return _wait(record)
    if _skip_sticks(record, work):
        return Leave(Result.SKIPPED, record.code)
    if work.entry is None:
        return _later_without_entry(record, work, now)
    effect = record.effect
    if effect is not None and effect.fingerprint == work.fingerprint and _effect_is_sure(record):
        bumped = replace(effect, version=work.version)
        return Put(_moved_to(work, record, Status.DELIVERED, now, effect=bumped), record.expected, Result.UNCHANGED)
    return take(record, work, now, lease)


def _effect_is_sure(record: DeliveryRecord) -> bool:
    """Say whether the ledger surely still holds `record.effect`: nothing was posted since whose outcome is open."""
    return not record.in_doubt and record.status in (Status.DELIVERED, Status.RETRYING, Status.PARKED, Status.SKIPPED)


def _later_without_entry(record: DeliveryRecord, work: Work, now: datetime) -> Answer:
    """A later version that makes no entry. Where the ledger holds, or may hold, an earlier one, a person decides."""
    if record.status is Status.DELIVERED and work.version.source.compare(record.version.source) == 0 and not work.park:
        # Delivered before the route was switched off: it stays so, whatever comes again.
        return Leave(Result.SKIPPED, work.code)
    if work.code == "zero_amount" and (record.effect is not None or record.in_doubt):
        return Put(_moved_to(work, record, Status.PARKED, now, code="amended_to_zero"), record.expected, Result.PARKED)
    if record.in_doubt:
        return Put(_moved_to(work, record, Status.PARKED, now, code="outcome_unknown"), record.expected, Result.PARKED)
    status = _settled_status(work)
    moved = _moved_to(work, record, status, now, code=work.code, detail=work.detail)
    return Put(moved, record.expected, _result_of(status))


def _skip_sticks(record: DeliveryRecord, work: Work) -> bool:
    """A person's skip holds for the source version, whatever the route's revision (invariant I13)."""
    skipped = record.status is Status.SKIPPED and record.code == "skipped_by_operator"
    return skipped and work.version.source.compare(record.version.source) == 0


def take(record: DeliveryRecord, work: Work, now: datetime, lease: timedelta) -> Claim:
    """Claim `record` for `work`. The attempts go on counting for the same version and start anew for a later one."""
    same = work.version.compare(record.version) == 0
    attempts = record.attempts if same else 0
    claimed = _moved_to(work, record, Status.IN_FLIGHT, now, lease_until=now + lease, attempts=attempts)
    return Claim(claimed, record.expected)


def wake(record: DeliveryRecord, work: Work, now: datetime, lease: timedelta) -> Answer:
    """Decide on a wake-up call: take up what is due. `work` is the record's own source, mapped by today's route."""
    match record.status:
        case Status.PENDING:
            pass
        case Status.RETRYING | Status.UNCONFIRMED:
            if record.due_at is not None and record.due_at > now:
                return WaitUntil(record.due_at, Result.NOT_DUE)
        case Status.IN_FLIGHT:
            if not _lease_over(record, now):
                return _wait(record)
        case Status.DELIVERED | Status.PARKED | Status.SKIPPED:
            return Leave(Result.DUPLICATE, record.code)
    if work.entry is None:
        return _later_without_entry(record, work, now)
    return take(record, work, now, lease)


def wait_for_earlier_post(record: DeliveryRecord, claim: Claim, now: datetime, read_lag: timedelta) -> WaitUntil | None:
    """Give the wait of a later version for an earlier one's post whose reply was lost; None where none can land.

    For `read_lag` after such an attempt the ledger may still apply it: posted before that, the later version would be
    written over by the older one (invariant I3). The same version may land as often as it likes.
    """
    unknown = [attempt.at for attempt in record.history if attempt.outcome == "unknown"]
    if not unknown or claim.record.version.compare(record.version) == 0 or unknown[-1] + read_lag <= now:
        return None
    return WaitUntil(unknown[-1] + read_lag, Result.NOT_DUE)


def put_off(record: DeliveryRecord, until: datetime, now: datetime) -> Put:
    """Give the write that has open work wait until `until`; none of its attempts is used up."""
    # The worker of a stranded claim may have posted before it died.
    status = Status.UNCONFIRMED if record.status is Status.IN_FLIGHT else record.status
    kept = {"due_at": until, "code": record.code, "detail": record.detail, "unsettled": record.in_doubt}
    # Waiting longer is no news: how long it has waited is counted from before.
    moved = replace(record.moved(status, now, **kept), updated_at=record.updated_at)
    return Put(moved, record.expected, Result.HELD)


def park(record: DeliveryRecord | None, work: Work, now: datetime, *, code: str, detail: str) -> Put:
    """Give the write that parks work which would else be claimed, without a call to the ledger."""
    if record is None:
        fresh = _fresh_record(work, now, Status.PARKED)
        return Put(replace(fresh, code=code, detail=detail), None, Result.PARKED)
    # The attempts go on counting for the same version, as they do in a claim.
    attempts = record.attempts if work.version.compare(record.version) == 0 else 0
    moved = _moved_to(work, record, Status.PARKED, now, code=code, detail=detail, attempts=attempts)
    return Put(moved, record.expected, Result.PARKED)


def collided_record(key: DeliveryKey, work: Work, now: datetime) -> DeliveryRecord:
    """Give the parked record of a transaction whose reference belongs to another one."""
    record = _fresh_record(work, now, Status.PARKED)
    detail = "The reference belongs to another transaction of this account."
    return replace(record, key=key, code="reference_collision", detail=detail)


def _moved_to(work: Work, record: DeliveryRecord, status: Status, now: datetime, **changes: object) -> DeliveryRecord:
    """Give `record` carrying `work` in `status`. What was in doubt before stays so until a post is settled."""
    entry = work.entry
    carried: dict[str, object] = {
        "route": work.route,
        "event_id": work.event_id,
        "version": work.version,
        "fingerprint": work.fingerprint,
        "source": work.source,
        "unsettled": record.in_doubt,
        "amount": entry.source_amount if entry else None,
        "currency": entry.money.currency if entry else "",
        "day": entry.day.isoformat() if entry else "",
    }
    return record.moved(status, now, **(carried | changes))


def _lease_over(record: DeliveryRecord, now: datetime) -> bool:
    return record.lease_until is None or record.lease_until <= now


def _wait(record: DeliveryRecord) -> WaitUntil:
    assert record.lease_until is not None, "a claim in flight has a lease"
    return WaitUntil(record.lease_until)
