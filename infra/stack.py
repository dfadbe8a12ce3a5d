"""The stack: which capabilities there are and what each is given. Numbers stand in `stage.py`."""

import aws_cdk as cdk
from constructs import Construct

from infra.constructs.actions import Actions
from infra.constructs.encryption import EncryptionKey
from infra.constructs.extracts import Extracts
from infra.constructs.functions import FunctionFactory, PackagedCode
from infra.constructs.grouping import Grouping
from infra.constructs.monitoring import Monitoring
from infra.constructs.pipeline import Pipeline
from infra.constructs.scheduling import Scheduling
from infra.constructs.stores import Stores
from infra.packaging import Package
from infra.stage import Stage


class LedgerpostStack(cdk.Stack):
    """One stage of Ledgerpost."""

    def __init__(self, scope: Construct, stage: Stage, package: Package) -> None:
        """Compose the stage from `package`, which is staged already."""
        super().__init__(
            scope,
            f"ledgerpost-{stage.name}",
            description="Ledgerpost: posts approved transactions to the right ledger.",
            termination_protection=stage.retain,
        )
        self.key = EncryptionKey(self, "Encryption", stage)
        functions = FunctionFactory(stage, self.key, PackagedCode(self, "Code", package))
        self.stores = Stores(self, "Stores", stage, self.key)
        self.pipeline = Pipeline(self, "Pipeline", stage, key=self.key, stores=self.stores, functions=functions)
        self.scheduling = Scheduling(
            self,
            "Scheduling",
            stage,
            key=self.key,
            stores=self.stores,
            delivery_queue=self.pipeline.delivery_queue,
            functions=functions,
        )
        self._add_what_was_chosen(stage, functions)
        self.monitoring = Monitoring(
            self,
            "Monitoring",
            stage,
            key=self.key,
            stores=self.stores,
            pipeline=self.pipeline,
            scheduling=self.scheduling,
            extracts=self.extracts,
            grouping=self.grouping,
            actions=self.actions,
        )
        cdk.Tags.of(self).add("service", "ledgerpost")
        cdk.Tags.of(self).add("stage", stage.name)
        self._write_outputs()

    def _add_what_was_chosen(self, stage: Stage, functions: FunctionFactory) -> None:
        """Add the parts that a stage pays for only where it uses them."""
        self.extracts = (
            Extracts(self, "Extracts", stage, key=self.key, stores=self.stores, functions=functions)
            if stage.extracts
            else None
        )
        self.grouping = (
            Grouping(
                self,
                "Grouping",
                stage,
                key=self.key,
                stores=self.stores,
                pipeline=self.pipeline,
                functions=functions,
            )
            if stage.groups_days
            else None
        )
        self.actions = (
            Actions(self, "Actions", stage, key=self.key, stores=self.stores, functions=functions)
            if stage.serves_actions
            else None
        )

    def _write_outputs(self) -> None:
        """Say what producers, operators and the command line need to know of the stage."""
        pipeline = self.pipeline
        outputs = {
            "EventBusName": pipeline.bus.event_bus_name,
            "EventBusArn": pipeline.bus.event_bus_arn,
            "ArchiveArn": pipeline.archive.archive_arn,
            "EveryEventRuleArn": pipeline.rule.rule_arn,
            "IntakeQueueUrl": pipeline.intake_queue.queue.queue_url,
            "IntakeDeadLettersUrl": pipeline.intake_queue.dead_letters.queue_url,
            "DeliveryQueueUrl": pipeline.delivery_queue.queue.queue_url,
            "DeliveryDeadLettersUrl": pipeline.delivery_queue.dead_letters.queue_url,
            "RoutesTableName": self.stores.routes.table_name,
            "DeliveriesTableName": self.stores.deliveries.table_name,
            "AlarmTopicArn": self.monitoring.topic.topic_arn,
            "KeyArn": self.key.key.key_arn,
        }
        if self.grouping is not None:
            outputs["CommerceTableName"] = self.grouping.table.table_name
        if self.actions is not None:
            outputs["ActionsFunctionName"] = self.actions.function.function_name
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
