"""Undoing a route's day: every entry that it brought into the ledger is taken back by a reversal linked to it.

Read from the top: `plan_undo` says what would be reversed and what cannot be; `post_reversals` sends the reversals
through the delivery queue, where each is an ordinary delivery with the same promise; `check_undone` reads both back.
Nothing is deleted, in the ledger or in the records. Source: issue 8, "Undo".

What is reversed is only what is proven: an entry that the ledger holds as today's route makes it of the record's own
approval. Otherwise the opposite of the approval need not be the opposite of the entry, and a person has to look.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledgerpost.app.fair_group import group_of_approval
from ledgerpost.app.listing import ReadEvent
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import RULE_KINDS, ApprovalEvent
from ledgerpost.domain.mapping import map_entry
from ledgerpost.domain.outcome import FindOutcome, Found, LedgerFact
from ledgerpost.domain.reversal import is_reversal, reversal_reference, reversal_text, reverses
from ledgerpost.domain.route import EntryType, Route, RouteId, TenantConfiguration
from ledgerpost.errors import UsageError
from ledgerpost.ports import DeliveryStore, LedgerTargets, OutgoingMessage, Queue

BATCH = 100
"""Reversals of one sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """An entry to be taken back and its opposite. `event` is the approval that brings the opposite about; `is_there`
    says that the reversal has a delivery of its own already.
    """

    original: DeliveryRecord
    entry: LedgerEntry
    opposite: LedgerEntry
    event: ApprovalEvent
    is_there: bool = False


@dataclass(frozen=True, slots=True)
class NotUndone:
    """A delivery of the day that is left as it is, and the code that says why."""

    record: DeliveryRecord
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoSum:
    """What the reversals of one currency come to: how many, and their sums by side."""

    currency: str
    reversals: int
    credit: Decimal
    debit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """What undoing a route's day would do; nothing was done yet."""

    route: Route
    day: date
    reversals: Sequence[Reversal]
    left: Sequence[NotUndone]

    @property
    def sums(self) -> Sequence[UndoSum]:
        """What the reversals come to, by currency, sorted."""
        entries: dict[str, list[LedgerEntry]] = defaultdict(list)
        for reversal in self.reversals:
            entries[reversal.opposite.money.currency].append(reversal.opposite)
        return [
            UndoSum(
                currency=currency,
                reversals=len(opposites),
                credit=_side(opposites, EntryType.CREDIT),
                debit=_side(opposites, EntryType.DEBIT),
            )
            for currency, opposites in sorted(entries.items())
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPorts:
    """What undoing needs. `message_for` gives the body of a delivery message."""

    read_event: ReadEvent
    message_for: Callable[[ApprovalEvent, Route], str]
    records: DeliveryStore
    deliveries: Queue
    targets: LedgerTargets


def plan_undo(
    configuration: TenantConfiguration,
    route_id: RouteId,
    day: date,
    records: Iterable[DeliveryRecord],
    ports: UndoPorts,
) -> UndoPlan:
    """Work out the reversals of a route's business day. `records` may hold others, which are passed over.

    Raises UsageError(undo_unknown_route) where the configuration has no such route, and StoreError.
    """
    route = configuration.routes.get(route_id)
    if route is None:
        raise UsageError("undo_unknown_route", f"There is no route {route_id!r} in the applied configuration.")
    reversals: list[Reversal] = []
    left: list[NotUndone] = []
    of_day = (each for each in records if each.route == route_id and each.day == day.isoformat())
    for record in sorted(of_day, key=lambda each: each.key):
        made = _reversal_of(record, route, ports)
        if isinstance(made, Reversal):
            reversals.append(made)
        elif made is not None:
            left.append(NotUndone(record, made))
    return UndoPlan(route=route, day=day, reversals=reversals, left=left)


def _reversal_of(record: DeliveryRecord, route: Route, ports: UndoPorts) -> Reversal | str | None:
    """Give the reversal of a delivery, or the code that says why there is none; None where there is nothing to undo."""
    if is_reversal(record) or (record.effect is None and not record.in_doubt):
        return None
    if record.status is not Status.DELIVERED or record.effect is None:
        return "undo_not_settled"
    if record.kind not in RULE_KINDS or route.collection_for(record.kind) is not None:
        return "undo_document"
    if (record.key.connection, record.key.account) != (route.connection, route.account):
        return "undo_other_account"
    event = ports.read_event(record.source)
    rule = route.rules.get(record.kind)
    entry = map_entry(event, route, rule) if rule is not None else None
    if rule is None or not isinstance(entry, LedgerEntry) or entry.fingerprint() != record.effect.fingerprint:
        return "undo_route_changed"
    reference = reversal_reference(record.key.reference, record.effect)
    if reference is None:
        return "undo_reference_too_long"
    return _linked(record, route, entry, ports.read_event(reversal_text(event, rule, reference)), ports)


def _linked(
    record: DeliveryRecord, route: Route, entry: LedgerEntry, event: ApprovalEvent, ports: UndoPorts
) -> Reversal | str:
    opposite = map_entry(event, route, route.rules[record.kind])
    if route.verdict_on(record.kind) is not None:
        return "undo_route_off"
    if not isinstance(opposite, LedgerEntry) or not reverses(opposite, entry):
        return "undo_route_changed"
    is_there = ports.records.get(_key_of(record, opposite.reference)) is not None
    return Reversal(original=record, entry=entry, opposite=opposite, event=event, is_there=is_there)


def post_reversals(plan: UndoPlan, ports: UndoPorts) -> int:
    """Send every reversal of the plan to be delivered, and give how many. Sent again they are duplicates: a run that
    broke off is simply made again. Raises StoreError where one may not have been taken.
    """
    messages = [
        OutgoingMessage(
            ports.message_for(reversal.event, plan.route), group=group_of_approval(reversal.event, plan.route)
        )
        for reversal in plan.reversals
    ]
    for start in range(0, len(messages), BATCH):
        ports.deliveries.send(messages[start : start + BATCH])
    return len(messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What the ledger shows of an undo: how many entries are cancelled out by their reversals, those that are not, by
    their reference with why, and what the ledger gave no answer about.
    """

    cancelled: int
    open: Sequence[tuple[Reference, str]]
    unread: Sequence[tuple[Reference, str]]

    @property
    def ties_out(self) -> bool:
        """Whether every entry of the plan is cancelled out in the ledger."""
        return not self.open and not self.unread


def check_undone(plan: UndoPlan, configuration: TenantConfiguration, ports: UndoPorts) -> Undone:
    """Read each entry and its reversal back from the ledger, two look-ups each, and add them up."""
    target = ports.targets.target_of(configuration.tenant, configuration.connection_of(plan.route))
    still_open: list[tuple[Reference, str]] = []
    unread: list[tuple[Reference, str]] = []
    for reversal in plan.reversals:
        reference, account = reversal.original.key.reference, plan.route.account
        answers = (target.find(account, reference), target.find(account, reversal.opposite.reference))
        failed = next((answer.code for answer in answers if not isinstance(answer, Found)), None)
        if failed is not None:
            unread.append((reference, failed))
        elif (why := _why_open(*answers)) is not None:
            still_open.append((reference, why))
    cancelled = len(plan.reversals) - len(still_open) - len(unread)
    return Undone(cancelled=cancelled, open=still_open, unread=unread)


def _why_open(original: FindOutcome, opposite: FindOutcome) -> str | None:
    """Say why an entry is not cancelled out; None where it is."""
    first, second = _net(original), _net(opposite)
    if second is None:
        return "the reversal is not in the ledger yet"
    if first is None:
        return "the entry itself is not in the ledger"
    total = first + second
    return None if not total else f"the two leave {total:f}"


def _net(found: FindOutcome) -> Decimal | None:
    """Give what the entries of a reference come to, credits positive; None where there is none."""
    facts = [fact for fact in found.facts if isinstance(fact, LedgerFact)] if isinstance(found, Found) else []
    if not facts:
        return None
    return sum((fact.amount if fact.type is EntryType.CREDIT else -fact.amount for fact in facts), Decimal(0))


def _key_of(record: DeliveryRecord, reference: Reference) -> DeliveryKey:
    return record.key._replace(reference=reference, collision="")


def _side(entries: Iterable[LedgerEntry], side: EntryType) -> Decimal:
    return sum((entry.money.amount for entry in entries if entry.type is side), Decimal(0))
