"""The handler of the nightly extract: the real connectors over simulators that need no HTTP."""

import io
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from functions.extract.handler import lambda_handler
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.adapters.memory_extract import MemoryExtractStore
from ledgerpost.adapters.memory_token_pairs import MemoryTokenPairs
from ledgerpost.aws_extract import AwsExtractServices
from ledgerpost.bootstrap_extract import DownloadedRates, ExtractFunction, extract_function_from, installed_extract
from ledgerpost.connectors.extract_sides import SideParts
from ledgerpost.errors import ConfigurationError, UsageError
from ledgerpost.observability import Log
from ledgerpost.simulators.fincome import DEMO_KEY, FincomeSettings
from ledgerpost.simulators.fincome.api import FincomeSimulator
from ledgerpost.simulators.pennylane.demo import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_KEY,
    DEMO_REFRESH_TOKEN,
    DEMO_TOKEN,
)
from tests.connectors.fincome.scripts import handler_of
from tests.connectors.pennylane.test_extract import over
from tests.connectors.scripted import HeldSecrets, RecordingTransport, StoppedClock
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.simulators.pennylane_calls import FULL_LINE, Company

PENNYLANE, FINCOME = "http://127.0.0.1:8091", "http://127.0.0.1:8092/product"
"""Never called: the simulators answer in this process."""

LOCAL = {"WORKERS": "1", "ALLOW_LOOPBACK": "true"}
RATES_URL = "https://rates.example/eurofxref-hist.csv"
RATES_FILE = b"Date,USD,\n2026-03-03,1.10,\n2026-03-02,1.25,\n"


@dataclass
class Minutes:
    """Lambda's context: so much time is left, a page's worth less after each look."""

    left_ms: int
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        self.left_ms -= 1000
        return self.left_ms


class Surroundings:
    """A company, a Fincome and the function between them (bootstrap_extract.ExtractServices)."""

    def __init__(self, rates_status: int = 200, **document: Any) -> None:
        self.company = Company()
        self.fincome = FincomeSimulator(FincomeSettings())
        self.clock_ = StoppedClock(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
        self.lines = io.StringIO()
        self._rates_status = rates_status
        self.document = {
            "tenant": "acme",
            "extract": "fincome",
            "source": {"kind": "pennylane", "baseUrl": PENNYLANE, "token": "env:TOKEN"},
            "target": {"kind": "fincome", "baseUrl": FINCOME, "key": "env:KEY"},
            "timeZone": "Europe/Paris",
            "rates": RATES_URL,
            **document,
        }
        environment = {"DELIVERIES_TABLE": "t", **LOCAL}
        self.function = extract_function_from(environment, self)

    def clock(self) -> StoppedClock:
        return self.clock_

    def log(self, service: str, level: str) -> Log:
        return Log(service, level, self.lines)

    def extract_store(self, table: str) -> MemoryExtractStore:
        return MemoryExtractStore()

    def extract_parts(self, table: str, *, allow_loopback: bool) -> SideParts:
        return SideParts(
            secrets=HeldSecrets(
                {
                    "env:TOKEN": DEMO_TOKEN,
                    "env:KEY": DEMO_KEY,
                    "env:CLIENT": DEMO_CLIENT_KEY,
                    "env:REFRESH": DEMO_REFRESH_TOKEN,
                }
            ),
            clock=self.clock_,
            budget=MemoryRequestBudget(self.clock_),
            transport_of=self._transport_of,
            pause=self.clock_.pass_by,
            draw=lambda: 0.5,
        )

    def call(self, left_s: int = 900) -> dict[str, Any]:
        with installed_extract(self.function):
            return lambda_handler({"document": self.document}, Minutes(left_s * 1000))

    def _transport_of(self, base_url: str) -> httpx.BaseTransport:
        if "rates" in base_url:
            return RecordingTransport(lambda _: httpx.Response(self._rates_status, content=RATES_FILE))
        handler = over(self.company) if base_url == PENNYLANE else handler_of(self.fincome)
        return RecordingTransport(handler)


def a_company() -> Surroundings:
    surroundings = Surroundings()
    company = surroundings.company
    customer = company.a_customer(name="Secret SAS")
    body = company.invoice_body(
        customer_id=customer, currency="USD", date="2026-03-02", invoice_lines=[FULL_LINE | {"quantity": 2}]
    )
    company.made("customer_invoices", body)
    return surroundings


def test_a_night_is_named_by_its_day_in_the_tenants_zone_and_done_once() -> None:
    night = a_company()
    assert night.call() == {"night": "2026-03-03", "ending": "finished", "open": 0}
    assert night.call() == {"night": "2026-03-03", "ending": "done_before", "open": 0}
    (invoice,) = night.fincome.books.rows["invoices"].values()  # type: ignore[index]
    assert invoice["base_amount_excluding_tax"] == "158.40"


def test_a_call_that_runs_out_of_time_ends_at_a_page_and_the_next_one_goes_on() -> None:
    night = a_company()
    assert night.call(left_s=183)["ending"] == "paused"
    assert night.call()["ending"] == "finished"


def test_the_line_of_a_call_tells_how_it_ended_and_no_name() -> None:
    night = a_company()
    night.call()
    (line,) = [json.loads(text) for text in night.lines.getvalue().splitlines() if "extract.called" in text]
    assert (line["tenant"], line["result"], line["count"], line["level"]) == ("acme", "finished", 2, "INFO")
    assert "Secret" not in night.lines.getvalue()


def test_a_side_that_lets_nobody_in_ends_the_call_with_a_warning() -> None:
    night = a_company()
    secrets = night.function.parts.secrets
    assert isinstance(secrets, HeldSecrets)
    secrets.values["env:KEY"] = "wrong"
    assert night.call()["ending"] == "stopped"
    (line,) = [json.loads(text) for text in night.lines.getvalue().splitlines() if "extract.called" in text]
    assert (line["level"], line["code"]) == ("WARNING", "token_refused")


def test_rates_that_cannot_be_fetched_are_an_error_and_not_a_rate_of_one() -> None:
    parts = Surroundings(rates_status=503).function.parts
    with pytest.raises(UsageError, match="cannot be fetched"):
        DownloadedRates(RATES_URL, parts).rate("USD", "EUR", date(2026, 3, 2))


def test_rates_are_fetched_only_for_a_document_in_another_currency() -> None:
    parts = Surroundings(rates_status=503).function.parts
    same = DownloadedRates(RATES_URL, parts).rate("EUR", "EUR", date(2026, 3, 2))
    assert same is not None
    assert same.convert(Decimal("1.00"), "EUR") == Decimal("1.00")


def test_an_option_that_the_target_has_not_is_refused_with_its_path() -> None:
    surroundings = Surroundings(
        target={
            "kind": "fincome",
            "baseUrl": "https://fincome.example",
            "key": "env:KEY",
            "options": {"keyHeader": "X Key"},
        }
    )
    with pytest.raises(ConfigurationError) as refused:
        surroundings.call()
    assert refused.value.problems[0].path == "target.options.keyHeader"


OAUTH = {
    "identityAuthority": f"{PENNYLANE}/oauth",
    "clientId": DEMO_CLIENT_ID,
    "clientSecret": "env:CLIENT",
    "refreshToken": "env:REFRESH",
}


def test_a_consent_lets_the_extract_in_and_its_new_pair_is_stored() -> None:
    source = {"kind": "pennylane", "baseUrl": PENNYLANE, "oauth": OAUTH}
    surroundings = Surroundings(source=source)
    surroundings.company.a_customer()
    pairs = MemoryTokenPairs()
    surroundings.function = replace(surroundings.function, parts=replace(surroundings.function.parts, pairs=pairs))
    assert surroundings.call()["ending"] == "finished"
    stored = pairs.read("acme/fincome/source")
    assert stored is not None
    assert stored.pair.refresh_token != DEMO_REFRESH_TOKEN


def test_without_a_store_of_pairs_a_consent_is_refused_before_its_token_is_used_up() -> None:
    surroundings = Surroundings(source={"kind": "pennylane", "baseUrl": PENNYLANE, "oauth": OAUTH})
    with pytest.raises(ConfigurationError, match="keeps its tokens"):
        surroundings.call()


@pytest.mark.parametrize("event", [{}, {"document": None}, {"document": {"tenant": "acme"}}])
def test_a_call_without_a_whole_document_is_refused(event: dict[str, Any]) -> None:
    with installed_extract(Surroundings().function), pytest.raises(ConfigurationError):
        lambda_handler(event, Minutes(900_000))


def test_on_aws_the_state_lies_in_the_table_of_the_delivery_records() -> None:
    with moto_clients() as session:
        client = session.client("dynamodb")
        create_deliveries_table(client, "records")
        services = AwsExtractServices(session)
        environment = {"DELIVERIES_TABLE": "records", **LOCAL}
        function = extract_function_from(environment, services)
        assert isinstance(function, ExtractFunction)
        local = a_company()
        running = replace(
            function, parts=replace(local.function.parts, budget=function.parts.budget), log=local.function.log
        )
        with installed_extract(running):
            assert lambda_handler({"document": local.document}, Minutes(900_000))["ending"] == "finished"
        keys = {item["key"]["S"].split("#")[0] for item in client.scan(TableName="records")["Items"]}
        assert keys == {"extract", "extracted", "budget"}
