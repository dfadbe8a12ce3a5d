"""Looking at a deployed stage through AWS's own descriptions (port StageView); it changes nothing."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from ledgerpost.adapters.aws_errors import name_of
from ledgerpost.app.stage_facts import (
    AlarmFacts,
    ArchiveFacts,
    Caller,
    Facts,
    FunctionFacts,
    Gone,
    NotChecked,
    PoolFacts,
    QueueFacts,
    Resource,
    RuleFacts,
    SourceFacts,
    StackFacts,
    TableFacts,
)
from ledgerpost.cli.stage import Stage
from ledgerpost.local.engine import SNAPSHOT

DEFAULT_BUS = "default"

AWS_FAULTS = (ClientError, BotoCoreError, HTTPClientError)
_GONE = frozenset(
    {"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "ResourceNotFound"}
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})

NAMED_TYPES = frozenset({
    "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::DynamoDB::Table", "AWS::Events::Archive",
    "AWS::Events::EventBus", "AWS::Events::Rule", "AWS::KMS::Key", "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::SQS::Queue",
})  # fmt: skip
"""Types whose resources have the same id on every stage; the ids of policies and permissions hold the stage's name."""


def expected_resources() -> dict[str, str]:
    """Give the resources that this release's template has on every stage: id → type."""
    resources = json.loads(SNAPSHOT.read_text("utf-8"))["Resources"]
    return {
        id_: resource["Type"]
        for id_, resource in resources.items()
        if resource["Type"] in NAMED_TYPES and "Condition" not in resource
    }


class AwsStageView:
    """Looks at one stage. Never raises for what AWS answers: what could not be learned is a NotChecked."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._readers: Mapping[str, Callable[[str], Facts | Gone]] = {
            "AWS::SQS::Queue": self._queue,
            "AWS::Lambda::EventSourceMapping": self._source,
            "AWS::Lambda::Function": self._function,
            "AWS::CloudWatch::Alarm": self._alarm,
            "AWS::CloudWatch::CompositeAlarm": self._alarm,
            "AWS::DynamoDB::Table": self._table,
            "AWS::Events::Rule": self._rule,
            "AWS::Events::Archive": self._archive,
            "AWS::Cognito::UserPool": self._pool,
        }

    def looked_at(self) -> Sequence[str]:
        """Give the types of resources that `facts` knows."""
        return tuple(self._readers)

    def stack(self) -> StackFacts | NotChecked:
        """Give the stack and its resources."""
        client, name = self._stage.client("cloudformation"), self._stage.stack
        try:
            [found] = client.describe_stacks(StackName=name)["Stacks"]
            pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
            listed = [each for page in pages for each in page["StackResourceSummaries"]]
        except AWS_FAULTS as error:
            return _not_checked(error)
        resources = tuple(
            Resource(each["LogicalResourceId"], each["ResourceType"], each.get("PhysicalResourceId", ""))
            for each in listed
            if not each["ResourceStatus"].startswith("DELETE")
        )
        return StackFacts(name, found["StackStatus"], resources, self._stage.is_emulated)

    def caller(self) -> Caller | NotChecked:
        """Give who asks, and the clocks. A clock too far off is told by the refusal, too: it bears AWS's time."""
        try:
            answer = self._stage.client("sts").get_caller_identity()
        except ClientError as error:
            metadata = error.response.get("ResponseMetadata", {})
            aws_clock = _date_of(metadata)
            return _not_checked(error) if aws_clock is None else Caller("nobody known", aws_clock, self._now())
        except AWS_FAULTS as error:
            return _not_checked(error)
        aws_clock = _date_of(answer["ResponseMetadata"])
        return (
            NotChecked("the answer bears no time")
            if aws_clock is None
            else Caller(answer["Arn"], aws_clock, self._now())
        )

    def facts(self, resource: Resource) -> Facts | Gone | NotChecked:
        """Give what can be seen of one resource of a type that `looked_at` names."""
        try:
            return self._readers[resource.type](resource.name)
        except AWS_FAULTS as error:
            return Gone() if name_of(error) in _GONE else _not_checked(error)

    def _now(self) -> datetime:
        return self._stage.services.clock().now()

    def _queue(self, url: str) -> QueueFacts:
        answer = self._stage.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        told: Mapping[str, str] = answer["Attributes"]
        redrive = json.loads(told.get("RedrivePolicy") or "{}")
        return QueueFacts(
            waiting=int(told.get("ApproximateNumberOfMessages", 0))
            + int(told.get("ApproximateNumberOfMessagesDelayed", 0)),
            in_hand=int(told.get("ApproximateNumberOfMessagesNotVisible", 0)),
            failures_to=redrive.get("deadLetterTargetArn"),
            is_encrypted=bool(told.get("KmsMasterKeyId")) or told.get("SqsManagedSseEnabled") == "true",
        )

    def _source(self, uuid: str) -> SourceFacts:
        told = self._stage.client("lambda").get_event_source_mapping(UUID=uuid)
        return SourceFacts(told["State"], "ReportBatchItemFailures" in told.get("FunctionResponseTypes", ()))

    def _function(self, name: str) -> FunctionFacts:
        told = self._stage.client("lambda").get_function_configuration(FunctionName=name)
        return FunctionFacts(told.get("State", "Active"), told.get("LastUpdateStatus", "Successful"))

    def _alarm(self, name: str) -> AlarmFacts | Gone:
        told = self._stage.client("cloudwatch").describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        found = [*told.get("MetricAlarms", ()), *told.get("CompositeAlarms", ())]
        if not found:
            return Gone()
        [alarm] = found
        tells = bool(alarm.get("ActionsEnabled", True)) and bool(alarm.get("AlarmActions"))
        return AlarmFacts(alarm["StateValue"], alarm.get("StateReason", ""), tells)

    def _table(self, name: str) -> TableFacts:
        client = self._stage.client("dynamodb")
        status = client.describe_table(TableName=name)["Table"]["TableStatus"]
        try:
            told = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        except AWS_FAULTS as error:
            return TableFacts(status, _not_checked(error))
        recovery = told.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        if recovery != "ENABLED" and self._stage.is_emulated:
            return TableFacts(status, NotChecked("the emulator does not switch recovery on"))
        return TableFacts(status, recovery == "ENABLED")

    def _rule(self, name: str) -> RuleFacts:
        # The name of a rule on a bus of one's own comes as `<bus>|<rule>`; the emulator leaves the bus out.
        bus, _, rule = name.rpartition("|")
        try:
            return self._rule_on(bus or DEFAULT_BUS, rule)
        except ClientError as error:
            if bus or name_of(error) != "ResourceNotFoundException":
                raise
            return self._rule_on(self._stage.output("EventBusName"), rule)

    def _rule_on(self, bus: str, rule: str) -> RuleFacts:
        client = self._stage.client("events")
        state = client.describe_rule(Name=rule, EventBusName=bus)["State"]
        targets = client.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
        return RuleFacts(state, len(targets), sum("DeadLetterConfig" in target for target in targets))

    def _pool(self, pool_id: str) -> PoolFacts:
        told = self._stage.client("cognito-idp").describe_user_pool(UserPoolId=pool_id)["UserPool"]
        is_closed = told.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly", False)
        return PoolFacts(int(told.get("EstimatedNumberOfUsers", 0)), not is_closed)

    def _archive(self, name: str) -> ArchiveFacts:
        told = self._stage.client("events").describe_archive(ArchiveName=name)
        return ArchiveFacts(told["State"], int(told.get("RetentionDays", 0)))


def _date_of(metadata: Mapping[str, Any]) -> datetime | None:
    """Give the time of an answer's Date header, which says whole seconds."""
    text = metadata.get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(text).astimezone(UTC) if text else None


def _not_checked(error: Exception) -> NotChecked:
    """Give why AWS did not tell: what is denied by the name of the permission, the rest by the name of the fault."""
    name = name_of(error)
    if isinstance(error, ClientError) and name in _DENIED:
        return NotChecked(f"you may not call {error.operation_name}", error.operation_name)
    return NotChecked(name)
