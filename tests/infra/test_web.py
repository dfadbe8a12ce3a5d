"""A stage that is reached from the web: the console with its sign-in and its listing, and the webhook."""

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.costs import WEB_ALARMS
from infra.packaging import ROOT, stand_in_package
from infra.stage import DEV, FunctionNumbers
from infra.synthesis import synthesize
from ledgerpost.app.stage_parts import PARTS
from ledgerpost.cli.stage_view import NAMED_TYPES
from ledgerpost.settings import ConsoleSettings, ListingSettings, LoginSettings, WebhookSettings
from tests.infra import rules
from tests.infra.reading import Template, as_list, named_resource, of_type, properties_of, statements, target_of
from tests.infra.rules_of_functions import SEND, WRITE_TABLE
from tests.infra.test_grouping import OF_THE_USUAL_FUNCTIONS, granted, variables

ALARMS = {
    "console-errors", "console-throttled", "listing-behind", "listing-dead-letters", "listing-errors",
    "listing-throttled", "web-failing", "webhook-errors", "webhook-throttled",
}  # fmt: skip


@pytest.fixture
def spoilt(web: dict[str, Any]) -> dict[str, Any]:
    return deepcopy(web)


def test_a_stage_that_is_not_reached_from_the_web_has_nothing_for_it(template: Template) -> None:
    kinds = {resource["Type"].split("::")[1] for resource in template["Resources"].values()}
    assert not {"ApiGatewayV2", "Cognito"} & kinds
    assert not {"ListingTable", "ConsoleFunction", "WebhookFunction", "LoginLayer"} & template["Resources"].keys()
    assert "StreamSpecification" not in properties_of(template, "AWS::DynamoDB::Table")["DeliveriesTable"]


def test_a_stage_may_take_webhooks_alone(tmp_path: Path) -> None:
    alone = synthesize(replace(DEV, takes_webhooks=True), stand_in_package(tmp_path), tmp_path / "out", checked=False)
    assert [route["RouteKey"] for route in properties_of(alone, "AWS::ApiGatewayV2::Route").values()] == [
        "POST /v1/approvals"
    ]
    assert not {"UserPool", "ListingTable", "ConsoleFunction"} & alone["Resources"].keys()
    told = [breach for rule in rules.RULES if rule not in OF_THE_USUAL_FUNCTIONS for breach in rule(alone)]
    assert told == []


@pytest.mark.parametrize("rule", [each for each in rules.RULES if each not in OF_THE_USUAL_FUNCTIONS])
def test_what_must_hold_of_every_stage_holds_of_one_on_the_web(rule: Any, web: Template) -> None:
    assert list(rule(web)) == []


def test_cloudformation_would_take_it(tmp_path: Path, web: dict[str, Any]) -> None:
    path = tmp_path / "web.template.json"
    path.write_text(json.dumps(web))
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--", str(path)]
    linted = subprocess.run(command, check=False, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout


DEPARTURES = {
    "AwsSolutions-APIG4": {"Web"},
    "AwsSolutions-COG8": {"Console"},
    "AwsSolutions-IAM5": {"Console", "Webhook"},
    "AwsSolutions-L1": {"Console", "Listing", "Webhook"},
    "AwsSolutions-SQS3": {"Listing"},
}
"""Rule, and the parts of the web that may depart from it."""


def test_each_departure_from_the_pack_is_one_of_those_reviewed(web_assembly: Path) -> None:
    (report,) = json.loads((web_assembly / "validation-report.json").read_text())["pluginReports"]
    assert (report["conclusion"], report["violations"]) == ("success", [])
    departures: dict[str, set[str]] = {}
    for violation in report["suppressedViolations"]:
        for construct in violation["violatingConstructs"]:
            part = construct["constructPath"].split("/")[1]
            if part in ("Web", "Console", "Listing", "Webhook"):
                departures.setdefault(violation["ruleName"].split("[")[0], set()).add(part)
                assert len(violation["reason"].split()) > 10
    assert departures == DEPARTURES


def test_the_functions_are_told_what_their_settings_ask(web: Template) -> None:
    console = {*ConsoleSettings.variables(), *LoginSettings.variables()}
    assert variables(web, "ConsoleFunction") == console
    assert variables(web, "ListingFunction") == set(ListingSettings.variables())
    assert variables(web, "WebhookFunction") == set(WebhookSettings.variables())
    functions = properties_of(web, "AWS::Lambda::Function")
    for name in ("Console", "Listing", "Webhook"):
        assert functions[f"{name}Function"]["Handler"] == f"functions.{name.lower()}.handler.lambda_handler"


def test_on_a_stage_that_groups_the_console_closes_days_too(whole: Template) -> None:
    assert variables(whole, "ConsoleFunction") - {*ConsoleSettings.variables(), *LoginSettings.variables()} == {
        "COMMERCE_TABLE"
    }
    may = granted(whole, "ConsoleRole")
    assert may["CommerceTable"] == {f"dynamodb:{name}" for name in ("GetItem", "PutItem", "Query")}
    assert {name: rights for name, rights in may.items() if name != "CommerceTable"} == WANTED["ConsoleRole"]


@pytest.mark.parametrize("rule", [each for each in rules.RULES if each not in OF_THE_USUAL_FUNCTIONS])
def test_what_must_hold_of_every_stage_holds_of_one_with_everything(rule: Any, whole: Template) -> None:
    assert list(rule(whole)) == []


def test_only_the_console_has_the_library_of_its_sign_in(web: Template) -> None:
    with_it = [
        name
        for name, function in properties_of(web, "AWS::Lambda::Function").items()
        if {"Ref": "LoginLayer"} in function["Layers"]
    ]
    assert with_it == ["ConsoleFunction"]


_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
_SEND = {"sqs:SendMessage"}
_SECRETS = {"CreateSecret", "DescribeSecret", "GetSecretValue", "PutSecretValue", "TagResource"}

WANTED: dict[str, dict[str, set[str]]] = {
    "ConsoleRole": {
        "ConsoleLog": _LOG,
        "RoutesTable": {
            f"dynamodb:{name}" for name in ("ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query")
        },
        "DeliveriesTable": {f"dynamodb:{name}" for name in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem")},
        "DeliveriesTable/index/attention": {"dynamodb:Query"},
        "ListingTable": {"dynamodb:Query"},
        "IntakeQueue": _SEND | {"sqs:GetQueueAttributes"},
        "DeliveryQueue": _SEND | {"sqs:GetQueueAttributes"},
        "Bus": {"events:PutEvents"},
        "secrets": {f"secretsmanager:{name}" for name in (*_SECRETS, "UpdateSecretVersionStage")},
        "Key": WRITE_TABLE | SEND,
    },
    "ListingRole": {
        "ListingLog": _LOG,
        "ListingTable": {"dynamodb:PutItem", "dynamodb:UpdateItem"},
        "DeliveriesTable": {
            f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        },
        "ListingDeadLetters": _SEND,
        "Key": WRITE_TABLE | SEND,
    },
    "WebhookRole": {
        "WebhookLog": _LOG,
        "Bus": {"events:PutEvents"},
        "RoutesTable": {f"dynamodb:{name}" for name in ("ConditionCheckItem", "PutItem", "Query")},
        "secrets of the webhook": {"secretsmanager:GetSecretValue"},
        "Key": WRITE_TABLE,
    },
}


@pytest.mark.parametrize("role", WANTED)
def test_each_role_may_do_its_part_and_no_more(role: str, web: Template) -> None:
    may = granted(web, role)
    keys = {"secrets of the webhook" if "ledgerpost-webhook/prod/*" in key else key: key for key in may}
    assert {name: may[key] for name, key in keys.items()} == WANTED[role]


@pytest.mark.parametrize(
    ("role", "action", "table", "condition"),
    [
        ("ConsoleRole", "dynamodb:DeleteItem", "DeliveriesTable", {"ForAllValues:StringLike": ["rejected#*"]}),
        ("ConsoleRole", "dynamodb:DeleteItem", "RoutesTable", {"ForAllValues:StringNotLike": ["changes#*"]}),
        ("WebhookRole", "dynamodb:PutItem", "RoutesTable", {"ForAllValues:StringLike": ["changes#*"]}),
        ("WebhookRole", "dynamodb:Query", "RoutesTable", {"ForAllValues:StringLike": ["changes#*"]}),
    ],
)
def test_what_would_be_too_much_is_bounded_by_keys(
    role: str, action: str, table: str, condition: dict[str, Any], web: Template
) -> None:
    found = [
        statement
        for name, statement in statements(web)
        if name == role
        and action in as_list(statement["Action"])
        and table in map(named_resource, as_list(statement["Resource"]))
    ]
    (bounded,) = found
    assert bounded["Condition"] == {name: {"dynamodb:LeadingKeys": keys} for name, keys in condition.items()}


def test_the_api_is_behind_the_pool_s_authorizer_and_the_webhook_beside_it(web: Template) -> None:
    routes = {route["RouteKey"]: route for route in properties_of(web, "AWS::ApiGatewayV2::Route").values()}
    assert {key: route["AuthorizationType"] for key, route in routes.items()} == {
        "ANY /v1/{proxy+}": "JWT",
        "$default": "NONE",
        "POST /v1/approvals": "NONE",
    }
    integrations = properties_of(web, "AWS::ApiGatewayV2::Integration")
    for key, function in (("$default", "ConsoleFunction"), ("POST /v1/approvals", "WebhookFunction")):
        integration = integrations[routes[key]["Target"]["Fn::Join"][1][1]["Ref"]]
        assert target_of(integration["IntegrationUri"]) == function
        assert integration["PayloadFormatVersion"] == "2.0"


def test_the_sign_in_leads_back_to_the_console_alone(web: Template) -> None:
    client = properties_of(web, "AWS::Cognito::UserPoolClient")["ConsoleClient"]
    [callback], [left] = client["CallbackURLs"], client["LogoutURLs"]
    assert callback == {"Fn::Join": ["", [{"Fn::GetAtt": ["WebApi", "ApiEndpoint"]}, "/callback"]]}
    assert left == {"Fn::Join": ["", [{"Fn::GetAtt": ["WebApi", "ApiEndpoint"]}, "/signed-out"]]}
    assert (client["IdTokenValidity"], client["RefreshTokenValidity"]) == (15, 720)
    assert client["TokenValidityUnits"]["IdToken"] == "minutes"
    assert {group["GroupName"] for group in properties_of(web, "AWS::Cognito::UserPoolGroup").values()} == {
        "viewer", "operator", "admin",
    }  # fmt: skip


def test_a_second_factor_is_asked_for_where_the_books_are_real(tmp_path: Path, web: Template) -> None:
    dev = synthesize(replace(DEV, serves_console=True), stand_in_package(tmp_path), tmp_path / "out")
    told = [properties_of(each, "AWS::Cognito::UserPool")["UserPool"]["MfaConfiguration"] for each in (web, dev)]
    assert told == ["ON", "OPTIONAL"]


def test_the_listing_follows_delivery_records_and_sees_nothing_else_of_their_table(web: Template) -> None:
    table = properties_of(web, "AWS::DynamoDB::Table")["DeliveriesTable"]
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    source = properties_of(web, "AWS::Lambda::EventSourceMapping")["ListingSource"]
    assert (source["BatchSize"], source["MaximumBatchingWindowInSeconds"]) == (1000, 60)
    [pattern] = source["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"dynamodb": {"NewImage": {"st": {"S": [{"exists": True}]}}}}
    assert properties_of(web, "AWS::DynamoDB::Table")["ListingTable"]["TimeToLiveSpecification"] == {
        "AttributeName": "ttl", "Enabled": True,
    }  # fmt: skip


def test_what_people_and_their_pages_need_stays_when_the_stack_goes(web: Template) -> None:
    for name in ("UserPool", "ListingTable", "WebAccessLog", "ListingDeadLetters"):
        resource = web["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain"), name


def test_every_alarm_of_the_web_has_its_paragraph(web: Template) -> None:
    prefix = "ledgerpost-prod-"
    own = {
        alarm["AlarmName"].removeprefix(prefix): alarm
        for alarm in properties_of(web, "AWS::CloudWatch::Alarm").values()
        if alarm["AlarmName"].removeprefix(prefix).split("-")[0] in ("console", "listing", "web", "webhook")
    }
    assert own.keys() == ALARMS
    page = (ROOT / "docs" / "operations.md").read_text()
    for name, alarm in own.items():
        assert alarm["AlarmDescription"].endswith(f"What to do: docs/operations.md#{name}")
        text = page.split(f"#### {name}\n", 1)[1].split("\n###", 1)[0]
        assert "**It means**" in text, name
        assert "**Do:**" in text, name
        assert "```sh\n" in text, name


def test_the_pages_of_the_docs_read_outputs_that_the_stack_has(web: Template) -> None:
    deploy = (ROOT / "docs" / "deploy.md").read_text()
    for name in ("WebUrl", "UserPoolId", "ConsoleClientId", "ListingTableName"):
        assert name in web["Outputs"]
    assert "UserPoolId" in deploy
    assert "WebUrl" in deploy


def test_a_function_that_outlasts_the_http_api_is_refused() -> None:
    with pytest.raises(ValueError, match="the HTTP API answers 503 while the function behind it still works"):
        replace(DEV, console=FunctionNumbers(timeout_s=60, memory_mib=512))


def _drop(name: str, *path: str) -> Callable[[dict[str, Any]], None]:
    def spoil(template: dict[str, Any]) -> None:
        place = template["Resources"][name]["Properties"]
        for part in path[:-1]:
            place = place[part]
        del place[path[-1]]

    return spoil


def _set(name: str, key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(template: dict[str, Any]) -> None:
        template["Resources"][name]["Properties"][key] = value

    return spoil


def _unbind(role: str, action: str) -> Callable[[dict[str, Any]], None]:
    """Take the condition away under which a role may do something."""

    def spoil(template: dict[str, Any]) -> None:
        for name, statement in statements(template):
            if name == role and action in as_list(statement["Action"]):
                statement.pop("Condition", None)

    return spoil


def _log_the_query(template: dict[str, Any]) -> None:
    template["Resources"]["WebStage"]["Properties"]["AccessLogSettings"]["Format"] += (
        "$context.requestOverride.querystring"
    )


def _remove(name: str) -> Callable[[dict[str, Any]], None]:
    def spoil(template: dict[str, Any]) -> None:
        del template["Resources"][name]

    return spoil


SPOILT: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_drop("ListingSource", "BisectBatchOnFunctionError"), "ListingSource does not cut a batch that failed"),
    (_drop("ListingSource", "MaximumRetryAttempts"), "ListingSource tries for ever"),
    (_drop("ListingSource", "DestinationConfig"), "ListingSource has no place for what it gives up"),
    (_drop("ListingSource", "FunctionResponseTypes"), "ListingSource lacks ReportBatchItemFailures"),
    (_remove("ListingBehindAlarm"), "ListingSource has no alarm on its age"),
    (_remove("ListingDeadLettersAlarm"), "ListingDeadLetters has no alarm"),
    (_unbind("ConsoleRole", "dynamodb:DeleteItem"), "ConsoleRole may delete from the log of changes"),
    (_unbind("ConsoleRole", "dynamodb:DeleteItem"), "ConsoleRole may delete delivery records"),
    (_unbind("WebhookRole", "dynamodb:PutItem"), "WebhookRole may ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem']"),
    (_set("ConsoleApiRoute", "AuthorizationType", "NONE"), "ConsoleApiRoute is open to everybody"),
    (_set("WebhookRoute", "RouteKey", "ANY /{proxy+}"), "WebhookRoute is open to everybody"),
    (_drop("WebStage", "DefaultRouteSettings"), "WebStage is not throttled"),
    (_drop("WebStage", "AccessLogSettings"), "WebStage keeps no log"),
    (_log_the_query, "WebStage logs querystring"),
    (_drop("UserPool", "AdminCreateUserConfig"), "UserPool lets anybody sign up"),
    (_set("UserPool", "Schema", [{"Name": "tenant", "Mutable": True}]), "lets a person's tenant be changed"),
    (_drop("ConsoleClient", "WriteAttributes"), "ConsoleClient lets people write their own tenant"),
    (_set("ConsoleClient", "AllowedOAuthFlows", ["implicit"]), "ConsoleClient gives tokens in another way"),
    (_set("WebhookFunction", "Layers", [{"Ref": "LoginLayer"}]), "WebhookFunction lacks the layer"),
]


@pytest.mark.parametrize(("spoil", "sentence"), SPOILT, ids=[sentence for _, sentence in SPOILT])
def test_a_spoilt_template_is_told_what_would_go_wrong(
    spoil: Callable[[dict[str, Any]], None], sentence: str, spoilt: dict[str, Any]
) -> None:
    spoil(spoilt)
    told = [breach for rule in rules.RULES if rule not in OF_THE_USUAL_FUNCTIONS for breach in rule(spoilt)]
    assert any(sentence in breach for breach in told), told


def test_the_doctor_knows_what_belongs_to_each_part(
    web: Template, templates: dict[str, Template], tmp_path: Path
) -> None:
    told = {id_: type_ for part in PARTS.values() for id_, type_ in part.items()}
    there = {name: resource["Type"] for name, resource in web["Resources"].items()}
    assert told.items() <= there.items()
    looked_for = NAMED_TYPES | {"AWS::Cognito::UserPool"}
    added = {name for name in there.keys() - templates["prod"]["Resources"].keys() if there[name] in looked_for}
    assert added - told.keys() == {"WebAccessLog"}
    alone = synthesize(replace(DEV, takes_webhooks=True), stand_in_package(tmp_path), tmp_path / "out", checked=False)
    assert PARTS["WebhookFunction"].keys() <= alone["Resources"].keys()


def test_the_resources_of_the_web_are_as_many_as_were_agreed_on(web: Template, templates: dict[str, Template]) -> None:
    prod = templates["prod"]
    assert len(web["Resources"]) - len(prod["Resources"]) <= 48
    alarms = [len(of_type(each, "AWS::CloudWatch::Alarm")) for each in (web, prod)]
    assert alarms[0] - alarms[1] == len(ALARMS) == WEB_ALARMS
