"""The workloads: approvals as every engine gets them, and what the ledger has to hold in the end.

Seeded: the same sizes give the same approvals on every machine. W1 is a burst of single-route approvals of 1 KB. W2
fans each approval out to five routes over twenty accounts, a tenth of the references in three shuffled versions, one in
fifty refused by the ledger for good. W3 is W2 with the sink's faults. Source: performance sheet, section 6.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

ROUTES_OF_A_TENANT = 5
TENANTS = 4
UPDATED = 0.10
"""Share of the references that come in `VERSIONS` versions."""

VERSIONS = 3
POISONED = 0.02
"""Share of the references that the ledger refuses for good."""

POISON = "POISON"
"""The sink refuses every reference that begins so."""

EVENT_BYTES = 1_024
STARTED = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Approval:
    """One approved version of one transaction of a tenant."""

    tenant: str
    reference: str
    revision: int
    amount: str

    def bus_entry(self) -> dict[str, Any]:
        """Give the approval as it is published: 1 KB of JSON, the version in the notes."""
        entity = {
            "Id": self.reference,
            "ReceiptNumber": self.reference,
            "Total": self.amount,
            "Notes": f"rev {self.revision}",
            "CustomerDetails": "17850",
        }
        detail = {
            "schemaVersion": "1",
            "tenantId": self.tenant,
            "revision": self.revision,
            "approvedAt": (STARTED + timedelta(minutes=self.revision)).isoformat(),
            "currency": "GBP",
            "entity": entity,
        }
        entity["Remarks"] = "." * max(0, EVENT_BYTES - len(json.dumps(detail)) - 14)
        return {"Source": "stocksmart", "DetailType": "SaleDocumentApproved", "Detail": json.dumps(detail)}


@dataclass(frozen=True, slots=True)
class Workload:
    """Approvals in the order in which they are published, and the accounts that a tenant's are posted to."""

    approvals: Sequence[Approval]
    accounts: Mapping[str, Sequence[str]]

    def expected(self) -> dict[tuple[str, str], int]:
        """Give the revision that each (account, reference) has to show in the end; poison is never there."""
        latest: dict[tuple[str, str], int] = {}
        for approval, account in self.deliveries():
            if not approval.reference.startswith(POISON):
                key = (account, approval.reference)
                latest[key] = max(latest.get(key, 0), approval.revision)
        return latest

    def deliveries(self) -> Iterator[tuple[Approval, str]]:
        """Give each approval on each of its accounts."""
        return ((each, account) for each in self.approvals for account in self.accounts[each.tenant])


def burst(count: int, prefix: str = "S") -> Workload:
    """W1: `count` approvals on one route, their references beginning with `prefix`."""
    approvals = [Approval("acme", f"{prefix}{number:07d}", 1, _amount(number)) for number in range(count)]
    return Workload(approvals, {"acme": [_account(0)]})


def fan_out(references: int, *, with_updates: bool = True, seed: int = 0) -> Workload:
    """W2: `references` transactions of four tenants, each on five accounts, in shuffled order.

    Without updates every reference comes once: what a ledger takes that can only create.
    """
    chance = random.Random(seed)  # noqa: S311 - seeded on purpose
    approvals: list[Approval] = []
    for number in range(references):
        name = f"{POISON if chance.random() < POISONED else 'F'}{number:06d}"
        first = Approval(f"tenant-{number % TENANTS}", name, 1, _amount(number))
        is_updated = chance.random() < UPDATED and with_updates
        approvals += [replace(first, revision=each + 1) for each in range(VERSIONS if is_updated else 1)]
    chance.shuffle(approvals)
    return Workload(approvals, {f"tenant-{tenant}": _accounts(tenant) for tenant in range(TENANTS)})


def _accounts(tenant: int) -> list[str]:
    return [_account(tenant * ROUTES_OF_A_TENANT + number) for number in range(ROUTES_OF_A_TENANT)]


def _account(number: int) -> str:
    return str(UUID(int=0x7D5F_0C1E_0000_4000_8000_0000_0000_0000 + number))


def _amount(number: int) -> str:
    return f"{10 + number % 990}.{number % 100:02d}"
