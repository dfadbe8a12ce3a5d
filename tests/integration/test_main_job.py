"""The main job on the emulator: approvals in, ledger entries out, what cannot be posted set aside with its reason."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from ledgerpost.domain.delivery import Status
from ledgerpost.local.ministack import MinistackEngine
from ledgerpost.local.realtime import RunSummary
from ledgerpost.simulators.pennypipe import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT
from tests.integration.conftest import an_engine, an_entry, configuration

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


@pytest.fixture(scope="module")
def run(artefact: bytes) -> Iterator[Run]:
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
    settings = replace(demo_settings(), faults=f"poison={POISON}")
    with (
        SimulatorProcess(settings) as simulator,
        an_engine([configuration(simulator.url)], artefact, timeout_s=40) as engine,
    ):
        summary = engine.run(entries)
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


def test_no_secret_is_in_the_log_of_the_emulator_or_of_a_function(run: Run) -> None:
    assert "delivery.attempted" in json.dumps(list(run.engine.stack.log_lines()))
    assert DEMO_PAT not in json.dumps(list(run.engine.stack.log_lines()))
    assert DEMO_PAT not in run.log
