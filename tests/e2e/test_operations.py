"""The guide's steps and the daily work of a person, on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ledgerpost.simulators.pennypipe import SimulatorProcess
from ledgerpost.simulators.pennypipe.demo import DEMO_SALES_ACCOUNT
from tests.e2e.conftest import CommandLine, approval, document


def test_a_connection_is_tested_for_every_account_it_posts_to(ledgerpost: CommandLine, configuration: Path) -> None:
    ended = ledgerpost("connection", "test", "main", "--config", configuration, "--json")
    assert ended.code == 0
    assert [found["reached"] for found in ended.document["accounts"]] == [True, True]


def test_a_test_post_leaves_an_entry_or_cleans_up_after_itself(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    arguments = ("test-post", "main", "--account", DEMO_SALES_ACCOUNT, "--config", configuration, "--amount", "0.01")
    assert ledgerpost(*arguments).code == 0
    assert [entry["amount"] for entry in simulator.entries()] == ["0.01"]
    assert ledgerpost(*arguments, "--clean-up").code == 0
    assert simulator.counts().entries == 1


@pytest.mark.parametrize(
    ("token", "account", "advice"),
    [("wrong", DEMO_SALES_ACCOUNT, "expired or revoked"), (None, "no-such-account", "account ID")],
)
def test_a_refused_test_post_gives_the_guides_advice(
    token: str | None,
    account: str,
    advice: str,
    ledgerpost: CommandLine,
    configuration: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if token:
        monkeypatch.setenv("PENNYPIPE_PAT", token)
    ended = ledgerpost("test-post", "main", "--account", account, "--config", configuration)
    assert ended.code == 1
    assert advice.lower() in " ".join(ended.out.split()).lower()


def test_the_field_list_gives_the_ids_to_copy(ledgerpost: CommandLine, configuration: Path) -> None:
    ended = ledgerpost("fields", "main", "--account", DEMO_SALES_ACCOUNT, "--config", configuration, "--json")
    assert {"11111111-1111-1111-1111-111111111111"} <= {field["id"] for field in ended.document["fields"]}


EXPLAINED = {
    "rule_disabled": approval("1", DetailType="SalePaymentApproved"),
    "route_disabled": approval("1", DetailType="PurchaseDocumentApproved"),
    "no_reference": approval(None),
    "zero_amount": approval("1", "0.00"),
    "unknown_tenant": approval("1", tenantId="nobody"),
}


@pytest.mark.parametrize("code", EXPLAINED)
def test_explain_names_what_stands_between_an_approval_and_the_ledger(
    code: str, ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    event = ledgerpost.file("event.jsonl", EXPLAINED[code])
    ended = ledgerpost("explain", "--event", event, "--config", configuration, "--json")
    assert ended.code == 1
    [explained] = ended.document["events"]
    assert code in {explained["code"], *(route["code"] for route in explained["routes"])}
    assert simulator.counts().calls == {}, "explaining posts nothing"


def test_explain_names_the_stream_that_no_route_takes(ledgerpost: CommandLine, simulator: SimulatorProcess) -> None:
    only_sales = document(simulator.url)
    del only_sales["routes"][1]
    config = ledgerpost.file("config.json", json.dumps(only_sales))
    event = ledgerpost.file("event.jsonl", approval("1", DetailType="SupplierPaymentApproved"))
    ended = ledgerpost("explain", "--event", event, "--config", config)
    assert ended.code == 1
    assert "no_matching_route" in ended.out
    assert "belongs to Purchasing" in ended.out


def test_a_clear_way_is_told_to_be_clear(ledgerpost: CommandLine, configuration: Path) -> None:
    event = ledgerpost.file("event.jsonl", approval("1"))
    ended = ledgerpost("explain", "--event", event, "--config", configuration)
    assert ended.code == 0
    assert "still queued" in ended.out


def test_a_parked_delivery_is_found_explained_mended_and_redriven(
    ledgerpost: CommandLine, simulator: SimulatorProcess
) -> None:
    strict = document(simulator.url)
    strict["routes"][0]["rules"]["SaleDocument"] |= {"TagNames": ["Nowhere"], "CreateMissingTags": False}
    config = ledgerpost.file("config.json", json.dumps(strict))
    events = ledgerpost.file("events.jsonl", approval("1"))
    state = ("--state", ledgerpost.folder / "state")
    assert ledgerpost("local", "--config", config, "--events", events, *state).code == 1

    listed = ledgerpost("delivery", "list", "--tenant", "acme", "--status", "parked", *state, "--json").document
    assert [(record["referenceId"], record["code"]) for record in listed["deliveries"]] == [("1", "tag_missing")]
    explained = ledgerpost("explain", "--reference", "1", "--tenant", "acme", *state)
    assert explained.code == 1
    assert "CreateMissingTags" in explained.out

    strict["routes"][0]["rules"]["SaleDocument"]["CreateMissingTags"] = True
    config = ledgerpost.file("config.json", json.dumps(strict))
    redriven = ledgerpost("delivery", "redrive", "1", "--tenant", "acme", *state, "--config", config, "--json")
    assert (redriven.code, redriven.document["status"]) == (0, "delivered")
    shown = ledgerpost("delivery", "show", "1", "--tenant", "acme", *state)
    assert "delivered" in shown.out
    assert simulator.counts().entries == 1


def test_a_skip_is_kept_with_its_reason_and_honoured_by_later_runs(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    simulator.set_faults("poison=1")
    events = ledgerpost.file("events.jsonl", approval("1"))
    state = ("--state", ledgerpost.folder / "state")
    run = ("local", "--config", configuration, "--events", events, *state, "--json")
    assert ledgerpost(*run).code == 1
    assert ledgerpost("delivery", "skip", "1", "--tenant", "acme", "--reason", "typed in by hand", *state).code == 0
    simulator.set_faults("")
    ended = ledgerpost(*run)
    assert ended.document["skipped"] == {"skipped_by_operator": 1}
    assert simulator.counts().entries == 0


def test_a_refused_token_pauses_the_connection_and_a_resume_delivers_all_that_waited(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = os.environ["PENNYPIPE_PAT"]
    monkeypatch.setenv("PENNYPIPE_PAT", "expired")
    first = ledgerpost.file("first.jsonl", approval("r0"))
    more = ledgerpost.file("more.jsonl", "\n".join(approval(f"r{number}") for number in range(1, 5)))
    state = ("--state", ledgerpost.folder / "state")
    run = ("local", "--config", configuration, *state, "--no-read-back", "--json", "--events")
    assert ledgerpost(*run, first).document["parked"] == {"token_refused": 1}
    ended = ledgerpost(*run, more)
    assert (ended.code, ended.document["parked"], ended.document["posts"]) == (1, {"connection_paused": 4}, 0)
    [paused] = ledgerpost("connection", "paused", "--tenant", "acme", *state, "--json").document["paused"]
    assert (paused["connection"], paused["account"], paused["code"]) == ("main", None, "token_refused")

    monkeypatch.setenv("PENNYPIPE_PAT", good)
    resume = ("connection", "resume", "main", "--tenant", "acme", *state, "--config", configuration, "--json")
    resumed = ledgerpost(*resume, "--by", "ann", "--reason", "new token")
    assert resumed.code == 0
    assert resumed.document == {"resumed": True, "redriven": 5, "parked": 0}
    assert simulator.counts().entries == 5
    assert ledgerpost(*resume).document == {"resumed": False, "redriven": 0, "parked": 0}
    log = [json.loads(line) for line in (ledgerpost.folder / "state" / "operations.log").read_text().splitlines()]
    told = [line for line in log if line.get("message") == "connection.resumed"]
    assert [(line["by"], line["reason"]) for line in told] == [("ann", "new token")]


def test_an_account_paused_by_a_person_waits_until_it_is_resumed(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file("events.jsonl", approval("1"))
    state = ("--state", ledgerpost.folder / "state")
    assert ledgerpost("local", "--config", configuration, "--events", events, *state).code == 0
    account = ("--account", DEMO_SALES_ACCOUNT, "--tenant", "acme", *state)
    pause = ("connection", "pause", "main", *account, "--reason", "year-end close")
    assert ledgerpost(*pause).code == 0
    assert ledgerpost(*pause).code == 1, "it is paused already"
    more = ledgerpost.file("more.jsonl", approval("2"))
    run = ledgerpost("local", "--config", configuration, "--events", more, *state, "--json")
    assert (run.code, run.document["parked"]) == (1, {"account_paused": 1})
    assert simulator.counts().entries == 1
    assert ledgerpost("connection", "resume", "main", *account, "--config", configuration).code == 0
    assert simulator.counts().entries == 2


def test_all_deliveries_of_one_code_are_redriven_or_skipped_at_once(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    simulator.set_faults("poison=r0|r1|r2|r3")
    events = ledgerpost.file("events.jsonl", "\n".join(approval(f"r{number}") for number in range(12)))
    state = ("--state", ledgerpost.folder / "state")
    run = ("local", "--config", configuration, "--events", events, *state, "--json")
    [(code, count)] = ledgerpost(*run).document["parked"].items()
    assert count == 4
    chosen = ("--all", "--code", code, "--tenant", "acme", *state, "--json")
    skipped = ledgerpost("delivery", "skip", *chosen, "--limit", "1", "--reason", "by hand").document
    assert skipped == {"skipped": 1, "movedOn": 0, "parked": 0}
    simulator.set_faults("")
    redriven = ledgerpost("delivery", "redrive", *chosen, "--config", configuration)
    assert redriven.document == {"redriven": count - 1, "movedOn": 0, "parked": 0}
    assert simulator.counts().entries == 11


def test_a_bulk_redrive_names_what_it_needs(ledgerpost: CommandLine) -> None:
    where = ("--tenant", "acme", "--state", ledgerpost.folder)
    for arguments in (("--all",), (), ("r1", "--code", "tag_missing"), ("--all", "--code", "no such code")):
        assert ledgerpost("delivery", "skip", *arguments, *where, "--reason", "x").code == 2


def test_a_rejected_event_is_listed_and_can_be_redriven_after_the_mend(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file("events.jsonl", approval("1", tenantId="later"))
    state = ("--state", ledgerpost.folder / "state")
    assert ledgerpost("local", "--config", configuration, "--events", events, *state).code == 1
    [rejected] = ledgerpost("delivery", "list", "--tenant", "later", *state, "--json").document["rejected"]
    assert rejected["code"] == "unknown_tenant"
    later = ledgerpost.file("later.json", json.dumps(document(simulator.url) | {"tenant": "later"}))
    ended = ledgerpost("delivery", "redrive", rejected["id"], "--tenant", "later", *state, "--config", later)
    assert ended.code == 0
    assert simulator.counts().entries == 1


def test_reconcile_names_a_changed_cent_a_dropped_and_a_doubled_entry(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    events = ledgerpost.file("events.jsonl", "\n".join(approval(f"r{number}") for number in range(5)))
    assert ledgerpost("local", "--config", configuration, "--events", events).code == 0
    assert ledgerpost("reconcile", "--config", configuration, "--events", events).code == 0
    later = [approval("r1", "10.01"), approval("r0"), approval("unheard-of"), *(approval(f"r{n}") for n in (2, 3, 4))]
    changed = ledgerpost.file("changed.jsonl", "\n".join(later))
    ended = ledgerpost("reconcile", "--config", configuration, "--events", changed, "--json")
    assert ended.code == 1
    assert [line["differing"] for line in ended.document["balances"]] == [["r1", "unheard-of"]]


def test_a_sweep_finds_what_was_never_published_and_queues_it(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    all_lines = [approval(f"r{number}") for number in range(4)]
    published = ledgerpost.file("published.jsonl", "\n".join(all_lines[:2]))
    listed = ledgerpost.file(
        "listed.jsonl", "\n".join([*all_lines, approval("bill", DetailType="SalePaymentApproved")])
    )
    state = ("--state", ledgerpost.folder / "state")
    assert ledgerpost("local", "--config", configuration, "--events", published, *state).code == 0
    sweep = ("sweep", "--config", configuration, "--approvals", listed, "--tenant", "acme", *state, "--json")
    ended = ledgerpost(*sweep)
    assert ended.code == 1
    assert [(gap["referenceId"], gap["reason"]) for gap in ended.document["missing"]] == [
        ("r2", "no_record"),
        ("r3", "no_record"),
    ]
    assert ended.document["notTaken"] == {"rule_disabled": 1}
    assert simulator.counts().entries == 2, "nothing is sent unless asked for"
    ended = ledgerpost(*sweep, "--queue")
    assert (ended.code, ended.document["queued"]) == (0, 2)
    assert simulator.counts().entries == 4
    assert ledgerpost(*sweep).document["missing"] == []


def test_reconcile_with_the_records_names_each_defect_and_its_book_and_the_files_can_be_rechecked(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    honest = [approval(f"r{number}") for number in range(6)]
    events = ledgerpost.file("events.jsonl", "\n".join(honest))
    state = ("--state", ledgerpost.folder / "state")
    assert ledgerpost("local", "--config", configuration, "--events", events, *state).code == 0
    out = ledgerpost.folder / "audit"
    reconcile = ("reconcile", "--config", configuration, *state, "--json", "--events")
    ended = ledgerpost(*reconcile, events, "--out", out)
    assert (ended.code, ended.document["exceptions"]) == (0, [])
    recheck = [sys.executable, "-I", str(Path(__file__).parents[2] / "docs" / "audit" / "recheck.py"), str(out)]
    assert subprocess.run([*recheck, "--head", ended.document["head"]], check=False).returncode == 0

    # The ledger loses r2 and gains a cent on r1; the source's list loses r3 and has r4 twice.
    simulator.reset()
    ledger = ledgerpost.file("ledger.jsonl", "\n".join([approval("r1", "10.01"), *honest[:1], *honest[3:]]))
    assert ledgerpost("local", "--config", configuration, "--events", ledger).code == 0
    source = ledgerpost.file("source.jsonl", "\n".join([*honest[:3], *honest[4:], honest[4]]))
    ended = ledgerpost(*reconcile, source, "--out", out)
    assert ended.code == 1
    assert [(each["reference"], each["book"], each["kind"]) for each in ended.document["exceptions"]] == [
        ("r1", "ledger", "changed_amount"),
        ("r2", "ledger", "missing"),
        ("r3", "ledger", "unexpected"),
        ("r3", "records", "unexpected"),
    ]
    assert [each["referenceId"] for each in ended.document["repeated"]] == ["r4"]
    assert subprocess.run(recheck, check=False).returncode == 0, "the files say what the books say, exceptions included"


def test_reconcile_says_why_an_entry_is_missing(
    ledgerpost: CommandLine, configuration: Path, simulator: SimulatorProcess
) -> None:
    simulator.set_faults("poison=r1")
    events = ledgerpost.file("events.jsonl", "\n".join([approval("r0"), approval("r1")]))
    state = ("--state", ledgerpost.folder / "state")
    assert ledgerpost("local", "--config", configuration, "--events", events, *state).code == 1
    ended = ledgerpost("reconcile", "--config", configuration, "--events", events, *state, "--json")
    assert ended.code == 1
    assert {(each["book"], each["kind"], each["detail"]) for each in ended.document["exceptions"]} == {
        ("ledger", "missing", "parked: entry_refused"),
        ("records", "missing", "parked: entry_refused"),
    }


def test_the_demo_posts_skips_ties_out_and_repeats_nothing(ledgerpost: CommandLine) -> None:
    rows = ["489434,12/1/09 7:45,13085.0,True,8,166,505.3", "C489449,12/1/09 10:33,,True,1,1,-196.10000000000002"]
    header = "invoice_id,invoice_date,customer_id,domestic_sale,item_types_purchased,total_quantity,total_price"
    invoices = ledgerpost.file("invoices.csv", "\n".join([header, *rows, "489450,12/1/09 10:36,1,True,1,1,0.0"]))
    ended = ledgerpost("demo", "--invoices", invoices, "--json")
    assert ended.code == 0, ended.err
    assert ended.document["deliveries"] == {"delivered": 2, "skipped": 1, "parked": 0, "superseded": 0}
    assert [line["difference"] for line in ended.document["reconciliation"]] == ["0.00"]
    assert ended.document["secondRun"] == {"events": 3, "posts": 0, "ledgerChanges": 0, "entriesOfOneReference": 0}


def test_an_unknown_command_option_is_refused(ledgerpost: CommandLine) -> None:
    assert ledgerpost("demo", "--faults", "cut=2").code == 2
    assert ledgerpost("demo", "--nonsense").code == 2
