"""One run of the bench: an engine, a workload, and the figures of the two."""

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench.effects import effects_of
from benchmarks.bench.plan import (
    LIVE_COUNT,
    LIVE_PER_SECOND,
    READY_TIMEOUT_S,
    RUN_TIMEOUT_S,
    EngineSpec,
    WorkloadSpec,
)
from benchmarks.bench.process import EngineError, EngineProcess, SinkProcess, Usage
from benchmarks.bench.workloads import Workload, burst

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The sink, a folder for scratch files, the share of every size that is taken, and the instant (monotonic) at
    which the whole bench ends: no run is begun after it, and one that goes on is ended.
    """

    sink: SinkProcess
    folder: Path
    scale: float
    ends_at: float

    def figures(self, engine: EngineSpec, workload: WorkloadSpec, number: int) -> Figures:
        """Give the figures of the `number`-th run of an engine on a workload, or why there are none."""
        if time.monotonic() >= self.ends_at:
            return {"failed": "not run: the time of the whole bench was over"}
        try:
            return self._once(engine, workload, number)
        except EngineError as error:
            return {"failed": str(error)}

    def _once(self, engine: EngineSpec, workload: WorkloadSpec, number: int) -> Figures:
        if workload.key == "W4":
            return self._grouped(engine, workload)
        if workload.key == "W5":
            return self._beside(engine, workload)
        made = workload.made(engine.size(workload.key) * self.scale)
        done, usage, accepted = self._run(engine, workload, made, f"{number}")
        effects = effects_of(made, accepted, done["started"], self.sink.report(), workload.mode)
        return (
            effects.as_json()
            | _of_usage(usage, effects.entries)
            | {
                "events": len(made.approvals),
                "deliveries": sum(1 for _ in made.deliveries()),
                "in_flight": _in_flight(engine, workload),
            }
        )

    def _beside(self, engine: EngineSpec, workload: WorkloadSpec) -> Figures:
        """Live approvals at a steady rate, alone and beside a backfill: what the backfill costs them."""
        live = burst(LIVE_COUNT if self.scale >= 1 else max(30, round(LIVE_COUNT * self.scale)), prefix="L")
        past = workload.made(engine.size(workload.key) * self.scale)
        found: Figures = {"live": len(live.approvals), "live_per_second": LIVE_PER_SECOND}
        for name, backfill in (("alone", Workload((), past.accounts)), ("beside", past)):
            done, usage, accepted = self._run(engine, workload, backfill, name, live)
            report = self.sink.report()
            effects = effects_of(live, accepted, done["started"], report, workload.mode)
            found[name] = {key: round(getattr(effects, key)) for key in ("p50_ms", "p99_ms", "missing")}
            if backfill.approvals:
                ends = max(posts[-1][0] for *_, posts in report["applied"])
                made = len(report["applied"]) - effects.entries
                found |= {"backfill": made, "backfill_per_second": round(made / (ends - done["started"]), 1)}
                found |= _of_usage(usage, made)
        return found

    def _grouped(self, engine: EngineSpec, workload: WorkloadSpec) -> Figures:
        sales = max(1_000, round(workload.count * self.scale))
        spec = {"module": "benchmarks.bench.engines.grouping_day", "variant": str(sales)}
        done, usage, _ = self._run(engine, workload, Workload((), {}), "day", spec=spec)
        figures: Figures = done["figures"]
        return figures | _of_usage(usage, sales)

    def _run(
        self,
        engine: EngineSpec,
        workload: WorkloadSpec,
        made: Workload,
        name: str,
        live: Workload | None = None,
        *,
        spec: Mapping[str, str] | None = None,
    ) -> tuple[Figures, Usage, list[float]]:
        """Have the engine do one job; give its last answer, what it used, and when it took each approval in."""
        folder = self.folder / f"{engine.key}-{workload.key}-{name}"
        folder.mkdir()
        self.sink.reset(mode=workload.mode, faults=workload.faults)
        module, variant = engine.module, engine.variant
        if spec is not None:
            module, variant = spec["module"], spec["variant"]
        job: dict[str, Any] = {
            "sink": self.sink.url,
            "events": _written(folder / "events.jsonl", made),
            "accounts": made.accounts,
            "in_flight": _in_flight(engine, workload),
            "folder": str(folder),
            "accepted": str(folder / "accepted.json"),
            "variant": variant,
        }
        if live is not None:
            job |= {"live": _written(folder / "live.jsonl", live), "live_per_second": LIVE_PER_SECOND}
        with EngineProcess(engine.python, module, job, self.folder / f"{engine.key}.log") as process:
            process.answer(self._within(READY_TIMEOUT_S))
            with process.usage.measured():
                process.go()
                done = process.answer(self._within(RUN_TIMEOUT_S))
        return done, process.usage, json.loads((folder / "accepted.json").read_text("utf-8"))

    def _within(self, timeout_s: float) -> float:
        """Give the time-out, or what is left of the whole bench where that is less."""
        return max(1.0, min(timeout_s, self.ends_at - time.monotonic()))


def _in_flight(engine: EngineSpec, workload: WorkloadSpec) -> int:
    return engine.in_flight.get(workload.key, workload.in_flight)


def _written(path: Path, workload: Workload) -> str:
    path.write_text("".join(json.dumps(each.bus_entry()) + "\n" for each in workload.approvals), encoding="utf-8")
    return str(path)


def _of_usage(usage: Usage, entries: int) -> Figures:
    return {
        "peak_mb": round(usage.peak_bytes / 2**20),
        "cpu_s_per_1000": round(1000 * usage.cpu_seconds / entries, 2),
    }


def median_of(runs: Sequence[Figures]) -> Figures:
    """Give the run with the median rate of those that came to their end, with the `rates` of all of them."""
    ended = [each for each in runs if "failed" not in each]
    if len(ended) < 2:
        return (ended or runs)[0]
    rates = [each["entries_per_second"] for each in ended]
    middle = statistics.median_low(rates)
    return next(each for each in ended if each["entries_per_second"] == middle) | {"rates": rates}
