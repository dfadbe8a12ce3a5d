"""A stage that serves the Pennylane actions: what their function may touch, and where their files lie."""

from dataclasses import replace
from typing import Any

import pytest

from infra.packaging import ROOT, stand_in_package
from infra.stage import DEV
from infra.synthesis import synthesize
from ledgerpost.settings import ActionsSettings
from tests.infra import rules
from tests.infra.reading import Template, as_list, properties_of, statements, target_of
from tests.infra.test_grouping import OF_THE_USUAL_FUNCTIONS


@pytest.fixture(scope="module")
def acting(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The template of a stage with the actions, checked by cdk-nag."""
    folder = tmp_path_factory.mktemp("actions")
    return synthesize(replace(DEV, serves_actions=True), stand_in_package(folder), folder / "out")


def test_a_stage_that_does_not_serve_them_has_neither_function_nor_bucket(template: Template) -> None:
    assert not {"ActionsFunction", "ActionFiles"} & template["Resources"].keys()


@pytest.mark.parametrize("rule", [each for each in rules.RULES if each not in OF_THE_USUAL_FUNCTIONS])
def test_what_must_hold_of_every_stage_holds_of_one_with_actions(rule: Any, acting: Template) -> None:
    assert list(rule(acting)) == []


def test_the_function_is_told_what_its_settings_ask(acting: Template) -> None:
    function = properties_of(acting, "AWS::Lambda::Function")["ActionsFunction"]
    assert set(function["Environment"]["Variables"]) == set(ActionsSettings.variables())
    assert function["Handler"] == "functions.actions.handler.lambda_handler"


def test_it_keeps_budgets_and_tokens_and_reads_no_delivery_record(acting: Template) -> None:
    own = [statement for role, statement in statements(acting) if role == "ActionsRole"]
    (tables,) = [each for each in own if "dynamodb:PutItem" in as_list(each["Action"])]
    assert set(as_list(tables["Action"])) == {"dynamodb:GetItem", "dynamodb:PutItem"}
    assert tables["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["budget#*", "tokens#*"]}}


def test_its_files_are_encrypted_private_and_gone_within_a_week(acting: Template) -> None:
    bucket = properties_of(acting, "AWS::S3::Bucket")["ActionFiles"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert target_of(encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]) == "Key"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["Status"]) == (7, "Enabled")
    reading = [s for role, s in statements(acting) if role == "ActionsRole" and "s3:GetObject" in as_list(s["Action"])]
    assert reading == []


def test_every_alarm_of_the_actions_has_its_paragraph(acting: Template) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    own = {
        alarm["AlarmName"].removeprefix("ledgerpost-dev-")
        for alarm in properties_of(acting, "AWS::CloudWatch::Alarm").values()
        if "-actions-" in alarm["AlarmName"]
    }
    assert own == {"actions-errors", "actions-throttled"}
    assert all(f"#### {name}\n" in page for name in own)
