"""cdk-nag's pack AwsSolutions: nothing is breached, and each departure has its argument."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.synthesis import FEATURE_FLAGS

ACKNOWLEDGED = {
    "AwsSolutions-L1": {"IntakeFunction", "DeliverFunction", "SettleFunction"},
    "AwsSolutions-SQS3": {"EveryEventDeadLetters", "SettleScheduleDeadLetters"},
    "AwsSolutions-IAM5": {"DeliverRole"},
}
"""Rule, and the resources that may depart from it."""


def _pack(assembly: Path) -> dict[str, Any]:
    (report,) = json.loads((assembly / "validation-report.json").read_text())["pluginReports"]
    pack: dict[str, Any] = report
    return pack


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_no_rule_is_breached(name: str, assemblies: dict[str, Path]) -> None:
    pack = _pack(assemblies[name])
    assert (pack["pluginName"], pack["conclusion"], pack["violations"]) == ("AwsSolutions", "success", [])


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_each_departure_is_one_of_those_reviewed_and_has_its_argument(name: str, assemblies: dict[str, Path]) -> None:
    departures: dict[str, set[str]] = {}
    for violation in _pack(assemblies[name])["suppressedViolations"]:
        rule = violation["ruleName"].split("[")[0]
        for construct in violation["violatingConstructs"]:
            resource = construct["constructPath"].split("/")[2]
            departures.setdefault(rule, set()).add(resource)
            assert len(violation["reason"].split()) > 10, f"{resource} departs from {rule} without an argument"
    assert departures == ACKNOWLEDGED


def test_a_breach_ends_the_synthesis(tmp_path: Path, assemblies: dict[str, Path]) -> None:
    import aws_cdk as cdk
    from aws_cdk import aws_sqs as sqs
    from cdk_nag import AwsSolutionsChecks

    app = cdk.App(outdir=str(tmp_path / "out"), context=FEATURE_FLAGS)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    sqs.Queue(cdk.Stack(app, "spoilt"), "Queue")
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS3"):
        app.synth()
