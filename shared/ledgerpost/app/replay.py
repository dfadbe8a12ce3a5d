"""Replaying archived days: the bus publishes them once more, and the delivery records see to it that nothing is posted
twice (invariant I12).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ledgerpost.errors import UsageError
from ledgerpost.ports import Clock, Notices


class ReplayState(StrEnum):
    """Where a replay stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay of what was published from `first` to before `last`. `reached` is the time of the last event so far."""

    name: str
    state: ReplayState
    first: datetime
    last: datetime
    reached: datetime | None = None
    reason: str = ""

    @property
    def share(self) -> float:
        """How much of its stretch of time is done, from 0 to 1."""
        if self.state is ReplayState.COMPLETED:
            return 1.0
        return (self.reached - self.first) / (self.last - self.first) if self.reached else 0.0


class EventArchive(Protocol):
    """What the bus has published, kept for replay. Raises StoreError."""

    def start(self, name: str, first: datetime, last: datetime, description: str) -> None:
        """Have the bus publish once more, to Ledgerpost alone, what it published from `first` to before `last`."""
        ...

    def progress(self, name: str) -> Replay:
        """Give how far the replay `name` is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPorts:
    """What replaying needs; `pause` lets so many seconds pass between two looks."""

    archive: EventArchive
    clock: Clock
    notices: Notices
    pause: Callable[[float], None]


POLL_S = 10.0


def start_replay(first: datetime, last: datetime, ports: ReplayPorts, *, by: str, reason: str) -> str:
    """Start a replay of what was published from `first` to before `last`; give its name.

    Raises UsageError for a stretch that is empty or not over yet.
    """
    now = ports.clock.now()
    if first >= last:
        raise UsageError("usage", "--from has to lie before --to.")
    if last > now:
        raise UsageError("usage", "--to lies in the future: what is not published yet cannot be replayed.")
    name = f"ledgerpost-{first:%Y%m%dT%H%M}-{last:%Y%m%dT%H%M}-{now:%Y%m%dT%H%M%S}"
    # 512 characters are what EventBridge takes.
    ports.archive.start(name, first, last, f"{by}: {reason}"[:512])
    ports.notices.warning("operator.replayed", by=by, reason=reason)
    return name


def follow(name: str, ports: ReplayPorts, *, limit: timedelta = timedelta(hours=24)) -> Iterator[Replay]:
    """Give the replay's progress until it ends, or until `limit` has passed."""
    until = ports.clock.now() + limit
    while True:
        replay = ports.archive.progress(name)
        yield replay
        if replay.state is not ReplayState.RUNNING or ports.clock.now() >= until:
            return
        ports.pause(POLL_S)
