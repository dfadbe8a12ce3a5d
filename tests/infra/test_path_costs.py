"""What an entry of each path asks of AWS, counted with the real handlers, so that no change makes one dearer unseen.

`UPDATE_GOLDEN=1 pytest tests/infra/test_path_costs.py` writes the counts anew, and `python infra/costs.py` the page.
"""

import json
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, replace

import boto3
import pytest

from infra.cost_page import MEASURED, PAGE
from infra.costs import read_prices
from infra.path_costs import (
    FULL_BATCH,
    PROCESSOR_MS,
    PathCounts,
    dollars,
    dollars_by_line,
    floor,
    function_seconds,
    in_batches_of,
    path_table,
    read_counts,
    without_the_bus,
    write_counts,
)
from infra.stage import PROD
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.commerce_stores import create_commerce_table
from tests.infra.paths import PATHS

DEARER_MAX = 0.05
DIRECT_MAX = 3.45
"""Dollars; the budget is 3.50. Five cents are left for what a measurement on Lambda may add."""


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with moto_clients() as opened:
        create_deliveries_table(opened.client("dynamodb"), "deliveries")
        create_commerce_table(opened.client("dynamodb"), "commerce")
        yield opened


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_no_dearer_than_was_agreed_on(path: str, session: boto3.Session) -> None:
    counted = PATHS[path](session).counts
    if os.environ.get("UPDATE_GOLDEN") == "1":
        write_counts({**read_counts(), path: counted})
    agreed = read_counts()[path]
    now, before = (dollars(counts, read_prices()) for counts in (counted, agreed))
    said = f"${now:.2f} a million, not ${before:.2f}: {asdict(counted)}"
    assert now == pytest.approx(before, rel=DEARER_MAX), said


def test_a_million_entries_posted_directly_stay_under_their_limit() -> None:
    assert dollars(read_counts()["direct"], read_prices()) <= DIRECT_MAX


def test_a_write_more_for_each_entry_would_be_seen() -> None:
    agreed = read_counts()["direct"]
    dearer = replace(agreed, write_units=agreed.write_units + 1)
    assert dollars(dearer, read_prices()) > dollars(agreed, read_prices()) * (1 + DEARER_MAX)


def test_the_page_shows_the_paths() -> None:
    assert path_table(read_prices()) in PAGE.read_text(), "run `python infra/costs.py`"


def test_an_entry_that_is_posted_directly_is_two_writes_and_no_read_of_its_own() -> None:
    agreed = read_counts()["direct"]
    assert agreed.write_units == 2.0
    assert agreed.read_units < 0.02
    # Whether the account upserts is asked once, by the first batch's ten at once.
    assert agreed.ledger_calls <= 1.1


@pytest.mark.parametrize("path", PATHS)
def test_a_function_works_as_long_as_was_measured_rounded_up(path: str) -> None:
    measured = json.loads(MEASURED.read_text())["processorMs"][path]["all"]
    assert PROCESSOR_MS[path] == math.ceil(measured * 2) / 2
    assert read_counts()[path].processor_ms == PROCESSOR_MS[path]


def test_the_functions_on_the_way_of_an_entry_have_the_memory_that_is_reckoned_with() -> None:
    direct = read_counts()["direct"]
    assert PROD.intake.memory_mib == PROD.deliver.memory_mib == direct.memory_mib
    assert json.loads(MEASURED.read_text())["residentMib"] < direct.memory_mib


def test_working_costs_the_same_at_every_size_and_waiting_costs_by_the_size() -> None:
    direct = read_counts()["direct"]
    works = replace(direct, aws_waits=0.0, ledger_waits=0.0)
    waits = replace(direct, processor_ms=0.0)

    def gb_seconds(counts: PathCounts, memory_mib: int) -> float:
        return function_seconds(replace(counts, memory_mib=memory_mib)) * memory_mib

    assert gb_seconds(works, 512) == pytest.approx(gb_seconds(works, 256))
    assert gb_seconds(waits, 512) == pytest.approx(2 * gb_seconds(waits, 256))


def test_every_message_with_a_group_is_billed_for_it_where_it_is_sent_received_and_deleted() -> None:
    # One of each for a batch of ten; what goes from the bus to intake has no group.
    assert read_counts()["direct"].fair_queue_requests == 0.3


def test_a_batch_of_one_asks_for_all_that_ten_share() -> None:
    direct = read_counts()["direct"]
    assert in_batches_of(direct, FULL_BATCH, metrics_kb=0.2) == direct
    alone = in_batches_of(direct, 1, metrics_kb=0.2)
    # The bus sends; intake receives, deletes and sends; the delivery receives and deletes.
    assert alone.queue_requests == pytest.approx(6.0)
    assert alone.invocations == pytest.approx(2.0)
    assert (alone.write_units, alone.events, alone.egress_kb) == (direct.write_units, direct.events, direct.egress_kb)


def test_the_floor_is_what_is_left_without_a_claim_a_log_and_a_fair_queue() -> None:
    direct, prices = read_counts()["direct"], read_prices()
    lines = dollars_by_line(direct, prices)
    left_out = lines["logs"] + lines["reads"] + lines["fair queue"] + prices["table_writes_million"]
    assert floor(direct, prices) == pytest.approx(sum(lines.values()) - left_out)
    assert floor(direct, prices) - without_the_bus(direct, prices) == pytest.approx(1.00 + 0.9 * 0.40)
