"""Queues: encrypted, TLS alone, and never without a dead-letter queue."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.encryption import DATA_KEY_REUSE, TO_RECEIVE, TO_SEND, EncryptionKey
from infra.constructs.keeping import removal_policy
from infra.constructs.logical_id import named
from infra.stage import QueueNumbers, Stage

RETENTION = cdk.Duration.days(14)
"""As long as SQS keeps a message: before its first claim an entry lives nowhere else (design, section 2)."""


WORK_OFF = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
"""What Lambda does to work a queue off, in the name of the function's role; the library's own grant adds two more.

Source: Amazon SQS developer guide, "Configuring an Amazon SQS queue to trigger an AWS Lambda function".
"""


def dead_letter_queue(scope: Construct, logical_id: str, stage: Stage, key: EncryptionKey) -> sqs.Queue:
    """Give a queue that holds what could not be handled until a person looks at it."""
    queue = _queue(scope, logical_id, stage, key)
    acknowledge(
        queue,
        "SQS3",
        "It is a dead-letter queue itself. The rule sees that only where a queue names it, not where a rule's target "
        "does; tests/infra/rules.py sees both, and that each has an alarm.",
    )
    return queue


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """A queue that a function works off, and where its failures go."""

    name: str
    queue: sqs.Queue
    dead_letters: sqs.Queue
    numbers: QueueNumbers
    key: EncryptionKey

    @classmethod
    def create(
        cls,
        scope: Construct,
        name: str,
        stage: Stage,
        *,
        key: EncryptionKey,
        numbers: QueueNumbers,
        visibility_s: int,
    ) -> "WorkQueue":
        """Give the queue `<name>Queue` with the dead-letter queue `<name>DeadLetters`."""
        dead_letters = dead_letter_queue(scope, f"{name}DeadLetters", stage, key)
        queue = _queue(
            scope,
            f"{name}Queue",
            stage,
            key,
            visibility=cdk.Duration.seconds(visibility_s),
            redrive=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=numbers.receives_max),
        )
        return cls(name, queue, dead_letters, numbers, key)

    def work_off_by(self, function: lambda_.Function) -> None:
        """Have `function` take the messages in batches; what it reports as failed comes again, alone."""
        source = function.add_event_source_mapping(
            f"{self.name}Source",
            event_source_arn=self.queue.queue_arn,
            batch_size=self.numbers.batch_size,
            max_batching_window=cdk.Duration.seconds(self.numbers.window_s),
            max_concurrency=self.numbers.concurrency_max,
            report_batch_item_failures=True,
        )
        # Lambda takes one mapping per queue and function, so a new id would be made beside the old one, and fail.
        named(source, f"{self.name}Source")
        iam.Grant.add_to_principal(grantee=function, actions=list(WORK_OFF), resource_arns=[self.queue.queue_arn])
        self.key.allow(function, "sqs", TO_RECEIVE)

    def allow_sending_by(self, function: lambda_.Function) -> None:
        """Let `function` send."""
        allow_sending(function, self.queue, self.key)


def allow_sending(grantee: iam.IGrantable, queue: sqs.IQueue, key: EncryptionKey) -> None:
    """Let `grantee` send; narrower than the library's own grant, which adds two reading actions."""
    iam.Grant.add_to_principal(grantee=grantee, actions=["sqs:SendMessage"], resource_arns=[queue.queue_arn])
    key.allow(grantee, "sqs", TO_SEND)


def _queue(
    scope: Construct,
    logical_id: str,
    stage: Stage,
    key: EncryptionKey,
    *,
    visibility: cdk.Duration | None = None,
    redrive: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    queue = sqs.Queue(
        scope,
        logical_id,
        encryption_master_key=key.key,
        data_key_reuse=DATA_KEY_REUSE,
        enforce_ssl=True,
        retention_period=RETENTION,
        removal_policy=removal_policy(stage),
        visibility_timeout=visibility,
        dead_letter_queue=redrive,
    )
    return named(queue, logical_id)
