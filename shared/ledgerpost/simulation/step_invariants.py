"""Invariants that are looked at with every effect: on the ledger (I2, I3, I7, I8) and on the records (I9, I10)."""

from ledgerpost.domain.delivery import TRANSITIONS, DeliveryKey, DeliveryRecord, Status
from ledgerpost.simulation.books import Held
from ledgerpost.simulation.fibers import Fiber
from ledgerpost.simulation.source import TENANTS, Approval, Expectation, expected_entry
from ledgerpost.simulation.world import Violation, World


class StepInvariants:
    """Hears of every write and every post of a world and raises Violation where one breaks an invariant."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._holders: dict[DeliveryKey, tuple[Fiber, int]] = {}
        self._last: dict[DeliveryKey, DeliveryRecord] = {}

    def attach(self) -> None:
        """Listen to the world."""
        observer = self._world.observer
        observer.wrote, observer.applied, observer.posting = self.wrote, self.applied, self.posting

    def wrote(self, record: DeliveryRecord, before: DeliveryRecord | None, fiber: Fiber) -> None:
        """A record was written: I9 (fence and holder), I7 (its source is its tenant's)."""
        key = record.key
        if before is not None:
            if record.fence != before.fence + 1 or record.status not in TRANSITIONS[before.status]:
                raise Violation(
                    "I9", f"{_name(key)}: fence {before.fence} → {record.fence}, {before.status} → {record.status}"
                )
            self._assert_holder(record, before, fiber)
        if record.status is Status.IN_FLIGHT:
            self._assert_claimable(record, before)
            self._holders[key] = fiber, record.fence
        if f'"tenantId": "{key.tenant}"' not in record.source and f'"tenantId":"{key.tenant}"' not in record.source:
            raise Violation("I7", f"{_name(key)} is kept for an approval of another tenant")

    def _assert_holder(self, record: DeliveryRecord, before: DeliveryRecord, fiber: Fiber) -> None:
        """An attempt is recorded by whoever holds the claim, and by nobody else."""
        holder = self._holders.get(record.key)
        ends_an_attempt = before.status is Status.IN_FLIGHT and record.attempts > before.attempts
        is_taken_over = record.status is Status.IN_FLIGHT
        if ends_an_attempt and not is_taken_over and holder is not None and holder != (fiber, before.fence):
            raise Violation("I9", f"{_name(record.key)}: {fiber.name} ended a claim that {holder[0].name} holds")

    def _assert_claimable(self, record: DeliveryRecord, before: DeliveryRecord | None) -> None:
        """A running claim is taken over by nobody; clocks are at most ten seconds apart."""
        if before is None or before.status is not Status.IN_FLIGHT or before.lease_until is None:
            return
        left_s = before.lease_until.timestamp() - self._world.now_ms / 1000
        if left_s > 10:
            raise Violation("I9", f"{_name(record.key)}: a claim was taken over {left_s:.0f} s before its lease ended")

    def posting(self, tenant: str, account: str, reference: str, fiber: Fiber) -> None:
        """A post is about to be sent: I8 (only under a claim of one's own), I13 (never what a person skipped)."""
        record = self._record_of(tenant, account, reference)
        if record is None:
            raise Violation("I8", f"{tenant} {account} {reference} is posted without a record")
        skipped = self._world.truth.skipped.get(record.key)
        if skipped is not None and skipped == record.version.source.revision and not self._world.plan.is_suspended:
            raise Violation("I13", f"{tenant} {account} {reference} is posted though a person skipped it")
        holder = self._holders.get(record.key)
        is_held = record.status is Status.IN_FLIGHT and holder is not None and holder[0] is fiber
        if not is_held and not self._world.plan.is_suspended:
            raise Violation("I8", f"{tenant} {account} {reference} is posted without a claim ({record.status})")

    def applied(self, held: Held, before: Expectation | None) -> None:
        """The ledger changed: I7, I2 (one object of a reference), I3 (never an older one over a newer)."""
        world = self._world
        claims = self._versions_of(held.tenant, held, held.content)
        if not claims:
            self._raise_unknown_content(held)
        if before is None:
            if len(world.books.of(held.tenant, held.account, held.reference)) > 1:
                raise Violation("I2", f"{held.tenant} {held.account} {held.reference} is in the ledger twice")
            return
        older = self._versions_of(held.tenant, held, before)
        if older and max(claims) < min(older) and not world.plan.is_suspended:
            raise Violation("I3", f"{held.tenant} {held.account} {held.reference}: {max(claims)} over {min(older)}")

    def _raise_unknown_content(self, held: Held) -> None:
        others = (tenant for tenant in TENANTS if tenant != held.tenant)
        if any(self._versions_of(other, held, held.content) for other in others):
            raise Violation("I7", f"{held.tenant} {held.account} {held.reference} holds what another tenant approved")
        raise Violation(
            "I4", f"{held.tenant} {held.account} {held.reference} holds what nobody approved: {held.content}"
        )

    def _versions_of(self, tenant: str, held: Held, content: Expectation) -> list[tuple[int, int]]:
        """Give every version, of approval and route, that asks for this content."""
        truth = self._world.truth
        routes = [
            route
            for (owner, _, _), route in truth.revisions.items()
            if owner == tenant and route.account == held.account
        ]
        approvals: list[Approval] = truth.of_reference(tenant, held.reference)
        return [
            (approval.order, route.revision)
            for approval in approvals
            for route in routes
            if expected_entry(approval, route) == content
        ]

    def _record_of(self, tenant: str, account: str, reference: str) -> DeliveryRecord | None:
        store = self._world.tables.deliveries(self._world.table)
        return store.get(DeliveryKey(tenant, "main", account, reference))  # type: ignore[arg-type]


def _name(key: DeliveryKey) -> str:
    return f"{key.tenant} {key.account} {key.reference}"
