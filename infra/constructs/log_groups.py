"""Logs: under the stage's own key, and gone after its number of days."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.encryption import EncryptionKey
from infra.constructs.keeping import removal_policy
from infra.constructs.logical_id import named
from infra.stage import Stage

LOG_RETENTION = {7: logs.RetentionDays.ONE_WEEK, 90: logs.RetentionDays.THREE_MONTHS}
"""The service keeps logs for certain numbers of days alone; these are the ones that stages use."""


def stage_log(scope: Construct, logical_id: str, stage: Stage, key: EncryptionKey) -> logs.LogGroup:
    """Give an empty log group, kept and protected as every log of the stage is."""
    group = logs.LogGroup(
        scope,
        logical_id,
        encryption_key=key.key,
        retention=LOG_RETENTION[stage.log_retention_days],
        removal_policy=removal_policy(stage),
    )
    return named(group, logical_id)
