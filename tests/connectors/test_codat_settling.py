"""The whole way of a document before the simulator: whatever strikes, it is in the books once, or a person is asked.

The record is moved by the product's own decisions (`post_entry`, `decide`); time passes only where somebody waits.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.posting import post_entry
from ledgerpost.domain.decision import RetryPolicy, decide
from ledgerpost.domain.delivery import OPEN, DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.event import EventId, EventKind
from ledgerpost.domain.route import ConnectionId, RouteId
from ledgerpost.domain.version import SourceVersion, Version
from tests.connectors.codat_bench import SimulatedBench, simulated
from tests.connectors.codat_documents import CONTENTS, INVOICE, a_document
from tests.connectors.conformance.codat_case import COMPANY
from tests.connectors.scripted import NOW, TENANT

POLICY = RetryPolicy()
READ_LAG = timedelta(seconds=POLICY.read_lag_s)


@dataclass
class Delivery:
    """One document on its way."""

    document: LedgerDocument
    record: DeliveryRecord

    @property
    def is_open(self) -> bool:
        return self.record.status in OPEN


def delivery_of(document: LedgerDocument) -> Delivery:
    record = DeliveryRecord(
        key=DeliveryKey(TENANT, ConnectionId("main"), COMPANY, document.reference),
        route=RouteId("route"),
        kind=EventKind.SALE_DOCUMENT,
        event_id=EventId(f"event-{document.reference}"),
        version=Version(SourceVersion(NOW), 1),
        fingerprint=document.fingerprint(),
        status=Status.PENDING,
        source="{}",
        updated_at=NOW,
    )
    return Delivery(document, record)


def attempt(bench: SimulatedBench, delivery: Delivery) -> None:
    """Take the delivery up once, as a worker does."""
    claimed = delivery.record.moved(Status.IN_FLIGHT, bench.clock.now(), unsettled=delivery.record.in_doubt)
    posted = post_entry(bench.target, claimed, delivery.document, now=bench.clock.now(), read_lag=READ_LAG)
    delivery.record = decide(claimed, posted.outcome, posted.target_class, POLICY, bench.clock.now()).record


def settle(bench: SimulatedBench, *deliveries: Delivery) -> None:
    """Take up whatever is due, the longest due first, until nothing is open."""
    while waiting := [delivery for delivery in deliveries if delivery.is_open]:
        nearest = min(waiting, key=lambda delivery: delivery.record.due_at or NOW)
        due_at = nearest.record.due_at
        if due_at is not None and due_at > bench.clock.now():
            bench.clock.at = due_at
        attempt(bench, nearest)


def delivered(bench: SimulatedBench, *documents: LedgerDocument) -> list[Delivery]:
    deliveries = [delivery_of(document) for document in documents]
    settle(bench, *deliveries)
    return deliveries


def test_a_whole_day_lands_with_its_payment_linked_to_its_invoice():
    bench = simulated()

    deliveries = delivered(bench, *(a_document(form) for form in reversed(CONTENTS)))

    assert {delivery.record.status for delivery in deliveries} == {Status.DELIVERED}
    landed = {document["dataType"]: document["document"] for document in bench.documents()}
    assert set(landed) == {"invoices", "creditNotes", "payments", "bills", "billCreditNotes", "journalEntries"}
    assert landed["payments"]["lines"][0]["links"][0]["id"] == landed["invoices"]["id"]
    assert (bench.counts.created, bench.counts.failed) == (6, 0)


@pytest.mark.parametrize("kind", ["cut", "error_after", "html"])
def test_a_push_whose_answer_is_lost_is_found_and_not_made_again(kind: str):
    bench = simulated(f"{kind}=1")

    (delivery,) = delivered(bench, a_document())

    assert delivery.record.status is Status.DELIVERED
    assert [each.outcome for each in delivery.record.history] == ["unknown", "applied"]
    assert (bench.counts.pushes, bench.counts.created) == (1, 1)


def test_a_push_that_is_pending_for_longer_than_a_post_lasts_is_waited_for():
    bench = simulated("pend=1:600")

    (delivery,) = delivered(bench, a_document())

    assert delivery.record.status is Status.DELIVERED
    assert delivery.record.history[0].code == "codat_push_pending"
    assert (bench.counts.pushes, bench.counts.created) == (1, 1)


def test_a_push_that_times_out_and_lands_late_is_found_and_not_made_again():
    bench = simulated("land_late=1:3600")

    (delivery,) = delivered(bench, a_document())

    assert delivery.record.status is Status.DELIVERED
    assert delivery.record.history[0].code == "codat_push_timed_out"
    assert (bench.counts.pushes, bench.counts.landed_late, bench.counts.duplicates) == (1, 1, 0)


def test_a_push_that_times_out_and_never_lands_is_made_again_only_when_it_cannot_land_any_more():
    bench = simulated("time_out=1:once")

    (delivery,) = delivered(bench, a_document())

    if delivery.record.status is Status.PARKED:  # the schedule, drawn at random, ended before the day was over
        assert (delivery.record.code, bench.counts.pushes) == ("outcome_unknown", 1)
        bench.clock.pass_by(86_400)
        delivery.record = delivery.record.moved(Status.PENDING, bench.clock.now(), attempts=0)
        settle(bench, delivery)
    assert delivery.record.status is Status.DELIVERED
    assert (bench.counts.pushes, bench.counts.created, bench.counts.duplicates) == (2, 1, 0)
    again = delivery.record.history[-1].at
    assert again - delivery.record.history[0].at >= timedelta(hours=23)


def test_a_push_that_the_software_refuses_is_parked_with_its_reason_and_goes_through_once_mended():
    bench = simulated(f"poison={INVOICE}")

    (delivery,) = delivered(bench, a_document())
    assert (delivery.record.status, delivery.record.code) == (Status.PARKED, "codat_push_failed")
    assert "is refused by the simulator's plan" in delivery.record.detail

    bench.simulator.set_faults("")
    delivery.record = delivery.record.moved(Status.PENDING, bench.clock.now(), attempts=0)
    settle(bench, delivery)
    assert delivery.record.status is Status.DELIVERED
    assert bench.counts.created == 1


def test_data_that_lags_is_not_taken_for_missing():
    bench = simulated("lag=1:600,cut=1:once")

    (delivery,) = delivered(bench, a_document())

    assert delivery.record.status is Status.DELIVERED
    assert bench.counts.created == 1


def test_a_document_that_was_changed_is_not_written_beside_the_first():
    bench = simulated()
    delivered(bench, a_document())
    bench.clock.pass_by(60)

    (delivery,) = delivered(bench, a_document(total="1250.00"))

    assert (delivery.record.status, delivery.record.code) == (Status.PARKED, "update_unsupported")
    assert bench.counts.created == 1


KINDS = ("cut", "error_after", "html", "refuse", "limit", "fail", "time_out")
plans = st.fixed_dictionaries(
    {}, optional={kind: st.sampled_from(["0.2", "0.5:once", "1:once"]) for kind in KINDS}
    | {"land_late": st.sampled_from(["0.5:90:once", "0.5:7200"]), "pend": st.sampled_from(["0.5:40", "0.3:3600:once"])}
    | {"lag": st.sampled_from(["0.5:10", "1:900"])},
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(plan=plans, seed=st.integers(0, 10**6))
def test_whatever_strikes_no_document_is_in_the_books_twice(plan: dict[str, str], seed: int):
    faults = ",".join(f"{kind}={value}" for kind, value in plan.items())
    bench = simulated(faults, seed=seed)
    documents = [a_document(reference=f"SI-{number}") for number in range(4)]
    documents += [a_document("codat.journalEntry"), a_document(), a_document("codat.payment")]

    deliveries = delivered(bench, *documents)
    bench.clock.pass_by(86_400)

    count = held(bench)
    assert bench.counts.duplicates == 0
    for delivery in deliveries:
        if delivery.record.status is Status.DELIVERED:
            assert count.get(delivery.document.reference) == 1
        else:
            assert delivery.record.status is Status.PARKED
            assert delivery.record.code != "defect"


def held(bench: SimulatedBench) -> dict[str, Any]:
    count: dict[str, int] = {}
    for document in bench.documents():
        count[document["reference"]] = count.get(document["reference"], 0) + 1
    return count
