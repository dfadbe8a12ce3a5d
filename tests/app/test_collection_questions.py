"""What a collection asks of the ledger before a document is written."""

from collections.abc import Sequence
from typing import Any

import pytest

from ledgerpost.domain.delivery import Status
from ledgerpost.domain.look_up import LookedUp, LookUp, LookUpAnswer
from ledgerpost.domain.route import AccountId
from tests.app.erp import NO_ANSWER, ErpLedger, offer, record, world_with


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


def test_one_answer_serves_all_that_ask_the_same() -> None:
    ledger = ErpLedger({"externalId/Customer/42": [LookedUp(("C9",))]})
    world = world_with(ledger)
    offer(world)
    content = ledger.held[0].content()
    assert content["CustomerId"] == content["TrackingNumbers"][0]["CustomerID"] == "C9"
