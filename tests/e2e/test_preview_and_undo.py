"""What a person asks before a change and after a mistake, on the command line."""

import json
from pathlib import Path

import pytest

from ledgerpost.simulators.pennypipe import SimulatorProcess
from tests.e2e.conftest import CommandLine, approval, document


@pytest.fixture
def state(ledgerpost: CommandLine, configuration: Path) -> tuple[str, Path]:
    """A folder in which three sales of one day were delivered, one of them a cancellation."""
    lines = (approval("1", "10.00"), approval("2", "12.50"), approval("3", "-2.50"))
    events = ledgerpost.file("events.jsonl", "\n".join(lines))
    folder = ledgerpost.folder / "state"
    assert ledgerpost("local", "--config", configuration, "--events", events, "--state", folder).code == 0
    return "--state", folder


def amounts(simulator: SimulatorProcess) -> list[tuple[str, str]]:
    return sorted((entry["type"], entry["amount"]) for entry in simulator.entries())


def test_a_preview_of_what_is_applied_changes_nothing(
    ledgerpost: CommandLine, configuration: Path, state: tuple[str, Path], simulator: SimulatorProcess
) -> None:
    calls = simulator.counts().entries
    seen = ledgerpost("preview", configuration, *state, "--json")
    assert seen.code == 0
    assert seen.document["counts"]["unchanged"] == 3
    assert seen.document["sums"] == []
    assert simulator.counts().entries == calls


def test_a_preview_shows_new_references_as_new_entries_with_their_sums(
    ledgerpost: CommandLine, state: tuple[str, Path], simulator: SimulatorProcess
) -> None:
    changed = document(simulator.url)
    changed["routes"][0]["rules"]["SaleDocument"] |= {"ReferenceIdSourceProperty": "Voucher"}
    without = ledgerpost("preview", ledgerpost.file("skip.json", json.dumps(changed)), *state, "--json").document
    assert without["counts"]["skipped"] == 3
    moved = document(simulator.url, id="sales-to-b", accountId=document(simulator.url)["routes"][1]["accountId"])
    seen = ledgerpost("preview", ledgerpost.file("moved.json", json.dumps(moved)), *state, "--json").document
    assert seen["counts"]["created"] == 3
    [total] = seen["sums"]
    assert (total["created"], total["credit"], total["debit"], total["after"]) == (3, "22.50", "2.50", "20.00")
    shown = ledgerpost("preview", ledgerpost.folder / "moved.json", *state).out
    assert "3 created" in shown


def test_an_undo_is_shown_first_then_posted_once_and_read_back(
    ledgerpost: CommandLine, configuration: Path, state: tuple[str, Path], simulator: SimulatorProcess
) -> None:
    day = ("--route", "sales-to-a", "--day", "2010-12-01", "--config", configuration)
    shown = ledgerpost("undo", *day, *state, "--json")
    assert (shown.code, shown.document["posted"], len(shown.document["reversals"])) == (0, False, 3)
    assert simulator.counts().entries == 3
    for _ in range(2):
        done = ledgerpost("undo", *day, *state, "--post", "--reason", "wrong till", "--json")
        assert (done.code, done.document["cancelled"], done.document["open"]) == (0, 3, [])
    assert amounts(simulator) == sorted(
        (side, amount) for amount in ("10.00", "12.50", "2.50") for side in ("credit", "debit")
    )
    changes = (ledgerpost.folder / "state" / "changes.jsonl").read_text()
    assert [json.loads(line)["act"] for line in changes.splitlines()] == ["undo", "undo"]
    assert "3 of 3 entries are cancelled out" in ledgerpost("undo", *day, *state, "--post").out


def test_the_change_log_is_listed_and_its_chain_checked(
    ledgerpost: CommandLine, configuration: Path, state: tuple[str, Path]
) -> None:
    day = ("--route", "sales-to-a", "--day", "2010-12-01", "--config", configuration)
    for _ in range(2):
        ledgerpost("undo", *day, *state, "--post", "--reason", "wrong till", "--by", "ann")
    listed = ledgerpost("changes", "list", "--tenant", "acme", *state, "--json").document["changes"]
    assert [(each["number"], each["by"], each["act"]) for each in listed] == [(2, "ann", "undo"), (1, "ann", "undo")]
    assert "wrong till" in ledgerpost("changes", "list", "--tenant", "acme", *state).out
    checked = ledgerpost("changes", "check", "--tenant", "acme", *state, "--json")
    assert (checked.code, checked.document["head"]) == (0, listed[0]["digest"])
    file = ledgerpost.folder / "state" / "changes.jsonl"
    file.write_text(file.read_text().replace("ann", "bob", 1))
    assert ledgerpost("changes", "check", "--tenant", "acme", *state).code == 1


def test_an_undo_that_cannot_be_proven_is_left_to_a_person(
    ledgerpost: CommandLine, state: tuple[str, Path], simulator: SimulatorProcess
) -> None:
    changed = document(simulator.url)
    changed["routes"][0]["rules"]["SaleDocument"] |= {"EntryType": "debit"}
    config = ledgerpost.file("changed.json", json.dumps(changed))
    ended = ledgerpost("undo", "--route", "sales-to-a", "--day", "2010-12-01", "--config", config, *state)
    assert ended.code == 1
    assert "undo_route_changed" in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--route", "sales-to-a", "--day", "yesterday", "--config", "@"),
        ("--route", "sales-to-a", "--day", "2010-12-01"),
        ("--route", "nowhere", "--day", "2010-12-01", "--config", "@"),
    ],
)
def test_an_undo_of_what_there_is_not_is_refused(
    arguments: tuple[str, ...], ledgerpost: CommandLine, configuration: Path, state: tuple[str, Path]
) -> None:
    given = (configuration if each == "@" else each for each in arguments)
    assert ledgerpost("undo", *given, *state).code == 2


CSV = "Invoice;Gross;At\n1;10,00;01.12.2010 08:26\n2;2,50;01.01.2011 09:00\n"
MAP = """
source: old-till
detailType: SaleDocumentApproved
tenantId: acme
currency: GBP
approvedAt: At
timeFormat: "%d.%m.%Y %H:%M"
timeZone: Europe/London
delimiter: ";"
decimal: ","
entity: {Id: Invoice, Total: Gross}
"""


def test_a_backfill_counts_a_csv_file_by_its_column_map(ledgerpost: CommandLine, configuration: Path) -> None:
    file, columns = ledgerpost.file("old.csv", CSV), ledgerpost.file("map.yaml", MAP)
    counted = ledgerpost("backfill", file, "--map", columns, "--config", configuration, "--json")
    assert counted.code == 0
    rows = [(row["month"], row["entries"], row["sum"]) for row in counted.document["rows"]]
    assert rows == [("2010-12", 1, "10.00"), ("2011-01", 1, "2.50")]
    assert counted.document["published"] is None
    assert "nothing was published" in ledgerpost("backfill", file, "--map", columns, "--config", configuration).out


def test_a_backfill_tells_the_lines_that_are_no_approval(ledgerpost: CommandLine, configuration: Path) -> None:
    file = ledgerpost.file("old.jsonl", f"{approval('1')}\nnonsense\n")
    counted = ledgerpost("backfill", file, "--config", configuration)
    assert counted.code == 1
    assert "old.jsonl:2" in counted.out


@pytest.mark.parametrize("arguments", [(), ("--config", "@", "--post"), ("--stage", "dev")])
def test_a_backfill_without_a_place_to_go_is_refused(
    arguments: tuple[str, ...], ledgerpost: CommandLine, configuration: Path
) -> None:
    file = ledgerpost.file("old.jsonl", approval("1"))
    given = (configuration if each == "@" else each for each in arguments)
    assert ledgerpost("backfill", file, *given).code == 2


def test_a_csv_file_without_a_column_map_is_refused(ledgerpost: CommandLine, configuration: Path) -> None:
    assert ledgerpost("backfill", ledgerpost.file("old.csv", CSV), "--config", configuration).code == 2
