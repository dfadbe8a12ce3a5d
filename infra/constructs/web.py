"""The HTTP API of a stage: what the console and the webhook are reached by."""

import json

from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.encryption import EncryptionKey
from infra.constructs.log_groups import stage_log
from infra.constructs.logical_id import named
from infra.constructs.watched import Part
from infra.stage import Stage

ACCESS_LINE = {
    "at": "$context.requestTimeEpoch",
    "request": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "ms": "$context.responseLatency",
    "person": "$context.authorizer.claims.sub",
    "refusal": "$context.authorizer.error",
}
"""A line of the access log. Neither a query, in which a sign-in's code comes back, nor a header or a cookie is in it.
Source: Amazon API Gateway, "Customize HTTP API access logs".
"""


class Web(Construct):
    """The HTTP API, its one stage at the root of its address, and the log of who asked for what."""

    def __init__(self, scope: Construct, construct_id: str, stage: Stage, *, key: EncryptionKey) -> None:
        """Create it without a route: what is not routed is not there."""
        super().__init__(scope, construct_id)
        self.api = named(
            gateway.HttpApi(
                self,
                "WebApi",
                api_name=f"ledgerpost-{stage.name}",
                description="Ledgerpost: the console, its API, and the webhook.",
                create_default_stage=False,
            ),
            "WebApi",
        )
        access_log = stage_log(self, "WebAccessLog", stage, key)
        self.stage = named(
            gateway.HttpStage(
                self,
                "WebStage",
                http_api=self.api,
                stage_name="$default",
                auto_deploy=True,
                throttle=gateway.ThrottleSettings(rate_limit=stage.requests_a_second, burst_limit=stage.requests_burst),
            ),
            "WebStage",
        )
        element = self.stage.node.default_child
        assert isinstance(element, gateway.CfnStage)
        element.access_log_settings = gateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(ACCESS_LINE)
        )

    @property
    def watched(self) -> Part:
        """What is looked after of it."""
        return Part(web=self.api)

    @property
    def origin(self) -> str:
        """Where it is reached: https, the host, no path."""
        return self.api.api_endpoint

    def route(
        self,
        name: str,
        route_key: gateway.HttpRouteKey,
        function: lambda_.Function,
        *,
        authorizer: gateway.IHttpRouteAuthorizer | None = None,
        open_because: str = "",
    ) -> None:
        """Have `function` answer what comes by `route_key`. Without an authorizer there has to be a reason."""
        route = gateway.HttpRoute(
            self,
            f"{name}Route",
            http_api=self.api,
            route_key=route_key,
            integration=HttpLambdaIntegration(
                f"{function.node.id}Integration",
                function,
                payload_format_version=gateway.PayloadFormatVersion.VERSION_2_0,
            ),
            authorizer=authorizer,
        )
        named(route, f"{name}Route")
        if authorizer is None:
            acknowledge(route, "APIG4", open_because)
