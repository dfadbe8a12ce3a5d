"""What a preview delivers over: records written in memory alone, ledgers that are asked and never written to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Expected
from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.look_up import LookUpAnswer
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    DocumentFact,
    Fact,
    FindOutcome,
    Found,
    LedgerFact,
    NotApplied,
    PostOutcome,
    Unknown,
)
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, Connection, ConnectionId, TenantConfiguration
from ledgerpost.ports import (
    DeliveryLine,
    DeliveryStore,
    LedgerTarget,
    LedgerTargets,
    LookUps,
    OutgoingMessage,
    PauseStore,
)

Place = tuple[TenantId, ConnectionId, AccountId, str]
"""A reference on an account of a connection."""


class OverlaidRecords:
    """Records that are read from the real ones and written in memory (port DeliveryStore). Remembers what one delivery
    found and left under the last key that it wrote.
    """

    def __init__(self, real: DeliveryStore) -> None:
        self._real = real
        self._written: dict[DeliveryKey, DeliveryRecord] = {}
        self.touched_before: DeliveryRecord | None = None
        self.touched_after: DeliveryRecord | None = None

    def forget_touched(self) -> None:
        """Begin with another delivery."""
        self.touched_before = self.touched_after = None

    def get(self, key: DeliveryKey) -> DeliveryRecord | None:
        return self._written.get(key) or self._real.get(key)

    def create(self, record: DeliveryRecord) -> DeliveryRecord | None:
        stored = self.get(record.key)
        if stored is None:
            self._write(record, None)
        return stored

    def replace(self, record: DeliveryRecord, expected: Expected) -> DeliveryRecord | None:
        stored = self.get(record.key)
        if stored is None or stored.expected != expected:
            return stored
        self._write(record, stored)
        return None

    def _write(self, record: DeliveryRecord, before: DeliveryRecord | None) -> None:
        if self.touched_after is None:
            self.touched_before = before
        self.touched_after = record
        self._written[record.key] = record

    def due(self, before: datetime, limit: int) -> Sequence[DeliveryKey]:  # noqa: ARG002 - nothing is woken here
        return ()


class AskedLedgers:
    """Ledgers that answer what they are asked and are never written to (ports LedgerTargets and LedgerTarget)."""

    def __init__(self, real: LedgerTargets) -> None:
        self._real = real
        self.posted: Postable | None = None
        self.is_onto = False
        self._held: dict[Place, Fact] = {}

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        """Give the target behind `connection`, asked alone."""
        real = self._real.target_of(tenant, connection)
        if isinstance(real, LookUps):
            return _AskedLedgerWithLookUps(self, real, (tenant, connection.id), real)
        return _AskedLedger(self, real, (tenant, connection.id))

    def forget_posted(self) -> None:
        """Begin with another delivery."""
        self.posted, self.is_onto = None, False

    def hold(self, place: Place, entry: Postable, ledger_id: str, *, is_onto: bool) -> None:
        """Keep `entry` as what the ledger would hold."""
        self.posted, self.is_onto = entry, is_onto
        self._held[place] = _fact_of(entry, ledger_id)

    def held(self, place: Place) -> Fact | None:
        """Give what was kept for `place`; None where nothing was."""
        return self._held.get(place)


@dataclass(frozen=True, slots=True)
class _AskedLedger:
    ledgers: AskedLedgers
    real: LedgerTarget
    place: tuple[TenantId, ConnectionId]

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        return self.real.ability(account)

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        held = self.ledgers.held((*self.place, account, reference))
        return Found((held,)) if held is not None else self.real.find(account, reference)

    def post(
        self,
        account: AccountId,
        entry: Postable,
        correlation_id: str,  # noqa: ARG002 - nothing is sent
        onto: Fact | None = None,
    ) -> PostOutcome:
        ledger_id = onto.ledger_id if onto is not None else f"preview of {entry.reference}"
        self.ledgers.hold((*self.place, account, entry.reference), entry, ledger_id, is_onto=onto is not None)
        return Applied(ledger_id, created=onto is None)


@dataclass(frozen=True, slots=True)
class _AskedLedgerWithLookUps(_AskedLedger):
    questions: LookUps

    def look_up(self, account: AccountId, name: str, argument: str) -> LookUpAnswer:
        return self.questions.look_up(account, name, argument)


def _fact_of(entry: Postable, ledger_id: str) -> Fact:
    """Give `entry` as the ledger would hold it."""
    if isinstance(entry, LedgerDocument):
        return DocumentFact(
            ledger_id=ledger_id,
            reference=entry.reference,
            amount=entry.source_amount,
            day=entry.day,
            holds=lambda other: other.fingerprint() == entry.fingerprint(),
        )
    return LedgerFact(
        ledger_id=ledger_id,
        reference=entry.reference,
        type=entry.type,
        amount=entry.money.amount,
        day=entry.day,
        note=entry.note,
    )


@dataclass(frozen=True, slots=True)
class ProposedRoutes:
    configuration: TenantConfiguration

    def tenant(self, tenant: TenantId) -> TenantConfiguration | None:
        return self.configuration if tenant == self.configuration.tenant else None


@dataclass(frozen=True, slots=True)
class ReadPauses:
    """The pauses that are; none is made or ended (port PauseStore)."""

    real: PauseStore

    def pauses(self, tenant: TenantId, *, fresh: bool = False) -> Sequence[Pause]:
        return self.real.pauses(tenant, fresh=fresh)

    def pause(self, tenant: TenantId, pause: Pause) -> bool:  # noqa: ARG002
        return False

    def resume(
        self,
        tenant: TenantId,  # noqa: ARG002
        connection: ConnectionId,  # noqa: ARG002
        account: AccountId | None,  # noqa: ARG002
    ) -> Pause | None:
        return None


class NoRejections:
    def put(self, rejection: Rejection) -> None:
        """What has no reference is told by the line alone."""

    def rejections(self) -> Iterator[Rejection]:
        return iter(())

    def remove(self, rejection_id: str) -> None:
        """There is none."""


class NoQueue:
    def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Nothing is called again."""


class NoNotices:
    def warning(self, event: str, **fields: object) -> None:
        """Nothing happened."""

    info = warning


class NoJournal:
    def attempted(self, line: DeliveryLine) -> None:
        """The line is read from the call."""
