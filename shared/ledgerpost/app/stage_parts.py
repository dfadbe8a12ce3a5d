"""The parts that a stage may choose: where one resource of a part is there, the others of it have to be.

A test in `tests/infra` holds this against the templates.
"""

from collections.abc import Collection, Mapping

_FUNCTION, _ALARM, _LOG = "AWS::Lambda::Function", "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup"


def _watched(name: str) -> dict[str, str]:
    """Give a function with what every function has."""
    alarms = {f"{name}ErrorsAlarm": _ALARM, f"{name}ThrottledAlarm": _ALARM}
    return {f"{name}Function": _FUNCTION, f"{name}Log": _LOG, **alarms}


PARTS: Mapping[str, Mapping[str, str]] = {
    "ConsoleFunction": {
        **_watched("Console"),
        **_watched("Listing"),
        "ConsoleClient": "AWS::Cognito::UserPoolClient",
        "ListingBehindAlarm": _ALARM,
        "ListingDeadLetters": "AWS::SQS::Queue",
        "ListingDeadLettersAlarm": _ALARM,
        "ListingSource": "AWS::Lambda::EventSourceMapping",
        "ListingTable": "AWS::DynamoDB::Table",
        "LoginDomain": "AWS::Cognito::UserPoolDomain",
        "UserPool": "AWS::Cognito::UserPool",
        "WebApi": "AWS::ApiGatewayV2::Api",
        "WebFailingAlarm": _ALARM,
        "WebStage": "AWS::ApiGatewayV2::Stage",
    },
    "WebhookFunction": {
        **_watched("Webhook"),
        "WebApi": "AWS::ApiGatewayV2::Api",
        "WebFailingAlarm": _ALARM,
        "WebStage": "AWS::ApiGatewayV2::Stage",
        "WebhookRoute": "AWS::ApiGatewayV2::Route",
    },
}
"""By the resource that shows that a stage has the part: what belongs to it, id → type."""


def expected_with(there: Collection[str]) -> Mapping[str, str]:
    """Give what a stage that has the resources `there` is to have of its chosen parts."""
    return {id_: type_ for mark, part in PARTS.items() if mark in there for id_, type_ in part.items()}
