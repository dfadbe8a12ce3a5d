"""A page reads as much of twenty thousand deliveries as of two thousand: every read is counted, and none is a scan."""

from collections.abc import Iterator

import pytest

from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from tests.console.desk import Desk, opened_desk
from tests.console.large import PAGES, fill, reads_of

CALLS_MAX = 80
RECORDS_MAX = 1500
"""Of one page. The most are the causes of what is parked, of which a page looks at a thousand."""


@pytest.fixture(scope="module")
def small(simulator: SimulatorProcess) -> Iterator[Desk]:
    with opened_desk(simulator.url) as desk:
        fill(desk, 2_000)
        yield desk


@pytest.fixture(scope="module")
def large(simulator: SimulatorProcess) -> Iterator[Desk]:
    with opened_desk(simulator.url) as desk:
        fill(desk, 20_000)
        yield desk


@pytest.mark.parametrize("address", PAGES)
def test_ten_times_the_deliveries_take_no_more_reads(small: Desk, large: Desk, address: str) -> None:
    few, many = reads_of(small, address), reads_of(large, address)
    assert many.get("calls") == few.get("calls")
    assert many.get("calls", 0) <= CALLS_MAX
    assert many.get("records", 0) <= RECORDS_MAX
