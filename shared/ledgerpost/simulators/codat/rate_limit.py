"""The two limits: a quota per day for the client, and a hard limit per minute. Source: codat sheet, section 7."""

import math
from datetime import UTC, date, datetime, timedelta

from ledgerpost.simulators.codat.problems import ApiError, too_many_requests

_MINUTE = timedelta(minutes=1)


class RateLimiter:
    """Counts the calls of the UTC day and of the running minute."""

    def __init__(self, *, per_day: int, per_minute: int) -> None:
        self._per_day = per_day
        self._per_minute = per_minute
        self._day = date.min
        self._calls_of_day = 0
        self._minute_from = datetime.min.replace(tzinfo=UTC)
        self._calls_of_minute = 0

    def refusal(self, now: datetime) -> ApiError | None:
        """Count one call; 429 with `Retry-After`, the rest of the day or minute, where a limit was reached."""
        self._turn(now)
        if self._calls_of_day >= self._per_day:
            return too_many_requests(_seconds(self._reset(now) - now))
        if self._calls_of_minute >= self._per_minute:
            return too_many_requests(_seconds(self._minute_from + _MINUTE - now))
        self._calls_of_day += 1
        self._calls_of_minute += 1
        return None

    def headers(self, now: datetime) -> dict[str, str]:
        """The headers that every answer has."""
        return {
            "X-Rate-Limit-Limit": str(self._per_day),
            "X-Rate-Limit-Remaining": str(max(0, self._per_day - self._calls_of_day)),
            "X-Rate-Limit-Reset": self._reset(now).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _turn(self, now: datetime) -> None:
        if now.date() != self._day:
            self._day, self._calls_of_day = now.date(), 0
        if now - self._minute_from >= _MINUTE:
            self._minute_from, self._calls_of_minute = now, 0

    @staticmethod
    def _reset(now: datetime) -> datetime:
        """Midnight UTC: client limits are reset then."""
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _seconds(left: timedelta) -> int:
    return max(1, math.ceil(left.total_seconds()))
