"""The README's figures are those of the pages and runs that they come from."""

import json
import re
from decimal import Decimal

from tests.docs.pages import ROOT


def test_what_a_stage_costs_is_what_the_page_on_cost_says() -> None:
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([0-9,]+) \| \$([0-9,.]+) \| \$", page, re.MULTILINE)
    made = {int(entries.replace(",", "")): Decimal(dollars.replace(",", "")) for entries, dollars in rows}
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    said = re.search(
        r"costs about \$(\d+) a month at 10 thousand entries, \$(\d+) at 1 million and \$(\d+) at 100", readme
    )
    assert said is not None
    assert [round(made[entries]) for entries in (10_000, 1_000_000, 100_000_000)] == [
        int(each) for each in said.groups()
    ]


def test_the_start_of_the_delivery_function_is_the_one_that_was_measured() -> None:
    measured = json.loads((ROOT / "benchmarks" / "results" / "cold_start.json").read_text("utf-8"))
    ratio = measured["functions"]["deliver"]["ratio"]
    assert f"{ratio:.2f} times `import boto3`" in (ROOT / "README.md").read_text("utf-8")
    assert f"| {ratio:.2f} |" in (ROOT / "docs" / "performance.md").read_text("utf-8")
