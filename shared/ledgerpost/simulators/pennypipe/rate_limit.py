"""Counts the calls of each token in windows of fixed length.

Source: reference/pennypipe.md §3.4: 429 with `Retry-After` beyond so many requests per window and token.
"""

import math
from collections.abc import Callable

from ledgerpost.simulators.pennypipe.problems import rate_limited
from ledgerpost.simulators.pennypipe.settings import RateLimit


class RateLimiter:
    """Lets `limit.requests` calls of a token through per window; a window opens with the token's first call."""

    def __init__(self, limit: RateLimit, *, clock_s: Callable[[], float]) -> None:
        self._limit = limit
        self._clock_s = clock_s
        self._windows: dict[str, tuple[float, int]] = {}

    def admit(self, token: str) -> None:
        """Count one call. Raises 429 `rate_limited`, `Retry-After` being the rest of the window, at least 1 s."""
        now_s = self._clock_s()
        opened_s, calls = self._windows.get(token, (now_s, 0))
        if now_s - opened_s >= self._limit.window_s:
            opened_s, calls = now_s, 0
        if calls >= self._limit.requests:
            raise rate_limited(max(1, math.ceil(opened_s + self._limit.window_s - now_s)))
        self._windows[token] = (opened_s, calls + 1)
