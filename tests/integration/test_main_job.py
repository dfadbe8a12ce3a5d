"""The main job on the emulator: approvals in, ledger entries out, what cannot be posted set aside with its reason."""

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.local.engine import EngineOptions, LocalEngine
from ledgerpost.local.ministack import MinistackEngine
from ledgerpost.local.realtime import RunSummary
from ledgerpost.simulators.pennypipe import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT
from tests.integration.conftest import SECRETS, an_engine, an_entry, configuration

pytestmark = pytest.mark.ministack

SALES = {f"S-{number}": f"{number}.10" for number in range(1, 151)}
PURCHASES = {f"P-{number}": f"{number}.25" for number in range(1, 41)}
POISON = "S-77"


@dataclass
class Run:
    engine: MinistackEngine
    simulator: SimulatorProcess
    summary: RunSummary
    log: str


FAULTS = f"poison={POISON},cut=0.1:once,refuse=0.1:once"


def approvals() -> list[dict[str, Any]]:
    entries = [an_entry(reference, total) for reference, total in SALES.items()]
    entries += [an_entry(reference, total, "PurchaseDocument") for reference, total in PURCHASES.items()]
    entries[40:40] = [
        an_entry("S-cancelled", "-12.50"),
        an_entry("S-zero", "0.00"),
        an_entry("S-exact", "508.20000000000005"),
        {**an_entry("S-broken", "1"), "Detail": json.dumps({"tenantId": "acme"})},
        an_entry("S-stranger", "1", tenantId="nobody"),
        an_entry("S-1", "1.10"),
        an_entry("", "3.00"),
    ]
    return entries


@pytest.fixture(scope="module")
def run(artefact: bytes) -> Iterator[Run]:
    variables = {"RETRY_DELAYS_S": "1,1,2", "READ_LAG_S": "0.5", "GRACE_S": "0.2"}
    with (
        SimulatorProcess(replace(demo_settings(), faults=FAULTS)) as simulator,
        an_engine([configuration(simulator.url)], artefact, variables=variables, timeout_s=90) as engine,
    ):
        summary = engine.run(approvals())
        yield Run(engine, simulator, summary, engine.emulator.log_path.read_text())


def test_the_run_comes_to_rest_with_nothing_in_a_dead_letter_queue(run: Run) -> None:
    assert run.summary.is_settled
    assert run.summary.refused == []
    assert run.engine.dead_letters() == 0


def test_every_entry_but_the_poisonous_one_reaches_the_ledger_once(run: Run) -> None:
    expected = {**SALES, **PURCHASES, "S-cancelled": "12.50", "S-exact": "508.20"}
    del expected[POISON]
    entries = list(run.simulator.entries())
    assert {entry["referenceId"]: Decimal(entry["amount"]) for entry in entries} == {
        reference: Decimal(total) for reference, total in expected.items()
    }
    assert run.simulator.counts().duplicates == 0


def test_a_cancellation_arrives_on_the_other_side(run: Run) -> None:
    types = {entry["referenceId"]: entry["type"] for entry in run.simulator.entries()}
    assert (types["S-1"], types["S-cancelled"], types["P-1"]) == ("credit", "debit", "debit")


def test_the_poisonous_entry_is_parked_with_the_ledgers_reason(run: Run) -> None:
    parked = [record for record in run.engine.records() if record.status is Status.PARKED]
    assert [record.key.reference for record in parked] == [POISON]
    assert parked[0].code
    assert parked[0].history[0].status == 422


def test_what_cannot_be_understood_is_kept_with_its_code(run: Run) -> None:
    codes = sorted(rejection.code for rejection in run.engine.rejections())
    assert codes == ["malformed_event", "no_reference", "unknown_tenant"]


def test_the_report_counts_what_came_of_every_event(run: Run) -> None:
    report = run.engine.report(run.summary).as_json()
    assert report["events"] == len(SALES) + len(PURCHASES) + 7
    delivered = len(SALES) + len(PURCHASES) - 1 + 2
    # The second approval of S-1 changes nothing; it is counted by the name that `claim.Result` gives it.
    assert report["deliveries"] == {"delivered": delivered, "skipped": 2, "parked": 3, "superseded": 0, "duplicate": 1}
    assert report["skipped"] == {"zero_amount": 1, "no_reference": 1}


def test_the_local_cloud_leaves_the_same_records_and_the_same_ledger(run: Run) -> None:
    with SimulatorProcess(replace(demo_settings(), faults=FAULTS)) as simulator, io.StringIO() as log:
        targets = ConnectorTargets(SECRETS, SystemClock(), allow_loopback=True)
        options = EngineOptions(
            configurations=[configuration(simulator.url)],
            targets=lambda _: targets,
            log_stream=log,
            overrides={"ALLOW_LOOPBACK": "true", "RETRY_DELAYS_S": "0.1,0.1,0.2", "READ_LAG_S": "0.1"},
        )
        with closing(LocalEngine(options)) as engine, closing(targets):
            assert engine.run(approvals()).is_settled
            assert told(engine.deliveries.records(TenantId("acme"))) == told(run.engine.records())
            assert books(simulator) == books(run.simulator)


def told(records: Iterable[DeliveryRecord]) -> list[tuple[object, ...]]:
    """What the records say, without the times and the ids that are each engine's own."""
    return sorted(
        (
            *each.key,
            each.route,
            each.kind.value,
            str(each.version),
            each.fingerprint,
            each.status.value,
            each.code or "",
            str(each.amount),
            each.currency,
            each.day,
            each.effect is not None,
        )
        for each in records
    )


def books(simulator: SimulatorProcess) -> list[str]:
    """What the ledger holds, without its own ids and times."""
    content = ("accountId", "referenceId", "type", "amount", "date", "note", "tagNames", "customFieldValues")
    return sorted(json.dumps({name: entry.get(name) for name in content}) for entry in simulator.entries())


def test_no_secret_is_in_the_log_of_the_emulator_or_of_a_function(run: Run) -> None:
    assert "delivery.attempted" in json.dumps(list(run.engine.stack.log_lines()))
    assert DEMO_PAT not in json.dumps(list(run.engine.stack.log_lines()))
    assert DEMO_PAT not in run.log
