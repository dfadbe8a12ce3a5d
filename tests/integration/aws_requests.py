"""What IAM is asked for a call: the call's own action, and what AWS does in the function's name besides.

The second part is not recorded: the emulator does none of it by the function's role. It is worked out from the template
and the calls, so it shows that grants and calls belong together, not that AWS asks for just these actions. Of the key
it shows least; see `KEY_USE`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ledgerpost.local.intrinsics import ACCOUNT, REGION
from tests.integration.deployed import DeployedTemplate
from tests.integration.iam_policy import NotUnderstoodError, Request
from tests.integration.recorder import Call

_READS = ("kms:Decrypt", "kms:DescribeKey")
_WRITES = (
    *_READS, "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)  # fmt: skip

KEY_USE = {
    "dynamodb:BatchGetItem": _READS,
    "dynamodb:DeleteItem": _WRITES,
    "dynamodb:GetItem": _READS,
    "dynamodb:PutItem": _WRITES,
    "dynamodb:Query": _READS,
    "dynamodb:UpdateItem": _WRITES,
    "s3:PutObject": ("kms:Decrypt", "kms:GenerateDataKey"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
    "sqs:SendMessage": ("kms:Decrypt", "kms:GenerateDataKey"),
    # Taken to touch no content, or to use no key of ours.
    "sqs:DeleteMessage": (),
    "sqs:GetQueueAttributes": (),
    "secretsmanager:GetSecretValue": (),
    "logs:CreateLogStream": (),
    "logs:PutLogEvents": (),
}
"""What a service is taken to ask of the customer's key, in the caller's name, for an action on what lies under it.

An assumption, the same as that of `infra/constructs/encryption.py`, from where the lists come: a grant on the key
without a call that would use it is told, and a call without its grant; a list that is itself too long or too short is
not. Only an account shows that. `kms:Decrypt` for working a queue off is documented where `WORKING_OFF` is.
"""

WORKING_OFF = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
"""What Lambda needs of the function's role to work a queue off.

Source: Amazon SQS developer guide, "Configuring an Amazon SQS queue to trigger an AWS Lambda function", prerequisites.
"""

LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")
"""What Lambda is taken to need of the function's role to write its log; the group itself is made by the stack."""

_PARTITION = re.compile(r"([a-z]+) = (:[a-z]+)( AND .*)?")


@dataclass(frozen=True)
class Asked:
    """A request of a function's role, and why it is made."""

    function: str
    request: Request
    reason: str


def asked_by(calls: list[Call], deployed: DeployedTemplate) -> set[Asked]:
    """Give everything that the roles are asked for: by the calls, and besides."""
    asked = {Asked(call.function, request_of(call, deployed), "the function calls it") for call in calls}
    asked |= set(_asked_by_lambda(deployed))
    return asked | {each for one in asked for each in _asked_of_the_key(one, deployed)}


def request_of(call: Call, deployed: DeployedTemplate) -> Request:
    """Give what IAM is asked for a recorded call."""
    parameters = call.parameters
    match call.service, call.operation:
        case "dynamodb", "PutItem" | "GetItem" | "UpdateItem" | "DeleteItem" | "Query":
            return _request_of_table(call, deployed)
        case "dynamodb", "BatchGetItem":
            return _request_of_batch(call, deployed)
        case "s3", "PutObject":
            return Request("s3:PutObject", f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}")
        case "sqs", "SendMessage" | "SendMessageBatch":
            # A grant of the one is a grant of the other. Source: Amazon SQS API, AddPermission.
            name = parameters["QueueUrl"].rsplit("/", 1)[-1]
            return Request("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
        case "secretsmanager", "GetSecretValue":
            return Request("secretsmanager:GetSecretValue", parameters["SecretId"])
        case _:
            raise NotUnderstoodError(f"{call.function} calls {call.service} {call.operation}: say here what IAM asks.")


def _request_of_table(call: Call, deployed: DeployedTemplate) -> Request:
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{call.parameters['TableName']}"
    index = f"/index/{call.parameters['IndexName']}" if "IndexName" in call.parameters else ""
    keys = (("dynamodb:LeadingKeys", (_partition(call, _hash_key(arn, index, deployed)),)),)
    return Request(f"dynamodb:{call.operation}", arn + index, keys)


def _request_of_batch(call: Call, deployed: DeployedTemplate) -> Request:
    """Give what a read of many items asks; of several tables each would be a request of its own."""
    ((table, wanted),) = call.parameters["RequestItems"].items()
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    hash_key = _hash_key(arn, "", deployed)
    partitions = tuple(sorted({str(key[hash_key]["S"]) for key in wanted["Keys"]}))
    return Request("dynamodb:BatchGetItem", arn, (("dynamodb:LeadingKeys", partitions),))


def _hash_key(arn: str, index: str, deployed: DeployedTemplate) -> str:
    table = deployed.with_arn("AWS::DynamoDB::Table", arn)
    schemas = {f"/index/{each['IndexName']}": each["KeySchema"] for each in table.get("GlobalSecondaryIndexes", [])}
    schema = schemas[index] if index else table["KeySchema"]
    return next(str(key["AttributeName"]) for key in schema if key["KeyType"] == "HASH")


def _partition(call: Call, hash_key: str) -> str:
    """Give the value of the partition key that the call is about."""
    parameters = call.parameters
    if call.operation == "Query":
        found = _PARTITION.fullmatch(parameters["KeyConditionExpression"])
        if found is None or found[1] != hash_key:
            raise NotUnderstoodError(f"A Query by {parameters['KeyConditionExpression']!r} is not understood.")
        return str(parameters["ExpressionAttributeValues"][found[2]]["S"])
    return str(parameters["Item" if call.operation == "PutItem" else "Key"][hash_key]["S"])


def _asked_by_lambda(deployed: DeployedTemplate) -> Iterator[Asked]:
    for function, properties in deployed.of_type("AWS::Lambda::Function").items():
        group = deployed.arn_of(properties["LoggingConfig"]["LogGroup"]["Ref"]).removesuffix(":*")
        for action in LOGGING:
            yield Asked(function, Request(action, f"{group}:log-stream:any"), "Lambda writes the function's log")
    for source in deployed.of_type("AWS::Lambda::EventSourceMapping").values():
        queue = deployed.value(source["EventSourceArn"], "EventSourceArn")
        for action in WORKING_OFF:
            yield Asked(source["FunctionName"]["Ref"], Request(action, queue), "Lambda works the queue off")


def _asked_of_the_key(asked: Asked, deployed: DeployedTemplate) -> Iterator[Asked]:
    """Give what the service asks of the customer's key that the resource lies under."""
    request = asked.request
    service = request.action.partition(":")[0]
    actions = KEY_USE[request.action]
    key = _key_of(request.resource, service, deployed) if actions else None
    if key is None:
        return
    via = (("kms:ViaService", (f"{service}.{REGION}.amazonaws.com",)),)
    for action in actions:
        yield Asked(asked.function, Request(action, key, via), f"{service} is taken to do it for {request.action}")


def _key_of(resource: str, service: str, deployed: DeployedTemplate) -> str | None:
    if service == "sqs":
        key = deployed.with_arn("AWS::SQS::Queue", resource).get("KmsMasterKeyId")
    elif service == "s3":
        bucket = deployed.with_arn("AWS::S3::Bucket", resource)
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        key = rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
    else:
        key = deployed.with_arn("AWS::DynamoDB::Table", resource)["SSESpecification"].get("KMSMasterKeyId")
    return str(deployed.value(key, resource)) if key is not None else None
