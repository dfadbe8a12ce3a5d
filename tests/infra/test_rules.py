"""A spoilt template is told, in a sentence that says what would go wrong: the rules can fail."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.rules import RULES

Template = dict[str, Any]


def _properties(template: Template, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties


def _drop(name: str, *path: str) -> Callable[[Template], None]:
    def spoil(template: Template) -> None:
        inside = _properties(template, name)
        for step in path[:-1]:
            inside = inside[step]
        del inside[path[-1]]

    return spoil


def _set(name: str, field: str, value: Any) -> Callable[[Template], None]:
    def spoil(template: Template) -> None:
        _properties(template, name)[field] = value

    return spoil


def _drop_target_setting(rule: str, field: str) -> Callable[[Template], None]:
    return lambda template: _properties(template, rule)["Targets"][0].pop(field)


def _remove(name: str) -> Callable[[Template], None]:
    return lambda template: template["Resources"].pop(name)


def _remove_kind(kind: str) -> Callable[[Template], None]:
    def spoil(template: Template) -> None:
        template["Resources"] = {n: r for n, r in template["Resources"].items() if r["Type"] != kind}

    return spoil


def _grant(role: str, action: str, resource: Any) -> Callable[[Template], None]:
    def spoil(template: Template) -> None:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document, "Roles": [{"Ref": role}]}}
        template["Resources"]["Added"] = policy

    return spoil


def _forbid_service(service: str) -> Callable[[Template], None]:
    def spoil(template: Template) -> None:
        for statement in _properties(template, "Key")["KeyPolicy"]["Statement"]:
            services = statement["Principal"].get("Service")
            if isinstance(services, list) and service in services:
                services.remove(service)

    return spoil


_DELIVERIES = {"Fn::GetAtt": ["DeliveriesTable", "Arn"]}
_ROUTES = {"Fn::GetAtt": ["RoutesTable", "Arn"]}

SPOILT = [
    (_drop("DeliveryQueue", "RedrivePolicy"), "DeliveryQueue has no dead-letter queue"),
    (_drop("IntakeQueue", "KmsMasterKeyId"), "IntakeQueue is not encrypted"),
    (_drop("IntakeQueue", "KmsDataKeyReusePeriodSeconds"), "IntakeQueue asks for a new data key more often"),
    (_drop("DeliveryQueue", "VisibilityTimeout"), "DeliveryQueue shows a message again after 30 s"),
    (_set("DeliveryQueue", "VisibilityTimeout", 359), "DeliverFunction with its batching window needs 360 s"),
    (_set("IntakeSource", "MaximumBatchingWindowInSeconds", 20), "IntakeFunction with its batching window needs 200 s"),
    (_set("IntakeQueue", "MessageRetentionPeriod", 345_600), "IntakeQueue deletes messages before 14 days"),
    (_drop("DeliverySource", "FunctionResponseTypes"), "DeliverySource lacks ReportBatchItemFailures"),
    (_drop("DeliverySource", "ScalingConfig"), "DeliverySource has no MaximumConcurrency"),
    (_remove("IntakeSource"), "IntakeQueue is worked off by 0 functions"),
    (_drop_target_setting("EveryEventRule", "DeadLetterConfig"), "EveryEventRule has a target without dead-letter"),
    (_drop_target_setting("SettleSchedule", "DeadLetterConfig"), "SettleSchedule has a target without dead-letter"),
    (_remove_kind("AWS::SQS::QueuePolicy"), "EveryEventRule may not write to its dead-letter queue"),
    (_remove_kind("AWS::SQS::QueuePolicy"), "IntakeQueue takes requests without TLS"),
    (_drop_target_setting("EveryEventRule", "RetryPolicy"), "EveryEventRule leaves the retries"),
    (_set("EveryEventRule", "EventPattern", {"source": ["stocksmart"]}), "No rule takes every event of the bus"),
    (_remove("BusArchive"), "Bus has no archive of all its events"),
    (_set("SettleFunction", "Architectures", ["x86_64"]), "SettleFunction does not run python3.13 on arm64"),
    (_drop("SettleFunction", "Layers"), "SettleFunction lacks the layer"),
    (_drop("DeliverFunction", "Environment", "Variables", "LEASE_S"), "DeliverFunction is not told LEASE_S"),
    (_set("SettleFunction", "Role", {"Fn::GetAtt": ["DeliverRole", "Arn"]}), "SettleFunction shares its role"),
    (_drop("IntakeLog", "RetentionInDays"), "IntakeFunction writes to a log that is kept for ever"),
    (_set("IntakeRole", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/X"]), "IntakeRole has a policy that is not a"),
    (_grant("IntakeRole", "dynamodb:*", _DELIVERIES), "IntakeRole may do dynamodb:*"),
    (_grant("SettleRole", "dynamodb:Query", "*"), "SettleRole may reach '*'"),
    (_grant("SettleRole", "secretsmanager:GetSecretValue", _ROUTES), "SettleRole may do secretsmanager:GetSecretValue"),
    (_remove("PipelineIntakeRoleDefaultPolicyAAB1EA2F"), "IntakeRole may not do sqs:SendMessage on DeliveryQueue"),
    (_grant("IntakeRole", "dynamodb:PutItem", _DELIVERIES), "IntakeRole may overwrite delivery records"),
    (_grant("IntakeRole", "dynamodb:PutItem", _ROUTES), "money would go where nobody decided"),
    (_grant("DeliverRole", "dynamodb:DeleteItem", _DELIVERIES), "DeliverRole may delete delivery records"),
    (_drop("DeliveriesTable", "PointInTimeRecoverySpecification"), "DeliveriesTable has no point-in-time recovery"),
    (_set("DeliveriesTable", "TimeToLiveSpecification", {}), "DeliveriesTable forgets items by itself"),
    (_set("RoutesTable", "SSESpecification", {"SSEEnabled": True}), "RoutesTable is encrypted with a key that nobody"),
    (_drop("DeliverLog", "KmsKeyId"), "DeliverLog is not encrypted with the stage's own key"),
    (_drop("AlarmTopic", "KmsMasterKeyId"), "AlarmTopic is not encrypted with the stage's own key"),
    (_drop("Key", "EnableKeyRotation"), "Key never rotates"),
    (_forbid_service("events.amazonaws.com"), "Key does not let EventBridge in"),
    (_forbid_service("cloudwatch.amazonaws.com"), "every alarm would go off unheard"),
    (_grant("SettleRole", "kms:Decrypt", {"Fn::GetAtt": ["Key", "Arn"]}), "SettleRole may use the key by itself"),
    (_grant("SettleRole", "kms:Encrypt", {"Fn::GetAtt": ["Key", "Arn"]}), "SettleRole may do kms:Encrypt on Key"),
    (_remove("DeliveryDeadLettersAlarm"), "DeliveryDeadLetters has no alarm"),
    (_remove("BusDeadLettersAlarm"), "EveryEventDeadLetters has no alarm"),
    (_set("SettleDeadLettersAlarm", "Threshold", 100), "SettleScheduleDeadLetters has no alarm"),
    (_remove("IntakeOldestPendingAlarm"), "IntakeQueue has no alarm on its oldest message"),
    (_remove("DeliverErrorsAlarm"), "DeliverFunction has no alarm on Errors"),
    (_remove("SettleThrottledAlarm"), "SettleFunction has no alarm on Throttles"),
    (_drop("ParkedEntriesAlarm", "AlarmActions"), "ParkedEntriesAlarm has no action"),
    (_drop("ParkedEntriesAlarm", "OKActions"), "ParkedEntriesAlarm does not say when it is over"),
    (_set("ParkedEntriesAlarm", "ActionsEnabled", False), "ParkedEntriesAlarm has its actions switched off"),
    (_remove_kind("AWS::SNS::TopicPolicy"), "AlarmTopic does not take what CloudWatch publishes"),
    (_set("ConnectionPausedAlarm", "MetricName", "Refusals"), "ConnectionPausedAlarm watches Refusals, which nobody"),
    (_set("ConnectionPausedAlarm", "Dimensions", []), "ConnectionPausedAlarm watches another dimension"),
    (_set("SettleNotRunningAlarm", "TreatMissingData", "ignore"), "SettleNotRunningAlarm reads silence the wrong way"),
    (_remove("SettleNotRunningAlarm"), "No alarm notices that the settling schedule has stopped"),
]


@pytest.mark.parametrize(("spoil", "sentence"), SPOILT, ids=[sentence for _, sentence in SPOILT])
def test_a_spoilt_template_is_told_what_would_go_wrong(
    spoil: Callable[[Template], None], sentence: str, dev: Template
) -> None:
    spoil(dev)
    told = [breach for rule in RULES for breach in rule(dev)]
    assert any(sentence in breach for breach in told), told
