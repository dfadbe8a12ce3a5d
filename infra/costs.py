"""What a stage costs in a month: counted from its template and its numbers, at the list prices of `prices.json`.

`python infra/costs.py` writes `docs/cost.md`; a test holds it in step. What is assumed of the load, the ledger and the
sizes stands in `Load`, each with where it comes from. Discounts, taxes and support are left out.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    # The folder of a script comes first on the path, and there `packaging` and `constructs` would hide libraries.
    sys.path[0] = str(ROOT)

from infra.path_costs import path_table  # noqa: E402
from infra.stage import PROD, Stage  # noqa: E402
from ledgerpost.observability import Metric  # noqa: E402

PRICES_FILE = ROOT / "infra" / "prices.json"
PAGE = ROOT / "docs" / "cost.md"

HOURS, MINUTES, SECONDS = 730, 43_800, 2_628_000
"""Of a month."""

GAUGES = tuple(metric for metric in Metric if metric.startswith(("Backlog", "Oldest")))
"""Emitted at each sweep, with or without work; the other metrics only while there is some."""

OF_GROUPING = (Metric.CLOSES_FAILED,)
"""Emitted on a stage that groups days alone, which is not the one that is costed here."""

VOLUMES = (10_000, 1_000_000, 100_000_000)

WEB_ALARMS = 9
"""What the console, its listing and the webhook are watched by; a test holds it against their template."""

REQUESTS = 10_000  # of pages and calls in a month: some ten people who look several times a day

Lines = dict[str, float]
"""Dollars a month by what they are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What an entry takes. One approval makes one entry of under 1 KB, evenly over the month.

    Bytes of a log line and of a metric line: measured on the demo's log. Seconds: the work of one entry in a warm
    function of half a processor or less, and of a sweep of an empty table; not measured on Lambda. Pollers: AWS
    Lambda, "Amazon SQS event source mappings", which starts with five, and each asks again after 20 s of nothing.
    Lambda's own three lines on each invocation are 350 bytes. Writes of the listing: ADR 20. Seconds and reads of a
    page: `tests/console/test_bounded.py` counts the reads; the seconds are not measured on Lambda.
    """

    ledger_s: float = 0.2
    intake_entry_s: float = 0.005
    deliver_entry_s: float = 0.005
    invocation_s: float = 0.01
    sweep_s: float = 0.3
    sweep_reads: int = 28
    writes: int = 2
    record_kb: float = 0.8
    event_kb: float = 1.0
    line_kb: float = 0.45
    invocation_lines_kb: float = 0.65
    sweep_lines_kb: float = 1.0
    egress_kb: float = 1.5
    pollers: int = 5
    poll_s: int = 20
    page_s: float = 0.3
    page_reads: float = 20.0
    access_line_kb: float = 0.4
    listing_changes: int = 1000
    listing_batch_s: float = 0.5
    listing_batch_writes: float = 10.0
    listing_entry_writes: float = 0.17
    listing_entry_kb: float = 0.1


def read_prices() -> dict[str, Any]:
    """Give the table of prices."""
    prices: dict[str, Any] = json.loads(PRICES_FILE.read_text())
    return prices


def standing_cost(template: Mapping[str, Any], prices: Mapping[str, Any]) -> Lines:
    """Give what is billed by the month for each resource that is there."""
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    alarms = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    # An alarm is billed by the metrics that it looks at.
    watched = sum(len([m for m in alarm.get("Metrics", ()) if "MetricStat" in m]) or 1 for alarm in alarms)
    return {
        "key": kinds.count("AWS::KMS::Key") * prices["key_month"],
        "alarms": watched * prices["alarm_metric_month"],
        "dashboards": kinds.count("AWS::CloudWatch::Dashboard") * prices["dashboard_month"],
        "metrics of the backlog": len(GAUGES) * prices["custom_metric_month"],
    }


def idle_cost(
    template: Mapping[str, Any], prices: Mapping[str, Any], stage: Stage = PROD, load: Load = Load()
) -> Lines:
    """Give what a stage costs that nobody sends anything: what stands there, the sweeps, and asking empty queues."""
    sweeps = MINUTES / stage.settle_every_min
    queues = 2
    polls = queues * load.pollers * SECONDS / load.poll_s
    log_gb = sweeps * load.sweep_lines_kb / 1e6
    gb_seconds = sweeps * load.sweep_s * stage.settle.memory_mib / 1024
    return standing_cost(template, prices) | {
        "sweeps": _million(sweeps) * prices["invocations_million"]
        + _million(gb_seconds) * prices["arm64_gb_seconds_million"]
        + _million(sweeps * load.sweep_reads) * prices["table_reads_million"],
        "asking empty queues": _million(polls) * prices["queue_requests_million"],
        "requests of the key": _million(_key_requests()) * prices["key_requests_million"],
        "logs": log_gb * (prices["log_gb"] + prices["log_gb_month"]),
    }


def free_of_idle(idle: Lines, prices: Mapping[str, Any]) -> float:
    """Give how much of the idle cost falls away where the account has nothing else that uses its free allowances."""
    free = prices["free"]
    dashboards = idle["dashboards"] / prices["dashboard_month"]
    alarms = round(idle["alarms"] / prices["alarm_metric_month"])
    allowances: tuple[float, ...] = (
        min(free["dashboards"], dashboards) * prices["dashboard_month"],
        min(free["alarm_metrics"], alarms) * prices["alarm_metric_month"],
        min(free["custom_metrics"], len(GAUGES)) * prices["custom_metric_month"],
        min(free["queue_requests_million"] * prices["queue_requests_million"], idle["asking empty queues"]),
        min(free["key_requests_million"] * prices["key_requests_million"], idle["requests of the key"]),
        idle["logs"],
    )
    return sum(allowances)


def entries_cost(entries: int, prices: Mapping[str, Any], stage: Stage = PROD, load: Load = Load()) -> Lines:
    """Give what `entries` delivered in a month add. The arithmetic is that of the design, section 7.

    A batch is as full as the rate fills it in its window: at a few entries a minute each goes alone. Each batch is
    received and deleted with one request; what a queue is asked in vain is in the idle cost.
    """
    batches = entries / _batch(entries, stage)
    intake_s = entries * load.intake_entry_s + batches * load.invocation_s
    # The posts of a batch run side by side, so a batch waits for the ledger once.
    deliver_s = entries * load.deliver_entry_s + batches * (load.invocation_s + load.ledger_s)
    gb_seconds = (intake_s * stage.intake.memory_mib + deliver_s * stage.deliver.memory_mib) / 1024
    # The bus sends each event by itself; intake sends a batch at once; both queues are received from and deleted from.
    requests = entries + 5 * batches
    log_gb = (entries * load.line_kb + 2 * batches * load.invocation_lines_kb) / 1e6
    records_gb = entries * load.record_kb / 1e6
    events_gb = entries * load.event_kb / 1e6
    flow_metrics = len(Metric) - len(GAUGES) - len(OF_GROUPING)
    return {
        "bus": _million(entries) * prices["event_million"],
        "archive": events_gb * (prices["archive_gb"] + prices["archive_gb_month"] * stage.archive_days / 30),
        "queues": _million(requests) * prices["queue_requests_million"],
        "functions": _million(2 * batches) * prices["invocations_million"]
        + _million(gb_seconds) * prices["arm64_gb_seconds_million"],
        "writes of records": _million(entries * load.writes) * prices["table_writes_million"],
        "records of one month, kept": records_gb * (prices["table_gb_month"] + prices["table_backup_gb_month"]),
        "logs": log_gb * (prices["log_gb"] + prices["log_gb_month"] * stage.log_retention_days / 30),
        "egress": entries * load.egress_kb / 1e6 * prices["egress_gb"],
        "one secret": prices["secret_month"],
        "metrics of the entries": flow_metrics * prices["custom_metric_month"],
    }


def web_cost(entries: int, prices: Mapping[str, Any], stage: Stage = PROD, load: Load = Load()) -> Lines:
    """Give what the console adds in a month, with `entries` delivered and `REQUESTS` made.

    Each entry is two changes of the stream, which Lambda reads for nothing and hands on each minute, or by thousands.
    """
    batches = min(entries, MINUTES) + 2 * entries / load.listing_changes
    writes = batches * load.listing_batch_writes + entries * load.listing_entry_writes
    rows_gb = entries * load.listing_entry_kb / 1e6
    listing_gb_seconds = batches * load.listing_batch_s * stage.listing.memory_mib / 1024
    page_gb_seconds = REQUESTS * load.page_s * stage.console.memory_mib / 1024
    log_gb = (REQUESTS * (load.access_line_kb + load.invocation_lines_kb) + batches * load.invocation_lines_kb) / 1e6
    return {
        "alarms": WEB_ALARMS * prices["alarm_metric_month"],
        "HTTP API": _million(REQUESTS) * prices["http_api_million"],
        "pages": _million(REQUESTS) * prices["invocations_million"]
        + _million(page_gb_seconds) * prices["arm64_gb_seconds_million"]
        + _million(REQUESTS * load.page_reads) * prices["table_reads_million"],
        "listing: function": _million(batches) * prices["invocations_million"]
        + _million(listing_gb_seconds) * prices["arm64_gb_seconds_million"],
        "listing: writes": _million(writes) * prices["table_writes_million"],
        "listing: rows of one month, kept": rows_gb * (prices["table_gb_month"] + prices["table_backup_gb_month"]),
        "requests of the key": _million(3 * 2 * MINUTES / 5) * prices["key_requests_million"],
        "logs": log_gb * (prices["log_gb"] + prices["log_gb_month"] * stage.log_retention_days / 30),
    }


def monthly_cost(entries: int, template: Mapping[str, Any], prices: Mapping[str, Any], stage: Stage = PROD) -> float:
    """Give dollars a month for `entries` delivered, at list prices, with all that stands there."""
    idle, used = idle_cost(template, prices, stage), entries_cost(entries, prices, stage)
    return sum(idle.values()) + sum(used.values())


def _batch(entries: int, stage: Stage) -> float:
    per_second = entries / SECONDS
    return min(stage.delivery_queue.batch_size, 1 + per_second * stage.delivery_queue.window_s)


def _key_requests() -> float:
    """Give an upper bound: DynamoDB asks each five minutes for each of three roles and two tables, SQS each day for
    eight senders and receivers, the logs about as often as DynamoDB for three groups.
    """
    return (3 * 2 + 3) * MINUTES / 5 + 8 * 30


def _million(count: float) -> float:
    return count / 1e6


def page_of(template: Mapping[str, Any], prices: Mapping[str, Any]) -> str:
    """Give the text of `docs/cost.md`."""
    idle = idle_cost(template, prices)
    total, free = sum(idle.values()), free_of_idle(idle, prices)
    rows = [
        f"| {entries:,} | ${monthly_cost(entries, template, prices):,.2f} "
        f"| ${sum(entries_cost(entries, prices).values()) / entries * 1e6:,.2f} |"
        for entries in VOLUMES
    ]
    web = {entries: web_cost(entries, prices) for entries in VOLUMES}
    web_parts = [
        f"| {name} | " + " | ".join(f"${web[entries][name]:,.2f}" for entries in VOLUMES) + " |"
        for name in web[VOLUMES[0]]
    ]
    by_line = {entries: entries_cost(entries, prices) for entries in VOLUMES}
    parts = [
        f"| {name} | " + " | ".join(f"${by_line[entries][name]:,.2f}" for entries in VOLUMES) + " |"
        for name in by_line[VOLUMES[0]]
    ]
    standing = [f"| {name} | ${dollars:,.2f} |" for name, dollars in idle.items()]
    return _PAGE.format(
        rows="\n".join(rows),
        parts="\n".join(parts),
        standing="\n".join(standing),
        web_parts="\n".join(web_parts),
        web_total=" | ".join(f"${sum(web[entries].values()):,.2f}" for entries in VOLUMES),
        requests=f"{REQUESTS:,}",
        volumes=" | ".join(f"{entries:,}" for entries in VOLUMES),
        paths=path_table(prices),
        total=f"${total:,.2f}",
        left=f"${total - free:,.2f}",
    )


_PAGE = """# What it costs

Made by `python infra/costs.py` from the production template and `infra/prices.json` (list prices of us-east-1); a test
fails when it is out of step, and another when it grows past its budget. The assumptions stand in `infra/costs.py`: an
entry of under 1 KB, one route, a ledger that answers in 200 ms, an even load. The seconds of work are estimates, not
measured on Lambda.

| entries a month | dollars a month, all in | of which per million entries |
| ---: | ---: | ---: |
{rows}

The records are kept for good, so their storage grows by one such month each month. A ledger that answers slower, or
entries that are tried again, cost more time of the functions; a bad hour costs cents.

## An idle stage

{total} a month at list prices. {left} where the account uses none of its free allowances elsewhere: its key, and the
alarms beyond the first ten.

| for | dollars a month |
| --- | ---: |
{standing}

## What the entries add

| for | {volumes} |
| --- | ---: | ---: | ---: |
{parts}

## By path

What a million entries add in full batches, without what stands by the month and without storage. The requests are
counted: `tests/infra/test_path_costs.py` runs the real handlers against an emulator of AWS, and fails where a path
became dearer by a twentieth. Function seconds follow from the counted calls of the ledger, 200 ms each; up to ten posts
of a batch wait side by side. An entry is an approval, a shop's sale, a sales order of the demo's week, a row that a
first night of an extract writes.

{paths}

The floor of the direct path is about $2.50: the bus at $1.00, three hops of a queue at $0.60, one write at $0.63, and
0.3 for functions, logs and egress. What the rest buys: the second write is the record of what the ledger answered, made
after a claim that was written before the post, which is what keeps a lost answer from becoming a second entry. Without
the bus, from a source that may send to the queue in tens, it is about $1.20. A sale that is grouped has no post of its
own. An order asks Acumatica about its customer, items, taxes and itself before it writes, and reads back after it. An
extract is bound by what its source allows, 25 requests in five seconds, each a wait and a write of the shared budget.

## A stage with the console

What `serves_console` adds to all of the above, with {requests} requests of pages and calls. Signing in is free of
charge for up to 10,000 people. A webhook costs $1.00 per million requests and a function's time; an approval costs the
bus what it costs anyway.

| for | {volumes} entries |
| --- | ---: | ---: | ---: |
{web_parts}
| **all** | {web_total} |
"""


def main() -> None:
    """Write the page from the snapshot of the template; both stages have the same resources."""
    from infra.synthesis import SNAPSHOT  # noqa: PLC0415

    PAGE.write_text(page_of(json.loads(SNAPSHOT.read_text()), read_prices()))
    print(PAGE)  # noqa: T201 - this is a command


if __name__ == "__main__":
    main()
