"""What AWS answers while the first delivery of a container goes on, recorded from the emulator that the tests use.

`cold_start.py` plays it to fresh processes, to measure a start up to the first connection to the ledger.
"""

import io
from typing import Any

from functions.deliver import handler as deliver
from ledgerpost.aws_services import AwsServices
from ledgerpost.bootstrap import Container, installed
from ledgerpost.observability import Log
from ledgerpost.wire.configuration import read_configuration
from tests.contract.aws_emulators import create_deliveries_table, create_routes_table, moto_clients
from tests.infra.metering import Warm

CONFIGURATION = """
tenant: acme
connections:
  - id: main
    label: Main
    target: pennypipe
    baseUrl: https://ledger.invalid
    auth: {{type: PAT, token: "{token}"}}
routes:
  - id: sales
    connection: main
    streamType: Sales
    accountId: 7d5f0c1e-0000-4000-8000-000000000000
    enabled: true
    timeZone: Europe/London
    rules:
      SalePayment: {{Enabled: true, EntryType: credit}}
"""
"""The ledger's name resolves nowhere: the recording ends as one whose ledger is down, after all that goes before."""


class _Quiet(AwsServices):
    def log(self, service: str, level: str) -> Log:
        return Log(service, level, stream=io.StringIO())


def answers_of_aws(event: dict[str, Any]) -> dict[str, list[str]]:
    """Give the bodies that AWS answers to the delivery function's first `event`, by operation, in their order."""
    with moto_clients() as session:
        recorded: dict[str, list[str]] = {}

        def record(response_dict: dict[str, Any], operation_model: Any, **_: Any) -> None:
            recorded.setdefault(operation_model.name, []).append(response_dict["body"].decode())

        database = session.client("dynamodb")
        create_routes_table(database, "routes")
        create_deliveries_table(database, "deliveries")
        secret = session.client("secretsmanager").create_secret(Name="ledgerpost/dev/acme/main", SecretString="token")
        queue = session.client("sqs").create_queue(QueueName="delivery")["QueueUrl"]
        document = CONFIGURATION.format(token=f"secretsmanager:{secret['ARN']}")
        AwsServices(session).routes("routes").apply(read_configuration(document).configuration)
        environment = {"ROUTES_TABLE": "routes", "DELIVERIES_TABLE": "deliveries", "DELIVERY_QUEUE_URL": queue}
        session.events.register("before-parse", record)
        with installed(Container(environment, _Quiet(session))):
            deliver.lambda_handler(event, Warm())
    return recorded
