"""Ports CommerceStore, CompanyStore, DayStore and RunStore: one suite over every implementation."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.domain.closing import CompanyKey, DayRange, Progress, SyncRun, SyncStatus
from ledgerpost.domain.commerce import CompanyId, PaymentType, record_key
from ledgerpost.domain.delivery import Operation
from ledgerpost.domain.document import canonical_json
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.close import DayClose, DayStatus
from ledgerpost.errors import StoreError
from ledgerpost.ports_commerce import CommerceStores, Kept, KeptCompany, RecordHead
from tests.adapters.fake_clients import AnswerLost, Failing, client_error
from tests.contract.commerce_stores import create_commerce_table, dynamo_stores, sqlite_stores
from tests.contract.conftest import ALL, a_name
from tests.grouping.builders import COMPANY, DAY, NOON, a_company, a_fee, a_line, a_payment, an_order
from tests.grouping.world import Shop, later

ACME = CompanyKey(TenantId("acme"), COMPANY)
OTHER = CompanyKey(TenantId("acme"), CompanyId("other"))


@pytest.fixture
def stores(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> CommerceStores:
    if request.param == "memory":
        return sqlite_stores()
    client, table = aws_clients(request.param)("dynamodb"), a_name("commerce")
    create_commerce_table(client, table)
    return dynamo_stores(client, table)


on_every_store = pytest.mark.parametrize("stores", ALL, indirect=True)


@on_every_store
def test_a_record_is_kept_once_and_read_back_exactly(stores: CommerceStores) -> None:
    order = an_order("Straße #1", [a_line("1.10", "0.22", product="tea")], location="ost%")
    assert stores.records.keep(ACME, DAY, order) is Kept.NEW
    assert stores.records.keep(ACME, DAY, order) is Kept.DUPLICATE
    assert list(stores.records.records(ACME, DAY)) == [order]


@on_every_store
def test_an_order_and_a_transaction_may_share_an_id(stores: CommerceStores) -> None:
    records = [an_order("1", [a_line("1")]), a_fee("1", "0.35")]
    assert {stores.records.keep(ACME, DAY, record) for record in records} == {Kept.NEW}
    assert sorted(stores.records.records(ACME, DAY), key=record_key) == sorted(records, key=record_key)


@on_every_store
def test_versions_of_a_record_stand_together_in_their_order_whatever_came_between(stores: CommerceStores) -> None:
    orders = [an_order(name, [a_line("1")]) for name in ("1", "1#", "1 2", "10", "2")]
    versions = [later(order, minutes) for minutes in (0, 2, 10) for order in orders]
    for record in versions:
        stores.records.keep(ACME, DAY, record)
    read = list(stores.records.records(ACME, DAY))
    names = [record_key(record) for record in read]
    assert len(read) == 15
    for place, record in enumerate(read[1:], start=1):
        if record_key(record) == names[place - 1]:
            assert record.version.compare(read[place - 1].version) > 0
    assert len(names) - sum(names[place] == names[place - 1] for place in range(1, 15)) == 5


@on_every_store
def test_an_older_version_is_left_aside(stores: CommerceStores) -> None:
    order = an_order("1", [a_line("1")])
    assert stores.records.keep(ACME, DAY, later(order)) is Kept.NEW
    assert stores.records.keep(ACME, DAY, order) is Kept.OLDER
    assert list(stores.records.records(ACME, DAY)) == [later(order)]


@on_every_store
def test_one_version_with_other_content_is_a_conflict_and_the_first_stays(stores: CommerceStores) -> None:
    order = an_order("1", [a_line("1")])
    stores.records.keep(ACME, DAY, order)
    assert stores.records.keep(ACME, DAY, replace(order, total=Decimal(2))) is Kept.CONFLICT
    assert list(stores.records.records(ACME, DAY)) == [order]


@on_every_store
def test_a_record_counts_in_the_day_of_its_first_version_whatever_a_later_one_says(stores: CommerceStores) -> None:
    order, tomorrow = an_order("1", [a_line("1")]), DAY + timedelta(days=1)
    stores.records.keep(ACME, DAY, order)
    assert stores.records.keep(ACME, tomorrow, later(order)) is Kept.LATER
    assert list(stores.records.records(ACME, tomorrow)) == []
    assert list(stores.records.records(ACME, DAY)) == [order, later(order)]
    assert stores.records.head(ACME, "order:1") == RecordHead(later(order).version, DAY)


@on_every_store
def test_companies_and_days_are_kept_apart(stores: CommerceStores) -> None:
    stores.records.keep(ACME, DAY, an_order("1", [a_line("1")]))
    assert list(stores.records.records(OTHER, DAY)) == []
    assert list(stores.records.records(ACME, DAY + timedelta(days=1))) == []
    assert stores.records.head(OTHER, "order:1") is None


@on_every_store
def test_a_late_mark_goes_only_where_nothing_came_since_it_was_read(stores: CommerceStores) -> None:
    stores.records.mark_late(ACME, DAY)
    (read,) = stores.records.late_days(ACME)
    stores.records.mark_late(ACME, DAY)
    stores.records.unmark_late(ACME, read)
    (again,) = stores.records.late_days(ACME)
    assert (again.day, again.token != read.token) == (DAY, True)
    stores.records.unmark_late(ACME, again)
    assert list(stores.records.late_days(ACME)) == []


def a_kept(**changes: Any) -> KeptCompany:
    progress = Progress().with_covered(DayRange(date(2026, 3, 1), date(2026, 3, 4))).with_failure(date(2026, 3, 6))
    return replace(KeptCompany(company=a_company(), progress=progress, next_run=NOON), **changes)


@on_every_store
def test_a_company_is_given_back_exactly(stores: CommerceStores) -> None:
    assert stores.companies.company(ACME) is None
    assert stores.companies.put(a_kept())
    assert stores.companies.company(ACME) == a_kept()


@on_every_store
def test_of_two_writers_of_a_company_one_is_refused(stores: CommerceStores) -> None:
    assert stores.companies.put(a_kept())
    assert not stores.companies.put(a_kept())
    assert stores.companies.put(a_kept(fence=2))
    assert not stores.companies.put(a_kept(fence=2))
    assert not stores.companies.put(a_kept(fence=4))


@on_every_store
def test_the_companies_of_a_tenant_are_listed_by_id_and_no_other_tenants(stores: CommerceStores) -> None:
    for place in (2, 0, 1):
        stores.companies.put(a_kept(company=replace(a_company(), id=CompanyId(f"c{place}"))))
    assert [each.company.id for each in stores.companies.companies(ACME.tenant, 10)] == ["c0", "c1", "c2"]
    assert [each.company.id for each in stores.companies.companies(ACME.tenant, 2)] == ["c0", "c1"]
    assert list(stores.companies.companies(TenantId("globex"), 10)) == []


@on_every_store
def test_companies_are_found_by_the_hour_that_they_are_due_at_the_longest_due_first(stores: CommerceStores) -> None:
    for place in range(9):
        company = replace(a_company(), id=CompanyId(f"c{place}"), enabled=place != 4)
        stores.companies.put(a_kept(company=company, next_run=NOON + timedelta(hours=place)))
    due = stores.companies.due(NOON + timedelta(hours=6), limit=100)
    assert [key.company for key in due] == ["c0", "c1", "c2", "c3", "c5", "c6"]
    assert [key.company for key in stores.companies.due(NOON + timedelta(hours=6), limit=2)] == ["c0", "c1"]


@on_every_store
def test_a_company_that_has_run_is_not_due_any_more(stores: CommerceStores) -> None:
    stores.companies.put(a_kept())
    stores.companies.put(a_kept(next_run=NOON + timedelta(days=1), fence=2))
    assert list(stores.companies.due(NOON, limit=10)) == []


def a_day(**changes: Any) -> DayClose:
    day = DayClose(
        key=ACME,
        day=DAY,
        status=DayStatus.CLOSING,
        revision=1,
        fence=1,
        layers=('{"sums":[]}', "x" * 2000),
        from_layer=1,
        updated_at=NOON,
        references=("SI260302-0a1b2c3d4e5f",),
        operations=(Operation(NOON, "reopened", "ann", "Konto vertauscht"),),
    )
    return replace(day, **changes)


@on_every_store
def test_the_state_of_a_day_is_given_back_exactly(stores: CommerceStores) -> None:
    assert stores.days.day(ACME, DAY) is None
    assert stores.days.put_day(a_day())
    assert stores.days.day(ACME, DAY) == a_day()


@on_every_store
def test_of_two_closes_of_a_day_one_is_refused(stores: CommerceStores) -> None:
    assert stores.days.put_day(a_day())
    assert not stores.days.put_day(a_day(revision=7))
    closed = a_day().moved(DayStatus.CLOSED, NOON)
    assert stores.days.put_day(closed)
    assert not stores.days.put_day(closed)
    assert stores.days.day(ACME, DAY) == closed


@on_every_store
def test_days_are_listed_the_latest_first(stores: CommerceStores) -> None:
    for offset in (1, 0, 2):
        stores.days.put_day(a_day(day=DAY + timedelta(days=offset)))
    assert [state.day - DAY for state in stores.days.days(ACME, limit=2)] == [timedelta(days=2), timedelta(days=1)]


@on_every_store
def test_runs_are_listed_the_latest_first_each_in_its_last_state(stores: CommerceStores) -> None:
    for place in range(3):
        run = SyncRun(
            id=f"run-{place}",
            company=COMPANY,
            days=DayRange(DAY, DAY),
            status=SyncStatus.IN_PROGRESS,
            started_at=NOON + timedelta(hours=place),
        )
        stores.runs.put_run(ACME, run)
        stores.runs.put_run(ACME, replace(run, status=SyncStatus.SUCCESS, ended_at=NOON, data_pushed=True))
    runs = stores.runs.runs(ACME, limit=2)
    assert [(run.id, run.status, run.ended_at) for run in runs] == [
        ("run-2", SyncStatus.SUCCESS, NOON),
        ("run-1", SyncStatus.SUCCESS, NOON),
    ]


def test_a_store_that_does_not_answer_is_a_store_error_and_not_an_empty_day() -> None:
    stores = dynamo_stores(Failing(client_error("ThrottlingException")), "commerce")
    with pytest.raises(StoreError):
        list(stores.records.records(ACME, DAY))
    with pytest.raises(StoreError):
        stores.records.keep(ACME, DAY, an_order("1", [a_line("1")]))
    with pytest.raises(StoreError):
        stores.days.put_day(a_day())


def test_a_day_whose_answer_was_lost_is_known_as_our_own(moto_session: Any) -> None:
    client, table = moto_session.client("dynamodb"), a_name("commerce")
    create_commerce_table(client, table)
    assert dynamo_stores(AnswerLost(client), table).days.put_day(a_day())


def test_a_day_is_read_without_a_scan_and_without_touching_other_days(moto_session: Any) -> None:
    """Ten thousand companies in one table: a close reads its own partitions, strongly consistent, and nothing else."""
    client, table = moto_session.client("dynamodb"), a_name("commerce")
    create_commerce_table(client, table)
    calls: list[tuple[str, dict[str, Any]]] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            def call(**request: Any) -> Any:
                calls.append((name, request))
                return getattr(client, name)(**request)

            return call

    stores = dynamo_stores(Watched(), table)
    stores.records.keep(ACME, DAY, an_order("1", [a_line("1")]))
    calls.clear()
    assert len(list(stores.records.records(ACME, DAY))) == 1
    assert {name for name, _ in calls} == {"query"}
    assert all(request["ConsistentRead"] for _, request in calls)
    partitions = {request["ExpressionAttributeValues"][":pk"]["S"] for _, request in calls}
    assert len(partitions) == 16
    assert all(f"{COMPANY}#{DAY}#" in partition for partition in partitions)


@on_every_store
def test_a_day_is_closed_adjusted_and_closed_again_alike_over_every_store(stores: CommerceStores) -> None:
    """The whole use case over each implementation: the same bytes are sent, whatever keeps the records."""
    shop = Shop(stores=stores)
    for place in range(40):
        payments = [a_payment("12", PaymentType.CARD if place % 3 else PaymentType.CASH)]
        shop.takes(an_order(f"o-{place}", [a_line("10", "2")], payments, location="east" if place % 2 else ""))
    shop.waits_until("2026-03-03T02:00")
    run = shop.runs()
    assert run is not None
    assert run.run.status is SyncStatus.SUCCESS
    shop.takes(later(an_order("o-1", [a_line("9", "1.80")], [a_payment("10.80", PaymentType.CARD)], location="east")))
    shop.waits_until("2026-03-04T02:00")
    shop.runs()
    assert shop.closes().documents == ()
    assert list(stores.records.late_days(shop.key)) == []
    assert [(entity["Form"], entity["Total"]) for entity in shop.outbox.entities] == [
        ("codat.invoice", "480.00"),
        ("codat.payment", "312.00"),
        ("codat.payment", "168.00"),
        ("codat.creditNote", "-1.20"),
        ("codat.payment", "-1.20"),
    ]
    sent = "\n".join(canonical_json(entity) for entity in shop.outbox.entities)
    assert hashlib.sha256(sent.encode()).hexdigest()[:16] == "e733206aed8e7a96"
