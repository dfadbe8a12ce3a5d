"""What an engine of the bench and the bench say to each other, over standard input and output, one JSON line each.

The bench sends a job; the engine sets itself up and answers `ready`; the bench says `go`; the engine takes every
approval in and comes back when all is done: it writes down when it took each one in (monotonic seconds, the same clock
in all processes) and answers `done`; when the bench has measured it, it closes.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

THREADS_MIN = 4
"""Threads of an engine where so few posts may be in flight that waiting for the disk would leave the sink idle; the
posts are held to their number all the same.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What an engine is asked to do. `events` are bus entries; `accounts` the accounts of each tenant's routes.

    `in_flight` posts run at once; `folder` is the engine's own; `variant` says which form of the engine. With
    `live_per_second` the `live` entries come at that rate while `events` are a backfill beside them.
    """

    sink: str
    events: Path
    accounts: dict[str, list[str]]
    in_flight: int
    folder: Path
    accepted: Path
    variant: str = ""
    live: Path | None = None
    live_per_second: float = 0.0


Entries = Sequence[dict[str, Any]]


class Engine(Protocol):
    """An engine that is set up."""

    def run(self, entries: Entries) -> list[float]:
        """Take every entry in and see it to its end; give when each was taken in."""
        ...


class BackfillEngine(Engine, Protocol):
    """An engine that can tell live traffic from a backfill."""

    def run_beside(self, backfill: Entries, live: Iterable[dict[str, Any]]) -> None:
        """Take the backfill in while `live` gives its entries in their own time, and see all to its end."""
        ...


def entries_of(path: Path) -> list[dict[str, Any]]:
    """Give the bus entries of a file in their order."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main(engine: Callable[[Job], AbstractContextManager[Engine]]) -> None:
    """Serve one job."""
    # What an engine prints is not part of the talk.
    talk = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    job = _job(sys.stdin.readline())
    entries = entries_of(job.events)
    live = entries_of(job.live) if job.live else []
    with engine(job) as opened:
        _say(talk, {"ready": True})
        if not sys.stdin.readline():
            return
        started = time.monotonic()
        accepted = _beside(opened, entries, live, job) if job.live else opened.run(entries)
        ended = time.monotonic()
        job.accepted.write_text(json.dumps(accepted), encoding="utf-8")
        _say(talk, {"done": True, "started": started, "ended": ended, "figures": getattr(opened, "figures", {})})
        sys.stdin.readline()


def _beside(engine: Any, backfill: Entries, live: Entries, job: Job) -> list[float]:
    """Run the backfill beside live entries that come at their rate; give when each live one was due."""
    started = time.monotonic()
    due = [started + number / job.live_per_second for number in range(len(live))]

    def paced() -> Iterator[dict[str, Any]]:
        for at, entry in zip(due, live, strict=True):
            time.sleep(max(0.0, at - time.monotonic()))
            yield entry

    engine.run_beside(backfill, paced())
    return due


def _job(line: str) -> Job:
    values = json.loads(line)
    paths = {name: Path(values[name]) for name in ("events", "folder", "accepted", "live") if values.get(name)}
    return Job(**(values | paths))


def _say(talk: Any, words: dict[str, Any]) -> None:
    talk.write(json.dumps(words) + "\n")
    talk.flush()
