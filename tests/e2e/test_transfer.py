"""One transaction by its id, on the command line."""

from pathlib import Path

from ledgerpost.simulators.pennypipe import SimulatorProcess
from tests.e2e.conftest import CommandLine, approval


def test_one_transaction_of_a_list_is_transferred_and_the_others_stay(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file("events.jsonl", "\n".join(approval(f"r{number}") for number in range(4)))
    state = ledgerpost.folder / "state"
    state.mkdir()
    transfer = ("transfer", "--id", "r2", "--events", events, "--config", configuration, "--state", state, "--json")
    ended = ledgerpost(*transfer)
    assert (ended.code, [each["status"] for each in ended.document["deliveries"]]) == (0, ["delivered"])
    assert [entry["referenceId"] for entry in simulator.entries()] == ["r2"]
    posts = simulator.counts().calls
    assert ledgerpost(*transfer).code == 0
    assert simulator.counts().calls == posts, "a version that was delivered makes no call"


def test_an_id_that_the_list_does_not_have_is_refused_input(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file("events.jsonl", approval("r1"))
    ended = ledgerpost("transfer", "--id", "r9", "--events", events, "--config", configuration, "--state", "nowhere")
    assert ended.code == 2
    assert simulator.counts().entries == 0
