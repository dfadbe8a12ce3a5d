"""What must hold for what is reached from the web."""

from tests.infra.reading import Breaches, Rule, Template, properties_of, target_of


def every_way_in_from_the_web_asks_who_comes(template: Template) -> Breaches:
    open_routes = {"ConsolePagesRoute": "$default", "WebhookRoute": "POST /v1/approvals"}
    for name, route in properties_of(template, "AWS::ApiGatewayV2::Route").items():
        if route["AuthorizationType"] != "JWT" and open_routes.get(name) != route["RouteKey"]:
            yield f"{name} is open to everybody: its function would have to know by itself who comes."
    for name, authorizer in properties_of(template, "AWS::ApiGatewayV2::Authorizer").items():
        told = authorizer.get("JwtConfiguration", {})
        if [target_of(each) for each in told.get("Audience", ())] != ["ConsoleClient"] or not told.get("Issuer"):
            yield f"{name} takes the tokens of other clients or pools."


def every_web_stage_is_throttled_and_logs_no_secret(template: Template) -> Breaches:
    for name, stage in properties_of(template, "AWS::ApiGatewayV2::Stage").items():
        if not stage.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit"):
            yield f"{name} is not throttled: a flood of requests would take the concurrency that delivering needs."
        line = stage.get("AccessLogSettings", {}).get("Format", "")
        if not line:
            yield f"{name} keeps no log of who asked for what."
        for secret in ("querystring", "header", "authorizer.token", "requestOverride", "context.error.messageString"):
            if secret.lower() in line.lower():
                yield f"{name} logs {secret}, in which a sign-in's code or a token may come."


def nobody_gives_themselves_an_account_or_a_tenant(template: Template) -> Breaches:
    for name, pool in properties_of(template, "AWS::Cognito::UserPool").items():
        if not pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
            yield f"{name} lets anybody sign up."
        tenant = [each for each in pool["Schema"] if each["Name"] == "tenant"]
        if [each.get("Mutable") for each in tenant] != [False]:
            yield f"{name} lets a person's tenant be changed after the fact."
    for name, client in properties_of(template, "AWS::Cognito::UserPoolClient").items():
        if "custom:tenant" in client.get("WriteAttributes", ("custom:tenant",)):
            yield f"{name} lets people write their own tenant."
        if client["AllowedOAuthFlows"] != ["code"] or client["AllowedOAuthScopes"] != ["openid"]:
            yield f"{name} gives tokens in another way, or for more, than the console's sign-in needs."


RULES: list[Rule] = [
    every_way_in_from_the_web_asks_who_comes,
    every_web_stage_is_throttled_and_logs_no_secret,
    nobody_gives_themselves_an_account_or_a_tenant,
]
