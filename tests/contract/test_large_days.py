"""A day of twenty thousand lines by product: its state spills over several items, and nothing else changes."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.domain.grouping.close import DayClose, DayStatus
from ledgerpost.errors import StoreError
from ledgerpost.ports_commerce import CommerceStores
from tests.contract.commerce_stores import create_commerce_table, dynamo_stores, sqlite_stores
from tests.contract.conftest import a_name
from tests.contract.test_commerce_stores import ACME, a_day
from tests.grouping.builders import DAY, a_company, a_line, an_order
from tests.grouping.world import Shop, later

LINES = 20_000
LINES_PER_ORDER = 500
ITEM_BYTES_MAX = 400 * 1024
"""Source: DynamoDB service quotas."""


class Watched:
    """A client of DynamoDB that notes what is put, and refuses an item above the quota or `refuses` says no to."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.puts: list[dict[str, Any]] = []
        self.refuses = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        item = request["Item"]
        size = sum(len(key) + sum(map(_bytes, value.values())) for key, value in item.items())
        assert size <= ITEM_BYTES_MAX, f"{item['pk']} has {size} bytes"
        if self.refuses and item["pk"]["S"].startswith(self.refuses):
            raise StoreError("store_unavailable", "DynamoDB did not answer.")
        self.puts.append(item)
        return self._client.put_item(**request)

    def put_partitions(self) -> list[str]:
        return [item["pk"]["S"].partition("#")[0] for item in self.puts]


def _bytes(value: Any) -> int:
    return sum(map(len, map(str, value))) if isinstance(value, list) else len(value)


@pytest.fixture
def client(moto_session: Any) -> Watched:
    return Watched(moto_session.client("dynamodb"))


@pytest.fixture
def dynamo(client: Watched) -> tuple[CommerceStores, str]:
    table = a_name("commerce")
    create_commerce_table(client, table)
    return dynamo_stores(client, table), table


def product(number: int) -> str:
    """An id that does not deflate, as those of shops are."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def a_catalogue_order(number: int) -> Any:
    first = number * LINES_PER_ORDER
    lines = [a_line(f"{place % 90 + 1}.10", "0.22", product=product(place)) for place in range(first, first + 500)]
    return an_order(f"o-{number}", lines)


def a_closed_catalogue(stores: CommerceStores) -> Shop:
    company = a_company(levels={"line": ("product",)})
    shop = Shop(stores=stores, company=replace(company, payments=replace(company.payments, sync=False),
                                               fees=replace(company.fees, sync=False)))  # fmt: skip
    for number in range(LINES // LINES_PER_ORDER):
        shop.takes(a_catalogue_order(number))
    shop.waits_until("2026-03-03T02:00")
    shop.closes()
    return shop


def test_twenty_thousand_lines_by_product_close_into_the_same_bytes_as_anywhere(
    client: Watched, dynamo: tuple[CommerceStores, str]
) -> None:
    shop, elsewhere = a_closed_catalogue(dynamo[0]), a_closed_catalogue(sqlite_stores())

    assert sum(len(entity["Document"]["lines"]) for entity in shop.outbox.entities) == LINES
    assert client.put_partitions().count("layer") >= 2, "the state does not fit into one item"
    for again in (shop, elsewhere):
        assert again.closes().documents == (), "closing again changes nothing"
        amended = later(a_catalogue_order(3))
        again.takes(replace(amended, lines=amended.lines[1:], total=amended.total - amended.lines[0].total,
                            tax=amended.tax - amended.lines[0].tax))  # fmt: skip
        again.waits_until("2026-03-03T04:00")
        again.closes()
    assert shop.outbox.events == elsewhere.outbox.events
    state = dynamo[0].days.day(ACME, DAY)
    assert state == elsewhere.stores.days.day(ACME, DAY)
    assert state is not None
    assert (state.status, len(state.layers)) == (DayStatus.CLOSED, 2)
    assert dynamo[0].days.days(ACME, 5) == [state]


def a_large_day(**changes: Any) -> DayClose:
    layer = "".join(product(number) for number in range(40_000))
    return replace(a_day(), layers=(layer, "small"), **changes)


def test_parts_are_written_before_the_day_that_names_them(client: Watched, dynamo: tuple[CommerceStores, str]) -> None:
    days = dynamo[0].days
    client.refuses = "day#"
    with pytest.raises(StoreError):
        days.put_day(a_large_day())
    assert (days.day(ACME, DAY), set(client.put_partitions())) == (None, {"layer"})

    client.refuses = ""
    assert days.put_day(a_large_day())
    assert client.put_partitions()[-1] == "day"
    assert days.day(ACME, DAY) == a_large_day()


def test_a_part_that_cannot_be_written_leaves_the_day_as_it_was(
    client: Watched, dynamo: tuple[CommerceStores, str]
) -> None:
    days = dynamo[0].days
    assert days.put_day(a_day())
    client.refuses = "layer#"
    with pytest.raises(StoreError):
        days.put_day(a_large_day(fence=2))
    assert days.day(ACME, DAY) == a_day()


def test_moving_a_day_on_names_the_same_parts_and_a_rival_changes_none(
    dynamo: tuple[CommerceStores, str], client: Watched
):
    days = dynamo[0].days
    assert days.put_day(a_large_day())
    first = {(item["pk"]["S"], item["sk"]["S"]) for item in client.puts if "layer#" in item["pk"]["S"]}
    closed = a_large_day(fence=2, status=DayStatus.CLOSED)
    assert days.put_day(closed)
    assert not days.put_day(replace(closed, layers=(closed.layers[0][::-1],)))

    again = {(item["pk"]["S"], item["sk"]["S"]) for item in client.puts[: 2 * len(first) + 2]}
    assert {key for key in again if "layer#" in key[0]} == first
    assert days.day(ACME, DAY) == closed


def test_a_large_day_is_read_item_by_item_as_intake_is_allowed_to(
    client: Watched, dynamo: tuple[CommerceStores, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Intake reads the state of a day and has no permission to query. Source: infra, what intake does with a record."""
    dynamo[0].days.put_day(a_large_day())
    monkeypatch.setattr(client, "query", None, raising=False)

    assert dynamo[0].days.day(ACME, DAY) == a_large_day()


def test_a_day_of_which_a_part_is_missing_is_never_read_as_a_smaller_one(
    client: Watched, dynamo: tuple[CommerceStores, str]
) -> None:
    stores, table = dynamo
    stores.days.put_day(a_large_day())
    part = next(item for item in client.puts if item["pk"]["S"].startswith("layer#"))
    client.delete_item(TableName=table, Key={"pk": part["pk"], "sk": part["sk"]})

    with pytest.raises(StoreError, match="missing or damaged"):
        stores.days.day(ACME, DAY)
