"""Two runs of the bench beside each other."""

import json
from typing import Any

import pytest

from benchmarks.bench.readme import AGAIN, read_results
from benchmarks.bench.repeat import pairs, repeat_said, repeat_table, wrongs


def run_of(rate: float, entries: int = 1_000, **wrong: int) -> dict[str, Any]:
    return {"entries": entries, "entries_per_second": rate, **wrong}


def document(**engines: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"engines": {key.replace("_", "-"): {"runs": runs} for key, runs in engines.items()}}


FIRST = document(
    ledgerpost_state={"W1": run_of(1000), "W3": run_of(100), "W5": {"live": 300}},
    dbos={"W1": run_of(50, entries=60)},
)


def test_rates_of_the_same_engine_and_workload_stand_beside_each_other() -> None:
    second = document(ledgerpost_state={"W1": run_of(1100), "W3": {"failed": "did not end"}}, dbos={})
    (pair,) = pairs(FIRST, second)
    assert (pair.engine, pair.workload, pair.ratio) == ("ledgerpost-state", "W1", 1.1)
    assert repeat_table(FIRST, second).splitlines()[1].split() == ["W1", "ledgerpost-state", "1,000", "1,100", "1.10"]


def test_large_runs_and_small_ones_are_told_apart() -> None:
    second = document(ledgerpost_state={"W1": run_of(950), "W3": run_of(98)}, dbos={"W1": run_of(75, entries=60)})
    said = repeat_said(FIRST, second)
    assert "the rates of W1 came within 5% for the engines" in said
    assert "fewer entries 50% apart in the median and 50% at most" in said


def test_what_went_wrong_with_a_peer_is_not_counted_as_ours() -> None:
    ours = {"W1": run_of(1, second_effects=2, missing=1), "W2": run_of(1, stale=4)}
    assert wrongs(document(ledgerpost_state=ours, huey={"W1": run_of(1, second_effects=40)})) == 7


@pytest.mark.parametrize("key", ["ledgerpost-state", "ledgerpost-memory"])
def test_the_second_committed_run_reproduces_the_first_within_a_tenth(key: str) -> None:
    again = json.loads(AGAIN.read_text("utf-8"))
    ours = [pair for pair in pairs(read_results(), again) if pair.engine == key]
    assert [pair.workload for pair in ours] == ["W1", "W2", "W3", "W3c"]
    assert max(pair.apart for pair in ours) < 0.10
    assert wrongs(again) == 0
