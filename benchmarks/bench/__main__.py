"""`make bench`: every engine on every workload, one after another, against one sink; the raw figures as JSON.

.venv-bench/bin/python -m benchmarks.bench [--engines KEY,…] [--workloads KEY,…] [--scale SHARE] [--out FILE]
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench.effects import effects_of
from benchmarks.bench.machine import machine, versions
from benchmarks.bench.plan import (
    BENCH,
    BUDGET_S,
    ENGINES,
    READY_TIMEOUT_S,
    RUN_TIMEOUT_S,
    WORKLOADS,
    EngineSpec,
    WorkloadSpec,
)
from benchmarks.bench.process import ROOT, EngineError, EngineProcess, SinkProcess

RESULTS = ROOT / "benchmarks" / "results"
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One run of the bench: its sink, its folder of scratch files, and the share of every size that it takes."""

    sink: SinkProcess
    folder: Path
    scale: float
    ends_at: float

    def figures(self, engine: EngineSpec, workload: WorkloadSpec) -> Figures:
        """Give the figures of an engine on a workload, or why there are none; W1 is the median of its repeats."""
        repeats = engine.repeats if workload.key == "W1" else 1
        runs: list[Figures] = []
        for number in range(repeats):
            if time.monotonic() >= self.ends_at:
                return {"failed": "not run: the time of the whole bench was over"} if not runs else _median(runs)
            try:
                runs.append(self._run(engine, workload, number))
            except EngineError as error:
                return {"failed": str(error)}
        return _median(runs)

    def _run(self, engine: EngineSpec, workload: WorkloadSpec, number: int) -> Figures:
        made = workload.made(engine.size(workload.key) * self.scale)
        folder = self.folder / f"{engine.key}-{workload.key}-{number}"
        folder.mkdir()
        events, accepted = folder / "events.jsonl", folder / "accepted.json"
        events.write_text("".join(json.dumps(each.bus_entry()) + "\n" for each in made.approvals), encoding="utf-8")
        self.sink.reset(mode=workload.mode, faults=workload.faults)
        job = {
            "sink": self.sink.url,
            "events": str(events),
            "accounts": made.accounts,
            "in_flight": workload.in_flight,
            "folder": str(folder),
            "accepted": str(accepted),
            "variant": engine.variant,
        }
        with EngineProcess(engine.python, engine.module, job, self.folder / f"{engine.key}.log") as process:
            process.answer(READY_TIMEOUT_S)
            with process.usage.measured():
                process.go()
                done = process.answer(RUN_TIMEOUT_S)
        taken = json.loads(accepted.read_text("utf-8"))
        effects = effects_of(made, taken, done["started"], self.sink.report(), workload.mode)
        deliveries = sum(1 for _ in made.deliveries())
        return effects.as_json() | {
            "events": len(made.approvals),
            "deliveries": deliveries,
            "peak_mb": round(process.usage.peak_bytes / 2**20),
            "cpu_s_per_1000": round(1000 * process.usage.cpu_seconds / effects.entries, 2),
        }


def main() -> int:
    """Run the bench; give 1 where an engine did not come to its end."""
    asked = _arguments()
    engines = [each for each in ENGINES if not asked.engines or each.key in asked.engines.split(",")]
    workloads = [each for each in WORKLOADS if not asked.workloads or each.key in asked.workloads.split(",")]
    folder = Path(tempfile.mkdtemp(prefix="ledgerpost-bench-"))
    started = time.monotonic()
    with SinkProcess(BENCH) as sink:
        bench = Bench(sink=sink, folder=folder, scale=asked.scale, ends_at=started + BUDGET_S)
        figures = _all(bench, engines, workloads)
    document = {
        "machine": machine(),
        "versions": versions(),
        "scale": asked.scale,
        "seconds": round(time.monotonic() - started),
        "workloads": {each.key: {"title": each.title, "in_flight": each.in_flight} for each in workloads},
        "engines": {
            each.key: {"name": each.name, "keeps": each.keeps, "durable": each.durable, **figures[each.key]}
            for each in engines
        },
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    failed = [(key, run) for key, runs in figures.items() for run, found in runs["runs"].items() if "failed" in found]
    print(f"{document['seconds']} s; written to {asked.out}", file=sys.stderr)
    if failed:
        print(f"Did not come to their end: {failed}; their words are in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--engines", default="", help="keys, with commas; all without")
    parser.add_argument("--workloads", default="", help="keys, with commas; all without")
    parser.add_argument("--scale", type=float, default=1.0, help="share of every size, for a quick look")
    parser.add_argument("--out", type=Path, default=RESULTS / "bench.json")
    return parser.parse_args()


def _all(bench: Bench, engines: Sequence[EngineSpec], workloads: Sequence[WorkloadSpec]) -> dict[str, Figures]:
    """Run workload by workload, so that the engines of one are measured within a minute or two of one another."""
    found: dict[str, Figures] = {each.key: {"runs": {}} for each in engines}
    for workload in workloads:
        for engine in engines:
            began = time.monotonic()
            figures = found[engine.key]["runs"][workload.key] = bench.figures(engine, workload)
            _tell(engine, workload, figures, time.monotonic() - began)
    return found


def _tell(engine: EngineSpec, workload: WorkloadSpec, figures: Figures, seconds: float) -> None:
    said = figures.get("failed") or (
        f"{figures['entries_per_second']:8.1f}/s  p50 {figures['p50_ms']:6.0f} ms  p99 {figures['p99_ms']:6.0f} ms"
        f"  posts {figures['posts_per_entry']:.3f}  second {figures['second_effects']}  missing {figures['missing']}"
        f"  stale {figures['stale']}  {figures['peak_mb']} MB  cpu {figures['cpu_s_per_1000']} s"
    )
    print(f"{workload.key:4} {engine.key:22} {said}  [{seconds:.0f} s]", file=sys.stderr, flush=True)


def _median(runs: Sequence[Figures]) -> Figures:
    """Give the run with the median rate; `rates` has all."""
    middle = statistics.median_low([each["entries_per_second"] for each in runs])
    chosen = next(each for each in runs if each["entries_per_second"] == middle)
    return chosen | ({"rates": [each["entries_per_second"] for each in runs]} if len(runs) > 1 else {})


if __name__ == "__main__":
    sys.exit(main())
