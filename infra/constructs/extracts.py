"""The nightly extracts: one function, and a schedule for each extract that sends its document along."""

import json

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.encryption import TO_WRITE, EncryptionKey
from infra.constructs.functions import FunctionFactory
from infra.constructs.logical_id import named
from infra.constructs.queues import dead_letter_queue
from infra.constructs.secrets import allow_reading_secrets
from infra.constructs.stores import Stores
from infra.stage import Stage
from ledgerpost.settings import ExtractSettings
from ledgerpost.wire.extract_document import extract_from

EXTRACT_KEYS = ("extract#*", "extracted#*", "budget#*", "tokens#*")
"""What an extract keeps in the table of the delivery records: checkpoints, marks, the budget of requests and the pairs
of a consent's tokens. No delivery record is among them.
"""

INPUT_LENGTH_MAX = 8192
"""Characters of a target's constant input. Source: EventBridge, PutTargets."""


class Extracts(Construct):
    """The extracting function and the schedules of a stage."""

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
        """Create the function and a schedule for each of the stage's extracts. Raises ConfigurationError for a document
        that the function would refuse.
        """
        super().__init__(scope, construct_id)
        self._stage = stage
        self.undelivered = dead_letter_queue(self, "ExtractScheduleDeadLetters", stage, key)
        self.function = functions.create(
            self,
            "Extract",
            description="Brings what a source holds into a target, every night, page by page.",
            numbers=stage.extract,
            settings=ExtractSettings,
            values={
                "deliveries_table": stores.deliveries.table_name,
                "log_level": stage.log_level,
                "page_budget_s": stage.extract_page_budget_s,
                "workers": stage.extract_workers,
                "allow_loopback": False,
            },
        )
        self._allow_keeping_state(stores, key)
        allow_reading_secrets(self.function, stage)
        # A call that could not be made is made good by the next one of the night.
        self.function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(15))
        for document in stage.extracts:
            self._schedule(json.loads(document))

    def _schedule(self, document: dict[str, object]) -> None:
        configuration = extract_from(document)
        name = "".join(part.capitalize() for part in (configuration.tenant, configuration.name))
        logical_id = f"Extract{''.join(sign for sign in name if sign.isalnum())}Schedule"
        text = json.dumps({"document": document}, separators=(",", ":"))
        if len(text) > INPUT_LENGTH_MAX:
            raise ValueError(f"The document of {configuration.id} is too long for a schedule.")
        rule = events.Rule(
            self,
            logical_id,
            description=f"Extracts {configuration.id}, every quarter of an hour of the night.",
            schedule=events.Schedule.expression(self._stage.extract_schedule),
        )
        named(rule, logical_id)
        rule.add_target(
            targets.LambdaFunction(
                self.function,
                event=events.RuleTargetInput.from_object({"document": document}),
                dead_letter_queue=self.undelivered,
                max_event_age=cdk.Duration.minutes(15),
                retry_attempts=2,
            )
        )

    def _allow_keeping_state(self, stores: Stores, key: EncryptionKey) -> None:
        iam.Grant.add_to_principal(
            grantee=self.function,
            actions=[f"dynamodb:{action}" for action in ("GetItem", "PutItem", "BatchGetItem")],
            resource_arns=[stores.deliveries.table_arn],
            conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(EXTRACT_KEYS)}},
        )
        key.allow(self.function, "dynamodb", TO_WRITE)
