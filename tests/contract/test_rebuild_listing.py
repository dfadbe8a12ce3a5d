"""The listing is made anew from the records, beside live traffic, and is then what the stream alone would have made."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb import DynamoDeliveryLookup, DynamoDeliveryStore, DynamoListing
from ledgerpost.adapters.dynamodb.listing_rebuild import BEFORE_EVERY_BATCH, DynamoListingRebuild
from ledgerpost.adapters.dynamodb.record_scan import DynamoRecordScan
from ledgerpost.adapters.dynamodb.record_stream import batch_of, changes_of
from ledgerpost.app.browse import BrowsePorts, of_day
from ledgerpost.app.listing import list_changes
from ledgerpost.app.rebuild_listing import RebuildPorts, Rebuilt, RouteDay, rebuild
from ledgerpost.cli.listing_work import SqliteWork
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed
from ledgerpost.domain.route import RouteId
from ledgerpost.errors import StoreError
from ledgerpost.wire.message import read_accepted_event
from tests.adapters.test_record_stream import Streamed
from tests.app.world import HandClock, event_text
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.listing_table import create_listing_table
from tests.contract.records import NOON, a_claim

ACME = TenantId("acme")
ROUTE = RouteId("sales-to-a")
DAYS = (date(2026, 3, 1), date(2026, 3, 2))


class Pages:
    """Gives the records a few at a time; `cut_after` pages it breaks off."""

    def __init__(self, inner: DynamoRecordScan) -> None:
        self._inner = inner
        self.cut_after: int | None = None
        self.read = 0

    def pages(self, after: str) -> Iterator[tuple[Sequence[DeliveryRecord], str]]:
        [(records, _)] = list(self._inner.pages(""))
        found = sorted(records, key=lambda record: record.key)
        start = int(after or 0)
        for place in range(start, max(len(found), 1), 3):
            if self.cut_after is not None and place >= 3 * self.cut_after:
                raise StoreError("store_unavailable", "Scan failed.")
            self.read += len(found[place : place + 3])
            yield found[place : place + 3], str(place + 3) if place + 3 < len(found) else ""


class Stream(Streamed):
    """Numbers its changes through, also where earlier ones were taken away."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self._numbers = count(10**21)

    def put_item(self, **request: Any) -> Any:
        answer = super().put_item(**request)
        self.records[-1]["dynamodb"]["SequenceNumber"] = str(next(self._numbers))
        return answer


class Interrupted(DynamoListingRebuild):
    """Lets something happen each time after rows were read, before they are worked with."""

    def __init__(self, client: Any, happens: Callable[[], None]) -> None:
        super().__init__(client, "listing")
        self._happens = happens

    def rows_since(self, day: RouteDay, batch: str) -> tuple[Sequence[Listed], bool]:
        found = super().rows_since(day, batch)
        self._happens()
        return found


@dataclass
class Stage:
    """The tables, the stream between them, and what is done to the listing."""

    client: Any
    folder: Path
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.streamed = Stream(self.client)
        self.listing = DynamoListing(self.client, "listing", self.clock)
        self.scan = Pages(DynamoRecordScan(self.client, "deliveries"))
        self.told = lambda step: None
        self.between = lambda: None
        self.asleep = lambda: self.clock.pass_(seconds=60)

    def deliver(self, reference: str, day: date = DAYS[0], *, status: Status = Status.DELIVERED) -> None:
        store = DynamoDeliveryStore(self.streamed, "deliveries")
        source = event_text(reference=reference, ReceiptNumber=f"R-{reference}")
        claim = replace(a_claim(reference, at=self.clock.now()), source=source, day=day.isoformat())
        store.create(claim)
        store.replace(
            claim.moved(status, self.clock.now(), code="c" if status is Status.PARKED else ""), claim.expected
        )

    def mend(self, reference: str) -> None:
        """Deliver what is parked, a claim and its end."""
        store = DynamoDeliveryStore(self.streamed, "deliveries")
        parked = store.get(a_claim(reference).key)
        if parked is None or parked.status is not Status.PARKED:
            return
        claim = parked.moved(Status.IN_FLIGHT, self.clock.now(), lease_until=self.clock.now() + timedelta(seconds=90))
        store.replace(claim, parked.expected)
        store.replace(claim.moved(Status.DELIVERED, self.clock.now()), claim.expected)

    def without_a_stream(self) -> None:
        """Forget what the stream has: there was none, or it was lost."""
        self.streamed.records.clear()

    def stream_brings(self, count: int | None = None) -> None:
        """Have the stream tell the listing of its next changes."""
        records = self.streamed.records[:count]
        if records:
            list_changes(batch_of(records), changes_of(records), self.listing, read_accepted_event)
        del self.streamed.records[: len(records)]

    def rebuild(self) -> Rebuilt:
        work = SqliteWork(self.folder / "work.sqlite")
        ports = RebuildPorts(
            records=self.scan,
            listing=Interrupted(self.client, self.between),
            work=work,
            read_event=read_accepted_event,
            clock=self.clock,
            sleep=lambda _: self.asleep(),
            told=lambda step, *_: self.told(step),
        )
        try:
            return rebuild(ports)
        finally:
            work.close()

    def shown(self, day: date) -> list[str]:
        """Give the references that the pages of a day show, over all pages."""
        ports = BrowsePorts(records=DynamoDeliveryLookup(self.client, "deliveries"), listing=self.listing)
        found, after = [], ""
        while True:
            page = of_day(ACME, ROUTE, day, ports, after=after)
            found += [record.key.reference for record in page.records]
            after = page.after
            if not after:
                return found

    def counts(self, day: date | None) -> dict[Status, int]:
        return {each.status: each.deliveries for each in self.listing.counts(ACME, day)}

    def truth(self, day: date | None) -> dict[Status, int]:
        return dict(Counter(record.status for record in self.records(day)))

    def records(self, day: date | None = None) -> list[DeliveryRecord]:
        found = DynamoDeliveryStore(self.client, "deliveries").records(ACME)
        return [record for record in found if day is None or record.day == day.isoformat()]

    def assert_true(self) -> None:
        for day in DAYS:
            assert sorted(self.shown(day)) == sorted(record.key.reference for record in self.records(day))
        for counted in (*DAYS, None):
            assert self.counts(counted) == self.truth(counted)
        for record in self.records():
            assert record.key in self.listing.by_receipt(ACME, f"R-{record.key.reference}")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with moto_clients() as session:
        client = session.client("dynamodb")
        create_deliveries_table(client, "deliveries")
        create_listing_table(client, "listing")
        yield Stage(client, tmp_path)


def items(stage: Stage) -> list[Any]:
    found = stage.client.scan(TableName="listing")["Items"]
    return sorted((item for item in found), key=lambda item: (item["part"]["S"], item["at"]["S"]))


def test_a_stage_with_deliveries_is_listed_when_the_listing_is_switched_on(stage: Stage) -> None:
    for number in range(8):
        stage.deliver(f"{number}", DAYS[number % 2], status=Status.PARKED if number == 3 else Status.DELIVERED)
    stage.without_a_stream()
    stage.clock.pass_(seconds=3600)
    assert stage.rebuild() == Rebuilt(records=8, days=2)
    stage.assert_true()
    [(connection, account)] = stage.listing.accounts(ACME)
    assert (connection, account) == ("main", "7d5f0c1e")


def test_made_anew_a_second_time_it_is_the_same(stage: Stage) -> None:
    for number in range(5):
        stage.deliver(f"{number}")
    stage.stream_brings()
    stage.clock.pass_(seconds=3600)
    stage.rebuild()
    before = items(stage)
    (stage.folder / "work.sqlite").unlink()
    stage.rebuild()
    assert items(stage) == before
    stage.assert_true()


def test_a_run_that_broke_off_goes_on_where_it_was(stage: Stage) -> None:
    for number in range(10):
        stage.deliver(f"{number}", DAYS[number % 2])
    stage.without_a_stream()
    stage.clock.pass_(seconds=3600)
    stage.scan.cut_after = 2
    with pytest.raises(StoreError):
        stage.rebuild()
    stage.scan.cut_after = None
    stage.mend("1")
    assert stage.rebuild() == Rebuilt(records=4, days=2)
    assert stage.scan.read == 10
    stage.assert_true()


def test_what_was_lost_and_counted_wrongly_is_set_right(stage: Stage) -> None:
    for number in range(6):
        stage.deliver(f"{number}", status=Status.PARKED if number < 2 else Status.DELIVERED)
    stage.stream_brings()
    for item in items(stage):
        if item["part"]["S"].startswith(("day#", "receipt#")):
            stage.client.delete_item(TableName="listing", Key={"part": item["part"], "at": item["at"]})
        if item["part"]["S"].startswith("count#"):
            item |= {"delivered": {"N": "-3"}, "retrying": {"N": "7"}}
            stage.client.put_item(TableName="listing", Item=item)
    stage.clock.pass_(seconds=3600)
    stage.rebuild()
    stage.assert_true()


def test_no_delivery_record_is_changed(stage: Stage) -> None:
    stage.deliver("1")
    stage.without_a_stream()
    before = stage.client.scan(TableName="deliveries")["Items"]
    stage.rebuild()
    assert stage.client.scan(TableName="deliveries")["Items"] == before
    assert stage.streamed.records == []


def test_a_change_that_was_read_before_the_stream_brought_it_is_counted_once(stage: Stage) -> None:
    stage.deliver("1", status=Status.PARKED)
    stage.stream_brings()
    stage.mend("1")
    slept = []

    def asleep() -> None:
        slept.append(1)
        stage.clock.pass_(seconds=2)
        stage.stream_brings()

    stage.asleep = asleep
    stage.rebuild()
    assert slept, "the day was counted while the stream was behind"
    stage.stream_brings()
    stage.assert_true()


def test_what_the_stream_counts_while_a_day_is_set_right_is_not_overwritten(stage: Stage) -> None:
    for number in range(3):
        stage.deliver(f"{number}")
    stage.without_a_stream()
    stage.clock.pass_(seconds=3600)
    happened = []

    def between() -> None:
        happened.append(1)
        # The first reading is that of waiting, the second that of counting.
        if len(happened) == 2:
            stage.deliver("while-counting")
            stage.stream_brings()

    stage.between = between
    stage.rebuild()
    assert len(happened) == 3, "the day was not looked at again"
    stage.assert_true()


def test_rows_that_are_about_to_be_counted_are_waited_for(stage: Stage) -> None:
    stage.deliver("1")
    stage.stream_brings()
    stage.clock.pass_(seconds=3600)
    stage.deliver("2")
    [mark] = [item for item in items(stage) if item["part"]["S"] == "batch"]
    cut = {"rows": 0}

    class Cut:
        """Writes rows and dies before it counts."""

        def __getattr__(self, name: str) -> Any:
            if name == "transact_write_items":
                raise StoreError("store_unavailable", "The function was cut off.")
            return getattr(stage.client, name)

    records = list(stage.streamed.records)
    with pytest.raises(StoreError):
        list_changes(
            batch_of(records), changes_of(records), DynamoListing(Cut(), "listing", stage.clock), read_accepted_event
        )

    def asleep() -> None:
        cut["rows"] += 1
        stage.clock.pass_(seconds=2)
        if cut["rows"] == 3:
            stage.stream_brings()

    stage.asleep = asleep
    stage.rebuild()
    assert cut["rows"] == 3
    assert mark in items(stage)
    stage.assert_true()


@pytest.mark.parametrize("seed", range(6))
def test_beside_any_traffic_it_ends_as_the_records_are(stage: Stage, seed: int) -> None:
    chance = random.Random(seed)
    numbers = iter(range(1000))

    def live() -> None:
        for _ in range(chance.randrange(3)):
            if chance.random() < 0.5:
                status = chance.choice((Status.PARKED, Status.DELIVERED))
                stage.deliver(f"{next(numbers)}", chance.choice(DAYS), status=status)
            else:
                stage.mend(f"{chance.randrange(20)}")
        if chance.random() < 0.6:
            stage.stream_brings(chance.randrange(1, 6))

    for _ in range(6):
        live()
    if chance.random() < 0.5:
        stage.without_a_stream()
        stage.clock.pass_(seconds=3600)
    stage.told = lambda step: live()
    stage.between = live

    def asleep() -> None:
        stage.clock.pass_(seconds=30)
        stage.stream_brings(chance.randrange(1, 6))

    stage.asleep = asleep
    stage.rebuild()
    stage.stream_brings()
    stage.assert_true()


def test_a_stage_without_a_batch_starts_before_every_batch(stage: Stage) -> None:
    rebuilding = DynamoListingRebuild(stage.client, "listing")
    assert rebuilding.newest_batch() == BEFORE_EVERY_BATCH
    assert rebuilding.counts_of(RouteDay(ACME, ROUTE, NOON.date())) == {}
