"""The whole state of one simulator, put together from its settings."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from ledgerpost.simulators.pennypipe.auth import Tokens
from ledgerpost.simulators.pennypipe.counts import SimulatorCounts, Tally
from ledgerpost.simulators.pennypipe.faults import parse_faults
from ledgerpost.simulators.pennypipe.ledger import Ledger
from ledgerpost.simulators.pennypipe.rate_limit import RateLimiter
from ledgerpost.simulators.pennypipe.settings import SimulatorSettings
from ledgerpost.simulators.serving.faults import FaultInjector
from ledgerpost.simulators.serving.log import RequestLog


def new_uuid() -> str:
    """A random id, as the ledger gives its entries."""
    return str(uuid.uuid4())


class Simulator:
    """Ledger, tokens, faults and counts of one tenant. Lives in one thread; its clock is given, in seconds."""

    def __init__(
        self,
        settings: SimulatorSettings,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = new_uuid,
    ) -> None:
        self.settings = settings
        self.tally = Tally()
        self.log = RequestLog()
        self.faults = self._injector(settings.faults)
        self.ledger = Ledger(clock_s=clock_s, new_id=new_id, upsert=settings.upsert)
        self.tokens = Tokens(
            clients=settings.clients, pats=settings.pats, lifetime_s=settings.token_lifetime_s, clock_s=clock_s
        )
        self._clock_s = clock_s
        self.limiter = self._limiter()
        for account in settings.accounts:
            self.ledger.add(account)

    def set_faults(self, text: str) -> None:
        """Replace the fault plan; the calls of each reference count from zero again. Raises `FaultSpecError`."""
        self.faults = self._injector(text)

    def reset(self) -> None:
        """Forget what happened: entries, tags, counts, log, fault memory, rate windows.

        What was configured stays, also what was configured mid-run: accounts, allow-lists, fault plan, upsert switch.
        Tokens stay valid.
        """
        self.ledger.clear()
        self.tally.clear()
        self.log.clear()
        self.faults.forget()
        self.limiter = self._limiter()

    def counts(self) -> SimulatorCounts:
        """What happened so far."""
        return self.tally.reading(
            entries=self.ledger.size(), duplicates=self.ledger.duplicates(), calls=self.log.calls()
        )

    def counts_document(self) -> dict[str, Any]:
        """What happened so far, as JSON."""
        return self.counts().document()

    def entry_documents(self) -> Iterator[dict[str, Any]]:
        """Every entry of every account, as JSON."""
        return (entry.document() for entry in self.ledger.all_entries())

    def _injector(self, text: str) -> FaultInjector:
        return FaultInjector(self.settings.seed, parse_faults(text), injected=self.tally.fault)

    def _limiter(self) -> RateLimiter | None:
        limit = self.settings.rate_limit
        return None if limit is None else RateLimiter(limit, clock_s=self._clock_s)
