"""The Pennylane actions: one function that others invoke, and the bucket for the files that it writes."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.encryption import TO_READ, TO_WRITE, EncryptionKey
from infra.constructs.functions import FunctionFactory, role_of
from infra.constructs.logical_id import named
from infra.constructs.secrets import allow_reading_secrets
from infra.constructs.stores import Stores, allow_on_table, keys_like
from infra.constructs.watched import Part
from infra.stage import Stage
from ledgerpost.settings import ActionsSettings

ACTION_KEYS = ("budget#*", "tokens#*")
"""What an action keeps in the table of the delivery records: the budget of requests and pairs of rotating tokens."""

FILES_KEPT = cdk.Duration.days(7)
"""A file is fetched by whoever asked for it, soon; it holds a company's customers and invoices."""

TO_PUT = ("kms:Decrypt", "kms:GenerateDataKey")
"""What S3 does with the key for an upload, a multipart one too. Source: Amazon S3, "Uploading with SSE-KMS"."""


class Actions(Construct):
    """The function of the actions. Nothing invokes it by itself: callers need `lambda:InvokeFunction` on it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        stage: Stage,
        *,
        key: EncryptionKey,
        stores: Stores,
        functions: FunctionFactory,
    ) -> None:
        """Create the function and its bucket."""
        super().__init__(scope, construct_id)
        self._stage = stage
        self.files = self._bucket(key)
        self.function = functions.create(
            self,
            "Actions",
            description="Runs one Pennylane action and gives its answer.",
            numbers=stage.action,
            settings=ActionsSettings,
            values={
                "routes_table": stores.routes.table_name,
                "deliveries_table": stores.deliveries.table_name,
                "extracts_bucket": self.files.bucket_name,
                "tenant": "",
                "allow_loopback": False,
            },
        )
        stores.allow_reading_routes(self.function)
        allow_on_table(
            self.function, stores.deliveries.table_arn, "GetItem", "PutItem", conditions=keys_like(*ACTION_KEYS)
        )
        key.allow(self.function, "dynamodb", (*TO_READ, *TO_WRITE))
        iam.Grant.add_to_principal(
            grantee=self.function, actions=["s3:PutObject"], resource_arns=[self.files.arn_for_objects("extracts/*")]
        )
        key.allow(self.function, "s3", TO_PUT)
        allow_reading_secrets(self.function, stage)
        self._argue_for_the_objects()

    @property
    def watched(self) -> Part:
        """What is looked after of them."""
        return Part(functions={"actions": self.function})

    def _bucket(self, key: EncryptionKey) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "ActionFiles",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=FILES_KEPT, abort_incomplete_multipart_upload_after=cdk.Duration.days(1))
            ],
            # A bucket with files cannot be deleted; what is in it goes by itself within a week.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        acknowledge(
            bucket,
            "S1",
            "Files live for a week and are read by whoever the account lets in; who did is in CloudTrail's data "
            "events, where an account has these. A second bucket for access logs would outlive the files.",
        )
        return named(bucket, "ActionFiles")

    def _argue_for_the_objects(self) -> None:
        acknowledge(
            role_of(self.function),
            "IAM5[Resource::<ActionFiles.Arn>/extracts/*]",
            "Each file has a key of its own that nobody guesses; the function may write below this prefix, and read "
            "nothing.",
        )
