"""The nightly extracts: one function, and a schedule for each extract that sends its document along."""

import json

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from infra.constructs.encryption import TO_WRITE, EncryptionKey
from infra.constructs.functions import FunctionFactory
from infra.constructs.queues import dead_letter_queue
from infra.constructs.secrets import allow_reading_secrets
from infra.constructs.stores import Stores, allow_on_table, keys_like
from infra.constructs.timetable import Timetable
from infra.constructs.watched import Part
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
                "page_budget_s": stage.extract_page_budget_s,
                "workers": stage.extract_workers,
                "allow_loopback": False,
            },
        )
        self._allow_keeping_state(stores, key)
        allow_reading_secrets(self.function, stage)
        self._timetable = Timetable(
            self, self.function, undelivered=self.undelivered, call_lasts=cdk.Duration.minutes(15)
        )
        for document in stage.extracts:
            self._schedule(json.loads(document))

    @property
    def watched(self) -> Part:
        """What is looked after of them."""
        return Part(functions={"extract": self.function}, dead_letters={"extract": self.undelivered})

    def _schedule(self, document: dict[str, object]) -> None:
        configuration = extract_from(document)
        name = "".join(part.capitalize() for part in (configuration.tenant, configuration.name))
        logical_id = f"Extract{''.join(sign for sign in name if sign.isalnum())}Schedule"
        text = json.dumps({"document": document}, separators=(",", ":"))
        if len(text) > INPUT_LENGTH_MAX:
            raise ValueError(f"The document of {configuration.id} is too long for a schedule.")
        self._timetable.call(
            logical_id,
            events.Schedule.expression(self._stage.extract_schedule),
            description=f"Extracts {configuration.id}, every quarter of an hour of the night.",
            event={"document": document},
        )

    def _allow_keeping_state(self, stores: Stores, key: EncryptionKey) -> None:
        own_state = keys_like(*EXTRACT_KEYS)
        allow_on_table(
            self.function, stores.deliveries.table_arn, "GetItem", "PutItem", "BatchGetItem", conditions=own_state
        )
        key.allow(self.function, "dynamodb", TO_WRITE)
