"""Closing days: the table of a shop's records, the function that closes them, and its hourly schedule."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.encryption import TO_READ, TO_WRITE, EncryptionKey
from infra.constructs.functions import FunctionFactory
from infra.constructs.pipeline import Pipeline
from infra.constructs.queues import dead_letter_queue
from infra.constructs.stores import Stores, allow_on_table
from infra.constructs.timetable import Timetable
from infra.constructs.watched import Part
from infra.stage import Stage
from ledgerpost.settings import CloseDaySettings

DUE_INDEX = "due"

KEEPS_RECORDS = ("GetItem", "UpdateItem", "PutItem")
"""What intake does with a record: read its head, move it, write the version."""

CLOSES_DAYS = ("GetItem", "PutItem", "DeleteItem", "Query")
"""What closing does: companies and days are read and written, a day's records queried, a late mark is taken away. What
it deletes is that mark alone; records and closed days stay.
"""


class Grouping(Construct):
    """What a stage needs to group a shop's records by day."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        stage: Stage,
        *,
        key: EncryptionKey,
        stores: Stores,
        pipeline: Pipeline,
        functions: FunctionFactory,
    ) -> None:
        """Create the table and the function, and let intake keep records."""
        super().__init__(scope, construct_id)
        self._key = key
        self.table = stores.table("CommerceTable", stage, key="pk", sort_key="sk")
        # Sparse: an item carries `due` while its company is to be run, in buckets of an hour, so that finding the
        # companies whose hour has come reads those alone.
        self.table.add_global_secondary_index(
            index_name=DUE_INDEX,
            partition_key=dynamodb.Attribute(name="due", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="due_at", type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self._let_intake_keep_records(pipeline.intake)
        self.undelivered = dead_letter_queue(self, "CloseDayScheduleDeadLetters", stage, key)
        self.close_day = functions.create(
            self,
            "CloseDay",
            description="Closes the days of the companies that are due, and sends their documents to intake.",
            numbers=stage.close_day,
            settings=CloseDaySettings,
            values={
                "commerce_table": self.table.table_name,
                "intake_queue_url": pipeline.intake_queue.queue.queue_url,
                "company_budget_s": stage.company_budget_s,
                "companies_side_by_side": stage.companies_side_by_side,
            },
        )
        self._let_it_close_days(pipeline)
        an_hour = cdk.Duration.hours(1)
        # A company that could not be run stays due.
        Timetable(self, self.close_day, undelivered=self.undelivered, call_lasts=an_hour).call(
            "CloseDaySchedule",
            events.Schedule.cron(minute="0"),
            description="Closes the days of companies whose hour has come.",
        )

    @property
    def watched(self) -> Part:
        """What is looked after of it."""
        return Part(
            functions={"close-day": self.close_day},
            dead_letters={"close-day": self.undelivered},
            tables=(self.table,),
        )

    def let_people_close_days(self, console: lambda_.Function) -> None:
        """Let the console show companies and days, and close and reopen them at a person's wish. Late marks stay, for
        the hourly function to take away.
        """
        console.add_environment("COMMERCE_TABLE", self.table.table_name)
        allow_on_table(console, self.table.table_arn, "GetItem", "PutItem", "Query")

    def _let_intake_keep_records(self, intake: lambda_.Function) -> None:
        intake.add_environment("COMMERCE_TABLE", self.table.table_name)
        allow_on_table(intake, self.table.table_arn, *KEEPS_RECORDS)

    def _let_it_close_days(self, pipeline: Pipeline) -> None:
        allow_on_table(self.close_day, self.table.table_arn, *CLOSES_DAYS)
        allow_on_table(self.close_day, f"{self.table.table_arn}/index/{DUE_INDEX}", "Query")
        self._key.allow(self.close_day, "dynamodb", TO_WRITE)
        self._key.allow(self.close_day, "dynamodb", TO_READ)
        pipeline.intake_queue.allow_sending_by(self.close_day)
