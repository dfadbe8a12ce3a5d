"""Who runs what: the engines, the workloads, and how much of each workload an engine gets.

A slow engine gets fewer entries, so that all of it ends in ten minutes; the figures are rates, and each row says how
many entries it is made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bench.workloads import Workload, burst, fan_out

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / ".venv" / "bin" / "python"
BENCH = ROOT / ".venv-bench" / "bin" / "python"

RUN_TIMEOUT_S = 90.0
READY_TIMEOUT_S = 60.0
BUDGET_S = 570.0
"""Seconds after which nothing runs any more; what is left then is told as not run."""


SPECIAL = ("W4", "W5")
"""Workloads that only the engines run that have something for them."""

LIVE_COUNT = 300
LIVE_PER_SECOND = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """An engine: its key in the JSON, its name in the table, what runs it, and what it keeps.

    `survives` is what that outlives: `nothing` (memory), `process`, or `machine` (synced to the disk). `sizes` are its
    shares of each workload, 0 for none; `repeats` how often W1 is run, the median counts; `in_flight` what it gets in
    place of a workload's own.
    """

    key: str
    name: str
    python: Path
    module: str
    keeps: str
    variant: str = ""
    survives: str = "nothing"
    repeats: int = 1
    sizes: Mapping[str, float] = field(default_factory=dict)
    in_flight: Mapping[str, int] = field(default_factory=dict)

    def size(self, workload: str) -> float:
        """Give the engine's share of a workload, of 1."""
        return self.sizes.get(workload, 0.0 if workload in SPECIAL else 1.0)

    def repeats_of(self, workload: str) -> int:
        """Give how often the engine runs a workload."""
        if not self.size(workload):
            return 0
        return self.repeats if workload == "W1" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadSpec:
    """A workload: `count` entries or references, the sink's mode and faults, and how many posts run at once."""

    key: str
    title: str
    count: int
    in_flight: int
    mode: str = "upsert"
    faults: bool = False

    def made(self, share: float) -> Workload:
        """Give the approvals of an engine that gets so much of it."""
        count = max(1, round(self.count * share))
        if self.key in ("W1", "W5"):
            return burst(count)
        return fan_out(count, with_updates=self.mode == "upsert")


_MODULES = "benchmarks.bench.engines"

ENGINES = (
    EngineSpec(
        key="ledgerpost-state",
        name="Ledgerpost, local, with its state folder",
        python=PRODUCT,
        module=f"{_MODULES}.ledgerpost_local",
        variant="state",
        survives="machine",
        repeats=3,
        sizes={"W4": 1.0, "W5": 1.0},
        keeps="every accepted event and every claim, synced before it goes on; outcomes with the next sync",
    ),
    EngineSpec(
        key="ledgerpost-memory",
        name="Ledgerpost, local, in memory",
        python=PRODUCT,
        module=f"{_MODULES}.ledgerpost_local",
        keeps="nothing beyond its process",
    ),
    EngineSpec(
        key="ledgerpost-ministack",
        name="Ledgerpost on ministack",
        python=PRODUCT,
        module=f"{_MODULES}.ledgerpost_ministack",
        sizes={"W1": 0.02, "W2": 0.03, "W3": 0.15, "W3c": 0.15},
        keeps="all, in the emulator's DynamoDB and SQS, which are in memory",
    ),
    EngineSpec(
        key="huey-no-fsync",
        name="huey, SQLite, `fsync=False`",
        python=BENCH,
        module=f"{_MODULES}.huey_sqlite",
        variant="no-fsync",
        survives="process",
        repeats=3,
        sizes={"W5": 1.0},
        keeps="queue, retries and results in SQLite (WAL, synchronous OFF)",
    ),
    EngineSpec(
        key="huey-fsync",
        name="huey, SQLite, as it comes",
        python=BENCH,
        module=f"{_MODULES}.huey_sqlite",
        variant="fsync",
        survives="machine",
        sizes={"W1": 0.2, "W2": 0.4},
        keeps="the same, synced at every commit (WAL, synchronous FULL)",
    ),
    EngineSpec(
        key="dbos",
        name="DBOS, SQLite",
        python=BENCH,
        module=f"{_MODULES}.dbos_sqlite",
        survives="machine",
        sizes={"W1": 0.06, "W2": 0.15, "W3": 0.3, "W3c": 0.3},
        in_flight={"W1": 50, "W2": 50},
        keeps="inputs, steps and queue in SQLite (rollback journal, synchronous FULL)",
    ),
    EngineSpec(
        key="powertools",
        name="Powertools Batch + Idempotency, moto",
        python=BENCH,
        module=f"{_MODULES}.powertools",
        sizes={"W1": 0.03, "W2": 0.05, "W3": 0.2, "W3c": 0.2},
        keeps="queue and idempotency table, in moto's memory; on AWS both are durable",
    ),
    EngineSpec(
        key="glue",
        name="boto3 + httpx by hand, moto",
        python=BENCH,
        module=f"{_MODULES}.glue",
        sizes={"W1": 0.05, "W2": 0.05, "W3": 0.2, "W3c": 0.2},
        keeps="the queue alone, in moto's memory; on AWS it is durable",
    ),
)

WORKLOADS = (
    WorkloadSpec(key="W1", title="burst of single-route approvals", count=10_000, in_flight=2),
    WorkloadSpec(key="W2", title="one to five routes, updates, poison", count=1_000, in_flight=2),
    WorkloadSpec(key="W3", title="W2 with faults, sink upserts", count=200, in_flight=20, faults=True),
    WorkloadSpec(
        key="W3c", title="W2 with faults, sink only creates", count=200, in_flight=20, mode="create", faults=True
    ),
    WorkloadSpec(key="W5", title="a backfill beside live traffic", count=10_000, in_flight=2),
    WorkloadSpec(key="W4", title="a day of sales grouped, then amended", count=100_000, in_flight=1),
)
