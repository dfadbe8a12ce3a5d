"""The whole state of one simulator, put together from its settings."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledgerpost.simulators.pennylane.auth import RateLimit, Tokens
from ledgerpost.simulators.pennylane.books import Books
from ledgerpost.simulators.pennylane.faults import parse_faults
from ledgerpost.simulators.pennylane.settings import SimulatorSettings
from ledgerpost.simulators.serving.faults import FaultInjector

REQUESTS_KEPT_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One line of the request log; no token and no body stands in it."""

    operation: str
    method: str
    path: str
    query: str
    status: str

    def document(self) -> dict[str, str]:
        """The line as JSON."""
        return {
            "operation": self.operation, "method": self.method, "path": self.path, "query": self.query,
            "status": self.status,
        }  # fmt: skip


class Simulator:
    """Books, tokens, faults and counts of one company. Lives in one thread; its clock is given, in seconds."""

    def __init__(self, settings: SimulatorSettings, *, clock_s: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock_s = clock_s
        self.books = Books(settings, clock_s)
        self.tokens = Tokens(settings, clock_s)
        self.requests: deque[LoggedRequest] = deque(maxlen=REQUESTS_KEPT_MAX)
        self.faults = self._injector(settings.faults)
        self.limit = self._limit()
        self.token_answers_to_cut = 0

    def set_faults(self, text: str) -> None:
        """Replace the fault plan. Raises `FaultSpecError`."""
        self.faults = self._injector(text)

    def reset(self) -> None:
        """Forget what happened: rows, counts, log, fault memory, rate windows. Tokens and the fault plan stay."""
        self.books.clear()
        self.requests.clear()
        self.faults.forget()
        self.limit = self._limit()

    def counts(self) -> dict[str, Any]:
        """What happened so far: effects by collection, rows now, duplicates, faults, calls by operation and status."""
        tally = self.books.tally
        calls: dict[str, dict[str, int]] = {}
        for (operation, status), number in sorted(tally.calls.items()):
            calls.setdefault(operation, {})[status] = number
        return {
            "created": dict(tally.created),
            "updated": dict(tally.updated),
            "deleted": dict(tally.deleted),
            "rows": self._sizes(),
            "duplicates": self.books.duplicates(),
            "faults": dict(tally.faults),
            "calls": calls,
            "limited": tally.rejected_by_limit,
            "refreshes": self.tokens.refreshes,
            "reusedRefreshTokens": self.tokens.reuses,
        }

    def _sizes(self) -> Mapping[str, int]:
        return {name: len(rows) for name, rows in self.books.tables.items() if rows}

    def _injector(self, text: str) -> FaultInjector:
        return FaultInjector(self.settings.seed, parse_faults(text), injected=self._struck)

    def _struck(self, kind: str) -> None:
        self.books.tally.faults[kind] += 1

    def _limit(self) -> RateLimit:
        return RateLimit(self.settings.window_requests, self.settings.window_s, self.clock_s)
