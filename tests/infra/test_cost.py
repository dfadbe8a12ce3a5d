"""The budget of a stage: money, resources. It grows only by somebody's decision, here."""

import io
import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.cost_page import PAGE, page_of
from infra.costs import (
    GAUGES,
    ROOT,
    SECONDS,
    VOLUMES,
    Load,
    entries_cost,
    free_of_idle,
    idle_cost,
    monthly_cost,
    read_prices,
    standing_cost,
    web_cost,
)
from infra.path_costs import FULL_BATCH, dollars, read_counts
from infra.stage import DEV, PROD
from ledgerpost.lambda_host import invocation
from ledgerpost.observability import Log
from ledgerpost.ports import Backlog, DeliveryLine

RESOURCES_MAX = 65
IDLE_MAX = 12.00
IDLE_BEYOND_THE_FREE_MAX = 2.60
PER_MILLION_MAX = {1_000_000: 9.50, 100_000_000: 4.05}
"""Dollars a month at list prices."""

CONSOLE_MAX = {10_000: 1.60, 1_000_000: 2.20, 100_000_000: 25.00}


@pytest.fixture
def prices() -> dict[str, Any]:
    return read_prices()


@pytest.fixture
def prod(templates: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return templates["prod"]


def test_a_stage_has_no_more_resources_than_were_agreed_on(template: dict[str, Any]) -> None:
    assert len(template["Resources"]) <= RESOURCES_MAX


def test_an_idle_stage_costs_little_more_than_its_key_and_its_alarms(prod: dict[str, Any], prices: Any) -> None:
    idle = idle_cost(prod, prices)
    assert sum(idle.values()) <= IDLE_MAX
    assert sum(idle.values()) - free_of_idle(idle, prices) <= IDLE_BEYOND_THE_FREE_MAX


@pytest.mark.parametrize("entries", PER_MILLION_MAX)
def test_a_million_entries_cost_no_more_than_was_agreed_on(entries: int, prices: Any) -> None:
    assert sum(entries_cost(entries, prices).values()) / entries * 1e6 <= PER_MILLION_MAX[entries]


@pytest.mark.parametrize("entries", CONSOLE_MAX)
def test_a_console_costs_no_more_than_was_agreed_on(entries: int, prices: Any) -> None:
    assert sum(web_cost(entries, prices).values()) <= CONSOLE_MAX[entries]


def test_a_million_listed_entries_cost_what_the_decision_says(prices: Any) -> None:
    # ADR 20: $0.11 a million in full batches, and for small ones no more than a batch of ten units a minute, $0.27.
    writes = {entries: web_cost(entries, prices)["listing: writes"] for entries in VOLUMES}
    assert writes[100_000_000] / 100 == pytest.approx(0.11, abs=0.02)
    assert writes[10_000] <= 0.27


def test_the_page_says_what_the_template_and_the_prices_say(prod: dict[str, Any], prices: Any) -> None:
    assert PAGE.read_text() == page_of(prod, prices), "run `python infra/costs.py` and review the difference"


def test_the_page_on_scale_says_what_its_rates_cost(prod: dict[str, Any], prices: Any) -> None:
    page = (ROOT / "docs" / "scale.md").read_text()
    said = re.search(
        r"^\| dollars a month, list .*?\| about \$([\d,]+) \| about \$([\d,]+) \| about \$([\d,]+)", page, re.MULTILINE
    )
    assert said is not None
    for a_second, dollars_said in zip((1, 100, 10_000), said.groups(), strict=True):
        month = monthly_cost(a_second * SECONDS, prod, prices)
        assert int(dollars_said.replace(",", "")) == pytest.approx(month, rel=0.01)


def test_a_resource_more_is_a_dollar_more(prod: dict[str, Any], prices: Any) -> None:
    spoilt = deepcopy(prod)
    spoilt["Resources"]["Second"] = {"Type": "AWS::KMS::Key", "Properties": {}}
    before, after = standing_cost(prod, prices), standing_cost(spoilt, prices)
    assert after == before | {"key": 2.0}


def test_an_alarm_on_an_expression_is_billed_by_its_metrics(prod: dict[str, Any], prices: Any) -> None:
    spoilt = deepcopy(prod)
    metrics = [{"Id": "rate", "Expression": "a / b"}, {"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}]
    spoilt["Resources"]["Rate"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}}
    added = standing_cost(spoilt, prices)["alarms"] - standing_cost(prod, prices)["alarms"]
    assert added == pytest.approx(0.2)


def test_more_entries_never_cost_less_and_each_costs_less_then(prod: dict[str, Any], prices: Any) -> None:
    costs = [monthly_cost(entries, prod, prices) for entries in VOLUMES]
    assert costs == sorted(costs)
    each = [cost / entries for cost, entries in zip(costs, VOLUMES, strict=True)]
    assert each == sorted(each, reverse=True)


def test_the_design_s_arithmetic_comes_out_for_full_batches(prices: Any) -> None:
    # Design, section 7: $1.00 bus, 0.60 queues, 1.25 writes per million entries in batches of ten.
    million = {name: dollars / 100 for name, dollars in entries_cost(100_000_000, prices).items()}
    assert million["bus"] == pytest.approx(1.00)
    assert million["queues"] == pytest.approx(0.60)
    assert million["writes"] == pytest.approx(1.25)


def test_a_month_of_full_batches_costs_what_the_direct_path_was_counted_to_cost(prices: Any) -> None:
    month = entries_cost(100_000_000, prices)
    kept = ("archive", "records of one month, kept", "logs, kept", "one secret", "metrics of the entries")
    million = (sum(month.values()) - sum(month[name] for name in kept)) / 100
    assert million == pytest.approx(dollars(read_counts()["direct"], prices), abs=0.001)


def test_where_few_come_each_goes_alone_and_the_month_says_so(prices: Any) -> None:
    # One every 4.4 minutes: six requests of a queue and two invocations each.
    month = entries_cost(10_000, prices)
    assert month["queues"] == pytest.approx(0.01 * 6 * 0.40, rel=0.03)
    assert month["bus"] == pytest.approx(0.01)


def test_the_lines_are_as_long_as_the_cost_assumes() -> None:
    stream = io.StringIO()
    log = Log("deliver", stream=stream)
    uuid = "9856ce6a-4840-4a77-aca9-915fec036190"
    log.attempted(
        DeliveryLine(
            result="delivered",
            tenant="acme",
            route="sales-to-a",
            event_id=uuid,
            connection="main",
            account=uuid,
            reference="494682",
            kind="SaleDocument",
            version="r1/1",
            attempt=1,
            outcome="applied",
            posts=1,
            duration_ms=217,
            fence=2,
        )
    )
    log.metrics.flush()
    line, metrics = (len(text) / 1000 for text in stream.getvalue().splitlines())
    load = Load()
    assert metrics == pytest.approx(load.metrics_kb, rel=0.05)
    assert line + metrics / FULL_BATCH == pytest.approx(read_counts()["direct"].log_kb, rel=0.1)
    with invocation(log):
        log.info("settle.swept", count=0)
        log.metrics.backlog(Backlog(), datetime(2026, 3, 1, tzinfo=UTC))
    swept = sum(len(text) for text in stream.getvalue().splitlines()[2:]) / 1000
    assert swept == pytest.approx(load.sweep_lines_kb, rel=0.15)


def test_the_gauges_are_those_that_a_sweep_emits() -> None:
    stream = io.StringIO()
    log = Log("settle", stream=stream)
    log.metrics.backlog(Backlog(), datetime(2026, 3, 1, tzinfo=UTC))
    log.metrics.flush()
    (metrics,) = json.loads(stream.getvalue())["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"] for metric in metrics["Metrics"]} == set(GAUGES)


def test_a_sweep_asks_the_index_as_often_as_the_cost_assumes() -> None:
    # Four statuses counted and three due, eight shards each, half a unit a query.
    assert Load().sweep_reads == (4 + 3) * 8 / 2


def test_both_stages_sweep_alike_so_either_template_gives_the_page() -> None:
    assert DEV.settle_every_min == PROD.settle_every_min
