"""Ledgerpost's `memory` engine: the handlers that deploy, wired after the template, in one process.

The variant `state` keeps every write of a delivery record in the state folder, as `ledgerpost local --state` does; the
other one keeps nothing beyond the process.
"""

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.bench.engines.configuration import TOKEN, TOKEN_NAME, configurations
from benchmarks.bench.engines.runner import THREADS_MIN, Entries, Job, main
from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.event_bus import published_form
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.app.backfill import BackfillPorts, Pace, run_backfill
from ledgerpost.app.webhook import BusEntry
from ledgerpost.cli.run import LOCAL_OVERRIDES
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.document import Postable
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import Fact, PostOutcome
from ledgerpost.domain.route import AccountId, Connection
from ledgerpost.local.engine import SNAPSHOT, EngineOptions, LocalEngine
from ledgerpost.local.live import LiveEngine
from ledgerpost.local.template import read_template
from ledgerpost.local.wiring import Wiring
from ledgerpost.ports import LedgerTarget, LedgerTargets

PUBLISHED_AT_ONCE = 100
POLL_S = 0.02

LOOK_S = 0.05
"""Seconds between two looks of the backfill at the queues: here a look costs nothing, on AWS it is a request."""

WORKERS_MAX = 10
"""Invocations at once, as a production stage allows for delivery; where more posts may run, they do so within each."""

READ_LAG_S = "1"
"""The sink shows at once what it applied."""


class _Local:
    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine

    def run(self, entries: Entries) -> list[float]:
        """Publish as fast as the bus takes it, while the engine runs."""
        accepted: list[float] = []
        with LiveEngine(self._engine):
            for start in range(0, len(entries), PUBLISHED_AT_ONCE):
                chunk = entries[start : start + PUBLISHED_AT_ONCE]
                self._engine.publish(chunk)
                accepted += [time.monotonic()] * len(chunk)
            self._wait()
        return accepted

    def run_beside(self, backfill: Entries, live: Iterable[dict[str, Any]]) -> None:
        """The backfill as `ledgerpost backfill` publishes it: it waits while 200 messages are queued."""
        past = [_past(entry) for entry in backfill]
        with LiveEngine(self._engine):
            filling = threading.Thread(target=self._fill, args=(past,))
            filling.start()
            for entry in live:
                self._engine.publish([entry])
            filling.join()
            self._wait()

    def _fill(self, past: Sequence[BusEntry]) -> None:
        ports = BackfillPorts(
            bus=self,
            checkpoints=_Checkpoints(),
            depth=self,
            clock=SystemClock(),
            pause=lambda seconds: time.sleep(min(seconds, LOOK_S)),
        )
        run_backfill(past, "bench", Pace(per_second=None), ports)

    def put(self, entries: Sequence[BusEntry]) -> None:
        """Publish the approvals of a backfill."""
        self._engine.publish([published_form(each) for each in entries])

    def waiting(self) -> int:
        """Give how many messages wait."""
        return self._engine.cloud.backlog()

    def _wait(self) -> None:
        while self._engine.has_work:
            time.sleep(POLL_S)


class _AtMost:
    """Ledgers that get so many posts at once: an invocation that waits for the disk holds no place at the sink."""

    def __init__(self, targets: LedgerTargets, in_flight: int) -> None:
        self._targets = targets
        self._places = threading.BoundedSemaphore(in_flight)

    def target_of(self, tenant: TenantId, connection: Connection) -> "_Held":
        return _Held(self._targets.target_of(tenant, connection), self._places)


class _Held:
    def __init__(self, target: LedgerTarget, places: threading.BoundedSemaphore) -> None:
        self._target = target
        self._places = places
        self.ability, self.find = target.ability, target.find

    def post(self, account: AccountId, entry: Postable, correlation_id: str, onto: Fact | None = None) -> PostOutcome:
        with self._places:
            return self._target.post(account, entry, correlation_id, onto)


class _Checkpoints(dict[tuple[TenantId, str], int]):
    """How far each file is, for as long as the process."""

    def position(self, tenant: TenantId, digest: str) -> int:
        return self.get((tenant, digest), 0)

    def keep(self, tenant: TenantId, digest: str, position: int) -> None:
        self[tenant, digest] = position


def _past(entry: dict[str, Any]) -> BusEntry:
    tenant = TenantId(json.loads(entry["Detail"])["tenantId"])
    return BusEntry(source=entry["Source"], detail_type=entry["DetailType"], detail=entry["Detail"], tenant=tenant)


@contextmanager
def _engine(job: Job) -> Iterator[_Local]:
    clock = SystemClock()
    secrets = EnvironmentSecrets({TOKEN_NAME: TOKEN})
    targets = ConnectorTargets(secrets, clock, allow_loopback=True, budget=MemoryRequestBudget(clock))
    state_dir = job.folder / "state" if job.variant == "state" else None
    # Only who waits for a disk needs more threads than posts.
    workers = min(WORKERS_MAX, max(THREADS_MIN if state_dir else 1, job.in_flight))
    side_by_side = {"POSTS_SIDE_BY_SIDE": str(max(1, job.in_flight // workers))}
    held = _AtMost(targets, job.in_flight)
    with Path(os.devnull).open("a", encoding="utf-8") as nowhere, closing(targets):
        engine = LocalEngine(
            EngineOptions(
                configurations=configurations(job.sink, job.accounts),
                targets=lambda _: held,
                log_stream=nowhere,
                overrides={"LOG_LEVEL": "ERROR", "READ_LAG_S": READ_LAG_S, **LOCAL_OVERRIDES, **side_by_side},
                state_dir=state_dir,
                workers=workers,
            ),
            _as_in_production(read_template(SNAPSHOT), workers),
        )
        with closing(engine):
            yield _Local(engine)


def _as_in_production(wiring: Wiring, workers: int) -> Wiring:
    """Give the wiring with as many invocations at once: the snapshot is that of a stage for development."""
    mappings = {name: replace(mapping, concurrency_max=workers) for name, mapping in wiring.mappings.items()}
    return replace(wiring, mappings=mappings)


if __name__ == "__main__":
    main(_engine)
