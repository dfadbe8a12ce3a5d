"""The stack deployed on the emulator: its names, its queues, its tables, and the calls that a run makes of it."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.dynamodb import DynamoDeliveryStore, DynamoRejectionStore, DynamoRouteStore
from ledgerpost.adapters.sqs import SqsQueue
from ledgerpost.app.operate import OperatePorts
from ledgerpost.domain.delivery import OPEN
from ledgerpost.domain.route import Connection, PatAuth, SecretReference, TenantConfiguration
from ledgerpost.local.ministack_bus import EventBus
from ledgerpost.local.ministack_process import MinistackProcess
from ledgerpost.observability import Log
from ledgerpost.ports import Secrets
from ledgerpost.wire.message import wake_up_for
from ledgerpost.wire.stored_configuration import from_items, to_items

STACK: Final = "ledgerpost-dev"
CODE_BUCKET: Final = "ledgerpost-code"
CODE_KEY: Final = "functions.zip"
TEMPLATE_KEY: Final = "template.json"
CODE: Final = {"S3Bucket": CODE_BUCKET, "S3Key": CODE_KEY}
STAGE: Final = "dev"
"""The stage of the reviewed snapshot: a function may read the secrets of its own stage alone."""
DEPLOY_TIMEOUT_S: Final = 60.0

_QUEUES = ("IntakeQueueUrl", "DeliveryQueueUrl")
_DEAD_LETTERS = ("IntakeDeadLettersUrl", "DeliveryDeadLettersUrl")
_COUNTERS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class DeploymentError(RuntimeError):
    """The emulator did not take the template, or a function does not run there; the message says which and why."""


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """Delivery records: all, and those that are open."""

    total: int
    open: int


class MinistackStack:
    """One deployment of the template. Every fault of a call is what botocore or the adapters raise."""

    def __init__(self, emulator: MinistackProcess, template: Mapping[str, Any], code: bytes) -> None:
        self._dynamodb = emulator.client("dynamodb")
        self._sqs = emulator.client("sqs")
        events = emulator.client("events")
        self._lambda = emulator.client("lambda")
        self._logs = emulator.client("logs")
        self._secrets = emulator.client("secretsmanager")
        s3 = emulator.client("s3")
        s3.create_bucket(Bucket=CODE_BUCKET)
        s3.put_object(Bucket=CODE_BUCKET, Key=CODE_KEY, Body=code)
        # A template beyond 51,200 bytes is not taken in the call itself. Source: CloudFormation quotas.
        s3.put_object(Bucket=CODE_BUCKET, Key=TEMPLATE_KEY, Body=json.dumps(template).encode())
        formation = emulator.client("cloudformation")
        _deploy(formation, f"{s3.meta.endpoint_url}/{CODE_BUCKET}/{TEMPLATE_KEY}")
        (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        resources = formation.describe_stack_resources(StackName=STACK)["StackResources"]
        self.names = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        self.bus = EventBus(events, self.outputs["EventBusName"])
        self.deliveries = DynamoDeliveryStore(self._dynamodb, self.outputs["DeliveriesTableName"])
        self.rejections = DynamoRejectionStore(self._dynamodb, self.outputs["DeliveriesTableName"])
        self.routes = DynamoRouteStore(
            self._dynamodb,
            self.outputs["RoutesTableName"],
            clock=SystemClock(),
            from_items=from_items,
            to_items=to_items,
        )

    def operate_ports(self) -> OperatePorts:
        """Give what a person's commands need."""
        return OperatePorts(
            wake_up_for=wake_up_for,
            records=self.deliveries,
            rejections=self.rejections,
            approvals=SqsQueue(self._sqs, self.outputs["IntakeQueueUrl"]),
            deliveries=SqsQueue(self._sqs, self.outputs["DeliveryQueueUrl"]),
            clock=SystemClock(),
            notices=Log("operate", stream=sys.stderr),
        )

    def apply(self, configuration: TenantConfiguration, secrets: Secrets) -> None:
        """Write a tenant's configuration; what `secrets` gives for its references goes to Secrets Manager."""
        connections = {
            name: self._with_stored_secret(connection, secrets, f"ledgerpost/{STAGE}/{configuration.tenant}/{name}")
            for name, connection in configuration.connections.items()
        }
        self.routes.apply(replace(configuration, connections=connections))

    def backlog(self) -> int:
        """Give the messages that wait, are delayed or are being handled, in both queues; no dead letters."""
        return sum(self._messages_in(self.outputs[queue]) for queue in _QUEUES)

    def dead_letters(self) -> int:
        """Give the messages in the dead-letter queues of intake and delivery."""
        return sum(self._messages_in(self.outputs[queue]) for queue in _DEAD_LETTERS)

    def record_counts(self) -> RecordCounts:
        """Give how many deliveries there are, and how many of them Ledgerpost itself will still move on."""
        request: dict[str, Any] = {
            "TableName": self.outputs["DeliveriesTableName"],
            "ConsistentRead": True,
            "FilterExpression": "attribute_exists(st)",
            "ProjectionExpression": "st",
        }
        statuses: Counter[str] = Counter()
        while True:
            page = self._dynamodb.scan(**request)
            statuses.update(item["st"]["S"] for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return RecordCounts(statuses.total(), sum(statuses[status] for status in OPEN))
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def sweep(self) -> int:
        """Call the settling function, as its schedule does every minute; give how many deliveries it called again."""
        answer = self._lambda.invoke(FunctionName=self.names["SettleFunction"], Payload=b"{}")
        swept = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise DeploymentError(f"The settling function failed: {swept.get('errorType')}.")
        return int(swept["count"])

    def log_lines(self) -> Iterator[dict[str, Any]]:
        """Give the JSON lines that intake and delivery have logged, in the order of each worker.

        A worker that was killed took its last lines with it.
        """
        for group in ("IntakeLog", "DeliverLog"):
            request: dict[str, Any] = {"logGroupName": self.names[group]}
            while True:
                page = self._logs.filter_log_events(**request)
                for event in page["events"]:
                    yield from _json_lines(event["message"])
                if "nextToken" not in page:
                    break
                request["nextToken"] = page["nextToken"]

    def _with_stored_secret(self, connection: Connection, secrets: Secrets, name: str) -> Connection:
        auth = connection.auth
        if isinstance(auth, PatAuth):
            return replace(connection, auth=replace(auth, token=self._stored(auth.token, secrets, name)))
        return replace(connection, auth=replace(auth, client_secret=self._stored(auth.client_secret, secrets, name)))

    def _stored(self, reference: SecretReference, secrets: Secrets, name: str) -> SecretReference:
        value = secrets.read(reference)
        arn = self._secrets.create_secret(Name=name, SecretString=value)["ARN"]
        return SecretReference(f"secretsmanager:{arn}")

    def _messages_in(self, url: str) -> int:
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTERS))
        attributes: dict[str, str] = answer["Attributes"]
        return sum(int(attributes.get(counter, "0")) for counter in _COUNTERS)


def _deploy(formation: Any, template_url: str) -> None:
    formation.create_stack(
        StackName=STACK, TemplateURL=template_url, Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
    )
    deadline = time.monotonic() + DEPLOY_TIMEOUT_S
    while time.monotonic() < deadline:
        (stack,) = formation.describe_stacks(StackName=STACK)["Stacks"]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            break
        time.sleep(0.1)
    raise DeploymentError(f"The emulator did not create the stack: {_failures(formation)}")


def _failures(formation: Any) -> str:
    events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def _json_lines(message: str) -> Iterator[dict[str, Any]]:
    for line in message.splitlines():
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except ValueError:
                continue
