"""What a page names in backticks: tests, files, and whether they are there."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT

TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def functions_of(path: Path) -> frozenset[str]:
    """Give the names of every function of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing_tests(text: str) -> list[str]:
    """Give the tests that a text names, `tests/….py::test_…`, and that are not there."""
    return [
        f"{path}::{name}"
        for path, name in TEST.findall(text)
        if not (ROOT / path).is_file() or name not in functions_of(ROOT / path)
    ]
