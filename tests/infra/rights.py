"""What the functions behind the web ask AWS for, recorded in this process, against what their roles allow.

The counterpart of `tests/integration/test_least_privilege.py` for parts that a stage may choose: the calls are those
that boto3 is about to make, moto answers them, and `tests/integration` says what IAM makes of both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from ledgerpost.local.intrinsics import ACCOUNT, REGION
from tests.integration.aws_requests import KEY_USE, LOGGING, Asked
from tests.integration.deployed import DeployedTemplate
from tests.integration.iam_policy import NotUnderstoodError, Request

READS, WRITES = KEY_USE["dynamodb:Query"], KEY_USE["dynamodb:PutItem"]

USES_OF_THE_KEY = KEY_USE | {
    "dynamodb:BatchGetItem": READS,
    "dynamodb:ConditionCheckItem": READS,
    "dynamodb:DeleteItem": WRITES,
    "dynamodb:UpdateItem": WRITES,
}
"""As `KEY_USE`; what is in none of the two uses no key of ours."""

FOLLOWING = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
"""What Lambda does with a stream in the name of the function's role.
Source: Amazon DynamoDB, "IAM policy to allow an AWS Lambda function to access DynamoDB stream records".
"""

IN_A_TRANSACTION = {
    "Put": ("PutItem", "Item"), "Update": ("UpdateItem", "Key"), "Delete": ("DeleteItem", "Key"),
    "ConditionCheck": ("ConditionCheckItem", "Key"),
}  # fmt: skip
"""A transaction asks for each of its parts. Source: Amazon DynamoDB, "Transactions and IAM"."""

HASH_KEYS = {"RoutesTable": "tenant", "DeliveriesTable": "key", "ListingTable": "part", "CommerceTable": "pk"}
INDEX_KEYS = {"attention": "attention"}


class WebTemplate(DeployedTemplate):
    """The template with every resource under its logical id, but for those that `names` gives another name."""

    def __init__(self, template: Mapping[str, Any], names: Mapping[str, str]) -> None:
        super().__init__(template, {name: name for name in template["Resources"]} | dict(names))

    def arn_of(self, logical_id: str) -> str:
        """Give the ARN; a bus has one, too."""
        if logical_id == "Bus":
            return f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{self.name_of(logical_id)}"
        return super().arn_of(logical_id)

    def _get_att(self, operand: Any, where: str) -> str:
        logical_id, attribute = operand
        if attribute == "StreamArn":
            return f"{self.arn_of(logical_id)}/stream/2026"
        return super()._get_att(operand, where)


@dataclass
class Recording:
    """The calls of one function, as boto3 was given them."""

    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def start(self, session: boto3.Session) -> None:
        """Write down what clients of `session` call that are made from now on."""
        session.events.register("provide-client-params", self._write_down)

    def _write_down(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.service_model.service_name, model.name, params))

    def asked(self, function: str, deployed: WebTemplate) -> set[Asked]:
        """Give everything that the role of `function` is asked for: by the calls, by Lambda, by the key's use."""
        reached = {request for call in self.calls for request in requests_of(*call, deployed)}
        asked = {Asked(function, request, "the function calls it") for request in reached}
        asked |= set(_asked_by_lambda(function, deployed))
        return asked | {each for one in asked for each in _asked_of_the_key(one, deployed)}


def requests_of(service: str, operation: str, params: Mapping[str, Any], deployed: WebTemplate) -> Iterator[Request]:
    """Give what IAM is asked for a call."""
    match service, operation:
        case "dynamodb", _:
            yield from _of_tables(operation, params, deployed)
        case "sqs", "SendMessage" | "SendMessageBatch":
            name = params["QueueUrl"].rsplit("/", 1)[-1]
            yield Request("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
        case "sqs", "GetQueueAttributes":
            name = params["QueueUrl"].rsplit("/", 1)[-1]
            yield Request("sqs:GetQueueAttributes", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
        case "events", "PutEvents":
            for name in {entry["EventBusName"] for entry in params["Entries"]}:
                yield Request("events:PutEvents", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}")
        case "secretsmanager", _:
            secret = _secret(params.get("SecretId") or params["Name"])
            yield Request(f"secretsmanager:{operation}", secret)
            if params.get("Tags"):
                yield Request("secretsmanager:TagResource", secret)
        case _:
            raise NotUnderstoodError(f"{service} {operation}: say here what IAM asks.")


def _of_tables(operation: str, params: Mapping[str, Any], deployed: WebTemplate) -> Iterator[Request]:
    match operation:
        case "TransactWriteItems":
            for part in params["TransactItems"]:
                [(kind, item)] = part.items()
                action, place = IN_A_TRANSACTION[kind]
                yield _of_table(action, item["TableName"], [item[place]], deployed)
        case "BatchGetItem":
            for table, asked in params["RequestItems"].items():
                yield _of_table(operation, table, asked["Keys"], deployed)
        case "Query":
            yield _of_query(params, deployed)
        case "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem":
            item = params["Item" if operation == "PutItem" else "Key"]
            yield _of_table(operation, params["TableName"], [item], deployed)
        case _:
            raise NotUnderstoodError(f"dynamodb {operation}: say here what IAM asks.")


def _of_table(action: str, table: str, items: list[Mapping[str, Any]], deployed: WebTemplate) -> Request:
    logical_id = next(each for each in HASH_KEYS if deployed.name_of(each) == table)
    keys = tuple(str(item[HASH_KEYS[logical_id]]["S"]) for item in items)
    return Request(f"dynamodb:{action}", deployed.arn_of(logical_id), (("dynamodb:LeadingKeys", keys),))


def _of_query(params: Mapping[str, Any], deployed: WebTemplate) -> Request:
    logical_id = next(each for each in HASH_KEYS if deployed.name_of(each) == params["TableName"])
    index = params.get("IndexName")
    hash_key = INDEX_KEYS[index] if index else HASH_KEYS[logical_id]
    name, _, mark = str(params["KeyConditionExpression"]).split(" AND ")[0].partition(" = ")
    if name != hash_key:
        raise NotUnderstoodError(f"A Query by {params['KeyConditionExpression']!r} is not understood.")
    arn = deployed.arn_of(logical_id) + (f"/index/{index}" if index else "")
    keys = (str(params["ExpressionAttributeValues"][mark]["S"]),)
    return Request("dynamodb:Query", arn, (("dynamodb:LeadingKeys", keys),))


def _secret(name: str) -> str:
    own = name.rpartition(":secret:")[2]
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{own if name.startswith('arn:') else f'{own}-AbCdEf'}"


def _asked_by_lambda(function: str, deployed: WebTemplate) -> Iterator[Asked]:
    properties = deployed.of_type("AWS::Lambda::Function")[function]
    group = deployed.arn_of(properties["LoggingConfig"]["LogGroup"]["Ref"]).removesuffix(":*")
    for action in LOGGING:
        yield Asked(function, Request(action, f"{group}:log-stream:any"), "Lambda writes the function's log")
    for source in deployed.of_type("AWS::Lambda::EventSourceMapping").values():
        if source["FunctionName"]["Ref"] == function:
            stream = deployed.value(source["EventSourceArn"], "EventSourceArn")
            for action in FOLLOWING:
                yield Asked(function, Request(f"dynamodb:{action}", stream), "Lambda follows the stream")
            letters = deployed.value(source["DestinationConfig"]["OnFailure"]["Destination"], "OnFailure")
            yield Asked(function, Request("sqs:SendMessage", letters), "Lambda sets aside what was given up")


def _asked_of_the_key(asked: Asked, deployed: WebTemplate) -> Iterator[Asked]:
    service = asked.request.action.partition(":")[0]
    via = (("kms:ViaService", (f"{service}.{REGION}.amazonaws.com",)),)
    for action in USES_OF_THE_KEY.get(asked.request.action, ()):
        request = Request(action, deployed.arn_of("Key"), via)
        yield Asked(asked.function, request, f"{service} is taken to do it for {asked.request.action}")
