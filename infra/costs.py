"""What a stage costs in a month: counted from its template and its numbers, at the list prices of `prices.json`.

`python infra/costs.py` writes `docs/cost.md` (`cost_page.py`); a test holds it in step. What an entry takes is what was
counted on the direct path of `path_costs.py`. What is assumed beside it stands in `Load`, each with where it comes
from. Discounts, taxes and support are left out.
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

from infra.path_costs import FULL_BATCH, dollars_by_line, in_batches_of, read_counts  # noqa: E402
from infra.stage import PROD, Stage  # noqa: E402
from ledgerpost.observability import Metric  # noqa: E402

PRICES_FILE = ROOT / "infra" / "prices.json"

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
    """What is not counted of a run. One approval makes one entry of under 1 KB, evenly over the month.

    Bytes of the lines of metrics and of a sweep: measured by a test. Seconds of a sweep of an empty table: not measured
    on Lambda. Pollers: AWS Lambda, "Amazon SQS event source mappings", which starts with five, and each asks again
    after 20 s of nothing. Writes of the listing: ADR 20. Seconds and reads of a page: `tests/console/test_bounded.py`
    counts the reads; the seconds are not measured on Lambda.
    """

    sweep_s: float = 0.3
    sweep_reads: int = 28
    record_kb: float = 0.8
    event_kb: float = 1.0
    metrics_kb: float = 0.24
    sweep_lines_kb: float = 0.65
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
    """Give what `entries` delivered in a month add: the direct path as it was counted, and what is kept of them.

    A batch is as full as the rate fills it in its window: at a few entries a minute each goes alone. What a queue is
    asked in vain is in the idle cost.
    """
    size = min(FULL_BATCH, entries_in_a_batch(entries, stage))
    counts = in_batches_of(read_counts()["direct"], size, metrics_kb=load.metrics_kb)
    used = {name: _million(entries) * dollars for name, dollars in dollars_by_line(counts, prices).items()}
    log_gb = entries * counts.log_kb / 1e6
    records_gb = entries * load.record_kb / 1e6
    events_gb = entries * load.event_kb / 1e6
    flow_metrics = len(Metric) - len(GAUGES) - len(OF_GROUPING)
    return used | {
        "archive": events_gb * (prices["archive_gb"] + prices["archive_gb_month"] * stage.archive_days / 30),
        "records of one month, kept": records_gb * (prices["table_gb_month"] + prices["table_backup_gb_month"]),
        "logs, kept": log_gb * prices["log_gb_month"] * stage.log_retention_days / 30,
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
    log_gb = (REQUESTS * (load.access_line_kb + load.metrics_kb) + batches * load.metrics_kb) / 1e6
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


def entries_in_a_batch(entries: int, stage: Stage = PROD) -> float:
    """Give how many entries a batch holds on average, where `entries` come evenly over a month."""
    per_second = entries / SECONDS
    return min(stage.delivery_queue.batch_size, 1 + per_second * stage.delivery_queue.window_s)


def _key_requests() -> float:
    """Give an upper bound: DynamoDB asks each five minutes for each of three roles and two tables, SQS each day for
    eight senders and receivers, the logs about as often as DynamoDB for three groups.
    """
    return (3 * 2 + 3) * MINUTES / 5 + 8 * 30


def _million(count: float) -> float:
    return count / 1e6


def main() -> None:
    """Write the page from the snapshot of the template; both stages have the same resources."""
    from infra.cost_page import PAGE, page_of  # noqa: PLC0415 - it is above this module
    from infra.synthesis import SNAPSHOT  # noqa: PLC0415

    PAGE.write_text(page_of(json.loads(SNAPSHOT.read_text()), read_prices()))
    print(PAGE)  # noqa: T201 - this is a command


if __name__ == "__main__":
    main()
