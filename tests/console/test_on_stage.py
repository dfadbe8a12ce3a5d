"""The console over a stage's own stores: tables, change log and secrets in AWS, answered by moto."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledgerpost.aws_services import AwsServices
from ledgerpost.console.host import Console
from ledgerpost.console.on_stage import console_of
from tests.console.desk import Browser
from tests.contract.aws_emulators import create_deliveries_table, create_routes_table, moto_clients
from tests.contract.listing_table import create_listing_table

TOKEN = "a-token-that-nobody-may-see"


@pytest.fixture
def stage() -> Iterator[tuple[Console, Any]]:
    with moto_clients() as session:
        dynamodb = session.client("dynamodb")
        create_deliveries_table(dynamodb, "deliveries")
        create_routes_table(dynamodb, "routes")
        create_listing_table(dynamodb, "listing")
        queue = session.client("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
        environment = {
            "STAGE": "dev",
            "ROUTES_TABLE": "routes",
            "DELIVERIES_TABLE": "deliveries",
            "LISTING_TABLE": "listing",
            "EVENT_BUS_NAME": "ledgerpost",
            "INTAKE_QUEUE_URL": queue,
            "DELIVERY_QUEUE_URL": queue,
        }
        yield console_of(environment, AwsServices(session)), session


def test_a_connection_and_a_route_are_set_up_on_a_stage(stage: tuple[Console, Any]) -> None:
    console, session = stage
    admin = Browser(console)
    form = {"label": "Main", "base_url": "https://ledger.example", "auth_type": "PAT", "token": TOKEN}
    assert "The connection is saved." in admin.post("/connections", **form).words
    route = {"connection": "main", "stream_type": "Sales", "account_id": "a-1", "enabled": "true"}
    assert "The route is saved." in admin.post("/routes", **route).words
    kept = session.client("secretsmanager").get_secret_value(SecretId="ledgerpost/dev/acme/main")
    assert kept["SecretString"] == TOKEN
    items = session.client("dynamodb").scan(TableName="routes")["Items"]
    assert TOKEN not in str(items)
    assert "All 3 entries hold." in admin.get("/audit?check=1").words


PAGES = (
    "/", "/connections", "/routes", "/test-post", "/checklist", "/deliveries", "/deliveries?reference=r",
    "/deliveries?receipt=1", "/deliveries?status=parked", "/parked", "/why?reference=r", "/reconciliation", "/undo",
    "/audit", "/v1/pauses",
)  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_on_an_empty_stage(stage: tuple[Console, Any], address: str) -> None:
    assert Browser(stage[0], role="viewer").get(address).status == 200


def test_plain_http_on_loopback_is_no_base_url_on_a_stage(stage: tuple[Console, Any]) -> None:
    form = {"label": "Main", "base_url": "http://127.0.0.1:8080", "auth_type": "PAT", "token": TOKEN}
    refused = Browser(stage[0]).post("/connections", **form)
    assert (refused.status, "config_base_url_refused" in refused.text) == (422, True)
