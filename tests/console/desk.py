"""The console over a local engine and a real simulator, and a caller that behaves as a browser does."""

import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.app.webhook import WebhookKey
from ledgerpost.cli.demo import SECRET_NAME, demo_configuration
from ledgerpost.cli.run import Run, RunOptions
from ledgerpost.cli.serve import local_ports
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.closing import Progress
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, TenantConfiguration
from ledgerpost.local.engine import LocalEngine
from ledgerpost.local.setting_up import LocalVault
from ledgerpost.observability import Log
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, DEMO_PURCHASING_ACCOUNT, DEMO_SALES_ACCOUNT
from tests.grouping.builders import COMPANY, a_company

HOST = "console.example"
ACCOUNT = DEMO_SALES_ACCOUNT
COMPANY_ID = str(COMPANY)
A_MAP = """source: old-till
detailType: SaleDocumentApproved
tenantId: acme
currency: GBP
approvedAt: Approved at
timeZone: Europe/London
entity:
  Id: Invoice
  Total: Gross
  ReceiptNumber: Number
"""
KEY = bytes(range(32))
"""What the webhook of the tests is signed with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def words(self) -> str:
        """The page without its tags, each space once."""
        without = re.sub(r"<[^>]+>", " ", self.text)
        return " ".join(html.unescape(without).split())


@dataclass
class Browser:
    """Sends requests as an HTTP API hands them on, with the claims of one person; keeps its cookies."""

    console: Console
    tenant: str = "acme"
    role: str = "admin"
    name: str = "ada@acme.example"
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, address: str, body: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        parts = urlsplit(address)
        claims = {"custom:tenant": self.tenant, "cognito:groups": f"[{self.role}]", "email": self.name}
        event = {
            "version": "2.0",
            "rawPath": parts.path,
            "rawQueryString": parts.query,
            "queryStringParameters": dict(parse_qsl(parts.query, keep_blank_values=True)),
            "headers": {"host": HOST} | dict(headers or {}),
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {
                "http": {"method": method, "path": parts.path},
                "stage": "$default",
                "authorizer": {"jwt": {"claims": claims}} if self.tenant else {},
            },
            "body": body,
        }
        answer = self.console.resolve(event, None)
        for cookie in answer.get("cookies", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(
            answer["statusCode"], answer["headers"], tuple(answer.get("cookies", ())), answer.get("body") or ""
        )

    def get(self, address: str) -> Answer:
        return self.send("GET", address)

    def post(self, address: str, **fields: str) -> Answer:
        """Send a form as a page of ours does; gives what it leads to where the answer is a redirect."""
        if "ledgerpost_csrf" not in self.cookies:
            self.get("/")
        form = {"csrf": self.cookies.get("ledgerpost_csrf", "")} | fields
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": f"https://{HOST}"}
        answer = self.send("POST", address, urlencode(form), headers)
        return self.get(answer.headers["Location"]) if answer.status == 303 else answer

    def call(self, method: str, address: str, document: object = None) -> Answer:
        """Call the API as a program does."""
        body = "" if document is None else json.dumps(document)
        return self.send(method, address, body, {"content-type": "application/json"})


@dataclass(frozen=True, slots=True)
class Desk:
    """A console with what it works on. `publish` runs until everything that follows is settled."""

    console: Console
    ports: ConsolePorts
    engine: LocalEngine
    ledger: str

    def browser(self, **who: str) -> Browser:
        return Browser(self.console, **who)

    def publish(self, *details: Mapping[str, Any], kind: str = "SaleDocument") -> None:
        entries = [
            {"Source": "stocksmart", "DetailType": f"{kind}Approved", "Detail": json.dumps(detail)}
            for detail in details
        ]
        self.engine.run(entries)

    def settle(self) -> None:
        self.engine.run(())


@contextmanager
def opened_desk(ledger: str, configuration: TenantConfiguration | None = None) -> Iterator[Desk]:
    """Give a console over an engine of its own, with the demo's configuration for the ledger at `ledger`."""
    starting = configuration or demo_configuration(ledger)
    vault = LocalVault(EnvironmentSecrets({SECRET_NAME: DEMO_PAT}))
    run = Run(starting, RunOptions(secrets=vault, is_listed=True))
    with run.memory_engine() as engine:
        keys = [WebhookKey("acme-1", TenantId("acme"), (KEY,))]
        ports = local_ports(engine, starting, vault, webhook_keys=keys)
        ports.close.companies.put(a_kept_company(ports.clock.now()))
        ports.maps.keep(TenantId("acme"), "till", A_MAP)
        console = Console(ports, caller_of_claims, Log("console", stream=io.StringIO()))
        yield Desk(console, ports, engine, ledger)


def a_kept_company(now: datetime) -> KeptCompany:
    """Give a company of acme that began three days ago and has no records yet."""
    start = datetime.combine(now.date() - timedelta(days=3), time())
    extras = {"connection": ConnectionId("main"), "account": AccountId(DEMO_PURCHASING_ACCOUNT), "as_entries": True}
    company = a_company(extras=extras)
    return KeptCompany(
        company=replace(company, schedule=replace(company.schedule, start=start)),
        progress=Progress(),
        next_run=now + timedelta(hours=1),
    )


def a_sale(
    number: str = "494673", *, tenant: str = "acme", approved_at: str = "2026-01-31T10:00:00Z", **entity: Any
) -> dict[str, Any]:
    """Give the detail of an approved sale."""
    sale = {
        "Id": f"sale-{number}",
        "ReceiptNumber": number,
        "Total": 12.5,
        "CustomerDetails": "C. Customer",
        "Notes": "",
    }
    return {
        "schemaVersion": "1",
        "tenantId": tenant,
        "approvedAt": approved_at,
        "currency": "GBP",
        "entity": sale | entity,
    }
