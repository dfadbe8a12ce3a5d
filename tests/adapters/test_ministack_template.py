"""The template as the emulator gets it."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.packaging import stage_functions, zip_tree
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.ministack_template import emulated, running_code, third_party_packages

TEMPLATE: dict[str, Any] = json.loads(SNAPSHOT.read_text())
CODE = {"S3Bucket": "b", "S3Key": "k"}


def made(**options: Any) -> dict[str, Any]:
    resources: dict[str, Any] = emulated(
        TEMPLATE, code=CODE, variables=options.get("variables", {}), properties=options.get("properties", {})
    )["Resources"]
    return resources


def test_every_resource_but_the_archive_and_the_layer_is_deployed_as_it_is() -> None:
    missing = {TEMPLATE["Resources"][name]["Type"] for name in TEMPLATE["Resources"].keys() - made().keys()}
    assert missing == {"AWS::Events::Archive", "AWS::Lambda::LayerVersion"}
    policies = {"AWS::IAM::Policy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"}
    changed = {"AWS::Lambda::Function", *policies}
    unchanged = [name for name, resource in made().items() if resource["Type"] not in changed]
    assert {name: made()[name] for name in unchanged} == {name: TEMPLATE["Resources"][name] for name in unchanged}


def test_a_function_keeps_its_handler_time_out_and_variables_and_runs_the_code_of_here() -> None:
    properties, before = made()["DeliverFunction"]["Properties"], TEMPLATE["Resources"]["DeliverFunction"]["Properties"]
    assert properties["Code"] == CODE
    assert (properties["Handler"], properties["Timeout"]) == (before["Handler"], before["Timeout"])
    variables = properties["Environment"]["Variables"]
    assert variables == {**before["Environment"]["Variables"], "PYTHONPATH": third_party_packages()}
    assert "Layers" not in properties


def test_a_policy_loses_its_refusal_of_plain_http_and_is_else_as_it_was_but_for_the_batch_of_the_emulator() -> None:
    for name, resource in TEMPLATE["Resources"].items():
        if "PolicyDocument" not in resource.get("Properties", {}):
            continue
        wanted = [
            each for each in statements(resource) if each.get("Condition") != {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert [without_batch(each) for each in statements(made()[name])] == [without_batch(each) for each in wanted]


def test_who_may_send_a_message_may_send_a_batch() -> None:
    for resource in made().values():
        if "PolicyDocument" in resource.get("Properties", {}):
            for each in statements(resource):
                assert ("sqs:SendMessage" in each["Action"]) == ("sqs:SendMessageBatch" in each["Action"])


def statements(resource: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = resource["Properties"]["PolicyDocument"]["Statement"]
    return made


def without_batch(statement: dict[str, Any]) -> dict[str, Any]:
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    return statement | {"Action": [each for each in actions if each != "sqs:SendMessageBatch"]}


def test_variables_and_properties_are_laid_over_the_template() -> None:
    resources = made(variables={"LEASE_S": "4"}, properties={"DeliveryQueue": {"VisibilityTimeout": 6}})
    assert resources["DeliverFunction"]["Properties"]["Environment"]["Variables"]["LEASE_S"] == "4"
    queue = resources["DeliveryQueue"]["Properties"]
    assert queue["VisibilityTimeout"] == 6
    assert queue["RedrivePolicy"] == TEMPLATE["Resources"]["DeliveryQueue"]["Properties"]["RedrivePolicy"]


def test_a_property_of_a_resource_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        made(properties={"NoSuchQueue": {"VisibilityTimeout": 6}})


def test_the_template_itself_is_not_touched() -> None:
    before = json.dumps(TEMPLATE)
    made(variables={"A": "b"}, properties={"DeliveryQueue": {"VisibilityTimeout": 1}})
    assert json.dumps(TEMPLATE) == before


def test_the_code_that_runs_here_holds_every_module_of_the_artefact_as_it_is(tmp_path: Path) -> None:
    stage_functions(tmp_path / "functions")
    artefact = _content(zip_tree(tmp_path / "functions", tmp_path / "functions.zip").read_bytes())
    running = _content(running_code())
    assert "functions/deliver/handler.py" in artefact
    assert {name: running.get(name) for name in artefact} == artefact


def _content(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
