"""Least privilege, both ways, of what the web reaches: what the functions ask for is allowed, and no more is."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from functions.listing import handler as listing_handler
from functions.webhook import handler as webhook_handler
from ledgerpost import listing_stage, webhook_stage
from ledgerpost.adapters.dynamodb import DynamoDeliveryStore, DynamoRejectionStore
from ledgerpost.adapters.secret_writer import SecretsManagerVault
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.app.webhook_keys import put_key
from ledgerpost.aws_services import AwsServices
from ledgerpost.console.on_stage import console_of
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.signature import HEADER, sign
from tests.adapters.test_record_stream import encoded
from tests.app.test_webhook import an_approval
from tests.app.world import HandClock, event_text
from tests.console.desk import COMPANY_ID, Browser, a_kept_company, a_sale
from tests.console.test_gate import BODIES, FORM, PROTECTED, address_of
from tests.contract.aws_emulators import create_deliveries_table, create_routes_table, moto_clients
from tests.contract.commerce_stores import create_commerce_table
from tests.contract.listing_table import create_listing_table
from tests.contract.records import NOON, a_claim, a_rejection
from tests.infra.reading import Template, as_list
from tests.infra.rights import Recording, WebTemplate
from tests.integration.aws_requests import Asked
from tests.integration.test_least_privilege import refusals, unused_grants, without

NAMES = {
    "RoutesTable": "routes", "DeliveriesTable": "deliveries", "ListingTable": "listing", "IntakeQueue": "intake",
    "DeliveryQueue": "delivery", "CommerceTable": "commerce", "Bus": "ledgerpost",
}  # fmt: skip
SECRET = b"k" * 32


@pytest.fixture(scope="module")
def session() -> Iterator[boto3.Session]:
    with moto_clients() as opened:
        dynamodb = opened.client("dynamodb")
        create_deliveries_table(dynamodb, "deliveries")
        create_routes_table(dynamodb, "routes")
        create_listing_table(dynamodb, "listing")
        create_commerce_table(dynamodb, "commerce")
        opened.client("events").create_event_bus(Name="ledgerpost")
        yield opened


@pytest.fixture(scope="module")
def asked(session: boto3.Session, whole: Template) -> dict[str, set[Asked]]:
    """Everything that each function's role is asked for, by the function's logical id."""
    deployed = WebTemplate(whole, NAMES)
    runs = {
        "ConsoleFunction": use_the_console,
        "ListingFunction": follow_the_stream,
        "WebhookFunction": send_to_the_webhook,
    }
    found = {}
    for function, run in runs.items():
        recording = Recording()
        run(session, recording)
        found[function] = recording.asked(function, deployed)
    return found


def use_the_console(session: boto3.Session, recording: Recording) -> None:
    """Come in by every endpoint, with deliveries and events there that need a person."""
    queues = {name: session.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("intake", "delivery")}
    environment = {"STAGE": "prod", "INTAKE_QUEUE_URL": queues["intake"], "DELIVERY_QUEUE_URL": queues["delivery"]}
    tables = {f"{name.upper()}_TABLE": name for name in ("routes", "deliveries", "listing", "commerce")}
    tables["EVENT_BUS_NAME"] = "ledgerpost"
    dynamodb = session.client("dynamodb")
    parked("sale-1", dynamodb)
    parked("sale-2", dynamodb)
    DynamoRejectionStore(dynamodb, "deliveries").put(a_rejection())
    now = datetime.now(UTC)
    AwsServices(session).commerce("commerce").companies.put(a_kept_company(now))
    recording.start(session)
    admin = Browser(console_of(environment | tables, AwsServices(session)))
    form = {"label": "Main", "base_url": "https://ledger.example", "auth_type": "PAT", "token": "t-1"}
    assert admin.post("/connections", **form).status == 200
    route = {"connection": "main", "stream_type": "Sales", "account_id": "a-1", "enabled": "true"}
    assert admin.post("/routes", **route).status == 200
    delivery = {"connection": "main", "account": "7d5f0c1e"}
    assert admin.post("/delivery/redrive", reference="sale-1", **delivery).status == 200
    assert admin.post("/delivery/skip", reference="sale-2", reason="r", **delivery).status == 200
    assert admin.post("/parked/event", id="event-1", event="event-1").status == 200
    assert admin.get("/deliveries?receipt=1").status == 200
    line = json.dumps({"Source": "s", "DetailType": "SaleDocumentApproved", "Detail": a_sale("1")})
    assert "All 1 approvals are published." in admin.post("/upload", content=line, name="old.jsonl", columns="").words
    yesterday = (now - timedelta(days=1)).date()
    assert admin.post(f"/days/{COMPANY_ID}/{yesterday}/close", reason="r").status == 200
    for endpoint in PROTECTED:
        address = address_of(endpoint)
        if endpoint.method == "GET":
            answer = admin.get(address)
        elif endpoint.path.startswith("/v1/"):
            answer = admin.call(endpoint.method, address, BODIES.get(endpoint.path))
        else:
            answer = admin.post(address, **FORM)
        assert answer.status < 500, f"{endpoint.method} {endpoint.path}: {answer.words[-300:]}"


def parked(reference: str, dynamodb: Any) -> None:
    store = DynamoDeliveryStore(dynamodb, "deliveries")
    claim = replace(a_claim(reference), source=event_text(reference=reference, ReceiptNumber=f"R-{reference}"))
    store.create(claim)
    assert store.replace(claim.moved(Status.PARKED, NOON, code="account_forbidden"), claim.expected) is None


def follow_the_stream(session: boto3.Session, recording: Recording) -> None:
    """Tell the listing of every record that is there."""
    items = session.client("dynamodb").scan(TableName="deliveries")["Items"]
    records = [
        {"dynamodb": {"SequenceNumber": str(10**21 + number), "NewImage": encoded(item)}}
        for number, item in enumerate(items)
    ]
    recording.start(session)
    function = listing_stage.build({"LISTING_TABLE": "listing"}, AwsServices(session))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing_handler, "listing_function", lambda: function)
        answer = listing_handler.lambda_handler({"Records": records}, None)  # type: ignore[arg-type]
    assert answer == {"batchItemFailures": []}


def send_to_the_webhook(session: boto3.Session, recording: Recording) -> None:
    """Send an approval, and two of another tenant, of which the second follows the first in the log."""
    client = session.client("secretsmanager")
    put_key(
        "prod",
        TenantId("initech"),
        "initech-1",
        vault=SecretsManagerVault(client),
        secrets=SecretsManagerSecrets(client, HandClock()),
        random_bytes=lambda _: SECRET,
    )
    recording.start(session)
    environment = {"STAGE": "prod", "ROUTES_TABLE": "routes", "EVENT_BUS_NAME": "ledgerpost"}
    function = webhook_stage.build(environment, AwsServices(session))
    statuses = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webhook_handler, "webhook_function", lambda: function)
        for tenant in ("initech", "globex", "globex"):
            body = an_approval(tenant).encode()
            headers = {HEADER: sign("initech-1", SECRET, body, datetime.now(UTC))}
            event = {"headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}
            statuses.append(webhook_handler.lambda_handler(event, None)["statusCode"])  # type: ignore[arg-type]
    assert statuses == [202, 403, 403]


FUNCTIONS = ("ConsoleFunction", "ListingFunction", "WebhookFunction")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_each_function_asks_for_is_allowed_by_its_role(
    function: str, asked: dict[str, set[Asked]], whole: Template
) -> None:
    assert list(refusals(WebTemplate(whole, NAMES), asked[function])) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_each_role_allows_is_asked_for(function: str, asked: dict[str, set[Asked]], whole: Template) -> None:
    role = function.replace("Function", "Role")
    unused = unused_grants(WebTemplate(whole, NAMES), asked[function])
    assert [complaint for (of, _), complaint in unused if of == role] == []


@pytest.mark.parametrize(
    ("role", "action"),
    [
        ("ConsoleRole", "dynamodb:ConditionCheckItem"),
        ("ConsoleRole", "dynamodb:BatchGetItem"),
        ("ConsoleRole", "secretsmanager:TagResource"),
        ("ConsoleRole", "sqs:SendMessage"),
        ("ListingRole", "dynamodb:UpdateItem"),
        ("ListingRole", "dynamodb:GetRecords"),
        ("WebhookRole", "events:PutEvents"),
        ("WebhookRole", "dynamodb:Query"),
    ],
)
def test_an_action_that_is_taken_away_is_missed(
    role: str, action: str, asked: dict[str, set[Asked]], whole: Template
) -> None:
    narrowed = json.loads(json.dumps(whole))
    for policy in narrowed["Resources"].values():
        if policy["Type"] == "AWS::IAM::Policy" and {"Ref": role} in policy["Properties"]["Roles"]:
            document = policy["Properties"]["PolicyDocument"]
            document["Statement"] = [without(each, action) for each in document["Statement"]]
            document["Statement"] = [each for each in document["Statement"] if as_list(each["Action"])]
    function = role.replace("Role", "Function")
    told = list(refusals(WebTemplate(narrowed, NAMES), asked[function]))
    assert any(f"{role} does not allow {action}" in complaint for complaint in told)


def test_the_webhook_may_reach_nothing_of_a_tenants_routes(asked: dict[str, set[Asked]]) -> None:
    keys = {
        key
        for each in asked["WebhookFunction"]
        for name, values in each.request.context
        if name == "dynamodb:LeadingKeys"
        for key in values
    }
    assert keys == {"changes#initech"}
