"""How fast a connection may call: a burst, then one request at a time, all its workers together.

A generic cell rate algorithm over one number, the theoretical arrival time: up to `burst` requests go at once, then one
every `interval_s`. In no window of `w` seconds do more than burst + w / interval_s of them go.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestRate:
    """At most `burst` requests at once, then one every `interval_s` seconds. Both are greater than zero."""

    burst: int
    interval_s: float

    def most_in(self, window_s: float) -> float:
        """Give the most requests that can go within `window_s` seconds."""
        return self.burst + window_s / self.interval_s

    def reserved(self, arrival_s: float, now_s: float, patience_s: float) -> "Reservation":
        """Give the next free moment, where the arrival time kept so far is `arrival_s` (0 for none); in seconds."""
        wait_s = max(0.0, arrival_s - (self.burst - 1) * self.interval_s - now_s)
        if wait_s > patience_s:
            return Reservation(None, arrival_s)
        return Reservation(wait_s, max(arrival_s, now_s) + self.interval_s)

    def held(self, arrival_s: float, until_s: float) -> float:
        """Give the arrival time after which no request goes before `until_s`: the other side said that it is enough."""
        return max(arrival_s, until_s + (self.burst - 1) * self.interval_s)


@dataclass(frozen=True, slots=True)
class Reservation:
    """When a request may go: `wait_s` from now; None where that is longer than the asker has patience for.

    `arrival_s` is the arrival time to keep.
    """

    wait_s: float | None
    arrival_s: float
