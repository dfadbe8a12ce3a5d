"""Delivering by a mapping collection: what is asked when, and what comes of an answer, or of none. Source: seed 004."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.configuration_changes import changes_between, new_references
from ledgerpost.app.explain import explain
from ledgerpost.app.operate import redrive
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.look_up import Absent, LookedUp, LookUp, LookUpAnswer
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    DocumentFact,
    Fact,
    FindOutcome,
    Found,
    NotApplied,
    PostOutcome,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId
from ledgerpost.wire.message import read_accepted_event, wake_up_for
from ledgerpost.wire.stored_configuration import from_items, to_items
from tests.app.world import ACCOUNT, World, configuration
from tests.collections.orders import ANSWERS, SHIPPED, order, route_with, with_overrides

NO_ANSWER = Unknown("reply_lost", "the look-up timed out")


@dataclass
class ErpLedger:
    """A ledger that is searched by reference and asked by name; `answers` are taken before the table's own.

    A fault is met by a post: busy (refused for now), lost (the request never came) or cut (applied, the reply lost).
    """

    answers: dict[str, list[LookUpAnswer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    held: list[LedgerDocument] = field(default_factory=list)
    outcomes: list[PostOutcome] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    looks_first: bool = True
    searches: int = 0
    answer_after: Callable[[], None] = lambda: None

    def target_of(self, *_: object) -> "ErpLedger":
        return self

    def ability(self, account: AccountId) -> AccountAbility:
        return AccountAbility(TargetClass.LOOK_UP, "USD", updates=True, looks_first=self.looks_first)

    def look_up(self, account: AccountId, name: str, argument: str) -> LookUpAnswer:
        question = f"{name}/{argument}"
        self.asked.append(question)
        self.answer_after()
        scripted = self.answers.get(question)
        return scripted.pop(0) if scripted else ANSWERS.get(question, Absent())

    def post(self, account: AccountId, entry: Any, correlation_id: str, onto: Fact | None = None) -> PostOutcome:
        if self.outcomes:
            return self.outcomes.pop(0)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "busy":
            return NotApplied("rate_limited", Retry.LATER)
        if fault != "lost":
            self.held.append(entry)
        return Unknown("reply_lost") if fault else Applied(f"SO{len(self.held)}", created=onto is None)

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        self.searches += 1
        facts = [
            DocumentFact(
                ledger_id=f"SO{number}",
                reference=reference,
                amount=each.source_amount,
                day=each.day,
                holds=lambda wanted, each=each: wanted.body == each.body,
            )
            for number, each in enumerate(self.held, start=1)
            if each.reference == reference
        ]
        return Found(tuple(facts[-1:]))


def world_with(ledger: Any) -> World:
    route: Route = replace(route_with(SHIPPED), connection=ConnectionId("main"), account=ACCOUNT)
    world = World(TargetClass.LOOK_UP, route)
    world.ports = replace(world.ports, targets=ledger)
    return world


def text_of_order(revision: int = 1, event_id: str = "event-1", **changes: Any) -> str:
    entity = json.loads(json.dumps(order(**changes), default=float))
    detail = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "revision": revision,
        "approvedAt": "2026-03-01T11:00:00Z",
        "currency": "USD",
        "entity": entity,
    }
    return json.dumps(
        {
            "version": "0",
            "id": event_id,
            "detail-type": "SalesOrderApproved",
            "source": "ipaas",
            "detail": detail,
        }
    )


def offer(world: World, **options: Any) -> str:
    return world.offer(text_of_order(**options), "orders")


def record(world: World) -> DeliveryRecord:
    return world.record("5001")


def test_an_order_is_delivered_as_the_document_that_its_collection_makes() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    assert offer(world) == "delivered"
    document = ledger.held[0]
    assert (document.form, document.reference, str(document.money)) == ("acumatica.SalesOrder", "5001", "34.10")
    assert document.content()["CustomerId"] == "C000001"
    assert record(world).day == "2026-03-01"


def test_each_question_is_asked_once_per_order_and_counted() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    offer(world)
    assert sorted(ledger.asked) == [
        "externalId/Customer/42",
        "stockItemExists/GONE",
        "stockItemExists/SKU1",
        "taxId/",
        "taxZone/",
    ]
    assert world.journal.lines[-1].lookups == 5 + 1, "the questions, and the search for the reference"


class ManyAtATime(ErpLedger):
    """A ledger that answers many questions in one call (port ManyLookUps)."""

    calls: list[int]

    def look_up_together(self, account: AccountId, questions: Sequence[LookUp]) -> list[LookUpAnswer]:
        self.calls = [*getattr(self, "calls", []), len(questions)]
        return [self.look_up(account, each.name, each.argument) for each in questions]


def lines_of(number: int) -> list[dict[str, Any]]:
    return [{"Id": at, "Sku": f"SKU{at}", "Qty": 1, "UnitPrice": 1, "ExtendedPrice": 1} for at in range(1, number + 1)]


def test_a_ledger_that_takes_many_questions_is_asked_for_twenty_lines_at_a_time() -> None:
    ledger = ManyAtATime()
    world = world_with(ledger)
    assert offer(world, Lines=lines_of(45)) == "delivered"
    assert ledger.calls == [20, 20, 5]
    assert len(ledger.asked) == len(set(ledger.asked)) == 45 + 3, "no question twice"
    assert world.journal.lines[-1].lookups == 45 + 3 + 1, "the questions, and the search for the reference"


def test_one_question_of_many_without_answer_puts_the_order_off() -> None:
    ledger = ManyAtATime({"stockItemExists/SKU7": [NO_ANSWER]})
    world = world_with(ledger)
    assert offer(world, Lines=lines_of(9)) == "retrying"
    assert (record(world).code, ledger.held) == ("reply_lost", [])
    assert world.run_queue()[-1] == "delivered"


def test_many_questions_that_take_too_long_end_the_attempt() -> None:
    ledger = ManyAtATime()
    world = world_with(ledger)
    ledger.answer_after = lambda: world.clock.pass_(seconds=1)
    assert offer(world, Lines=lines_of(45)) == "retrying"
    assert (record(world).code, ledger.calls, ledger.held) == ("look_ups_slow", [20], [])


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


def test_a_later_version_updates_the_order() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    offer(world)
    world.clock.pass_(hours=1)
    assert offer(world, revision=2, TransactionNumber="WEB1002") == "delivered"
    assert ledger.held[-1].content()["OrderNbr"] == "WEB1002"


@pytest.mark.parametrize("question", ["externalId/Customer/42", "stockItemExists/SKU1", "taxZone/", "taxId/"])
def test_a_question_without_answer_is_asked_again_later_and_nothing_is_guessed(question: str) -> None:
    ledger = ErpLedger({question: [NO_ANSWER]})
    world = world_with(ledger)
    assert offer(world) == "retrying"
    assert (record(world).status, record(world).code, ledger.held) == (Status.RETRYING, "reply_lost", [])
    assert question.split("/", maxsplit=1)[0] in record(world).detail
    assert world.run_queue()[-1] == "delivered"
    assert len(ledger.held) == 1


def test_questions_that_take_too_long_end_the_attempt_and_not_the_worker() -> None:
    ledger = ErpLedger()
    world = world_with(ledger)
    ledger.answer_after = lambda: world.clock.pass_(seconds=11)
    assert offer(world) == "retrying"
    assert (record(world).code, len(ledger.asked), ledger.held) == ("look_ups_slow", 2, [])
    ledger.answer_after = lambda: None
    assert world.run_queue()[-1] == "delivered"


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


def test_one_answer_serves_all_that_ask_the_same() -> None:
    ledger = ErpLedger({"externalId/Customer/42": [LookedUp(("C9",))]})
    world = world_with(ledger)
    offer(world)
    content = ledger.held[0].content()
    assert content["CustomerId"] == content["TrackingNumbers"][0]["CustomerID"] == "C9"


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
