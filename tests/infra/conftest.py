"""The templates of both stages, synthesized once for all tests: importing the CDK and two runs take seconds."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.node import choose_node
from infra.packaging import stand_in_package
from infra.stage import DEV, PROD, STAGES, Stage
from infra.synthesis import synthesize

choose_node()


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of each stage's cloud assembly, checked by cdk-nag."""
    folder = tmp_path_factory.mktemp("synthesis")
    package = stand_in_package(folder)
    for name, stage in STAGES.items():
        synthesize(stage, package, folder / name)
    return {name: folder / name for name in STAGES}


@pytest.fixture(scope="session")
def templates(assemblies: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """The template of each stage; not to be changed by a test."""
    return {
        name: json.loads((assembly / f"ledgerpost-{name}.template.json").read_text())
        for name, assembly in assemblies.items()
    }


@pytest.fixture(scope="session")
def grouping(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The template of a stage that groups days, checked by cdk-nag; not to be changed by a test."""
    folder = tmp_path_factory.mktemp("grouping")
    stage = replace(DEV, groups_days=True)
    return synthesize(stage, stand_in_package(folder), folder / "out")


@pytest.fixture(scope="session")
def web_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A production stage with the console and the webhook, checked by cdk-nag."""
    folder = tmp_path_factory.mktemp("web")
    stage = replace(PROD, serves_console=True, takes_webhooks=True)
    synthesize(stage, stand_in_package(folder), folder / "out")
    return folder / "out"


@pytest.fixture(scope="session")
def web(web_assembly: Path) -> dict[str, Any]:
    """The template of a stage with both; not to be changed by a test."""
    template: dict[str, Any] = json.loads((web_assembly / "ledgerpost-prod.template.json").read_text())
    return template


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The template of a stage on the web that groups days as well, checked by cdk-nag."""
    folder = tmp_path_factory.mktemp("whole")
    stage = replace(PROD, serves_console=True, takes_webhooks=True, groups_days=True)
    return synthesize(stage, stand_in_package(folder), folder / "out")


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest) -> Stage:
    """Each stage in turn."""
    return STAGES[request.param]


@pytest.fixture
def template(templates: dict[str, dict[str, Any]], stage: Stage) -> dict[str, Any]:
    """The template of the stage in turn."""
    return templates[stage.name]


@pytest.fixture
def dev(templates: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A template of stage dev that a test may spoil."""
    return deepcopy(templates["dev"])
