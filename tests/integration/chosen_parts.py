"""The parts that a stage may choose, at work on the emulator: the actions, an extract and the days of a shop."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from ledgerpost.adapters.dynamodb.commerce_companies import DynamoCompanyStore
from ledgerpost.domain.closing import CompanyKey, Progress
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.local.ministack import MinistackEngine
from ledgerpost.local.ministack_stack import STAGE
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.simulators.fincome import DEMO_KEY, FincomeProcess
from ledgerpost.simulators.pennylane import SimulatorProcess as PennylaneProcess
from ledgerpost.simulators.pennylane.demo import DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_REFRESH_TOKEN
from ledgerpost.wire.company import read_company, read_stored_company
from ledgerpost.wire.company_text import company_text
from ledgerpost.wire.configuration import read_configuration

EVENTS = Path(__file__).parents[2] / "events"

TENANT = "paris"
CONNECTION = "books"
PENNYLANE_DOCUMENT = """
tenant: {tenant}
connections:
  - id: {connection}
    label: The company's Pennylane
    target: pennylane
    baseUrl: {url}
    auth: {{type: PAT, token: env:PENNYLANE_TOKEN}}
routes: []
"""

NEVER = "cron(0 0 1 1 ? 2199)"
"""The tests call the extract themselves; the emulator's own schedule is not to come between."""

_SOME_SECRET = "secretsmanager:arn:aws:secretsmanager:us-east-1:000000000000:secret:ledgerpost/dev/paris/other-AbCdEf"

SCHEDULED_EXTRACT = {
    "tenant": TENANT,
    "extract": "fincome",
    "source": {"kind": "pennylane", "baseUrl": "https://app.pennylane.example", "token": _SOME_SECRET},
    "target": {"kind": "fincome", "baseUrl": "https://fincome.example", "key": _SOME_SECRET},
}
"""What the schedule would send; a call of the tests sends the simulators' addresses."""


def pennylane_configuration(url: str) -> TenantConfiguration:
    """Give the tenant with a Pennylane connection."""
    text = PENNYLANE_DOCUMENT.format(tenant=TENANT, connection=CONNECTION, url=url)
    return read_configuration(text, allow_loopback=True).configuration


@dataclass(frozen=True)
class ChosenParts:
    """The functions of these parts on a deployed stack, and the simulators that they speak to."""

    engine: MinistackEngine
    pennylane: PennylaneProcess
    fincome: FincomeProcess

    def act(self, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Give the answer of an action that somebody asks the stage for."""
        event = {"action": action, "tenant": TENANT, "connection": CONNECTION, "input": asked}
        return self._invoke("ActionsFunction", event)

    def file_at(self, place: str) -> list[dict[str, Any]]:
        """Give the rows of a file that an action wrote."""
        bucket, _, key = place.removeprefix("s3://").partition("/")
        assert bucket == self.engine.stack.names["ActionFiles"]
        body = self.engine.emulator.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return [json.loads(line) for line in body.splitlines()]

    def extract_document(self) -> dict[str, Any]:
        """Give the document of an extract by consent, with its secrets made on the stage."""
        consent = {
            "identityAuthority": f"{self.pennylane.url}/oauth",
            "clientId": DEMO_CLIENT_ID,
            "clientSecret": self._secret("extract-client", DEMO_CLIENT_KEY),
            "refreshToken": self._secret("extract-refresh", DEMO_REFRESH_TOKEN),
        }
        return {
            "tenant": TENANT,
            "extract": "fincome",
            "source": {"kind": "pennylane", "baseUrl": self.pennylane.url, "oauth": consent},
            "target": {
                "kind": "fincome",
                "baseUrl": self.fincome.base_url,
                "key": self._secret("extract-key", DEMO_KEY),
            },
        }

    def call_extract(self, document: dict[str, Any]) -> dict[str, Any]:
        """Do what the schedule does, with this document."""
        return self._invoke("ExtractFunction", {"document": document})

    def forget_the_night(self) -> None:
        """Let the next call begin a night of its own: today's is renamed to yesterday's in its checkpoint."""
        table, key = self.engine.stack.outputs["DeliveriesTableName"], {"key": {"S": "extract#paris/fincome"}}
        dynamodb = self.engine.emulator.client("dynamodb")
        (text,) = (dynamodb.get_item(TableName=table, Key=key)["Item"]["tx"]["S"],)
        checkpoint = json.loads(text, parse_float=Decimal)
        yesterday = text.replace(checkpoint["night"], "2026-01-01")
        dynamodb.put_item(TableName=table, Item={**key, "tx": {"S": yesterday}})

    def apply_company(self, account: str) -> CompanyKey:
        """Configure a shop that began yesterday, as entries of connection main, and have it due at once."""
        values = yaml.safe_load((EVENTS / "company.example.yaml").read_text("utf-8"))
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        values["schedule"] |= {"startDate": f"{yesterday}T00:00:00", "syncHourUtc": 0}
        values["ledgerpost"] |= {"timeZone": "UTC", "connection": "main", "account": account, "entries": True}
        company = read_company(json.dumps(values)).company
        kept = KeptCompany(company=company, progress=Progress(), next_run=datetime.now(UTC) - timedelta(hours=1))
        assert self._companies().put(kept)
        return kept.key

    def make_due(self, key: CompanyKey) -> None:
        """Have the company's next run strike now."""
        kept = self._companies().company(key)
        assert kept is not None
        earlier = replace(kept, next_run=datetime.now(UTC) - timedelta(hours=1), fence=kept.fence + 1)
        assert self._companies().put(earlier)

    def close_days(self) -> dict[str, Any]:
        """Do what the hourly schedule does."""
        return self._invoke("CloseDayFunction", {})

    def _companies(self) -> DynamoCompanyStore:
        table = self.engine.stack.outputs["CommerceTableName"]
        client = self.engine.emulator.client("dynamodb")
        return DynamoCompanyStore(client, table, to_text=company_text, from_text=read_stored_company)

    def _secret(self, name: str, value: str) -> str:
        secrets = self.engine.emulator.client("secretsmanager")
        arn = secrets.create_secret(Name=f"ledgerpost/{STAGE}/{TENANT}/{name}", SecretString=value)["ARN"]
        return f"secretsmanager:{arn}"

    def _invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        client = self.engine.emulator.client("lambda")
        answer = client.invoke(FunctionName=self.engine.stack.names[function], Payload=json.dumps(event))
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, result
        return result


def an_order(number: str, total: str) -> dict[str, Any]:
    """A PutEvents entry of yesterday's order for `total`, one fifth of it on top as tax, changed at that moment."""
    template = json.loads((EVENTS / "commerce" / "order.json").read_text("utf-8"))
    at = f"{datetime.now(UTC).date() - timedelta(days=1)}T12:00:00Z"
    net = Decimal(total)
    tax = net / 5
    line = {"quantity": 1, "unitPrice": "@net", "taxPercentage": 20, "totalAmount": "@gross", "totalTaxAmount": "@tax"}
    entity = {
        **{key: template["Detail"]["entity"][key] for key in ("companyId", "country", "currency", "locationRef")},
        "id": number,
        "orderNumber": number,
        "createdDate": at,
        "sourceModifiedDate": at,
        "totalAmount": "@gross",
        "totalRefund": 0,
        "totalTaxAmount": "@tax",
        "totalDiscount": 0,
        "totalGratuity": 0,
        "orderLineItems": [line | {"productRef": {"id": "tea", "name": "Tea"}, "discountAllocations": []}],
        "serviceCharges": [],
        "payments": [
            {"id": f"p-{number}", "amount": "@gross", "currency": "GBP", "type": "OnlineCard", "status": "Paid"}
        ],
    }
    detail = template["Detail"] | {"approvedAt": at, "entity": entity}
    text = json.dumps(detail)
    for name, amount in (("net", net), ("tax", tax), ("gross", net + tax)):
        text = text.replace(f'"@{name}"', f"{amount:.2f}")
    return {
        "Source": "shop",
        "DetailType": "CommerceOrderApproved",
        "EventBusName": "ledgerpost",
        "Time": at,
        "Detail": text,
    }
