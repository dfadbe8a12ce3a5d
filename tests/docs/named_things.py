"""What a page names in backticks: tests, files, and whether they are there."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT

TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+(?:\.(?:py|md|yaml|json|html|toml|svg)|/))`")

ROOTS = (ROOT, ROOT / "shared" / "ledgerpost")


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


def missing_files(text: str) -> list[str]:
    """Give the files and folders that a text names in backticks and that are not there.

    A path that begins with no folder of the repository lies in `shared/ledgerpost/`; NAME stands for any.
    """
    named = [path for path in FILE.findall(text) if "NAME" not in path]
    return [path for path in named if not any((root / path).exists() for root in ROOTS)]
