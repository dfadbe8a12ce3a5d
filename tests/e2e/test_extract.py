"""`ledgerpost extract`: real invoices from a Pennylane to a Fincome, each a server in its own process."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.ecb_rates import rates_from_file
from ledgerpost.app.extract import Ending, ExtractReport
from ledgerpost.cli.extract import ExtractOptions, parts_here, run
from ledgerpost.cli.retail_invoices import INVOICES
from ledgerpost.cli.retail_pennylane import RetailInvoice, load_retail, retail_invoices
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.simulators.fincome import DEMO_KEY, FincomeProcess
from ledgerpost.simulators.pennylane import SimulatorProcess as PennylaneProcess
from ledgerpost.simulators.pennylane import demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_REFRESH_TOKEN, DEMO_TOKEN
from ledgerpost.simulators.pennypipe import SimulatorProcess as PennyPipeProcess
from ledgerpost.wire.extract_document import read_extract
from tests.e2e.conftest import CommandLine

RATES = INVOICES.with_name("ecb-eurofxref-2009-12-to-2010-11.csv")
EVENTS = Path(__file__).parents[2] / "events"
COLLECTION_EXAMPLE = EVENTS / "configuration.pennylane-to-pennypipe.yaml"
COMPANY_EXAMPLE = EVENTS / "pennylane-company.simulator.json"
FIRST_DAY = date(2009, 12, 1)
ADDRESS = {"address": "1 rue X", "postal_code": "75001", "city": "Paris", "country_alpha2": "FR"}


class Unpaced:
    """A budget without a limit: the simulator has none either."""

    def reserve(self, *_: object) -> float | None:
        return 0.0

    def hold(self, *_: object) -> None:
        return None


@pytest.fixture
def pennylane(monkeypatch: pytest.MonkeyPatch) -> Iterator[PennylaneProcess]:
    monkeypatch.setenv("PENNYLANE_TOKEN", DEMO_TOKEN)
    with PennylaneProcess(replace(demo_settings(), window_requests=None)) as running:
        yield running


@pytest.fixture
def fincome(monkeypatch: pytest.MonkeyPatch) -> Iterator[FincomeProcess]:
    monkeypatch.setenv("FINCOME_KEY", DEMO_KEY)
    with FincomeProcess() as running:
        yield running


def document(pennylane: PennylaneProcess, fincome: FincomeProcess, **changes: Any) -> str:
    return json.dumps(
        {
            "tenant": "acme",
            "extract": "fincome",
            "source": {"kind": "pennylane", "baseUrl": pennylane.url, "token": "env:PENNYLANE_TOKEN"},
            "target": {"kind": "fincome", "baseUrl": fincome.base_url, "key": "env:FINCOME_KEY"},
            **changes,
        }
    )


def load_a_company(pennylane: PennylaneProcess) -> None:
    """A customer, a product, a subscription, an invoice with a credit note, and a draft."""
    made = pennylane.load(
        {
            "company_customers": [{"name": "Acme SAS", "external_reference": "src-1", "billing_address": ADDRESS}],
            "products": [{"label": "Plan", "price_before_tax": "50.00", "vat_rate": "FR_200"}],
        }
    )
    (customer,), (product,) = made["company_customers"], made["products"]
    body = {
        "date": "2026-03-02",
        "deadline": "2026-03-31",
        "customer_id": customer,
        "invoice_lines": [{"product_id": product, "quantity": 2}],
    }
    (invoice, note, _) = pennylane.load(
        {
            "customer_invoices": [
                body,
                body | {"invoice_lines": [{"product_id": product, "quantity": -1}]},
                body | {"draft": True},
            ]
        }
    )["customer_invoices"]
    pennylane.load({f"customer_invoices/{invoice}/link_credit_note": [{"credit_note_id": note}]})
    pennylane.load(
        {
            "billing_subscriptions": [
                {
                    "start": "2026-01-01",
                    "mode": {"type": "awaiting_validation"},
                    "payment_conditions": "upon_receipt",
                    "payment_method": "offline",
                    "recurring_rule": {"type": "yearly", "interval": 1},
                    "customer_id": customer,
                    "customer_invoice_data": {"invoice_lines": [{"product_id": product, "quantity": 12}]},
                }
            ]
        }
    )


def test_a_company_is_extracted_and_a_second_night_writes_nothing(
    ledgerpost: CommandLine, pennylane: PennylaneProcess, fincome: FincomeProcess
) -> None:
    load_a_company(pennylane)
    config = ledgerpost.file("extract.json", document(pennylane, fincome))
    arguments = ("extract", "--config", config, "--state", ledgerpost.folder / "state", "--json")
    first = ledgerpost(*arguments)
    assert first.code == 0, first.err
    assert first.document["ending"] == "finished"
    assert first.document["rows"]["invoices"]["codes"] == {"extract_draft": 1}
    rows = dict(fincome.rows())
    assert rows["customers"]["id"] == "src-1"
    assert rows["subscriptions"]["monthly_amount"] == "50.00"
    assert (rows["invoices"]["amount_excluding_tax"], rows["invoices"]["tax_amount"]) == ("100.00", "20.00")
    assert rows["credit-notes"]["amount"] == "-50.00"
    assert rows["credit-notes"]["invoice_id"] == rows["invoices"]["id"]
    writes = fincome.counts().writes()
    second = ledgerpost(*arguments)
    assert (second.code, fincome.counts().writes()) == (0, writes)
    assert second.document["rows"]["invoices"]["unchanged"] == 1


def test_a_company_is_extracted_by_consent_and_the_rotated_pair_stays_in_the_state(
    ledgerpost: CommandLine, pennylane: PennylaneProcess, fincome: FincomeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_a_company(pennylane)
    monkeypatch.setenv("PENNYLANE_CLIENT", DEMO_CLIENT_KEY)
    monkeypatch.setenv("PENNYLANE_REFRESH", DEMO_REFRESH_TOKEN)
    consent = {
        "identityAuthority": f"{pennylane.url}/oauth",
        "clientId": DEMO_CLIENT_ID,
        "clientSecret": "env:PENNYLANE_CLIENT",
        "refreshToken": "env:PENNYLANE_REFRESH",
    }
    source = {"kind": "pennylane", "baseUrl": pennylane.url, "oauth": consent}
    config = ledgerpost.file("extract.json", document(pennylane, fincome, source=source))
    arguments = ("extract", "--config", config, "--state", ledgerpost.folder / "state", "--json")
    first = ledgerpost(*arguments)
    assert (first.code, first.document["ending"]) == (0, "finished"), first.err
    pennylane.expire_tokens()
    writes = fincome.counts().writes()
    second = ledgerpost(*arguments)
    assert (second.code, fincome.counts().writes()) == (0, writes), second.err
    counts = pennylane.counts()
    assert (counts["refreshes"], counts["reusedRefreshTokens"]) == (2, 0)


def test_the_report_for_people_tells_what_is_held_and_the_bound_of_the_source(
    ledgerpost: CommandLine, pennylane: PennylaneProcess, fincome: FincomeProcess
) -> None:
    load_a_company(pennylane)
    config = ledgerpost.file("extract.json", document(pennylane, fincome, baseCurrency="GBP"))
    ended = ledgerpost("extract", "--config", config, "--state", ledgerpost.folder / "state")
    assert ended.code == 1
    assert "extract_rate_missing" in ended.out
    assert "lets 25 in 5 s through" in ended.out


def test_a_target_that_lets_nobody_in_stops_the_run_and_the_next_one_goes_on(
    ledgerpost: CommandLine, pennylane: PennylaneProcess, fincome: FincomeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_a_company(pennylane)
    config = ledgerpost.file("extract.json", document(pennylane, fincome))
    arguments = ("extract", "--config", config, "--state", ledgerpost.folder / "state", "--json")
    monkeypatch.setenv("FINCOME_KEY", "wrong")
    refused = ledgerpost(*arguments)
    assert (refused.code, refused.document["ending"], refused.document["code"]) == (1, "stopped", "token_refused")
    assert "goes on" in refused.err
    monkeypatch.setenv("FINCOME_KEY", DEMO_KEY)
    again = ledgerpost(*arguments)
    assert (again.code, again.document["ending"], again.document["resumed"]) == (0, "finished", True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tenant": None}, "config_wrong_value"),
        ({"rates": "none.csv"}, "rates_unreadable"),
        ({"extra": 1}, "config_unknown_key"),
    ],
)
def test_refused_input_is_exit_2_with_its_code(
    ledgerpost: CommandLine,
    pennylane: PennylaneProcess,
    fincome: FincomeProcess,
    changes: dict[str, Any],
    code: str,
) -> None:
    config = ledgerpost.file("extract.json", document(pennylane, fincome, **changes))
    ended = ledgerpost("extract", "--config", config, "--state", ledgerpost.folder / "state")
    assert (ended.code, code in ended.err) == (2, True)
    assert fincome.counts().writes() == 0


def test_a_run_that_is_killed_in_the_middle_is_taken_up_and_nothing_is_there_twice(
    ledgerpost: CommandLine, pennylane: PennylaneProcess, fincome: FincomeProcess
) -> None:
    names = [f"C{number}" for number in range(350)]
    pennylane.load({"company_customers": [{"name": name, "billing_address": ADDRESS} for name in names]})
    fincome.set_faults("slow=1:0.01")
    config = ledgerpost.file("extract.json", document(pennylane, fincome))
    arguments = ("extract", "--config", str(config), "--state", str(ledgerpost.folder / "state"), "--json")
    command = [sys.executable, "-c", "from ledgerpost.cli.main import main; main()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while fincome.counts().rows["customers"] < 150:
            assert running.poll() is None, "it ended before it could be killed"
        running.kill()
    fincome.set_faults("")
    before = fincome.counts().rows["customers"]
    assert before < len(names)
    again = ledgerpost(*arguments)
    assert (again.code, again.document["resumed"]) == (0, True), again.err
    counts = fincome.counts()
    assert sorted(row["name"] for _, row in fincome.rows()) == sorted(names)
    assert counts.effects["customers"]["created"] == len(names)
    assert counts.effects["customers"].get("updated", 0) == 0
    assert again.document["rows"]["customers"]["read"] == len(names), "the report is of the whole night"


def test_the_simulator_refuses_a_fault_that_fincome_has_not(ledgerpost: CommandLine) -> None:
    ended = ledgerpost("simulator", "fincome", "--faults", "expire=1")
    assert (ended.code, "unknown fault" in ended.err) == (2, True)


def night(text: str, state: Path, name: str) -> ExtractReport:
    options = ExtractOptions(state=state, night=name)
    configuration = read_extract(text, allow_loopback=True)
    # The faults of the target strike hundreds of rows; waiting for each of them for real would prove nothing more.
    parts = replace(parts_here(Unpaced()), pause=lambda _: None)
    return run(configuration, options, rates=rates_from_file(RATES), parts=parts)


def in_euros(invoice: RetailInvoice) -> Decimal:
    with RATES.open(newline="") as file:
        pounds = {date.fromisoformat(row["Date"]): Decimal(row["GBP"]) for row in csv.DictReader(file)}
    return (invoice.net / pounds[invoice.day]).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def test_a_day_of_real_invoices_ties_through_a_target_that_fails(
    pennylane: PennylaneProcess, fincome: FincomeProcess, tmp_path: Path
) -> None:
    """The whole year: `benchmarks/extract_year.py`."""
    invoices = retail_invoices(INVOICES, until=FIRST_DAY)
    load_retail(invoices, pennylane.load)
    fincome.set_faults("cut=0.1:once,error_after=0.1:once,limit=0.1:0:once,refuse=0.1:0:once")
    text = document(pennylane, fincome)
    report = night(text, tmp_path / "state", "1")
    assert (report.ending, report.checkpoint.open_rows) == (Ending.FINISHED, 0)

    held: dict[str, list[dict[str, Any]]] = {}
    for entity, row in fincome.rows():
        held.setdefault(entity, []).append(row)
    sales = [each for each in invoices if each.net >= 0]
    cancellations = [each for each in invoices if each.net < 0]
    assert len(cancellations) > 10
    assert (len(held["invoices"]), len(held["credit-notes"])) == (len(sales), len(cancellations))
    for rows, wanted, key in (
        (held["invoices"], sales, "amount_excluding_tax"),
        (held["credit-notes"], cancellations, "amount"),
    ):
        assert sum(Decimal(row[key]) for row in rows) == sum(each.net for each in wanted)
        assert sum(Decimal(row[f"base_{key}"]) for row in rows) == sum(map(in_euros, wanted))
    assert all(Decimal(row["amount"]) < 0 for row in held["credit-notes"])
    assert any(row["invoice_id"] for row in held["credit-notes"])
    counts = fincome.counts()
    assert all(counts.faults.get(kind, 0) > 0 for kind in ("cut", "error_after", "limit", "refuse"))
    assert (counts.total("created"), counts.total("updated")) == (sum(counts.rows.values()), 0)

    again = night(text, tmp_path / "state", "2")
    assert fincome.counts().writes() == counts.writes()
    assert again.checkpoint.total(RowFate.WRITTEN) == 0


def events_of_a_day(ledgerpost: CommandLine, text: str, invoices: list[RetailInvoice], load: Any) -> Path:
    """Load a day of real invoices into Pennylane and extract them as approval events; give the file."""
    load_retail(invoices, load)
    events = ledgerpost.folder / "events.jsonl"
    options = ExtractOptions(state=ledgerpost.folder / "state", night="1", events_out=events)
    configuration = read_extract(text, allow_loopback=True)
    report = run(configuration, options, rates=rates_from_file(RATES), parts=parts_here(Unpaced()))
    assert report.ending is Ending.FINISHED
    return events


def assert_that_the_day_ties(
    simulator: PennyPipeProcess, pennylane: PennylaneProcess, invoices: list[RetailInvoice]
) -> list[dict[str, Any]]:
    """Hold PennyPipe against Pennylane and the data set; give the entries."""
    entries = list(simulator.entries())
    signed = [Decimal(entry["amount"]) * (1 if entry["type"] == "credit" else -1) for entry in entries]
    gross = [each.net + (each.net * Decimal("0.2")).quantize(Decimal("0.01")) for each in invoices]
    assert len(entries) == sum(each != 0 for each in gross)
    assert abs(sum(signed) - sum(gross)) <= Decimal("0.01") * len(gross)
    assert sum(signed) == sum(Decimal(row["currency_amount"]) for row in pennylane.rows("customer_invoices"))
    assert {entry["date"] for entry in entries} == {"2009-12-01"}
    return entries


def test_the_same_extract_feeds_pennypipe_through_the_routes(
    ledgerpost: CommandLine,
    pennylane: PennylaneProcess,
    fincome: FincomeProcess,
    configuration: Path,
    simulator: PennyPipeProcess,
) -> None:
    invoices = retail_invoices(INVOICES, until=FIRST_DAY)
    events = events_of_a_day(ledgerpost, document(pennylane, fincome), invoices, pennylane.load)
    assert fincome.counts().writes() == 0
    posted = ledgerpost("local", "--config", configuration, "--events", events, "--json")
    assert posted.code == 0, posted.err
    assert_that_the_day_ties(simulator, pennylane, invoices)


def test_the_same_extract_feeds_pennypipe_through_the_mapping_collection(
    ledgerpost: CommandLine, pennylane: PennylaneProcess, fincome: FincomeProcess, simulator: PennyPipeProcess
) -> None:
    invoices = retail_invoices(INVOICES, until=FIRST_DAY)
    events = events_of_a_day(ledgerpost, document(pennylane, fincome), invoices, pennylane.load)
    example = COLLECTION_EXAMPLE.read_text("utf-8").replace("http://127.0.0.1:8088", simulator.url)
    config = ledgerpost.file("collection.yaml", example)
    arguments = ("local", "--config", config, "--events", events, "--state", ledgerpost.folder / "local", "--json")
    posted = ledgerpost(*arguments)
    assert posted.code == 0, posted.err
    entries = assert_that_the_day_ties(simulator, pennylane, invoices)

    notes = [entry["note"] for entry in entries if entry["type"] == "debit"]
    assert len(notes) == sum(each.net < 0 for each in invoices) > 10
    assert all(note.startswith("Credit note ") for note in notes)
    assert any(" on invoice " in note for note in notes)
    posts = simulator.counts().created
    again = ledgerpost(*arguments)
    assert (again.code, simulator.counts().created) == (0, posts)


def test_the_example_of_the_page_comes_to_what_the_page_says(
    ledgerpost: CommandLine, pennylane: PennylaneProcess, simulator: PennyPipeProcess
) -> None:
    pennylane.call_admin("POST", "load", json.loads(COMPANY_EXAMPLE.read_text("utf-8")))
    extract = (EVENTS / "extract.simulator.yaml").read_text("utf-8").replace("http://127.0.0.1:8091", pennylane.url)
    extract = extract.replace("data/ecb", f"{EVENTS}/data/ecb")
    events = ledgerpost.folder / "invoices.jsonl"
    state = ("--state", ledgerpost.folder / "state")
    extracted = ledgerpost(
        "extract", "--config", ledgerpost.file("extract.yaml", extract), *state, "--events-out", events
    )
    assert extracted.code == 0, extracted.err
    example = COLLECTION_EXAMPLE.read_text("utf-8").replace("http://127.0.0.1:8088", simulator.url)
    posted = ledgerpost("local", "--config", ledgerpost.file("collection.yaml", example), "--events", events)
    assert posted.code == 0, posted.err
    entries = sorted((entry["type"], entry["amount"], entry["note"]) for entry in simulator.entries())
    assert [(side, amount) for side, amount, _ in entries] == [
        ("credit", "120.00"),
        ("credit", "180.00"),
        ("debit", "60.00"),
    ]
    assert " on invoice 1003 | net -50.00, tax -10.00" in entries[2][2]
