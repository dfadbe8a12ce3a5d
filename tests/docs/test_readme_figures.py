"""The README's figures are those of the pages and runs that they come from."""

import re
from decimal import Decimal

from benchmarks.cold_start_page import PAGE, read_starts, rendered
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
    starts = read_starts()["functions"]
    called, posted = (starts[name]["ratio"] for name in ("deliver", "deliver, first post"))
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    said = f"{called:.2f} times `import boto3` and one DynamoDB client, {posted:.2f} times with all that its first post"
    assert f"{said} needs" in readme


def test_the_starts_on_the_page_are_those_that_were_measured() -> None:
    page = PAGE.read_text("utf-8")
    assert page == rendered(page, read_starts()), "python benchmarks/cold_start_page.py"


def test_the_delivery_function_starts_within_its_bound() -> None:
    starts = read_starts()["functions"]
    assert starts["deliver"]["ratio"] < starts["deliver, first post"]["ratio"] <= 1.4
