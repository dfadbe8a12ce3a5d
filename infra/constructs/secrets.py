"""Reading this stage's secrets: a grant bounded by the beginning of their names."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.constructs.acknowledgements import acknowledge
from infra.stage import Stage


def allow_reading_secrets(function: lambda_.Function, stage: Stage) -> None:
    """Let `function`, which speaks to ledgers, read this stage's secrets, which people create by this name."""
    arn = cdk.Stack.of(function).format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{stage.secret_names}*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    iam.Grant.add_to_principal(grantee=function, actions=["secretsmanager:GetSecretValue"], resource_arns=[arn])
    pattern = f"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:{stage.secret_names}*"
    assert function.role is not None, "every function has its own role"
    acknowledge(
        function.role,
        f"IAM5[Resource::{pattern}]",
        "Secrets are made by people after the deployment, one per connection, and a secret's ARN ends in signs that "
        "nobody knows before. The name's beginning bounds it to this stage, the account and the region.",
    )
