"""The committed figures of the page on scale: one part for each script, and the tables that the page shows of them.

    python benchmarks/scale_results.py

writes the tables into `docs/scale.md`, each between its two comments.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
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


def write_part(name: str, part: Any) -> None:
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


def keys_table(part: Mapping[str, Any]) -> str:
    """Give at which rate the hottest partition of each load is full."""
    partitions = list(part["loads"][0]["fullAt"])
    heads = [
        "entries a second until a partition is full",
        "keys",
        "write units",
        *(f"{each} partitions" for each in partitions),
    ]
    rows = [f"| {' | '.join(heads)} |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for load in part["loads"]:
        full = " | ".join(_rounded(load["fullAt"][each]) for each in partitions)
        rows.append(f"| {load['name']} | {load['keys']:,} | {load['writeUnits']:.2g} | {full} |")
    return "\n".join(rows)


def _rounded(rate: int) -> str:
    """Give a rate with two digits: what a draw tells is no more exact."""
    return f"{float(f'{rate:.2g}'):,.0f}"


def steady_table(part: Mapping[str, Any]) -> str:
    """Give what loads that keep coming take."""
    rows = [
        "| entries a second | ledger | `concurrency_max` | intake at once | delivery at once | p50 s | p99 s | left |"
    ]
    rows.append("| ---: | --- |" + " ---: |" * 6)
    for load in part["steady"]:
        at_once = f"{load['intakeAtOnce']:.2g} | {load['deliverAtOnce']:.3g}"
        waits = f"{load['p50']:.2f} | {load['p99']:.2f} | {load['left']:,}"
        rows.append(f"| {load['rate']:,} | {load['ledger']} | {load['concurrency']} | {at_once} | {waits} |")
    return "\n".join(rows)


def standstill_table(part: Mapping[str, Any]) -> str:
    """Give how soon what waited for the functions is delivered."""
    rows = ["| entries a second | ledger | most that waited | caught up after |", "| ---: | --- | ---: | ---: |"]
    rows += [
        f"| {load['rate']:,} | {load['ledger']} | {load['mostWaiting']:,} | {_span(load['caughtUpAfter'])} |"
        for load in part["outages"]
    ]
    return "\n".join(rows)


def outage_table(part: Sequence[Mapping[str, Any]]) -> str:
    """Give what an hour without the ledger is to the real functions."""
    heads = ["entries a second", "entries that waited", "posts in the hour", "records open at once"]
    heads += ["messages held, for each that waited", "first post after", "caught up after"]
    rows = [f"| {' | '.join(heads)} |", "|" + " ---: |" * len(heads)]
    for run in part:
        counts = f"{run['waited']:,} | {run['postsInOutage']} | {run['mostOpenRecords']}"
        counts += f" | {run['heldForEachThatWaited']:.1f}"
        rows.append(f"| {run['rate']} | {counts} | {_span(run['firstAfter'])} | {_span(run['caughtUpAfter'])} |")
    return "\n".join(rows)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


TABLES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "records": ("records", records_table),
    "steady": ("sustained", steady_table),
    "standstill": ("sustained", standstill_table),
    "outage": ("outage", outage_table),
    "keys": ("keys", keys_table),
}
"""The tables of the page: for each the part that it is of."""


def rendered(page: str, results: Mapping[str, Any]) -> str:
    """Give the page's text with the tables of these results."""
    for name, (part, table) in TABLES.items():
        begin, end = f"<!-- {name}: written by benchmarks/scale_results.py -->", f"<!-- {name}: end -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        assert pattern.search(page), f"the page has no place for {name}"
        page = pattern.sub(lambda _: f"{begin}\n\n{table(results[part])}\n\n{end}", page)  # noqa: B023 - called at once
    return page


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text("utf-8"), read_results()), "utf-8")
