"""The pages show the figures of the committed run and no others."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks.bench.chart import chart
from benchmarks.bench.figures import ranked, summary
from benchmarks.bench.plan import ENGINES, WORKLOADS
from benchmarks.bench.readme import CHART, PAGES, read_results, rendered

PAGE_NAMES = [page.name if page.parent == CHART.parents[2] else f"{page.parent.name}/{page.name}" for page in PAGES]


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return read_results()


@pytest.mark.parametrize("page", list(PAGES), ids=PAGE_NAMES)
def test_a_page_shows_the_committed_figures(page: Path, results: dict[str, Any]) -> None:
    assert page.read_text("utf-8") == rendered(page, results), "make bench-readme"


def test_the_chart_shows_the_committed_figures(results: dict[str, Any]) -> None:
    assert CHART.read_text("utf-8") == chart(results), "make bench-readme"
    ET.fromstring(CHART.read_text("utf-8"))


def test_the_committed_run_is_a_whole_one(results: dict[str, Any]) -> None:
    for engine in ENGINES:
        runs = results["engines"][engine.key]["runs"]
        assert set(runs) == {each.key for each in WORKLOADS if engine.size(each.key)}


def test_the_bench_ends_within_ten_minutes(results: dict[str, Any]) -> None:
    assert results["seconds"] < 600


def test_ledgerpost_is_ahead_of_every_peer_that_keeps_state_in_a_burst(results: dict[str, Any]) -> None:
    kept = [each for each in ranked(results) if each["survives"] != "nothing"]
    assert kept[0]["key"] == "ledgerpost-state"


def test_under_faults_ledgerpost_alone_loses_nothing_and_does_nothing_twice_on_both_sinks(
    results: dict[str, Any],
) -> None:
    faultless = set()
    for key, engine in results["engines"].items():
        runs = [engine["runs"][workload] for workload in ("W3", "W3c")]
        if all("failed" not in run and not run["second_effects"] + run["missing"] + run["stale"] for run in runs):
            faultless.add(key)
    assert faultless == {key for key in results["engines"] if key.startswith("ledgerpost-")}


def test_an_engine_that_did_not_come_to_its_end_is_told(results: dict[str, Any]) -> None:
    runs = {"W1": {"failed": "did not end within 75 s"}, "W5": {"failed": "not run"}}
    failed = {"name": "Slow", "survives": "nothing", "runs": runs, "key": "s"}
    shown = summary({**results, "engines": {"s": failed}})
    assert "| Slow | nothing | did not end |" in shown
    assert "W5, Slow: not run." in shown
