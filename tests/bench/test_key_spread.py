"""How keys spread over partitions, and what that says of the rates on the page."""

from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.disk_table import Bill, DiskTable
from benchmarks.key_spread import Load, delivery_keys, hottest, index_keys, listing_units, loads, one_account
from benchmarks.scale_results import read_results
from benchmarks.scale_stage import NOON, TOTAL, TableStage, message
from ledgerpost.adapters.dynamodb.attention import SHARDS
from ledgerpost.adapters.dynamodb.pauses import DynamoPauseStore
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.pause import Pause
from tests.local.approvals import CONFIGURATION, ROUTE


def test_one_key_is_one_partition_and_no_more_partitions_help_it() -> None:
    load = Load(name="one", units=2, keys=lambda _: iter(["the same"] * 5))
    assert load.figures()["fullAt"] == {"4": 500, "20": 500, "40": 500, "100": 500}


def test_keys_of_one_account_in_sequence_spread_evenly() -> None:
    keys = Counter("#".join(key) for key in delivery_keys(one_account(), 40_000))
    assert len(keys) == 40_000
    assert hottest(keys, 20) < 1.1


def test_few_keys_meet_in_one_partition_so_shards_alone_are_no_rate() -> None:
    keys = Counter(f"parked#{shard}" for shard in range(SHARDS))
    assert hottest(keys, 20, draws=101) == pytest.approx(20 * 2 / SHARDS)


def test_work_that_waits_is_shared_evenly_among_the_shards_of_its_status() -> None:
    counts = Counter(index_keys(Status.PARKED)(20_000))
    assert len(counts) == SHARDS
    assert max(counts.values()) < min(counts.values()) * 1.1


def test_rows_of_the_listing_lie_together_so_a_row_is_a_fraction_of_a_write() -> None:
    assert listing_units(1) == 1
    assert listing_units(500) < 0.1


def test_the_committed_figures_are_of_the_loads_as_they_are() -> None:
    kept = {load["name"]: (load["keys"], load["writeUnits"]) for load in read_results()["keys"]["loads"]}
    assert kept.keys() == {load.name for load in loads()}
    for load in loads():
        keys, units = kept[load.name]
        found = len(set(load.keys(1000)))
        assert (found, round(load.units, 3)) == (keys if found < 1000 else 1000, units)


def test_an_entry_that_a_pause_holds_reads_the_pauses_twice_and_writes_twice() -> None:
    with closing(DiskTable(Path(":memory:"))) as table:
        stage = TableStage(table)
        pause = Pause(connection=ROUTE.connection, account=None, code="token_refused", by="ledgerpost", at=NOON)
        DynamoPauseStore(table, "deliveries", stage.services.hand_clock).pause(CONFIGURATION.tenant, pause)
        stage.deliver([message("R0", TOTAL)])
        table.bill = Bill()
        stage.deliver([message("R1", TOTAL)])
        assert (table.bill.read_units, table.bill.write_units, stage.posts) == (2, 2, 0)
