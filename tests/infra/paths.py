"""The real handlers on each path of an entry, around whatever AWS a boto3 session reaches, with a meter on their calls.

The tests count on moto; `benchmarks/function_seconds.py` takes the time on an emulator in a process of its own.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import yaml

from functions.close_day import handler as close_day
from functions.deliver import handler as deliver
from functions.extract import handler as extract
from functions.intake import handler as intake
from infra.path_costs import COUNTS_FILE, PROCESSOR_MS, PathCounts
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
from tests.infra.metering import BATCH, Meter, MeteredServices, MeteredTransport, Warm, batches, on_the_bus
from tests.integration.chosen_parts import an_order
from tests.integration.conftest import DOCUMENT, an_entry

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """The processor seconds of one invocation of a function, all its threads together, and its messages."""

    function: str
    messages: int
    processor_s: float


class Stage:
    """The functions of a stage around an emulated AWS, and a meter on all that they ask it for."""

    def __init__(
        self,
        session: boto3.Session,
        configurations: Sequence[TenantConfiguration] = (),
        clock: Clock = SystemClock(),  # noqa: B008 - it has no state
        *,
        side_by_side: int = BATCH,
    ) -> None:
        """Make the queues; `side_by_side` calls of one invocation of the delivery wait at once."""
        sqs = session.client("sqs")
        urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("intake", "delivery")}
        self.meter = Meter()
        self.meter.start(session)
        self.services = MeteredServices(session, configurations, clock, self.meter)
        environment = {"ROUTES_TABLE": "routes", "DELIVERIES_TABLE": "deliveries", "COMMERCE_TABLE": "commerce"}
        environment |= {"INTAKE_QUEUE_URL": urls["intake"], "DELIVERY_QUEUE_URL": urls["delivery"]}
        self.container = Container(environment | {"ALLOW_LOOPBACK": "true"}, self.services)
        self.spent: list[Spent] = []
        self._side_by_side = side_by_side
        self._aws_waits = 0.0

    def take_in(self, bodies: list[str]) -> list[str]:
        """Run intake on full batches; give what it sent on."""
        self.meter.sent.clear()
        self._work_off("intake", intake.lambda_handler, bodies)
        return list(self.meter.sent)

    def deliver(self, bodies: list[str]) -> None:
        """Run the delivery on full batches."""
        self._work_off("deliver", deliver.lambda_handler, bodies)

    def _work_off(self, function: str, handler: Handler, bodies: list[str]) -> None:
        for batch in batches(bodies):
            # Lambda hands the batch over as text, and takes the answer as text.
            text, messages = json.dumps(batch), len(batch["Records"])
            with self.invocation(function, messages):
                answer = json.dumps(handler(json.loads(text), Warm()))
            assert json.loads(answer) == {"batchItemFailures": []}

    @contextmanager
    def invocation(self, function: str, messages: int = 0) -> Iterator[None]:
        """Count what is done inside as one invocation."""
        calls, begun = self.meter.calls, time.process_time()
        with installed(self.container):
            yield
        self.spent.append(Spent(function=function, messages=messages, processor_s=time.process_time() - begun))
        self._aws_waits += (self.meter.calls - calls) / (self._side_by_side if function == "deliver" else 1)

    def counts(self, path: str, entries: int, *, ledger_calls: int, ledger_waits: float) -> PathCounts:
        """Give what each of `entries` took that came by the bus; messages are received and deleted by batches."""
        invocations = len(self.spent)
        # Lambda itself logs nothing of an invocation that ended well (`infra/constructs/functions.py`).
        logged = len(self.services.logged.getvalue().encode()) / 1000
        by_batches = {each.function: 0.0 for each in self.spent}
        for each in self.spent:
            by_batches[each.function] += 2 * each.messages / BATCH
        return PathCounts(
            events=1.0,
            queue_requests=round((entries + self.meter.queue_requests + sum(by_batches.values())) / entries, 3),
            fair_queue_requests=round((self.meter.fair_requests + by_batches.get("deliver", 0.0)) / entries, 3),
            invocations=round(invocations / entries, 3),
            write_units=round(self.meter.write_units / entries, 3),
            read_units=round(self.meter.read_units / entries, 3),
            secrets=float(self.meter.secrets),
            log_kb=round(logged / entries, 3),
            egress_kb=round(self.meter.bytes_out / 1000 / entries, 2),
            ledger_calls=round(ledger_calls / entries, 2),
            ledger_waits=round(ledger_waits / entries, 3),
            aws_waits=round(self._aws_waits / entries, 3),
            processor_ms=PROCESSOR_MS[path],
            memory_mib=PROD.deliver.memory_mib,
        )


@dataclass(frozen=True, slots=True)
class Walked:
    """A path that was gone: the stage as it is then, how many entries it was, and what each took."""

    stage: Stage
    entries: int
    counts: PathCounts


def a_secret(session: boto3.Session, name: str, value: str) -> str:
    arn = session.client("secretsmanager").create_secret(Name=f"ledgerpost/dev/{name}", SecretString=value)["ARN"]
    return f"secretsmanager:{arn}"


def pennypipe_configuration(session: boto3.Session, url: str) -> TenantConfiguration:
    text = DOCUMENT.replace("env:PENNYPIPE_PAT", a_secret(session, "main", DEMO_PAT))
    places = {"url": url, "client": "c", "sales": DEMO_SALES_ACCOUNT, "purchasing": DEMO_SALES_ACCOUNT}
    return read_configuration(text.format(**places), allow_loopback=True).configuration


def direct(session: boto3.Session) -> Walked:
    entries = [an_entry(f"D-{number}", "12.34") for number in range(300)]
    with PennyPipeProcess(demo_settings()) as ledger:
        stage = Stage(session, [pennypipe_configuration(session, ledger.url)])
        sent = stage.take_in([on_the_bus(entry) for entry in entries])
        stage.deliver(sent)
        assert ledger.counts().entries == len(entries)
        calls = len(ledger.requests())
    return Walked(
        stage, len(entries), stage.counts("direct", len(entries), ledger_calls=calls, ledger_waits=calls / BATCH)
    )


def acumatica(session: boto3.Session) -> Walked:
    week = retail_week(LINES, "acme", 60)
    orders = [order.entry for order in week.arriving]
    secret = json.dumps({"clientSecret": DEMO_CLIENT_KEY, "password": DEMO_USER_KEY})
    with AcumaticaProcess(site_settings(week)) as site:
        document = demo_document(site.url)
        document["connections"][0]["auth"]["clientSecret"] = a_secret(session, "erp", secret)
        text = json.dumps(document)
        checked = read_configuration(text, allow_loopback=True, formulas=RuleEngineFormulas())
        stage = Stage(session, [checked.configuration], side_by_side=CALLS_AT_ONCE)
        stage.deliver(stage.take_in([on_the_bus(order) for order in orders]))
        held = site.counts()
        calls = len(site.requests())
    assert held.records["SalesOrder"] == len(orders)
    return Walked(
        stage,
        len(orders),
        stage.counts("Acumatica", len(orders), ledger_calls=calls, ledger_waits=calls / CALLS_AT_ONCE),
    )


def grouped(session: boto3.Session) -> Walked:
    sales = [an_order(f"o-{number}", "100.00") for number in range(300)]
    with PennyPipeProcess(demo_settings()) as ledger:
        clock = HandClock(datetime.now(UTC) - timedelta(days=1))  # each sale comes on its day
        stage = Stage(session, [pennypipe_configuration(session, ledger.url)], clock)
        apply_a_company(stage)
        assert stage.take_in([on_the_bus(sale) for sale in sales]) == []
        clock.pass_(days=1)
        with stage.invocation("close_day"):
            assert close_day.lambda_handler({}, Warm()) == {"count": 1, "failed": 0}
        documents = list(stage.meter.sent)
        sent = stage.take_in(documents)
        stage.deliver(sent)
        assert [entry["amount"] for entry in ledger.entries()] == ["36000.00"]
        calls = len(ledger.requests())
    return Walked(stage, len(sales), stage.counts("grouped", len(sales), ledger_calls=calls, ledger_waits=calls))


def apply_a_company(stage: Stage) -> None:
    values = yaml.safe_load((COUNTS_FILE.parents[1] / "events" / "company.example.yaml").read_text("utf-8"))
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    values["schedule"] |= {"startDate": f"{yesterday}T00:00:00", "syncHourUtc": 0}
    values["ledgerpost"] |= {"timeZone": "UTC", "connection": "main", "account": DEMO_SALES_ACCOUNT, "entries": True}
    company = read_company(json.dumps(values)).company
    due = datetime.now(UTC) - timedelta(hours=1)
    kept = KeptCompany(company=company, progress=Progress(), next_run=due)
    assert stage.services.commerce("commerce").companies.put(kept)


def extracted(session: boto3.Session) -> Walked:
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
        parts = replace(
            built.parts,
            transport_of=lambda _: MeteredTransport(stage.meter),
            clock=clock,
            pause=lambda seconds: clock.pass_(seconds=seconds),
            budget=budget,
        )
        # One worker: side by side they meet at the shared budget, and how often is not the same twice.
        settings = replace(built.settings, workers=1)
        function = replace(built, parts=parts, settings=settings, log=stage.services.log("extract", "INFO"))
        with stage.invocation("extract"), installed_extract(function):
            answer = extract.lambda_handler({"document": document}, Warm())
        rows = target.counts().writes()
        calls = len(source.requests()) - before + rows
    assert (answer["ending"], answer["open"]) == ("finished", 0)
    counted = stage.counts("extract", rows, ledger_calls=calls, ledger_waits=calls)
    return Walked(stage, rows, replace(counted, events=0.0, queue_requests=0.0, memory_mib=PROD.extract.memory_mib))


PATHS: Mapping[str, Callable[[boto3.Session], PathCounts]] = {
    "direct": direct,
    "grouped": grouped,
    "Acumatica": acumatica,
    "extract": extracted,
}


PATHS: Mapping[str, Callable[[boto3.Session], Walked]] = {
    "direct": direct,
    "grouped": grouped,
    "Acumatica": acumatica,
    "extract": extracted,
}
