"""The budget of requests of one process (port RequestBudget). Safe to share between threads."""

import threading

from ledgerpost.domain.request_rate import RequestRate
from ledgerpost.ports import Clock


class MemoryRequestBudget:
    """Arrival times in a dictionary."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._arrivals: dict[str, float] = {}
        self._lock = threading.Lock()

    def reserve(self, key: str, rate: RequestRate, patience_s: float) -> float | None:
        """Reserve the next free moment of `key`; give the seconds until then, or None beyond `patience_s`."""
        with self._lock:
            reservation = rate.reserved(self._arrivals.get(key, 0.0), self._clock.now().timestamp(), patience_s)
            self._arrivals[key] = reservation.arrival_s
        return reservation.wait_s

    def hold(self, key: str, rate: RequestRate, for_s: float) -> None:
        """Let no request of `key` go for so many seconds."""
        with self._lock:
            until_s = self._clock.now().timestamp() + for_s
            self._arrivals[key] = rate.held(self._arrivals.get(key, 0.0), until_s)
