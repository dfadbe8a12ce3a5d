"""`ledgerpost local --engine ministack`: the same configuration, events and report, on an emulator of AWS."""

from pathlib import Path

import pytest

from ledgerpost.cli import run
from ledgerpost.simulators.pennypipe import SimulatorProcess
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT
from tests.e2e.conftest import CommandLine, Ended, approval


@pytest.mark.ministack
def test_both_engines_give_the_same_report_of_the_same_events(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    lines = [approval(f"r{number}", f"{number}.05") for number in range(1, 21)]
    lines += [approval("r1", "1.05"), approval("zero", 0), approval("stranger", tenantId="nobody"), "not json"]
    arguments = ("--config", configuration, "--events", ledgerpost.file("events.jsonl", "\n".join(lines)), "--json")
    simulator.set_faults("refuse=0.3:once:1,poison=r7")
    in_memory = ledgerpost("local", *arguments)
    simulator.reset()
    log = ledgerpost.folder / "log.jsonl"
    on_ministack = ledgerpost("local", *arguments, "--engine", "ministack", "--log", log)
    assert (in_memory.code, on_ministack.code) == (1, 1), on_ministack.err
    assert without_times(on_ministack) == without_times(in_memory)
    assert on_ministack.document["parked"] == {"entry_refused": 1, "unknown_tenant": 1, "malformed_event": 1}
    assert simulator.counts().entries == 19
    assert '"delivery.attempted"' in log.read_text()
    assert DEMO_PAT not in log.read_text() + on_ministack.out + on_ministack.err


def without_times(ended: Ended) -> dict[str, object]:
    return {name: value for name, value in ended.document.items() if name not in ("seconds", "entriesPerSecond")}


def test_an_emulator_that_is_not_installed_is_said_in_a_sentence_with_the_mend(
    ledgerpost: CommandLine, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "EMULATOR", ledgerpost.folder / "python")
    events = ledgerpost.file("events.jsonl", approval("1"))
    ended = ledgerpost("local", "--config", configuration, "--events", events, "--engine", "ministack")
    assert ended.code == 2
    assert "engine_unavailable" in ended.err
    assert "make setup-ministack" in ended.err
    assert "Traceback" not in ended.err


def test_records_cannot_be_kept_by_the_emulator(ledgerpost: CommandLine, configuration: Path) -> None:
    events = ledgerpost.file("events.jsonl", approval("1"))
    arguments = ("--config", configuration, "--events", events, "--engine", "ministack")
    ended = ledgerpost("local", *arguments, "--state", ledgerpost.folder / "state")
    assert ended.code == 2
    assert "--state needs the engine memory" in ended.err
