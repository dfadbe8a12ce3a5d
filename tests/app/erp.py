"""A ledger that answers questions about customers and items, and orders for it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.look_up import Absent, LookUpAnswer
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
from ledgerpost.domain.route import AccountId, ConnectionId, Route
from tests.app.world import ACCOUNT, World
from tests.collections.orders import ANSWERS, SHIPPED, order, route_with

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
