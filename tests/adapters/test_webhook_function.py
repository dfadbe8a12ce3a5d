"""The webhook's function: signed approvals in, on the bus before 202 is said, and nothing else."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from functions.webhook import handler
from ledgerpost.adapters.secret_writer import SecretsManagerVault
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.app.webhook_keys import put_key
from ledgerpost.aws_services import AwsServices
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.signature import HEADER, sign
from ledgerpost.webhook_stage import build
from tests.app.test_webhook import an_approval
from tests.app.world import HandClock
from tests.contract.aws_emulators import create_routes_table, moto_clients

SECRET = b"k" * 32


@dataclass
class Door:
    """The function over a stage's stores; `put` are the entries that the bus was given, `down` is the operation that
    AWS refuses.
    """

    session: boto3.Session
    put: list[dict[str, Any]] = field(default_factory=list)
    down: str = ""

    def refusal(self, event_name: str, **_: Any) -> AWSResponse | None:
        """Answer in AWS's place where the operation is down."""
        if event_name.rpartition(".")[2] != self.down:
            return None
        answer = AWSResponse("https://aws.example", 400, {"content-type": "application/x-amz-json-1.1"}, None)
        answer._content = b'{"__type": "AccessDeniedException"}'
        return answer

    def send(self, body: bytes, *, key: str = "acme-1", secret: bytes = SECRET, encoded: bool = False) -> Any:
        signature = sign(key, secret, body, datetime.now(UTC))
        event = {
            "headers": {HEADER.lower(): signature, "content-type": "application/json"},
            "body": base64.b64encode(body).decode() if encoded else body.decode(),
            "isBase64Encoded": encoded,
        }
        return handler.lambda_handler(event, None)  # type: ignore[arg-type]


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    with moto_clients() as session:
        opened = Door(session)
        # A client takes over what its session tells at the moment when it is made.
        session.events.register(
            "provide-client-params.events.PutEvents", lambda params, **_: opened.put.extend(params["Entries"])
        )
        session.events.register_first("before-send", opened.refusal)
        client = session.client("secretsmanager")
        put_key(
            "dev",
            TenantId("acme"),
            "acme-1",
            vault=SecretsManagerVault(client),
            secrets=SecretsManagerSecrets(client, HandClock()),
            random_bytes=lambda _: SECRET,
        )
        session.client("events").create_event_bus(Name="ledgerpost")
        create_routes_table(session.client("dynamodb"), "routes")
        environment = {"STAGE": "dev", "ROUTES_TABLE": "routes", "EVENT_BUS_NAME": "ledgerpost"}
        function = build(environment, AwsServices(session))
        monkeypatch.setattr(handler, "webhook_function", lambda: function)
        yield opened


def code_of(answer: Any) -> tuple[int, str]:
    return answer["statusCode"], json.loads(answer["body"])["code"]


@pytest.mark.parametrize("encoded", [False, True])
def test_a_signed_approval_is_on_the_bus_when_202_is_said(door: Door, encoded: bool) -> None:
    answer = door.send(an_approval(total="508.20000000000005", Note="naïve ☕").encode(), encoded=encoded)
    assert (answer["statusCode"], json.loads(answer["body"])) == (202, {"accepted": 1})
    [entry] = door.put
    assert (entry["EventBusName"], entry["Source"]) == ("ledgerpost", "shop")
    assert '"Total":508.20000000000005' in entry["Detail"]


def test_what_is_not_signed_by_a_key_of_the_stage_reaches_no_bus(door: Door) -> None:
    assert code_of(door.send(an_approval().encode(), secret=b"x" * 32)) == (401, "webhook_signature_wrong")
    assert code_of(door.send(an_approval().encode(), key="unknown")) == (401, "webhook_signature_wrong")
    unsigned = handler.lambda_handler({"body": an_approval()}, None)  # type: ignore[arg-type]
    assert code_of(unsigned) == (401, "webhook_unsigned")
    assert door.put == []


def test_an_approval_of_another_tenant_is_refused_and_kept_in_the_log_of_changes(door: Door) -> None:
    assert code_of(door.send(an_approval("globex").encode())) == (403, "webhook_foreign_tenant")
    assert door.put == []
    [kept] = door.session.client("dynamodb").scan(TableName="routes")["Items"]
    assert "globex" not in str(kept)
    assert "webhook_foreign_tenant" in str(kept)


def test_without_a_bus_that_takes_it_the_sender_is_asked_to_send_again(door: Door) -> None:
    door.down = "PutEvents"
    assert code_of(door.send(an_approval().encode())) == (503, "store_unavailable")
    door.down = ""
    assert door.send(an_approval().encode())["statusCode"] == 202


def test_without_the_store_of_keys_the_sender_is_asked_to_send_again(door: Door) -> None:
    door.down = "GetSecretValue"
    assert code_of(door.send(an_approval().encode())) == (503, "secret_unavailable")
    assert door.put == []
