"""One simulator for the folder; a console, and an engine under it, for each test."""

from collections.abc import Iterator

import pytest

from ledgerpost.simulators.pennypipe.demo import demo_settings
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from tests.console.desk import Desk, opened_desk


@pytest.fixture(scope="package")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(demo_settings()) as running:
        yield running


@pytest.fixture
def desk(simulator: SimulatorProcess) -> Iterator[Desk]:
    simulator.reset()
    with opened_desk(simulator.url) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_desk(simulator: SimulatorProcess) -> Iterator[Desk]:
    """A console for tests that only knock, and ask nothing of what is behind the door."""
    with opened_desk(simulator.url) as opened:
        yield opened
