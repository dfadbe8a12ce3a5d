"""The delivery record and its states. One table says which state may follow which.

    (none) ─ claim ─► in_flight ─► delivered
                        │  ▲  └──► retrying · unconfirmed ─ claim ─► in_flight
                        │  └────── pending ◄─ redrive ─┐
                        └────────► parked ─────────────┘        skipped(reason), and superseded for older versions

The record is one per (tenant, connection, account, reference). It always stands for the latest version that was seen;
`effect` remembers what the ledger is known to hold. `fence` grows with every transition, and each transition is one
conditional write that names the status, version and fence it expects: whoever was overtaken cannot write.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from ledgerpost.domain.document import Postable
from ledgerpost.domain.entry import Fingerprint, Reference
from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind, TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId
from ledgerpost.domain.version import Version

HISTORY_LENGTH_MAX = 12
"""Attempts kept in a record, the latest last; the log has them all."""

OPERATIONS_LENGTH_MAX = 10
"""What people did with a delivery, kept in its record, the latest last; the log has it all."""


class Status(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    DELIVERED = "delivered"
    RETRYING = "retrying"
    UNCONFIRMED = "unconfirmed"
    PARKED = "parked"
    SKIPPED = "skipped"


TRANSITIONS: dict[Status | None, frozenset[Status]] = {
    None: frozenset({Status.IN_FLIGHT, Status.SKIPPED, Status.PARKED}),
    Status.PENDING: frozenset({Status.IN_FLIGHT, Status.SKIPPED, Status.PARKED, Status.PENDING}),
    Status.IN_FLIGHT: frozenset(
        {Status.DELIVERED, Status.RETRYING, Status.UNCONFIRMED, Status.PARKED, Status.IN_FLIGHT, Status.SKIPPED}
    ),
    Status.DELIVERED: frozenset(
        {Status.IN_FLIGHT, Status.DELIVERED, Status.PARKED, Status.UNCONFIRMED, Status.SKIPPED}
    ),
    Status.RETRYING: frozenset({Status.IN_FLIGHT, Status.SKIPPED, Status.PARKED, Status.DELIVERED, Status.RETRYING}),
    Status.UNCONFIRMED: frozenset({Status.IN_FLIGHT, Status.SKIPPED, Status.PARKED, Status.UNCONFIRMED}),
    Status.PARKED: frozenset({Status.PENDING, Status.SKIPPED, Status.IN_FLIGHT, Status.PARKED, Status.DELIVERED}),
    Status.SKIPPED: frozenset({Status.PENDING, Status.IN_FLIGHT, Status.SKIPPED, Status.PARKED, Status.DELIVERED}),
}
"""The one transition table. `in_flight → in_flight` is a claim whose lease ran out, taken over by another worker;
`delivered → unconfirmed` is a worker that posted after it had lost its lease, so what the ledger holds is in doubt;
`pending`, `retrying` and `unconfirmed` follow themselves where the connection's breaker puts the work off."""

OPEN = frozenset({Status.PENDING, Status.IN_FLIGHT, Status.RETRYING, Status.UNCONFIRMED})
"""States that Ledgerpost itself will still move on."""


class DeliveryKey(NamedTuple):
    """What a delivery record is kept under. `collision` is blank but for the parked second owner of one reference."""

    tenant: TenantId
    connection: ConnectionId
    account: AccountId
    reference: Reference
    collision: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One post and what came of it; `outcome` is applied, not_applied or unknown, `code` its catalogue code."""

    at: datetime
    outcome: str
    code: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """What a person did with a delivery: `act` is redrove or skipped; `by` who, `reason` in their own words."""

    at: datetime
    act: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the ledger is known to hold."""

    ledger_id: str
    version: Version
    fingerprint: Fingerprint
    at: datetime


class Expected(NamedTuple):
    """What a conditional write expects to find."""

    status: Status
    version: Version
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """One entry on its way to, or in, one account. `source` is the approval event as JSON text.

    `amount` is the signed amount as approved, `day` the business day; both are blank until the event could be mapped.
    `attempts` counts the posts of the present version since its last redrive; `unsettled` says that at least one post
    of this reference has an outcome that is not known. `due_at` is when open work is to be taken up again.
    """

    key: DeliveryKey
    route: RouteId
    kind: EventKind
    event_id: EventId
    version: Version
    fingerprint: Fingerprint
    status: Status
    source: str
    updated_at: datetime
    fence: int = 1
    lease_until: datetime | None = None
    due_at: datetime | None = None
    attempts: int = 0
    unsettled: bool = False
    code: str | None = None
    detail: str = ""
    history: tuple[Attempt, ...] = ()
    operations: tuple[Operation, ...] = ()
    effect: Effect | None = None
    amount: Decimal | None = None
    currency: str = ""
    day: str = ""

    @property
    def expected(self) -> Expected:
        """What a write that follows this very state has to expect."""
        return Expected(self.status, self.version, self.fence)

    @property
    def waiting_since(self) -> datetime:
        """When the first attempt of the present version, since its last redrive, ended; before any, the last change."""
        is_in_history = 0 < self.attempts <= len(self.history)
        return self.history[-self.attempts].at if is_in_history else self.updated_at

    @property
    def in_doubt(self) -> bool:
        """Whether the ledger may hold something that is not recorded as its effect."""
        return self.unsettled or self.status in (Status.IN_FLIGHT, Status.UNCONFIRMED)

    def moved(self, status: Status, now: datetime, **changes: object) -> "DeliveryRecord":
        """Give the record after a transition to `status`: fence raised, lease, due time, code and detail cleared
        unless given. Raises AssertionError for a transition that the table does not have: a defect of ours.
        """
        assert status in TRANSITIONS[self.status], f"{self.status} may not become {status}"
        fresh: dict[str, object] = {"lease_until": None, "due_at": None, "code": None, "detail": ""}
        return replace(self, status=status, updated_at=now, fence=self.fence + 1, **(fresh | changes))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One approval on one route, mapped: what is to become of its delivery record.

    `entry` is None, and its fingerprint blank, where the approval makes no entry; `code` then says why, and `park`
    whether a person has to look.
    """

    key: DeliveryKey
    route: RouteId
    kind: EventKind
    event_id: EventId
    version: Version
    source: str
    entry: Postable | None
    fingerprint: Fingerprint
    code: str | None = None
    detail: str = ""
    park: bool = False


def work_of(
    event: ApprovalEvent,
    route: Route,
    reference: Reference,
    entry: Postable | None,
    *,
    code: str | None = None,
    detail: str = "",
    park: bool = False,
) -> Work:
    """Give the work that `event` makes on `route`."""
    return Work(
        key=DeliveryKey(event.tenant, route.connection, route.account, reference),
        route=route.id,
        kind=event.kind,
        event_id=event.event_id,
        version=Version(event.version, route.revision),
        source=event.text,
        entry=entry,
        fingerprint=entry.fingerprint() if entry else Fingerprint(""),
        code=code,
        detail=detail,
        park=park,
    )


def work_of_record(record: DeliveryRecord, code: str, *, detail: str = "", park: bool = False) -> Work:
    """Give the work of a record whose approval makes no entry any more, under `code`."""
    return Work(
        key=record.key,
        route=record.route,
        kind=record.kind,
        event_id=record.event_id,
        version=record.version,
        source=record.source,
        entry=None,
        fingerprint=Fingerprint(""),
        code=code,
        detail=detail,
        park=park,
    )
