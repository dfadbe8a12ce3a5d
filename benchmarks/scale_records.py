"""Whether an entry costs the same however many delivery records there are: requests, units and microseconds of one.

    python benchmarks/scale_records.py --records 1000,100000,1000000,10000000 --folder FOLDER --write

The real functions `deliver` and `settle`, and the console's reading of what is parked, run through their real adapters
on `disk_table.py`, over tables that hold so many records. Ten million take 9 GB in the folder and some minutes; each
file is deleted at the end. Batches take turns among the tables, so that a busy neighbour meets all of them alike.

The processor time is that of our own code: without the table's, and without botocore, which is the same for each call.
The ledger applies at once. The wall time has the table in it: what SQLite on this disk takes, not what DynamoDB does.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.disk_table import DiskTable
from benchmarks.scale_results import write_part
from benchmarks.scale_stage import (
    OPEN_OF_EACH,
    PAGE_LENGTH,
    TOTAL,
    Spent,
    TableStage,
    delivered_references,
    fill,
    measured,
    message,
)
from tests.infra.metering import BATCH

WORK = ("fresh", "update", "duplicate", "settle", "page")
"""A fresh entry, a later version and a repetition of an old one; a sweep of what waits; a page of what is parked."""


def main() -> None:
    """Fill the tables, measure, print the figures and, where asked to, commit to them."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, ExitStack() as open_files:
        tables: dict[int, DiskTable] = {}
        filled: dict[int, dict[str, Any]] = {}
        for records in asked.records:
            path = Path(folder) / f"{records}.sqlite"
            tables[records] = open_files.enter_context(closing(DiskTable(path)))
            began = time.perf_counter()
            fill(tables[records], records, delivered_references(records, 2 * asked.old))
            filled[records] = {"megabytes": path.stat().st_size // 1_000_000, "fillSeconds": round(_since(began))}
            print(f"{records:,} records: {filled[records]}", file=sys.stderr)
        spent = run(tables, fresh=asked.fresh, old=asked.old)
    part = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} processors of {platform.machine()}, Python {platform.python_version()}",
        "tables": {str(records): filled[records] | _figures(spent[records]) for records in tables},
    }
    print(json.dumps(part, indent=2))
    if asked.write:
        write_part("records", part)


def run(tables: Mapping[int, DiskTable], *, fresh: int, old: int) -> dict[int, dict[str, Spent]]:
    """Deliver `fresh` new entries, `old` updates and `old` duplicates in each table; read what waits before each."""
    spent = {records: {work: Spent() for work in WORK} for records in tables}
    before = {records: table.count() for records, table in tables.items()}
    assert before == {records: records for records in tables}, before
    stages = {records: TableStage(table) for records, table in tables.items()}
    work = {records: list(_batches(records, fresh, old)) for records in tables}
    for turn in range(len(next(iter(work.values())))):
        for records, table in tables.items():
            stage, took = stages[records], spent[records]
            kind, bodies = work[records][turn]
            measured(table, took[kind], len(bodies), lambda: stage.deliver(bodies))  # noqa: B023 - called at once
            assert measured(table, took["settle"], 1, stage.settle) == 2 * OPEN_OF_EACH
            assert measured(table, took["page"], 1, stage.page_of_parked) == PAGE_LENGTH
    for records, table in tables.items():
        # A fresh entry is one more record and one post, an update one post, a duplicate neither.
        assert (table.count(), stages[records].posts) == (records + fresh, fresh + old)
    return spent


def _batches(records: int, fresh: int, old: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Give batches of messages with their kind. The later versions and the repetitions are of different entries."""
    references = delivered_references(records, 2 * old)
    kinds = {
        "fresh": [message(f"N{number:010}", "7.50") for number in range(fresh)],
        "update": [message(reference, "8.25", revision=2) for reference in references[::2]],
        "duplicate": [message(reference, TOTAL) for reference in references[1::2]],
    }
    for start in range(0, max(fresh, old), BATCH):
        for kind, bodies in kinds.items():
            if bodies[start : start + BATCH]:
                yield kind, bodies[start : start + BATCH]


def _figures(spent: Mapping[str, Spent]) -> dict[str, Any]:
    return {work: each.figures() for work, each in spent.items()}


def _since(began: float) -> float:
    return time.perf_counter() - began


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = lambda text: [int(each) for each in text.split(",")]  # noqa: E731 - one expression
    parser.add_argument("--records", type=sizes, default=[1_000, 100_000], help="sizes of the tables, by commas")
    parser.add_argument("--folder", type=Path, help="where the tables are put meanwhile; the system's own by default")
    parser.add_argument("--fresh", type=int, default=500)
    parser.add_argument("--old", type=int, default=200, help="updates, and duplicates, of old references")
    parser.add_argument("--write", action="store_true", help="keep the figures in results/scale.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
