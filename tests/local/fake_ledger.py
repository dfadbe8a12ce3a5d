"""A ledger in memory (port LedgerTargets): upserts by reference, and fails after a script."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
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

APPLIED = Applied("ledger-id", created=True)
CUT = Unknown("reply_lost", "applied, then the connection was cut")
REFUSED = NotApplied("entry_refused", Retry.NEVER, "no")
BUSY = NotApplied("ledger_unavailable", Retry.LATER, status=503)


@dataclass
class FakeLedger:
    """`script` gives the outcomes of the next posts, then all are applied. What is unknown was applied."""

    script: deque[PostOutcome] = field(default_factory=deque)
    entries: dict[str, LedgerEntry] = field(default_factory=dict)
    posts: int = 0
    effects: int = 0
    before_post: Callable[[], None] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        return self

    def ability(self, account: AccountId) -> AccountAbility:
        return AccountAbility(TargetClass.UPSERT, "GBP")

    def post(self, account: AccountId, entry: LedgerEntry, correlation_id: str, onto: object = None) -> PostOutcome:
        self.before_post()
        with self.lock:
            self.posts += 1
            outcome = self.script.popleft() if self.script else APPLIED
            if not isinstance(outcome, NotApplied):
                self.effects += self.entries.get(entry.reference) != entry
                self.entries[entry.reference] = entry
            return outcome

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        return Found(())
