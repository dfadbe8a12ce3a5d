"""The page on security claims nothing that no test holds, and names no test that is not there."""

import re

import pytest

from tests.docs.named_things import TEST, functions_of, missing_tests
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CLAIMS = re.findall(r"^\| what holds \| the test \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)", PAGE, re.MULTILINE)
ROWS = [row for table in CLAIMS for row in table.splitlines()]


def test_there_are_claims() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize("row", ROWS)
def test_every_claim_names_tests_that_are_there(row: str) -> None:
    assert TEST.search(row), row
    assert missing_tests(row) == []


def test_a_test_that_is_not_there_is_found_out() -> None:
    assert missing_tests("`tests/docs/test_security_page.py::test_of_tomorrow`") != []


def test_the_rules_that_the_page_names_are_rules_of_the_template() -> None:
    named = re.findall(r"`(every_\w+|no_\w+)`", PAGE)
    assert named
    rules = {rule for module in (ROOT / "tests" / "infra").glob("rules_of_*.py") for rule in functions_of(module)}
    assert set(named) <= rules
