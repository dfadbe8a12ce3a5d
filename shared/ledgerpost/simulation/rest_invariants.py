"""Invariants that are looked at when the world has come to rest: I1–I5, I10–I13, I16, I17; and I6 in the log."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ledgerpost.domain.delivery import OPEN, DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.outcome import TargetClass
from ledgerpost.domain.reconciliation import BookLine, reconcile
from ledgerpost.domain.route import EntryType, Route
from ledgerpost.error_catalogue import CATALOGUE
from ledgerpost.simulation.authority import CANARY
from ledgerpost.simulation.plan import Verb, What
from ledgerpost.simulation.source import CURRENCY, Approval, expected_entry
from ledgerpost.simulation.world import Violation, World

MENDED_CODES = frozenset({"account_forbidden", "retries_exhausted", "token_refused", "outcome_unknown"})
"""What a person redrives once the fault behind it is gone."""


def after_weather(world: World) -> None:
    """When the history is over and nobody has mended anything yet: nothing is lost, only the struck is dead."""
    if world.cloud.counts.lost:
        raise Violation("I1", f"{world.cloud.counts.lost} messages vanished")
    if world.defects:
        raise Violation("I17", f"a worker failed by a defect: {world.defects[0]}")
    only_the_struck_are_dead(world)
    _poison_is_bounded(world)
    for record in world.records():
        _state_is_truthful(record, world)
    nothing_is_open(world)
    _every_approval_is_somewhere(world)


def at_rest(world: World) -> None:
    """When all faults are over and all that was dead is redriven: the ledger holds what was approved, to the cent."""
    nothing_is_open(world)
    redrives_were_honoured(world)
    _totals_tie(world)
    for tenant, routes in world.truth.routes.items():
        for route in routes.values():
            for reference in {each.reference for each in world.truth.approvals if each.step.tenant == tenant}:
                _reference_is_right(world, tenant, route, reference)


def after_replay(world: World, before: tuple[str, ...]) -> None:
    """After everything was published once more: the ledger is as it was (I12)."""
    after = world.books.digest()
    if after != before:
        changed = sorted(set(after) ^ set(before))
        raise Violation("I12", f"a replay changed the ledger: {'; '.join(changed[:3])}")


def in_the_log(world: World, text: str) -> None:
    """Nothing that is secret stands in a log line, in what was given to one, or in a record (I6)."""
    told = [text, *(str(value) for fields in world.logged for value in fields.values())]
    if any(CANARY in f"{record.detail} {record.history}" for record in world.records()):
        raise Violation("I6", "a record holds a token")
    if any(secret in line for line in told for secret in (CANARY, "Ash & Sons")):
        raise Violation("I6", "the log holds a token or a name")


def what_is_open(world: World) -> str:
    """Give what still waits, for a sentence."""
    waiting = [f"{r.key.tenant} {r.key.reference} {r.status}" for r in world.records() if r.status in OPEN]
    return f"{world.cloud.backlog()} messages, {', '.join(waiting) or 'no open delivery'}"


def only_the_struck_are_dead(world: World) -> None:
    """I5: nothing is dead-lettered for standing beside what is poison."""
    dead = [
        body
        for spec in world.cloud.wiring.queues.values()
        if spec.redrive is not None
        for body in world.cloud.queue(spec.redrive.dead_letter_queue).bodies()
    ]
    garbage = sum(step.verb is Verb.GARBAGE for step in world.plan.steps)
    struck = sum(world.struck[what] for what in (What.DEAD_LETTER,))
    unexplained = len(dead) - garbage - struck
    if unexplained > 0:
        raise Violation("I5", f"{unexplained} messages are dead that nothing struck: {dead[-1][:80]}")


def _poison_is_bounded(world: World) -> None:
    """I5: a refusal for good is met once per version, redrive and replay, not again and again."""
    refusals = Counter(
        (line.tenant, line.account, line.reference)
        for _, line in world.lines
        if line.code == "entry_refused" and line.posts
    )
    interventions = sum(
        step.verb in (Verb.REDRIVE, Verb.REPLAY, Verb.EDIT_ROUTE, Verb.ENABLE_ROUTE, Verb.DISABLE_ROUTE)
        for step in world.plan.steps
    )
    struck = sum(world.struck.values())
    for (tenant, account, reference), count in refusals.items():
        versions = len(world.truth.of_reference(tenant, reference))
        if count > versions + interventions * (versions + 1) + struck:
            raise Violation("I5", f"{tenant} {account} {reference} was refused {count} times")


def nothing_is_open(world: World) -> None:
    """I10, I16: no record waits, now that nothing happens any more."""
    for record in world.records():
        if record.status in OPEN and not _waits_behind_a_dead_letter(record, world):
            invariant = "I10" if record.status is Status.IN_FLIGHT else "I16"
            raise Violation(invariant, f"{_name(record.key)} is {record.status} though nothing happens any more")


def _waits_behind_a_dead_letter(record: DeliveryRecord, world: World) -> bool:
    """A claim whose message lies with the dead letters is seen there; a redrive takes it up."""
    return record.status is Status.IN_FLIGHT and not world.is_calm and bool(world.struck[What.DEAD_LETTER])


def _every_approval_is_somewhere(world: World) -> None:
    """I1: for each approval and route there is a record, a dead letter, or a route that was switched meanwhile."""
    if world.struck[What.DEAD_LETTER] or world.truth.touched_routes:
        return  # the final look, after the redrive and a replay, is at all of them
    for approval in world.truth.approvals:
        for route in world.truth.routes[approval.step.tenant].values():
            if not _records(world, approval.step.tenant, route, approval.reference):
                raise Violation("I1", f"{approval.step.tenant} {route.id} {approval.reference} left no trace")


def redrives_were_honoured(world: World) -> None:
    """I13: after a redrive the record moved on; a worker may have died before it could tell."""
    fences = {record.key: record.fence for record in world.records()}
    for key, fence in world.truth.redriven.items():
        if fences[key] <= fence:
            raise Violation("I13", f"{_name(key)} was redriven, and nothing was tried")


def _state_is_truthful(record: DeliveryRecord, world: World) -> None:
    """I17: what is called delivered is in the ledger under that id; what is parked or skipped says why."""
    if record.status in (Status.PARKED, Status.SKIPPED) and record.code not in CATALOGUE:
        raise Violation("I17", f"{_name(record.key)} is {record.status} without a reason: {record.code}")
    if record.status is not Status.DELIVERED:
        return
    held = world.books.of(record.key.tenant, record.key.account, record.key.reference)
    if record.effect is None or record.effect.ledger_id not in {each.ledger_id for each in held}:
        raise Violation("I17", f"{_name(record.key)} is called delivered and is not in the ledger")


def _reference_is_right(world: World, tenant: str, route: Route, reference: str) -> None:
    records = _records(world, tenant, route, reference)
    if not records:
        raise Violation("I1", f"{tenant} {route.id} {reference} left no trace")
    owner = next((record for record in records if not record.key.collision), None)
    if owner is None:
        raise Violation("I1", f"{tenant} {route.id} {reference} has no owner")
    _state_is_truthful(owner, world)
    approvals = [a for a in world.truth.of_reference(tenant, reference) if a.step.kind.startswith(owner.kind)]
    latest = max(approval.order for approval in approvals)
    found = owner.version.source.revision
    if found != latest and not _is_skipped_by_a_person(owner):
        raise Violation("I3", f"{tenant} {route.id} {reference} stands at r{found}, and r{latest} was approved")
    if owner.status is Status.DELIVERED:
        _ledger_agrees(world, owner, route, [a for a in approvals if a.order == latest])
    else:
        _reason_holds(world, owner, [a for a in approvals if a.order == latest])


def _ledger_agrees(world: World, record: DeliveryRecord, route: Route, approvals: list[Approval]) -> None:
    held = world.books.of(record.key.tenant, record.key.account, record.key.reference)
    if len(held) != 1:
        raise Violation("I2", f"{_name(record.key)}: the ledger holds {len(held)} objects")
    stamped = world.truth.revisions[record.key.tenant, route.id, record.version.route_revision]
    expected = [expected_entry(approval, stamped) for approval in approvals]
    if held[0].content not in expected:
        raise Violation("I3", f"{_name(record.key)}: the ledger holds {held[0].content}, the latest is {expected[0]}")


def _reason_holds(world: World, record: DeliveryRecord, latest: list[Approval]) -> None:
    """What does not reach the ledger has a reason that a person finds true (I17)."""
    if record.code not in set(_true_reasons(world, record, latest)):
        raise Violation("I17", f"{_name(record.key)} is {record.status} for {record.code}, which is not so")


def _true_reasons(world: World, record: DeliveryRecord, latest: list[Approval]) -> Iterator[str]:
    plan, key = world.plan, record.key
    place = key.tenant, key.account, key.reference
    if any(not approval.amount for approval in latest):
        yield from ("zero_amount", "amended_to_zero")
    if len({approval.amount for approval in latest}) > 1:
        yield "version_conflict"
    if key.reference in plan.poison:
        yield "entry_refused"
    takes_updates = plan.target_class is TargetClass.UPSERT or plan.updates
    if not takes_updates and (world.books.of(*place) or place in world.is_unsure):
        yield "update_unsupported"
    if _may_be_in_doubt(world, place):
        yield "outcome_unknown"
    if any(step.verb is Verb.SKIP and step.reference == key.reference for step in plan.steps):
        yield "skipped_by_operator"


def _may_be_in_doubt(world: World, place: tuple[str, str, str]) -> bool:
    stopped = (What.KILL, What.KILL_AFTER, What.FREEZE, What.FREEZE_AFTER, What.FAIL, What.FAIL_AFTER)
    is_stoppable = world.plan.target_class in (TargetClass.NONE, TargetClass.KEY)
    return place in world.is_unsure or (is_stoppable and any(world.struck[what] for what in stopped))


def _totals_tie(world: World) -> None:
    """I4: source, records and ledger agree per route, currency and day, for all that is called delivered."""
    books = [_book_lines(world, record) for record in world.records() if _is_delivered(record)]
    source = [line for lines in books for line in lines["source"]]
    for name in ("ledger", "records"):
        for balance in reconcile(source, [line for lines in books for line in lines[name]]):
            if balance.differing:
                raise Violation(
                    "I4", f"{balance.route} {balance.day}: source {balance.source}, {name} {balance.ledger}"
                )


def _is_delivered(record: DeliveryRecord) -> bool:
    return record.status is Status.DELIVERED and not record.key.collision


def _book_lines(world: World, record: DeliveryRecord) -> dict[str, list[BookLine]]:
    """Give what each of the three books says of a delivered record."""
    route = world.truth.routes[record.key.tenant][record.route]
    approvals = _approvals_behind(world, record)
    if len({each.amount for each in approvals}) > 1:
        return {"source": [], "ledger": [], "records": []}  # a source that contradicts itself has no one amount
    stamped = world.truth.revisions[record.key.tenant, route.id, record.version.route_revision]
    expected = expected_entry(approvals[0], stamped) if approvals else None
    if expected is None or record.amount is None:
        raise Violation("I4", f"{_name(record.key)} is delivered and was never approved")
    side = _positive_side(world, record)
    return {
        "source": [_line(record, route, expected.day, approvals[0].amount)],
        "records": [_line(record, route, date.fromisoformat(record.day), record.amount)],
        "ledger": [
            _line(record, route, held.content.day, held.content.amount * (1 if held.content.type is side else -1))
            for held in world.books.of(record.key.tenant, record.key.account, record.key.reference)
        ],
    }


def _approvals_behind(world: World, record: DeliveryRecord) -> list[Approval]:
    """Give the approvals of the version that the record stands at."""
    revision, kind = record.version.source.revision, record.kind
    approvals = world.truth.of_reference(record.key.tenant, record.key.reference)
    return [each for each in approvals if each.order == revision and each.step.kind.startswith(kind)]


def _line(record: DeliveryRecord, route: Route, day: date, amount: Decimal) -> BookLine:
    reference = f"{record.key.tenant}/{record.key.reference}"
    return BookLine(route=route.id, currency=CURRENCY, day=day, reference=reference, amount=amount)


def _positive_side(world: World, record: DeliveryRecord) -> EntryType:
    stamped = world.truth.revisions[record.key.tenant, record.route, record.version.route_revision]
    return next(iter(stamped.rules.values())).entry_type


def _records(world: World, tenant: str, route: Route, reference: str) -> list[DeliveryRecord]:
    return [
        record
        for record in world.records()
        if record.key.tenant == tenant and record.key.account == route.account and record.key.reference == reference
    ]


def _is_skipped_by_a_person(record: DeliveryRecord) -> bool:
    return record.status is Status.SKIPPED and record.code == "skipped_by_operator"


def _name(key: DeliveryKey) -> str:
    return f"{key.tenant} {key.account} {key.reference}"
