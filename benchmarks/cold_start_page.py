"""The committed starts as the page on performance shows them; run as a script it writes their table there."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "cold_start.json"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

BEGIN, END = "<!-- starts: written by benchmarks/cold_start_page.py -->", "<!-- starts: end -->"
HEADS = ("start of", "ms", "bare boto3 client, ms", "ratio", "to botocore, trimmed", "until", "its imports, by time")
SHARES = 4
"""Packages that are told of each start's imports, the largest first."""


def starts_table(measured: Mapping[str, Any]) -> str:
    """Give a row for each start, the shortest beside its neighbour first."""
    rows = [f"| {' | '.join(HEADS)} |", "| --- | --: | --: | --: | --: | --- | --- |"]
    for name, start in sorted(measured["functions"].items(), key=lambda each: each[1]["ratio"]):
        shares = list(start["importShares"].items())[:SHARES]
        cells = (
            name,
            f"{start['cpuMs']:.0f}",
            f"{start['bareClientMs']:.0f}",
            f"{start['ratio']:.2f}",
            f"{start['cpuMs'] / start['botocoreClientMs']:.2f}",
            start["until"],
            ", ".join(f"{package} {share:.0f} %" for package, share in shares),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def read_starts() -> dict[str, Any]:
    """Give the committed figures."""
    measured: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return measured


def rendered(page: str, measured: Mapping[str, Any]) -> str:
    """Give the page's text with these starts."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    assert pattern.search(page), "the page has no place for the starts"
    return pattern.sub(lambda _: f"{BEGIN}\n\n{starts_table(measured)}\n\n{END}", page)


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8"), read_starts()), "utf-8")
