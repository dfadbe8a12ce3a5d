"""Defects on purpose, put in the place of the product's own functions: each must be caught, or the checks are empty.

None of them is a switch in the product: `installed_mutant` replaces an attribute and puts it back.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from ledgerpost.app import deliver, operate, posting
from ledgerpost.app.delivery_line import line_of_attempt
from ledgerpost.domain import claim, mapping
from ledgerpost.domain.claim import Leave, Result
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import NotApplied, Retry, TargetClass
from ledgerpost.errors import StoreError
from ledgerpost.simulation.closing_mutants import CLOSING_DEFECTS
from ledgerpost.simulation.orders_mutants import ORDER_DEFECTS
from ledgerpost.simulation.services import FaultyDeliveries
from ledgerpost.simulation.wire_mutants import WIRE_DEFECTS
from ledgerpost.wire import approval, message

# By their names, as the template has them: functions are hosts above this package.
deliver_handler, intake_handler, settle_handler = (
    importlib.import_module(f"functions.{name}.handler") for name in ("deliver", "intake", "settle")
)

Replacement = Callable[[Any], Any]
"""Makes the defective function from the sound one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A defect: what it does, which of the invariants must catch it, and in which profile it shows.

    `places` are (owner, attribute) of the functions that `replacement` makes defective.
    """

    name: str
    says: str
    caught_by: frozenset[str]
    profile: str
    places: tuple[tuple[Any, str], ...]
    replacement: Replacement


@contextmanager
def installed_mutant(mutant: Mutant | None) -> Iterator[None]:
    """Run with the defect in place."""
    places = mutant.places if mutant is not None else ()
    sound = [(owner, name, getattr(owner, name)) for owner, name in places]
    try:
        for owner, name, function in sound:
            assert mutant is not None, "only a mutant has places"
            setattr(owner, name, mutant.replacement(function))
        yield
    finally:
        for owner, name, function in sound:
            setattr(owner, name, function)


def _no_fence(sound: Any) -> Any:
    def replaced(self: Any, record: Any, expected: Any) -> Any:
        stored = self._store.get(record.key)
        return sound(self, record, stored.expected if stored is not None else expected)

    return replaced


def _delete_on_exception(sound: Any) -> Any:
    def replaced(self: Any, record: Any, expected: Any) -> Any:
        is_unknown = bool(record.history) and record.history[-1].outcome == "unknown"
        if is_unknown and record.status in (Status.UNCONFIRMED, Status.PARKED):
            _forget(self._store, record.key)
            raise StoreError("store_unavailable", "The record was deleted, as after any exception.")
        return sound(self, record, expected)

    return replaced


def _one_hour_memory(sound: Any) -> Any:
    def created(self: Any, record: Any) -> Any:
        stored = self._store.get(record.key)
        is_old = stored is not None and (record.updated_at - stored.updated_at).total_seconds() > 3600
        if is_old and stored.status is Status.DELIVERED:
            _forget(self._store, record.key)
        return sound(self, record)

    return created


def _forget(store: Any, key: Any) -> None:
    store._records.pop(key, None)
    store._open.discard(key)
    store._parked.discard(key)


def _key_without_version(sound: Any) -> Any:
    def offered(record: Any, work: Any, now: Any, lease: Any) -> Any:
        if record.status is Status.DELIVERED:
            return Leave(Result.DUPLICATE)
        return sound(record, work, now, lease)

    return offered


def _key_is_event_id(sound: Any) -> Any:
    def mapped(event: Any, route: Any, formulas: Any) -> Any:
        work = sound(event, route, formulas)
        key = getattr(work, "key", None)
        return work if key is None else replace(work, key=key._replace(collision=event.event_id))

    return mapped


def _exception_aborts_the_batch(sound: Any) -> Any:
    def each_record(records: Any, handle: Any, log: Any, **more: Any) -> Any:
        response = sound(records, handle, log, **more)
        if response["batchItemFailures"]:
            raise RuntimeError("one record failed, and so the batch")
        return response

    return each_record


def _acknowledges_failures(sound: Any) -> Any:
    def each_record(records: Any, handle: Any, log: Any, **more: Any) -> Any:
        sound(records, handle, log, **more)
        return {"batchItemFailures": []}

    return each_record


def _float_money(sound: Any) -> Any:
    def quantised(amount: Decimal, currency: str) -> tuple[Money, Decimal]:
        money, rounding = sound(amount, currency)
        cents = Decimal(str(round(float(amount) * 1.0, 2))).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        return Money(cents, money.currency), rounding

    return quantised


def _retries_refusals_for_ever(sound: Any) -> Any:
    def decided(record: Any, outcome: Any, *more: Any, **named: Any) -> Any:
        if isinstance(outcome, NotApplied) and outcome.retry is Retry.NEVER:
            return sound(replace(record, attempts=0), replace(outcome, retry=Retry.LATER), *more, **named)
        return sound(record, outcome, *more, **named)

    return decided


def _static_key_of_a_manual_retry(sound: Any) -> Any:
    def redrive(key: Any, ports: Any, **more: Any) -> Any:
        store = ports.records._store
        seen = vars(store).setdefault("redriven_before", set())
        if key in seen:
            return store.get(key)
        seen.add(key)
        return sound(key, ports, **more)

    return redrive


def _tenant_from_the_payload(sound: Any) -> Any:
    def read(envelope: Any, text: str) -> Any:
        event = sound(envelope, text)
        return replace(event, tenant=event.entity.get("TenantId", event.tenant))

    return read


def _event_in_a_log_line(sound: Any) -> Any:
    def line(record: Any, *more: Any) -> Any:
        made = sound(record, *more)
        made.code = made.code or record.source
        return made

    return line


def _always(value: Any) -> Replacement:
    def replacement(sound: Any) -> Any:  # noqa: ARG001 - the sound one is not asked
        return lambda *_, **__: value

    return replacement


def _posts_without_looking(sound: Any) -> Any:  # noqa: ARG001
    def posted(target: Any, record: Any, entry: Any, *_: Any, **__: Any) -> Any:
        outcome = target.post(record.key.account, entry, record.event_id)
        return posting.Posted(outcome=outcome, target_class=TargetClass.LOOK_UP, posts=1)

    return posted


def _utc_day(sound: Any) -> Any:  # noqa: ARG001
    return lambda event, *_: event.approved_at.date()


def _no_repair(sound: Any) -> Any:  # noqa: ARG001
    return lambda claimed, _, posted, *__: line_of_attempt(claimed, Result.OVERTAKEN, posted)


def _swallows_a_failed_send(sound: Any) -> Any:
    def send_all(messages: Any, ports: Any) -> None:
        try:
            sound(messages, ports)
        except StoreError:
            return

    return send_all


def _mutant(
    name: str, says: str, caught_by: str, profile: str, replacement: Replacement, *places: tuple[Any, str]
) -> Mutant:
    return Mutant(
        name=name,
        says=says,
        caught_by=frozenset(caught_by.split()),
        profile=profile,
        places=places,
        replacement=replacement,
    )


MUTANTS = {
    mutant.name: mutant
    for mutant in (
        _mutant("no-fence", "a late worker may write over the winner", "I9", "suspended", _no_fence,
                (FaultyDeliveries, "_replaced")),
        _mutant("delete-on-exception", "an unknown outcome forgets the record", "I2", "none", _delete_on_exception,
                (FaultyDeliveries, "_replaced")),
        _mutant("one-hour-memory", "a delivered record lives for an hour", "I2 I3 I12", "none", _one_hour_memory,
                (FaultyDeliveries, "_created")),
        _mutant("key-without-version", "a later version counts as a duplicate", "I3 I13", "upsert",
                _key_without_version, (deliver, "offer")),
        _mutant("key-is-event-id", "the same approval under a new id is another one", "I1 I2 I8", "none",
                _key_is_event_id, (deliver, "map_event")),
        _mutant("batch-abort", "one failed record fails its batch", "I5", "quick", _exception_aborts_the_batch,
                (deliver_handler, "each_record")),
        _mutant("acknowledge-failures", "a failed record is deleted from the queue", "I1 I3 I10 I16", "quick",
                _acknowledges_failures, (deliver_handler, "each_record")),
        _mutant("swallow-send", "intake takes a failed send for a sent one", "I1 I3", "quick",
                _swallows_a_failed_send, (intake_handler, "send_all")),
        _mutant("float-money", "amounts go through binary fractions", "I4", "quick", _float_money,
                (mapping, "quantise")),
        _mutant("utc-day", "the day is taken in UTC, not in the route's zone", "I4", "quick", _utc_day,
                (mapping, "business_day")),
        _mutant("retry-4xx-forever", "a refusal for good is tried again and again", "I5 I16", "quick",
                _retries_refusals_for_ever, (deliver, "decide")),
        _mutant("look-up-once", "not found is taken as proof at once", "I2", "look-up", _always(False),
                (posting, "_too_early_to_tell")),
        _mutant("create-beside", "posts without looking", "I2", "look-up", _posts_without_looking,
                (posting, "_post_after_look_up")),
        _mutant("amend-beside", "a later version is created beside the earlier one", "I2", "none", _always(None),
                (posting, "_hindrance")),
        _mutant("no-wait-for-earlier", "a later version goes out while an earlier one may still land", "I3", "upsert",
                _always(None), (deliver, "wait_for_earlier_post")),
        _mutant("static-manual-retry", "the second redrive of a delivery does nothing", "I13", "none",
                _static_key_of_a_manual_retry, (operate, "redrive")),
        _mutant("forget-skip", "a person's skip does not last", "I13", "quick", _always(False),
                (claim, "_skip_sticks")),
        _mutant("tenant-from-payload", "the tenant is what the entity says", "I1 I7", "quick",
                _tenant_from_the_payload, (approval, "event_of"), (message, "event_of")),
        _mutant("no-lease", "a running claim is taken over at once", "I9", "quick", _always(True),
                (claim, "_lease_over")),
        _mutant("no-sweep", "nobody looks for overdue deliveries", "I16", "quick", _always(0),
                (settle_handler, "settle")),
        _mutant("no-repair", "a post that landed late is left on top", "I3 I4", "suspended", _no_repair,
                (deliver, "_overtaken")),
        _mutant("event-in-log", "the event is written into a log line", "I6", "quick", _event_in_a_log_line,
                (deliver, "line_of_attempt")),
        _mutant("create-document-beside", "posts a document without looking", "I2", "closing",
                _posts_without_looking, (posting, "_post_after_look_up")),
        _mutant("create-order-beside", "posts an order without looking", "I2", "orders", _posts_without_looking,
                (posting, "_post_after_look_up")),
        _mutant("order-look-up-once", "no order found is taken as proof at once", "I2", "orders", _always(False),
                (posting, "_too_early_to_tell")),
        *(_mutant(*defect) for defect in (*CLOSING_DEFECTS, *ORDER_DEFECTS, *WIRE_DEFECTS)),
    )
}  # fmt: skip
