"""Delivering: one message of the delivery queue, from the claim to the recorded outcome.

The record is the truth and the message only a wake-up call, so a message may come late, twice or out of order. Read
from the top: `deliver` → `_race` → `admit` (app/holding.py) → `_settle_claim` → `post_entry` (app/posting.py) →
`decide` (domain/decision.py) → record.
"""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from ledgerpost.app.call_again import BUSY_DELAY_S, call_again, postpone, send_wake_up
from ledgerpost.app.delivery_line import line_of_attempt, line_of_put, line_of_record, line_of_work, line_without_record
from ledgerpost.app.delivery_work import Approval, DeliverPorts, DeliveryMessage, Task, WakeUp
from ledgerpost.app.fair_group import group_of_record
from ledgerpost.app.holding import (
    Admitted,
    admit,
    give_back,
    pause_if_refused,
    release_if_resumed,
    tell_breaker,
)
from ledgerpost.app.map_event import map_event
from ledgerpost.app.posting import Posted, post_entry
from ledgerpost.domain.claim import (
    Answer,
    Claim,
    Collide,
    Leave,
    Put,
    Result,
    WaitUntil,
    collided_record,
    first_record,
    offer,
    wait_for_earlier_post,
    wake,
)
from ledgerpost.domain.decision import decide
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status, Work, work_of_record
from ledgerpost.domain.document import Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import NotApplied, Unknown
from ledgerpost.domain.rejection import Rejection
from ledgerpost.errors import StoreError
from ledgerpost.ports import DeliveryLine, LedgerTarget, OutgoingMessage

RACES_MAX = 5
"""Conditional writes that one message may lose before it is left to come again."""


def deliver(message: DeliveryMessage, ports: DeliverPorts) -> DeliveryLine:
    """Bring one message to its end and give its canonical line, which is also written to the journal.

    Raises StoreError where a store does not answer: the message must then come again. Whatever the ledger does is an
    outcome in the record, never an exception.
    """
    started = ports.clock.now()
    line = _deliver_approval(message, ports) if isinstance(message, Approval) else _deliver_wake_up(message, ports)
    line.duration_ms = round((ports.clock.now() - started).total_seconds() * 1000)
    ports.journal.attempted(line)
    return line


def _deliver_approval(message: Approval, ports: DeliverPorts) -> DeliveryLine:
    event = message.event
    configuration = ports.routes.tenant(event.tenant)
    route = configuration.routes.get(message.route) if configuration else None
    if configuration is None or route is None:
        # The route was removed while the message was under way: as good as disabled.
        return line_without_record(event, message.route, Result.SKIPPED, "route_disabled")
    work = map_event(event, route, ports.formulas)
    if isinstance(work, Rejection):
        rejection = replace(work, at=ports.clock.now())
        ports.rejections.put(rejection)
        return line_without_record(
            event, route.id, Result.PARKED if rejection.parked else Result.SKIPPED, rejection.code
        )
    task = Task(work, configuration, route, message)
    return _race(task, None, ports)


def _deliver_wake_up(message: WakeUp, ports: DeliverPorts) -> DeliveryLine:
    record = ports.records.get(message.key)
    if record is None:
        return DeliveryLine(result=Result.DUPLICATE, tenant=message.key.tenant, route="", event_id="")
    configuration = ports.routes.tenant(message.key.tenant)
    route = configuration.routes.get(record.route) if configuration else None
    if configuration is None or route is None:
        # Removed while the work was open: as good as disabled.
        return _close(record, work_of_record(record, "route_disabled"), ports)
    if message.doubted:
        doubted = _doubt(record, message, ports)
        if doubted is None:
            return line_of_record(record, Result.BUSY)
        record = doubted
    work = map_event(ports.read_event(record.source), route, ports.formulas)
    if isinstance(work, Rejection):
        # The rule was edited, and finds no reference any more in an approval that had one.
        return _close(record, work_of_record(record, work.code, detail=work.message, park=True), ports)
    # The record keeps its key, whatever the rule's reference source has become meanwhile.
    task = Task(replace(work, key=record.key), configuration, route, message)
    return _race(task, record, ports)


def _close(record: DeliveryRecord, work: Work, ports: DeliverPorts) -> DeliveryLine:
    """End open work that makes no entry any more: skipped, or parked where the ledger may hold something."""
    answer = wake(record, work, ports.clock.now(), ports.lease)
    if isinstance(answer, Put) and _write(answer, ports) is None:
        return line_of_put(answer)
    return line_of_record(record, Result.NOT_DUE, code=record.code)


def _race(task: Task, record: DeliveryRecord | None, ports: DeliverPorts) -> DeliveryLine:
    """Make the conditional write that the state asks for; where another worker was faster, ask again."""
    for _ in range(RACES_MAX):
        answer = _answer(task, record, ports)
        step = admit(task, answer, record, ports) if isinstance(answer, Claim) else answer
        match step:
            case Admitted():
                record = _make_claim(step, ports)
            case Put():
                record = _write(step, ports)
            case _:
                return _stand_back(task, step, ports)
        if record is None:
            return _settle_claim(task, step, ports) if isinstance(step, Admitted) else _after(step, ports)
    raise StoreError("store_unavailable", "The delivery record changed with every try; the message comes again.")


def _make_claim(admitted: Admitted, ports: DeliverPorts) -> DeliveryRecord | None:
    """Write the claim as `_write` does; the pass of one that was not made goes back to the breaker."""
    is_made = False
    try:
        winner = _write(admitted.claim, ports)
        is_made = winner is None
    finally:
        if not is_made:
            give_back(admitted, ports)
    return winner


def _after(put: Put, ports: DeliverPorts) -> DeliveryLine:
    """Do what follows from a write that settled the message without a post, and give its line."""
    if put.result is Result.HELD:
        call_again(put.record, ports.clock.now(), ports)
    else:
        release_if_resumed(put, ports)
    return line_of_put(put)


def _stand_back(task: Task, answer: Leave | WaitUntil | Collide, ports: DeliverPorts) -> DeliveryLine:
    match answer:
        case Leave():
            return line_of_work(task.work, answer.result, code=answer.code)
        case WaitUntil():
            return postpone(task, answer, ports)
        case Collide():
            return _park_collision(task, answer.key, ports)
        case _:
            assert_never(answer)


def _answer(task: Task, record: DeliveryRecord | None, ports: DeliverPorts) -> Answer:
    now = ports.clock.now()
    if record is None:
        return first_record(task.work, now, ports.lease)
    decide_on = wake if isinstance(task.message, WakeUp) else offer
    answer = decide_on(record, task.work, now, ports.lease)
    if not isinstance(answer, Claim):
        return answer
    read_lag = timedelta(seconds=ports.policy.read_lag_s)
    return wait_for_earlier_post(record, answer, now, read_lag) or answer


def _write(answer: Claim | Put, ports: DeliverPorts) -> DeliveryRecord | None:
    """Make the conditional write; give None where it took, else the record that was there first."""
    if answer.expected is None:
        return ports.records.create(answer.record)
    return ports.records.replace(answer.record, answer.expected)


def _settle_claim(task: Task, admitted: Admitted, ports: DeliverPorts) -> DeliveryLine:
    """Post the claimed entry and record what came of it."""
    entry, claimed = task.work.entry, admitted.claim.record
    assert entry is not None, "only work with an entry is claimed"
    connection = task.configuration.connection_of(task.route)
    target = ports.targets.target_of(claimed.key.tenant, connection)
    if task.route.collection_for(task.work.kind) is None or isinstance(entry, LedgerEntry):
        posted = _post(target, claimed, entry, ports)
    else:
        posted = _post_completed(task, target, claimed, ports)
    now = ports.clock.now()
    open_until = tell_breaker(admitted, posted, now, ports)
    verdict = decide(claimed, posted.outcome, posted.target_class, ports.policy, now, open_until=open_until)
    winner = ports.records.replace(verdict.record, claimed.expected)
    if winner is not None:
        return _overtaken(claimed, winner, posted, ports)
    call_again(verdict.record, now, ports)
    pause_if_refused(verdict.record, posted.outcome, now, ports)
    line = line_of_attempt(verdict.record, verdict.result, posted)
    line.credentials_days = connection.credentials_days_left(now.date())
    return line


def _post(target: LedgerTarget, claimed: DeliveryRecord, entry: Postable, ports: DeliverPorts) -> Posted:
    read_lag = timedelta(seconds=ports.policy.read_lag_s)
    return post_entry(target, claimed, entry, now=ports.clock.now(), read_lag=read_lag)


def _post_completed(task: Task, target: LedgerTarget, claimed: DeliveryRecord, ports: DeliverPorts) -> Posted:
    """Complete the draft that a collection made and post it; what stands in the way is the attempt's outcome."""
    from ledgerpost.app.completing import Ready, completed  # noqa: PLC0415 - only a route with a collection pays for it

    ready = completed(task, target, ports)
    if not isinstance(ready, Ready):
        return ready
    posted = _post(target, claimed, ready.document, ports)
    return replace(posted, lookups=posted.lookups + ready.lookups)


def _overtaken(claimed: DeliveryRecord, winner: DeliveryRecord, posted: Posted, ports: DeliverPorts) -> DeliveryLine:
    """The claim was lost while we posted. Where our post may have landed on top of the winner's other content, have
    the winner's content asserted once more.
    """
    may_have_landed = posted.posts > 0 and not isinstance(posted.outcome, NotApplied)
    if may_have_landed and winner.fingerprint != claimed.fingerprint:
        # A post whose reply was lost may land later still: asserted before that, the content would not stay.
        delay_s = int(ports.policy.read_lag_s) if isinstance(posted.outcome, Unknown) else 0
        send_wake_up(claimed.key, delay_s, ports, doubted=True)
    return line_of_attempt(claimed, Result.OVERTAKEN, posted)


def _doubt(record: DeliveryRecord, message: WakeUp, ports: DeliverPorts) -> DeliveryRecord | None:
    """Give the record with its delivered state put in doubt; None where a claim in flight has to end first."""
    now = ports.clock.now()
    if record.status is Status.IN_FLIGHT and record.lease_until is not None and record.lease_until > now:
        ports.deliveries.send([OutgoingMessage(message.body, group=group_of_record(record.key), delay_s=BUSY_DELAY_S)])
        return None
    if record.status is not Status.DELIVERED:
        return record
    doubted = record.moved(Status.UNCONFIRMED, now, unsettled=True, due_at=now, attempts=0)
    return ports.records.replace(doubted, record.expected) or doubted


def _park_collision(task: Task, key: DeliveryKey, ports: DeliverPorts) -> DeliveryLine:
    parking = collided_record(key, task.work, ports.clock.now())
    parked = ports.records.create(parking)
    if parked is not None and task.work.version.compare(parked.version) > 0:
        # A person who decides sees the latest version. Whoever is faster has one at least as late, or comes again.
        ports.records.replace(replace(parking, fence=parked.fence + 1, operations=parked.operations), parked.expected)
    return line_of_work(task.work, Result.PARKED, code="reference_collision")
