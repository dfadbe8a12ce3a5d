"""What stays when a stack goes."""

import aws_cdk as cdk

from infra.stage import Stage


def removal_policy(stage: Stage) -> cdk.RemovalPolicy:
    """Give what becomes of a resource that is taken out of the stack: where the books are real, it stays."""
    return cdk.RemovalPolicy.RETAIN if stage.retain else cdk.RemovalPolicy.DESTROY
