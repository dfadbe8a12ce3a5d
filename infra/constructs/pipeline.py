"""The way of an approval: bus → intake queue → intake → delivery queue → deliver."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.encryption import EncryptionKey
from infra.constructs.functions import FunctionFactory
from infra.constructs.keeping import removal_policy
from infra.constructs.logical_id import named
from infra.constructs.queues import WorkQueue, dead_letter_queue
from infra.constructs.secrets import allow_reading_secrets
from infra.constructs.stores import Stores
from infra.constructs.watched import Part
from infra.stage import BUS_NAME, Stage, visibility_s
from ledgerpost.settings import DeliverSettings, IntakeSettings

EVERY_EVENT = events.EventPattern(source=events.Match.prefix(""))
"""Matches all events: each has a source, and every text begins with the empty one. An event of an unknown kind is to
reach intake, which sets it aside with a code; a narrower pattern would drop it without a trace."""

RULE_RETRY_ATTEMPTS = 185
RULE_RETRY_AGE = cdk.Duration.hours(24)
"""How long the bus tries its target: the most that EventBridge allows. Source: EventBridge, "Retry policy"."""


class Pipeline(Construct):
    """Bus, queues, and the two functions between them and the ledger."""

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
        """Create the way from end to end; `stores` exists already."""
        super().__init__(scope, construct_id)
        self._stage = stage
        self._stores = stores
        self.intake_queue = WorkQueue.create(
            self,
            "Intake",
            stage,
            key=key,
            numbers=stage.intake_queue,
            visibility_s=visibility_s(stage.intake, stage.intake_queue),
        )
        self.delivery_queue = WorkQueue.create(
            self,
            "Delivery",
            stage,
            key=key,
            numbers=stage.delivery_queue,
            visibility_s=visibility_s(stage.deliver, stage.delivery_queue),
        )
        self.undelivered = dead_letter_queue(self, "EveryEventDeadLetters", stage, key)
        self.bus, self.archive = self._bus()
        self.rule = self._take_every_event()
        self.intake = self._intake(functions)
        self.deliver = self._deliver(functions)

    @property
    def watched(self) -> Part:
        """What is looked after of it, but the two queues that work is taken from."""
        return Part(
            functions={"intake": self.intake, "deliver": self.deliver},
            dead_letters={
                "bus": self.undelivered,
                "intake": self.intake_queue.dead_letters,
                "delivery": self.delivery_queue.dead_letters,
            },
        )

    def allow_putting_events(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` put approvals on the bus."""
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["events:PutEvents"], resource_arns=[self.bus.event_bus_arn]
        )

    def _bus(self) -> tuple[events.EventBus, events.Archive]:
        """The bus with its archive, from which any stretch of time can be replayed. Both go or stay together: the
        archive is nothing without its bus.
        """
        removal = removal_policy(self._stage)
        bus = named(events.EventBus(self, "Bus", event_bus_name=BUS_NAME), "Bus")
        bus.apply_removal_policy(removal)
        archive = bus.archive(
            "Archive",
            description="Every approval event, for replay.",
            event_pattern=EVERY_EVENT,
            retention=cdk.Duration.days(self._stage.archive_days),
        )
        named(archive, "BusArchive").apply_removal_policy(removal)
        return bus, archive

    def _take_every_event(self) -> events.Rule:
        rule = events.Rule(
            self,
            "EveryEvent",
            description="Every event of the bus goes to the intake queue.",
            event_bus=self.bus,
            event_pattern=EVERY_EVENT,
        )
        named(rule, "EveryEventRule")
        rule.add_target(
            targets.SqsQueue(
                self.intake_queue.queue,
                dead_letter_queue=self.undelivered,
                max_event_age=RULE_RETRY_AGE,
                retry_attempts=RULE_RETRY_ATTEMPTS,
            )
        )
        return rule

    def _intake(self, functions: FunctionFactory) -> lambda_.Function:
        function = functions.create(
            self,
            "Intake",
            description="Validates approval events and makes one delivery message per matching route.",
            numbers=self._stage.intake,
            settings=IntakeSettings,
            values={
                "routes_table": self._stores.routes.table_name,
                "deliveries_table": self._stores.deliveries.table_name,
                "delivery_queue_url": self.delivery_queue.queue.queue_url,
            },
        )
        self.intake_queue.work_off_by(function)
        self.delivery_queue.allow_sending_by(function)
        self._stores.allow_reading_routes(function)
        self._stores.allow_keeping_rejections(function)
        return function

    def _deliver(self, functions: FunctionFactory) -> lambda_.Function:
        stage = self._stage
        function = functions.create(
            self,
            "Deliver",
            description="Claims, posts and records each delivery.",
            numbers=stage.deliver,
            settings=DeliverSettings,
            values={
                "routes_table": self._stores.routes.table_name,
                "deliveries_table": self._stores.deliveries.table_name,
                "delivery_queue_url": self.delivery_queue.queue.queue_url,
                "posts_side_by_side": stage.posts_side_by_side,
                "post_budget_s": stage.post_budget_s,
                "retry_delays_s": stage.retry.delays_s,
                "read_lag_s": stage.retry.read_lag_s,
                "lease_s": stage.retry.lease_s,
                "breaker_failures": stage.breaker.failures_max,
                "breaker_open_s": stage.breaker.open_s,
                "allow_loopback": False,
            },
        )
        self.delivery_queue.work_off_by(function)
        self.delivery_queue.allow_sending_by(function)
        self._stores.allow_reading_routes(function)
        self._stores.allow_recording_deliveries(function)
        allow_reading_secrets(function, stage)
        return function
