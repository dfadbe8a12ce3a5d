"""Each suite runs over every implementation of its port; ministack is started once for all of them."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledgerpost.local.ministack_process import MinistackProcess
from tests.contract.aws_emulators import MINISTACK_PYTHON, moto_clients

ClientFactory = Callable[[str], Any]

AWS = [pytest.param("moto"), pytest.param("ministack", marks=pytest.mark.ministack)]
ALL = [pytest.param("memory"), *AWS]
SAFE_WITH_THREADS = [pytest.param("memory"), pytest.param("ministack", marks=pytest.mark.ministack)]


@pytest.fixture(scope="session")
def ministack() -> Iterator[MinistackProcess]:
    with MinistackProcess(MINISTACK_PYTHON) as emulator:
        yield emulator


@pytest.fixture
def aws_clients(request: pytest.FixtureRequest) -> Callable[[str], ClientFactory]:
    """Give the maker of clients of the emulator named."""

    def clients(emulator: str) -> ClientFactory:
        fixture = {"ministack": "ministack", "moto": "moto_session"}[emulator]
        client: ClientFactory = request.getfixturevalue(fixture).client
        return client

    return clients


@pytest.fixture
def moto_session() -> Iterator[Any]:
    with moto_clients() as session:
        yield session


def a_name(what: str) -> str:
    """A name that no other test uses."""
    return f"{what}-{uuid.uuid4().hex[:12]}"
