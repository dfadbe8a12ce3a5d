"""Delivering by a mapping collection: what is asked when, and what comes of an answer, or of none. Source: seed 004."""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.configuration_changes import changes_between, new_references
from ledgerpost.app.explain import explain
from ledgerpost.app.operate import redrive
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.look_up import Absent
from ledgerpost.domain.outcome import (
    AccountAbility,
    FindOutcome,
    NotApplied,
    PostOutcome,
    Retry,
    Unknown,
)
from ledgerpost.domain.route import AccountId, RouteId
from ledgerpost.wire.message import read_accepted_event, wake_up_for
from ledgerpost.wire.stored_configuration import from_items, to_items
from tests.app.erp import NO_ANSWER, ErpLedger, offer, record, text_of_order, world_with
from tests.app.world import World, configuration
from tests.collections.orders import ANSWERS, with_overrides


def test_an_order_is_delivered_as_the_document_that_its_collection_makes() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    assert offer(world) == "delivered"
    document = ledger.held[0]
    assert (document.form, document.reference, str(document.money)) == ("acumatica.SalesOrder", "5001", "34.10")
    assert document.content()["CustomerId"] == "C000001"
    assert record(world).day == "2026-03-01"


def test_the_same_approval_again_asks_nothing() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    offer(world)
    ledger.asked.clear()
    assert offer(world) == "duplicate"
    assert offer(world, Notes="the source added a field that nobody reads") == "duplicate"
    assert ledger.asked == []


def test_the_same_approval_is_a_duplicate_also_where_the_customer_came_into_being_meanwhile() -> None:
    ledger = ErpLedger({"externalId/Customer/42": [Absent()]})
    world = world_with(ledger)
    assert offer(world) == "delivered"
    assert ledger.held[0].content()["Prerequisites"]
    assert offer(world) == "duplicate"


def test_the_same_version_with_another_quantity_is_a_conflict() -> None:
    world = world_with(ErpLedger())
    offer(world)
    lines = [{"Id": 9001, "Sku": "SKU1", "Qty": 3, "UnitPrice": 10, "ExtendedPrice": 30}]
    assert offer(world, Lines=lines) == "parked"
    assert record(world).code == "version_conflict"


def test_a_question_that_the_ledger_refuses_parks_the_order_with_its_reason() -> None:
    refused = NotApplied("token_refused", Retry.NEVER, "401")
    world = world_with(ErpLedger({"taxZone/": [refused]}))
    assert offer(world) == "parked"
    assert (record(world).code, record(world).detail) == ("token_refused", "taxZone: 401")


def test_an_order_that_the_answers_refuse_is_parked_under_its_code() -> None:
    world = world_with(ErpLedger({"stockItemExists/SKU1": [Absent()]}))
    assert offer(world) == "parked"
    assert record(world).code == "sku_unknown"
    assert "Every line was skipped" in record(world).detail


def test_after_the_product_was_transferred_a_redrive_delivers_the_order() -> None:
    ledger = ErpLedger({"stockItemExists/SKU1": [Absent()]})
    world = world_with(ledger)
    offer(world)
    redrive(record(world).key, world.operate, by="ann", reason="the product is there now")
    assert world.run_queue() == ["delivered"]


def test_what_the_source_alone_got_wrong_is_parked_before_anything_is_asked() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    assert offer(world, Lines=[]) == "parked"
    assert (record(world).code, ledger.asked) == ("order_without_lines", [])


def test_another_type_of_transaction_is_skipped_with_a_record_that_says_why() -> None:
    world = world_with(ErpLedger())
    assert offer(world, Type="Return") == "skipped"
    assert record(world).code == "collection_filtered"


def test_a_ledger_that_cannot_be_asked_parks_the_order() -> None:
    world = world_with(_WithoutLookUps(ErpLedger()))
    assert offer(world) == "parked"
    assert record(world).code == "look_up_unsupported"


@dataclass
class _WithoutLookUps:
    inner: ErpLedger

    def target_of(self, *_: object) -> "_WithoutLookUps":
        return self

    def ability(self, account: AccountId) -> AccountAbility:
        return self.inner.ability(account)

    def post(self, *arguments: Any) -> PostOutcome:
        return self.inner.post(*arguments)

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        return self.inner.find(account, reference)


def test_a_post_in_doubt_is_settled_with_the_same_document() -> None:
    ledger = ErpLedger(outcomes=[Unknown("reply_lost")])
    world = world_with(ledger)
    assert offer(world) == "unconfirmed"
    assert world.run_queue()[-1] == "delivered"
    assert len(ledger.held) == 1


def test_the_stored_route_makes_the_same_document() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    stored = from_items(json.loads(json.dumps(to_items(world.configuration))))
    world.routes.apply(stored)
    assert offer(world) == "delivered"
    assert world.run_queue() == []
    expected = ErpLedger()
    offer(world_with(expected))
    assert ledger.held == expected.held


@pytest.mark.parametrize(
    ("changes", "name", "finding"),
    [
        ({}, "document", "acumatica.SalesOrder of 34.10 USD"),
        ({"Type": "Return"}, "filter", "the filter of acumatica-sales-order leaves the transaction out"),
        ({"Lines": [{"Sku": "A", "Qty": 0}]}, "entry", "Collection Lines, row OrderQty, record Lines[1]"),
    ],
)
def test_explain_tells_what_the_collection_makes_of_an_order(changes: dict[str, Any], name: str, finding: str) -> None:
    world = world_with(ErpLedger())
    event = read_accepted_event(text_of_order(**changes))
    told = explain(event, world.configuration, world.records.get, world.ports.formulas).routes[0]
    check = next(each for each in told.checks if each.name == name)
    assert finding in check.finding
    assert "collection" in [each.name for each in told.checks]


def test_a_changed_row_is_a_change_of_the_route_and_nothing_else_is() -> None:
    world = world_with(ErpLedger())
    changed = with_overrides({"FinancialTerms": {"type": "Static", "value": "NET30"}})
    after = configuration(replace(world.configuration.routes[RouteId("orders")], collection=changed))
    [change] = changes_between(world.configuration, after, to_items)
    assert [(each.path, each.before, each.after) for each in change.fields] == [
        ("collection.collection.rows.FinancialTerms.value", "30D", "NET30")
    ]


def test_another_reference_of_a_collection_is_asked_about_before_it_is_applied() -> None:
    world = world_with(ErpLedger())
    route = world.configuration.routes[RouteId("orders")]
    assert route.collection is not None
    moved = replace(route, collection=replace(route.collection, reference="TransactionNumber"))
    [(_, problem)] = new_references(world.configuration, configuration(moved))
    assert (problem.code, problem.path) == ("config_new_references", "routes[orders].collection.reference")


def test_a_route_without_collection_says_so_of_an_order() -> None:
    world = World()
    event = read_accepted_event(text_of_order())
    told = explain(event, world.configuration, world.records.get, world.ports.formulas).routes[0]
    assert told.checks[-1].finding == "the route has no SalesOrder mapping collection"


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*ANSWERS, "stockItemExists/GONE"]), max_size=3),
    st.lists(st.sampled_from(["cut", "busy", "lost"]), max_size=3),
    st.booleans(),
)
def test_whatever_goes_unanswered_an_order_is_written_once(
    unanswered: list[str], posts: list[str], looks_first: bool
) -> None:
    ledger = ErpLedger({question: [NO_ANSWER] * unanswered.count(question) for question in unanswered})
    ledger.faults, ledger.looks_first = list(posts), looks_first
    world = world_with(ledger)
    offer(world)
    world.run_queue()
    for _ in range(20):
        if record(world).status is Status.DELIVERED:
            break
        world.clock.pass_(hours=12)
        world.handle(wake_up_for(record(world).key, False))
        world.run_queue()
    assert record(world).status is Status.DELIVERED
    assert [each.content()["Lines"][0]["InventoryID"] for each in ledger.held] == ["SKU1"]


@pytest.mark.parametrize(("looks_first", "searches"), [(True, 1), (False, 0)])
def test_duplicate_checking_looks_for_an_order_before_its_first_write(looks_first: bool, searches: int) -> None:
    ledger = ErpLedger(looks_first=looks_first)
    offer(world_with(ledger))
    assert (ledger.searches, len(ledger.held)) == (searches, 1)


def test_without_duplicate_checking_a_delivered_order_is_looked_for_before_it_is_updated() -> None:
    ledger = ErpLedger(looks_first=False)
    world = world_with(ledger)
    offer(world)
    world.clock.pass_(hours=1)
    assert offer(world, revision=2, TransactionNumber="WEB1002") == "delivered"
    assert ledger.searches == 1
