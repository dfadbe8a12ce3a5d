"""What an engine of the bench and the bench say to each other, over standard input and output, one JSON line each.

The bench sends a job; the engine sets itself up and answers `ready`; the bench says `go`; the engine takes every
approval in and comes back when all is done: it writes down when it took each one in (monotonic seconds, the same clock
in all processes) and answers `done`; when the bench has measured it, it closes.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What an engine is asked to do. `events` are bus entries; `accounts` the accounts of each tenant's routes.

    `in_flight` posts run at once; `folder` is the engine's own. `mode` is what the engine reads beside (its variant).
    """

    sink: str
    events: Path
    accounts: dict[str, list[str]]
    in_flight: int
    folder: Path
    accepted: Path
    variant: str = ""

    def entries(self) -> list[dict[str, Any]]:
        """Give the bus entries in their order."""
        with self.events.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


class Engine(Protocol):
    """An engine that is set up."""

    def run(self, entries: Sequence[dict[str, Any]]) -> list[float]:
        """Take every entry in and see it to its end; give when each was taken in."""
        ...


def main(engine: Callable[[Job], AbstractContextManager[Engine]]) -> None:
    """Serve one job."""
    # What an engine prints is not part of the talk.
    talk = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    job = _job(sys.stdin.readline())
    entries = job.entries()
    with engine(job) as opened:
        _say(talk, {"ready": True})
        if not sys.stdin.readline():
            return
        started = time.monotonic()
        accepted = opened.run(entries)
        ended = time.monotonic()
        job.accepted.write_text(json.dumps(accepted), encoding="utf-8")
        _say(talk, {"done": True, "started": started, "ended": ended})
        sys.stdin.readline()


def _job(line: str) -> Job:
    values = json.loads(line)
    paths = {name: Path(values[name]) for name in ("events", "folder", "accepted")}
    return Job(**(values | paths))


def _say(talk: Any, words: dict[str, Any]) -> None:
    talk.write(json.dumps(words) + "\n")
    talk.flush()
