"""The ledgers of a history behind the port LedgerTarget: faithful to their class, and faulty by the plan."""

from dataclasses import dataclass

from ledgerpost.domain.document import Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Fact,
    FindOutcome,
    Found,
    NotApplied,
    PostOutcome,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import AccountId, Connection
from ledgerpost.ports import LedgerTarget
from ledgerpost.simulation.plan import Fault, What
from ledgerpost.simulation.source import CURRENCY
from ledgerpost.simulation.world import START_MS, Worker, World

PATIENCE_MS = 20_000
"""How long a post waits for an answer that does not come."""


@dataclass(frozen=True, slots=True)
class SimulatedTargets:
    """The targets of all connections (port LedgerTargets)."""

    world: World

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:  # noqa: ARG002 - one per tenant
        """Give the tenant's ledger."""
        return SimulatedTarget(self.world, tenant)


@dataclass(frozen=True, slots=True)
class SimulatedTarget:
    """One tenant's ledger (port LedgerTarget)."""

    world: World
    tenant: str

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Give the class and the currency."""
        faults = self.world.effect("ledger ability", lambda: self.world.faults_at("ability answer"))
        refusal = self._refusal(faults)
        if refusal is not None:
            return refusal
        if faults:
            return Unknown("reply_lost")
        if account in self.world.plan.forbidden and not self.world.is_calm:
            return NotApplied("account_forbidden", Retry.NEVER, status=403)
        # A shop sells in several currencies; the ledger of its documents takes each.
        currency = None if self.world.plan.is_closing else CURRENCY
        return AccountAbility(self.world.plan.target_class, currency, self.world.plan.updates)

    def post(
        self,
        account: AccountId,
        entry: Postable,
        correlation_id: str,  # noqa: ARG002
        onto: Fact | None = None,
    ) -> PostOutcome:
        """Apply the entry, or not, and answer, or not."""
        assert isinstance(entry, LedgerEntry), "the histories are of entries"
        world = self.world
        world.effect("ledger request", lambda: None)
        world.observer.posting(self.tenant, account, entry.reference, world.fibers.running())
        outcome = world.effect("ledger post", lambda: self._answer(account, entry, onto.ledger_id if onto else None))
        if isinstance(outcome, Unknown):
            world.is_unsure.add((self.tenant, account, entry.reference))
        return outcome

    def _answer(self, account: AccountId, entry: LedgerEntry, onto: str | None) -> PostOutcome:
        world = self.world
        world.note(f"  post {self.tenant} {account} {entry.reference} {entry.type} {entry.money} {entry.note!r}")
        faults = world.faults_at("post answer")
        refusal = self._refusal(faults)
        if refusal is not None:
            return refusal
        if entry.reference in world.plan.poison:
            return NotApplied("entry_refused", Retry.NEVER, "simulated poison", status=422)
        for fault in faults:
            world.strike(fault)
            return self._unanswered(fault, account, entry, onto)
        held = world.books.apply(self.tenant, account, entry, world.now_ms, onto)
        return Applied(held.ledger_id, created=True)

    def _unanswered(self, fault: Fault, account: AccountId, entry: LedgerEntry, onto: str | None) -> PostOutcome:
        world = self.world
        if fault.what is What.LATE:
            world.at(given_up_ms(world) + round(fault.amount_s * 1000), lambda: self._land(account, entry, onto))
            wait_in_vain(world)
            return Unknown("reply_lost")
        if fault.what is not What.LOST:
            world.books.apply(self.tenant, account, entry, world.now_ms, onto)
        if fault.what is What.SERVER_ERROR:
            return Unknown("ledger_failed", status=500)
        wait_in_vain(world)
        return Unknown("reply_lost")

    def _land(self, account: AccountId, entry: LedgerEntry, onto: str | None) -> None:
        self.world.note(f"  a late post lands: {self.tenant} {account} {entry.reference} {entry.money}")
        self.world.books.apply(self.tenant, account, entry, self.world.now_ms, onto)

    def _is_out(self) -> bool:
        outage = self.world.plan.outage
        at_s = (self.world.now_ms - START_MS) / 1000
        return outage is not None and outage[0] == self.tenant and outage[1] <= at_s < outage[2]

    def _refusal(self, faults: tuple[Fault, ...]) -> NotApplied | None:
        if self._is_out():
            self.world.calls_in_outage += 1
            return NotApplied("ledger_unavailable", Retry.LATER, status=503)
        for fault in faults:
            if fault.what is What.LIMITED:
                self.world.strike(fault)
                return NotApplied("rate_limited", Retry.LATER, retry_after_s=fault.amount_s, status=429)
            if fault.what is What.BUSY:
                self.world.strike(fault)
                return NotApplied("ledger_unavailable", Retry.LATER, status=503)
        return None

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        """Look the reference up; what was applied a moment ago may not show yet."""
        world = self.world
        faults = world.effect("ledger find", lambda: world.faults_at("find answer"))
        refusal = self._refusal(faults)
        if refusal is not None:
            return refusal
        if faults or world.plan.target_class is not TargetClass.LOOK_UP:
            return Unknown("reply_lost")
        return Found(tuple(held.fact() for held in world.books.find(self.tenant, account, reference, world.now_ms)))


def given_up_ms(world: World) -> int:
    """Give when nobody waits for the answer any more: patience is over, or the worker is cut off."""
    worker = world.fibers.running().worker
    assert isinstance(worker, Worker), "every fiber has its worker"
    patience_ends_ms = world.now_ms + PATIENCE_MS
    if worker.invocation is None or world.plan.is_suspended:
        return patience_ends_ms
    return min(patience_ends_ms, worker.invocation.deadline_ms)


def wait_in_vain(world: World) -> None:
    """Let the fiber wait for an answer that does not come."""
    world.sleep(world.fibers.running(), PATIENCE_MS)
