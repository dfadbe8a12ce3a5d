"""The console on a stage: its function behind the HTTP API, and what it may do for people."""

from collections.abc import Mapping

from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_iam as iam
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from constructs import Construct

from infra.constructs.encryption import TO_WRITE, EncryptionKey
from infra.constructs.functions import FunctionFactory, environment_of
from infra.constructs.grouping import Grouping
from infra.constructs.listing import Listing
from infra.constructs.login import Login
from infra.constructs.pipeline import Pipeline
from infra.constructs.secrets import allow_on_secrets
from infra.constructs.stores import REJECTION_KEYS, Stores, allow_on_table, keys_like, keys_unlike
from infra.constructs.watched import Part
from infra.constructs.web import Web
from infra.stage import Stage
from ledgerpost.settings import ConsoleSettings, LoginSettings

CHANGES_KEYS = "changes#*"
"""The keys of the log of changes, in the table of routes: written, and never taken away."""

ON_SECRETS = (
    "CreateSecret", "DescribeSecret", "GetSecretValue", "PutSecretValue", "TagResource", "UpdateSecretVersionStage",
)  # fmt: skip
"""What saving, testing and rotating a connection's secret does. None is deleted, and no policy of one is changed."""


class Console(Construct):
    """The console's function, its sign-in and its routes."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        stage: Stage,
        *,
        key: EncryptionKey,
        stores: Stores,
        pipeline: Pipeline,
        listing: Listing,
        web: Web,
        functions: FunctionFactory,
        grouping: Grouping | None = None,
    ) -> None:
        """Create the function and let it do what its pages and calls do; those of days, where the stage groups."""
        super().__init__(scope, construct_id)
        self._key = key
        self.login = Login(self, "Login", stage, origin=web.origin)
        self.function = functions.create(
            self,
            "Console",
            description="Answers the console's pages and its API.",
            numbers=stage.console,
            settings=ConsoleSettings,
            values={
                "stage": stage.name,
                "routes_table": stores.routes.table_name,
                "deliveries_table": stores.deliveries.table_name,
                "listing_table": listing.table.table_name,
                "event_bus_name": pipeline.bus.event_bus_name,
                "intake_queue_url": pipeline.intake_queue.queue.queue_url,
                "delivery_queue_url": pipeline.delivery_queue.queue.queue_url,
            },
        )
        self.function.add_layers(functions.packaged.login_layer())
        for name, value in environment_of(LoginSettings, self._login_values(web)).items():
            self.function.add_environment(name, value)
        self._let_it_set_up(stores)
        self._let_it_operate(stores, pipeline)
        self._let_it_take_files(pipeline)
        if grouping is not None:
            grouping.let_people_close_days(self.function)
        listing.allow_reading(self.function)
        allow_on_secrets(self.function, stage, ON_SECRETS)
        self._answer(web)

    @property
    def watched(self) -> Part:
        """What is looked after of it."""
        return Part(functions={"console": self.function})

    def _login_values(self, web: Web) -> Mapping[str, str]:
        return {
            "login_issuer": self.login.issuer,
            "login_client_id": self.login.client.user_pool_client_id,
            "login_url": self.login.domain.base_url(),
            "console_origin": web.origin,
        }

    def _let_it_set_up(self, stores: Stores) -> None:
        """Routes and connections are read and applied, the log of changes is written; of it nothing is deleted."""
        routes = stores.routes.table_arn
        allow_on_table(self.function, routes, "ConditionCheckItem", "GetItem", "PutItem", "Query")
        allow_on_table(self.function, routes, "DeleteItem", conditions=keys_unlike(CHANGES_KEYS))
        self._key.allow(self.function, "dynamodb", TO_WRITE)

    def _let_it_operate(self, stores: Stores, pipeline: Pipeline) -> None:
        """Deliveries are found, redriven and skipped, connections paused; an event set aside is sent anew and taken
        away. A delivery record is never deleted.
        """
        deliveries = stores.deliveries.table_arn
        allow_on_table(self.function, deliveries, "BatchGetItem", "GetItem", "PutItem")
        allow_on_table(self.function, deliveries, "DeleteItem", conditions=keys_like(REJECTION_KEYS))
        stores.allow_finding_attention(self.function)
        pipeline.intake_queue.allow_sending_by(self.function)
        pipeline.delivery_queue.allow_sending_by(self.function)

    def _let_it_take_files(self, pipeline: Pipeline) -> None:
        """A file's approvals go onto the bus, no faster than the queues are worked off."""
        pipeline.allow_putting_events(self.function)
        queues = [pipeline.intake_queue.queue.queue_arn, pipeline.delivery_queue.queue.queue_arn]
        iam.Grant.add_to_principal(grantee=self.function, actions=["sqs:GetQueueAttributes"], resource_arns=queues)

    def _answer(self, web: Web) -> None:
        authorizer = HttpJwtAuthorizer(
            "ConsoleAuthorizer",
            self.login.issuer,
            jwt_audience=[self.login.client.user_pool_client_id],
            authorizer_name="user-pool",
        )
        web.route(
            "ConsoleApi",
            gateway.HttpRouteKey.with_("/v1/{proxy+}", gateway.HttpMethod.ANY),
            self.function,
            authorizer=authorizer,
        )
        web.route(
            "ConsolePages",
            gateway.HttpRouteKey.DEFAULT,
            self.function,
            open_because="A browser brings its token in a cookie, which no authorizer of an HTTP API can read; the "
            "function verifies it by the pool's keys before anything else, and sends on who has none to the sign-in.",
        )
