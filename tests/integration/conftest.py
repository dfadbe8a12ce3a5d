"""The whole pipeline on the emulator: real handlers in worker processes, the real AWS wire, a simulated ledger."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.packaging import stage_functions, stand_in_package, zip_tree
from infra.stage import DEV
from infra.synthesis import rendered, snapshot_of, synthesize
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.ministack import MinistackEngine, MinistackOptions
from ledgerpost.simulators.fincome import FincomeProcess
from ledgerpost.simulators.pennylane import SimulatorProcess as PennylaneProcess
from ledgerpost.simulators.pennylane import demo_settings as pennylane_settings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
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
from tests.integration.chosen_parts import NEVER, SCHEDULED_EXTRACT, ChosenParts, pennylane_configuration
from tests.integration.deployment import Deployment
from tests.integration.recorder import Recorder

SECRETS = EnvironmentSecrets(
    {"PENNYPIPE_PAT": DEMO_PAT, "PENNYPIPE_CLIENT_KEY": DEMO_CLIENT_KEY, "PENNYLANE_TOKEN": DEMO_TOKEN}
)

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
    template: Path = SNAPSHOT,
    timeout_s: float,
) -> MinistackEngine:
    options = MinistackOptions(
        python=Path(MINISTACK_PYTHON),
        configurations=configurations,
        secrets=SECRETS,
        code=artefact,
        variables=variables or {},
        properties=properties or {},
        template=template,
        timeout_s=timeout_s,
    )
    return MinistackEngine(options)


@pytest.fixture(scope="session")
def whole_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of a stage with every part that may be chosen, as the snapshot is that of one without."""
    folder = tmp_path_factory.mktemp("whole")
    documents = (json.dumps(SCHEDULED_EXTRACT),)
    stage = replace(DEV, groups_days=True, serves_actions=True, extracts=documents, extract_schedule=NEVER)
    template = synthesize(stage, stand_in_package(folder), folder / "out", checked=False)
    path = folder / "template.json"
    path.write_text(rendered(snapshot_of(template)), "utf-8")
    return path


@pytest.fixture(scope="session")
def deployment(artefact: bytes, whole_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    recorder = Recorder(tmp_path_factory.mktemp("calls"))
    variables = {
        "RETRY_DELAYS_S": "2,2,2",
        "READ_LAG_S": "0.5",
        "GRACE_S": "0.2",
        "BREAKER_FAILURES": "0",
        **recorder.variables,
    }
    with ExitStack() as running:
        simulator = running.enter_context(SimulatorProcess(demo_settings()))
        pennylane = running.enter_context(PennylaneProcess(replace(pennylane_settings(), window_requests=None)))
        fincome = running.enter_context(FincomeProcess())
        configurations = [configuration(simulator.url), pennylane_configuration(pennylane.url)]
        engine = running.enter_context(
            an_engine(configurations, artefact, variables=variables, template=whole_template, timeout_s=40)
        )
        template = json.loads(whole_template.read_text("utf-8"))
        yield Deployment(engine, simulator, recorder, template, ChosenParts(engine, pennylane, fincome))


@pytest.fixture
def shared(deployment: Deployment) -> Deployment:
    """The shared deployment, its ledger without faults and without entries."""
    deployment.simulator.set_faults("")
    deployment.simulator.reset()
    return deployment
