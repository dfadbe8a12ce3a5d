"""A connection by OAuth over real HTTP: the registry builds it, the simulator rotates, many workers share one pair."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ledgerpost.adapters.memory_token_pairs import MemoryTokenPairs
from ledgerpost.connectors.pennylane.building import pennylane_calls
from ledgerpost.connectors.pennylane.client import PennylaneClient
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.route import Connection
from ledgerpost.errors import ConfigurationError
from ledgerpost.simulators.pennylane import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_REFRESH_TOKEN
from tests.connectors.scripted import CLIENT_SECRET_REFERENCE, TENANT, HeldSecrets, a_connection, oauth

REFRESH = "env:PENNYLANE_REFRESH"


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def pennylane() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(replace(demo_settings(), window_requests=None)) as simulator:
        yield simulator


def a_grant(url: str, **options: str) -> Connection:
    return a_connection(
        "pennylane",
        base_url=url,
        auth=oauth(f"{url}/oauth", client_id=DEMO_CLIENT_ID),
        options={"refreshToken": REFRESH} | options,
    )


def worker(simulator: SimulatorProcess, pairs: MemoryTokenPairs) -> PennylaneClient:
    """A client as another process would build it; only the store of pairs is shared."""
    secrets = HeldSecrets({CLIENT_SECRET_REFERENCE: DEMO_CLIENT_KEY, REFRESH: DEMO_REFRESH_TOKEN})
    targets = ConnectorTargets(secrets, SystemClock(), allow_loopback=True, token_pairs=pairs)
    building, _ = targets.building_of(TENANT, a_grant(simulator.url))
    return PennylaneClient(pennylane_calls(building))


def test_eight_workers_that_start_at_once_refresh_once_and_all_get_in(pennylane: SimulatorProcess):
    pairs = MemoryTokenPairs()
    workers = [worker(pennylane, pairs) for _ in range(8)]

    with ThreadPoolExecutor(8) as executor:
        callers = list(executor.map(lambda client: client.caller(), workers))

    assert {caller.company["name"] for caller in callers if caller.company} == {"Acme SAS"}
    counts = pennylane.counts()
    assert (counts["refreshes"], counts["reusedRefreshTokens"]) == (1, 0)


def test_a_token_that_ended_is_refreshed_once_for_all_workers(pennylane: SimulatorProcess):
    pairs = MemoryTokenPairs()
    workers = [worker(pennylane, pairs) for _ in range(6)]
    workers[0].caller()
    for client in workers:
        client.caller()
    pennylane.expire_tokens()

    with ThreadPoolExecutor(6) as executor:
        list(executor.map(lambda client: client.caller(), workers))

    counts = pennylane.counts()
    assert (counts["refreshes"], counts["reusedRefreshTokens"]) == (2, 0)


def test_a_connection_by_oauth_is_refused_where_a_rotated_pair_would_be_lost():
    targets = ConnectorTargets(HeldSecrets({}), SystemClock())

    with pytest.raises(ConfigurationError) as caught:
        targets.target_of(TENANT, a_grant("https://app.pennylane.example"))
    assert "API token" in caught.value.message


@pytest.mark.parametrize(
    ("options", "culprit"),
    [
        ({"refreshToken": "the-token-itself"}, "options.refreshToken"),
        ({"journal": "VT"}, "options.journal"),
        ({"paths.entries": "/x"}, "options.paths.entries"),
    ],
)
def test_an_option_that_the_connection_does_not_have_is_refused_with_its_path(options: dict[str, str], culprit: str):
    targets = ConnectorTargets(HeldSecrets({}), SystemClock(), token_pairs=MemoryTokenPairs())

    with pytest.raises(ConfigurationError) as caught:
        targets.target_of(TENANT, a_grant("https://app.pennylane.example", **options))
    assert culprit in caught.value.message
    assert "the-token-itself" not in caught.value.message
