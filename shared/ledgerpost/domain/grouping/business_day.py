"""The business day: from midnight to midnight in the merchant's zone, through the time zone database.

A day has 23 or 25 hours where the clocks change; some zones have no midnight on that day, and then it begins at the
first instant that there is. Source: codat sheet, section 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, up to and without `end`; aware, in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def overlaps(self, other: "Period") -> bool:
        """Say whether an instant lies in both."""
        return self.start < other.end and other.start < self.end


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Give the business day of an aware instant."""
    return instant.astimezone(zone).date()


def period_of(day: date, zone: ZoneInfo) -> Period:
    """Give the instants of a business day, for people: what counts for a record is its `day_of`.

    The two differ only where clocks were set back over midnight by less than the time since (St. John's until 2011).
    """
    return Period(start_of(day, zone), start_of(day + timedelta(days=1), zone))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Give the first instant of `day`.

    A midnight that happens twice counts from its first time on. One that does not happen reads as an instant of the
    day, after the gap, at its `fold=1` offset; the gap's own end is the first instant.
    """
    midnight = datetime.combine(day, time(), tzinfo=zone)
    start = midnight.astimezone(UTC)
    if day_of(start, zone) == day and day_of(start - timedelta(microseconds=1), zone) < day:
        return start
    return _end_of_gap(day, zone, near=start)


def _end_of_gap(day: date, zone: ZoneInfo, *, near: datetime) -> datetime:
    """Find by halving the first instant of `day`, to the second: the database's changes happen at whole seconds."""
    before = int((near - timedelta(days=2)).timestamp())
    within = int((near + timedelta(days=2)).timestamp())
    while within - before > 1:
        middle = (before + within) // 2
        if day_of(datetime.fromtimestamp(middle, UTC), zone) < day:
            before = middle
        else:
            within = middle
    return datetime.fromtimestamp(within, UTC)


def days_from(first: date, last: date) -> Iterator[date]:
    """Give every day from `first` to `last`, both included."""
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)
