"""What the tests of more than one module ask."""

import pytest

from tests.simulators.pennylane_calls import Company


@pytest.fixture
def company() -> Company:
    """A company in the Pennylane simulator, empty."""
    return Company()
