"""Holding work back before it is claimed: while the connection's breaker is open, or while it is paused.

A breaker puts work off by itself and for minutes; a pause parks it until a person resumes.
"""

from dataclasses import dataclass
from datetime import datetime

from ledgerpost.app.breakers import ConnectionKey
from ledgerpost.app.call_again import send_wake_up
from ledgerpost.app.delivery_work import Approval, DeliverPorts, Task
from ledgerpost.app.posting import Posted
from ledgerpost.domain.breaker import Pass, Phase
from ledgerpost.domain.claim import Claim, Put, Result, WaitUntil, park, put_off
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.outcome import PostOutcome, Unknown
from ledgerpost.domain.pause import BY_OURSELVES, HELD_CODES, Pause, pause_after, pause_over
from ledgerpost.domain.redrive import redriven


@dataclass(frozen=True, slots=True)
class Admitted:
    """A claim that may be made and posted; `passed` goes back to the breaker."""

    claim: Claim
    passed: Pass


def _connection_of(key: DeliveryKey) -> ConnectionKey:
    return key.tenant, key.connection


def admit(task: Task, claim: Claim, record: DeliveryRecord | None, ports: DeliverPorts) -> Admitted | Put | WaitUntil:
    """Say whether `claim` may be made now; else give the write, or the wait, that takes its place.

    An approval is put off as a message: no record of it is written, so an outage costs the store nothing.
    """
    now = ports.clock.now()
    # A person's redrive always makes its attempt, also while the connection is paused (invariant I13).
    is_redrive = record is not None and record.status is Status.PENDING
    pause = None if is_redrive else _pause_in_force(task.work.key, ports)
    if pause is not None:
        return park(record, task.work, now, code=pause.held_code, detail=pause.sentence)
    permission = ports.breakers.admit(_connection_of(task.work.key), now)
    if isinstance(permission, Pass):
        return Admitted(claim, permission)
    if record is None or isinstance(task.message, Approval):
        return WaitUntil(permission.until, Result.HELD)
    return put_off(record, permission.until, now)


def _pause_in_force(key: DeliveryKey, ports: DeliverPorts) -> Pause | None:
    if pause_over(key, ports.pauses.pauses(key.tenant)) is None:
        return None
    # What is kept may be a minute old: nothing is parked for a pause that is over.
    return pause_over(key, ports.pauses.pauses(key.tenant, fresh=True))


def release_if_resumed(put: Put, ports: DeliverPorts) -> None:
    """Take up at once what was parked for a pause that ended while it was being parked: the resume did not see it."""
    record = put.record
    if record.code not in HELD_CODES or pause_over(record.key, ports.pauses.pauses(record.key.tenant, fresh=True)):
        return
    released = redriven(record, ports.clock.now(), by=BY_OURSELVES, reason="resumed")
    if ports.records.replace(released, record.expected) is None:
        send_wake_up(record.key, 0, ports)


def pause_if_refused(record: DeliveryRecord, outcome: PostOutcome, now: datetime, ports: DeliverPorts) -> None:
    """Pause the connection, or the account, where `outcome` is one that every next entry would meet."""
    pause = pause_after(outcome, record.key, now)
    if pause is None or not ports.pauses.pause(record.key.tenant, pause):
        return
    ports.notices.warning(
        "connection.paused" if pause.account is None else "account.paused",
        tenant=record.key.tenant,
        connection=pause.connection,
        account=pause.account or "",
        code=pause.code,
        by=pause.by,
    )


def tell_breaker(admitted: Admitted, posted: Posted, now: datetime, ports: DeliverPorts) -> datetime | None:
    """Tell the breaker what came of the post. Give until when it is open, where the answer told of an outage."""
    if not posted.posts and isinstance(posted.outcome, Unknown):
        # The ledger answered the look-up; only its "not found" comes too early to be believed.
        give_back(admitted, ports)
        return None
    key = admitted.claim.record.key
    standing = ports.breakers.answered(_connection_of(key), admitted.passed, posted.outcome, now)
    match standing.moved_to:
        case Phase.OPEN:
            until = standing.open_until.isoformat() if standing.open_until else ""
            code = getattr(posted.outcome, "code", "")
            ports.notices.warning(
                "breaker.opened", tenant=key.tenant, connection=key.connection, code=code, due_at=until
            )
        case Phase.CLOSED:
            ports.notices.info("breaker.closed", tenant=key.tenant, connection=key.connection)
        case _:
            pass
    return standing.open_until


def give_back(admitted: Admitted, ports: DeliverPorts) -> None:
    """Give the pass of a claim back that was not made, or whose post told nothing of the connection."""
    ports.breakers.abandoned(_connection_of(admitted.claim.record.key), admitted.passed, ports.clock.now())
