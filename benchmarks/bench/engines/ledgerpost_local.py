"""Ledgerpost's `memory` engine: the handlers that deploy, wired after the template, in one process.

The variant `state` keeps every write of a delivery record in the state folder, as `ledgerpost local --state` does; the
other one keeps nothing beyond the process.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.bench.engines.configuration import TOKEN, TOKEN_NAME, configurations
from benchmarks.bench.engines.runner import Job, main
from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.run import LOCAL_OVERRIDES
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.local.engine import EngineOptions, LocalEngine
from ledgerpost.local.live import LiveEngine

WORKERS = 2
PUBLISHED_AT_ONCE = 100
POLL_S = 0.02

READ_LAG_S = "1"
"""The sink shows at once what it applied."""


class _Local:
    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine

    def run(self, entries: Sequence[dict[str, Any]]) -> list[float]:
        """Publish as fast as the bus takes it, while the engine runs."""
        accepted: list[float] = []
        with LiveEngine(self._engine):
            for start in range(0, len(entries), PUBLISHED_AT_ONCE):
                chunk = entries[start : start + PUBLISHED_AT_ONCE]
                self._engine.publish(chunk)
                accepted += [time.monotonic()] * len(chunk)
            while self._engine.has_work:
                time.sleep(POLL_S)
        return accepted


@contextmanager
def _engine(job: Job) -> Iterator[_Local]:
    clock = SystemClock()
    secrets = EnvironmentSecrets({TOKEN_NAME: TOKEN})
    targets = ConnectorTargets(secrets, clock, allow_loopback=True, budget=MemoryRequestBudget(clock))
    side_by_side = {"POSTS_SIDE_BY_SIDE": str(max(1, job.in_flight // WORKERS))}
    with Path(os.devnull).open("a", encoding="utf-8") as nowhere, closing(targets):
        engine = LocalEngine(
            EngineOptions(
                configurations=configurations(job.sink, job.accounts),
                targets=lambda _: targets,
                log_stream=nowhere,
                overrides={"LOG_LEVEL": "ERROR", "READ_LAG_S": READ_LAG_S, **LOCAL_OVERRIDES, **side_by_side},
                state_dir=job.folder / "state" if job.variant == "state" else None,
                workers=WORKERS,
            )
        )
        with closing(engine):
            yield _Local(engine)


if __name__ == "__main__":
    main(_engine)
