"""What runs by the clock: settling."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.encryption import EncryptionKey
from infra.constructs.functions import FunctionFactory
from infra.constructs.logical_id import named
from infra.constructs.queues import WorkQueue, dead_letter_queue
from infra.constructs.stores import Stores
from infra.stage import Stage
from ledgerpost.settings import SettleSettings


class Scheduling(Construct):
    """The settling function and its schedule."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        stage: Stage,
        *,
        key: EncryptionKey,
        stores: Stores,
        delivery_queue: WorkQueue,
        functions: FunctionFactory,
    ) -> None:
        """Create the schedule, enabled."""
        super().__init__(scope, construct_id)
        self.undelivered = dead_letter_queue(self, "SettleScheduleDeadLetters", stage, key)
        self.settle = functions.create(
            self,
            "Settle",
            description="Calls overdue deliveries again, so that an unknown outcome is never forgotten.",
            numbers=stage.settle,
            settings=SettleSettings,
            values={
                "deliveries_table": stores.deliveries.table_name,
                "delivery_queue_url": delivery_queue.queue.queue_url,
                "log_level": stage.log_level,
                "grace_s": stage.settle_grace_s,
            },
        )
        stores.allow_finding_attention(self.settle)
        delivery_queue.allow_sending_by(self.settle)
        self._every(stage, self.settle)

    def _every(self, stage: Stage, function: lambda_.Function) -> None:
        """Run `function` at each interval. A missed run is made good by the next one, which finds the same records, so
        an old one is not kept waiting; what could not even be started is set aside and seen.
        """
        interval = cdk.Duration.minutes(stage.settle_every_min)
        function.configure_async_invoke(max_event_age=interval, retry_attempts=0)
        rule = events.Rule(
            self,
            "SettleSchedule",
            description="Settles what is open.",
            schedule=events.Schedule.rate(interval),
        )
        named(rule, "SettleSchedule")
        rule.add_target(
            targets.LambdaFunction(
                function,
                dead_letter_queue=self.undelivered,
                max_event_age=interval,
                retry_attempts=2,
            )
        )
