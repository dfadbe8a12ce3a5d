"""A day from the shop's records into a ledger: closed, posted, adjusted, and never posted twice."""

import json
from pathlib import Path
from typing import Any

import yaml

from ledgerpost.simulators.pennypipe import SimulatorProcess
from ledgerpost.simulators.pennypipe.demo import DEMO_SALES_ACCOUNT
from tests.e2e.conftest import CommandLine
from tests.grouping.test_commands import COMPANY, EXAMPLE, an_event


def apply_company(ledgerpost: CommandLine, state: Path) -> None:
    """The example's company, whose documents go into the simulator's sales account as entries."""
    values: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    values["ledgerpost"] |= {"connection": "main", "account": DEMO_SALES_ACCOUNT, "entries": True}
    document = ledgerpost.file("company.json", json.dumps(values))
    assert ledgerpost("company", "config", "apply", document, "--state", state).code == 0


def test_a_day_is_closed_posted_and_adjusted_and_nothing_is_posted_twice(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    state = ledgerpost.folder / "state"
    apply_company(ledgerpost, state)
    day = ("--tenant", "acme", "--state", state)

    def take(name: str, *orders: str) -> None:
        assert ledgerpost("company", "records", ledgerpost.file(name, "\n".join(orders)), "--state", state).code == 0

    def close_and_post() -> dict[str, tuple[str, str]]:
        assert ledgerpost("day", "close", COMPANY, "2010-12-01", *day).code == 0
        ended = ledgerpost("local", "--config", configuration, "--events", state / "documents.jsonl", "--json")
        assert ended.code == 0, ended.err
        return {entry["referenceId"]: (entry["type"], entry["amount"]) for entry in simulator.entries()}

    take("day.jsonl", an_event("1", "10.00"), an_event("2", "2.50"))
    first = close_and_post()
    assert list(first.values()) == [("credit", "12.50")]
    assert close_and_post() == first, "closing and posting again changes nothing"
    take("late.jsonl", an_event("3", "4.00"), an_event("2", "2.00", sourceModifiedDate="2010-12-02T09:00:00Z"))
    second = close_and_post()
    adjustments = [entry for reference, entry in second.items() if reference not in first]
    assert adjustments == [("credit", "3.50")]
    assert all(second[reference] == entry for reference, entry in first.items())
