"""The figures of the bench: what counts as an effect, a second one, a missing and a stale entry."""

from typing import Any

import pytest

from benchmarks.bench.effects import Effects, effects_of
from benchmarks.bench.workloads import Approval, Workload

STARTED = 100.0


def a_workload(*versions: tuple[str, int], accounts: int = 1) -> Workload:
    approvals = [Approval("acme", reference, revision, "10.00") for reference, revision in versions]
    return Workload(approvals, {"acme": [f"a{number}" for number in range(accounts)]})


def a_report(posts: int, **applied: list[tuple[float, int, bool]]) -> dict[str, Any]:
    taken = [["a0", reference, each] for reference, each in applied.items()]
    return {"posts": posts, "poison_posts": 0, "lookups": 0, "applied": taken}


def measured(workload: Workload, report: dict[str, Any], mode: str = "upsert") -> Effects:
    return effects_of(workload, [STARTED] * len(workload.approvals), STARTED, report, mode)


def test_an_entry_posted_once_has_one_effect_and_its_latency() -> None:
    found = measured(a_workload(("S1", 1), ("S2", 1)), a_report(2, S1=[(100.5, 1, True)], S2=[(102.0, 1, True)]))

    assert (found.entries, found.second_effects, found.missing, found.stale) == (2, 0, 0, 0)
    assert (found.entries_per_second, found.p50_ms, found.p99_ms) == (2.0, 2000.0, 2000.0)
    assert found.posts_per_entry == 1.0


def test_the_same_content_posted_again_is_no_second_effect_where_the_sink_upserts() -> None:
    report = a_report(2, S1=[(101.0, 1, True), (102.0, 1, False)])

    assert measured(a_workload(("S1", 1)), report).second_effects == 0
    assert measured(a_workload(("S1", 1)), report).posts_per_entry == 2.0


def test_every_further_entry_of_a_reference_is_a_second_effect_where_the_sink_only_creates() -> None:
    report = a_report(3, S1=[(101.0, 1, True), (102.0, 1, True), (103.0, 1, True)])

    assert measured(a_workload(("S1", 1)), report, "create").second_effects == 2


def test_an_older_version_over_a_newer_one_is_a_second_effect_and_stays_stale() -> None:
    found = measured(a_workload(("S1", 1), ("S1", 2)), a_report(2, S1=[(101.0, 2, True), (102.0, 1, True)]))

    assert (found.second_effects, found.stale, found.missing) == (1, 1, 0)


def test_versions_in_their_order_are_one_effect_each() -> None:
    found = measured(a_workload(("S1", 1), ("S1", 2)), a_report(2, S1=[(101.0, 1, True), (102.0, 2, True)]))

    assert (found.second_effects, found.stale) == (0, 0)


def test_an_entry_that_never_came_is_missing_on_each_of_its_accounts() -> None:
    found = measured(a_workload(("S1", 1), accounts=2), a_report(1, S1=[(101.0, 1, True)]))

    assert (found.entries, found.missing) == (2, 1)


def test_poison_is_expected_nowhere_and_seen_where_it_was_taken() -> None:
    found = measured(a_workload(("POISON1", 1), ("S1", 1)), a_report(1, S1=[(101.0, 1, True)]))
    assert (found.entries, found.missing, found.poison_taken) == (1, 0, 0)

    taken = measured(
        a_workload(("POISON1", 1), ("S1", 1)), a_report(2, S1=[(101.0, 1, True)], POISON1=[(101.0, 1, True)])
    )
    assert taken.poison_taken == 1


def test_the_wait_is_that_of_the_latest_version() -> None:
    workload = a_workload(("S1", 1), ("S1", 2))
    report = a_report(2, S1=[(101.0, 1, True), (109.0, 2, True)])

    found = effects_of(workload, [100.0, 108.0], STARTED, report, "upsert")

    assert found.p50_ms == pytest.approx(1000.0)


def test_one_straggler_in_a_hundred_does_not_stand_for_the_rate() -> None:
    workload = a_workload(*((f"S{number}", 1) for number in range(100)))
    applied = {f"S{number}": [(101.0, 1, True)] for number in range(99)} | {"S99": [(200.0, 1, True)]}

    found = measured(workload, a_report(100, **applied))

    assert (found.entries_per_second, found.seconds) == (99.0, 100.0)
