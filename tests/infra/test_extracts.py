"""The nightly extracts of a stage: what they may touch, and what their schedules send."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.packaging import ROOT, stand_in_package
from infra.stage import DEV
from infra.synthesis import synthesize
from ledgerpost.errors import ConfigurationError
from ledgerpost.settings import ExtractSettings
from ledgerpost.wire.extract_document import extract_from
from tests.infra import rules
from tests.infra.reading import Template, as_list, properties_of, statements, target_of
from tests.infra.rules_of_functions import every_function_may_do_its_part_and_no_more

SECRET = "secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:ledgerpost/dev/{}-AbCdEf"
DOCUMENT = {
    "tenant": "acme",
    "extract": "fincome",
    "source": {"kind": "pennylane", "baseUrl": "https://app.pennylane.com", "token": SECRET.format("pennylane")},
    "target": {"kind": "fincome", "baseUrl": "https://api2.fincome.co/product", "key": SECRET.format("fincome")},
}


@pytest.fixture(scope="module")
def extracting(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The template of a stage with one extract, checked by cdk-nag."""
    folder = tmp_path_factory.mktemp("extracts")
    stage = replace(DEV, extracts=(json.dumps(DOCUMENT),))
    return synthesize(stage, stand_in_package(folder), folder / "out")


def test_a_stage_without_extracts_has_no_function_for_them(template: dict[str, Any]) -> None:
    assert "ExtractFunction" not in template["Resources"]


def test_the_function_starts_with_the_environment_that_it_is_given(extracting: Template) -> None:
    function = properties_of(extracting, "AWS::Lambda::Function")["ExtractFunction"]
    variables = function["Environment"]["Variables"]
    read = ExtractSettings.from_environment(
        {key: value if isinstance(value, str) else target_of(value) for key, value in variables.items()}
    )
    assert (read.deliveries_table, read.allow_loopback) == ("DeliveriesTable", False)
    assert read.page_budget_s < function["Timeout"], "no page would ever be begun"
    assert function["Handler"] == "functions.extract.handler.lambda_handler"


def test_the_schedule_sends_the_document_that_the_function_reads(extracting: Template) -> None:
    rule = properties_of(extracting, "AWS::Events::Rule")["ExtractAcmeFincomeSchedule"]
    (target,) = rule["Targets"]
    assert target_of(target["Arn"]) == "ExtractFunction"
    assert target_of(target["DeadLetterConfig"]["Arn"])
    assert extract_from(json.loads(target["Input"])["document"]).id == "acme/fincome"


def test_it_may_touch_its_own_keys_and_no_delivery_record(extracting: Template) -> None:
    own = [statement for role, statement in statements(extracting) if role == "ExtractRole"]
    (tables,) = [each for each in own if "dynamodb:PutItem" in as_list(each["Action"])]
    assert set(as_list(tables["Action"])) == {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:BatchGetItem"}
    assert tables["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["extract#*", "extracted#*", "budget#*", "tokens#*"]}
    }
    reading = [each for each in own if "secretsmanager:GetSecretValue" in as_list(each["Action"])]
    assert [":secret:ledgerpost/dev/*" in json.dumps(each["Resource"]) for each in reading] == [True]


@pytest.mark.parametrize(
    "rule", [rule for rule in rules.RULES if rule is not every_function_may_do_its_part_and_no_more]
)
def test_what_holds_of_every_stage_holds_of_one_with_extracts(rule: Any, extracting: Template) -> None:
    """The grants of the one role more are those of the test above."""
    assert list(rule(extracting)) == []


def test_every_alarm_of_an_extract_has_its_paragraph(extracting: Template) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    own = {
        alarm["AlarmName"].removeprefix("ledgerpost-dev-")
        for alarm in properties_of(extracting, "AWS::CloudWatch::Alarm").values()
        if "extract" in alarm["AlarmName"]
    }
    assert own == {"extract-errors", "extract-throttled", "extract-dead-letters"}
    assert all(f"#### {name}\n" in page for name in own)


def test_a_document_that_the_function_would_refuse_is_refused_before_it_is_deployed(tmp_path: Path) -> None:
    spoilt = DOCUMENT | {"target": DOCUMENT["target"] | {"key": "a-literal-secret"}}  # type: ignore[operator]
    stage = replace(DEV, extracts=(json.dumps(spoilt),))
    with pytest.raises(ConfigurationError):
        synthesize(stage, stand_in_package(tmp_path), tmp_path / "out")
