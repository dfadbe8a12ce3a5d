"""Each question of a page takes so many reads, and no more of them where there are ten times as many deliveries."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb import (
    DynamoDeliveryLookup,
    DynamoDeliveryStore,
    DynamoListing,
    DynamoPauseStore,
    DynamoRejectionStore,
)
from ledgerpost.app import browse
from ledgerpost.app.browse import BrowsePorts, OverviewPorts
from ledgerpost.app.listing import RecordChange, list_changes
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import RouteId
from ledgerpost.wire.message import read_accepted_event
from tests.app.world import HandClock, configuration, event_text, route
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.conftest import a_name
from tests.contract.listing_table import create_listing_table
from tests.contract.records import NOON, a_claim
from tests.contract.test_listing import Counted

ACME, SALES, DAY = TenantId("acme"), RouteId("sales-to-a"), NOON.date()
BATCH = 250


class Stage:
    """A stage with some deliveries, one in fifty of them parked, and the number of reads that a question takes."""

    def __init__(self, client: Any, deliveries: int) -> None:
        self.client = Counted(client)
        table, listing = a_name("deliveries"), a_name("listing")
        create_deliveries_table(client, table)
        create_listing_table(client, listing)
        lookup, kept = DynamoDeliveryLookup(self.client, table), DynamoListing(self.client, listing, HandClock())
        self.ports = BrowsePorts(records=lookup, listing=kept)
        self.overview = OverviewPorts(
            browse=self.ports,
            rejections=DynamoRejectionStore(self.client, table),
            pauses=DynamoPauseStore(self.client, table, HandClock()),
        )
        records = [a_delivery(number) for number in range(deliveries)]
        store = DynamoDeliveryStore(client, table)
        for record in records[-400:]:  # the newest have their records; older ones are only listed
            store.create(record)
        for start in range(0, deliveries, BATCH):
            changes = [RecordChange(None, record) for record in records[start : start + BATCH]]
            list_changes(f"{start:09}", changes, kept, read_accepted_event)

    def reads(self, question: str) -> Counter[str]:
        self.client.calls.clear()
        QUESTIONS[question](self)
        return Counter(self.client.calls)


def a_delivery(number: int) -> DeliveryRecord:
    reference = str(number)
    claim = replace(a_claim(reference), source=event_text(reference=reference, ReceiptNumber=f"R-{reference}"))
    return claim.moved(Status.PARKED if number % 50 == 0 else Status.DELIVERED, NOON)


QUESTIONS = {
    "reference": lambda stage: browse.by_reference(ACME, "450", configuration(route()), stage.ports),
    "receipt": lambda stage: browse.by_receipt(ACME, "R-450", stage.ports),
    "waiting": lambda stage: browse.waiting(ACME, Status.PARKED, stage.ports),
    "day": lambda stage: browse.of_day(ACME, SALES, DAY, stage.ports),
    "overview": lambda stage: browse.overview(ACME, DAY, stage.overview),
}

READS = {
    "reference": {"query": 1, "batch_get_item": 1},
    "receipt": {"query": 1, "batch_get_item": 1},
    "waiting": {"query": 8, "batch_get_item": 1},
    # A page ends with the item that fills it: here one of 50 rows and one of 100.
    "day": {"query": 1, "batch_get_item": 2},
    # The counts of today and of all days, five pages of what waits, the shards of what was set aside, the pauses.
    "overview": {"query": 2 + 5 * 8 + 8, "batch_get_item": 2, "get_item": 1},
}


@pytest.fixture(scope="module")
def stages() -> Any:
    with moto_clients() as session:
        client = session.client("dynamodb")
        yield [Stage(client, 500), Stage(client, 5000)]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_takes_no_more_reads_of_ten_times_as_many_deliveries(question: str, stages: list[Stage]) -> None:
    few, many = (stage.reads(question) for stage in stages)
    assert many == READS[question]
    assert few == many


def test_the_questions_have_answers(stages: list[Stage]) -> None:
    many = stages[1]
    assert [record.key.reference for record in browse.by_receipt(ACME, "R-4999", many.ports)] == ["4999"]
    assert len(browse.of_day(ACME, SALES, DAY, many.ports).records) == 150
    counts = browse.overview(ACME, DAY, many.overview).today
    assert {count.status: count.deliveries for count in counts} == {Status.DELIVERED: 4900, Status.PARKED: 100}
