"""Port DeliveryLookup: one suite, three implementations, and how many reads each question takes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import pytest

from ledgerpost.adapters.dynamodb import DynamoDeliveryLookup, DynamoDeliveryStore, DynamoRejectionStore
from ledgerpost.adapters.memory import MemoryDeliveryStore
from ledgerpost.app.browse import DeliveryLookup
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import UsageError
from ledgerpost.ports import DeliveryStore
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, a_name
from tests.contract.records import NOON, a_claim, a_key, a_rejection, retrying
from tests.contract.test_listing import Counted

ACME = TenantId("acme")


class Table(Protocol):
    records: DeliveryStore
    lookup: DeliveryLookup


class _Table:
    def __init__(self, records: Any, lookup: Any) -> None:
        self.records = records
        self.lookup = lookup

    def park(self, reference: str, minutes: int = 0, tenant: str = "acme") -> DeliveryRecord:
        claim = a_claim(reference, tenant, at=NOON + timedelta(minutes=minutes))
        self.records.create(claim)
        parked = claim.moved(Status.PARKED, claim.updated_at, code="tag_missing")
        assert self.records.replace(parked, claim.expected) is None
        return parked

    def pages(self, status: Status, limit: int) -> list[list[str]]:
        pages: list[list[str]] = []
        after = ""
        while True:
            page = self.lookup.waiting(ACME, status, limit, after)
            pages.append([record.key.reference for record in page.records])
            after = page.after
            if not after:
                return pages


@pytest.fixture
def table(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> _Table:
    if request.param == "memory":
        store = MemoryDeliveryStore()
        return _Table(store, store)
    client, name = aws_clients(request.param)("dynamodb"), a_name("deliveries")
    create_deliveries_table(client, name)
    return _Table(DynamoDeliveryStore(client, name), DynamoDeliveryLookup(client, name))


on_every_table = pytest.mark.parametrize("table", ALL, indirect=True)


@on_every_table
def test_chosen_records_are_given_once_each_and_what_is_not_there_is_left_out(table: _Table) -> None:
    one, other = a_claim("1"), a_claim("2")
    table.records.create(one)
    table.records.create(other)
    found = table.lookup.get_all([one.key, a_key("3"), other.key, one.key])
    assert sorted(found, key=lambda record: record.key) == [one, other]
    assert list(table.lookup.get_all([])) == []


@on_every_table
def test_more_than_a_hundred_records_are_read_whole(table: _Table) -> None:
    claims = [a_claim(str(number)) for number in range(130)]
    for claim in claims:
        table.records.create(claim)
    assert len(table.lookup.get_all([claim.key for claim in claims])) == 130


@on_every_table
def test_what_waits_comes_the_longest_waiting_first(table: _Table) -> None:
    for reference, minutes in (("b", 2), ("a", 1), ("c", 3)):
        table.park(reference, minutes)
    assert table.pages(Status.PARKED, 10) == [["a", "b", "c"]]


@on_every_table
def test_pages_of_what_waits_lead_through_all_of_it_in_order(table: _Table) -> None:
    references = [f"{number:02}" for number in range(23)]
    for number, reference in enumerate(references):
        table.park(reference, number)
    pages = table.pages(Status.PARKED, 4)
    assert [reference for page in pages for reference in page] == references
    assert max(map(len, pages)) <= 4


@on_every_table
def test_what_waits_since_the_very_same_moment_is_given_once_each(table: _Table) -> None:
    for number in range(60):
        table.park(str(number))
    given = [reference for page in table.pages(Status.PARKED, 2) for reference in page]
    assert sorted(given) == sorted(str(number) for number in range(60))


@on_every_table
def test_another_status_and_another_tenant_are_left_out(table: _Table) -> None:
    table.park("1")
    table.park("2", tenant="globex")
    table.park("3", tenant="acme2")
    claim = a_claim("4")
    table.records.create(claim)
    table.records.replace(retrying(claim, NOON), claim.expected)
    assert table.pages(Status.PARKED, 10) == [["1"]]
    assert table.pages(Status.RETRYING, 10) == [["4"]]
    assert table.pages(Status.UNCONFIRMED, 10) == [[]]


@on_every_table
def test_a_tenant_is_found_behind_the_work_of_others(table: _Table) -> None:
    for number in range(80):
        table.park(str(number), tenant="globex")
    table.park("mine", 5)
    assert [reference for page in table.pages(Status.PARKED, 2) for reference in page] == ["mine"]


@on_every_table
@pytest.mark.parametrize("status", [Status.DELIVERED, Status.SKIPPED, Status.IN_FLIGHT])
def test_what_waits_for_nothing_is_not_listed_here(table: _Table, status: Status) -> None:
    claim = a_claim()
    table.records.create(claim)
    if status is not Status.IN_FLIGHT:
        table.records.replace(claim.moved(status, NOON), claim.expected)
    assert list(table.lookup.waiting(ACME, status, 10).records) == []


@pytest.mark.parametrize("after", ["nonsense", "W10=", "eyJhIjogMX0="])
def test_a_page_that_nobody_gave_is_refused(moto_session: Any, after: str) -> None:
    lookup = DynamoDeliveryLookup(moto_session.client("dynamodb"), "deliveries")
    with pytest.raises(UsageError):
        lookup.waiting(ACME, Status.PARKED, 10, after)


def test_a_page_of_what_waits_is_nine_reads_however_much_waits(moto_session: Any) -> None:
    client, name = Counted(moto_session.client("dynamodb")), a_name("deliveries")
    create_deliveries_table(client, name)
    table = _Table(DynamoDeliveryStore(client, name), DynamoDeliveryLookup(client, name))
    DynamoRejectionStore(client, name).put(replace(a_rejection(), tenant="acme"))
    for number in range(150):
        table.park(str(number), number)
    client.calls.clear()
    page = table.lookup.waiting(ACME, Status.PARKED, 20)
    assert len(page.records) == 20
    assert sorted(client.calls) == ["batch_get_item", *["query"] * 8]
