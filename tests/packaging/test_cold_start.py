"""What a function loads before its first call of AWS, held by name: time is measured by `benchmarks/cold_start.py`."""

import json
import sys
from pathlib import Path

import pytest

from infra.packaging import compile_ahead, stage_functions, zip_tree
from tests.packaging.test_artefact import run_isolated

LOADED = """
import importlib, json, sys
sys.path[:0] = json.loads(sys.argv[1])
name = sys.argv[2]
importlib.import_module(f"functions.{name}.handler")
from ledgerpost.bootstrap import container
getattr(container(), name)
print(json.dumps(sorted(sys.modules)))
"""

NEVER = ("boto3", "s3transfer", "aws_xray_sdk", "jinja2", "rule_engine")
"""The same clients without their resources and transfers, no tracer, and what only the console or a formula needs."""

NOT_WITHOUT_AN_ENTRY = (
    "httpx",
    "ledgerpost.connectors",
    "ledgerpost.adapters.formulas",
    "ledgerpost.domain.collection",
    "ledgerpost.domain.commerce_document",
    "ledgerpost.error_catalogue",
)
"""Loaded with the first entry, route or error that asks for it."""


def loaded_by(name: str, artefact: Path, layer: Path) -> set[str]:
    return set(json.loads(run_isolated(LOADED, artefact, layer, name)))


@pytest.mark.parametrize("name", ["deliver", "settle"])
def test_a_function_that_posts_starts_without_what_it_may_never_need(name: str, artefact: Path, layer: Path) -> None:
    loaded = loaded_by(name, artefact, layer)
    assert sorted(loaded & {*NEVER, *NOT_WITHOUT_AN_ENTRY, "pydantic"}) == []


def test_delivering_loads_neither_intake_nor_grouping_nor_the_listing(artefact: Path, layer: Path) -> None:
    loaded = loaded_by("deliver", artefact, layer)
    assert sorted(loaded & {f"ledgerpost.app.{name}" for name in ("intake", "close_day", "listing")}) == []


@pytest.mark.parametrize("name", ["intake", "close_day"])
def test_the_other_functions_start_without_boto3_and_http_too(name: str, artefact: Path, layer: Path) -> None:
    loaded = loaded_by(name, artefact, layer)
    assert sorted(loaded & {*NEVER, "httpx", "ledgerpost.connectors"}) == []


def test_every_module_in_the_artefact_is_compiled_where_a_compiler_is_given(tmp_path: Path) -> None:
    tree = tmp_path / "functions"
    stage_functions(tree)
    compile_ahead(tree, Path(sys.executable))
    compiled = {path.name.split(".")[0] for path in (tree / "ledgerpost").rglob("__pycache__/*.pyc")}
    assert {path.stem for path in (tree / "ledgerpost").rglob("*.py")} <= compiled
    assert zip_tree(tree, tmp_path / "functions.zip").stat().st_size > 0
