"""The sink of the bench: one ledger in two modes, with the same faults for everybody."""

from collections import Counter

import pytest

from benchmarks.bench.sink_ledger import FAULTY_TRIES, LATENCY_S_MAX, Ledger, strike_on
from benchmarks.bench.workloads import EVENT_BYTES, POISON, burst, fan_out

ENTRY = {"referenceId": "S1", "amount": "10.00", "note": "rev 1"}
MANY = 20_000


def test_where_the_sink_upserts_the_same_content_changes_nothing() -> None:
    ledger = Ledger(mode="upsert")

    created, again, changed = (
        ledger.apply("a", ENTRY, 1),
        ledger.apply("a", dict(ENTRY), 1),
        ledger.apply("a", ENTRY | {"note": "rev 2"}, 2),
    )

    assert [answer[0] for answer in (created, again, changed)] == [201, 200, 200]
    assert [is_changed for _, _, is_changed in ledger.applied["a", "S1"]] == [True, False, True]
    assert len(ledger.entries["a", "S1"]) == 1


def test_where_the_sink_only_creates_every_post_is_one_more_entry() -> None:
    ledger = Ledger(mode="create")

    ids = {ledger.apply("a", ENTRY, 1)[1]["id"] for _ in range(3)}

    assert len(ids) == len(ledger.entries["a", "S1"]) == 3


def test_every_engine_meets_the_same_faults() -> None:
    def met() -> list[str]:
        ledger = Ledger(faults=True, seed=7)
        return [ledger.struck("a", f"S{number}", 1).fault for number in range(500)]

    assert met() == met()


def test_the_faults_have_the_shares_that_the_workload_says() -> None:
    ledger = Ledger(faults=True)
    counted = Counter(strike_on(ledger, ("a", f"S{number}", 1), 1).fault for number in range(MANY))

    shares = {fault: counted[fault] / MANY for fault in ("cut", "unavailable", "busy")}
    assert shares == pytest.approx({"cut": 0.05, "unavailable": 0.05, "busy": 0.02}, abs=0.005)


def test_latencies_have_a_median_of_50_ms_and_a_99th_percentile_of_500_ms() -> None:
    ledger = Ledger(faults=True)
    waits = sorted(strike_on(ledger, ("a", f"S{number}", 1), 1).after_s for number in range(MANY))

    assert waits[MANY // 2] == pytest.approx(0.050, rel=0.05)
    assert waits[int(MANY * 0.99)] == pytest.approx(0.500, rel=0.15)
    assert waits[-1] <= LATENCY_S_MAX


def test_a_503_strikes_an_entry_once_and_the_fourth_try_meets_nothing() -> None:
    ledger = Ledger(faults=True)
    for number in range(2_000):
        met = [ledger.struck("a", f"S{number}", 1).fault for _ in range(FAULTY_TRIES + 1)]
        assert met.count("unavailable") <= 1
        assert met[-1] == ""


def test_a_burst_is_approvals_of_one_kilobyte_on_one_route() -> None:
    made = burst(3)

    assert [len(each.bus_entry()["Detail"]) for each in made.approvals] == pytest.approx([EVENT_BYTES] * 3, abs=4)
    assert len(list(made.deliveries())) == 3


def test_the_fan_out_has_twenty_accounts_versions_and_poison() -> None:
    made = fan_out(2_000)

    assert len({account for _, account in made.deliveries()}) == 20
    references = {each.reference for each in made.approvals}
    assert sum(each.startswith(POISON) for each in references) / 2_000 == pytest.approx(0.02, abs=0.01)
    updated = {each.reference for each in made.approvals if each.revision == 3}
    assert len(updated) / 2_000 == pytest.approx(0.10, abs=0.02)
    assert set(made.expected().values()) == {1, 3}


def test_without_updates_every_reference_comes_once() -> None:
    assert {each.revision for each in fan_out(500, with_updates=False).approvals} == {1}
