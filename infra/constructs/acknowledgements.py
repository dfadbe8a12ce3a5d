"""Where we depart from cdk-nag's AwsSolutions rules: each departure with its argument, beside its resource."""

import aws_cdk as cdk
from constructs import IConstruct

PACK = "AwsSolutions"


def acknowledge(resource: IConstruct, rule: str, reason: str) -> None:
    """Let `resource`, and nothing else, depart from `rule` (such as `SQS3`, or `IAM5[Resource::…]`)."""
    cdk.Validations.of(resource).acknowledge(cdk.Acknowledgment(id=f"{PACK}::{PACK}-{rule}", reason=reason))
