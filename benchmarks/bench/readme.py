"""Write the committed figures into README.md, benchmarks/README.md and the chart: `make bench-readme`.

Between its two markers a page is this script's; a test holds it in step with `benchmarks/results/bench.json`.
"""

import json
from pathlib import Path
from typing import Any

from benchmarks.bench.chart import chart
from benchmarks.bench.figures import details, summary, wrapped
from benchmarks.bench.repeat import repeat_said

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "bench.json"
AGAIN = RESULTS.with_name("bench-again.json")
"""A second run, made for the comparison alone."""

CHART = ROOT / "benchmarks" / "results" / "bench.svg"
BEGIN = "<!-- bench: written by `make bench-readme` -->"
END = "<!-- bench: end -->"


def summary_and_repeat(document: dict[str, Any]) -> str:
    """Give the summary of a run, and how near a second one came to it."""
    return f"{summary(document)}\n\n{wrapped(repeat_said(document, json.loads(AGAIN.read_text('utf-8'))))}"


PAGES = {ROOT / "README.md": summary_and_repeat, ROOT / "benchmarks" / "README.md": details}
"""Each page, and what it shows of the figures."""


def rendered(page: Path, document: dict[str, Any]) -> str:
    """Give the page with the figures of `document` between its markers. Raises ValueError where it has none."""
    text = page.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no markers for the figures.")
    return f"{before}{BEGIN}\n\n{PAGES[page](document)}\n\n{END}{after}"


def read_results() -> dict[str, Any]:
    """Give the committed run, every engine with its key."""
    document: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    for key, engine in document["engines"].items():
        engine["key"] = key
    return document


def main() -> None:
    """Write the pages and the chart."""
    document = read_results()
    for page in PAGES:
        page.write_text(rendered(page, document), encoding="utf-8")
    CHART.write_text(chart(document), encoding="utf-8")


if __name__ == "__main__":
    main()
