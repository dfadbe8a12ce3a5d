"""Port Listing: one suite, three implementations, and what a read of it costs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb import DynamoListing
from ledgerpost.adapters.memory_listing import MemoryListing
from ledgerpost.app.listing import Count, Listing
from ledgerpost.domain.delivery import DeliveryKey, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed, Move
from ledgerpost.domain.route import RouteId
from ledgerpost.errors import StoreError
from tests.adapters.fake_clients import Failing, client_error
from tests.app.world import HandClock
from tests.contract.conftest import ALL, a_name
from tests.contract.listing_table import create_listing_table
from tests.contract.records import a_key

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
SALES, STORES = RouteId("sales"), RouteId("stores#2")
DAY = date(2026, 3, 1)


class Counted:
    """Passes calls on and counts them by operation."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append(name)
            return getattr(self._client, name)(**request)

        return call


@pytest.fixture
def listing(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> Listing:
    if request.param == "memory":
        return MemoryListing()
    return DynamoListing(*_table(aws_clients(request.param)("dynamodb")), HandClock())


def _table(client: Any) -> tuple[Any, str]:
    table = a_name("listing")
    create_listing_table(client, table)
    return client, table


on_every_listing = pytest.mark.parametrize("listing", ALL, indirect=True)


def a_row(reference: str = "1", tenant: str = "acme", **changes: Any) -> Listed:
    row = Listed(
        key=a_key(reference, tenant), route=SALES, day=DAY, status=Status.DELIVERED, fence=2, receipt=f"R-{reference}"
    )
    return replace(row, **changes)


def first(*rows: Listed) -> list[Move]:
    return [Move(None, row) for row in rows]


def every_row(listing: Listing, route: RouteId = SALES, day: date = DAY) -> list[Listed]:
    rows: list[Listed] = []
    after = ""
    while True:
        page = listing.of_day(ACME, route, day, after)
        rows += page.rows
        after = page.after
        if not after:
            return rows


@on_every_listing
def test_nothing_is_listed_at_first(listing: Listing) -> None:
    assert every_row(listing) == []
    assert list(listing.by_receipt(ACME, "R-1")) == []
    assert list(listing.counts(ACME, DAY)) == []
    assert list(listing.accounts(ACME)) == []


@on_every_listing
def test_a_row_is_found_by_its_day_exactly(listing: Listing) -> None:
    row = a_row(key=a_key("a#b%c", collision="SaleDocument"), receipt="№ 7")
    listing.add("001", first(row))
    assert every_row(listing) == [row]


@on_every_listing
def test_the_latest_change_comes_first(listing: Listing) -> None:
    listing.add("001", first(a_row("1"), a_row("2")))
    listing.add("002", first(a_row("3")))
    assert [row.key.reference for row in every_row(listing)] == ["3", "2", "1"]


@on_every_listing
def test_routes_days_and_tenants_are_listed_apart(listing: Listing) -> None:
    other_day = date(2026, 3, 2)
    listing.add("001", first(a_row("1"), a_row("2", route=STORES), a_row("3", day=other_day), a_row("4", "globex")))
    assert [row.key.reference for row in every_row(listing)] == ["1"]
    assert [row.key.reference for row in every_row(listing, STORES)] == ["2"]
    assert [row.key.reference for row in every_row(listing, day=other_day)] == ["3"]


@on_every_listing
def test_a_long_day_comes_page_by_page_and_whole(listing: Listing) -> None:
    references = [str(number) for number in range(430)]
    for start in range(0, len(references), 43):
        listing.add(f"{start:05}", first(*map(a_row, references[start : start + 43])))
    assert [row.key.reference for row in every_row(listing)] == references[::-1]
    assert len(listing.of_day(ACME, SALES, DAY).rows) < 250


@on_every_listing
def test_a_day_of_many_small_batches_comes_whole(listing: Listing) -> None:
    for number in range(120):
        listing.add(f"{number:05}", first(a_row(str(number))))
    assert [row.key.reference for row in every_row(listing)] == [str(number) for number in range(119, -1, -1)]


@on_every_listing
def test_a_receipt_number_leads_to_its_deliveries_and_to_no_others(listing: Listing) -> None:
    same = replace(a_row("2"), receipt="R-1")
    listing.add("001", first(a_row("1"), a_row("3"), a_row("4", receipt="")))
    listing.add("002", first(same, a_row("1", "globex")))
    assert set(listing.by_receipt(ACME, "R-1")) == {a_key("1"), a_key("2")}
    assert list(listing.by_receipt(GLOBEX, "R-1")) == [a_key("1", "globex")]
    assert list(listing.by_receipt(ACME, "R-")) == []


@on_every_listing
def test_counts_follow_each_delivery_from_status_to_status(listing: Listing) -> None:
    parked = a_row("1", status=Status.PARKED)
    listing.add("001", first(parked, a_row("2"), a_row("3", route=STORES)))
    assert list(listing.counts(ACME, DAY)) == [
        Count(SALES, Status.DELIVERED, 1), Count(SALES, Status.PARKED, 1), Count(STORES, Status.DELIVERED, 1),
    ]  # fmt: skip
    listing.add("002", [Move(parked, a_row("1", fence=5))])
    assert list(listing.counts(ACME, DAY)) == [Count(SALES, Status.DELIVERED, 2), Count(STORES, Status.DELIVERED, 1)]


@on_every_listing
def test_the_latest_days_of_each_route_come_first_and_no_other_tenants(listing: Listing) -> None:
    earlier = date(DAY.year, DAY.month, DAY.day) - timedelta(days=3)
    listing.add("001", first(a_row("1"), a_row("2", day=earlier), a_row("3", route=STORES, day=earlier)))
    assert list(listing.latest_days(ACME, 10)) == [(DAY, SALES), *sorted([(earlier, STORES), (earlier, SALES)])[::-1]]
    assert list(listing.latest_days(ACME, 1)) == [(DAY, SALES)]
    assert list(listing.latest_days(TenantId("globex"), 10)) == []


@on_every_listing
def test_a_claim_in_flight_is_counted_nowhere(listing: Listing) -> None:
    listing.add("001", first(a_row("1")))
    listing.add("002", [Move(a_row("1"), None)])
    assert list(listing.counts(ACME, DAY)) == []


@on_every_listing
def test_a_delivery_that_moves_to_another_day_is_counted_there(listing: Listing) -> None:
    moved = a_row("1", day=date(2026, 3, 2), fence=4)
    listing.add("001", first(a_row("1")))
    listing.add("002", [Move(a_row("1"), moved)])
    assert list(listing.counts(ACME, DAY)) == []
    assert list(listing.counts(ACME, moved.day)) == [Count(SALES, Status.DELIVERED, 1)]
    assert list(listing.counts(ACME, None)) == [Count(SALES, Status.DELIVERED, 1)]


@on_every_listing
def test_a_batch_that_comes_again_changes_nothing(listing: Listing) -> None:
    for _ in range(2):
        listing.add("001", first(a_row("1"), a_row("2")))
    assert len(every_row(listing)) == 2
    assert list(listing.counts(ACME, DAY)) == [Count(SALES, Status.DELIVERED, 2)]
    assert len(listing.by_receipt(ACME, "R-1")) == 1


@on_every_listing
def test_every_account_with_deliveries_is_known(listing: Listing) -> None:
    other = a_row("2", key=DeliveryKey(ACME, *a_key("2")[1:2], "other", *a_key("2")[3:]))  # type: ignore[arg-type]
    listing.add("001", first(a_row("1"), other, a_row("9", "globex")))
    assert set(listing.accounts(ACME)) == {("main", "7d5f0c1e"), ("main", "other")}


def test_a_fault_of_the_table_is_a_store_error() -> None:
    listing = DynamoListing(Failing(client_error("ThrottlingException")), "listing", HandClock())
    with pytest.raises(StoreError):
        listing.add("001", first(a_row()))
    with pytest.raises(StoreError):
        listing.of_day(ACME, SALES, DAY)


def test_a_hundred_deliveries_of_a_day_cost_the_listing_a_fraction_of_a_write_each(moto_session: Any) -> None:
    client = Counted(moto_session.client("dynamodb"))
    listing = DynamoListing(*_table(client), HandClock())
    client.calls.clear()
    rows = [a_row(str(number)) for number in range(1000)]
    listing.add("001", first(*rows))
    # Ten items of the day, one of each bucket of receipt numbers, one account, and one transaction for the counts.
    assert client.calls.count("put_item") == 10 + 64 + 1
    assert client.calls.count("transact_write_items") == 1


def test_every_question_is_one_query(moto_session: Any) -> None:
    client = Counted(moto_session.client("dynamodb"))
    listing = DynamoListing(*_table(client), HandClock())
    for number in range(300):
        listing.add(f"{number:05}", first(a_row(str(number))))
    for ask in (
        lambda: listing.of_day(ACME, SALES, DAY),
        lambda: listing.by_receipt(ACME, "R-7"),
        lambda: listing.counts(ACME, DAY),
        lambda: listing.accounts(ACME),
    ):
        client.calls.clear()
        ask()
        assert client.calls == ["query"]
