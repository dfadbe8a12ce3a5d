"""The stage's own key, and who may use it for what."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.keeping import removal_policy
from infra.constructs.logical_id import named
from infra.stage import Stage

DATA_KEY_REUSE = cdk.Duration.hours(24)
"""How long SQS uses a data key before it asks for a new one: the most that it allows. At the default of five minutes
each sender and receiver of a queue makes up to 8,760 requests of the key a month, now 30. A shorter life would protect
against nothing more: the data key is with SQS alone, which may ask for it at any time anyway.
Source: Amazon SQS, "Understanding the data key reuse period".
"""

TO_READ = ("kms:Decrypt", "kms:DescribeKey")
TO_WRITE = (
    *TO_READ, "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)  # fmt: skip
"""What DynamoDB does with the key in the name of whoever reads or writes a table. It is the documented least.
Source: Amazon DynamoDB, "Authorizing use of your customer managed key"; aws-cdk, pull request 19102.
"""

TO_SEND = ("kms:Decrypt", "kms:GenerateDataKey")
TO_RECEIVE = ("kms:Decrypt",)
"""What SQS does with the key for a sender and a receiver. Source: Amazon SQS, "Key management"."""


class EncryptionKey(Construct):
    """One customer-managed key for tables, queues, logs and the alarms' topic: whoever is cut off from it reads none.

    One, since it costs $1 a month and a second would be given to the same roles. It rotates yearly, and KMS keeps what
    the old material encrypted readable; each of the first two rotations adds $1 a month. The requests cost next to
    nothing: DynamoDB keeps a table's key for five minutes, SQS a data key for a day (`DATA_KEY_REUSE`).

    Bus and archive stay under the key that AWS owns: with ours every producer, in whatever account, would need a grant
    on it. Secrets are people's own, under the key that they choose.
    """

    def __init__(self, scope: Construct, construct_id: str, stage: Stage) -> None:
        """Create the key. It stays when a production stack goes: what it encrypted could never be read again."""
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"Ledgerpost, stage {stage.name}: delivery records, queues, logs and alarms.",
            enable_key_rotation=True,
            removal_policy=removal_policy(stage),
        )
        named(self.key, "Key")
        self._allow_services()

    def allow(self, grantee: iam.IGrantable, service: str, actions: tuple[str, ...]) -> None:
        """Let `grantee` use the key through `service` (`dynamodb`, `sqs`), never by itself."""
        via = f"{service}.{cdk.Stack.of(self).region}.amazonaws.com"
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(actions),
            resource_arns=[self.key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": via}},
        )

    def _allow_services(self) -> None:
        """Let the services use the key that write in nobody's name but their own.

        Without it the bus could not send to the queues, nor an alarm to its topic, and neither says so aloud. That is
        also why there is no condition on the source: one that a service does not fill in would silence an alarm. Who
        may send is said by the policies of the queues and of the topic.
        Source: Amazon SQS, "Configure KMS permissions for AWS services".
        """
        for service in ("events", "cloudwatch"):
            self._allow_service(f"{service}.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey*"])
        stack = cdk.Stack.of(self)
        arn = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
        self._allow_service(
            f"logs.{stack.region}.amazonaws.com",
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}},
        )

    def _allow_service(
        self, service: str, actions: list[str], conditions: dict[str, dict[str, str]] | None = None
    ) -> None:
        statement = iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service)], actions=actions, resources=["*"], conditions=conditions
        )
        self.key.add_to_resource_policy(statement)
