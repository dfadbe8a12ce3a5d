"""Preview: what a changed configuration would make of deliveries that were, before it is saved.

Nothing here works out what posting would do: the events of the records are replayed through delivering itself
(`app.deliver`), over records that are written in memory only and a ledger that is asked but never written to. So what
the preview says is what posting does. Source: issue 8, "Preview".

Known is what has a record: an approval that no route ever took left none, so a route for a flow that had none before is
previewed from the bus's archive, not from here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledgerpost.app.breakers import Breakers
from ledgerpost.app.deliver import deliver
from ledgerpost.app.delivery_work import Approval, DeliverPorts
from ledgerpost.app.listing import ReadEvent
from ledgerpost.app.preview_world import (
    AskedLedgers,
    NoJournal,
    NoNotices,
    NoQueue,
    NoRejections,
    OverlaidRecords,
    ProposedRoutes,
    ReadPauses,
)
from ledgerpost.domain.breaker import BreakerPolicy
from ledgerpost.domain.claim import Result
from ledgerpost.domain.decision import RetryPolicy
from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.document import Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.route import AccountId, ConnectionId, EntryType, RouteId, TenantConfiguration
from ledgerpost.ports import Clock, DeliveryLine, DeliveryStore, LedgerTargets, PauseStore

EVENTS_MAX = 5000
"""Events of one preview; a person waits for it."""


class Effect(StrEnum):
    """What saving would do to the ledger for one delivery."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"
    """A person would have to look: it would be parked."""
    WAITS = "waits"
    """Not to be told yet: it is under way, in doubt, or its ledger did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One event on one route. `code` says why it is skipped or refused; `entry` is what would be posted, None where
    nothing would. `before` is the signed amount of what the ledger holds now, None where it holds nothing.
    """

    route: RouteId
    account: AccountId
    event_id: EventId
    kind: EventKind
    reference: str
    effect: Effect
    result: str
    code: str | None
    entry: Postable | None
    before: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSum:
    """What would be written to one account in one currency: how many entries, and their sums by side, a document's
    total by its sign. `before` and `after`: the signed amounts, as approved, of what they replace and of themselves.
    """

    connection: ConnectionId
    account: AccountId
    currency: str
    created: int
    changed: int
    credit: Decimal
    debit: Decimal
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """The rows in the order of their approvals, and the sums of what would be written. `left_out` counts the events
    beyond the bound, the oldest ones.
    """

    rows: Sequence[PreviewRow]
    sums: Sequence[AccountSum]
    left_out: int = 0

    @property
    def counts(self) -> Mapping[Effect, int]:
        """How many rows have each effect; every effect is there."""
        counts = dict.fromkeys(Effect, 0)
        for row in self.rows:
            counts[row.effect] += 1
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPorts:
    """What previewing needs; all of it is only read."""

    read_event: ReadEvent
    records: DeliveryStore
    pauses: PauseStore
    targets: LedgerTargets
    formulas: Formulas
    clock: Clock
    policy: RetryPolicy = field(default_factory=RetryPolicy)


def preview(
    proposed: TenantConfiguration, records: Iterable[DeliveryRecord], ports: PreviewPorts, *, limit: int = EVENTS_MAX
) -> Preview:
    """Say what applying `proposed`, then replaying the events of `records`, would do.

    `proposed` has the revisions that its application would give (`app.apply.plan(…).after`). Of more than
    `limit` events the latest are taken. Raises StoreError; a ledger that does not answer is a row that waits.
    """
    events, left_out = _events_of(records, ports.read_event, limit)
    trial = _Trial(proposed, ports)
    rows = [row for event in events for row in trial.rows_of(event)]
    return Preview(rows, trial.sums(), left_out)


def recent(records: Iterable[DeliveryRecord], since: datetime) -> Iterator[DeliveryRecord]:
    """Give those of `records` whose last change was not before `since`."""
    return (record for record in records if record.updated_at >= since)


def _events_of(records: Iterable[DeliveryRecord], read_event: ReadEvent, limit: int) -> tuple[list[ApprovalEvent], int]:
    """Give the events of the records, each once, in the order of their approvals, the latest at most."""
    events = {event.event_id: event for event in (read_event(record.source) for record in records)}
    ordered = sorted(events.values(), key=lambda event: (event.approved_at, event.event_id))
    return ordered[-limit:], max(0, len(ordered) - limit)


class _Trial:
    """Delivering, over records in memory and ledgers that are only asked."""

    def __init__(self, proposed: TenantConfiguration, ports: PreviewPorts) -> None:
        self._proposed = proposed
        self._records = OverlaidRecords(ports.records)
        self._ledgers = AskedLedgers(ports.targets)
        self._sums: dict[tuple[ConnectionId, AccountId, str], list[PreviewRow]] = defaultdict(list)
        self._ports = DeliverPorts(
            read_event=ports.read_event,
            wake_up_for=lambda key, _: key.reference,
            routes=ProposedRoutes(proposed),
            records=self._records,
            rejections=NoRejections(),
            pauses=ReadPauses(ports.pauses),
            targets=self._ledgers,
            deliveries=NoQueue(),
            journal=NoJournal(),
            notices=NoNotices(),
            clock=ports.clock,
            policy=ports.policy,
            # Of its own: what the ledgers answer here is told to no other.
            breakers=Breakers(BreakerPolicy()),
            formulas=ports.formulas,
        )

    def rows_of(self, event: ApprovalEvent) -> Iterator[PreviewRow]:
        """Give what each route that takes the event would make of it."""
        for route in self._proposed.routes_for(event):
            self._records.forget_touched()
            self._ledgers.forget_posted()
            line = deliver(Approval(event, route.id, ""), self._ports)
            before = self._records.touched_before
            effect = _effect_of(line, before, self._records.touched_after, is_onto=self._ledgers.is_onto)
            is_written = effect in (Effect.CREATED, Effect.CHANGED)
            row = PreviewRow(
                route=route.id,
                account=route.account,
                event_id=event.event_id,
                kind=event.kind,
                reference=line.reference,
                effect=effect,
                result=line.result,
                code=line.code,
                entry=self._ledgers.posted if is_written else None,
                before=_amount_held(before),
                currency=event.currency,
            )
            if is_written:
                self._sums[route.connection, route.account, event.currency].append(row)
            yield row

    def sums(self) -> list[AccountSum]:
        """Give what was written, by account and currency, sorted."""
        return [
            _sum_of(connection, account, currency, rows)
            for (connection, account, currency), rows in sorted(self._sums.items())
        ]


def _amount_held(before: DeliveryRecord | None) -> Decimal | None:
    """Give the amount that the ledger holds; None where it holds nothing, or another version than the record's."""
    if before is None or before.effect is None or before.effect.fingerprint != before.fingerprint:
        return None
    return before.amount


_EFFECTS = {
    Result.SKIPPED: Effect.SKIPPED,
    Result.PARKED: Effect.REFUSED,
    Result.UNCHANGED: Effect.UNCHANGED,
    Result.DUPLICATE: Effect.UNCHANGED,
    Result.SUPERSEDED: Effect.UNCHANGED,
}


def _effect_of(
    line: DeliveryLine, before: DeliveryRecord | None, after: DeliveryRecord | None, *, is_onto: bool
) -> Effect:
    """Read the effect from what delivering said, and from what the record says that the ledger held and holds."""
    result = Result(line.result)
    if result is not Result.DELIVERED:
        return _EFFECTS.get(result, Effect.WAITS)
    assert after is not None, "what is delivered has a record"
    assert after.effect is not None, "what is delivered has an effect"
    if not line.posts:
        # A ledger that is searched holds it already.
        return Effect.UNCHANGED
    if before is None or before.effect is None:
        # A post whose reply was lost may have landed: then this one writes over it, unless a search showed nothing.
        may_be_there = before is not None and before.in_doubt and not line.lookups
        return Effect.CHANGED if may_be_there or is_onto else Effect.CREATED
    return Effect.UNCHANGED if before.effect.fingerprint == after.effect.fingerprint else Effect.CHANGED


def _sum_of(connection: ConnectionId, account: AccountId, currency: str, rows: Sequence[PreviewRow]) -> AccountSum:
    entries = [row.entry for row in rows if row.entry is not None]
    return AccountSum(
        connection=connection,
        account=account,
        currency=currency,
        created=sum(row.effect is Effect.CREATED for row in rows),
        changed=sum(row.effect is Effect.CHANGED for row in rows),
        credit=_side(entries, EntryType.CREDIT),
        debit=_side(entries, EntryType.DEBIT),
        before=sum((row.before for row in rows if row.before is not None), Decimal(0)),
        after=sum((entry.source_amount for entry in entries), Decimal(0)),
    )


def _side(entries: Iterable[Postable], side: EntryType) -> Decimal:
    return sum((entry.money.amount for entry in entries if _side_of(entry) is side), Decimal(0))


def _side_of(entry: Postable) -> EntryType:
    if isinstance(entry, LedgerEntry):
        return entry.type
    return EntryType.CREDIT if entry.source_amount >= 0 else EntryType.DEBIT
