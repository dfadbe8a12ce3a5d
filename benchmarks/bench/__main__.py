"""`make bench`: every engine on every workload, one after another, against one sink.

Writes the raw figures as JSON and shows how they compare with the committed ones.

.venv-bench/bin/python -m benchmarks.bench [--engines KEY,…] [--workloads KEY,…] [--scale SHARE] [--out FILE]
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench.machine import machine, versions
from benchmarks.bench.plan import (
    BENCH,
    BUDGET_S,
    ENGINES,
    SPECIAL,
    WORKLOADS,
    EngineSpec,
    WorkloadSpec,
)
from benchmarks.bench.process import ROOT, SinkProcess
from benchmarks.bench.repeat import repeat_table
from benchmarks.bench.run import Bench, Figures, median_of

COMMITTED = ROOT / "benchmarks" / "results" / "bench.json"


def main() -> int:
    """Run the bench; give 1 where an engine did not come to its end."""
    asked = _arguments()
    engines = [each for each in ENGINES if not asked.engines or each.key in asked.engines.split(",")]
    workloads = [each for each in WORKLOADS if not asked.workloads or each.key in asked.workloads.split(",")]
    committed = json.loads(COMMITTED.read_text("utf-8")) if COMMITTED.exists() and asked.scale == 1 else None
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
            each.key: {"name": each.name, "keeps": each.keeps, "survives": each.survives, **figures[each.key]}
            for each in engines
        },
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    failed = [(key, run) for key, runs in figures.items() for run, found in runs["runs"].items() if "failed" in found]
    if committed is not None:
        print(repeat_table(committed, document), file=sys.stderr)
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
    parser.add_argument("--out", type=Path, default=COMMITTED)
    return parser.parse_args()


def _all(bench: Bench, engines: Sequence[EngineSpec], workloads: Sequence[WorkloadSpec]) -> dict[str, Figures]:
    """Run workload by workload, and where engines run one several times, in rounds: a neighbour that wakes up meets
    all of them.
    """
    found: dict[str, Figures] = {each.key: {"runs": {}} for each in engines}
    for workload in workloads:
        runs: dict[str, list[Figures]] = {}
        for number in range(max(each.repeats_of(workload.key) for each in engines)):
            for engine in (each for each in engines if number < each.repeats_of(workload.key)):
                began = time.monotonic()
                figures = bench.figures(engine, workload, number)
                runs.setdefault(engine.key, []).append(figures)
                _tell(engine, workload, figures, time.monotonic() - began)
        for key, each in runs.items():
            found[key]["runs"][workload.key] = median_of(each)
    return found


def _tell(engine: EngineSpec, workload: WorkloadSpec, figures: Figures, seconds: float) -> None:
    said = figures.get("failed") or _shown(workload, figures)
    print(f"{workload.key:4} {engine.key:22} {said}  [{seconds:.0f} s]", file=sys.stderr, flush=True)


def _shown(workload: WorkloadSpec, figures: Figures) -> str:
    if workload.key in SPECIAL:
        return json.dumps(figures)
    return (
        f"{figures['entries_per_second']:8.1f}/s  p50 {figures['p50_ms']:6.0f} ms  p99 {figures['p99_ms']:6.0f} ms"
        f"  posts {figures['posts_per_entry']:.3f}  second {figures['second_effects']}  missing {figures['missing']}"
        f"  stale {figures['stale']}  {figures['peak_mb']} MB  cpu {figures['cpu_s_per_1000']} s"
    )


if __name__ == "__main__":
    sys.exit(main())
