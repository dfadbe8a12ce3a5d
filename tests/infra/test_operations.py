"""Who is woken at three in the morning finds the paragraph of the alarm, and in it what to do."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from infra.packaging import ROOT
from infra.stage import Stage
from tests.infra.reading import properties_of

PAGE = ROOT / "docs" / "operations.md"
DEPLOY = ROOT / "docs" / "deploy.md"


def paragraphs() -> dict[str, str]:
    """Give the text under each heading of the third level."""
    parts = re.split(r"^###? (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture
def alarms(template: dict[str, Any], grouping: dict[str, Any], stage: Stage) -> Mapping[str, dict[str, Any]]:
    """Every alarm that a stage may have, those of one that groups days among them."""
    found = [
        *properties_of(template, "AWS::CloudWatch::Alarm").values(),
        *(
            alarm | {"AlarmName": alarm["AlarmName"].replace("-dev-", f"-{stage.name}-")}
            for alarm in properties_of(grouping, "AWS::CloudWatch::Alarm").values()
        ),
    ]
    return {alarm["AlarmName"].removeprefix(f"ledgerpost-{stage.name}-"): alarm for alarm in found}


def test_every_alarm_has_its_paragraph_with_what_it_means_and_what_to_do(alarms: Mapping[str, Any]) -> None:
    page = paragraphs()
    for name in alarms:
        assert name in page, f"{name} wakes somebody and docs/operations.md says nothing of it"
        text = page[name]
        assert "**It means**" in text, name
        assert "**Do:**" in text, name
        assert "```sh\n" in text, f"{name}: which command?"


def test_every_alarm_leads_to_its_paragraph(alarms: Mapping[str, Any]) -> None:
    for name, alarm in alarms.items():
        assert alarm["AlarmDescription"].endswith(f"What to do: docs/operations.md#{name}")


def test_the_page_tells_of_no_alarm_that_is_not_there(alarms: Mapping[str, Any]) -> None:
    told = {name for name in paragraphs() if re.fullmatch(r"[a-z]+(-[a-z]+)+", name)}
    assert told == set(alarms)


def test_the_commands_read_outputs_that_the_stack_has(template: dict[str, Any]) -> None:
    asked = set(re.findall(r"\$\(out (\w+)\)", PAGE.read_text()))
    assert asked
    assert asked <= template["Outputs"].keys()


def test_the_page_says_how_long_events_can_be_replayed(stage: Stage) -> None:
    said = {"prod": f"{stage.archive_days} days on prod", "dev": f"{stage.archive_days} on dev"}
    assert said[stage.name] in PAGE.read_text()


def test_what_prod_asks_for_is_in_the_commands_that_deploy(templates: dict[str, dict[str, Any]]) -> None:
    required = {n for n, p in templates["prod"]["Parameters"].items() if "Default" not in p}
    assert required == {"AlarmEmail"}
    assert "--parameters AlarmEmail=" in DEPLOY.read_text()
