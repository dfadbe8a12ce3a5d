"""This stage's secrets: grants bounded by the beginning of their names."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.functions import role_of
from infra.stage import Stage


def allow_reading_secrets(function: lambda_.Function, stage: Stage) -> None:
    """Let `function`, which speaks to ledgers, read this stage's secrets, which people create by this name."""
    allow_on_secrets(function, stage, ("GetSecretValue",))


def allow_on_secrets(function: lambda_.Function, stage: Stage, actions: Sequence[str], *, names: str = "") -> None:
    """Let `function` do `actions` with the secrets whose names begin with `names`: the stage's, if not said
    otherwise.
    """
    beginning = names or stage.secret_names
    arn = cdk.Stack.of(function).format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{beginning}*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    iam.Grant.add_to_principal(
        grantee=function, actions=[f"secretsmanager:{action}" for action in actions], resource_arns=[arn]
    )
    pattern = f"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:{beginning}*"
    acknowledge(
        role_of(function),
        f"IAM5[Resource::{pattern}]",
        "Secrets are made by people after the deployment, one per connection, and a secret's ARN ends in signs that "
        "nobody knows before. The name's beginning bounds it to this stage, the account and the region.",
    )
