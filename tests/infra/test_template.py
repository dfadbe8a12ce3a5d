"""What holds for every resource of a kind, on every stage."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.stage import Stage
from ledgerpost.observability import FIELDS, Metric
from ledgerpost.settings import DeliverSettings
from tests.infra import rules
from tests.infra.reading import Breaches, Template, of_type, properties_of, statements, target_of
from tests.infra.rules_of_functions import SETTINGS


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_it_holds_on_each_stage_that(rule: Callable[[Template], Breaches], template: dict[str, Any]) -> None:
    assert list(rule(template)) == []


def test_each_function_starts_with_the_environment_that_it_is_given(template: dict[str, Any], stage: Stage) -> None:
    functions = properties_of(template, "AWS::Lambda::Function")
    read = {}
    for name, function in functions.items():
        variables = function["Environment"]["Variables"]
        environment = {key: value if isinstance(value, str) else target_of(value) for key, value in variables.items()}
        read[name] = SETTINGS[name].from_environment(environment)
    deliver = read["DeliverFunction"]
    assert isinstance(deliver, DeliverSettings)
    assert (deliver.routes_table, deliver.deliveries_table) == ("RoutesTable", "DeliveriesTable")
    assert deliver.delivery_queue_url == "DeliveryQueue"
    assert deliver.retry_policy == stage.retry, "the schedule of retries was changed on its way through the environment"
    assert not deliver.allow_loopback, "a stage must never post to its own machine"


def test_a_lease_outlives_its_worker_and_a_post_ends_before_its_function(template: dict[str, Any]) -> None:
    deliver = properties_of(template, "AWS::Lambda::Function")["DeliverFunction"]
    variables = deliver["Environment"]["Variables"]
    assert float(variables["LEASE_S"]) > deliver["Timeout"], "a second worker would claim what the first still posts"
    assert float(variables["POST_BUDGET_S"]) < deliver["Timeout"], "no post would ever be started"


def test_each_handler_is_a_file_of_the_artefact(template: dict[str, Any]) -> None:
    handlers = {f["Handler"] for f in properties_of(template, "AWS::Lambda::Function").values()}
    assert handlers == {f"functions.{name}.handler.lambda_handler" for name in ("intake", "deliver", "settle")}


def test_settling_runs_every_minute(template: dict[str, Any]) -> None:
    schedule = properties_of(template, "AWS::Events::Rule")["SettleSchedule"]
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 minute)", "ENABLED")
    assert [target_of(target["Arn"]) for target in schedule["Targets"]] == ["SettleFunction"]
    (permission,) = properties_of(template, "AWS::Lambda::Permission").values()
    assert target_of(permission["SourceArn"]) == "SettleSchedule", "the schedule would be refused by the function"


def test_only_the_function_that_posts_reads_secrets_and_those_of_its_stage_alone(
    template: dict[str, Any], stage: Stage
) -> None:
    reading = [(role, s) for role, s in statements(template) if "secretsmanager:GetSecretValue" in str(s["Action"])]
    assert [role for role, _ in reading] == ["DeliverRole"]
    resource = json.dumps(reading[0][1]["Resource"])
    assert f":secret:ledgerpost/{stage.name}/*" in resource, f"another stage's secrets would be in reach: {resource}"


def test_no_secret_is_part_of_the_template(template: dict[str, Any]) -> None:
    assert of_type(template, "AWS::SecretsManager::Secret") == {}, "people create secrets; a template shows its values"


def test_the_index_of_open_work_is_sparse_and_holds_little_beside_its_keys(template: dict[str, Any]) -> None:
    (index,) = properties_of(template, "AWS::DynamoDB::Table")["DeliveriesTable"]["GlobalSecondaryIndexes"]
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["attention", "attention_at"]
    projected = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["ws"]}
    assert index["Projection"] == projected, "each write of a larger record would be paid twice"


def test_the_tables_have_the_keys_that_the_adapters_write(template: dict[str, Any]) -> None:
    tables = properties_of(template, "AWS::DynamoDB::Table")
    keys = {name: [key["AttributeName"] for key in table["KeySchema"]] for name, table in tables.items()}
    assert keys == {"RoutesTable": ["tenant", "item"], "DeliveriesTable": ["key"]}


def test_the_bus_has_the_name_that_producers_write(template: dict[str, Any]) -> None:
    assert properties_of(template, "AWS::Events::EventBus")["Bus"]["Name"] == "ledgerpost"


def test_a_resource_that_holds_state_keeps_its_logical_id(template: dict[str, Any]) -> None:
    held = {kind: set(of_type(template, kind)) for kind in rules.STATEFUL}
    assert held == {
        "AWS::Cognito::UserPool": set(),
        "AWS::DynamoDB::Table": {"RoutesTable", "DeliveriesTable"},
        "AWS::Events::Archive": {"BusArchive"},
        "AWS::Events::EventBus": {"Bus"},
        "AWS::KMS::Key": {"Key"},
        "AWS::Logs::LogGroup": {"IntakeLog", "DeliverLog", "SettleLog"},
        "AWS::SQS::Queue": {
            "IntakeQueue",
            "IntakeDeadLetters",
            "DeliveryQueue",
            "DeliveryDeadLetters",
            "EveryEventDeadLetters",
            "SettleScheduleDeadLetters",
        },
    }, "CloudFormation deletes a resource whose id has changed and makes an empty one in its place"


def test_an_event_source_keeps_its_logical_id(template: dict[str, Any]) -> None:
    sources = set(of_type(template, "AWS::Lambda::EventSourceMapping"))
    assert sources == {"IntakeSource", "DeliverySource"}, "a second mapping beside the first would be refused"


def test_what_holds_state_stays_when_a_production_stack_goes(templates: dict[str, dict[str, Any]]) -> None:
    policies = {"dev": "Delete", "prod": "Retain"}
    for stage, policy in policies.items():
        for name, resource in templates[stage]["Resources"].items():
            if resource["Type"] in rules.STATEFUL:
                on_removal = (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
                assert on_removal == (policy, policy), f"{name} of {stage} has no explicit removal policy of {policy}"


def test_a_production_table_cannot_be_deleted_by_hand(templates: dict[str, dict[str, Any]]) -> None:
    for name, table in properties_of(templates["prod"], "AWS::DynamoDB::Table").items():
        assert table["DeletionProtectionEnabled"], f"one wrong call would delete {name} with all that was posted"


def test_a_production_stack_cannot_be_deleted_by_one_command(assemblies: dict[str, Path]) -> None:
    protected = {}
    for name, assembly in assemblies.items():
        manifest = json.loads((assembly / "manifest.json").read_text())
        stack = manifest["artifacts"][f"ledgerpost-{name}"]["properties"]
        protected[name] = stack.get("terminationProtection", False)
    assert protected == {"dev": False, "prod": True}, "`cdk destroy` would end the posting of real books"


def test_production_does_not_deploy_without_somebody_who_hears_its_alarms(
    templates: dict[str, dict[str, Any]],
) -> None:
    emails = {name: template["Parameters"]["AlarmEmail"] for name, template in templates.items()}
    assert emails["dev"]["Default"] == ""
    assert re.fullmatch(emails["dev"]["AllowedPattern"], "")
    assert "Default" not in emails["prod"], "the stack would deploy with alarms that nobody hears"
    for text, is_taken in [("ops@example.com", True), ("", False), ("ops", False), ("a b@example.com", False)]:
        assert bool(re.fullmatch(emails["prod"]["AllowedPattern"], text)) == is_taken
    subscriptions = {name: of_type(template, "AWS::SNS::Subscription") for name, template in templates.items()}
    assert subscriptions["dev"]["AlarmSubscription"]["Condition"] == "AlarmEmailGiven"
    assert "Condition" not in subscriptions["prod"]["AlarmSubscription"]
    for name, subscription in subscriptions.items():
        properties = subscription["AlarmSubscription"]["Properties"]
        assert (target_of(properties["TopicArn"]), target_of(properties["Endpoint"])) == ("AlarmTopic", "AlarmEmail"), (
            name
        )


def test_an_alarm_says_its_stage_and_its_numbers_are_those_of_the_stage(template: dict[str, Any], stage: Stage) -> None:
    alarms = {
        alarm["AlarmName"].removeprefix(f"ledgerpost-{stage.name}-"): alarm
        for alarm in properties_of(template, "AWS::CloudWatch::Alarm").values()
    }
    numbers = stage.alarms
    thresholds = {
        "intake-oldest-pending": numbers.intake_oldest_s,
        "delivery-oldest-pending": numbers.delivery_oldest_s,
        "oldest-retrying": numbers.retrying_oldest_s,
        "oldest-unconfirmed": numbers.unconfirmed_oldest_s,
    }
    assert {name: alarms[name]["Threshold"] for name in thresholds} == thresholds


def test_the_dashboards_name_no_amount_and_no_metric_that_nobody_emits(template: dict[str, Any], stage: Stage) -> None:
    dashboards = properties_of(template, "AWS::CloudWatch::Dashboard")
    assert {d["DashboardName"] for d in dashboards.values()} == {
        f"ledgerpost-{stage.name}-business",
        f"ledgerpost-{stage.name}-low-level",
    }
    text = json.dumps(dashboards)
    named = set(re.findall(r'"Ledgerpost\\",\\"(\w+)', text))
    assert named, "no dashboard shows a metric of ours"
    assert named <= set(Metric), "a graph would stay empty for ever"
    assert "amount" not in text


def test_what_the_dashboards_ask_of_the_logs_is_a_field_of_the_canonical_line(template: dict[str, Any]) -> None:
    text = json.dumps(properties_of(template, "AWS::CloudWatch::Dashboard")["BusinessDashboard"])
    asked = set(re.findall(r"latest\((\w+)\)|max\((\w+)\)|by (\w+), (\w+)|and (\w+) (?:=|in) ", text))
    names = {name for match in asked for name in match if name}
    assert {"route", "result", "code", "reference"} <= names
    assert names <= FIELDS, "a query would find nothing"


def test_the_outputs_name_what_producers_and_operators_need(template: dict[str, Any]) -> None:
    outputs = {name: target_of(output["Value"]) for name, output in template["Outputs"].items()}
    assert outputs == {
        "EventBusName": "Bus",
        "EventBusArn": "Bus",
        "ArchiveArn": "BusArchive",
        "EveryEventRuleArn": "EveryEventRule",
        "IntakeQueueUrl": "IntakeQueue",
        "IntakeDeadLettersUrl": "IntakeDeadLetters",
        "DeliveryQueueUrl": "DeliveryQueue",
        "DeliveryDeadLettersUrl": "DeliveryDeadLetters",
        "RoutesTableName": "RoutesTable",
        "DeliveriesTableName": "DeliveriesTable",
        "AlarmTopicArn": "AlarmTopic",
        "KeyArn": "Key",
    }


def test_each_resource_says_whose_it_is(template: dict[str, Any], stage: Stage) -> None:
    for kind in ("AWS::Lambda::Function", *rules.STATEFUL):
        for name, resource in properties_of(template, kind).items():
            if kind != "AWS::Events::Archive":  # the service takes no tags there
                tags = {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
                assert tags == {"service": "ledgerpost", "stage": stage.name}, f"{name} is not tagged"


def test_a_function_that_ended_well_leaves_no_line_of_lambda_in_its_log(template: dict[str, Any], stage: Stage) -> None:
    functions = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    configured = [function["LoggingConfig"] for function in functions if function["Handler"].startswith("functions.")]
    assert len(configured) >= 3
    for logging in configured:
        # What failed or was cut off is told of at WARN. A line of metrics has no level, which counts as INFO.
        levels = (logging["LogFormat"], logging["SystemLogLevel"], logging["ApplicationLogLevel"])
        assert levels == ("JSON", "WARN", "INFO")
