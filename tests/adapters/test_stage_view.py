"""What the view of a stage makes of AWS's answers, where the emulator cannot show it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from ledgerpost.app.stage_facts import AlarmFacts, Caller, Gone, NotChecked, PoolFacts, Resource, RuleFacts, TableFacts
from ledgerpost.cli.stage_view import AwsStageView, expected_resources
from tests.adapters.fake_clients import client_error

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Client:
    """Answers each operation as the script says; an exception is raised."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.requests.append(request)
            answer = self._answers[operation]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


class Stage:
    """A stage on AWS whose every service is the one client."""

    stack = "ledgerpost-dev"
    is_emulated = False

    def __init__(self, **answers: Any) -> None:
        self.made = Client(answers)
        self.services = self

    def client(self, service: str) -> Client:
        return self.made

    def clock(self) -> Any:
        return self

    def now(self) -> datetime:
        return NOW


def view(**answers: Any) -> AwsStageView:
    return AwsStageView(Stage(**answers))  # type: ignore[arg-type]


def facts(type_: str, name: str = "name", **answers: Any) -> Any:
    return view(**answers).facts(Resource("Id", f"AWS::{type_}", name))


def test_what_is_denied_is_named_by_the_call() -> None:
    denied = facts("CloudWatch::Alarm", describe_alarms=client_error("AccessDenied"))
    assert isinstance(denied, NotChecked)
    assert denied.denied == "Operation"


@pytest.mark.parametrize("error", [client_error("ThrottlingException"), EndpointConnectionError(endpoint_url="x")])
def test_what_fails_otherwise_is_not_checked_and_nobodys_permission(error: Exception) -> None:
    found = facts("SQS::Queue", get_queue_attributes=error)
    assert isinstance(found, NotChecked)
    assert found.denied == ""


@pytest.mark.parametrize(
    ("type_", "operation", "code"),
    [
        ("SQS::Queue", "get_queue_attributes", "AWS.SimpleQueueService.NonExistentQueue"),
        ("DynamoDB::Table", "describe_table", "ResourceNotFoundException"),
        ("Lambda::EventSourceMapping", "get_event_source_mapping", "ResourceNotFoundException"),
    ],
)
def test_what_was_deleted_behind_the_stacks_back_is_gone(type_: str, operation: str, code: str) -> None:
    assert facts(type_, **{operation: client_error(code)}) == Gone()


def test_an_alarm_that_is_not_found_is_gone_since_aws_answers_with_an_empty_list() -> None:
    assert facts("CloudWatch::Alarm", describe_alarms={"MetricAlarms": []}) == Gone()


@pytest.mark.parametrize(
    ("enabled", "actions", "tells"), [(True, ["arn"], True), (True, [], False), (False, ["a"], False)]
)
def test_an_alarm_without_an_action_tells_nobody(enabled: bool, actions: list[str], tells: bool) -> None:
    alarm = {"StateValue": "OK", "StateReason": "r", "ActionsEnabled": enabled, "AlarmActions": actions}
    assert facts("CloudWatch::Alarm", describe_alarms={"MetricAlarms": [alarm]}) == AlarmFacts("OK", "r", tells)


def test_a_rule_on_a_bus_is_asked_for_on_that_bus() -> None:
    stage = Stage(describe_rule={"State": "ENABLED"}, list_targets_by_rule={"Targets": [{"DeadLetterConfig": {}}, {}]})
    found = AwsStageView(stage).facts(Resource("Id", "AWS::Events::Rule", "ledgerpost|every"))  # type: ignore[arg-type]
    assert found == RuleFacts("ENABLED", 2, 1)
    assert stage.made.requests[0] == {"Name": "every", "EventBusName": "ledgerpost"}


@pytest.mark.parametrize(("status", "recoverable"), [("ENABLED", True), ("DISABLED", False)])
def test_a_table_is_recoverable_where_its_recovery_is_switched_on(status: str, recoverable: bool) -> None:
    backups = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status}}
    found = facts(
        "DynamoDB::Table",
        describe_table={"Table": {"TableStatus": "ACTIVE"}},
        describe_continuous_backups={"ContinuousBackupsDescription": backups},
    )
    assert found == TableFacts("ACTIVE", recoverable)


def test_a_user_pool_tells_how_many_people_there_are_and_whether_it_is_closed() -> None:
    told = {"EstimatedNumberOfUsers": 2, "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}
    assert facts("Cognito::UserPool", describe_user_pool={"UserPool": told}) == PoolFacts(2, is_open=False)
    assert facts("Cognito::UserPool", describe_user_pool={"UserPool": {}}) == PoolFacts(0, is_open=True)


def test_a_clock_that_aws_refuses_is_still_compared_with_aws_s_own() -> None:
    metadata = {"HTTPHeaders": {"date": "Sun, 01 Mar 2026 12:10:00 GMT"}}
    skewed = client_error("RequestTimeTooSkewed", ResponseMetadata=metadata)
    found = view(get_caller_identity=skewed).caller()
    assert isinstance(found, Caller)
    assert (found.aws_clock - found.own_clock).total_seconds() == 600


def test_a_stack_that_is_not_there_is_not_checked() -> None:
    assert view(describe_stacks=client_error("ValidationError")).stack() == NotChecked("ValidationError")


def test_every_kind_of_part_that_the_template_has_is_expected() -> None:
    types = set(expected_resources().values())
    assert types >= {"AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::Events::Archive"}
    assert not [id_ for id_ in expected_resources() if "ledgerpostdev" in id_]
