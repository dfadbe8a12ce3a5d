"""A small world for the use cases: in-memory adapters, a clock set by hand and a scripted ledger."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.memory import (
    MemoryDeliveryStore,
    MemoryPauseStore,
    MemoryRejectionStore,
    MemoryRouteStore,
)
from ledgerpost.app.breakers import Breakers
from ledgerpost.app.deliver import deliver
from ledgerpost.app.delivery_work import DeliverPorts
from ledgerpost.app.operate import OperatePorts
from ledgerpost.app.pausing import PausingPorts
from ledgerpost.domain.breaker import BreakerPolicy
from ledgerpost.domain.decision import RetryPolicy
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import EventKind, StreamType, TenantId
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Fact,
    FindOutcome,
    Found,
    LedgerFact,
    NotApplied,
    PostOutcome,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import (
    AccountId,
    Connection,
    ConnectionId,
    EntryType,
    PatAuth,
    Route,
    RouteId,
    Rule,
    SecretReference,
    TenantConfiguration,
)
from ledgerpost.ports import DeliveryLine, LedgerTarget, OutgoingMessage
from ledgerpost.wire.message import message_for, read_accepted_event, read_message, wake_up_for

TENANT = TenantId("acme")
ACCOUNT = AccountId("sales")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS_OF = {
    StreamType.SALES: (EventKind.SALE_DOCUMENT, EventKind.SALE_PAYMENT),
    StreamType.PURCHASING: (EventKind.PURCHASE_DOCUMENT, EventKind.SUPPLIER_PAYMENT),
}


@dataclass
class HandClock:
    """A clock that moves when it is told to."""

    instant: datetime = START

    def now(self) -> datetime:
        return self.instant

    def pass_(self, **span: float) -> None:
        self.instant += timedelta(**span)


@dataclass
class Mailbox:
    """A queue that keeps what was sent."""

    messages: list[OutgoingMessage] = field(default_factory=list)

    def send(self, messages: Any) -> None:
        self.messages.extend(messages)


@dataclass
class Journal:
    lines: list[DeliveryLine] = field(default_factory=list)

    def attempted(self, line: DeliveryLine) -> None:
        self.lines.append(line)


@dataclass
class Noticeboard:
    """Keeps what was told, by its name, and the fields of the last of each."""

    told: list[str] = field(default_factory=list)
    fields: dict[str, dict[str, object]] = field(default_factory=dict)

    def warning(self, event: str, **fields: object) -> None:
        self.told.append(event)
        self.fields[event] = fields

    info = warning


@dataclass
class ScriptedLedger:
    """A ledger that upserts or only creates; each post first meets the next of `faults` (None: no fault).

    A fault is an outcome to answer instead of posting, or the word "cut": apply, then lose the reply. `before_post` is
    called as the post begins: whatever the test wants to happen meanwhile.
    """

    clock: HandClock
    target_class: TargetClass = TargetClass.UPSERT
    currency: str | None = "GBP"
    updates: bool = False
    faults: list[Any] = field(default_factory=list)
    held: list[LedgerFact] = field(default_factory=list)
    hidden_for_s: float = 0.0
    posts: int = 0
    before_post: Callable[[LedgerEntry], None] = lambda _: None
    _seen_at: dict[str, datetime] = field(default_factory=dict)

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        return self

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        return AccountAbility(self.target_class, self.currency, self.updates)

    def post(
        self, account: AccountId, entry: LedgerEntry, correlation_id: str, onto: Fact | None = None
    ) -> PostOutcome:
        self.posts += 1
        self.before_post(entry)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and fault != "cut":
            return fault
        ledger_id = self._apply(entry, onto)
        return Unknown("reply_lost") if fault == "cut" else Applied(ledger_id, created=True)

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        shown_since = self.clock.now() - timedelta(seconds=self.hidden_for_s)
        return Found(
            tuple(f for f in self.held if f.reference == reference and self._seen_at[f.ledger_id] <= shown_since)
        )

    def _apply(self, entry: LedgerEntry, onto: Fact | None) -> str:
        ledger_id = f"entry-{len(self.held) + 1}"
        by_reference = entry.reference if self.target_class is TargetClass.UPSERT else None
        for old in list(self.held):
            if old is onto or old.reference == by_reference:
                self.held.remove(old)
                ledger_id = old.ledger_id
        self._seen_at[ledger_id] = self.clock.now()
        fact = LedgerFact(
            ledger_id=ledger_id,
            reference=entry.reference,
            type=entry.type,
            amount=entry.money.amount,
            day=entry.day,
            note=entry.note,
        )
        self.held.append(fact)
        return ledger_id

    def amounts(self, reference: str = "1") -> list[str]:
        return [str(fact.amount) for fact in self.held if fact.reference == reference]


def route(
    stream: StreamType = StreamType.SALES,
    *,
    route_id: str = "sales",
    enabled: bool = True,
    revision: int = 1,
    **rule: Any,
) -> Route:
    settings = {"enabled": True, "entry_type": EntryType.CREDIT, "note_template": NoteTemplate("#{Id}")} | rule
    return Route(
        id=RouteId(route_id),
        connection=ConnectionId("main"),
        stream=stream,
        account=ACCOUNT,
        enabled=enabled,
        time_zone=ZoneInfo("Europe/London"),
        rules={kind: Rule(**settings) for kind in KINDS_OF[stream]},
        revision=revision,
    )


def configuration(*routes: Route) -> TenantConfiguration:
    connection = Connection(
        id=ConnectionId("main"),
        label="Main Finance Account",
        target="pennypipe",
        base_url="https://ledger.example",
        auth=PatAuth(SecretReference("env:PAT")),
    )
    return TenantConfiguration(TENANT, {connection.id: connection}, {each.id: each for each in routes})


def event_text(
    total: str = "10.00",
    *,
    reference: str = "1",
    event_id: str = "event-1",
    revision: int | None = 1,
    detail_type: str = "SaleDocumentApproved",
    approved_at: str = "2026-03-01T11:00:00Z",
    **more: Any,
) -> str:
    amount = "Payment" if "Payment" in detail_type else "Total"
    version = "" if revision is None else f'"revision":{revision},'
    extra = "".join(f',"{name}":{json.dumps(value)}' for name, value in more.items())
    return (
        f'{{"version":"0","id":"{event_id}","detail-type":"{detail_type}","source":"stocksmart","detail":'
        f'{{"schemaVersion":"1","tenantId":"acme",{version}"approvedAt":"{approved_at}","currency":"GBP",'
        f'"entity":{{"Id":"{reference}","{amount}":{total}{extra}}}}}}}'
    )


class World:
    """The delivery use case with everything around it."""

    def __init__(
        self, target_class: TargetClass = TargetClass.UPSERT, *routes: Route, policy: RetryPolicy | None = None
    ):
        self.clock = HandClock()
        self.ledger = ScriptedLedger(self.clock, target_class)
        self.records = MemoryDeliveryStore()
        self.rejections = MemoryRejectionStore()
        self.queue = Mailbox()
        self.intake_queue = Mailbox()
        self.journal = Journal()
        self.notices = Noticeboard()
        self.pauses = MemoryPauseStore()
        self.routes = MemoryRouteStore()
        self.configure(*(routes or (route(),)))
        self.ports = DeliverPorts(
            read_event=read_accepted_event,
            wake_up_for=wake_up_for,
            routes=self.routes,
            records=self.records,
            rejections=self.rejections,
            pauses=self.pauses,
            targets=self.ledger,
            deliveries=self.queue,
            journal=self.journal,
            clock=self.clock,
            policy=policy or RetryPolicy(),
            notices=self.notices,
            breakers=Breakers(BreakerPolicy()),
            formulas=RuleEngineFormulas(),
        )
        self.operate = OperatePorts(
            wake_up_for=wake_up_for,
            records=self.records,
            rejections=self.rejections,
            approvals=self.intake_queue,
            deliveries=self.queue,
            clock=self.clock,
            notices=self.notices,
        )
        self.pausing = PausingPorts(pauses=self.pauses, listing=self.records, operate=self.operate)

    def configure(self, *routes: Route) -> None:
        self.configuration = configuration(*routes)
        self.routes.apply(self.configuration)

    def offer(self, text: str, route_id: str = "sales") -> str:
        """Deliver one approval; give its result."""
        event = read_accepted_event(text)
        taker = self.configuration.routes.get(RouteId(route_id)) or route(route_id=route_id)
        return self.handle(message_for(event, taker))

    def handle(self, body: str) -> str:
        return deliver(read_message(body), self.ports).result

    def run_queue(self) -> list[str]:
        """Let time pass to each message's delay and deliver it, until the queue is empty; give the results."""
        return list(self._drain())

    def _drain(self) -> Iterator[str]:
        while self.queue.messages:
            message = self.queue.messages.pop(0)
            self.clock.pass_(seconds=message.delay_s)
            yield self.handle(message.body)

    def record(self, reference: str = "1", collision: str = "") -> DeliveryRecord:
        found = self.records.get(self.key(reference, collision))
        assert found is not None
        return found

    def key(self, reference: str = "1", collision: str = "") -> DeliveryKey:
        return DeliveryKey(TENANT, ConnectionId("main"), ACCOUNT, Reference(reference), collision)
