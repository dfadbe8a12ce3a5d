"""The stack: which capabilities there are and what each is given. Numbers stand in `stage.py`."""

from collections.abc import Iterator

import aws_cdk as cdk
from constructs import Construct

from infra.constructs.actions import Actions
from infra.constructs.console import Console
from infra.constructs.encryption import EncryptionKey
from infra.constructs.extracts import Extracts
from infra.constructs.functions import FunctionFactory, PackagedCode
from infra.constructs.grouping import Grouping
from infra.constructs.listing import Listing
from infra.constructs.monitoring import Monitoring
from infra.constructs.pipeline import Pipeline
from infra.constructs.scheduling import Scheduling
from infra.constructs.stores import Stores
from infra.constructs.watched import Part
from infra.constructs.web import Web
from infra.constructs.webhook import Webhook
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
            self, "Monitoring", stage, key=self.key, pipeline=self.pipeline, parts=self._parts()
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
        self._add_what_the_web_reaches(stage, functions)

    def _add_what_the_web_reaches(self, stage: Stage, functions: FunctionFactory) -> None:
        key, stores, pipeline = self.key, self.stores, self.pipeline
        is_reached = stage.serves_console or stage.takes_webhooks
        self.web = Web(self, "Web", stage, key=key) if is_reached else None
        self.listing: Listing | None = None
        self.console: Console | None = None
        self.webhook: Webhook | None = None
        if self.web is None:
            return
        if stage.serves_console:
            self.listing = Listing(self, "Listing", stage, key=key, stores=stores, functions=functions)
            self.console = Console(
                self,
                "Console",
                stage,
                key=key,
                stores=stores,
                pipeline=pipeline,
                listing=self.listing,
                web=self.web,
                functions=functions,
                grouping=self.grouping,
            )
        if stage.takes_webhooks:
            self.webhook = Webhook(
                self, "Webhook", stage, key=key, stores=stores, pipeline=pipeline, web=self.web, functions=functions
            )

    def _parts(self) -> Iterator[Part]:
        """Give what is to be watched of each part of the stage, in the order of the alarms."""
        yield from (self.stores.watched, self.pipeline.watched, self.scheduling.watched)
        chosen = (
            self.extracts, self.grouping, self.actions, self.web, self.listing, self.console, self.webhook,
        )  # fmt: skip
        yield from (part.watched for part in chosen if part is not None)

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
        outputs |= self._outputs_of_the_web()
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

    def _outputs_of_the_web(self) -> dict[str, str]:
        outputs: dict[str, str] = {}
        if self.web is not None:
            outputs["WebUrl"] = self.web.origin
        if self.listing is not None:
            outputs["ListingTableName"] = self.listing.table.table_name
            outputs["ListingDeadLettersUrl"] = self.listing.undelivered.queue_url
        if self.console is not None:
            login = self.console.login
            outputs["UserPoolId"] = login.pool.user_pool_id
            outputs["ConsoleClientId"] = login.client.user_pool_client_id
        return outputs
