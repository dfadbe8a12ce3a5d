"""What an entry of each path asks of AWS, counted with the real handlers, so that no change makes one dearer unseen.

`UPDATE_GOLDEN=1 pytest tests/infra/test_path_costs.py` writes the counts anew, and `python infra/costs.py` the page.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import yaml

from functions.close_day import handler as close_day
from functions.deliver import handler as deliver
from functions.extract import handler as extract
from functions.intake import handler as intake
from infra.costs import PAGE, read_prices
from infra.path_costs import COUNTS_FILE, PathCounts, dollars, path_table, read_counts, write_counts
from infra.stage import PROD
from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.dynamodb.budgets import DynamoRequestBudget
from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.aws_extract import AwsExtractServices
from ledgerpost.bootstrap import Container, installed
from ledgerpost.bootstrap_extract import extract_function_from, installed_extract
from ledgerpost.cli.demo_orders import CALLS_AT_ONCE, DEMO_CLIENT_KEY, DEMO_USER_KEY, demo_document, site_settings
from ledgerpost.cli.retail_invoices import INVOICES
from ledgerpost.cli.retail_orders import LINES
from ledgerpost.cli.retail_pennylane import load_retail, retail_invoices
from ledgerpost.cli.retail_sales_orders import retail_week
from ledgerpost.domain.closing import Progress
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.ports import Clock
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.simulators.acumatica import SimulatorProcess as AcumaticaProcess
from ledgerpost.simulators.fincome import DEMO_KEY, FincomeProcess
from ledgerpost.simulators.pennylane import SimulatorProcess as PennylaneProcess
from ledgerpost.simulators.pennylane import demo_settings as pennylane_settings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from ledgerpost.simulators.pennypipe import SimulatorProcess as PennyPipeProcess
from ledgerpost.simulators.pennypipe import demo_settings
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, DEMO_SALES_ACCOUNT
from ledgerpost.wire.company import read_company
from ledgerpost.wire.configuration import read_configuration
from tests.app.world import HandClock
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.commerce_stores import create_commerce_table
from tests.infra.metering import BATCH, Meter, MeteredServices, Warm, batches, on_the_bus
from tests.integration.chosen_parts import an_order
from tests.integration.conftest import DOCUMENT, an_entry

DEARER_MAX = 0.05
DIRECT_MAX = 3.50
LAMBDA_LINES_KB = 0.35
"""What Lambda itself logs of an invocation."""


class Stage:
    """The functions of a stage around an emulated AWS, and a meter on all that they ask it for."""

    def __init__(
        self,
        session: boto3.Session,
        configurations: Sequence[TenantConfiguration] = (),
        clock: Clock = SystemClock(),  # noqa: B008 - it has no state
    ) -> None:
        sqs = session.client("sqs")
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("intake", "delivery")}
        self.meter = Meter()
        self.meter.start(session)
        self.services = MeteredServices(session, configurations, clock)
        environment = {"ROUTES_TABLE": "routes", "DELIVERIES_TABLE": "deliveries", "COMMERCE_TABLE": "commerce"}
        environment |= {"INTAKE_QUEUE_URL": urls["intake"], "DELIVERY_QUEUE_URL": urls["delivery"]}
        self.container = Container(environment | {"ALLOW_LOOPBACK": "true"}, self.services)
        self.invocations = 0

    def take_in(self, bodies: list[str]) -> list[str]:
        """Run intake on full batches; give what it sent on."""
        self.meter.sent.clear()
        self._run(intake.lambda_handler, bodies)
        return list(self.meter.sent)

    def deliver(self, bodies: list[str]) -> None:
        """Run the delivery on full batches."""
        self._run(deliver.lambda_handler, bodies)

    def _run(self, handler: Callable[[dict[str, Any], Any], Any], bodies: list[str]) -> None:
        with installed(self.container):
            for batch in batches(bodies):
                assert handler(batch, Warm()) == {"batchItemFailures": []}
                self.invocations += 1

    def counts(self, entries: int, *, messages: int, ledger_calls: int, side_by_side: float) -> PathCounts:
        """Give what an entry took; `entries` came by the bus, `messages` were received and deleted by batches."""
        logged = len(self.services.logged.getvalue().encode()) / 1000 + self.invocations * LAMBDA_LINES_KB
        by_the_batch = 2 * messages / BATCH
        return PathCounts(
            events=1.0,
            queue_requests=round((entries + self.meter.queue_requests + by_the_batch) / entries, 3),
            invocations=round(self.invocations / entries, 3),
            write_units=round(self.meter.write_units / entries, 3),
            read_units=round(self.meter.read_units / entries, 3),
            log_kb=round(logged / entries, 2),
            ledger_calls=round(ledger_calls / entries, 2),
            ledger_waits=round(ledger_calls / entries / side_by_side, 3),
            memory_mib=PROD.deliver.memory_mib,
        )


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with moto_clients() as opened:
        create_deliveries_table(opened.client("dynamodb"), "deliveries")
        create_commerce_table(opened.client("dynamodb"), "commerce")
        yield opened


def a_secret(session: boto3.Session, name: str, value: str) -> str:
    arn = session.client("secretsmanager").create_secret(Name=f"ledgerpost/dev/{name}", SecretString=value)["ARN"]
    return f"secretsmanager:{arn}"


def pennypipe_configuration(session: boto3.Session, url: str) -> TenantConfiguration:
    text = DOCUMENT.replace("env:PENNYPIPE_PAT", a_secret(session, "main", DEMO_PAT))
    places = {"url": url, "client": "c", "sales": DEMO_SALES_ACCOUNT, "purchasing": DEMO_SALES_ACCOUNT}
    return read_configuration(text.format(**places), allow_loopback=True).configuration


def direct(session: boto3.Session) -> PathCounts:
    entries = [an_entry(f"D-{number}", "12.34") for number in range(300)]
    with PennyPipeProcess(demo_settings()) as ledger:
        stage = Stage(session, [pennypipe_configuration(session, ledger.url)])
        sent = stage.take_in([on_the_bus(entry) for entry in entries])
        stage.deliver(sent)
        assert ledger.counts().entries == len(entries)
        calls = len(ledger.requests())
    return stage.counts(len(entries), messages=2 * len(entries), ledger_calls=calls, side_by_side=BATCH)


def acumatica(session: boto3.Session) -> PathCounts:
    week = retail_week(LINES, "acme", 60)
    orders = [order.entry for order in week.arriving]
    secret = json.dumps({"clientSecret": DEMO_CLIENT_KEY, "password": DEMO_USER_KEY})
    with AcumaticaProcess(site_settings(week)) as site:
        document = demo_document(site.url)
        document["connections"][0]["auth"]["clientSecret"] = a_secret(session, "erp", secret)
        text = json.dumps(document)
        checked = read_configuration(text, allow_loopback=True, formulas=RuleEngineFormulas())
        stage = Stage(session, [checked.configuration])
        stage.deliver(stage.take_in([on_the_bus(order) for order in orders]))
        held = site.counts()
        calls = len(site.requests())
    assert held.records["SalesOrder"] == len(orders)
    return stage.counts(len(orders), messages=2 * len(orders), ledger_calls=calls, side_by_side=CALLS_AT_ONCE)


def grouped(session: boto3.Session) -> PathCounts:
    sales = [an_order(f"o-{number}", "100.00") for number in range(300)]
    with PennyPipeProcess(demo_settings()) as ledger:
        clock = HandClock(datetime.now(UTC) - timedelta(days=1))  # each sale comes on its day
        stage = Stage(session, [pennypipe_configuration(session, ledger.url)], clock)
        apply_a_company(stage)
        assert stage.take_in([on_the_bus(sale) for sale in sales]) == []
        clock.pass_(days=1)
        with installed(stage.container):
            assert close_day.lambda_handler({}, Warm()) == {"count": 1, "failed": 0}
        stage.invocations += 1
        documents = list(stage.meter.sent)
        sent = stage.take_in(documents)
        stage.deliver(sent)
        assert [entry["amount"] for entry in ledger.entries()] == ["36000.00"]
        calls = len(ledger.requests())
    messages = len(sales) + 2 * len(documents)
    return stage.counts(len(sales), messages=messages, ledger_calls=calls, side_by_side=1)


def apply_a_company(stage: Stage) -> None:
    values = yaml.safe_load((COUNTS_FILE.parents[1] / "events" / "company.example.yaml").read_text("utf-8"))
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    values["schedule"] |= {"startDate": f"{yesterday}T00:00:00", "syncHourUtc": 0}
    values["ledgerpost"] |= {"timeZone": "UTC", "connection": "main", "account": DEMO_SALES_ACCOUNT, "entries": True}
    company = read_company(json.dumps(values)).company
    due = datetime.now(UTC) - timedelta(hours=1)
    kept = KeptCompany(company=company, progress=Progress(), next_run=due)
    assert stage.services.commerce("commerce").companies.put(kept)


def extracted(session: boto3.Session) -> PathCounts:
    """The rows of a first night, the dearest: on a quiet one nothing is written but the checkpoint."""
    clock = HandClock()
    with PennylaneProcess(replace(pennylane_settings(), window_requests=None)) as source, FincomeProcess() as target:
        load_retail(retail_invoices(INVOICES)[:60], source.load)
        document = {
            "tenant": "acme",
            "extract": "fincome",
            "baseCurrency": "GBP",
            "source": {"kind": "pennylane", "baseUrl": source.url, "token": a_secret(session, "source", DEMO_TOKEN)},
            "target": {"kind": "fincome", "baseUrl": target.base_url, "key": a_secret(session, "target", DEMO_KEY)},
        }
        before = len(source.requests())
        stage = Stage(session)
        services = AwsExtractServices(session)
        built = extract_function_from({"DELIVERIES_TABLE": "deliveries", "ALLOW_LOOPBACK": "true"}, services)
        budget = DynamoRequestBudget(session.client("dynamodb"), "deliveries", clock)
        parts = replace(built.parts, clock=clock, pause=lambda seconds: clock.pass_(seconds=seconds), budget=budget)
        # One worker: side by side they meet at the shared budget, and how often is not the same twice.
        settings = replace(built.settings, workers=1)
        function = replace(built, parts=parts, settings=settings, log=stage.services.log("extract", "INFO"))
        with installed_extract(function):
            answer = extract.lambda_handler({"document": document}, Warm())
        stage.invocations += 1
        rows = target.counts().writes()
        calls = len(source.requests()) - before + rows
    assert (answer["ending"], answer["open"]) == ("finished", 0)
    counted = stage.counts(rows, messages=0, ledger_calls=calls, side_by_side=1)
    return replace(counted, events=0.0, queue_requests=0.0, memory_mib=PROD.extract.memory_mib)


PATHS: Mapping[str, Callable[[boto3.Session], PathCounts]] = {
    "direct": direct,
    "grouped": grouped,
    "Acumatica": acumatica,
    "extract": extracted,
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_no_dearer_than_was_agreed_on(path: str, session: boto3.Session) -> None:
    counted = PATHS[path](session)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        write_counts({**read_counts(), path: counted})
    agreed = read_counts()[path]
    now, before = (dollars(counts, read_prices()) for counts in (counted, agreed))
    said = f"${now:.2f} a million, not ${before:.2f}: {asdict(counted)}"
    assert now == pytest.approx(before, rel=DEARER_MAX), said


def test_a_million_entries_posted_directly_stay_under_their_limit() -> None:
    assert dollars(read_counts()["direct"], read_prices()) <= DIRECT_MAX


def test_a_write_more_for_each_entry_would_be_seen() -> None:
    agreed = read_counts()["direct"]
    dearer = replace(agreed, write_units=agreed.write_units + 1)
    assert dollars(dearer, read_prices()) > dollars(agreed, read_prices()) * (1 + DEARER_MAX)


def test_the_page_shows_the_paths() -> None:
    assert path_table(read_prices()) in PAGE.read_text(), "run `python infra/costs.py`"


def test_an_entry_that_is_posted_directly_is_two_writes_and_no_read_of_its_own() -> None:
    agreed = read_counts()["direct"]
    assert agreed.write_units == 2.0
    assert agreed.read_units < 0.02
    # Whether the account upserts is asked once, by the first batch's ten at once.
    assert agreed.ledger_calls <= 1.1
