"""`ledgerpost local`: your configuration and events through the same handlers that deploy."""

import json
from pathlib import Path

import pytest

from ledgerpost.simulators.pennypipe import SimulatorProcess
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT
from tests.e2e.conftest import CommandLine, approval, document


def test_approvals_reach_the_ledger_and_the_report_ties_out(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file(
        "events.jsonl", "\n".join([approval("1", 139.12), approval("2", "-5"), approval("3", "0")])
    )
    report = ledgerpost.folder / "report.json"
    ended = ledgerpost("local", "--config", configuration, "--events", events, "--report", report)
    assert ended.code == 0, ended.err
    written = json.loads(report.read_text())
    assert written["events"] == 3
    assert written["deliveries"] == {"delivered": 2, "skipped": 1, "parked": 0, "superseded": 0}
    assert (written["skipped"], written["parked"], written["posts"]) == ({"zero_amount": 1}, {}, 2)
    assert written["reconciliation"] == [
        {
            "route": "sales-to-a",
            "currency": "GBP",
            "day": "2010-12-01",
            "source": "134.12",
            "ledger": "134.12",
            "difference": "0.00",
        }
    ]
    held = {entry["referenceId"]: (entry["type"], entry["amount"], entry["note"]) for entry in simulator.entries()}
    assert held == {"1": ("credit", "139.12", "Sale #1 total 139.12"), "2": ("debit", "5.00", "Sale #2 total -5.00")}


BAD_INPUT = {
    "malformed_event": '{"Source":"stocksmart","DetailType":"SaleDocumentApproved","Detail":{"tenantId":"acme"}}',
    "unknown_detail_type": approval("x", DetailType="SaleDocumentShredded"),
    "unknown_tenant": approval("x", tenantId="nobody"),
    "amount_out_of_range": approval("x", "1e400"),
    "reference_invalid": approval("x" * 201),
    "currency_unknown": approval("x", currency="QQQ"),
    "unsupported_schema_version": approval("x", schemaVersion="99"),
}


@pytest.mark.parametrize("code", BAD_INPUT)
def test_bad_input_is_parked_under_its_code_and_the_events_around_it_go_through(
    code: str, ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    lines = [approval("before"), BAD_INPUT[code], approval("after")]
    events = ledgerpost.file("events.jsonl", "\n".join(lines))
    ended = ledgerpost("local", "--config", configuration, "--events", events, "--json")
    assert ended.code == 1
    assert ended.document["parked"] == {code: 1}
    assert {entry["referenceId"] for entry in simulator.entries()} == {"before", "after"}


def test_a_line_that_is_no_json_is_named_and_the_others_go_on(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file("events.jsonl", "\n".join([approval("before"), "not json", approval("after")]))
    state = ("--state", ledgerpost.folder / "state")
    ended = ledgerpost("local", "--config", configuration, "--events", events, *state)
    assert ended.code == 1
    assert "line 2" in ended.out
    assert "│ parked            │     1 │" in ended.out
    assert simulator.counts().entries == 2
    [kept] = ledgerpost("delivery", "list", "--tenant", "acme", *state, "--json").document["rejected"]
    assert (kept["id"], kept["code"]) == ("events.jsonl:2", "malformed_event")


def test_a_missing_reference_is_skipped_with_its_code_and_shows_as_a_difference(
    ledgerpost: CommandLine, configuration: Path
) -> None:
    events = ledgerpost.file("events.jsonl", "\n".join([approval(None, "7.00"), approval("1", "3.00")]))
    ended = ledgerpost("local", "--config", configuration, "--events", events, "--json")
    assert ended.document["skipped"] == {"no_reference": 1}
    assert [line["difference"] for line in ended.document["reconciliation"]] == ["-7.00"]


def test_a_note_of_ten_thousand_characters_is_cut_and_delivered(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    long = document(simulator.url)
    long["routes"][0]["rules"]["SaleDocument"]["NoteTemplate"] = "{__class__}{ReceiptNumber}{Notes}"
    config = ledgerpost.file("long.json", json.dumps(long))
    events = ledgerpost.file("events.jsonl", approval("1", entity={"Notes": "x" * 10_000}))
    assert ledgerpost("local", "--config", config, "--events", events).code == 0
    [entry] = simulator.entries()
    assert len(entry["note"]) == 2000
    assert entry["note"].startswith("1xxx"), "the placeholder that is no property is blank"


def test_a_literal_secret_is_refused_and_never_repeated(ledgerpost: CommandLine, simulator: SimulatorProcess) -> None:
    literal = document(simulator.url)
    literal["connections"][0]["auth"]["token"] = "canary-literal-secret"
    config = ledgerpost.file("config.json", json.dumps(literal))
    events = ledgerpost.file("events.jsonl", approval("1"))
    ended = ledgerpost("local", "--config", config, "--events", events)
    assert ended.code == 2
    assert "config_literal_secret connections[0].auth.token" in ended.err
    assert "canary" not in ended.out + ended.err
    assert simulator.counts().entries == 0


def test_two_routes_that_would_write_one_reference_are_refused(
    ledgerpost: CommandLine, simulator: SimulatorProcess
) -> None:
    twice = document(simulator.url)
    twice["routes"].append(twice["routes"][0] | {"id": "again"})
    ended = ledgerpost("config", "check", ledgerpost.file("config.json", json.dumps(twice)))
    assert ended.code == 2
    assert "config_shared_reference" in ended.err


def test_lost_replies_and_refusals_lose_nothing_and_double_nothing(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    simulator.set_faults("cut=0.2,refuse=0.2:once,limit=0.1:once:0")
    events = ledgerpost.file("events.jsonl", "\n".join(approval(f"r{number}") for number in range(150)))
    ended = ledgerpost("local", "--config", configuration, "--events", events, "--json")
    assert ended.code == 0, ended.out
    counts = simulator.counts()
    assert (counts.entries, counts.duplicates) == (150, 0)
    assert counts.faults["cut"] > 0
    assert [line["difference"] for line in ended.document["reconciliation"]] == ["0.00"]


def test_no_secret_reaches_any_output(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.set_faults("cut=0.3:once,refuse=0.3:once:0,poison=r1|r2")
    log, report = ledgerpost.folder / "log.jsonl", ledgerpost.folder / "report.json"
    events = ledgerpost.file("events.jsonl", "\n".join(approval(f"r{number}") for number in range(30)))
    arguments = ("--config", configuration, "--events", events, "--log", log, "--report", report, "--state")
    good = ledgerpost("local", *arguments, ledgerpost.folder / "state")
    monkeypatch.setenv("PENNYPIPE_PAT", "canary-token-that-the-ledger-refuses")
    bad = ledgerpost("local", *arguments, ledgerpost.folder / "other-state")
    assert (good.code, bad.code) == (1, 1), "two entries are poisoned; the other token is refused"
    kept = [path.read_text() for path in ledgerpost.folder.rglob("*") if path.is_file()]
    everything = "\n".join([*kept, good.out, good.err, bad.out, bad.err])
    assert "delivery.attempted" in everything
    assert DEMO_PAT not in everything
    assert "canary-token" not in everything


def test_a_refused_token_parks_the_entries_with_the_guides_advice(
    ledgerpost: CommandLine, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENNYPIPE_PAT", "revoked")
    events = ledgerpost.file("events.jsonl", approval("1"))
    ended = ledgerpost("local", "--config", configuration, "--events", events)
    assert ended.code == 1
    assert "token_refused" in ended.out
    assert "not expired or revoked" in " ".join(ended.out.split())


def test_a_second_run_with_kept_records_makes_no_call_that_changes_the_ledger(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file("events.jsonl", "\n".join(approval(f"r{number}") for number in range(20)))
    arguments = (
        "local",
        "--config",
        configuration,
        "--events",
        events,
        "--state",
        ledgerpost.folder / "state",
        "--json",
    )
    assert ledgerpost(*arguments).document["posts"] == 20
    assert ledgerpost(*arguments).document["posts"] == 0
    assert (simulator.counts().created, simulator.counts().updated) == (20, 0)


def test_what_is_missing_is_said_in_a_sentence(ledgerpost: CommandLine, configuration: Path) -> None:
    ended = ledgerpost("local", "--config", configuration, "--events", ledgerpost.folder / "nowhere.jsonl")
    assert ended.code == 2
    assert "cannot be read" in ended.err
    assert "Traceback" not in ended.err
