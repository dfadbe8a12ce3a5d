"""The whole pipeline on the emulator: real handlers in worker processes, the real AWS wire, a simulated ledger."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.packaging import stage_functions, zip_tree
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.local.ministack import MinistackEngine, MinistackOptions
from ledgerpost.simulators.pennypipe import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennypipe.demo import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_KEY,
    DEMO_PAT,
    DEMO_PURCHASING_ACCOUNT,
    DEMO_SALES_ACCOUNT,
)
from ledgerpost.wire.configuration import read_configuration
from tests.contract.aws_emulators import MINISTACK_PYTHON
from tests.integration.deployment import Deployment
from tests.integration.recorder import Recorder

SECRETS = EnvironmentSecrets({"PENNYPIPE_PAT": DEMO_PAT, "PENNYPIPE_CLIENT_KEY": DEMO_CLIENT_KEY})

DOCUMENT = """
tenant: acme
connections:
  - id: main
    label: Main Finance Account
    target: pennypipe
    baseUrl: {url}
    auth: {{type: PAT, token: env:PENNYPIPE_PAT}}
  - id: second
    label: Second Finance Account
    target: pennypipe
    baseUrl: {url}
    auth:
      type: OAuth
      identityAuthority: {url}
      clientId: {client}
      clientSecret: env:PENNYPIPE_CLIENT_KEY
      scopes: webjala_pennypipe_api pennypipe.integration.ledger.write
routes:
  - id: sales
    connection: main
    streamType: Sales
    accountId: {sales}
    enabled: true
    timeZone: Europe/London
    rules:
      SaleDocument: {{Enabled: true, EntryType: credit, NoteTemplate: "Sale #{{ReceiptNumber}} | {{Notes}}"}}
  - id: purchases
    connection: second
    streamType: Purchasing
    accountId: {purchasing}
    enabled: true
    timeZone: Europe/London
    rules:
      PurchaseDocument: {{Enabled: true, EntryType: debit}}
"""


def configuration(url: str) -> TenantConfiguration:
    text = DOCUMENT.format(url=url, client=DEMO_CLIENT_ID, sales=DEMO_SALES_ACCOUNT, purchasing=DEMO_PURCHASING_ACCOUNT)
    return read_configuration(text, allow_loopback=True).configuration


def an_entry(reference: str, total: str, kind: str = "SaleDocument", **changes: Any) -> dict[str, Any]:
    """A PutEvents entry; `total` is written as the number that it reads."""
    detail = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "revision": 1,
        "approvedAt": "2026-03-01T09:30:00Z",
        "currency": "GBP",
        "entity": {"Id": reference, "ReceiptNumber": reference, "Total": "@", "Notes": "naïve ☕"},
        **changes,
    }
    return {
        "Source": "stocksmart",
        "DetailType": f"{kind}Approved",
        "EventBusName": "ledgerpost",
        "Time": "2026-03-01T09:30:00Z",
        "Detail": json.dumps(detail).replace('"@"', total),
    }


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The functions' zip exactly as it is deployed."""
    folder = tmp_path_factory.mktemp("artefact")
    stage_functions(folder / "functions")
    return zip_tree(folder / "functions", folder / "functions.zip").read_bytes()


def an_engine(
    configurations: Sequence[TenantConfiguration],
    artefact: bytes,
    *,
    variables: Mapping[str, str] | None = None,
    properties: Mapping[str, Mapping[str, Any]] | None = None,
    timeout_s: float,
) -> MinistackEngine:
    options = MinistackOptions(
        python=Path(MINISTACK_PYTHON),
        configurations=configurations,
        secrets=SECRETS,
        code=artefact,
        variables=variables or {},
        properties=properties or {},
        timeout_s=timeout_s,
    )
    return MinistackEngine(options)


@pytest.fixture(scope="session")
def deployment(artefact: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    recorder = Recorder(tmp_path_factory.mktemp("calls"))
    variables = {
        "RETRY_DELAYS_S": "2,2,2",
        "READ_LAG_S": "0.5",
        "GRACE_S": "0.2",
        "BREAKER_FAILURES": "0",
        **recorder.variables,
    }
    with (
        SimulatorProcess(demo_settings()) as simulator,
        an_engine([configuration(simulator.url)], artefact, variables=variables, timeout_s=40) as engine,
    ):
        yield Deployment(engine, simulator, recorder)


@pytest.fixture
def shared(deployment: Deployment) -> Deployment:
    """The shared deployment, its ledger without faults and without entries."""
    deployment.simulator.set_faults("")
    deployment.simulator.reset()
    return deployment
