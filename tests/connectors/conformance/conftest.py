"""Every test of this folder runs once per connector."""

import pytest

from tests.connectors.conformance.case import ConnectorCase
from tests.connectors.conformance.cases import CASES


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> ConnectorCase:
    return request.param
