"""Reading the wiring out of a template."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.errors import UsageError
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.template import read_template, wiring_of
from ledgerpost.local.wiring import Redrive
from ledgerpost.settings import DeliverSettings, IntakeSettings, SettleSettings
from tests.local.wirings import template


def test_queues_rules_functions_mappings_and_schedules_are_read_as_written() -> None:
    wiring = wiring_of(template())
    jobs = wiring.queues["jobs"]
    assert (jobs.visibility_ms, jobs.retention_ms, jobs.delay_ms) == (60_000, 86_400_000, 0)
    assert jobs.redrive == Redrive("Dead", 3)
    assert wiring.queues["Dead"].visibility_ms == 30_000
    assert wiring.rules[0].bus == "ledgerpost"
    assert wiring.rules[0].queues == ("jobs",)
    mapping = wiring.mappings["Mapping"]
    assert (mapping.queue, mapping.function, mapping.batch_size) == ("jobs", "Work", 10)
    assert mapping.reports_failures
    assert wiring.schedules["Minute"].every_ms == 60_000
    assert wiring.functions["Work"].timeout_ms == 10_000


def test_a_function_s_variables_are_resolved_to_local_names() -> None:
    wiring = wiring_of(template())
    assert wiring.functions["Work"].environment == {
        "QUEUE_URL": wiring.queues["jobs"].url,
        "TABLE": "records",
        "JOINED": "arn:us-east-1",
        "SUBBED": "000000000000/jobs/${literal}",
        "IMPORTED": "import:Shared",
    }


def test_what_the_template_leaves_out_has_the_defaults_of_the_service() -> None:
    changed = template(
        Mapping={"BatchSize": None, "FunctionResponseTypes": None},
        Work={"Timeout": None},
        Jobs={"VisibilityTimeout": None, "MessageRetentionPeriod": None},
    )
    wiring = wiring_of(changed)
    assert wiring.mappings["Mapping"].batch_size == 10
    assert not wiring.mappings["Mapping"].reports_failures
    assert wiring.functions["Work"].timeout_ms == 3_000
    assert (wiring.queues["jobs"].visibility_ms, wiring.queues["jobs"].retention_ms) == (30_000, 345_600_000)


def test_a_scheduler_schedule_calls_its_function_with_its_input() -> None:
    changed = template(Minute=None)
    changed["Resources"]["Nightly"] = {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": "rate(2 hours)",
            "State": "DISABLED",
            "Target": {"Arn": {"Fn::GetAtt": ["Work", "Arn"]}, "Input": '{"day":"today"}'},
        },
    }
    schedule = wiring_of(changed).schedules["Nightly"]
    assert (schedule.every_ms, schedule.payload, schedule.enabled) == (7_200_000, '{"day":"today"}', False)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"Jobs": {"FifoQueue": True}}, "FIFO"),
        ({"Mapping": {"FilterCriteria": {"Filters": []}}}, "FilterCriteria"),
        ({"Mapping": {"BatchSize": 100}}, "batching window"),
        ({"Mapping": {"EventSourceArn": "arn:aws:sqs:us-east-1:1:elsewhere"}}, "no queue of the template"),
        ({"Mapping": {"FunctionName": "elsewhere"}}, "no function of the template"),
        ({"Work": {"Runtime": "nodejs22.x"}}, "nodejs22.x"),
        ({"Work": {"Environment": {"Variables": {"A": {"Fn::If": ["x", 1, 2]}}}}}, "Fn::If"),
        ({"Work": {"Environment": {"Variables": {"A": {"Ref": "Nobody"}}}}}, "Nobody"),
        ({"Rule": {"Targets": [{"Arn": {"Fn::GetAtt": ["Jobs", "Arn"]}, "InputPath": "$.detail"}]}}, "InputPath"),
        ({"Rule": {"Targets": [{"Arn": {"Fn::GetAtt": ["Work", "Arn"]}}]}}, "no queue of the template"),
        ({"Rule": {"EventPattern": {"detail": {"total": [{"numeric": [">", 1]}]}}}}, "numeric"),
        ({"Minute": {"ScheduleExpression": "cron(0 1 * * ? *)"}}, "cron"),
    ],
)
def test_what_matters_and_is_not_understood_is_refused_with_its_name(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        wiring_of(template(**changes))
    assert refused.value.code == "template_unsupported"
    assert sentence in refused.value.message


def test_a_resource_under_a_condition_is_refused() -> None:
    changed = template()
    changed["Resources"]["Jobs"]["Condition"] = "OnlyInProduction"
    with pytest.raises(UsageError, match="condition"):
        wiring_of(changed)


def test_a_file_that_is_no_template_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text("not json")
    with pytest.raises(UsageError, match=r"template\.json"):
        read_template(path)


def test_the_committed_template_wires_every_function_of_ours_with_all_that_it_must_be_told() -> None:
    wiring = read_template(SNAPSHOT)
    settings = {"intake": IntakeSettings, "deliver": DeliverSettings, "settle": SettleSettings}
    for function in wiring.functions.values():
        stage = function.handler.split(".")[1]
        settings.pop(stage).from_environment(function.environment)
    assert not settings, "each stage of the pipeline is called by a mapping or a schedule"


def test_in_the_committed_template_no_message_is_lost_by_its_wiring() -> None:
    wiring = read_template(SNAPSHOT)
    assert wiring.mappings
    for mapping in wiring.mappings.values():
        queue, function = wiring.queues[mapping.queue], wiring.functions[mapping.function]
        assert mapping.reports_failures
        assert queue.redrive is not None
        assert queue.visibility_ms >= mapping.window_ms + function.timeout_ms


def test_the_snapshot_is_the_template_of_json_alone() -> None:
    assert "Resources" in json.loads(SNAPSHOT.read_text("utf-8"))
