"""Every test of this folder runs once per connector, or once per connector that takes an OAuth client."""

import pytest

from tests.connectors.conformance.case import ConnectorCase
from tests.connectors.conformance.cases import CASES


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> ConnectorCase:
    return request.param


@pytest.fixture(params=[case for case in CASES if case.oauth_connection is not None], ids=str)
def oauth_case(request: pytest.FixtureRequest) -> ConnectorCase:
    return request.param
