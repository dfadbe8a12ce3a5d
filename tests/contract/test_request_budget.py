"""Port RequestBudget: one suite, three implementations; and the law of the rate, whoever keeps it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.adapters.dynamodb.budgets import DynamoRequestBudget
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.domain.request_rate import RequestRate
from ledgerpost.ports import RequestBudget
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, SAFE_WITH_THREADS, a_name
from tests.contract.records import NOON

RATE = RequestRate(burst=5, interval_s=0.25)


class HandClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> Any:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def budget(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any], clock: HandClock) -> RequestBudget:
    if request.param == "memory":
        return MemoryRequestBudget(clock)
    client = aws_clients(request.param)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    return DynamoRequestBudget(client, table, clock)


on_every_budget = pytest.mark.parametrize("budget", ALL, indirect=True)


@on_every_budget
def test_a_burst_goes_at_once_and_the_next_waits_its_turn(budget: RequestBudget) -> None:
    waits = [budget.reserve("acme/main", RATE, 60) for _ in range(8)]

    assert waits == pytest.approx([0, 0, 0, 0, 0, 0.25, 0.5, 0.75])


@on_every_budget
def test_whoever_has_no_patience_reserves_nothing(budget: RequestBudget) -> None:
    for _ in range(5):
        budget.reserve("acme/main", RATE, 0)

    assert budget.reserve("acme/main", RATE, 0.2) is None
    assert budget.reserve("acme/main", RATE, 0.3) == pytest.approx(0.25)


@on_every_budget
def test_time_gives_back_what_was_used(budget: RequestBudget, clock: HandClock) -> None:
    for _ in range(5):
        budget.reserve("acme/main", RATE, 0)
    clock.pass_by(1.25)

    assert [budget.reserve("acme/main", RATE, 0) for _ in range(5)] == [0] * 5


@on_every_budget
def test_another_connection_has_a_budget_of_its_own(budget: RequestBudget) -> None:
    for _ in range(5):
        budget.reserve("acme/main", RATE, 0)

    assert budget.reserve("acme/other", RATE, 0) == 0


@on_every_budget
def test_a_hold_keeps_everybody_off_until_its_end(budget: RequestBudget, clock: HandClock) -> None:
    budget.hold("acme/main", RATE, 3)

    assert budget.reserve("acme/main", RATE, 2) is None
    assert budget.reserve("acme/main", RATE, 60) == pytest.approx(3)
    clock.pass_by(10)
    assert budget.reserve("acme/main", RATE, 0) == 0


@on_every_budget
def test_a_shorter_hold_does_not_end_a_longer_one(budget: RequestBudget) -> None:
    budget.hold("acme/main", RATE, 30)
    budget.hold("acme/main", RATE, 1)

    assert budget.reserve("acme/main", RATE, 60) == pytest.approx(30)


@pytest.mark.parametrize("budget", SAFE_WITH_THREADS, indirect=True)
def test_workers_side_by_side_get_each_moment_once(budget: RequestBudget) -> None:
    with ThreadPoolExecutor(6) as executor:
        waits = list(executor.map(lambda _: budget.reserve("acme/main", RATE, 60), range(20)))

    assert sorted(wait for wait in waits if wait is not None) == pytest.approx(
        [0] * 5 + [0.25 * number for number in range(1, 16)]
    )


@settings(deadline=None)
@given(
    st.integers(1, 10),
    st.sampled_from([0.1, 0.2, 0.25, 1.0]),
    st.lists(st.one_of(st.floats(0, 3), st.just(0.0)), max_size=80),
    st.floats(0.5, 10),
)
def test_in_no_window_go_more_than_the_rate_allows(
    burst: int, interval_s: float, gaps: list[float], window_s: float
) -> None:
    rate = RequestRate(burst, interval_s)
    now_s, arrival_s, gone = 1000.0, 0.0, []
    for gap in gaps:
        now_s += gap
        reservation = rate.reserved(arrival_s, now_s, 1e9)
        assert reservation.wait_s is not None
        arrival_s = reservation.arrival_s
        gone.append(now_s + reservation.wait_s)

    for start in gone:
        assert sum(start <= moment < start + window_s - 1e-6 for moment in gone) <= rate.most_in(window_s)


def test_pennylanes_rate_stays_within_its_limit() -> None:
    from ledgerpost.connectors.pennylane.calls import RATE as PENNYLANE

    assert PENNYLANE.most_in(5.0) <= 25
