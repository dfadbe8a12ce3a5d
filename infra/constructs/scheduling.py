"""What runs by the clock: settling."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from infra.constructs.encryption import EncryptionKey
from infra.constructs.functions import FunctionFactory
from infra.constructs.queues import WorkQueue, dead_letter_queue
from infra.constructs.stores import Stores
from infra.constructs.timetable import Timetable
from infra.constructs.watched import Part
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
                "grace_s": stage.settle_grace_s,
            },
        )
        stores.allow_finding_attention(self.settle)
        delivery_queue.allow_sending_by(self.settle)
        interval = cdk.Duration.minutes(stage.settle_every_min)
        Timetable(self, self.settle, undelivered=self.undelivered, call_lasts=interval).call(
            "SettleSchedule", events.Schedule.rate(interval), description="Settles what is open."
        )

    @property
    def watched(self) -> Part:
        """What is looked after of it."""
        return Part(functions={"settle": self.settle}, dead_letters={"settle": self.undelivered})
