"""The committed figures of the page on scale: one part for each script, and the tables that the page shows of them.

    python benchmarks/scale_results.py

writes the tables into `docs/scale.md`, each between its two comments.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "scale.json"
PAGE = Path(__file__).parents[1] / "docs" / "scale.md"

COUNTED = ("requests", "writeUnits", "readUnits")
WORK = {
    "fresh": "a new entry",
    "update": "a later version of an old one",
    "duplicate": "a repetition of an old one",
    "settle": "a sweep, once a minute",
    "page": "a page of parked ones",
}


def read_results() -> dict[str, Any]:
    """Give the committed figures of each script."""
    parts: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return parts


def write_part(name: str, part: Mapping[str, Any]) -> None:
    """Commit to what a script measured."""
    RESULTS.write_text(json.dumps({**read_results(), name: part}, indent=2, ensure_ascii=False) + "\n", "utf-8")


def records_table(part: Mapping[str, Any]) -> str:
    """Give what a piece of work takes: requests and units, which are the same in each table, and microseconds."""
    sizes = list(part["tables"])
    heads = ["", "requests", "write units", "read units", *(f"µs at {int(size):,}" for size in sizes)]
    rows = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for work, name in WORK.items():
        took = [part["tables"][size][work] for size in sizes]
        counted = {tuple(each[name] for name in COUNTED) for each in took}
        assert len(counted) == 1, f"{work} is not the same in each table: {counted}"
        cells = [*(f"{count:g}" for count in counted.pop()), *(f"{each['ownMicroseconds']:,.0f}" for each in took)]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


TABLES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {"records": records_table}


def rendered(page: str, results: Mapping[str, Any]) -> str:
    """Give the page's text with the tables of these results."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: written by benchmarks/scale_results.py -->", f"<!-- {name}: end -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        assert pattern.search(page), f"the page has no place for {name}"
        page = pattern.sub(lambda _: f"{begin}\n\n{table(results[name])}\n\n{end}", page)  # noqa: B023 - called at once
    return page


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8"), read_results()), "utf-8")
