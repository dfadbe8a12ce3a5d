"""Close a day of seeded orders read from a file, in memory that does not grow with them; compare with DuckDB.

The file holds records as a store keeps them, one a line, sorted by record and version. Both sides read that same file.
Ours reads every field, drops earlier versions, checks every order against its own total, sums up and writes the
documents down; DuckDB takes the lines of the latest versions apart and sums them up by currency, side and rate.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from ledgerpost.domain.commerce import (
    CommerceRecord,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    PaymentType,
    RecordId,
    rate_text,
    record_key,
)
from ledgerpost.domain.commerce_text import record_from, record_text
from ledgerpost.domain.grouping.assemble import Assembled, assemble
from ledgerpost.domain.grouping.document import Form
from ledgerpost.domain.grouping.totals import Totals, latest_versions
from ledgerpost.domain.version import SourceVersion
from tests.grouping.builders import a_company

DAY = date(2026, 3, 2)
RATES = ("0", "5", "20")
PAYMENTS = (PaymentType.CARD, PaymentType.CASH, PaymentType.SWISH)
AMENDED = 0.03
"""Share of orders that come in two versions."""

BASELINE = """
import duckdb, json, resource, sys, time
began, began_cpu = time.perf_counter(), time.process_time()
con = duckdb.connect()
con.execute("SET threads = 1; SET enable_progress_bar = false")
rows = con.execute('''
  WITH records AS (
    SELECT json->>'$[1]' AS id, json->>'$[4]' AS version, json->>'$[2]' AS currency, json->'$[10]' AS lines
    FROM read_ndjson_objects(?)),
  latest AS (
    SELECT id, arg_max(currency, version) AS currency, arg_max(lines, version) AS lines FROM records GROUP BY id),
  taken AS (SELECT currency, unnest(CAST(lines AS JSON[])) AS line FROM latest)
  SELECT currency, CAST(line->>'$[0]' AS DECIMAL(9,2)) < 0 AS refund, line->>'$[3]' AS rate,
         sum(CAST(line->>'$[1]' AS DECIMAL(18,2))) AS total, sum(CAST(line->>'$[2]' AS DECIMAL(18,2))) AS tax
  FROM taken GROUP BY ALL ORDER BY ALL''', [sys.argv[1]]).fetchall()
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
cpu = time.process_time() - began_cpu
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "peakMb": peak, "total": str(sum(row[3] for row in rows))}))
"""


def main() -> None:
    """Make the file where it is missing, close it, and print what was measured as one JSON document."""
    asked = _arguments()
    path = asked.folder / f"orders-{asked.orders}-{asked.seed}.jsonl"
    if not path.exists():
        asked.folder.mkdir(parents=True, exist_ok=True)
        _write(path, asked.orders, asked.seed)
    ours = _close(path, asked.readers)
    measured = {"orders": asked.orders, "fileMb": round(path.stat().st_size / 2**20), "ours": ours}
    if asked.baseline:
        answer = subprocess.run(  # noqa: S603 - the interpreter that was asked for
            [asked.baseline, "-c", BASELINE, str(path)], check=True, capture_output=True, text=True
        )
        duckdb = json.loads(answer.stdout)
        assert duckdb["total"] == ours["total"], (duckdb["total"], ours["total"])
        measured |= {"duckdb": duckdb, "ratio": round(float(str(ours["cpuSeconds"])) / duckdb["cpuSeconds"], 1)}
    print(json.dumps(measured, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--readers", type=int, default=1, help="processes that read a part of the file each")
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--baseline", default="", help="a Python that has DuckDB")
    return parser.parse_args()


def _write(path: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - seeded on purpose
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            for version in range(2 if chance.random() < AMENDED else 1):
                file.write(record_text(_order(number, version, chance)) + "\n")


def _order(number: int, version: int, chance: random.Random) -> Order:
    created = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=number % 86_400)
    lines = tuple(_line(chance) for _ in range(chance.randint(1, 5)))
    total = sum((line.total for line in lines), Decimal(0))
    kind = chance.choice(PAYMENTS)
    payment = Payment(id="1", amount=total, type=kind, status=PaymentStatus.PAID)
    return Order(
        id=RecordId(f"{number:09d}"),
        currency=chance.choice(("GBP", "GBP", "EUR")),
        created_at=created,
        version=SourceVersion(created + timedelta(minutes=version)),
        total=total,
        tax=sum((line.tax for line in lines), Decimal(0)),
        gratuity=Decimal(0),
        lines=lines,
        payments=(payment,),
    )


def _line(chance: random.Random) -> OrderLine:
    rate = chance.choice(RATES)
    sign = -1 if chance.random() < 0.02 else 1
    net = chance.randint(1, 20_000)
    tax = net * int(rate) // 100
    return OrderLine(
        quantity=Decimal(sign),
        total=Decimal(sign * (net + tax)).scaleb(-2),
        tax=Decimal(sign * tax).scaleb(-2),
        tax_rate=rate_text(Decimal(rate)),
    )


def _close(path: Path, readers: int) -> dict[str, object]:
    began, began_cpu = time.perf_counter(), time.process_time()
    size = path.stat().st_size
    ends = [*(_boundary(path, size * part // readers) for part in range(readers)), size]
    parts = [(path, start, end) for start, end in pairwise(ends)]
    totals = Totals()
    if readers == 1:
        totals = _fold(parts[0])
    else:
        with ProcessPoolExecutor(readers) as pool:
            for each in pool.map(_fold, parts):
                totals.merge(each)
    answer = assemble(a_company(rates=RATES), DAY, totals)
    assert isinstance(answer, Assembled), answer
    bodies = [document.body() for document in answer.documents]
    seconds = time.perf_counter() - began
    sold = [each for each in answer.documents if each.form in (Form.INVOICE, Form.CREDIT_NOTE)]
    usage = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    records = sum(control.records for control in totals.controls.values())
    return {
        "seconds": round(seconds, 1),
        "cpuSeconds": round(time.process_time() - began_cpu, 1),
        "ordersPerSecond": round(records / seconds),
        "peakMb": round(max(usage) / 1024),
        "documents": len(bodies),
        "bytes": sum(len(body) for body in bodies),
        "total": str(Decimal(sum(each.signed_total for each in sold)).scaleb(-2)),
    }


def _fold(part: tuple[Path, int, int]) -> Totals:
    return Totals().add_all(latest_versions(_records(*part)))


def _records(path: Path, start: int, end: int) -> Iterator[CommerceRecord]:
    """Give the records whose lines lie between two places of the file."""
    with path.open("rb") as file:
        file.seek(start)
        while start < end:
            line = file.readline()
            start += len(line)
            yield record_from(line.decode())


def _boundary(path: Path, near: int) -> int:
    """Give the first place from `near` on at which a record begins whose earlier versions are not before it."""
    if near == 0:
        return 0
    with path.open("rb") as file:
        file.seek(near)
        file.readline()
        previous = ""
        while line := file.readline():
            key = record_key(record_from(line.decode()))
            if previous and key != previous:
                return file.tell() - len(line)
            previous = key
        return file.tell()


if __name__ == "__main__":
    sys.exit(main())
