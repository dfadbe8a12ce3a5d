"""A stage that groups days: its table, the function that closes them, and that nothing else grew wider."""

from typing import Any

import pytest

from ledgerpost.settings import CloseDaySettings, GroupingSettings, IntakeSettings
from tests.infra import rules
from tests.infra.reading import Template, as_list, named_resource, properties_of, statements, target_of
from tests.infra.rules_of_functions import (
    every_function_is_told_what_its_settings_ask,
    every_function_may_do_its_part_and_no_more,
)

OF_THE_USUAL_FUNCTIONS = {
    every_function_is_told_what_its_settings_ask,
    every_function_may_do_its_part_and_no_more,
}
"""These know the functions of every stage by name; what is asked of them here stands below."""


def granted(template: Template, role: str) -> dict[str, set[str]]:
    """What a role may do, by resource."""
    found: dict[str, set[str]] = {}
    for name, statement in statements(template):
        if name == role:
            for resource in as_list(statement["Resource"]):
                found.setdefault(named_resource(resource), set()).update(as_list(statement["Action"]))
    return found


def variables(template: Template, function: str) -> set[str]:
    environment: dict[str, Any] = properties_of(template, "AWS::Lambda::Function")[function]["Environment"]
    return set(environment["Variables"])


def test_a_stage_that_does_not_group_has_nothing_for_it(template: Template) -> None:
    assert not {"CommerceTable", "CloseDayFunction"} & template["Resources"].keys()
    assert "COMMERCE_TABLE" not in variables(template, "IntakeFunction")


@pytest.mark.parametrize("rule", [each for each in rules.RULES if each not in OF_THE_USUAL_FUNCTIONS])
def test_what_must_hold_of_every_stage_holds_of_one_that_groups(rule: Any, grouping: Template) -> None:
    assert list(rule(grouping)) == []


def test_the_functions_are_told_what_their_settings_ask(grouping: Template) -> None:
    assert variables(grouping, "CloseDayFunction") == set(CloseDaySettings.variables())
    assert variables(grouping, "IntakeFunction") == {*IntakeSettings.variables(), *GroupingSettings.variables()}
    function = properties_of(grouping, "AWS::Lambda::Function")["CloseDayFunction"]
    assert function["Handler"] == "functions.close_day.handler.lambda_handler"


def test_closing_touches_the_records_of_shops_and_the_intake_queue_and_no_delivery(grouping: Template) -> None:
    assert granted(grouping, "CloseDayRole").keys() == {
        "CloseDayLog",
        "CommerceTable",
        "CommerceTable/index/due",
        "IntakeQueue",
        "Key",
    }
    may = granted(grouping, "CloseDayRole")
    assert may["CommerceTable"] == {f"dynamodb:{name}" for name in ("GetItem", "PutItem", "DeleteItem", "Query")}
    assert may["CommerceTable/index/due"] == {"dynamodb:Query"}
    assert may["IntakeQueue"] == {"sqs:SendMessage"}


def test_intake_may_keep_records_but_not_delete_or_list_them(grouping: Template) -> None:
    wanted = {f"dynamodb:{name}" for name in ("GetItem", "UpdateItem", "PutItem")}
    assert granted(grouping, "IntakeRole")["CommerceTable"] == wanted


def test_days_are_closed_every_hour_and_a_company_that_is_due_is_found_without_a_scan(grouping: Template) -> None:
    schedule = properties_of(grouping, "AWS::Events::Rule")["CloseDaySchedule"]
    assert schedule["ScheduleExpression"] == "cron(0 * * * ? *)"
    (target,) = schedule["Targets"]
    assert target_of(target["Arn"]) == "CloseDayFunction"
    (index,) = properties_of(grouping, "AWS::DynamoDB::Table")["CommerceTable"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "due"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["due", "due_at"]


def test_a_day_that_could_not_be_closed_wakes_somebody(grouping: Template) -> None:
    alarms = properties_of(grouping, "AWS::CloudWatch::Alarm").values()
    assert "ledgerpost-dev-day-not-closed" in {alarm["AlarmName"] for alarm in alarms}
