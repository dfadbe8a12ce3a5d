"""The signed webhook: a function that may read its keys and put on the bus, and its one route."""

from aws_cdk import aws_apigatewayv2 as gateway
from constructs import Construct

from infra.constructs.console import CHANGES_KEYS
from infra.constructs.encryption import TO_WRITE, EncryptionKey
from infra.constructs.functions import FunctionFactory
from infra.constructs.pipeline import Pipeline
from infra.constructs.secrets import allow_on_secrets
from infra.constructs.stores import Stores, allow_on_table, keys_like
from infra.constructs.watched import Part
from infra.constructs.web import Web
from infra.stage import Stage
from ledgerpost.settings import WebhookSettings


class Webhook(Construct):
    """The webhook's function and route."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        stage: Stage,
        *,
        key: EncryptionKey,
        stores: Stores,
        pipeline: Pipeline,
        web: Web,
        functions: FunctionFactory,
    ) -> None:
        """Create the function and its route."""
        super().__init__(scope, construct_id)
        self.function = functions.create(
            self,
            "Webhook",
            description="Takes signed approvals and puts them on the bus.",
            numbers=stage.webhook,
            settings=WebhookSettings,
            values={
                "stage": stage.name,
                "routes_table": stores.routes.table_name,
                "event_bus_name": pipeline.bus.event_bus_name,
            },
        )
        pipeline.allow_putting_events(self.function)
        allow_on_secrets(self.function, stage, ("GetSecretValue",), names=stage.webhook_secret_names)
        # Of the table of routes it sees and writes the log of changes alone, which keeps who tried another tenant.
        log_alone = keys_like(CHANGES_KEYS)
        allow_on_table(
            self.function, stores.routes.table_arn, "ConditionCheckItem", "PutItem", "Query", conditions=log_alone
        )
        key.allow(self.function, "dynamodb", TO_WRITE)
        web.route(
            "Webhook",
            gateway.HttpRouteKey.with_("/v1/approvals", gateway.HttpMethod.POST),
            self.function,
            open_because="A request is signed by a key of one tenant over its time and its body; the function verifies "
            "that before it reads anything of it, and refuses what is five minutes old.",
        )

    @property
    def watched(self) -> Part:
        """What is looked after of it."""
        return Part(functions={"webhook": self.function})
