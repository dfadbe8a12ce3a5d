"""A small template in CloudFormation's shape, and ways to break it."""

from copy import deepcopy
from typing import Any

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "ledgerpost"}},
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "Jobs": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "jobs",
                "VisibilityTimeout": 60,
                "MessageRetentionPeriod": 86400,
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3},
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": {"Ref": "Bus"},
                "EventPattern": {"source": ["stocksmart"]},
                "Targets": [{"Id": "0", "Arn": {"Fn::GetAtt": ["Jobs", "Arn"]}}],
            },
        },
        "Work": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Handler": "functions.deliver.handler.lambda_handler",
                "Runtime": "python3.13",
                "Timeout": 10,
                "Environment": {
                    "Variables": {
                        "QUEUE_URL": {"Ref": "Jobs"},
                        "TABLE": {"Ref": "Table"},
                        "JOINED": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Region"}]]},
                        "SUBBED": {"Fn::Sub": "${AWS::AccountId}/${Jobs.QueueName}/${!literal}"},
                        "IMPORTED": {"Fn::ImportValue": "Shared"},
                    }
                },
            },
        },
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "records"}},
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "BatchSize": 10,
                "EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]},
                "FunctionName": {"Ref": "Work"},
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        },
        "Minute": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": "rate(1 minute)",
                "Targets": [{"Id": "0", "Arn": {"Fn::GetAtt": ["Work", "Arn"]}}],
            },
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Anything": {"Fn::Unknown": 1}}},
    }
}


def template(**changes: dict[str, Any] | None) -> dict[str, Any]:
    """Give the template with properties of resources changed; a property set to None is taken out, so is a resource."""
    changed = deepcopy(TEMPLATE)
    for resource, properties in changes.items():
        if properties is None:
            del changed["Resources"][resource]
            continue
        own = changed["Resources"][resource]["Properties"]
        own.update(properties)
        for name in [name for name, value in own.items() if value is None]:
            del own[name]
    return changed
