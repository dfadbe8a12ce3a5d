"""What is kept: the applied configuration and the delivery records."""

from collections.abc import Mapping

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.encryption import TO_READ, TO_WRITE, EncryptionKey
from infra.constructs.keeping import removal_policy
from infra.constructs.logical_id import named
from infra.constructs.watched import Part
from infra.stage import Stage

ATTENTION_INDEX = "attention"

REJECTION_KEYS = "rejected#*"
"""The keys of what was set aside; they lie in the table of the delivery records (adapters/dynamodb/rejections.py)."""


Conditions = Mapping[str, Mapping[str, object]]
"""Under which a grant holds, as a policy writes them."""


class Stores(Construct):
    """Two tables, on demand, with point-in-time recovery.

    Neither has a time to live: a delivery record has to outlive every possible redelivery and is the account of what
    was posted. `TableV2` is passed over because local emulators know only `Table`.
    """

    def __init__(self, scope: Construct, construct_id: str, stage: Stage, key: EncryptionKey) -> None:
        """Create both tables, empty."""
        super().__init__(scope, construct_id)
        self._key = key
        self.routes = self.table("RoutesTable", stage, key="tenant", sort_key="item")
        self.deliveries = self.table("DeliveriesTable", stage, key="key", is_streamed=stage.serves_console)
        # Sparse: only a record that still waits for something carries both attributes, so the index stays as small as
        # the work that is open. Keys are all that a wake-up call needs; the record itself is read strongly afterwards.
        # `ws`, since when it waits, is for the alarms.
        self.deliveries.add_global_secondary_index(
            index_name=ATTENTION_INDEX,
            partition_key=_text_attribute("attention"),
            sort_key=_text_attribute("attention_at"),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["ws"],
        )

    @property
    def watched(self) -> Part:
        """What is looked after of them."""
        return Part(tables=(self.routes, self.deliveries))

    def allow_reading_routes(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read the applied configuration, a tenant's items at a time."""
        allow_on_table(grantee, self.routes.table_arn, "Query")
        self._key.allow(grantee, "dynamodb", TO_READ)

    def allow_recording_deliveries(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read one delivery record and write it conditionally, whole."""
        allow_on_table(grantee, self.deliveries.table_arn, "GetItem", "PutItem")
        self._key.allow(grantee, "dynamodb", TO_WRITE)

    def allow_keeping_rejections(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` set events aside that have no delivery record, and touch no key but theirs."""
        allow_on_table(grantee, self.deliveries.table_arn, "PutItem", conditions=keys_like(REJECTION_KEYS))
        self._key.allow(grantee, "dynamodb", TO_WRITE)

    def allow_finding_attention(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` find the open deliveries by their due time: the index, not the records."""
        allow_on_table(grantee, f"{self.deliveries.table_arn}/index/{ATTENTION_INDEX}", "Query")
        self._key.allow(grantee, "dynamodb", TO_READ)

    def table(
        self,
        logical_id: str,
        stage: Stage,
        *,
        key: str,
        sort_key: str | None = None,
        forgets_by: str | None = None,
        is_streamed: bool = False,
    ) -> dynamodb.Table:
        """Give an empty table with text keys, kept and protected as every table of the stage is.

        An item with the attribute `forgets_by` goes at that second; no item of a table that keeps what was posted has
        one. Where `is_streamed`, each change can be followed for a day, before and after.
        """
        table = dynamodb.Table(
            self,
            logical_id,
            partition_key=_text_attribute(key),
            sort_key=_text_attribute(sort_key) if sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=self._key.key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=forgets_by,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if is_streamed else None,
            deletion_protection=stage.retain,
            removal_policy=removal_policy(stage),
        )
        return named(table, logical_id)


def keys_like(*patterns: str) -> Conditions:
    """Give the condition under which a grant on a table reaches the keys of these patterns alone."""
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(patterns)}}


def keys_unlike(*patterns: str) -> Conditions:
    """Give the condition under which a grant on a table reaches every key but those of these patterns."""
    return {"ForAllValues:StringNotLike": {"dynamodb:LeadingKeys": list(patterns)}}


def _text_attribute(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def allow_on_table(grantee: iam.IGrantable, arn: str, *actions: str, conditions: Conditions | None = None) -> None:
    """Grant on one table or index; the library's own grants add indexes and actions that nothing here makes."""
    iam.Grant.add_to_principal(
        grantee=grantee,
        actions=[f"dynamodb:{action}" for action in actions],
        resource_arns=[arn],
        conditions=conditions,
    )
