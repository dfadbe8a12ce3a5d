"""A page finds deliveries by what a person knows of them, and shows each as it is now."""

from datetime import date
from typing import Any

from ledgerpost.adapters.memory import MemoryDeliveryStore
from ledgerpost.adapters.memory_listing import MemoryListing, listing_changes
from ledgerpost.app import browse
from ledgerpost.app.browse import BrowsePorts, OverviewPorts
from ledgerpost.app.listing import Count, RecordChange, list_changes
from ledgerpost.app.pausing import Scope, pause
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import ConnectionId, RouteId
from ledgerpost.wire.message import read_accepted_event
from tests.app.world import TENANT, World, event_text, route

REFUSED = NotApplied("tag_missing", Retry.NEVER, "Retail", status=422)
SALES = RouteId("sales")
DAY = date(2026, 3, 1)


class Shop(World):
    """A world whose records are listed as they change."""

    def __init__(self) -> None:
        super().__init__()
        self.listing = MemoryListing()
        listed = MemoryDeliveryStore(on_change=listing_changes(self.listing, read_accepted_event))
        self.records = listed
        object.__setattr__(self.ports, "records", listed)
        self.browse = BrowsePorts(records=listed, listing=self.listing)

    def approve(self, reference: str, total: str = "10.00", **more: Any) -> str:
        return self.offer(event_text(total, reference=reference, event_id=reference, **more))

    def overview(self, tenant: TenantId = TENANT) -> browse.Overview:
        ports = OverviewPorts(browse=self.browse, rejections=self.rejections, pauses=self.pauses)
        return browse.overview(tenant, DAY, ports)


def references(records: Any) -> list[str]:
    return [record.key.reference for record in records]


def test_a_delivery_is_found_by_its_reference_and_by_its_receipt_number() -> None:
    shop = Shop()
    shop.approve("a1", ReceiptNumber="R-77")
    shop.approve("a2", ReceiptNumber="R-78")
    for text in ("a1", " R-77 "):
        assert references(browse.search(TENANT, text, shop.configuration, shop.browse)) == ["a1"]
    assert references(browse.search(TENANT, "a1", None, shop.browse)) == ["a1"], "also where its route is gone"
    assert references(browse.search(TENANT, "R-7", shop.configuration, shop.browse)) == []
    assert references(browse.search(TENANT, "  ", shop.configuration, shop.browse)) == []


def test_a_delivery_whose_reference_is_also_another_ones_receipt_number_comes_beside_it() -> None:
    shop = Shop()
    shop.approve("7", ReceiptNumber="7")
    shop.approve("8", ReceiptNumber="7")
    assert references(browse.search(TENANT, "7", shop.configuration, shop.browse)) == ["7", "8"]


def test_the_second_owner_of_a_reference_is_found_with_the_first() -> None:
    shop = Shop()
    shop.approve("1")
    assert shop.approve("1", detail_type="SalePaymentApproved") == "parked"
    assert references(browse.by_reference(TENANT, "1", shop.configuration, shop.browse)) == ["1", "1"]


def test_another_tenant_finds_nothing() -> None:
    shop = Shop()
    shop.approve("1", ReceiptNumber="R-1")
    other = TenantId("globex")
    assert list(browse.search(other, "1", shop.configuration, shop.browse)) == []
    assert list(browse.search(other, "R-1", shop.configuration, shop.browse)) == []
    assert list(browse.of_day(other, SALES, DAY, shop.browse).records) == []
    assert not shop.overview(other).today


def test_a_day_shows_each_delivery_once_as_it_is_now() -> None:
    shop = Shop()
    shop.ledger.faults = [REFUSED]
    shop.approve("1")
    shop.approve("2")
    shop.approve("1", "12.00", revision=2)
    shop.approve("3")
    page = browse.of_day(TENANT, SALES, DAY, shop.browse)
    assert references(page.records) == ["3", "1", "2"]
    assert {record.status for record in page.records} == {Status.DELIVERED}


def test_a_day_can_be_asked_for_one_status() -> None:
    shop = Shop()
    shop.ledger.faults = [REFUSED]
    shop.approve("1")
    shop.approve("2")
    assert references(browse.of_day(TENANT, SALES, DAY, shop.browse, status=Status.PARKED).records) == ["1"]


def test_a_delivery_that_a_later_version_moved_to_another_day_is_shown_there_alone() -> None:
    shop = Shop()
    shop.approve("1", Date="2026-03-01")
    shop.approve("1", Date="2026-03-02", revision=2)
    assert references(browse.of_day(TENANT, SALES, DAY, shop.browse).records) == []
    assert references(browse.of_day(TENANT, SALES, date(2026, 3, 2), shop.browse).records) == ["1"]


def test_every_page_of_a_day_together_has_each_delivery_once() -> None:
    shop = Shop()
    for number in range(260):
        shop.approve(str(number))
    for number in range(0, 260, 7):
        shop.approve(str(number), "11.00", revision=2)
    shown: list[DeliveryRecord] = []
    after = ""
    while True:
        page = browse.of_day(TENANT, SALES, DAY, shop.browse, after=after)
        shown += page.records
        after = page.after
        if not after:
            break
    assert sorted(references(shown), key=int) == [str(number) for number in range(260)]


def test_the_last_days_of_some_routes_come_the_latest_first_up_to_a_number() -> None:
    shop = Shop()
    for number, day in enumerate(("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-01")):
        shop.approve(str(number), Date=day)

    def found(days: int, limit: int, route_id: str = "sales") -> list[str]:
        return references(browse.of_last_days(TENANT, [RouteId(route_id)], DAY, shop.browse, days=days, limit=limit))

    assert found(2, 10) == ["3", "2", "1"]
    assert found(9, 3) == ["3", "2", "1"]
    assert found(9, 10) == ["3", "2", "1", "0"]
    assert found(9, 10, "stores") == []


def test_a_change_that_is_told_twice_is_counted_once() -> None:
    shop = Shop()
    shop.approve("1")
    change = RecordChange(None, shop.record("1"))
    listing = MemoryListing()
    for _ in range(2):
        assert list_changes("batch", [change], listing, read_accepted_event) == 1
    assert list(listing.counts(TENANT, DAY)) == [Count(SALES, Status.DELIVERED, 1)]


def test_the_overview_counts_today_by_route_and_says_what_needs_a_person() -> None:
    shop = Shop()
    shop.approve("1")
    shop.ledger.faults = [REFUSED, NotApplied("rate_limited", Retry.LATER, status=429)]
    shop.approve("2")
    shop.clock.pass_(minutes=3)
    shop.approve("3")
    seen = shop.overview()
    assert list(seen.today) == [
        Count(SALES, Status.DELIVERED, 1), Count(SALES, Status.PARKED, 1), Count(SALES, Status.RETRYING, 1),
    ]  # fmt: skip
    assert list(seen.standing) == list(seen.today)
    assert references(seen.parked.records) == ["2"]
    assert references(seen.oldest) == ["2", "3"]
    assert seen.needs_a_person


def test_a_quiet_day_needs_nobody() -> None:
    shop = Shop()
    shop.approve("1")
    assert not shop.overview().needs_a_person


def test_a_pause_and_a_rejection_need_a_person() -> None:
    shop = Shop()
    pause(Scope(TENANT, ConnectionId("main")), shop.pausing, by="ann", reason="move")
    assert shop.overview().needs_a_person
    other = Shop()
    assert other.approve("x" * 201) == "parked"
    assert references(other.overview().parked.records) == []
    assert [each.code for each in other.overview().rejections] == ["reference_invalid"]
    assert other.overview().needs_a_person


def test_a_skip_by_rule_needs_nobody() -> None:
    shop = Shop()
    shop.configure(route(reference_source="Missing"))
    assert shop.approve("1") == "skipped"
    assert not shop.overview().needs_a_person
