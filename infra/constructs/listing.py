"""The listing that pages read beside the records (ADR 20): its table, and the function that the stream of the delivery
table keeps it by.
"""

import json

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.encryption import TO_READ, TO_WRITE, EncryptionKey
from infra.constructs.functions import FunctionFactory, role_of
from infra.constructs.logical_id import named
from infra.constructs.queues import allow_sending, dead_letter_queue
from infra.constructs.stores import Stores, allow_on_table
from infra.constructs.watched import Part
from infra.stage import Stage
from ledgerpost.settings import ListingSettings

BATCH_CHANGES = 1000
WINDOW = cdk.Duration.minutes(1)
"""What makes the listing cheap: rows of a minute, or of a thousand changes, lie together (ADR 20)."""

RETRIES_MAX = 100
"""Tries of a batch, those by which it is cut in two not counted: some hours of a table that takes nothing, after which
its numbers go to the dead-letter queue and `ledgerpost listing rebuild` makes the loss good.
"""

RECORDS_ALONE = {"dynamodb": {"NewImage": {"st": {"S": [{"exists": True}]}}}}
"""Delivery records have a status. What else lies in the table, pairs of tokens above all, never leaves the stream.
Source: AWS Lambda, "Using event filtering with a DynamoDB event source".
"""

READS_THE_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
"""What Lambda does with a stream in the name of the function's role.
Source: Amazon DynamoDB, "IAM policy to allow an AWS Lambda function to access DynamoDB stream records".
"""


class Listing(Construct):
    """The table of the listing and the function that keeps it."""

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
        """Create both. The delivery table has its stream already, as the stage asks for it (`Stores`)."""
        super().__init__(scope, construct_id)
        self._key = key
        self.table = stores.table("ListingTable", stage, key="part", sort_key="at", forgets_by="ttl")
        self.undelivered = dead_letter_queue(self, "ListingDeadLetters", stage, key)
        self.function = functions.create(
            self,
            "Listing",
            description="Tells the listing of the console's pages what became of the delivery records.",
            numbers=stage.listing,
            settings=ListingSettings,
            values={"listing_table": self.table.table_name},
        )
        allow_on_table(self.function, self.table.table_arn, "PutItem", "UpdateItem")
        key.allow(self.function, "dynamodb", TO_WRITE)
        self._follow(stores.deliveries)

    @property
    def watched(self) -> Part:
        """What is looked after of it."""
        return Part(
            functions={"listing": self.function}, dead_letters={"listing": self.undelivered}, tables=(self.table,)
        )

    def allow_reading(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` query the listing."""
        allow_on_table(grantee, self.table.table_arn, "Query")
        self._key.allow(grantee, "dynamodb", TO_READ)

    def _follow(self, deliveries: dynamodb.Table) -> None:
        stream = deliveries.table_stream_arn
        assert stream is not None, "a stage that serves the console has its delivery table stream"
        source = self.function.add_event_source_mapping(
            "ListingSource",
            event_source_arn=stream,
            # From the oldest change that the stream still has: what was delivered before is listed by the command.
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=BATCH_CHANGES,
            max_batching_window=WINDOW,
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=RETRIES_MAX,
            filters=[{"pattern": json.dumps(RECORDS_ALONE)}],
        )
        named(source, "ListingSource")
        element = source.node.default_child
        assert isinstance(element, lambda_.CfnEventSourceMapping)
        element.add_property_override("DestinationConfig.OnFailure.Destination", self.undelivered.queue_arn)
        allow_on_table(self.function, stream, *READS_THE_STREAM)
        allow_sending(self.function, self.undelivered, self._key)
        # Lambda tries the role's rights when the mapping is made.
        source.node.add_dependency(role_of(self.function))
