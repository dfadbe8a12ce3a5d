"""Ports Checkpoints and QueueDepth: one suite over their implementations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.checkpoints import DynamoCheckpoints, MemoryCheckpoints
from ledgerpost.adapters.queue_depth import SqsDepth
from ledgerpost.app.backfill import Checkpoints
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError
from tests.adapters.fake_clients import Failing, client_error
from tests.contract.aws_emulators import create_routes_table
from tests.contract.conftest import ALL, AWS, a_name

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
DIGEST = "d" * 64


@pytest.fixture
def checkpoints(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> Checkpoints:
    if request.param == "memory":
        return MemoryCheckpoints()
    client, table = aws_clients(request.param)("dynamodb"), a_name("routes")
    create_routes_table(client, table)
    return DynamoCheckpoints(client, table)


on_every_store = pytest.mark.parametrize("checkpoints", ALL, indirect=True)


@on_every_store
def test_a_file_that_is_not_known_is_at_its_beginning(checkpoints: Checkpoints) -> None:
    assert checkpoints.position(ACME, DIGEST) == 0


@on_every_store
def test_the_position_is_kept_by_tenant_and_file(checkpoints: Checkpoints) -> None:
    checkpoints.keep(ACME, DIGEST, 40)
    assert checkpoints.position(ACME, DIGEST) == 40
    assert checkpoints.position(GLOBEX, DIGEST) == 0
    assert checkpoints.position(ACME, "e" * 64) == 0


@on_every_store
def test_a_position_never_goes_back(checkpoints: Checkpoints) -> None:
    for position in (20, 60, 40):
        checkpoints.keep(ACME, DIGEST, position)
    assert checkpoints.position(ACME, DIGEST) == 60


def test_positions_in_a_file_outlive_the_process_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "state" / "backfills.json"
    MemoryCheckpoints(path).keep(ACME, DIGEST, 20)
    assert MemoryCheckpoints(path).position(ACME, DIGEST) == 20
    path.write_text("[")
    with pytest.raises(StoreError):
        MemoryCheckpoints(path)


def test_a_fault_of_the_table_is_a_store_error() -> None:
    checkpoints = DynamoCheckpoints(Failing(client_error("ThrottlingException")), "routes")
    with pytest.raises(StoreError):
        checkpoints.keep(ACME, DIGEST, 1)


@pytest.mark.parametrize("emulator", AWS)
def test_the_depth_is_what_waits_in_all_queues(emulator: str, aws_clients: Callable[[str], Any]) -> None:
    client = aws_clients(emulator)("sqs")
    urls = [client.create_queue(QueueName=a_name("queue"))["QueueUrl"] for _ in range(2)]
    depth = SqsDepth(client, urls)
    assert depth.waiting() == 0
    for url in (urls[0], urls[0], urls[1]):
        client.send_message(QueueUrl=url, MessageBody="x")
    assert depth.waiting() == 3
