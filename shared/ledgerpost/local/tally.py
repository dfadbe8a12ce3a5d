"""What came of each delivery of a run, added up: the numbers of the report of `ledgerpost local`.

Source: design, section 3.4.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ledgerpost.domain.claim import Result
from ledgerpost.ports import DeliveryLine


class _Rank(IntEnum):
    """A line takes the place of one of a lower rank, and of an open or parked one of its own."""

    OPEN = 0
    DUPLICATE = 1
    PARKED = 2
    SETTLED = 3


_RANKS = {
    Result.DELIVERED: _Rank.SETTLED,
    Result.UNCHANGED: _Rank.SETTLED,
    Result.SUPERSEDED: _Rank.SETTLED,
    Result.SKIPPED: _Rank.SETTLED,
    Result.PARKED: _Rank.PARKED,
    Result.DUPLICATE: _Rank.DUPLICATE,
    Result.RETRYING: _Rank.OPEN,
    Result.UNCONFIRMED: _Rank.OPEN,
    Result.BUSY: _Rank.OPEN,
    Result.NOT_DUE: _Rank.OPEN,
    Result.HELD: _Rank.OPEN,
    Result.OVERTAKEN: _Rank.OPEN,
}
assert set(_RANKS) == set(Result), "every result has its rank"


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where the delivery of one event on one route stands."""

    result: Result
    code: str | None

    @property
    def rank(self) -> _Rank:
        return _RANKS[self.result]


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyReport:
    """The numbers of a run. `deliveries` counts (event, route) pairs by their end; `posts` counts ledger calls.

    `entries_per_second` is deliveries that reached the ledger, or were found there unchanged, per second of the run.
    `incidents` is what the cloud did to messages that a sound template does to none.
    """

    events: int
    deliveries: dict[str, int]
    skipped: dict[str, int]
    parked: dict[str, int]
    posts: int
    lookups: int
    seconds: float
    retried: int = 0
    results: dict[str, int] = field(default_factory=dict)
    incidents: dict[str, int] = field(default_factory=dict)

    @property
    def entries_per_second(self) -> float:
        """Deliveries that reached the ledger, per second."""
        return self.deliveries["delivered"] / self.seconds if self.seconds > 0 else 0.0

    def as_json(self) -> dict[str, Any]:
        """Give the report's own part of design section 3.4; the reconciliation is put beside it by the caller."""
        report: dict[str, Any] = {
            "events": self.events,
            "deliveries": self.deliveries,
            "skipped": self.skipped,
            "parked": self.parked,
            "posts": self.posts,
            "lookups": self.lookups,
            "seconds": round(self.seconds, 3),
            "entriesPerSecond": round(self.entries_per_second, 1),
        }
        return report | ({"incidents": self.incidents} if self.incidents else {})


class Tally:
    """Hears of every message (port DeliveryJournal) and keeps the end of each delivery. Safe for threads."""

    def __init__(self) -> None:
        self._standings: dict[tuple[str, str], _Standing] = {}
        self._posts = 0
        self._lookups = 0
        self._retried = 0
        self._settled = 0
        self._lock = threading.Lock()

    @property
    def settled(self) -> int:
        """Deliveries that have come to an end so far."""
        return self._settled

    def attempted(self, line: DeliveryLine) -> None:
        """Count one message. Its line stands until a later one of the same event and route says more."""
        result = Result(line.result)
        standing = _Standing(result, line.code)
        with self._lock:
            self._posts += line.posts
            self._lookups += line.lookups
            self._retried += result in (Result.RETRYING, Result.UNCONFIRMED)
            if line.event_id:
                self._place((line.event_id, line.route), standing)

    def _place(self, delivery: tuple[str, str], standing: _Standing) -> None:
        before = self._standings.get(delivery)
        if before is not None and not _says_more(standing, before):
            return
        was_settled = before is not None and before.rank is not _Rank.OPEN
        self._settled += (standing.rank is not _Rank.OPEN) - was_settled
        self._standings[delivery] = standing

    def report(
        self, *, events: int, seconds: float, is_settled: bool, incidents: Mapping[str, int] | None = None
    ) -> TallyReport:
        """Give the numbers of a run of so many events and seconds.

        Where the run is settled, a delivery that was last seen open was taken over by a later version of its entry:
        it counts as superseded. Else it counts as open.
        """
        with self._lock:
            standings = list(self._standings.values())
        ends = Counter(_end_of(standing, is_settled=is_settled) for standing in standings)
        named = ("delivered", "skipped", "parked", "superseded")
        return TallyReport(
            events=events,
            deliveries={name: ends.pop(name, 0) for name in named} | dict(sorted(ends.items())),
            skipped=_by_code(standings, Result.SKIPPED),
            parked=_by_code(standings, Result.PARKED),
            posts=self._posts,
            lookups=self._lookups,
            seconds=seconds,
            retried=self._retried,
            incidents=dict(incidents or {}),
            results=dict(Counter(standing.result.value for standing in standings)),
        )


def _says_more(standing: _Standing, before: _Standing) -> bool:
    if standing.rank is before.rank:
        return before.rank in (_Rank.OPEN, _Rank.PARKED)
    return standing.rank > before.rank


def _end_of(standing: _Standing, *, is_settled: bool) -> str:
    if standing.rank is _Rank.OPEN:
        return "superseded" if is_settled else "open"
    return "delivered" if standing.result is Result.UNCHANGED else standing.result.value


def _by_code(standings: list[_Standing], result: Result) -> dict[str, int]:
    codes = Counter(standing.code or "" for standing in standings if standing.result is result)
    return dict(codes.most_common())
