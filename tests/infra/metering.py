"""What a run asks of AWS, in the units that are billed: write and read units, requests, bytes that are sent and logged.

Clients of a metered session are counted by botocore's own events, so each adapter is counted as it is. Source: Amazon
DynamoDB, "On-demand capacity mode": a write unit is 1 KB, a read unit 4 KB read consistently; an item in an index is
written, and taken out of it, for a unit of its own; a transaction counts twice.
"""

import io
import json
import math
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import httpx

from infra.path_costs import FULL_BATCH
from ledgerpost.adapters.memory import MemoryRouteStore
from ledgerpost.aws_services import AwsServices
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.observability import Log
from ledgerpost.ports import Clock
from ledgerpost.wire.event_file import EventEntry

INDEX_KEYS = ("attention", "due")
QUEUE_CHUNK = 65_536
BATCH = FULL_BATCH


@dataclass
class Meter:
    """The units that clients of one session used, their calls in all, and the messages that they sent.

    `fair_requests`: those of the queue's requests that name a message's group, which is what makes a queue fair.
    `bytes_out` went to ledgers: heads and bodies of requests, as they are before TLS.
    """

    write_units: float = 0.0
    read_units: float = 0.0
    queue_requests: float = 0.0
    fair_requests: float = 0.0
    secrets: int = 0
    calls: int = 0
    bytes_out: int = 0
    sent: list[str] = field(default_factory=list)
    _indexed: dict[str, str] = field(default_factory=dict)

    def start(self, session: boto3.Session) -> None:
        """Count what clients of `session` do that are made from now on."""
        for service in ("dynamodb", "sqs", "secrets-manager"):
            session.events.register(f"before-call.{service}", self._remember)
            session.events.register(f"after-call.{service}", self._count)

    def _remember(self, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["metered"] = params["body"]

    def _count(self, model: Any, parsed: Mapping[str, Any], context: Mapping[str, Any], **_: Any) -> None:
        asked = json.loads(context["metered"])
        self.calls += 1
        if model.service_model.service_name == "sqs":
            self._count_queue(model.name, asked, len(context["metered"]))
        elif model.name == "GetSecretValue":
            self.secrets += 1
        elif model.name in ("GetItem", "Query", "BatchGetItem"):
            self.read_units += _read_units(asked, parsed)
        elif model.name == "TransactWriteItems":
            for [part] in (each.values() for each in asked["TransactItems"]):
                self.write_units += 2 * self._written(part)
        else:
            assert model.name in ("PutItem", "UpdateItem", "DeleteItem"), f"{model.name}: say here what it costs"
            self.write_units += self._written(asked)

    def _count_queue(self, operation: str, asked: Mapping[str, Any], size: int) -> None:
        assert operation in ("SendMessage", "SendMessageBatch"), operation
        messages = asked.get("Entries", [asked])
        chunks = math.ceil(size / QUEUE_CHUNK)
        self.queue_requests += chunks
        self.fair_requests += chunks if any("MessageGroupId" in message for message in messages) else 0
        self.sent += [message["MessageBody"] for message in messages]

    def _written(self, asked: Mapping[str, Any]) -> float:
        item = asked.get("Item") or {**asked["Key"], **asked.get("ExpressionAttributeValues", {})}
        name = json.dumps([asked["TableName"], [item.get(key) for key in ("key", "pk", "sk")]])
        indexed = "".join(str(item[key]) for key in INDEX_KEYS if key in item)
        before, self._indexed[name] = self._indexed.get(name, ""), indexed
        moved = (1 if indexed else 0) + (1 if before and before != indexed else 0)
        return math.ceil(item_size(item) / 1024) + moved


def _read_units(asked: Mapping[str, Any], parsed: Mapping[str, Any]) -> float:
    items = [parsed["Item"]] if "Item" in parsed else list(parsed.get("Items", ()))
    for rows in parsed.get("Responses", {}).values():
        items += rows
    size = sum(item_size(item) for item in items)
    each = 1.0 if asked.get("ConsistentRead") else 0.5
    return each * max(1, math.ceil(size / 4096))


def item_size(item: Mapping[str, Any]) -> int:
    """Give the bytes of an item: its names and values. Source: Amazon DynamoDB, "Item sizes and formats"."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    [(kind, value)] = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value) // 2 + 2
        case "L":
            return 3 + sum(1 + _value_size(each) for each in value)
        case "M":
            return 3 + sum(len(name.encode()) + 1 + _value_size(each) for name, each in value.items())
        case _:
            return len(value) if isinstance(value, str | bytes) else 1


class MeteredTransport(httpx.BaseTransport):
    """The project's own way to a ledger, whose requests are counted."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._way = SocketTransport(allow_loopback=True)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Count the bytes of a request and send it."""
        line = f"{request.method} {request.url.raw_path.decode()} HTTP/1.1\r\n\r\n"
        headers = sum(len(name) + len(value) + len(": \r\n") for name, value in request.headers.raw)
        self._meter.bytes_out += len(line) + headers + len(request.read())
        return self._way.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._way.close()


class MeteredServices(AwsServices):
    """AWS around the functions as on a stage, with what was applied at hand: a container reads it once a minute."""

    def __init__(
        self, session: boto3.Session, configurations: Iterable[TenantConfiguration], clock: Clock, meter: Meter
    ) -> None:
        super().__init__(session, transport_factory=lambda _: MeteredTransport(meter))
        self._clock = clock
        self._applied = MemoryRouteStore(configurations)
        self.logged = io.StringIO()

    def clock(self) -> Clock:
        """Give the clock of the run."""
        return self._clock

    def routes(self, table: str) -> Any:
        """Give what was applied."""
        return self._applied

    def log(self, service: str, level: str) -> Log:
        """Give a log whose bytes are counted."""
        return Log(service, level, stream=self.logged)


class Warm:
    """The context of an invocation with all its time left."""

    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 600_000


def batches(bodies: list[str]) -> Iterator[dict[str, Any]]:
    """Give full batches of messages as Lambda hands them to a function."""
    for start in range(0, len(bodies), BATCH):
        yield {"Records": [_record(body) for body in bodies[start : start + BATCH]]}


def _record(body: str) -> dict[str, Any]:
    return {"messageId": str(uuid.uuid4()), "body": body, "attributes": {"ApproximateReceiveCount": "1"}}


def on_the_bus(entry: EventEntry | Mapping[str, Any]) -> str:
    """Give an entry, or one of PutEvents, as the bus hands it to a queue."""
    if not isinstance(entry, EventEntry):
        entry = EventEntry(1, entry["Source"], entry["DetailType"], entry.get("Time"), entry["Detail"])
    return entry.envelope(str(uuid.uuid4()), time="2026-03-01T09:30:00Z")
