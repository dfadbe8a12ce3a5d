"""An entry asks the same of the table however many records there are; and the table on disk bills as DynamoDB does."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.disk_table import Bill, DiskTable
from benchmarks.scale_records import WORK, run
from benchmarks.scale_results import COUNTED, PAGE, read_results, rendered
from benchmarks.scale_stage import TOTAL, Spent, TableStage, delivered_references, fill, message
from ledgerpost.adapters.dynamodb import DynamoDeliveryStore
from ledgerpost.app.settle import SWEEP_LIMIT
from ledgerpost.domain.outcome import PostOutcome
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.records import NOON, a_claim, retrying
from tests.infra.metering import Meter
from tests.local.fake_ledger import BUSY, CUT, REFUSED

FRESH, OLD = 60, 30
OWN_TIME_SPREAD_MAX = 1.2


def counted(folder: Path, *sizes: int) -> dict[int, dict[str, Spent]]:
    tables = {records: DiskTable(folder / f"{records}.sqlite") for records in sizes}
    for records, table in tables.items():
        fill(table, records, delivered_references(records, 2 * OLD))
    spent = run(tables, fresh=FRESH, old=OLD)
    for table in tables.values():
        table.close()
    return spent


@pytest.fixture(scope="module")
def spent(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, Spent]]:
    return counted(tmp_path_factory.mktemp("tables"), 2_000, 20_000)


@pytest.mark.parametrize("work", WORK)
def test_ten_times_the_records_take_no_more_requests_and_units(spent: dict[int, dict[str, Spent]], work: str) -> None:
    assert spent[20_000][work].counted() == spent[2_000][work].counted()


def test_a_new_entry_is_two_writes_an_update_three_and_a_repetition_one(spent: dict[int, dict[str, Spent]]) -> None:
    units = {work: spent[20_000][work].write_units / spent[20_000][work].entries for work in WORK}
    assert units == {"fresh": 2, "update": 3, "duplicate": 1, "settle": 0, "page": 0}


def test_a_sweep_reads_about_as_much_as_it_calls_however_much_is_overdue(table: DiskTable) -> None:
    store = DynamoDeliveryStore(table, "deliveries")
    reads = []
    for many in (400, 4000):
        for number in range(table.count(), many):
            store.create(retrying(a_claim(f"R{number:05}"), NOON + timedelta(seconds=number)))
        table.bill = Bill()
        keys = store.due(NOON + timedelta(days=1), 100)
        assert [key.reference for key in keys] == [f"R{number:05}" for number in range(100)]
        reads.append((table.bill.requests["Query"], table.bill.read_units))
    assert reads[1] == reads[0]
    assert reads[0][1] < 24


def test_the_page_says_how_many_a_sweep_calls() -> None:
    page = " ".join(PAGE.read_text("utf-8").split())
    assert f"it calls {SWEEP_LIMIT:,} overdue deliveries a minute, {SWEEP_LIMIT // 60} a second" in page


@pytest.fixture
def table() -> Iterator[DiskTable]:
    with closing(DiskTable(Path(":memory:"))) as opened:
        yield opened


def bodies() -> list[str]:
    """Messages whose ledger's answers leave some entries waiting: new ones, a repetition and a later version."""
    new = [message(f"R{number}", TOTAL) for number in range(12)]
    return [*new, message("R11", TOTAL), message("R11", "1.00", revision=2)]


def without_chance(item: dict[str, Any]) -> dict[str, Any]:
    """Leave out what differs between two runs: the writer, the event's id and a jittered time."""
    return {name: value for name, value in item.items() if name not in ("wr", "ev", "so", "du", "attention_at")}


def test_the_table_on_disk_stores_and_bills_what_an_emulator_of_dynamodb_does(table: DiskTable) -> None:
    script: list[PostOutcome] = [BUSY, CUT, REFUSED]
    TableStage(table, script).deliver(bodies())
    meter = Meter()
    with moto_clients() as session:
        unmetered = session.client("dynamodb")
        create_deliveries_table(unmetered, "deliveries")
        meter.start(session)
        TableStage(session.client("dynamodb"), script).deliver(bodies())
        assert (table.bill.write_units, table.bill.read_units) == (meter.write_units, meter.read_units)
        items = {item["key"]["S"]: without_chance(item) for item in unmetered.scan(TableName="deliveries")["Items"]}
    assert {item["key"]["S"]: without_chance(item) for item in table.items()} == items
    assert sum("attention" in item for item in items.values()) == 3


def test_the_committed_run_is_flat_from_a_thousand_records_to_ten_million() -> None:
    tables = read_results()["records"]["tables"]
    assert list(map(int, tables)) == [1_000, 100_000, 1_000_000, 10_000_000]
    for work in WORK:
        assert len({tuple(table[work][name] for name in COUNTED) for table in tables.values()}) == 1
        times = [table[work]["ownMicroseconds"] for table in tables.values()]
        assert max(times) < min(times) * OWN_TIME_SPREAD_MAX


def test_the_page_on_scale_shows_the_committed_figures() -> None:
    page = PAGE.read_text("utf-8")
    assert page == rendered(page, read_results()), "python benchmarks/scale_results.py"
